"""loading.shape: a value becomes a document, or every fault at its place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from director.errors import Fault, ManifestError
from director.loading import terms
from director.loading.document import CheckId, Document, Text, whole
from director.loading.shape import refusal, shaped
from director.loading.source import accept
from director.loading.tree import grow


class Leaf(Document):
    """A leaf."""

    size: Annotated[int, whole(terms.tier, 0, 4)] | None = Field(default=None, description="s")
    label: Text = Field(description="l")


class Root(Document):
    """A root."""

    leaf: Leaf | None = Field(default=None, description="one")
    leaves: list[Leaf] = Field(default_factory=list, description="several")
    checks: dict[CheckId, Leaf] = Field(default_factory=dict, max_length=2, description="by id")


def shape(text: str) -> Root | list[str]:
    """Return the document that *text* is, or its faults in order."""
    tree = grow(accept(text.encode(), "x", ManifestError))
    found = shaped(Root, tree.value, tree.places, tree.broken)
    return [str(fault) for fault in sorted(found)] if isinstance(found, list) else found


def test_a_well_shaped_value_is_a_document() -> None:
    """What is written as it should be comes back as the document."""
    found = shape("leaf: {label: a b, size: 3}\nchecks: {a.b: {label: c}}")

    assert isinstance(found, Root)
    assert found.leaf == Leaf(label="a b", size=3)
    assert found.checks == {"a.b": Leaf(label="c")}


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    """An unknown key is named at its own place, with the known one that was meant."""
    assert shape("laef: {}") == ["x:1:1: unknown key 'laef', did you mean 'leaf'?"]
    assert shape("leaves:\n  - label: a\n    szie: 2") == [
        "x:3:5: unknown key 'szie', did you mean 'size'?"
    ]
    assert shape("checks: {a.b: {label: a, lable: b}}") == [
        "x:1:26: unknown key 'lable', did you mean 'label'?"
    ]
    assert shape("zzz: 1") == ["x:1:1: unknown key 'zzz'"]


def test_an_unquoted_comma_is_recognised() -> None:
    """A comma that ends a text unasked makes a key without a value; the fault says so."""
    assert shape("leaf: {label: stateless, all data is elsewhere}") == [
        "x:1:26: unknown key 'all data is elsewhere': put text that contains a comma in quotes"
    ]


def test_a_missing_key_is_asked_for_at_its_parent() -> None:
    """A key that must be there is asked for at the key of the mapping that lacks it."""
    assert shape("leaf:\n  size: 1") == ["x:1:1: must have the key 'label'"]
    assert shape("leaves:\n  - size: 1") == ["x:2:5: must have the key 'label'"]


def test_a_value_of_another_kind() -> None:
    """A mapping, a list or a term in the place of another is refused."""
    assert shape("leaf: []") == ["x:1:1: must be a mapping, got a list"]
    assert shape("leaves: {}") == ["x:1:1: must be a list, got a mapping"]
    assert shape("checks: 1") == ["x:1:9: must be a mapping, got 1"]
    assert shape("leaf: {label: a, size: true}") == [
        "x:1:24: must be a whole number from 0 to 4, got true"
    ]
    assert shape("[]") == ["x:1:1: must be a mapping, got a list"]
    assert shape("") == ["x:1:1: must be a mapping, got nothing"]


def test_a_key_like_pydantics_own_steps_is_a_key() -> None:
    """What pydantic calls its tags and its keys is a key like any other if somebody writes it."""
    assert shape("'<claim>': 1") == ["x:1:1: unknown key '<claim>'"]
    assert shape("'[key]': 1") == ["x:1:1: unknown key '[key]'"]
    assert shape("checks: {'[key]': {label: a, '<x>': 1}}") == [
        "x:1:10: must be a check id such as 'http.health', got '[key]'",
        "x:1:30: unknown key '<x>'",
    ]


def test_what_is_no_mapping_is_not_shown() -> None:
    """Text in the place of a whole document stays unsaid: it may be of another file."""
    assert shape("hunter2") == ["x:1:1: must be a mapping, got text"]


def test_too_many_entries() -> None:
    """A mapping with one entry too many is one fault, with both numbers."""
    entries = ["a.a: {label: a}", "a.b: {label: a}", "a.c: {label: a}"]

    assert isinstance(shape(f"checks: {{{', '.join(entries[:2])}}}"), Root)
    assert shape(f"checks: {{{', '.join(entries)}}}") == [
        "x:1:1: must have at most 2 entries, got 3"
    ]


def test_a_bad_name_is_pointed_at() -> None:
    """A key that is no check id is refused at the key."""
    assert shape("checks:\n  Ab: {label: a}") == [
        "x:2:3: must be a check id such as 'http.health', got 'Ab'"
    ]


def test_a_key_without_a_value_is_unfinished() -> None:
    """A key without a value is refused, even one that may be left out."""
    assert shape("leaf: {label: a, size: }") == ["x:1:24: must have a value, got nothing"]
    assert shape("leaf:") == ["x:1:6: must have a value, got nothing"]
    assert shape("leaf: {label: }") == ["x:1:15: must be text, got nothing"]


def test_a_broken_value_gets_no_second_fault() -> None:
    """What the tree has already refused is not refused again."""
    assert isinstance(shape("leaf: {label: a, size: .nan}"), Root)
    assert shape("leaf: {label: .nan, size: 9}") == [
        "x:1:27: must be a whole number from 0 to 4, got 9"
    ]


def test_all_faults_come_together() -> None:
    """Faults in different places of one input are reported at once."""
    found = shape("laef: 1\nleaves: 2\nleaf: {size: 9}")

    assert isinstance(found, list)
    assert [fault.split(":")[1] for fault in found] == ["1", "2", "3", "3"]


def test_a_refusal_is_sorted_and_bounded() -> None:
    """Faults come in the order of the text, each once, and no more than a hundred."""
    faults = [Fault("x", line, 1, "bad") for line in (*range(150, 0, -1), 7)]

    error = refusal(ManifestError, faults)

    assert isinstance(error, ManifestError)
    assert [fault.line for fault in error.faults[:100]] == list(range(1, 101))
    assert [str(fault) for fault in error.faults[100:]] == [
        "x: must have no faults at all, got 50 more of them"
    ]
