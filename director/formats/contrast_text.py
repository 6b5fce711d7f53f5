"""Two decisions side by side, for people."""

from __future__ import annotations

from collections.abc import Iterator

from director.formats.headline import moment, percent
from director.formats.shifts import IN_COLUMNS, said_shift
from director.formats.text import DECISIONS, Look
from director.formats.text_difference import change_lines
from director.model.contrast import Contrast, Matter
from director.model.difference import Turn
from director.model.record import Record
from director.model.text import inert, printable

_TITLES = {
    Turn.WORSE: "Worse",
    Turn.NEW: "New",
    Turn.BETTER: "Better",
    Turn.CHANGED: "Changed",
    Turn.GONE: "Gone",
}


def contrast_text(contrast: Contrast, look: Look) -> str:
    """Return what became better, worse, new or gone, and whatever else differs."""
    return "\n".join(map(inert, _lines(contrast, look))) + "\n"


def _lines(contrast: Contrast, look: Look) -> Iterator[str]:
    width = max(len(side.target) for side in (contrast.before, contrast.after))
    yield from _side("A", contrast.before, width, look)
    yield from _side("B", contrast.after, width, look)
    if contrast.shifted(Matter.PROFILE, Matter.POLICY):
        said = "judged by different policies: their scores are not alike"
        yield from look.painted(said, "yellow")
    found = contrast.difference
    for turn, title in _TITLES.items():
        changes = found.turned(turn)
        if changes:
            yield ""
            yield look.paint(title, "bold")
            for change in changes:
                yield from change_lines(change, look)
    others = [shift for shift in contrast.shifts if shift.matter not in IN_COLUMNS]
    if others:
        yield ""
        yield look.paint("Else", "bold")
        for shift in others:
            yield from look.beside("  • ", 4, said_shift(shift))
    if not found.changes and not others:
        yield ""
        yield "nothing differs"


def _side(letter: str, record: Record, width: int, look: Look) -> Iterator[str]:
    label = look.paint(record.verdict.label, DECISIONS[record.decision], "bold")
    pad = " " * (len("CONDITIONAL_GO") - len(record.verdict.label))
    target = look.paint(f"{printable(record.target):<{width}}", "bold")
    figures = f"{printable(record.pass_rate):>4}  score {percent(record.score)}"
    yield f"{letter}  {target}  {label}{pad}  {figures}"
    about = f"{moment(record.decided_at)}, profile {record.profile.name}, {record.evaluation}"
    for line in look.beside("   ", 3, about):
        yield look.paint(line, "dim")
