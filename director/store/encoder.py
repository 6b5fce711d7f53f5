"""Frozen dataclasses as compact JSON, by what is compiled for each class from its type hints.

What is written here is certain to be read back as it was, and certain to be, to the byte, what the
standard library writes: every value must be of exactly the type that its field names, and each
number one that everybody writes alike. Anything else is refused, not because it is wrong, but
because a slower way has to look at it. That is ten times as fast as to write, read again and
compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from pydantic_core import PydanticSerializationError, SchemaSerializer, core_schema
from pydantic_core.core_schema import CoreSchema

Writer: TypeAlias = Callable[[Any], bytes]
"""Returns a value of one type as JSON, or raises ``UncertainError``."""

_Check: TypeAlias = Callable[[Any], None]
"""Raises ``UncertainError`` for what is not of one type, or not written alike by everybody."""

_LeftOut: TypeAlias = Mapping[type, frozenset[str]]

_LEAST = 1e-4
_MOST = 1e16
"""From one to the other, without it, no number has an exponent; those are written in many ways."""


_WRITTEN: Mapping[Any, CoreSchema] = {
    str: core_schema.str_schema(),
    int: core_schema.int_schema(),
    float: core_schema.any_schema(),  # A whole number is written as one.
    bool: core_schema.bool_schema(),
}


class UncertainError(Exception):
    """It is not certain that a value would be read back as it is."""


def writer_of(
    hint: Any,  # noqa: ANN401  # a type hint has no type
    without: _LeftOut | None = None,
) -> Writer:
    """Return what writes values of the type *hint*.

    Args:
        hint: As ``shape.reader_of`` has it.
        without: Fields of dataclasses that are left out.
    """
    left_out = without or {}
    check = _check_of(hint, left_out)
    to_json = SchemaSerializer(_schema_of(hint, left_out)).to_json

    def write(value: Any) -> bytes:  # noqa: ANN401  # any value of the type
        check(value)
        try:
            return to_json(value, warnings="error")
        except PydanticSerializationError as error:  # Half a surrogate pair.
            raise UncertainError from error

    return write


def _schema_of(hint: Any, without: _LeftOut) -> CoreSchema:  # noqa: ANN401  # as above
    """Return how a value of the type *hint*, which was checked, is written."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_schema(hint, without)
    if origin is tuple:
        return core_schema.tuple_schema([_schema_of(inner[0], without)], variadic_item_index=0)
    if origin is dict:
        return core_schema.dict_schema(core_schema.str_schema(), _schema_of(inner[1], without))
    if hint in _WRITTEN:
        return _WRITTEN[hint]
    kinds = [each for each in inner if each is not NoneType]
    if len(kinds) == 1:
        return core_schema.nullable_schema(_schema_of(kinds[0], without))
    return core_schema.any_schema()


def _dataclass_schema(kind: type, without: _LeftOut) -> CoreSchema:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    left_out = without.get(kind, ())
    members = [
        core_schema.dataclass_field(
            name, _schema_of(hints[name], without), serialization_exclude=name in left_out or None
        )
        for name in names
    ]
    shape = core_schema.dataclass_args_schema(kind.__name__, members)
    return core_schema.dataclass_schema(kind, shape, names, slots=True)


def _text(value: Any) -> None:  # noqa: ANN401  # any value of a field
    if type(value) is not str:
        raise UncertainError


def _whole(value: Any) -> None:  # noqa: ANN401  # as above
    if type(value) is not int:
        raise UncertainError


def _number(value: Any) -> None:  # noqa: ANN401  # as above
    if type(value) is not float:
        _whole(value)
    elif value and not _LEAST <= abs(value) < _MOST:
        raise UncertainError


def _truth(value: Any) -> None:  # noqa: ANN401  # as above
    if type(value) is not bool:
        raise UncertainError


def _nothing(value: Any) -> None:  # noqa: ANN401  # as above
    if value is not None:
        raise UncertainError


_SCALARS: Mapping[Any, _Check] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    NoneType: _nothing,
}


_TEXT = frozenset({str})


def _check_of(hint: Any, without: _LeftOut) -> _Check:  # noqa: ANN401  # a type hint has no type
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_check(hint, without)
    if origin is tuple:
        return _tuple_check(_check_of(inner[0], without))
    if origin is dict:
        return _mapping_check(inner[1], _check_of(inner[1], without))
    return _union_check({_kind(each): _check_of(each, without) for each in inner})


def _kind(hint: Any) -> type:  # noqa: ANN401  # a type hint has no type
    """Return the class that values of the type *hint* have."""
    kind: type = get_origin(hint) or hint
    return kind


def _union_check(checks: Mapping[type, _Check]) -> _Check:
    """Return what checks a value of one of several types."""
    if float in checks:
        checks = {int: _whole, **checks}  # As the language does.

    def check(value: Any) -> None:  # noqa: ANN401  # any value of a field
        found = checks.get(type(value))
        if found is None:
            raise UncertainError
        found(value)

    return check


def _tuple_check(inner: _Check) -> _Check:
    def check(value: Any) -> None:  # noqa: ANN401  # any value of a field
        if type(value) is not tuple:
            raise UncertainError
        for item in value:
            inner(item)

    return check


def _mapping_check(hint: Any, inner: _Check) -> _Check:  # noqa: ANN401  # a type hint has no type
    known = frozenset(get_args(hint) or (hint,))
    if not known <= _SCALARS.keys():
        known = frozenset()

    def check(value: Any) -> None:  # noqa: ANN401  # any value of a field
        if type(value) is not dict or not _TEXT.issuperset(map(type, value)):
            raise UncertainError
        kinds = {*map(type, value.values())}
        if not kinds <= known:
            for item in value.values():
                inner(item)
        elif float in kinds:
            for item in value.values():
                if type(item) is float and not _LEAST <= item < _MOST:
                    _number(item)

    return check


def _dataclass_check(kind: type, without: _LeftOut) -> _Check:
    """Return a function that checks the fields of one class, with few calls.

    For four fields ``id``, ``title``, ``weight`` and ``line`` it is this one::

        def check(value):
            if type(value) is not kind: raise uncertain
            if type(value.id) is not str or type(value.title) is not str: raise uncertain
            field = value.weight
            if not (type(field) is float and least <= field < most): check_weight(field)
            field = value.line
            if not (type(field) is int): check_line(field)
    """
    hints = get_type_hints(kind)
    scope: dict[str, Any] = {
        "kind": kind, "uncertain": UncertainError, "least": _LEAST, "most": _MOST
    }  # fmt: skip
    texts, lines = [], []
    for field in fields(kind):
        name, hint = field.name, hints[field.name]
        if name in without.get(kind, ()):
            continue
        if hint is str:
            texts.append(f"type(value.{name}) is not str")
            continue
        scope[f"check_{name}"] = _check_of(hint, without)
        lines.append(f"field = value.{name}")
        lines.append(f"if not ({_usual(hint)}): check_{name}(field)")
    if texts:
        lines.insert(0, f"if {' or '.join(texts)}: raise uncertain")
    lines.insert(0, "if type(value) is not kind: raise uncertain")
    text = f"def maker({', '.join(scope)}):\n    def check(value):\n        "
    text += "\n        ".join(lines) + "\n    return check"
    made: dict[str, Any] = {}
    exec(text, {}, made)  # noqa: S102  # of the names of fields, as dataclasses does it
    check: _Check = made["maker"](**scope)
    return check


def _usual(hint: Any) -> str:  # noqa: ANN401  # a type hint has no type
    """Return when one field needs no call of ours."""
    usual = {
        str: "type(field) is str",
        int: "type(field) is int",
        float: "type(field) is float and least <= field < most",
        bool: "type(field) is bool",
    }
    kinds = get_args(hint) or (hint,)
    shown = [usual[kind] for kind in kinds if kind in usual]
    return " or ".join(["field is None"] * (NoneType in kinds) + shown) or "False"
