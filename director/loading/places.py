"""Where each value of an input stands, so that a fault can point at it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from director.errors import Fault
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Pointer: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and, in lists, indices from 0."""

_BREAK = re.compile(r"\r\n|\r|\n")


class Mark(NamedTuple):
    """A position in a text, both counted from 1."""

    line: int
    column: int


def after(text: str) -> Mark:
    """Return the position after *text*, where the next character would stand."""
    lines = _BREAK.split(text)
    return Mark(len(lines), len(lines[-1]) + 1)


class Spot(NamedTuple):
    """Where one value stands.

    Attributes:
        source: The file.
        value: Where the value begins.
        key: Where its key begins; None for the root and in lists.
        branch: Whether the value is a mapping or a list.
    """

    source: str
    value: Mark
    key: Mark | None = None
    branch: bool = False

    @property
    def mark(self) -> Mark:
        """Where to point: at a plain value itself, but at the key of a mapping or a list.

        A block begins on the line after its key, where nobody would look for it.
        """
        return self.key if self.branch and self.key else self.value


@dataclass(frozen=True, slots=True)
class Places:
    """Where every value of one input, or of several merged ones, stands.

    Attributes:
        source: What to name where no position is known.
        spots: The spot of every value.
    """

    source: str
    spots: Mapping[Pointer, Spot]

    def fault(self, pointer: Pointer, problem: str, *, at_key: bool = False) -> Fault:
        """Return a fault placed at *pointer*, or at the nearest value around it.

        Args:
            pointer: The way to the value.
            problem: What it must be, then what it was.
            at_key: Whether the key is wrong, and not the value.
        """
        for length in range(len(pointer), -1, -1):
            spot = self.spots.get(pointer[:length])
            if spot is not None:
                mark = spot.key if at_key and spot.key and length == len(pointer) else spot.mark
                return Fault(spot.source, mark.line, mark.column, problem)
        return Fault(self.source, 0, 0, problem)

    def over(self, other: Places) -> Places:
        """Return both together; where both know a place, this one's holds."""
        return Places(self.source, {**other.spots, **self.spots})
