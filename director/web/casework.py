"""Waivers and overrides as they stand now: what the record has, and what of it is proven."""

from __future__ import annotations

from datetime import datetime

from director.formats.casework_text import WaiverStands
from director.model.ledger import Signature
from director.model.override import Override, OverrideState, OverrideUse
from director.model.profile import WaiverPolicy
from director.model.record import Record
from director.model.standing import Standing
from director.model.value import dataclass
from director.model.waiver import Stage, WaiverCase, WaiverCode
from director.rules.casework import casework
from director.web.front import Front
from director.web.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """Who signed, and who that was proven to be when it was handed in."""

    person: str
    principal: str
    roles: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverDocument:
    """A waiver as it stands; ``doubt`` says why its approval is not proven."""

    id: str
    service: str
    environment: str
    check: str
    stage: Stage
    state: str
    doubt: str
    code: WaiverCode
    reason: str
    ticket: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    settled_by: str
    why: str
    signed_by: SignedDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundDocument:
    """One reason that an override passes over."""

    code: str
    check: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDocument:
    """An override, and what it means for the last decision on its target."""

    id: str
    service: str
    environment: str
    state: OverrideState
    why: str
    reason: str
    ticket: str
    requested_by: str
    requested_at: datetime
    not_before: datetime
    expires_at: datetime
    evaluation: str
    statement: str
    grounds: tuple[GroundDocument, ...]
    signed_by: tuple[SignedDocument, ...]
    applied_at: datetime | None
    ended_at: datetime | None
    ended: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Waivers and overrides, each in the order of their requests."""

    waivers: tuple[WaiverDocument, ...]
    overrides: tuple[OverrideDocument, ...]

    def seen_by(self, identity: Identity) -> Listing:
        """Return those of services that are the asker's."""
        return Listing(
            tuple(each for each in self.waivers if identity.sees(each.service)),
            tuple(each for each in self.overrides if identity.sees(each.service)),
        )


async def listing(front: Front, service: str | None, environment: str | None) -> Listing:
    """Return the waivers and overrides of a service, or of all, as far as they are proven.

    Args:
        front: What the server works with.
        service: The service; None for all.
        environment: Where; None for everywhere.

    Raises:
        StoreError: The record cannot be read.
    """
    entries = await front.store.casework(service, environment)
    if not entries:
        return Listing((), ())
    found = casework(entries, (await front.store.log()).origin)
    desk = _Desk(front)
    for target in {*map(_target, found.overrides), *map(_target, found.waivers)}:
        await desk.look(*target)
    return Listing(
        tuple(map(desk.waiver, found.waivers)), tuple(map(desk.override, found.overrides))
    )


class _Desk:
    """Knows how the targets stand that it has looked at."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._uses: dict[str, OverrideUse] = {}
        self._doubts: dict[str, str] = {}
        self._now = front.clock.now()

    async def look(self, service: str, environment: str) -> None:
        """Find out how the overrides and waivers of a target stand now."""
        store, memory = self._front.store, self._front.memory
        standing = await store.standing(service, environment)
        record = await store.latest(service, environment)
        self._now = max(self._now, memory.moment(standing))
        if record is not None:
            await self._overrides(record, standing)
            await self._waivers(record, standing)

    def override(self, override: Override) -> OverrideDocument:
        """Return how an override stands."""
        nothing = OverrideUse(override, OverrideState.NOT_NEEDED, "its target has no decision")
        use, of = self._uses.get(override.statement.id, nothing), override.statement
        return OverrideDocument(
            id=of.id,
            service=of.service,
            environment=of.environment,
            state=use.state,
            why=use.why,
            reason=of.reason,
            ticket=of.ticket,
            requested_by=of.requested_by,
            requested_at=of.requested_at,
            not_before=of.not_before,
            expires_at=of.expires_at,
            evaluation=of.evaluation,
            statement=override.text,
            grounds=tuple(
                GroundDocument(code=g.code, check=g.check, category=g.category) for g in of.grounds
            ),
            signed_by=tuple(map(_signed, override.signatures)),
            applied_at=override.applied_at,
            ended_at=override.ended_at,
            ended=override.ended,
            ended_by=override.ended_by,
        )

    def waiver(self, case: WaiverCase) -> WaiverDocument:
        """Return how a waiver stands."""
        of = case.statement
        stands = WaiverStands(case, self._now, self._doubts.get(of.id, ""))
        return WaiverDocument(
            id=of.id,
            service=of.service,
            environment=of.environment,
            check=of.check,
            stage=case.stage,
            state=stands.state,
            doubt=stands.doubt,
            code=of.code,
            reason=of.reason,
            ticket=of.ticket,
            requested_by=of.requested_by,
            requested_at=of.requested_at,
            expires_at=of.expires_at,
            settled_at=case.settled_at,
            settled_by=case.settled_by,
            why=case.why,
            signed_by=None if case.signature is None else _signed(case.signature),
        )

    async def _overrides(self, record: Record, standing: Standing) -> None:
        effective = await self._front.memory.effective(record, standing)
        if effective is None:
            return
        self._uses |= {use.override.statement.id: use for use in effective.others}
        if effective.override is not None:
            by = f"agreed by {' and '.join(effective.approvers)}"
            use = OverrideUse(effective.override, OverrideState.IN_FORCE, by)
            self._uses[effective.override.statement.id] = use

    async def _waivers(self, record: Record, standing: Standing) -> None:
        of = record.policy.waivers if record.policy else None
        policy = (
            WaiverPolicy(roles=of.roles, expires_in_s=of.expires_in_s) if of else WaiverPolicy()
        )
        waivers = await self._front.memory.waivers(standing, policy)
        self._doubts |= {waiver.id: waiver.doubt for waiver in waivers}


def _target(case: Override | WaiverCase) -> tuple[str, str]:
    return case.statement.service, case.statement.environment


def _signed(of: Signature) -> SignedDocument:
    return SignedDocument(person=of.person, principal=of.principal, roles=of.roles, key=of.key)
