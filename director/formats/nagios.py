"""The report as a monitoring plugin prints it: a line with performance data, then long text.

After the Monitoring Plugins Development Guidelines, 2.1 and 2.6
(https://www.monitoring-plugins.org/doc/guidelines.html): GO is OK, CONDITIONAL_GO is WARNING,
NO_GO and an expired decision are CRITICAL, and no decision is UNKNOWN. That is what the text
says; the exit code is the command's own, so whoever runs it as a plugin maps one to the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL, Headline, State, moment, tally, worst_first
from director.model.record import Record
from director.model.report import Interrupted, Item, Judged, Rejected
from director.model.text import inert, printable

SERVICE_STATES = {
    State.GO: "OK",
    State.CONDITIONAL_GO: "WARNING",
    State.EXPIRED: "CRITICAL",
    State.NO_GO: "CRITICAL",
    State.NONE: "UNKNOWN",
}

_MOST_BYTES = 4_000
"""The most that is printed: readers keep 4 KiB, newer ones 8 KiB, and cut the rest."""

_MOST_LINE = 300
"""The most characters of what one line says."""

_MOST_NAME = 150
"""The most characters of a target, so that what is said of it finds room behind it."""

_TAME = str.maketrans(
    {"|": "/", "\\": "/", "<": "(", ">": ")", "`": "'", "$": "_", "~": "-", "&": "+", '"': "'"}
)
"""What begins performance data or a line break, and what readers show as HTML or hand to a shell.

The latter are what Nagios calls ``illegal_macro_output_chars``.
"""


class NagiosFormat:
    """Writes one line for the worst target, and then the others."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; the worst must be said first, so nothing is said yet."""
        self._items.append(item)
        return ""

    def end(self) -> str:
        """Return the whole report."""
        pairs = worst_first(self._items)
        if len(pairs) == 1:
            ((head, item),) = pairs
            lines = [f"{_status(head)}{_performance(item)}", *_details(item)]
        else:
            lines = list(_several([head for head, _ in pairs]))
        return _fitting(lines)


def _several(heads: list[Headline]) -> Iterator[str]:
    if not heads:
        yield "READINESS UNKNOWN - no target was evaluated"
        return
    counts = [
        _value(state.word, sum(head.state is state for head in heads), most=len(heads))
        for state in State
    ]
    yield f"{_status(heads[0])} ({tally(h.state for h in heads)}) | {' '.join(counts)}"
    for head in heads:
        yield f"{SERVICE_STATES[head.state]}: {_said(head)}"


def _status(head: Headline) -> str:
    return f"READINESS {SERVICE_STATES[head.state]} - {_said(head)}"


def _said(head: Headline) -> str:
    rate = f" pass_rate {head.pass_rate}" if head.pass_rate else ""
    why = f": {head.why}" if head.why else ""
    return f"{_tame(head.target, _MOST_NAME)} {_tame(f'{head.state.label}{rate}{why}')}"


def _details(item: Item) -> Iterator[str]:
    """Yield what stands behind one status, the most important first."""
    match item:
        case Judged(record, recorded, _, expired):
            until = "expired" if expired else "valid until"
            yield _tame(f"{until} {moment(record.valid_until)}, profile {record.profile.name}")
            if not recorded:
                yield "unrecorded: for looking, not for gating"
            decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
            for reason in decisive or record.reasons:
                yield _tame(f"- {reason.text}")
        case Rejected(_, faults):
            for fault in faults:
                yield _tame(f"- {fault}")
        case Interrupted(_, _, results):
            for heard in results:
                yield _tame(f"- {heard.check} {heard.outcome}: {heard.reason}")
        case _:
            return


def _performance(item: Item) -> str:
    """Return the figures of a decision; there are none where there is no decision in force."""
    if not isinstance(item, Judged) or item.expired:
        return ""
    return f" | {' '.join(_figures(item.record))}"


def _figures(record: Record) -> Iterator[str]:
    counts = record.counts
    yield _value("score", record.score, most=1)
    yield _value("coverage", record.coverage, most=1)
    yield _value("verified", record.verified, most=1)
    for word in ("passed", "warned", "failed", "unknown", "errored", "missing"):
        yield _value(word, getattr(counts, word), most=counts.counting)
    for category in record.categories:
        if category.score is not None:
            # A range of the guidelines, 2.5: alert if the value is less than the floor.
            floor = "" if category.floor is None else f"{_number(category.floor)}:"
            yield _value(f"category {category.name}", category.score, most=1, critical=floor)


def _value(label: str, value: float, *, most: float, critical: str = "") -> str:
    """Return one value as ``'label'=value;warn;crit;min;max``."""
    return f"{_label(label)}={_number(value)};;{critical};0;{_number(most)}"


def _label(label: str) -> str:
    """Return *label*, in quotes if it needs them; it can hold neither quotes nor ``=``."""
    tame = re.sub("['=;]", "_", _tame(label))
    return tame if re.fullmatch("[A-Za-z0-9_.-]+", tame) else f"'{tame}'"


def _number(value: float) -> str:
    """Return *value* in digits, to six places; ``U`` says that it could not be determined."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if math.isfinite(value) else "U"


def _tame(text: str, most: int = _MOST_LINE) -> str:
    """Return at most so many characters of *text*, in which nothing is a sign to any reader."""
    shown = printable(text).translate(_TAME)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def _fitting(lines: Iterable[str]) -> str:
    """Return as many of the *lines* as readers keep, and how many are left out."""
    room, left = _MOST_BYTES, 0
    shown: list[str] = []
    for line in map(inert, lines):
        room -= len(line.encode()) + 1
        if room >= 0 or not shown:
            shown.append(line)
        else:
            left += 1
    if left:
        shown.append(f"{left} more lines are left out")
    return "\n".join(shown) + "\n"


def make(setting: Setting) -> NagiosFormat:  # noqa: ARG001  # the worst of one is that one
    """Return the format for *setting*."""
    return NagiosFormat()
