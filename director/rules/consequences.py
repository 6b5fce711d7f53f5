"""What the log must say besides a decision, because of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from director.model.decision import Verdict
from director.model.ledger import Entry, Kind
from director.model.override import Effective, Override
from director.model.record import Record, RequestEntry
from director.model.text import printable
from director.model.value import dataclass
from director.model.waiver import Stage, WaiverCase, WaiverCode, WaiverStatement
from director.rules.moment import instant
from director.rules.override import is_live, listed
from director.rules.statements import grounds, statement_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """An entry before it has an id.

    Attributes:
        kind: What happened.
        subject: The waiver or override it is about; empty for a new waiver, which is named by the
            entry's id.
        text: What happened, for people, in one line.
        code: Why, as a machine word; empty if there is nothing to say.
        request: What the manifest asks for, where that is what happened; else None.
    """

    kind: Kind
    subject: str
    text: str
    code: str = ""
    request: RequestEntry | None = None


def consequences(
    record: Record,
    effective: Effective,
    cases: Iterable[WaiverCase],
    overrides: Iterable[Override],
    now: datetime,
) -> tuple[Consequence, ...]:
    """Return what to append to the log together with *record*.

    Each override that expired or died of a new reason since the last decision ends, once; each
    approved waiver that expired is said to have, once; an override that opens the gate is used;
    and what the manifest asks for and nobody was asked yet is requested, if anybody could approve
    it.

    Args:
        record: What was decided.
        effective: What the gates act on.
        cases: Every waiver of the target before this decision.
        overrides: Every override of the target before this decision.
        now: The later of the clock and the latest moment that the record has seen, aware.
    """
    return (
        *_ends(record, overrides, now),
        *_expired_waivers(cases, now),
        *_used(record, effective),
        *_requests(record),
    )


def entry_of(consequence: Consequence, record: Record, id: str, log: str) -> Entry:  # noqa: A002  # the entry's
    """Return *consequence* as the entry that stands beside *record*.

    Args:
        consequence: What happened.
        record: What was decided.
        id: A new ULID; a waiver that the manifest asks for is known by it too.
        log: The origin of the log it is appended to.
    """
    request, statement, by = consequence.request, "", ""
    if request is not None:
        statement, by = statement_text(_statement(request, record, id, log)), request.requested_by
    return Entry(
        id=id,
        kind=consequence.kind,
        service=record.service,
        environment=record.environment,
        at=record.decided_at,
        subject=consequence.subject or id,
        by=by,
        code=consequence.code,
        text=consequence.text,
        statement=statement,
    )


def _ends(record: Record, overrides: Iterable[Override], now: datetime) -> Iterator[Consequence]:
    """Yield which overrides end: a decision they are bound to shows what nobody has signed."""
    found = grounds(record) if record.verdict is Verdict.NO_GO else ()
    for override in overrides:
        statement = override.statement
        if override.applied_at is None or override.ended_at is not None:
            continue
        if not is_live(override, now):
            text = f"it expired at {instant(statement.expires_at)}"
            yield Consequence(kind=Kind.OVERRIDE_EXPIRED, subject=statement.id, text=text)
        elif _is_bound(override, record):
            new = [ground for ground in found if ground not in statement.grounds]
            if new:
                yield Consequence(
                    kind=Kind.OVERRIDE_ENDED,
                    subject=statement.id,
                    code="new_reason",
                    text=printable(f"nobody signed for {listed(new)}"),
                )


def _is_bound(override: Override, record: Record) -> bool:
    """Return whether *override* is about the target, the manifest and the profile of *record*."""
    statement = override.statement
    return (
        statement.service,
        statement.environment,
        statement.manifest_digest,
        statement.profile_digest,
    ) == (record.service, record.environment, record.manifest.digest, record.profile.digest)


def _expired_waivers(cases: Iterable[WaiverCase], now: datetime) -> Iterator[Consequence]:
    for case in cases:
        expires_at = case.statement.expires_at
        if case.stage is Stage.APPROVED and case.expired_at is None and expires_at <= now:
            text = f"it expired at {instant(expires_at)}"
            yield Consequence(kind=Kind.WAIVER_EXPIRED, subject=case.statement.id, text=text)


def _used(record: Record, effective: Effective) -> Iterator[Consequence]:
    if effective.override is not None:
        statement = effective.override.statement
        by, until = " and ".join(effective.approvers), instant(statement.expires_at)
        text = f"GO for evaluation {record.evaluation}, override of NO_GO by {by} until {until}"
        yield Consequence(kind=Kind.OVERRIDE_USED, subject=statement.id, text=printable(text))


def _requests(record: Record) -> Iterator[Consequence]:
    for request in record.waiver_requests:
        if not request.id and not request.doubt:
            text = f"the manifest asks for it: {request.check}"
            yield Consequence(
                kind=Kind.WAIVER_REQUESTED, subject="", text=printable(text), request=request
            )


def _statement(request: RequestEntry, record: Record, id: str, log: str) -> WaiverStatement:  # noqa: A002  # as above
    return WaiverStatement(
        id=id,
        log=log,
        service=record.service,
        environment=record.environment,
        check=request.check,
        code=WaiverCode(request.code),
        reason=request.reason,
        ticket=request.ticket,
        requested_by=request.requested_by,
        requested_at=datetime.fromisoformat(record.decided_at),
        expires_at=datetime.fromisoformat(request.expires_at),
    )
