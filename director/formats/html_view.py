"""What the page says and draws of one target: plain values, computed before any markup."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import accumulate

from director.formats.forced import forced_line
from director.formats.headline import NO_GO_LEVEL, State, headline, moment
from director.model.decision import Verdict
from director.model.record import CheckEntry, ConditionEntry, Facts, ReasonEntry, Record
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.text import counted, printable
from director.model.value import dataclass

_CONCERN = {"failed": 0, "errored": 0, "missing": 0, "unknown": 0, "warned": 1, "passed": 2}
_GRAVITY = {"blocker": 0, "required": 1, "advisory": 2, "shadow": 3}

_PHASES = ("dns", "connect", "tls", "send", "ttfb", "transfer", "other")
_PROBE = "director.probe."
_LONGEST_MS = 1e12
"""What claims to have taken longer is no length of time."""

_FIGURE = re.compile(r">= (\d{1,3}(?:\.\d+)?)%")

_PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9.:\[\]-]+(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
"""ASCII alone, and no user name before the host: what is read is where it leads."""

_PILE = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""Accents piled on one letter, which would be painted over the lines above it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One target on the page.

    Attributes:
        anchor: Its id on the page; made here, never of what a manifest says.
        kind: Which sort of item it is: ``judged``, ``rejected``, ``undecided``, ``interrupted``.
        state: How it stands.
        target: ``service`` or ``service@environment``; the file, where nothing else is known.
        lead: What that means for this target, in one sentence.
        item: Everything else.
    """

    anchor: str
    kind: str
    state: State
    target: str
    lead: str
    item: Item


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a probe that took time.

    Attributes:
        name: Which one.
        duration_ms: How long it took, in milliseconds.
        start_ratio: Where it begins within the whole, 0 to 1.
        share_ratio: How much of the whole it is, 0 to 1.
    """

    name: str
    duration_ms: float
    start_ratio: float
    share_ratio: float


def section(number: int, item: Item) -> Section:
    """Return *item* as the target *number* of the page, counted from 1."""
    head = headline(item)
    kind = type(item).__name__.lower()
    return Section(f"target-{number}", kind, head.state, head.target, _lead(item), item)


def _lead(item: Item) -> str:
    match item:
        case Judged(record, _, _, True):
            until = moment(record.valid_until)
            return f"It was {label(record.decision)} until {until}; now every gate is closed."
        case Judged(_, False) if item.verdict is not Verdict.NO_GO:
            return f"{_permission(item)} Unrecorded, it opens no gate."
        case Judged():
            return _permission(item)
        case Rejected(_, faults):
            return f"The manifest or its profile cannot be used: {counted(len(faults), 'fault')}."
        case Undecided():
            return "No decision could be made or recorded."
        case Interrupted(_, _, results):
            so_far = counted(len(results), "result") if results else "no result"
            return f"Interrupted before a decision, with {so_far} so far."


def _permission(judged: Judged) -> str:
    record, forced = judged.record, forced_line(judged)
    if forced:
        return f"{forced[0].upper()}{forced[1:]}"
    if record.verdict is Verdict.GO:
        return "May go to production."
    if record.verdict is Verdict.NO_GO:
        return f"May not go to production, for {counted(len(decisive(record)), 'reason')}."
    standing = len(open_conditions(record))
    if standing:
        return f"May go to production, on {counted(standing, 'condition')}."
    return f"May go to production; {counted(len(record.reasons), 'reason')} against a GO."


def label(word: str) -> str:
    """Return a decision for people, as in every other output."""
    return Verdict(word).label


def open_conditions(record: Record) -> tuple[ConditionEntry, ...]:
    """Return the conditions that stand."""
    return tuple(entry for entry in record.conditions if entry.closed_at is None)


def decisive(record: Record) -> tuple[ReasonEntry, ...]:
    """Return the reasons that make a NO_GO; none where only a GO is kept away."""
    return tuple(reason for reason in record.reasons if reason.level <= NO_GO_LEVEL)


def further(record: Record) -> tuple[ReasonEntry, ...]:
    """Return the reasons that keep a GO away without making a NO_GO."""
    return tuple(reason for reason in record.reasons if reason.level > NO_GO_LEVEL)


def by_concern(checks: tuple[CheckEntry, ...]) -> list[CheckEntry]:
    """Return *checks* with the gravest gap first; those that say nothing against it last."""
    return sorted(
        checks,
        key=lambda check: (
            _CONCERN.get(check.outcome, len(_CONCERN)),
            _GRAVITY.get(check.role, len(_GRAVITY)),
            check.id,
        ),
    )


def thresholds(record: Record) -> dict[str, float]:
    """Return the scores, 0 to 1, that a CONDITIONAL_GO and a GO need, as far as they are known.

    A record from before policies were kept tells them only where one of them was missed.
    """
    if record.policy is not None:
        needed = record.policy.thresholds
        found = {"conditional_go": needed.conditional, "go": needed.go}
    else:
        found = dict(_missed(record))
    return {word: share for word, share in found.items() if 0 <= share <= 1}


def _missed(record: Record) -> Iterator[tuple[str, float]]:
    """Yield each threshold that a reason names."""
    names = {"score": "conditional_go", "below_go": "go"}
    for reason in record.reasons:
        figure = _FIGURE.fullmatch(reason.expected)
        if reason.code in names and figure:
            yield names[reason.code], float(figure[1]) / 100


def phases(facts: Facts) -> tuple[Phase, ...]:
    """Return the phases of a probe that took time, in their order; none if *facts* lack one."""
    lengths = [_length_ms(facts.get(f"{_PROBE}{name}_ms")) for name in _PHASES]
    total = sum(lengths)
    if not total > 0:  # Nothing took time, or one of them is not a number.
        return ()
    starts = accumulate(lengths, initial=0.0)
    return tuple(
        Phase(name, length, start / total, length / total)
        for name, length, start in zip(_PHASES, lengths, starts, strict=False)
        if length
    )


def _length_ms(fact: object) -> float:
    """Return *fact* as a length of time; not a number where it is none."""
    if isinstance(fact, bool) or not isinstance(fact, int | float):
        return math.nan
    return float(fact) if 0 <= fact <= _LONGEST_MS else math.nan


def plain_facts(facts: Facts, source: str) -> list[tuple[str, str]]:
    """Return what is to be said of *facts* in words, without what is drawn or said already."""
    drawn = {f"{_PROBE}{name}_ms" for name in (*_PHASES, "total")} if phases(facts) else set()
    return [
        (name, str(fact).lower() if isinstance(fact, bool) else f"{fact}")
        for name, fact in facts.items()
        if name not in drawn and not (name == "url.full" and fact == source)
    ]


def is_plain_url(text: str) -> bool:
    """Return whether *text* is an address that may be a link, because it can be read in full.

    >>> is_plain_url("https://wiki/sec-42"), is_plain_url("javascript:alert(1)")
    (True, False)
    """
    return _PLAIN_URL.fullmatch(text) is not None and printable(text) == text


def shown(value: object) -> object:
    """Return *value* as the page may show it: a text in one line that stays where it is put."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _PILE.sub(r"\1", printable(value))


def number(value: float) -> str:
    """Return a weight without zeros that say nothing.

    >>> number(1.0), number(1.5)
    ('1', '1.5')
    """
    return f"{float(value):g}"


def duration(duration_ms: float) -> str:
    """Return how long something took.

    >>> duration(0.02), duration(34.767), duration(5012.0)
    ('< 0.1 ms', '35 ms', '5.01 s')
    """
    if duration_ms >= 1000:
        return f"{duration_ms / 1000:.2f} s"
    if duration_ms >= 10:
        return f"{duration_ms:.0f} ms"
    if duration_ms >= 0.1:
        return f"{duration_ms:.1f} ms"
    return "< 0.1 ms" if duration_ms else "0 ms"


def compared(text: str) -> str:
    """Return a measured or expected value with the signs that people write."""
    return text.replace(">= ", "≥ ").replace("<= ", "≤ ")
