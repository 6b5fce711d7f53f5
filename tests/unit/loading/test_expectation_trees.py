"""loading.expectation: a tree in YAML is the text it says, and each fault has its place."""

from __future__ import annotations

import pytest

from director.errors import ManifestError
from director.loading.expectation import DEEPEST, LONGEST
from director.loading.manifest import read_manifest
from director.model.manifest import CheckRequest, Grown

HEAD = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\nspec:\n  checks:\n"
"""Five lines, so that a tree in one line stands in the sixth."""


def request(tree: str) -> CheckRequest:
    """Return what a manifest asks whose check expects *tree*."""
    text = f"{HEAD}    x.y:\n      expect: {tree}\n"
    (found,) = read_manifest(text.encode(), "a.yaml").manifest.checks
    return found


def faults(tree: str) -> list[str]:
    """Return the faults of a manifest whose check expects *tree*, without its name."""
    with pytest.raises(ManifestError) as caught:
        request(tree)
    return [str(fault).removeprefix("a.yaml:") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ("status == 200", "status == 200"),
        ("[status == 200, size > 1]", "(status == 200) and (size > 1)"),
        ("{all: [status == 200]}", "(status == 200)"),
        ("{any: [status == 200, size > 1]}", "(status == 200) or (size > 1)"),
        ("{not: status == 200}", "not (status == 200)"),
        ("{not: {not: size > 1}}", "not (not (size > 1))"),
        ("{all: [a or b, {any: [c, {not: d}]}]}", "(a or b) and ((c) or (not (d)))"),
        ("{not: {any: [a, b]}}", "not ((a) or (b))"),
        ("['  a  ']", "(a)"),
        ("\n        - a\n        - not: b\n", "(a) and (not (b))"),
    ],
)
def test_a_tree_says_what_its_text_says(tree: str, text: str) -> None:
    """Every node stands in parentheses, so that nothing binds otherwise than it is written."""
    assert dict(request(tree).options) == {"expect": text}


def test_the_leaves_are_known() -> None:
    """Each expectation comes with the way to it; a text by itself is no tree."""
    tree = request("{all: [a, {not: b}, {any: [c]}]}")

    assert tree.grown == (
        Grown(
            "expect",
            ((("all", 0), "a"), (("all", 1, "not"), "b"), (("all", 2, "any", 0), "c")),
        ),
    )
    assert request("status == 200").grown == ()


def test_trees_of_two_checks_do_not_mix() -> None:
    """Each option of each check has its own tree."""
    text = (
        f"{HEAD}    x.y: {{one: {{all: [a]}}, expect: [b]}}\n"
        "    x.z: {one: {any: [c]}, plain: d}\n"
    )

    one, two = read_manifest(text.encode(), "a.yaml").manifest.checks

    assert dict(one.options) == {"one": "(a)", "expect": "(b)"}
    assert dict(two.options) == {"one": "(c)", "plain": "d"}
    assert [grown.option for grown in one.grown] == ["expect", "one"]
    assert [grown.option for grown in two.grown] == ["one"]


WANTED = "must be a text such as 'status == 200', or a mapping with all, any or not, got"


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ("{}", [f"7:7: {WANTED} an empty mapping"]),
        ("[]", ["7:7: must list at least one expectation, got an empty list"]),
        ("{all: []}", ["7:16: must list at least one expectation, got an empty list"]),
        ("[a, {any: []}]", ["7:20: must list at least one expectation, got an empty list"]),
        ("{al: [a]}", ["7:16: unknown key 'al', did you mean 'all'?"]),
        ("{xyz: [a]}", ["7:16: unknown key 'xyz', known are all, any, not"]),
        ("{all: [a], xyz: b}", ["7:26: unknown key 'xyz', known are all, any, not"]),
        ("{all: [a], any: [b]}", ["7:7: must have one key, got all, any: put them in a list"]),
        ("[a, {all: [b], not: c}]", ["7:19: must have one key, got all, not: put them in a list"]),
        ("{all: a}", ["7:21: must be a list of expectations, got 'a'"]),
        ("{any: {not: a}}", ["7:16: must be a list of expectations, got a mapping"]),
        ("{not: [a]}", ["7:16: must be one expectation, got a list: say all or any of it"]),
        ("[[a]]", [f"7:16: {WANTED} a list in a list"]),
        ("[200, true, ' ', null]", [
            f"7:16: {WANTED} 200", f"7:21: {WANTED} true", f"7:27: {WANTED} an empty text",
            f"7:32: {WANTED} nothing",
        ]),
        ("{not: null}", [f"7:21: {WANTED} nothing"]),
        ("{not: }", [f"7:21: {WANTED} nothing"]),
        ("{all: }", ["7:21: must be a list of expectations, got nothing"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_tree_has_its_place(tree: str, said: list[str]) -> None:
    """All of them are said at once, each at the value or the key that is wrong."""
    assert faults(tree) == said


def nested(depth: int, key: str = "not") -> str:
    """Return a tree in which *key* stands in itself."""
    inner = "a"
    for _ in range(depth):
        inner = f"{{not: {inner}}}" if key == "not" else f"{{{key}: [{inner}]}}"
    return inner


@pytest.mark.parametrize("key", ["all", "any", "not"])
def test_a_tree_is_not_too_deep(key: str) -> None:
    """Ten levels are read, the eleventh is a fault at its key."""
    step = len("{not: ") if key == "not" else len("{all: [")

    assert request(nested(DEEPEST, key)).options[0][1].count("(") == DEEPEST  # type: ignore[union-attr]
    assert faults(nested(DEEPEST + 1, key)) == [
        f"7:{16 + DEEPEST * step}: must be at most 10 levels deep, got more"
    ]


def test_what_no_stack_could_hold() -> None:
    """A nest that is hostile has one fault, as in every other place of a manifest."""
    assert faults("[" * 5_000) == ["7:43: must be at most 32 levels deep, got more"]


def test_a_tree_is_not_too_long() -> None:
    """As long as what is understood of an expectation, and not a character more."""
    leaf = "a" * 400
    tree = f"[{', '.join([leaf] * 9)}, {'b' * (LONGEST - 9 * 407 - 2)}]"

    assert len(dict(request(tree).options)["expect"]) == LONGEST  # type: ignore[arg-type]
    (fault,) = faults(tree.replace("bb", "bbb", 1))
    assert fault == f"7:7: must have at most {LONGEST} characters as text, got {LONGEST + 1}"


def test_a_fault_of_the_yaml_is_said_once() -> None:
    """What is no value at all in a tree gets one fault, and that of the tree is not guessed."""
    assert faults("[a, *b]") == ["7:19: must be written out, got the alias '*b'"]
    assert faults("{all: [!x a]}") == ["7:22: must be without a tag, got '!x'"]


@pytest.mark.parametrize(
    ("value", "got"), [("[a]", "list"), ("{a: 1}", "mapping"), ("{}", "mapping")]
)
def test_what_nobody_meant_as_a_tree(value: str, got: str) -> None:
    """Another option with a list, or with a mapping of other keys, keeps the usual fault."""
    text = f"{HEAD}    x.y: {{path: {value}}}\n"

    with pytest.raises(ManifestError, match=f"must be text, a number, true or false, got a {got}"):
        read_manifest(text.encode(), "a.yaml")


def test_a_role_is_no_tree() -> None:
    """What is no option keeps the fault of its own."""
    text = f"{HEAD}    x.y: {{role: {{all: [a]}}}}\n"

    with pytest.raises(ManifestError, match="must be one of advisory, required, blocker"):
        read_manifest(text.encode(), "a.yaml")


@pytest.mark.parametrize("spec", ["[]", "{checks: []}", "{checks: {x.y: []}}", "{checks: 1}"])
def test_other_shapes_are_left_to_others(spec: str) -> None:
    """Where there are no options there are no trees, and the usual fault is said."""
    text = f"apiVersion: readiness/v1\nkind: Service\nmetadata: {{name: a}}\nspec: {spec}\n"

    with pytest.raises(ManifestError, match="must be a mapping"):
        read_manifest(text.encode(), "a.yaml")
