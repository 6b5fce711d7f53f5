"""What became better or worse, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from director.model.decision import Verdict
from director.model.difference import Change, Difference, Turn
from director.model.text import printable

if TYPE_CHECKING:
    from director.formats.text import Look

_MARKS = {
    Turn.WORSE: ("↓", "red"),
    Turn.NEW: ("+", "yellow"),
    Turn.BETTER: ("↑", "green"),
    Turn.CHANGED: ("~", "yellow"),
    Turn.GONE: ("-", "yellow"),
}


def difference_lines(difference: Difference, look: Look) -> Iterator[str]:
    """Yield what became better or worse, under a line that says since when."""
    then = f"{Verdict(difference.decision).label} {difference.pass_rate}"
    policy = "" if difference.same_profile else f", under another profile ({difference.profile})"
    yield look.paint("Difference", "bold")
    at = f"{difference.decided_at[:10]} {difference.decided_at[11:16]} UTC"
    yield from look.beside("  ", 2, f"since {at}: {then}{policy}")
    if not difference.changes:
        yield "  no check says anything else"
    for change in difference.changes:
        yield from change_lines(change, look)


def change_lines(change: Change, look: Look) -> Iterator[str]:
    """Yield one check that says something else."""
    mark, colour = _MARKS[change.turn]
    yield from look.beside(f"  {look.paint(mark, colour)} ", 4, _said(change))


def _said(change: Change) -> str:
    name = printable(change.check)
    if change.turn is Turn.NEW:
        return f"{name}  new, {change.after}: {change.reason}"
    if change.turn is Turn.GONE:
        return f"{name}  gone, was {change.before}"
    became = f"{name}  {change.before} → {change.after}"
    return became if change.turn is Turn.BETTER else f"{became}: {change.reason}"
