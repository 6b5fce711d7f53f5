"""How reports look on this terminal."""

from __future__ import annotations

import os
import shutil
import sys

from director.formats.text import Look


def look_of(colour: bool | None) -> Look:
    """Return how text is drawn: coloured on a terminal, unless ``NO_COLOR`` or a flag says no."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    return Look(colour=_coloured() if colour is None else colour, width=max(width, 40))


def _coloured() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.stdout is not None and sys.stdout.isatty()
    except ValueError:
        return False  # It is closed.


def columns(rows: tuple[tuple[str, ...], ...]) -> str:
    """Return *rows* as a table with aligned columns, the first row as its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
