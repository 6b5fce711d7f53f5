"""Dataclasses that are quick to make: a drop-in for ``dataclasses.dataclass``.

The standard library compiles ``__eq__``, ``__hash__`` and ``__repr__`` anew for every class,
which for all our values is a tenth of the time the command takes to start. Here they are
shared functions over the names of the fields; everything else is the standard library's.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(class_: type | None = None, /, *, eq: bool = True, **given: bool) -> object:
        """Make *class_* a dataclass, as ``dataclasses.dataclass`` does with these arguments."""

        def made(class_: type) -> type:
            plain = dataclasses.dataclass(eq=False, repr=False, **given)(class_)
            fields = dataclasses.fields(plain)
            if eq:
                _compare(plain, tuple(field.name for field in fields if field.compare))
            if "__repr__" not in vars(plain):
                _show(plain, tuple(field.name for field in fields if field.repr))
            return plain

        return made if class_ is None else made(class_)


__all__ = ["dataclass"]


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
