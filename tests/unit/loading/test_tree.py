"""loading.tree: YAML becomes plain values with positions, in one bounded pass."""

from __future__ import annotations

import pytest

from director.errors import ManifestError
from director.loading.places import Mark
from director.loading.source import accept
from director.loading.tree import DEEPEST, MOST_NODES, Tree, grow


def tree(text: str) -> Tree:
    """Return what grows from *text*."""
    return grow(accept(text.encode("utf-8", "surrogatepass"), "x", ManifestError))


def faults(text: str) -> list[str]:
    """Return the faults of *text* as YAML."""
    return [str(fault) for fault in tree(text).faults]


def test_values_of_every_kind() -> None:
    """Mappings, lists and plain values arrive as they were written."""
    grown = tree("a: [1, two, {b: ~}]\nc: 'no'\nd: |\n  x\n  y\né😀: 2.5\n")

    assert grown.value == {"a": [1, "two", {"b": None}], "c": "no", "d": "x\ny\n", "é😀": 2.5}
    assert grown.faults == ()
    assert grown.complete


def test_every_value_and_key_has_a_place() -> None:
    """Lines and columns count from 1, and columns count characters."""
    spots = tree("é: {b: 1, c: [x, y]}\nd:\n  e: 2\n  f:\n").places.spots

    assert spots["é",].key == Mark(1, 1)
    assert spots["é", "b"].value == Mark(1, 8)
    assert spots["é", "c"].key == Mark(1, 11)
    assert spots["é", "c", 1].value == Mark(1, 18)
    assert spots["é", "c", 1].key is None
    assert spots["d",].key == Mark(2, 1)
    assert spots["d",].value == Mark(3, 3)
    assert spots["d", "e"].value == Mark(3, 6)
    assert spots["d", "f"].key == Mark(4, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", [("x:3:1: must be written once, got the key 'a' twice: "
                              "on line 1 and on line 3")]),
        ("{'a': 1, \"a\": 2}", [("x:1:10: must be written once, got the key 'a' twice: "
                                "on line 1 and on line 1")]),
        ("a: &x 1", ["x:1:4: must be without an anchor, got '&x'"]),
        ("a: &x {b: 1}", ["x:1:4: must be without an anchor, got '&x'"]),
        ("a: *x", ["x:1:4: must be written out, got the alias '*x'"]),
        ("a: !!str 1", ["x:1:4: must be without a tag, got '!!str'"]),
        ("a: !own [1]", ["x:1:4: must be without a tag, got '!own'"]),
        ("a: ! 1", ["x:1:4: must be without a tag, got '!'"]),
        ("a: {<<: {b: 1}}", ["x:1:5: must be a key, got the merge key '<<': write the keys out"]),
        ("1: a", ["x:1:1: must be a key of text, got 1: put it in quotes"]),
        ("true: a", ["x:1:1: must be a key of text, got true: put it in quotes"]),
        ("~: a", ["x:1:1: must be a key of text, got ~: put it in quotes"]),
        ("? \n: a", ["x:1:2: must be a key of text, got nothing: put it in quotes"]),
        ("[a]: b", ["x:1:1: must be a key of text, got a list"]),
        ("? {a: 1, a: 2}\n: b\nc: .nan", [
            "x:1:3: must be a key of text, got a mapping",
            "x:1:10: must be written once, got the key 'a' twice: on line 1 and on line 1",
            "x:3:4: must be a finite number, got .nan",
        ]),
        (".inf: a", ["x:1:1: must be a finite number, got .inf"]),
        ('a: "\\u202e"', ["x:1:4: must be without control and invisible characters, got U+202E"]),
        ("a: \u202eb\n# \u200b", [
            "x:1:4: must be without control and invisible characters, got U+202E",
            "x:2:3: must be without control and invisible characters, got U+200B",
        ]),
        ("%YAML 1.1\n---\na: yes", ["x:1:1: must be YAML 1.2, got the directive '%YAML 1.1'"]),
        ("%YAML 1.2\n---\na: yes", []),
        ("# a\n%TAG ! tag:x,2000:\n---\na: 1", [
            "x:2:1: must be without tags, got the directive '%TAG'",
        ]),
        ("a: 1\n---\nb: 2", ["x:2:1: must be one document, got a second one"]),
    ],
)  # fmt: skip
def test_what_yaml_allows_and_we_refuse(text: str, expected: list[str]) -> None:
    """What hides, repeats or constructs is a fault at its place."""
    assert faults(text) == expected


def test_quoted_merge_sign_is_a_key() -> None:
    """In quotes the merge sign is a key like any other, and words are text."""
    assert tree("'<<': 1\n'true': 2\n").value == {"<<": 1, "true": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", ("x:1:5: must be one 'key: value' per line, got another ': ': "
                    "put text that contains it in quotes")),
        ("a: 1\nb\nc: 2", "x:3:1: must be 'key: value', got a line without ': '"),
        ("a: 1\n  b\n\tc: 2", ("x:3:1: must not begin with a tab, '@', '`' or '%': "
                               "indent with spaces, put text in quotes")),
        ("a:\n  b: 1\n c: 2", ("x:3:2: must go on at the indentation of the lines before it, "
                              "got something else")),
        ("a: 'b\nc: 2", "x:1:4: must end with the quote it begins with, got the end"),
        ("a: [1, 2\nb: 3", "x:2:2: must have ',' or ']' after each item, got something else"),
        ("- a\nb: 1", ("x:2:1: must go on at the indentation of the lines before it, "
                       "got something else")),
        ("%x\na: 1", ("x:1:3: must be YAML, got what it does not allow: "
                     "found unknown directive name")),
        ("a: {b: 1\nc: 2", "x:2:2: must have ',' or '}' after each value, got something else"),
        ('a: "\\q"', ("x:1:5: must be an escape that YAML knows, got another one: "
                     "use single quotes")),
        ("a: 1\n...\nb", "x:3:1: must end where its first value ends, got something after it"),
        ("[a]\nb: c", "x:2:1: must end where its first value ends, got something after it"),
        ("a: {, b}", "x:1:5: must be a value, got something else"),
        ('a: "\\u12"', ("x:1:7: must be an escape that YAML knows, got another one: "
                       "use single quotes")),
        ("a: {", "x:1:4: must end with '}', got the end of the file"),
        ("a: {\r", "x:1:4: must end with '}', got the end of the file"),
        ("a: [", "x:1:4: must end with ']', got the end of the file"),
        ("a:\n- [1,\n  # on\n\n", "x:2:3: must end with ']', got the end of the file"),
        ("a: [{b", "x:1:5: must end with '}', got the end of the file"),
        ("a: {b: [1], c: 2", "x:1:4: must end with '}', got the end of the file"),
        ("a: [\n---", "x:2:1: must be a value, got something else"),
        ("%YAML 1.2\n", "x:2:1: must be a document, got the end of the file"),
        ("@x: 1", ("x:1:1: must not begin with a tab, '@', '`' or '%': "
                  "indent with spaces, put text in quotes")),
    ],
)  # fmt: skip
def test_syntax_faults_are_in_our_words(text: str, expected: str) -> None:
    """A syntax fault has a line, a column, and one sentence without the parser's jargon."""
    assert faults(text) == [expected]
    assert not tree(text).complete


def test_all_faults_come_at_once() -> None:
    """One pass finds the faults before a syntax fault as well as the syntax fault."""
    found = faults("a: .nan\na: 2\nb: *c\nd: e: f\n")

    assert [fault.split(":")[1] for fault in found] == ["1", "2", "3", "4"]


def test_a_faulty_value_is_marked() -> None:
    """What a fault covers is None and marked, so that nobody complains twice."""
    grown = tree("a: .nan\nb: *c\nd: !x {e: 1}")

    assert grown.value == {"a": None, "b": None, "d": {"e": 1}}
    assert grown.broken == {("a",), ("b",), ("d",)}


@pytest.mark.parametrize(("depth", "complete"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_depth_is_limited(depth: int, complete: bool) -> None:
    """Thirty-two levels are read, the next one ends the scan."""
    grown = tree("[" * depth + "]" * depth)

    assert grown.complete is complete
    assert [fault.problem for fault in grown.faults] == (
        [] if complete else ["must be at most 32 levels deep, got more"]
    )


@pytest.mark.parametrize(("items", "complete"), [(MOST_NODES - 1, True), (MOST_NODES, False)])
def test_nodes_are_limited(items: int, complete: bool) -> None:
    """Twenty thousand values are read, the list that holds them included."""
    assert tree("- x\n" * items).complete is complete


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("# nothing\n", 1), ("---\n", 2), ("---", 1), ("~", 1)]
)
def test_nothing_is_a_value(text: str, line: int) -> None:
    """An empty document is None, without a fault of its own."""
    grown = tree(text)

    assert grown.value is None
    assert grown.complete
    assert grown.places.fault((), "bad").line == line
