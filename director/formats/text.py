"""The report for people: the decision first, then why, then what to do about it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from director.formats.forced import forced_line, idle_lines
from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL, State, headline
from director.formats.text_difference import difference_lines
from director.formats.waived import counts_said, request_said, waiver_said
from director.model.decision import Verdict
from director.model.record import CategoryEntry, CheckEntry, FixEntry, Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.text import inert, printable
from director.model.value import dataclass

_COLOURS = {
    "green": "32",
    "yellow": "33",
    "red": "31",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "dim": "2",
    "bold": "1",
}

DECISIONS = {"go": "green", "conditional_go": "yellow", "no_go": "red"}

_STATES = {
    State.GO: "green",
    State.OVERRIDE: "yellow",
    State.CONDITIONAL_GO: "yellow",
    State.EXPIRED: "red",
    State.NO_GO: "red",
    State.NONE: "red",
}

_MARKS = {
    "passed": ("✓", "green"),
    "warned": ("!", "yellow"),
    "failed": ("✗", "red"),
    "unknown": ("?", "yellow"),
    "not_applicable": ("–", "dim"),
    "errored": ("E", "red"),
    "missing": ("M", "red"),
}

_NARROWEST = 40
"""The least columns to draw for; on fewer the terminal itself has to break the lines."""

_GLUE = "\N{NO-BREAK SPACE}"
"""Holds two words on one line while it is broken."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the report is drawn.

    Attributes:
        colour: Whether to use colours; words and marks say the same without them.
        width: How many columns there are.
    """

    colour: bool = False
    width: int = 100

    def paint(self, text: str, *names: str) -> str:
        """Return *text* in the colours *names*, or as it is."""
        if not self.colour:
            return text
        codes = ";".join(_COLOURS[name] for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def beside(self, head: str, indent: int, text: str, end: str = "") -> Iterator[str]:
        """Yield *text* beside *head*, broken so that its lines stand under each other.

        Args:
            head: What stands before the first line; it may be painted.
            indent: How many columns *head* takes.
            text: What is said; made printable, and cut if it is too long.
            end: What follows it in any case, all on one line; made printable.
        """
        lines = textwrap.wrap(
            f"{printable(text)} {printable(end).replace(' ', _GLUE)}".strip(),
            max(self.width, _NARROWEST, indent + _NARROWEST // 2) - indent,
            break_on_hyphens=False,
        ) or [""]
        yield (head + lines[0]).rstrip().replace(_GLUE, " ")
        for line in lines[1:]:
            yield " " * indent + line.replace(_GLUE, " ")

    def painted(self, text: str, *names: str) -> Iterator[str]:
        """Yield *text* in the colours *names*, broken into lines."""
        for line in self.beside("", 0, text):
            yield self.paint(line, *names)


class TextFormat:
    """Writes items as they come, with an empty line between them.

    Args:
        look: How the report is drawn.
        stored_in: Where decisions are recorded, for people; empty if they are not.
    """

    def __init__(self, look: Look, stored_in: str = "") -> None:
        self._look = look
        self._stored_in = stored_in
        self._states: list[State] = []

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Return *item*, with what separates it from the one before."""
        separator = "\n" if self._states else ""
        self._states.append(headline(item).state)
        return separator + "\n".join(map(inert, self._lines(item))) + "\n"

    def end(self) -> str:
        """Return what stands after the last item: of several, how many got which decision."""
        if len(self._states) < 2:
            return ""
        counts = Counter(self._states)
        said = [
            f"{counts[state]} {self._look.paint(state.label, colour, 'bold')}"
            for state, colour in _STATES.items()
            if counts[state]
        ]
        return f"\n{len(self._states)} targets: {', '.join(said)}\n"

    def _lines(self, item: Item) -> Iterator[str]:
        look = self._look
        match item:
            case Judged(record, _, difference):
                yield from head_lines(item, look)
                yield from _record(record, look)
                if item.gone:
                    fewer = ", ".join(map(printable, item.gone))
                    yield from look.painted(f"the plan is smaller than the last: {fewer}", "yellow")
                if difference is not None:
                    yield ""
                    yield from difference_lines(difference, look)
                yield ""
                yield from foot_lines(item, look, self._stored_in)
            case Rejected(source, faults):
                yield _undecided(source, "invalid input", look)
                for fault in faults:
                    yield from look.beside("  ", 2, str(fault))
            case Undecided(_, target, reason):
                yield _undecided(target, "no decision could be made or recorded", look)
                yield from look.beside("  ", 2, reason)
            case Interrupted(_, target, results):
                so_far = "partial report" if results else "no result had come in"
                yield _undecided(target, f"interrupted; {so_far}", look)
                for heard in results:
                    mark, colour = _MARKS[heard.outcome]
                    text = f"{printable(heard.check)}  {printable(heard.reason)}"
                    yield from look.beside(f"  {look.paint(mark, colour)} ", 4, text)


def _undecided(target: str, why: str, look: Look) -> str:
    title = look.paint("NO DECISION", "red", "bold")
    return f"{look.paint(printable(target), 'bold')}  {title}  {why}"


def head_lines(judged: Judged, look: Look) -> Iterator[str]:
    """Yield the decision, what it rests on and how long it holds; EXPIRED before all.

    Of an override in force, the GO that gates act on, with what it was forced in spite of.
    """
    record, counts = judged.record, judged.record.counts
    if judged.expired:
        title = look.paint("EXPIRED", "red", "bold")
        yield f"{title} on {_moment(record.valid_until)}; what was decided before:"
    target, rate = look.paint(printable(record.target), "bold"), printable(record.pass_rate)
    word = look.paint(record.verdict.label, DECISIONS[record.decision], "bold")
    if judged.override is None:
        yield f"{target}  {word}  {rate}"
    else:
        yield from _forced(judged, target, look)
        yield f"evaluated as {word}  {rate}"
    for line in idle_lines(judged):
        yield from look.painted(line, "yellow")
    yield from look.painted(
        f"profile {record.profile.name} · {counts.passed} of {counts.counting} checks passed"
        f" · score {percent(record.score)} · coverage {percent(record.coverage)}"
        f" · verified by probe {percent(record.verified)}",
        "dim",
    )
    before = f" · {Verdict(record.previous).label} before" if record.previous else ""
    yield from look.painted(f"valid until {_moment(record.valid_until)}{before}", "dim")


def _forced(judged: Judged, target: str, look: Look) -> Iterator[str]:
    word = look.paint(judged.verdict.label, "yellow", "bold")
    head, indent = f"{target}  {word}, ", len(printable(judged.record.target)) + 6
    if indent > look.width * 0.4:  # A name so long leaves no room beside it.
        yield head.rstrip()
        head, indent = "  ", 2
    yield from look.beside(head, indent, forced_line(judged))


def foot_lines(judged: Judged, look: Look, stored_in: str) -> Iterator[str]:
    """Yield what a reader has to know of the record itself.

    Args:
        judged: The decision.
        look: How it is drawn.
        stored_in: Where decisions are recorded, for people.
    """
    record = judged.record
    if record.log_dropped:
        yield from look.painted(f"the log has lost {record.log_dropped} lines", "yellow")
    if judged.recorded:
        yield from look.painted(f"recorded as {record.evaluation} in {stored_in}", "dim")
    else:
        yield from look.painted("unrecorded: for looking, not for gating", "yellow")


def standing_lines(record: Record, look: Look) -> Iterator[str]:
    """Yield the conditions that stand and the waivers, each under its title, if there are any."""
    yield from _conditions(record, look)
    yield from _waivers(record, look)


def _record(record: Record, look: Look) -> Iterator[str]:
    yield from _reasons(record, look)
    width = max((len(check.id) for check in record.checks), default=0)
    for category in record.categories:
        if category.checks:
            yield ""
            yield from _category(category, width, look)
    if record.reasons:
        yield ""
        yield from fix_lines(record.fixes, look)
    yield from standing_lines(record, look)


def _reasons(record: Record, look: Look) -> Iterator[str]:
    if not record.reasons:
        return
    decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
    yield ""
    yield look.paint("Why NO_GO" if decisive else "Why not GO", "bold")
    for reason in decisive or record.reasons:
        yield from look.beside("  • ", 4, reason.text)


def _category(category: CategoryEntry, width: int, look: Look) -> Iterator[str]:
    score = "nothing counts" if category.score is None else percent(category.score)
    floor = "" if category.floor is None else f", floor {percent(category.floor)}"
    name = look.paint(printable(category.name), "bold")
    yield f"{name}  {look.paint(f'{score}{floor}', 'dim')}"
    for check in category.checks:
        yield from _check(check, width, look)


def _check(check: CheckEntry, width: int, look: Look) -> Iterator[str]:
    mark, colour = _MARKS[check.outcome]
    head = f"  {look.paint(mark, colour)} {printable(check.id):<{width}}  "
    indent = width + 6
    if indent > look.width * 0.4:  # Ids so long leave no room beside them.
        yield head.rstrip()
        head, indent = " " * 6, 6
    yield from look.beside(head, indent, _said(check))
    arrow = " " * indent + "→ "
    if check.role == "shadow":
        return
    if check.remedy:
        yield from look.beside(arrow, indent + 2, check.remedy, f"({check.effort} effort)")


def _said(check: CheckEntry) -> str:
    """Return what a check said, with what that means: nobody shall look up a role."""
    passed = check.outcome == "passed"
    said = check.title if passed and not check.observed else check.reason
    if not passed and check.expected and check.expected not in said:
        said = f"{said}, expected {check.expected}"
    if passed or check.outcome == "not_applicable":
        word = "" if passed else "not applicable: "
        return f"{word}{said} (shadow)" if check.role == "shadow" else f"{word}{said}"
    return f"{check.outcome} ({check.role}): {said}"


def fix_lines(fixes: tuple[FixEntry, ...] | None, look: Look) -> Iterator[str]:
    """Yield the shortest way to GO under its title; what each step takes stands elsewhere."""
    if fixes is None:
        yield look.paint("No list of fixes to these checks reaches GO", "bold")
        return
    count = f"{len(fixes)} fix" if len(fixes) == 1 else f"{len(fixes)} fixes"
    yield look.paint(f"Shortest way to GO: {count}", "bold")
    width = max((len(fix.check) for fix in fixes), default=0)
    for number, fix in enumerate(fixes, 1):
        effort = look.paint(f"{printable(fix.effort)} effort", "dim")
        yield f"  {number:>{len(str(len(fixes)))}}. {printable(fix.check):<{width}}  {effort}"


def _conditions(record: Record, look: Look) -> Iterator[str]:
    standing = [condition for condition in record.conditions if condition.closed_at is None]
    if not standing:
        return
    yield ""
    yield look.paint("Conditions", "bold")
    width = max(len(condition.check) for condition in standing)
    for condition in standing:
        owner = condition.owner or "nobody (the manifest names no owner)"
        text = f"{condition.check:<{width}}  {owner}, due {condition.due_at[:10]}"
        yield from look.beside("  ", 2, text)


def _waivers(record: Record, look: Look) -> Iterator[str]:
    if not record.waivers and not record.waiver_requests:
        return
    yield ""
    counts = counts_said(record)
    yield look.paint("Waivers", "bold") + (f"  {look.paint(counts, 'dim')}" if counts else "")
    for waiver in record.waivers:
        yield from look.beside("  ", 2, f"{waiver.check}  {waiver_said(waiver)}")
    for request in record.waiver_requests:
        yield from look.beside("  ", 2, f"{request.check}  {request_said(request)}")


def percent(share: float) -> str:
    """Return *share* as a whole or one-decimal percentage, cut so that only all is 100 %."""
    return f"{int(share * 1000 + 1e-6) / 10:g}%"


def _moment(at: str) -> str:
    return printable(f"{at[:10]} {at[11:16]} UTC")


def make(setting: Setting) -> TextFormat:
    """Return the format for *setting*."""
    return TextFormat(setting.look, setting.stored_in)
