"""A trend of scores, drawn with characters: a column for each decision, the newest at the right."""

from __future__ import annotations

from collections.abc import Sequence

from director.model.value import dataclass

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:|#"
"""Levels of one row, from nothing to all of it."""

ROWS = 5
"""How many rows a chart has; each is a fifth of the way to 100 %."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One column.

    Attributes:
        share: How high, 0 to 1.
        name: What it is drawn as by name, for whoever paints it.
    """

    share: float
    name: str


def chart(bars: Sequence[Bar], *, plain: bool) -> list[list[tuple[str, str]]]:
    """Return rows from the top to the bottom, each a list of characters with their bar's name.

    What is more than nothing is drawn as something, so that a low score is not taken for a gap.

    Args:
        bars: The columns, from left to right.
        plain: Whether only ASCII can be shown.
    """
    levels = _ASCII if plain else _EIGHTHS
    steps = len(levels) - 1
    heights = [max(round(bar.share * ROWS * steps), 1 if bar.share > 0 else 0) for bar in bars]
    return [
        [
            (levels[min(max(height - row * steps, 0), steps)], bar.name)
            for bar, height in zip(bars, heights, strict=True)
        ]
        for row in reversed(range(ROWS))
    ]


def row_of(share: float) -> int:
    """Return the row, counted from the top, in which *share* ends."""
    return ROWS - 1 - min(int(share * ROWS), ROWS - 1)
