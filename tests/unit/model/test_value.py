"""director.model.value."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import ClassVar, TypeVar

import pytest

from director.model.value import dataclass

Value = TypeVar("Value")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rich:
    """A value with every kind of field."""

    first: str
    second: list[int] = field(default_factory=list)
    third: int = field(default=7, init=False)
    fourth: list[str] = field(default_factory=list, init=False)
    fifth: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fifth", len(self.second))


class Heir(Ours):
    """A value of a class of its own."""


def test_every_kind_of_field_is_set() -> None:
    """Defaults, factories and what is worked out afterwards stand where they should."""
    plain, given = Rich(first="a"), Rich(first="a", second=[1, 2])

    assert (plain.second, plain.third, plain.fourth, plain.fifth) == ([], 7, [], 0)
    assert (given.second, given.fifth) == ([1, 2], 2)
    assert plain.second is not Rich(first="a").second
    assert plain.fourth is not Rich(first="a").fourth


def test_it_is_called_as_in_the_standard_library() -> None:
    """A wrong call is a TypeError; names and defaults are the usual ones."""
    with pytest.raises(TypeError, match="name"):
        Ours()  # type: ignore[call-arg]  # the point
    with pytest.raises(TypeError):
        Rich("a")  # type: ignore[call-arg]  # the point
    with pytest.raises(TypeError):
        Rich(first="a", third=1)  # type: ignore[call-arg]  # the point
    assert list(inspect.signature(Ours).parameters) == ["name", "size", "note"]
    assert inspect.signature(Ours).parameters["size"].default == 3


def sent(value: Value) -> Value:
    """Return *value* as another process would get it."""
    received: Value = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own bytes
    return received


def test_copies_and_pickles_are_equal() -> None:
    """A value survives being copied and sent, and so does that of a derived class."""
    for value in (Ours("a", 4, "noted"), Rich(first="a", second=[1]), Empty(), Heir("a")):
        assert copy.copy(value) == value
        assert copy.deepcopy(value) == value
        assert sent(value) == value
    assert sent(Ours("a", 4, "noted")).note == "noted"


def test_a_derived_value_is_frozen_too() -> None:
    """Whoever derives a class gets one that is made alike."""
    heir = Heir("a", 5)

    assert (heir.name, heir.size) == ("a", 5)
    with pytest.raises(FrozenInstanceError):
        heir.name = "b"  # type: ignore[misc]  # that it fails is the point


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


def test_a_value_may_show_itself_in_its_own_way() -> None:
    """A representation that a class brings along is kept."""

    @dataclass(frozen=True, slots=True)
    class Hidden:
        secret: str

        def __repr__(self) -> str:
            return "Hidden(…)"

    assert repr(Hidden("s3cret")) == "Hidden(…)"


def test_it_is_a_dataclass_for_everybody_else() -> None:
    """Fields, replacing, and plain values work as with any dataclass; slots hold."""
    assert [each.name for each in fields(Ours)] == ["name", "size", "note"]
    assert replace(Ours("a"), size=5) == Ours("a", 5)
    assert asdict(Ours("a")) == {"name": "a", "size": 3, "note": ""}
    assert not hasattr(Ours("a"), "__dict__")
    match Ours("a"):
        case Ours(name, size):
            assert (name, size) == ("a", 3)


def test_what_is_rarely_done_works_as_in_the_standard_library() -> None:
    """A frozen value without slots, one that inherits, and one with ``InitVar`` hold."""

    @dataclass(frozen=True)
    class Loose:
        size: int = 3

    @dataclass(frozen=True, slots=True)
    class Heir(Ours):
        more: int = 4

    @dataclass(frozen=True, slots=True)
    class Started:
        start: dataclasses.InitVar[int]
        size: int = 0

        def __post_init__(self, start: int) -> None:
            object.__setattr__(self, "size", start * 2)

    assert (Loose(5), Loose()) == (Loose(size=5), Loose(3))
    assert Heir("a", 1, more=9) == Heir("a", 1, "", 9)
    assert Heir("a") != Ours("a")
    assert Started(4).size == 8
    for value in (Loose(5), Heir("a"), Started(4)):
        with pytest.raises(FrozenInstanceError):
            value.size = 1  # type: ignore[misc]
