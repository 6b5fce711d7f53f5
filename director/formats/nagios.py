"""The report as a monitoring plugin prints it: a line with performance data, then long text.

After the Monitoring Plugins Development Guidelines, 2.1 and 2.6
(https://www.monitoring-plugins.org/doc/guidelines.html): GO is OK, CONDITIONAL_GO is WARNING,
NO_GO and an expired decision are CRITICAL, and no decision is UNKNOWN. An override opens the gate
and mends nothing, so while it holds the state is WARNING. That is what the text says; the exit
code is the command's own, so whoever runs it as a plugin maps one to the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from director.formats.forced import brief_line, forced_line, idle_lines
from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL, Headline, State, moment, tally, worst_first
from director.formats.waived import counts_said
from director.model.record import Record
from director.model.report import Interrupted, Item, Judged, Rejected
from director.model.text import inert, printable

SERVICE_STATES = {
    State.GO: "OK",
    State.OVERRIDE: "WARNING",
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
            lines = [f"{_status(head, item)}{_performance(item)}", *_details(item)]
        else:
            lines = list(_several(pairs))
        return _fitting(lines)


def _several(pairs: list[tuple[Headline, Item]]) -> Iterator[str]:
    if not pairs:
        yield "READINESS UNKNOWN - no target was evaluated"
        return
    states = [head.state for head, _ in pairs]
    counts = [_value(state.word, states.count(state), most=len(states)) for state in State]
    yield f"{_status(*pairs[0])} ({tally(states)}) | {' '.join(counts)}"
    for head, item in pairs:
        yield f"{SERVICE_STATES[head.state]}: {_said(head, item)}"


def _status(head: Headline, item: Item) -> str:
    return f"READINESS {SERVICE_STATES[head.state]} - {_said(head, item)}"


def _said(head: Headline, item: Item) -> str:
    rate = f" pass_rate {head.pass_rate}" if head.pass_rate else ""
    more = brief_line(item) if isinstance(item, Judged) else head.why
    why = f": {more}" if more else ""
    return f"{_tame(head.target, _MOST_NAME)} {_tame(f'{head.state.label}{rate}{why}')}"


def _details(item: Item) -> Iterator[str]:
    """Yield what stands behind one status, the most important first."""
    match item:
        case Judged(record, recorded, _, expired):
            for line in filter(None, (forced_line(item), *idle_lines(item))):
                yield _tame(line)
            until = "expired" if expired else "valid until"
            yield _tame(f"{until} {moment(record.valid_until)}, profile {record.profile.name}")
            if not recorded:
                yield "unrecorded: for looking, not for gating"
            decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
            for reason in decisive or record.reasons:
                yield _tame(f"- {reason.text}")
            if waivers := counts_said(record):
                yield _tame(f"waivers: {waivers}")
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
    needed = record.policy.thresholds if record.policy else None
    yield _value(
        "score",
        record.score,
        most=1,
        warning=_from(needed.go if needed else None),
        critical=_from(needed.conditional if needed else None),
    )
    yield _value("coverage", record.coverage, most=1)
    yield _value("verified", record.verified, most=1)
    for word in ("passed", "warned", "failed", "unknown", "errored", "missing"):
        yield _value(word, getattr(counts, word), most=counts.counting)
    for category in record.categories:
        if category.score is not None:
            floor = _from(category.floor)
            yield _value(f"category {category.name}", category.score, most=1, critical=floor)


def _from(least: float | None) -> str:
    """Return the range (2.5 of the guidelines) that alerts of what is less; empty for none."""
    return f"{_number(least)}:" if least is not None and math.isfinite(least) else ""


def _value(label: str, value: float, *, most: float, warning: str = "", critical: str = "") -> str:
    """Return one value as ``'label'=value;warn;crit;min;max``."""
    return f"{_label(label)}={_number(value)};{warning};{critical};0;{_number(most)}"


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
