"""What a report of findings says of one item: for formats that know places and severities only.

A finding is a gap, a shadow check that is no better, a NO_GO, or the lack of a decision. Such
reports are read as "nothing found, all is well", so whatever closes the gate is a finding, too;
and so is what an override opens it in spite of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import field
from enum import IntEnum

from director.formats.forced import forced_line
from director.formats.headline import NO_GO_LEVEL, State, headline, moment
from director.formats.place import Repository
from director.model.record import CheckEntry, Record, RequestEntry, WaiverEntry
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.text import printable
from director.model.value import dataclass
from director.rules.override import overridden

GAPS = frozenset({"warned", "failed", "unknown", "errored", "missing"})
"""The outcomes that leave a gap; ``not_applicable`` stands in a record only where it is valid."""

DECISION = "director.decision"
INVALID_INPUT = "director.invalid_input"
UNDECIDED = "director.undecided"
INTERRUPTED = "director.interrupted"


class Severity(IntEnum):
    """How much a finding matters."""

    SHADOW = 0
    """Counts for nothing."""
    ADVISORY = 1
    WARNED = 2
    """A required check or a blocker that passed, but not comfortably."""
    REQUIRED = 3
    CLOSED = 4
    """A blocker, or what closes the gate by itself."""


_SEVERITIES = {
    "shadow": Severity.SHADOW,
    "advisory": Severity.ADVISORY,
    "required": Severity.REQUIRED,
    "blocker": Severity.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that somebody shall look at.

    Attributes:
        rule: The check, or one of ours: ``director.decision``, ``director.invalid_input``,
            ``director.undecided``, ``director.interrupted``.
        severity: How much it matters.
        text: What was found and what to do about it, in one line that can be printed.
        key: What makes it this finding and no other in its file, whatever its line.
        source: The file that it is about.
        line: The line, counted from 1.
        column: The column, counted from 1; 0 for none.
        waiver: The waiver in effect for it.
        request: The waiver that the manifest asks for.
        forced: Who has forced the gate open in spite of it, until when and why, in one line;
            empty if nobody has.
    """

    rule: str
    severity: Severity
    text: str
    key: tuple[str, ...]
    source: str
    line: int = 1
    column: int = 0
    waiver: WaiverEntry | None = field(default=None)
    request: RequestEntry | None = field(default=None)
    forced: str = ""


def findings(item: Item) -> Iterator[Finding]:
    """Yield everything that is to be said of *item*; nothing only where the gate is open."""
    match item:
        case Judged(record, _, _, expired):
            yield from _closed(item, record, expired=expired)
            yield from _gaps(record, forced_line(item))
        case Rejected(source, faults):
            for fault in faults:
                # Without a line it may be a flag or a variable, which no repository has.
                place = fault.source if fault.line else source
                yield Finding(
                    rule=INVALID_INPUT,
                    severity=Severity.CLOSED,
                    text=printable(fault.problem if fault.line else str(fault)),
                    key=(fault.problem,),
                    source=place,
                    line=max(fault.line, 1),
                    column=max(fault.column, 0) if fault.line else 0,
                )
            if not faults:
                yield _undecided(item, INVALID_INPUT)
        case Undecided():
            yield _undecided(item, UNDECIDED)
        case Interrupted():
            yield _undecided(item, INTERRUPTED)


def nothing() -> Finding:
    """Return what is found where not one item came: that nobody has looked at anything."""
    return _undecided(Undecided("", "", "no target was evaluated"), UNDECIDED)


def said(check: CheckEntry) -> str:
    """Return what came of *check*, in one line: its outcome, its role, why, what was expected."""
    text = f"{check.outcome} ({check.role}): {check.reason}"
    if check.expected and check.expected not in text:
        text = f"{text}, expected {check.expected}"
    return printable(text)


class Fingerprints:
    """Gives each finding a name that stays as long as the finding does.

    It is made of what was examined, never of a line or of where the checkout is, and is unique
    in one report.

    Args:
        repository: What paths are relative to.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._given: dict[tuple[str, ...], int] = {}

    def of(self, finding: Finding) -> str:
        """Return the name of *finding*: 64 hexadecimal digits."""
        key = (finding.rule, self._repository.path(finding.source), *finding.key)
        number = self._given[key] = self._given.get(key, 0) + 1
        parts = (*key, str(number))
        # With its length before each part, no two lists of parts look alike.
        packed = "".join(f"{len(part)}:{part}" for part in parts)
        return hashlib.sha256(packed.encode("utf-8", "surrogatepass")).hexdigest()


def _closed(item: Judged, record: Record, *, expired: bool) -> Iterator[Finding]:
    """Yield that the gate is closed, or was forced open, with every reason, if that is so."""
    head, forced = headline(item), forced_line(item)
    if expired:
        why = f"the decision expired on {moment(record.valid_until)}; evaluate again"
    else:
        why = "; ".join(r.text for r in record.reasons if r.level <= NO_GO_LEVEL)
    if head.state not in (State.GO, State.CONDITIONAL_GO):
        yield Finding(
            rule=DECISION,
            severity=Severity.WARNED if forced else Severity.CLOSED,
            text=printable(f"{head.target}: {head.said}: {why}"),
            key=(record.target,),
            source=record.source,
            forced=forced,
        )


def _gaps(record: Record, forced: str) -> Iterator[Finding]:
    ignored = overridden(record) if forced else frozenset()
    waivers = {w.check: w for w in record.waivers if w.state == "in_effect"}
    requests = {request.check: request for request in record.waiver_requests}
    for check in record.checks:
        if check.outcome in GAPS:
            text = f"{record.target}: {check.id} {said(check)}"
            if check.remedy and check.role != "shadow":
                text = f"{text.rstrip('.')}. {check.remedy}"
            yield Finding(
                rule=check.id,
                severity=_severity(check),
                text=printable(text),
                key=(record.target,),
                source=record.source,
                line=max(check.line, 1),
                waiver=waivers.get(check.id),
                request=requests.get(check.id),
                forced=forced if check.id in ignored else "",
            )


def severity_of(role: str) -> Severity:
    """Return how much a gap of a check with that role matters."""
    # A role we do not know, from a record of another version, is taken seriously.
    return _SEVERITIES.get(role, Severity.CLOSED)


def _severity(check: CheckEntry) -> Severity:
    severity = severity_of(check.role)
    return min(severity, Severity.WARNED) if check.outcome == "warned" else severity


def _undecided(item: Item, rule: str) -> Finding:
    head = headline(item)
    return Finding(
        rule=rule,
        severity=Severity.CLOSED,
        text=printable(f"{head.target or 'nothing'}: {head.state.label}: {head.why}"),
        key=(head.target,),
        source=head.source,
    )
