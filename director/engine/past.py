"""What the record remembers of a target, as far as it is proven, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from director.model.audit import Kept
from director.model.event import Subject
from director.model.ledger import Entry
from director.model.override import Effective
from director.model.profile import Profile, WaiverPolicy
from director.model.record import Record
from director.model.report import Judged
from director.model.standing import Standing, Waiver
from director.model.value import dataclass
from director.ports import Clock, Prover, Store

if TYPE_CHECKING:
    from director.rules.consequences import Consequence


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier evaluations of a target left behind.

    Attributes:
        standing: Conditions, waivers and overrides.
        latest: The last decision; None for the first.
    """

    standing: Standing = Standing()
    latest: Record | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """Remembers targets, and proves what it remembers.

    Nothing in the record alone opens a gate: each signature is verified whenever it is to count.

    Attributes:
        store: Where decisions are kept; None for a run that is only for looking.
        prover: Says whose signature one is; None if the operator names no signers.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
    """

    store: Store | None
    prover: Prover | None
    clock: Clock
    new_id: Callable[[datetime], str]

    async def past(self, subject: Subject, profile: Profile) -> Past:
        """Return what the record knows of a target; waivers as *profile* lets them count.

        Raises:
            StoreError: The record cannot be read.
        """
        store = self.store
        if store is None:
            return Past()
        standing = await store.standing(subject.service, subject.environment)
        latest = await store.latest(subject.service, subject.environment)
        if standing.cases:
            standing = replace(standing, waivers=await self.waivers(standing, profile.waivers))
        return Past(standing, latest)

    async def waivers(self, standing: Standing, policy: WaiverPolicy) -> tuple[Waiver, ...]:
        """Return the approved waivers of a target, those in doubt too, as *policy* has it."""
        # Imported only where somebody asked for a waiver, or for an override: most never do.
        from director.engine.proofs import waiver_proofs  # noqa: PLC0415
        from director.rules.waivers import approved  # noqa: PLC0415

        found = await waiver_proofs(self.prover, standing.cases, self.moment(standing))
        return approved(standing.cases, found, policy)

    async def again(self, past: Past, subject: Subject, profile: Profile) -> Past:
        """Return *past* as it is by now, where somebody may have ended something meanwhile.

        Raises:
            StoreError: The record cannot be read.
        """
        if not past.standing.cases and not past.standing.overrides:
            return past
        return await self.past(subject, profile)

    async def effective(self, record: Record, standing: Standing) -> Effective | None:
        """Return the decision that gates act on; None if there never was an override."""
        if not standing.overrides:
            return None
        from director.engine.proofs import override_proofs  # noqa: PLC0415  # as above
        from director.rules.override import effective  # noqa: PLC0415

        now = self.moment(standing)
        proofs = await override_proofs(self.prover, standing.overrides, now)
        return effective(record, standing.overrides, proofs, now)

    async def judged(self, record: Record) -> Judged:
        """Return a recorded decision as it is to be read now: expired or not, overridden or not.

        Raises:
            StoreError: The record cannot be read.
        """
        assert self.store is not None  # noqa: S101  # what is recorded is in a store
        standing = await self.store.standing(record.service, record.environment)
        return Judged(
            record,
            recorded=True,
            expired=datetime.fromisoformat(record.valid_until) <= self.moment(standing),
            effective=await self.effective(record, standing),
        )

    async def keep(self, record: Record, acted: Effective | None, standing: Standing) -> Kept:
        """Make *record* durable, with what the log must say besides because of it.

        Raises:
            StoreError: It is not certain that it is durable.
        """
        if self.store is None:
            return Kept(record)
        from director.rules.consequences import consequences  # noqa: PLC0415  # as above

        acted = acted or Effective(record.verdict)
        now = self.moment(standing)
        found = consequences(record, acted, standing.cases, standing.overrides, now)
        if not found:
            return await self.store.record(record)
        if origin := (await self.store.log()).origin:
            return await self.store.record(record, self._beside(record, found, origin))
        # The log begins with this decision. What is asked for names its log, which has a name
        # only then; nothing else can come of the first decision.
        kept = await self.store.record(record)
        beside = self._beside(record, found, (await self.store.log()).origin)
        await self.store.act(record.service, record.environment, lambda _: beside)
        return kept

    def _beside(
        self, record: Record, found: Sequence[Consequence], origin: str
    ) -> tuple[Entry, ...]:
        """Return the entries that *record* has beside it in the log of that *origin*."""
        from director.rules.consequences import entry_of  # noqa: PLC0415  # as above

        return tuple(
            entry_of(each, record, self.new_id(self.clock.now()), origin) for each in found
        )

    def moment(self, standing: Standing) -> datetime:
        """Return the moment by which expiries are judged: a clock set back revives nothing."""
        now = self.clock.now()
        return max(now, standing.seen_at or now)
