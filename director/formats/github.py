"""The report as workflow commands, which GitHub shows as annotations at the lines they are about.

GitHub shows the first ten errors, warnings and notices of a step and leaves the others in its
log, so the decisions come first and then what matters most. The escaping is that of
https://github.com/actions/toolkit, ``packages/core/src/command.ts``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from director.formats.forced import forced_line, idle_lines
from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL, Headline, State, moment, worst_first
from director.formats.waived import counts_said
from director.model.record import CheckEntry, ReasonEntry, Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.text import printable
from director.model.value import dataclass

SHOWN = 10
"""How many errors, and how many warnings, GitHub shows of one step."""

_MOST_TITLE = 200
"""The most characters of a title; GitHub refuses more than 255."""

_GAPS = frozenset({"warned", "failed", "unknown", "errored", "missing"})

_RANKS = {"blocker": 1, "required": 2, "advisory": 4}
"""What comes after the decision: blockers, required ones, other reasons (3), advisory ones."""

_LEVELS = {State.GO: "notice", State.OVERRIDE: "warning", State.CONDITIONAL_GO: "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One workflow command.

    Attributes:
        level: ``error``, ``warning`` or ``notice``.
        rank: What is shown first; 0 is a decision.
        title: What it is about.
        parts: What it says, a line each.
        file: Where; empty for nowhere.
        line: Which line, counted from 1; 0 for none.
        column: Which column, counted from 1; 0 for none.
    """

    level: str
    rank: int
    title: str
    parts: tuple[str, ...]
    file: str = ""
    line: int = 0
    column: int = 0

    def command(self) -> str:
        """Return it as one line."""
        given = {
            "file": self.file,
            "line": str(self.line) if self.file and self.line else "",
            "col": str(self.column) if self.file and self.line and self.column else "",
            "title": _cut(printable(self.title)),
        }
        properties = ",".join(f"{name}={_property(text)}" for name, text in given.items() if text)
        message = "\n".join(printable(part) for part in self.parts if part)
        return f"::{self.level} {properties}::{_data(message)}"


class GithubFormat:
    """Writes all annotations when all items are there."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the decisions must be said first, so nothing is said yet."""
        self._items.append(item)
        return ""

    def end(self) -> str:
        """Return every annotation, the most important first."""
        pairs = worst_first(self._items)
        found = [note for head, item in pairs for note in _annotations(head, item)]
        found.sort(key=lambda note: note.rank)
        if not found:
            nothing = ("no target was evaluated",)
            found = [Annotation(level="error", rank=0, title=State.NONE.label, parts=nothing)]
        lines = [note.command() for note in found]
        counts = Counter(note.level for note in found)
        lines += [
            f"GitHub shows {SHOWN} of {count} {level}s; all of them are above."
            for level, count in sorted(counts.items())
            if count > SHOWN
        ]
        return "\n".join(lines) + "\n"


def _annotations(head: Headline, item: Item) -> Iterator[Annotation]:
    match item:
        case Judged(record, _, _, expired):
            yield _decision(head, item)
            if not expired:
                yield from _gaps(record, forced=item.override is not None)
        case Rejected(_, faults):
            for number, fault in enumerate(faults):
                yield Annotation(
                    level="error",
                    rank=min(number, 1),  # One of them stands for the decision.
                    title=f"{head.target}: {head.state.label}, invalid input",
                    parts=(fault.problem,),
                    file=fault.source,
                    line=fault.line,
                    column=fault.column,
                )
        case Undecided() | Interrupted():
            title = f"{head.target}: {head.state.label}"
            yield Annotation(
                level="error", rank=0, title=title, parts=(head.why,), file=head.source
            )


def _decision(head: Headline, judged: Judged) -> Annotation:
    """Return what was decided, with every reason if that is not told check by check."""
    record, counts = judged.record, judged.record.counts
    parts = [f"{counts.passed} of {counts.counting} checks passed, profile {record.profile.name}"]
    if head.state is State.EXPIRED:
        parts = [f"the decision expired on {moment(record.valid_until)}; evaluate again"]
    elif head.state is State.CONDITIONAL_GO:
        parts += [reason.text for reason in record.reasons]
    parts = [*filter(None, [forced_line(judged)]), *parts, *idle_lines(judged)]
    if waivers := counts_said(record):
        parts.append(f"waivers: {waivers}")
    if not judged.recorded:
        parts.append("unrecorded: for looking, not for gating")
    return Annotation(
        level=_LEVELS.get(head.state, "error"),
        rank=0,
        title=f"{head.target}: {head.said}",
        parts=tuple(parts),
        file=head.source,
    )


def _gaps(record: Record, *, forced: bool) -> Iterator[Annotation]:
    """Yield each gap and each reason for a NO_GO, once; what is waived or overridden only warns."""
    decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
    told: dict[str, list[ReasonEntry]] = {}
    for reason in decisive:
        told.setdefault(reason.check, []).append(reason)
    planned = {check.id for check in record.checks}
    mild = {waiver.check for waiver in record.waivers if waiver.state == "in_effect"}
    mild |= {check.id for check in record.checks if check.role == "advisory"}
    for check in record.checks:
        reasons = told.get(check.id, [])
        if reasons or (check.role in _RANKS and check.outcome in _GAPS):
            level = "warning" if forced or (check.id in mild and not reasons) else "error"
            yield replace(_gap(record, check, reasons), level=level)
    for reason in decisive:
        if reason.check not in planned:
            yield Annotation(
                level="warning" if forced else "error",
                rank=3,
                title=f"{record.target}: {reason.code.replace('_', ' ')}",
                parts=(reason.text, _arrow(reason.remedy)),
                file=record.source,
            )


def _gap(record: Record, check: CheckEntry, reasons: list[ReasonEntry]) -> Annotation:
    own = f"{check.outcome} ({check.role}): {check.reason}"
    first, *others = [reason.text for reason in reasons] or [own]
    if check.expected and check.expected not in first:
        first = f"{first}, expected {check.expected}"
    return Annotation(
        level="error",
        rank=_RANKS.get(check.role, 3),
        title=f"{record.target}: {check.id}",
        parts=(first, *others, _arrow(check.remedy)),
        file=record.source,
        line=check.line,
    )


def _arrow(remedy: str) -> str:
    return f"→ {remedy}" if remedy else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TITLE else f"{text[: _MOST_TITLE - 1]}…"


def _data(text: str) -> str:
    """Return *text* as the message of a command."""
    # A runner that does not know the command looks for ``##[`` anywhere in the line.
    tame = text.replace("##[", "## [")
    return tame.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return *text* as a property of a command."""
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")


def make(setting: Setting) -> GithubFormat:  # noqa: ARG001  # the commands of one or of many
    """Return the format for *setting*."""
    return GithubFormat()
