"""Waivers and overrides as they stand now: what the record has, and what of it is proven."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from director.cli.environments import environments_of
from director.cli.options import settings_of
from director.cli.recorded import require_store
from director.engine.past import Memory
from director.formats.casework_text import WaiverStands
from director.formats.json import visible
from director.model.casework import Aside
from director.model.ledger import Entry
from director.model.override import Override, OverrideState, OverrideUse
from director.model.profile import WaiverPolicy
from director.model.record import Record
from director.model.standing import Standing
from director.model.text import named
from director.model.value import dataclass
from director.model.waiver import WaiverCase
from director.ports import Store
from director.rules.casework import casework
from director.wiring.record import open_memory, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which waivers and overrides are asked for.

    Attributes:
        service: Of which service; None for all.
        environment: Where; None for everywhere.
        subject: A waiver or an override, where only those of its target are wanted; None for all.
    """

    service: str | None = None
    environment: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Waivers and overrides as they stand.

    Attributes:
        entries: Everything that happened to them, the oldest first.
        overrides: In the order of their requests, with what they mean for the last decision.
        waivers: In the order of their requests.
        aside: What of the entries fits nothing before it.
    """

    entries: tuple[Entry, ...]
    overrides: tuple[OverrideUse, ...]
    waivers: tuple[WaiverStands, ...]
    aside: tuple[Aside, ...]

    def about(self, subject: str) -> tuple[Entry, ...]:
        """Return everything that happened to one of them, the oldest first."""
        return tuple(entry for entry in self.entries if entry.subject == subject)

    def say_aside(self) -> None:
        """Say on stderr what was set aside, so that it is seen."""
        for aside in self.aside:
            click.echo(f"set aside: {aside.kind} {named(aside.subject)}: {aside.why}", err=True)


async def listing(values: dict[str, Any], wanted: Wanted) -> Listing:
    """Return the waivers and overrides that are *wanted*, as far as they are proven.

    Raises:
        SettingsError: There is no record, no such service in it, or the signers file cannot be
            used.
        StoreError: The record cannot be read.
    """
    settings = settings_of(values)
    store = open_store(require_store(settings.store))
    try:
        if wanted.service is not None:
            await environments_of(store, wanted.service, wanted.environment)
        entries = await _entries(store, wanted)
        found = casework(entries, (await store.log()).origin)
        desk = _Desk(store, open_memory(settings, store))
        for target in {*map(_target, found.overrides), *map(_target, found.waivers)}:
            await desk.look(*target)
    finally:
        await store.close()
    return Listing(
        entries,
        tuple(map(desk.override, found.overrides)),
        tuple(map(desk.waiver, found.waivers)),
        found.aside,
    )


def written(document: object) -> str:
    """Return *document* as indented JSON in which nothing is hidden."""
    return visible(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


async def _entries(store: Store, wanted: Wanted) -> tuple[Entry, ...]:
    entries = await store.casework(wanted.service, wanted.environment)
    if wanted.subject is None:
        return entries
    targets = {(e.service, e.environment) for e in entries if e.subject == wanted.subject}
    return tuple(entry for entry in entries if (entry.service, entry.environment) in targets)


def _target(case: Override | WaiverCase) -> tuple[str, str]:
    return case.statement.service, case.statement.environment


class _Desk:
    """Knows how the targets stand that it has looked at."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory
        self._uses: dict[str, OverrideUse] = {}
        self._doubts: dict[str, str] = {}
        self._now: datetime | None = None

    async def look(self, service: str, environment: str) -> None:
        """Find out how the overrides and waivers of a target stand now."""
        standing = await self._store.standing(service, environment)
        record = await self._store.latest(service, environment)
        self._now = self._memory.moment(standing)
        if record is not None:
            await self._overrides(record, standing)
            await self._waivers(record, standing)

    def override(self, override: Override) -> OverrideUse:
        """Return what an override means for the last decision on its target."""
        nothing = OverrideUse(override, OverrideState.NOT_NEEDED, "its target has no decision")
        return self._uses.get(override.statement.id, nothing)

    def waiver(self, case: WaiverCase) -> WaiverStands:
        """Return how a waiver stands."""
        assert self._now is not None  # noqa: S101  # whoever asks has looked
        return WaiverStands(case, self._now, self._doubts.get(case.statement.id, ""))

    async def _overrides(self, record: Record, standing: Standing) -> None:
        effective = await self._memory.effective(record, standing)
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
        waivers = await self._memory.waivers(standing, policy)
        self._doubts |= {waiver.id: waiver.doubt for waiver in waivers}
