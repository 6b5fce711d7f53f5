"""Two decisions side by side, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from director.formats.headline import moment, percent
from director.formats.markdown_difference import change_line
from director.formats.markdown_text import name, text
from director.formats.shifts import IN_COLUMNS, said_shift
from director.model.contrast import Contrast, Matter
from director.model.record import Record
from director.model.text import inert


def contrast_markdown(contrast: Contrast) -> str:
    """Return what became better, worse, new or gone, and whatever else differs."""
    return "\n".join(map(inert, _lines(contrast))) + "\n"


def _lines(contrast: Contrast) -> Iterator[str]:
    before, after = contrast.before, contrast.after
    yield f"### {text(before.target)} {before.verdict.label} → {after.verdict.label}"
    yield ""
    yield "| | Target | Decision | Pass rate | Score | Profile | Decided | Evaluation |"
    yield "|---|---|---|---|---|---|---|---|"
    yield _row("A", before)
    yield _row("B", after)
    yield ""
    if contrast.shifted(Matter.PROFILE, Matter.POLICY):
        yield "They were judged by different policies: their scores are not alike."
        yield ""
    for change in contrast.difference.changes:
        yield f"- {change_line(change)}"
    others = [shift for shift in contrast.shifts if shift.matter not in IN_COLUMNS]
    for shift in others:
        yield f"- {text(said_shift(shift))}"
    if not contrast.difference.changes and not others:
        yield "Nothing differs."


def _row(letter: str, record: Record) -> str:
    cells = (
        letter,
        name(record.target),
        record.verdict.label,
        text(record.pass_rate),
        percent(record.score),
        name(record.profile.name),
        text(moment(record.decided_at)),
        name(record.evaluation),
    )
    return f"| {' | '.join(cells)} |"
