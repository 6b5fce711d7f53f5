"""JSON as frozen dataclasses, strictly: what is not exactly of the right shape is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from math import isfinite
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

Reader: TypeAlias = Callable[[Any], Any]
"""Turns a parsed JSON value into a value of one type, or raises ``ShapeError``."""

_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


class ShapeError(Exception):
    """A value is not what its place asks for.

    Args:
        problem: What it must be, then what it was.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []
        """Where it stands, innermost first."""

    def __str__(self) -> str:
        return ".".join(reversed(self.path)) + (": " if self.path else "") + self.problem


def parse(body: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """Return the JSON value in *body*.

    Raises:
        ShapeError: A key stands twice in a mapping, or a number is not finite.
        ValueError: It is not UTF-8, not JSON, or has half a surrogate pair.
        RecursionError: It is nested too deep.
    """
    value = json.loads(
        body.decode(), object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite
    )
    if b"\\ud" in body or b"\\uD" in body:
        json.dumps(value, ensure_ascii=False).encode()  # Only an escape can hide half a pair.
    return value


def reader_of(hint: Any) -> Reader:  # noqa: ANN401  # a type hint has no type
    """Return what reads values of the type *hint*.

    Args:
        hint: A scalar, a union of scalars, an enumeration of texts, a dataclass,
            ``tuple[X, ...]``, ``dict[str, X]``, or one of the last three or None.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if kinds := _scalars(hint):
        return _scalar_reader(kinds)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_reader(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word_reader(hint)
    if origin is tuple:
        return _tuple_reader(reader_of(inner[0]))
    if origin is dict:
        return _mapping_reader(reader_of(inner[1]))
    (whole,) = (member for member in inner if member is not NoneType)
    return _optional_reader(reader_of(whole))


def shallow(value: object) -> dict[str, Any]:
    """Return the fields of one dataclass, in order, as they are.

    As ``default`` of a JSON encoder it does what ``asdict`` does, three times as fast.

    Raises:
        TypeError: *value* is no dataclass.
    """
    if isinstance(value, type) or not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ShapeError("must not have a key twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ShapeError(f"numbers must be finite, was {text[:40]}")
    return number


def _scalars(hint: Any) -> frozenset[type]:  # noqa: ANN401  # a type hint has no type
    """Return the types that *hint* allows, or nothing if it is not made of scalars."""
    kinds = frozenset(get_args(hint) or (hint,))
    if not kinds <= _WORDS.keys():
        return frozenset()
    return kinds | {int} if float in kinds else kinds  # As the language does.


def _check_kind(value: object, kinds: frozenset[type]) -> None:
    if type(value) not in kinds:
        named = kinds - {int} if float in kinds else kinds
        expected = " or ".join(word for kind, word in _WORDS.items() if kind in named)
        raise ShapeError(f"must be {expected}, was {_shown(value)}")


def _scalar_reader(kinds: frozenset[type]) -> Reader:
    def read(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        _check_kind(value, kinds)
        return value

    return read


def _word_reader(kind: type[StrEnum]) -> Reader:
    def read(value: Any) -> StrEnum:  # noqa: ANN401  # any JSON value
        if type(value) is not str or value not in frozenset(kind):
            raise ShapeError(f"must be one of {', '.join(kind)}, was {_shown(value)}")
        return kind(value)

    return read


def _optional_reader(inner: Reader) -> Reader:
    def read(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        return None if value is None else inner(value)

    return read


def _tuple_reader(inner: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, ...]:  # noqa: ANN401  # any JSON value
        if type(value) is not list:
            raise ShapeError(f"must be a list, was {_shown(value)}")
        items: list[Any] = []
        try:
            for item in value:
                items.append(inner(item))  # noqa: PERF401  # how many says where it broke
        except ShapeError as error:
            error.path.append(str(len(items)))
            raise
        return tuple(items)

    return read


def _mapping_reader(inner: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON value
        if type(value) is not dict:
            raise ShapeError(f"must be a mapping, was {_shown(value)}")
        items: dict[str, Any] = {}
        key = ""
        try:
            for key, item in value.items():
                items[key] = inner(item)
        except ShapeError as error:
            error.path.append(key)
            raise
        return items

    return read


def _dataclass_reader(kind: type) -> Reader:
    hints = get_type_hints(kind)
    every = frozenset(_names(kind))
    needed = every - _optional_names(kind)
    # Nearly all fields are scalars that must be there: these cost no call each.
    scalars = tuple((name, _scalars(hints[name])) for name in _names(kind) if name in needed)
    scalars = tuple((name, kinds) for name, kinds in scalars if kinds)
    done = {name for name, _ in scalars}
    others = tuple((name, reader_of(hints[name])) for name in _names(kind) if name not in done)

    def read(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if type(value) is not dict:
            raise ShapeError(f"must be a mapping, was {_shown(value)}")
        if value.keys() != every:
            _check_keys(value.keys(), needed, every)
        name = ""
        try:
            for name, kinds in scalars:
                if type(value[name]) not in kinds:
                    _check_kind(value[name], kinds)
            for name, reader in others:
                if name in value:
                    value[name] = reader(value[name])
        except ShapeError as error:
            error.path.append(name)
            raise
        return kind(**value)

    return read


def _names(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass, in order."""
    return tuple(field.name for field in fields(kind))


def _optional_names(kind: type) -> frozenset[str]:
    """Return the fields that an older record may lack: those with a default."""
    return frozenset(
        field.name
        for field in fields(kind)
        if field.default is not MISSING or field.default_factory is not MISSING
    )


def _check_keys(keys: Any, needed: frozenset[str], every: frozenset[str]) -> None:  # noqa: ANN401
    if missing := sorted(needed - keys):
        raise ShapeError(f"must have {', '.join(missing)}")
    if unknown := sorted(keys - every):
        raise ShapeError(f"must not have {', '.join(map(_shown, unknown))}")


def _shown(value: object) -> str:
    """Return *value* as a message may quote it: short, in ASCII."""
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
