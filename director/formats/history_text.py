"""The history of a target for people: how it stands, how it went, and every decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from director.formats.chart import Bar, chart, row_of
from director.formats.headline import moment, percent
from director.formats.shifts import IN_COLUMNS, said_briefly, said_changes
from director.formats.text import DECISIONS, Look
from director.model.decision import Verdict
from director.model.history import Summary
from director.model.text import inert, printable
from director.model.trend import Finding, Steadiness, Step, Stretch, Trend
from director.model.value import dataclass
from director.rules.moment import instant
from director.rules.trend import FLAPS_FROM, WINDOW, stretches

_LETTERS = {"go": "G", "conditional_go": "C", "no_go": "N"}
_OVERRIDDEN = "O"
_MARGIN = 12
"""Columns left of the chart, for what a row stands for."""

_ASCII = str.maketrans({"→": "->", "…": "..."})
"""What of our own words no plain terminal shows."""

_NARROW = 30
"""Columns from which on what changed stands beside its decision; else it stands below."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a history is drawn for.

    Attributes:
        look: How text is drawn on this terminal.
        plain: Whether the terminal shows ASCII alone.
    """

    look: Look
    plain: bool = False


def history_text(trends: Sequence[Trend], sheet: Sheet) -> str:
    """Return the history of each target, one after the other."""
    parts = ["\n".join(map(inert, _lines(trend, sheet))) + "\n" for trend in trends]
    return "\n".join(parts).translate(_ASCII) if sheet.plain else "\n".join(parts)


def finding_lines(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    """Yield since when each gap has stood, without a title; the newest first."""
    width = max((len(printable(one.check)) for one in findings), default=0)
    for one in findings:
        head = f"  {printable(one.check):<{width}}  "
        text = f"{one.outcome.replace('_', ' ')} ({one.role}), {said_finding(one)}"
        if len(head) > look.width * 0.4:
            yield head.rstrip()
            head = " " * 6
        yield from look.beside(head, len(head), text)


def said_finding(finding: Finding) -> str:
    """Return since when *finding* has stood, in one clause."""
    if finding.new:
        return "new this time"
    number = f"{finding.decisions} decisions"
    if finding.begun:
        return f"standing since {moment(finding.since_at)}, {number}"
    return f"standing since {moment(finding.since_at)} or before, at least {number}"


def said_steadiness(steadiness: Steadiness) -> str:
    """Return how often the decision changed lately, with the rule that calls it flapping."""
    changes = "1 change" if steadiness.changes == 1 else f"{steadiness.changes} changes"
    said = f"{changes} of decision in the last {steadiness.decisions}"
    if not steadiness.flaps:
        return said
    return f"flapping: {said}; it takes {FLAPS_FROM} in {WINDOW}"


def said_override(trend: Trend) -> str:
    """Return what gates act on now, where an override is in force; empty where none is."""
    if trend.effective is None or trend.override is None:
        return ""
    people = ", ".join(trend.effective.approvers)
    label = Verdict(trend.latest.decision).label
    until = moment(instant(trend.override.statement.expires_at))
    return f"{trend.effective.verdict.label}, override of {label} by {people} until {until}"


def said_row(steadiness: Steadiness, latest: Summary) -> str:
    """Return since when the decision has been the present one."""
    label = Verdict(latest.decision).label
    number = steadiness.in_a_row
    row = f"{number} decisions in a row" if number > 1 else "1 decision"
    if not steadiness.begun:
        return f"{label} since {moment(steadiness.since_at)} or before, at least {row}"
    return f"{label} since {moment(steadiness.since_at)}, {row}"


def _lines(trend: Trend, sheet: Sheet) -> Iterator[str]:
    look = sheet.look
    yield from _head(trend, look)
    yield ""
    yield from _chart(trend.steps, sheet)
    if trend.findings:
        yield ""
        yield look.paint("Gaps", "bold")
        yield from finding_lines(trend.findings, look)
    yield ""
    yield from _table(trend.steps, sheet)
    if trend.older:
        yield ""
        where = f" --environment {trend.environment}" if trend.environment else ""
        more = f"older: director history {trend.service}{where} --before {trend.older}"
        yield look.paint(printable(more), "dim")


def _head(trend: Trend, look: Look) -> Iterator[str]:
    latest = trend.latest
    if trend.expired:
        until = moment(latest.valid_until)
        yield f"{look.paint('EXPIRED', 'red', 'bold')} on {until}; what was decided before:"
    target = look.paint(printable(trend.target), "bold")
    word = look.paint(Verdict(latest.decision).label, DECISIONS[latest.decision], "bold")
    yield f"{target}  {word}  {printable(latest.pass_rate)}"
    if trend.override is not None:
        yield from look.painted(said_override(trend), "yellow", "bold")
    yield from look.painted(said_row(trend.steadiness, latest), "dim")
    steady = said_steadiness(trend.steadiness)
    yield from look.painted(steady, "yellow" if trend.steadiness.flaps else "dim")


def _chart(steps: Sequence[Step], sheet: Sheet) -> Iterator[str]:
    """Yield the scores as columns, with the decisions below, the newest at the right."""
    look = sheet.look
    shown = list(reversed(steps[: look.width - _MARGIN - 1]))
    names = _rows(steps[0])
    wall, corner, floor = ("|", "+", "-") if sheet.plain else ("│", "└", "─")
    bars = [Bar(step.summary.score, DECISIONS[step.summary.decision]) for step in shown]
    for number, row in enumerate(chart(bars, plain=sheet.plain)):
        drawn = "".join(look.paint(character, name) for character, name in _joined(row))
        yield f"{names.get(number, ''):>{_MARGIN - 1}} {wall}{drawn}".rstrip()
    yield f"{'0%':>{_MARGIN - 1}} {corner}{floor * len(shown)}"
    letters = _joined([(_letter(step), DECISIONS[step.summary.decision]) for step in shown])
    painted = "".join(look.paint(text, name) for text, name in letters)
    yield f"{'':>{_MARGIN - 1}}  {painted}"
    first, last = shown[0].summary.decided_at[:10], shown[-1].summary.decided_at[:10]
    days = first if first == last else f"{first} to {last}"
    key = ", ".join(f"{letter} {Verdict(word).label}" for word, letter in _LETTERS.items())
    if any(step.overridden for step in shown):
        key = f"{key}, {_OVERRIDDEN} overridden"
    indent = " " * (_MARGIN + 1)
    for line in look.beside(indent, len(indent), f"score, {days}; {key}"):
        yield look.paint(line, "dim")


def _rows(newest: Step) -> dict[int, str]:
    """Return what rows are called: those in which a threshold of the *newest* step lies."""
    if newest.thresholds is None:
        return {}
    needed = newest.thresholds
    rows: dict[int, list[str]] = {}
    for name, share in (("GO", needed.go), ("COND", needed.conditional)):
        rows.setdefault(row_of(share), []).append(f"{name} {percent(share)}")
    return {row: names[0] for row, names in rows.items()}


def _letter(step: Step) -> str:
    return _OVERRIDDEN if step.overridden else _LETTERS[step.summary.decision]


def _joined(row: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield neighbours of one colour as one text."""
    text, name = "", ""
    for character, colour in row:
        if colour != name and text:
            yield text, name
            text = ""
        text, name = text + character, colour
    if text:
        yield text, name


def _table(steps: Sequence[Step], sheet: Sheet) -> Iterator[str]:
    look = sheet.look
    rows = [(stretch, _cells(stretch)) for stretch in stretches(steps)]
    head = ("WHEN (UTC)", "DECISION", "PASS", "SCORE", "PROFILE", "VERSION")
    widths = [max(len(cells[i]) for cells in (head, *(c for _, c in rows))) for i in range(6)]
    indent = sum(widths) + 2 * len(widths)
    beside = look.width - indent >= _NARROW
    title = "  ".join(name.ljust(width) for name, width in zip(head, widths, strict=True))
    yield look.paint(f"{title}  WHAT CHANGED" if beside else title.rstrip(), "dim")
    for stretch, cells in rows:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        colour = DECISIONS[stretch.newest.summary.decision]
        padded[1] = look.paint(cells[1], colour) + padded[1][len(cells[1]) :]
        line, text = "  ".join(padded), said_stretch(stretch)
        if beside:
            yield from look.beside(f"{line}  ", indent, text)
            continue
        yield line.rstrip()
        if text:
            yield from look.beside("    ", 4, text)


def _cells(stretch: Stretch) -> tuple[str, ...]:
    one = stretch.newest.summary
    label = Verdict(one.decision).label
    if stretch.newest.overridden:
        label = f"{label}, {Verdict(one.effective).label} by override"
    when = f"{one.decided_at[:10]} {one.decided_at[11:16]}"
    cells = (when, label, one.pass_rate, percent(one.score), one.profile, one.version or "-")
    return tuple(map(printable, cells))


def said_stretch(stretch: Stretch) -> str:
    """Return what changed at the beginning of *stretch*, and how long it went on so."""
    parts = [said_step(stretch.oldest)]
    if len(stretch.steps) > 1:
        since = moment(stretch.oldest.summary.decided_at)
        parts.insert(0, f"{len(stretch.steps)} alike since {since}")
    return "; ".join(filter(None, parts))


def said_step(step: Step) -> str:
    """Return what changed since the decision before *step*; empty for nothing."""
    if step.first:
        return "the first decision"
    said = [*said_changes(step.changes or ())]
    said += [said_briefly(each) for each in step.shifts or () if each.matter not in IN_COLUMNS]
    return "; ".join(said)
