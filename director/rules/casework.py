"""What the entries of the log come to: every waiver and override, as it stands. Pure.

An entry that fits nothing before it changes nothing. It is set aside with the reason, so that it
is seen, and never opens a gate: nothing that was not requested is approved, nothing is approved
twice, and what has ended stays ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from director.model.casework import Aside, Casework
from director.model.ledger import Entry, Kind
from director.model.override import Override, OverrideStatement
from director.model.visible import visible
from director.model.waiver import Stage, WaiverCase, WaiverStatement
from director.rules.statements import read_override, read_waiver


def casework(entries: Iterable[Entry], log: str) -> Casework:
    """Return what *entries* come to.

    Args:
        entries: Those of one target or of several, the oldest first.
        log: The origin of the log they stand in; what was made for another one is set aside.
    """
    desk = _Desk(log)
    aside = []
    for entry in entries:
        try:
            desk.take(entry)
        except ValueError as misfit:
            aside.append(Aside(entry.id, entry.kind, entry.subject, str(misfit)))
    return Casework(tuple(desk.waivers.values()), tuple(desk.overrides.values()), tuple(aside))


class _MisfitError(ValueError):
    """An entry fits nothing before it; why, in one line."""


class _Desk:
    """Where the entries are put together, one after the other."""

    def __init__(self, log: str) -> None:
        self._log = log
        self.waivers: dict[str, WaiverCase] = {}
        self.overrides: dict[str, Override] = {}
        self._steps: dict[Kind, Callable[[Entry, datetime], None]] = {
            Kind.WAIVER_REQUESTED: self._waiver_requested,
            Kind.WAIVER_APPROVED: self._waiver_approved,
            Kind.WAIVER_DENIED: self._waiver_denied,
            Kind.WAIVER_REVOKED: self._waiver_revoked,
            Kind.WAIVER_EXPIRED: self._waiver_expired,
            Kind.OVERRIDE_REQUESTED: self._override_requested,
            Kind.OVERRIDE_APPLIED: self._override_applied,
            Kind.OVERRIDE_REVOKED: self._override_ended,
            Kind.OVERRIDE_EXPIRED: self._override_ended,
            Kind.OVERRIDE_ENDED: self._override_ended,
        }

    def take(self, entry: Entry) -> None:
        """Put *entry* to what it is about; one that changes nothing, such as a refusal, is let be.

        Raises:
            ValueError: It fits nothing before it; why, in one line.
        """
        if step := self._steps.get(entry.kind):
            step(entry, _moment(entry))

    def _waiver_requested(self, entry: Entry, at: datetime) -> None:
        statement = read_waiver(entry.statement)
        self._demand_ours(statement, entry)
        if entry.subject in self.waivers:
            raise _MisfitError("it was requested before")
        if not visible(statement.check) or at >= statement.expires_at:
            raise _MisfitError("it asks for nothing, or had expired when it was requested")
        self.waivers[entry.subject] = WaiverCase(statement=statement, text=entry.statement)

    def _waiver_approved(self, entry: Entry, at: datetime) -> None:
        case = self._waiver(entry, Stage.REQUESTED)
        if entry.statement != case.text:
            raise _MisfitError("something else was approved than was requested")
        if at >= case.statement.expires_at:
            raise _MisfitError("it had expired when it was approved")
        if len(entry.signatures) != 1 or not visible(entry.signatures[0].person):
            raise _MisfitError("it must have the signature of one person")
        (signature,) = entry.signatures
        self.waivers[entry.subject] = replace(
            case,
            stage=Stage.APPROVED,
            signature=signature,
            settled_at=at,
            settled_by=signature.person,
            why=entry.text,
        )

    def _waiver_denied(self, entry: Entry, at: datetime) -> None:
        self._close_waiver(entry, at, self._waiver(entry, Stage.REQUESTED), Stage.DENIED)

    def _waiver_revoked(self, entry: Entry, at: datetime) -> None:
        case = self._waiver(entry, Stage.REQUESTED, Stage.APPROVED)
        self._close_waiver(entry, at, case, Stage.REVOKED)

    def _close_waiver(self, entry: Entry, at: datetime, case: WaiverCase, stage: Stage) -> None:
        self.waivers[entry.subject] = replace(
            case, stage=stage, settled_at=at, settled_by=entry.by, why=entry.text
        )

    def _waiver_expired(self, entry: Entry, at: datetime) -> None:
        case = self._waiver(entry, Stage.APPROVED)
        if case.expired_at is not None:
            raise _MisfitError("it has expired before")
        self.waivers[entry.subject] = replace(case, expired_at=at)

    def _waiver(self, entry: Entry, *stages: Stage) -> WaiverCase:
        """Return the waiver that *entry* is about, which must be at one of *stages*."""
        case = self.waivers.get(entry.subject)
        if case is None:
            raise _MisfitError("no such waiver was requested")
        _demand_target(case.statement, entry)
        if case.stage not in stages:
            raise _MisfitError(f"it is {case.stage} already")
        return case

    def _override_requested(self, entry: Entry, at: datetime) -> None:
        statement = read_override(entry.statement)
        self._demand_ours(statement, entry)
        if entry.subject in self.overrides:
            raise _MisfitError("it was requested before")
        if not statement.grounds or at >= statement.expires_at:
            raise _MisfitError("it is for no reason, or had expired when it was requested")
        self.overrides[entry.subject] = Override(statement=statement, text=entry.statement)

    def _override_applied(self, entry: Entry, at: datetime) -> None:
        override = self._override(entry)
        if override.applied_at is not None:
            raise _MisfitError("it was applied before")
        if entry.statement != override.text:
            raise _MisfitError("something else was applied than was requested")
        if at >= override.statement.expires_at:
            raise _MisfitError("it had expired when it was applied")
        if not entry.signatures:
            raise _MisfitError("nobody has signed it")
        if any(_holds(other, override.statement, at) for other in self.overrides.values()):
            raise _MisfitError("another one was in force")
        self.overrides[entry.subject] = replace(
            override, applied_at=at, signatures=entry.signatures
        )

    def _override_ended(self, entry: Entry, at: datetime) -> None:
        override = self._override(entry)
        ended = _ENDS.get(entry.kind, "new_reason")
        self.overrides[entry.subject] = replace(
            override, ended_at=at, ended=ended, ended_by=entry.by
        )

    def _override(self, entry: Entry) -> Override:
        """Return the override that *entry* is about, which must not have ended."""
        override = self.overrides.get(entry.subject)
        if override is None:
            raise _MisfitError("no such override was requested")
        _demand_target(override.statement, entry)
        if override.ended_at is not None:
            raise _MisfitError(f"it has ended already: {override.ended}")
        return override

    def _demand_ours(self, statement: OverrideStatement | WaiverStatement, entry: Entry) -> None:
        """Refuse what was made for another log or target, or says nothing that can be seen."""
        if statement.log != self._log:
            raise _MisfitError("it was made for another log")
        if statement.id != entry.subject:
            raise _MisfitError("its statement is that of another one")
        _demand_target(statement, entry)
        said = (statement.id, statement.reason, statement.ticket, statement.requested_by)
        if not all(map(visible, said)):
            raise _MisfitError("it has no reason, no ticket or nobody who asks")


_ENDS = {Kind.OVERRIDE_REVOKED: "revoked", Kind.OVERRIDE_EXPIRED: "expired"}


def _moment(entry: Entry) -> datetime:
    try:
        at = datetime.fromisoformat(entry.at)
    except ValueError:
        raise _MisfitError("nobody knows when it was") from None
    if at.tzinfo is None:
        raise _MisfitError("nobody knows when it was")
    return at


def _demand_target(statement: OverrideStatement | WaiverStatement, entry: Entry) -> None:
    if (statement.service, statement.environment) != (entry.service, entry.environment):
        raise _MisfitError("it is about another service or environment")


def _holds(other: Override, statement: OverrideStatement, at: datetime) -> bool:
    """Return whether *other* was on the target of *statement* and had not ended at a moment."""
    of = other.statement
    return (
        (of.service, of.environment) == (statement.service, statement.environment)
        and other.applied_at is not None
        and other.ended_at is None
        and of.expires_at > at
    )
