"""director.store.encoder."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest

from director.model.value import dataclass
from director.store.encoder import UncertainError, writer_of


class Word(StrEnum):
    """A text that is more than a text."""

    YES = "yes"


@dataclass(frozen=True, slots=True)
class Inner:
    """A value in another one."""

    name: str
    facts: dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Outer:
    """Every kind of field that a record has."""

    text: str
    number: float
    count: int
    flag: bool
    maybe: str | None
    limit: float | None
    inner: tuple[Inner, ...]
    other: Inner | None = None


WHOLE: dict[str, Any] = {
    "text": 'a "quoted" \u2028 \n line', "number": 0.1, "count": 10**30, "flag": True,
    "maybe": None, "limit": 1e15, "inner": (Inner("x", {"a": 1, "b": 1.5, "c": False, "": ""}),),
    "other": None,
}  # fmt: skip


def plain(value: Any) -> Any:  # noqa: ANN401  # any field
    """Return *value* as ``json.loads`` returns it."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    names = getattr(value, "__dataclass_fields__", None)
    return value if names is None else {name: plain(getattr(value, name)) for name in names}


@pytest.mark.parametrize(
    "change",
    [
        {}, {"text": ""}, {"number": 3}, {"number": -0.0}, {"maybe": "\x00"}, {"limit": None},
        {"limit": 7}, {"limit": 0.0}, {"limit": 1e-4}, {"number": -9007199254740993.0},
        {"text": "".join(map(chr, range(0xD800)))}, {"inner": ()},
        {"other": Inner("y", {})}, {"flag": False},
    ],
    ids=str,
)  # fmt: skip
def test_value_is_written_as_json_writes_it(change: dict[str, Any]) -> None:
    """What is written is what the standard library writes: compact, in the order of the fields."""
    value = Outer(**{**WHOLE, **change})

    body = writer_of(Outer)(value)

    expected = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    assert body == expected.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 1e16}, {"limit": 9.9e-5}, {"number": -1e300}, {"number": 5e-324},
        {"text": "\ud800"}, {"inner": (Inner("x", {"a": 1e-7}),)},
        {"text": None}, {"text": Word.YES}, {"text": 1}, {"number": float("nan")},
        {"number": float("inf")}, {"number": "1"}, {"number": True}, {"count": 1.0},
        {"count": True}, {"flag": 1}, {"flag": None}, {"maybe": Word.YES}, {"maybe": 0},
        {"limit": float("-inf")}, {"limit": False}, {"inner": []}, {"inner": (None,)},
        {"inner": (Inner("x", {1: 1}),)}, {"inner": (Inner("x", {Word.YES: 1}),)},  # type: ignore[dict-item]
        {"inner": (Inner("x", {"a": None}),)}, {"inner": (Inner("x", {"a": float("nan")}),)},  # type: ignore[dict-item]
        {"inner": (Inner("x", []),)}, {"other": "y"}, {"other": {}},  # type: ignore[arg-type]
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_is_not_certain(change: dict[str, Any]) -> None:
    """A value of another type, however alike, is left to a slower way.

    So is a number without end, or one with an exponent, and half a surrogate pair.
    """
    with pytest.raises(UncertainError):
        writer_of(Outer)(Outer(**{**WHOLE, **change}))


def test_value_of_another_class_is_not_certain() -> None:
    """Also if it has the same fields."""
    with pytest.raises(UncertainError):
        writer_of(Inner)(Outer(**WHOLE))


def test_fields_can_be_left_out() -> None:
    """A field that is kept elsewhere is not written, wherever its class stands."""
    write = writer_of(Outer, {Inner: frozenset({"facts"})})

    assert json.loads(write(Outer(**WHOLE)))["inner"] == [{"name": "x"}]
