"""How much work an expression can be, at worst: what is little is done here, what is more apart.

CEL holds the interpreter's lock while it evaluates, so that whatever it does here, nobody else
does anything. A thousand entries compared with each of a thousand take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from director_cel.language import MOST_ITERATIONS

MOST_HERE = 4_000_000
"""Units of work that are done in this process; about 30 ms."""

MOST_VALUES_HERE = 5_000
"""Values that are handed over in this process; about 10 ms."""

MOST_VALUES = 20_000
MOST_CHARACTERS = 2 * 1024 * 1024

_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
_VALUE_UNITS = 16
"""A value is as much work as so many characters."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to look at.

    Attributes:
        values: Values, those within values among them.
        characters: Characters of all texts, keys among them.
        widest: Entries of the largest list or mapping.
    """

    values: int
    characters: int
    widest: int

    @property
    def excessive(self) -> bool:
        """Whether this is more than is looked at at all."""
        return self.values > MOST_VALUES or self.characters > MOST_CHARACTERS


def named_in(texts: Iterable[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the *variables* that one of the expressions *texts* names."""
    whole = re.sub(r"\s*\.\s*", ".", "\n".join(texts))
    return {name: value for name, value in variables.items() if name in whole}


def size_of(variables: Mapping[str, Any]) -> Size:
    """Return how much there is to look at in *variables*; it stops where that is too much."""
    values = characters = widest = 0
    stack: list[Any] = [variables]
    while stack and values <= MOST_VALUES:
        item = stack.pop()
        values += 1
        if isinstance(item, str):
            characters += len(item)
        elif isinstance(item, list):
            widest = max(widest, len(item))
            stack.extend(item[: MOST_VALUES + 1])
        elif isinstance(item, dict):
            widest = max(widest, len(item))
            characters += sum(map(len, item))
            stack.extend(item.values())
    return Size(values, characters, widest)


def fits_here(texts: Iterable[str], size: Size) -> bool:
    """Return whether the expressions *texts* over so much are little work, at worst."""
    units = sum(_units(text, size) for text in texts)
    return size.values <= MOST_VALUES_HERE and units <= MOST_HERE


def _units(text: str, size: Size) -> int:
    macros = len(_MACRO.findall(text))
    turns = 1
    for _ in range(macros):
        turns = min(MOST_ITERATIONS, turns * max(size.widest, 1))
    return turns * (size.values * _VALUE_UNITS + size.characters) * (1 + len(text) // 30)
