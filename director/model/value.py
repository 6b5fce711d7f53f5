"""Dataclasses that are quick to declare and to make: a drop-in for ``dataclasses.dataclass``.

The standard library compiles half a dozen methods anew for every class, which for all our values
is a fifth of the time the command takes to start, and a frozen value of its making sets each
field through the general ``object.__setattr__``. Here only ``__init__`` is compiled, when the
first value is made, and it sets each field through its slot; the rest are shared functions over
the names of the fields. Everything else is the standard library's.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        class_: type | None = None,
        /,
        *,
        frozen: bool = False,
        eq: bool = True,
        order: bool = False,
        **given: bool,
    ) -> object:
        """Make *class_* a dataclass, as ``dataclasses.dataclass`` does with these arguments."""

        def made(class_: type) -> type:
            own_init = frozen and bool(given.get("slots"))
            if (frozen and not own_init) or _needs_more(class_):
                return dataclasses.dataclass(frozen=frozen, eq=eq, order=order, **given)(class_)
            plain = dataclasses.dataclass(
                eq=order, order=order, repr=False, init=not own_init, frozen=False, **given
            )(class_)
            fields = dataclasses.fields(plain)
            if own_init:
                plain.__init__ = _Init(plain, fields)
            if frozen:
                _freeze(plain, tuple(field.name for field in fields))
            if eq:
                _compare(plain, tuple(field.name for field in fields if field.compare))
            if "__repr__" not in vars(plain):
                _show(plain, tuple(field.name for field in fields if field.repr))
            return plain

        return made if class_ is None else made(class_)


__all__ = ["dataclass"]


class _Init:
    """Stands for an ``__init__`` until somebody asks for it: most runs make few of our values."""

    def __init__(self, class_: Any, fields: tuple[Any, ...]) -> None:  # noqa: ANN401  # a method is set
        self._class = class_
        self._fields = fields

    def __get__(self, instance: object, owner: type) -> Any:  # noqa: ANN401  # a method, bound or not
        init = self._class.__init__ = _init(self._class, self._fields)
        return init.__get__(instance, owner)


def _needs_more(class_: type) -> bool:
    """Return whether *class_* takes more than fields of its own: inherited ones, ``InitVar``."""
    types = vars(class_).get("__annotations__", {}).values()
    return hasattr(class_, "__dataclass_fields__") or any("InitVar" in str(each) for each in types)


def _init(class_: type, fields: tuple[Any, ...]) -> Any:  # noqa: ANN401  # a function is made
    """Return an ``__init__`` for *class_* that sets each field through its slot."""
    first = [field for field in fields if field.init and not field.kw_only]
    named = [field for field in fields if field.init and field.kw_only]
    star = ["*"] if named else []
    taken = [*map(_parameter, first), *star, *map(_parameter, named)]
    body = [
        f"set_{field.name}(self, {_value(field)})"
        for field in fields
        if field.init or _has_default(field)
    ]
    if hasattr(class_, "__post_init__"):
        body.append("self.__post_init__()")
    scope: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    for field in fields:
        scope[f"set_{field.name}"] = vars(class_)[field.name].__set__
        scope[f"default_{field.name}"] = field.default
        scope[f"make_{field.name}"] = field.default_factory
    names = ", ".join(scope)
    lines = "\n        ".join(body or ["pass"])
    text = (
        f"def maker({names}):\n"
        f"    def __init__({', '.join(['self', *taken])}):\n        {lines}\n"
        "    return __init__"
    )
    made: dict[str, Any] = {}
    exec(text, {}, made)  # noqa: S102  # of the names of fields, as the standard library does it
    init = made["maker"](**scope)
    init.__qualname__ = f"{class_.__qualname__}.__init__"
    init.__module__ = class_.__module__
    return init


def _has_default(field: Any) -> bool:  # noqa: ANN401  # Field is generic only for type checkers
    return not (
        field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


def _parameter(field: Any) -> str:  # noqa: ANN401  # as above
    """Return *field* as a parameter, with its default."""
    if field.default is not dataclasses.MISSING:
        return f"{field.name}=default_{field.name}"
    return f"{field.name}=MISSING" if _has_default(field) else f"{field.name}"


def _value(field: Any) -> str:  # noqa: ANN401  # as above
    """Return the expression for what *field* is set to."""
    if field.default_factory is dataclasses.MISSING:
        return f"{field.name}" if field.init else f"default_{field.name}"
    made = f"make_{field.name}()"
    return f"{made} if {field.name} is MISSING else {field.name}" if field.init else made


def _freeze(class_: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401  # methods are set
    """Let nobody set or delete what is in a *class_*; copies and pickles still work."""
    read = tuple(map(attrgetter, names))

    def setattr_(_self: object, name: str, _value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def delattr_(_self: object, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def getstate(self: object) -> list[object]:
        return [of(self) for of in read]

    def setstate(self: object, state: list[object]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    class_.__setattr__, class_.__delattr__ = setattr_, delattr_
    class_.__getstate__, class_.__setstate__ = getstate, setstate
    class_.__dataclass_params__.frozen = True


def _compare(class_: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401  # methods are set
    """Give *class_* equality by the fields *names*, and a hash if it is frozen."""
    read = attrgetter(*names) if names else lambda _: ()

    def eq(self: object, other: object) -> object:
        return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

    class_.__eq__ = eq
    class_.__hash__ = (
        (lambda self: hash(read(self))) if class_.__dataclass_params__.frozen else None
    )


def _show(class_: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401  # a method is set
    """Give *class_* a representation with the fields *names*."""

    def show(self: object) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({inside})"

    class_.__repr__ = show
