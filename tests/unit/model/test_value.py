"""director.model.value."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import ClassVar

import pytest

from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Ours:
    """A value of ours."""

    kind: ClassVar[str] = "ours"
    name: str
    size: int = 3
    note: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Other:
    """Another value with the same fields."""

    name: str
    size: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """What the standard library makes of the same fields."""

    name: str
    size: int = 3
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True)
class Open:
    """A value that may change."""

    size: int


@dataclass(frozen=True, slots=True)
class Empty:
    """A value without fields."""


def test_values_are_equal_by_their_fields() -> None:
    """Two values are equal if their class and all fields that compare are."""
    assert Ours("a") == Ours("a", 3, "noted")
    assert Ours("a") != Ours("b")
    assert Ours("a") != Ours("a", 4)
    others: tuple[object, ...] = (Other("a"), ("a", 3), None)
    assert all(Ours("a") != other for other in others)
    assert Empty() == Empty()


def test_frozen_values_have_a_hash_and_open_ones_none() -> None:
    """What is equal has one hash; what may change has none."""
    assert {Ours("a"), Ours("a", note="noted"), Ours("b")} == {Ours("a"), Ours("b")}
    assert hash(Empty()) == hash(Empty())
    assert Open(1) == Open(1)
    with pytest.raises(TypeError):
        hash(Open(1))


def test_frozen_values_stay_as_they_are() -> None:
    """A field can neither be set nor deleted."""
    value = Ours("a")

    with pytest.raises(FrozenInstanceError):
        value.size = 4  # type: ignore[misc]  # that it fails is the point
    with pytest.raises(FrozenInstanceError):
        del value.size


def test_a_value_shows_itself_as_in_the_standard_library() -> None:
    """The representation is the usual one, without the fields that are kept out of it."""
    assert repr(Ours("a")) == repr(Theirs("a")).replace("Theirs", "Ours")
    assert repr(Ours("a")) == "Ours(name='a', size=3)"
    assert repr(Empty()) == "Empty()"


def test_it_is_a_dataclass_for_everybody_else() -> None:
    """Fields, replacing, and plain values work as with any dataclass; slots hold."""
    assert [each.name for each in fields(Ours)] == ["name", "size", "note"]
    assert replace(Ours("a"), size=5) == Ours("a", 5)
    assert asdict(Ours("a")) == {"name": "a", "size": 3, "note": ""}
    assert not hasattr(Ours("a"), "__dict__")
    match Ours("a"):
        case Ours(name, size):
            assert (name, size) == ("a", 3)
