"""The running service as the API and the dashboard see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from director.engine.past import Memory
from director.model.catalog import Catalog
from director.model.note import NoteKind
from director.model.service import (
    Gate,
    GateCode,
    GateState,
    Health,
    Intake,
    PluginHealth,
    Progress,
    RefusalCode,
    Refused,
    Stage,
    Wanted,
    Watched,
)
from director.ports import Clock, Store
from director.ports.notes import Notes
from director.rules.gate import Held, gate
from director.rules.sampling import doubts, shown
from director.service.ears import Ears
from director.service.intake import Line, wanted_in
from director.service.looks import latest_of
from director.service.pulse import Pulse
from director.service.register import Register
from director.service.rounds import Rounds, percentile
from director.service.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the view looks at.

    Attributes:
        register: Who is watched.
        line: What waits and runs.
        rounds: What was evaluated.
        pulse: How late the event loop is.
        ears: How plugins' processes ended.
        catalog: What is installed.
        store: The record.
        notes: What is remembered beside it.
        memory: Reads decisions as they are now.
        clock: Where time comes from.
    """

    register: Register
    line: Line
    rounds: Rounds
    pulse: Pulse
    ears: Ears
    catalog: Catalog
    store: Store
    notes: Notes
    memory: Memory
    clock: Clock


class View:
    """Answers for the running service; see ``ports.service.Daemon`` for what each method says.

    Args:
        parts: What it looks at.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.troubles: dict[str, str] = {"start": "it is starting"}
        """What is not as it should be, by what it is about."""

    def targets(self) -> tuple[Watched, ...]:
        """Return every target that is watched, sorted by service and environment."""
        watches, now = self._parts.register.watches, self._parts.clock.now()
        return tuple([_watched(watches[key], now) for key in sorted(watches)])

    def target(self, service: str, environment: str) -> Watched | None:
        """Return one target, or None if it is not watched."""
        watch = self._parts.register.watches.get((service, environment))
        return None if watch is None else _watched(watch, self._parts.clock.now())

    async def gate(self, service: str, environment: str) -> Gate:
        """Return what a gate is told now, overrides proven again; unknown targets are closed.

        Raises:
            StoreError: The record cannot be read; who asks must take it as closed.
        """
        parts = self._parts
        watch = parts.register.watches.get((service, environment))
        if watch is None:
            text = "nobody watches it"
            return Gate(state=GateState.CLOSED, code=GateCode.RETIRED, text=text)
        latest = watch.latest
        if latest is not None:
            record = await parts.store.evaluation(latest.evaluation)
            # What is not in the record is no decision, whatever is remembered of it.
            latest = None if record is None else latest_of(await parts.memory.judged(record))
        now = parts.clock.now()
        return gate(latest, _held(watch, now), now)

    async def submit(self, wanted: Wanted) -> Intake:
        """Take an evaluation, durably, or refuse it."""
        watch = self._parts.register.watches.get((wanted.service, wanted.environment))
        if watch is None:
            named = (
                f"{wanted.service}@{wanted.environment}" if wanted.environment else wanted.service
            )
            return Refused(RefusalCode.UNKNOWN_TARGET, f"nobody watches {named}")
        return await self._parts.line.take(watch, wanted)

    async def progress(self, evaluation: str) -> Progress | None:
        """Return how far an evaluation came, or None if nobody asked for it here.

        Raises:
            StoreError: The record cannot be read.
        """
        parts = self._parts
        if (found := parts.line.work(evaluation)) is not None:
            work, runs = found
            return _progress(evaluation, work.wanted, Stage.RUNNING if runs else Stage.WAITING)
        if (ended := parts.rounds.ended.get(evaluation)) is not None:
            return _progress(evaluation, *ended)
        if (record := await parts.store.evaluation(evaluation)) is not None:
            wanted = Wanted(
                service=record.service, environment=record.environment, trigger=record.trigger
            )
            return _progress(evaluation, wanted, Stage.DECIDED)
        note = await parts.notes.one(NoteKind.REQUEST, evaluation)
        asked = None if note is None else wanted_in(note)
        return None if asked is None else _progress(evaluation, asked, Stage.WAITING)

    def plugins(self) -> tuple[PluginHealth, ...]:
        """Return every plugin that is installed, sorted by name."""
        catalog, ears = self._parts.catalog, self._parts.ears
        return tuple(
            PluginHealth(
                plugin=plugin,
                checks=len(plugin.checks),
                trouble=ears.troubles.get(plugin.name, plugin.detail),
                ended=ears.ended.get(plugin.name, 0),
            )
            for plugin in sorted(catalog.plugins, key=lambda each: each.name)
        )

    def health(self) -> Health:
        """Return how the service itself is."""
        parts = self._parts
        troubles = dict(self.troubles)
        if parts.rounds.trouble:
            troubles["store"] = parts.rounds.trouble
        return Health(
            ready=not troubles.keys() & {"start", "store", "stop", "failed"},
            troubles=(*troubles.values(), *(str(fault) for fault in parts.register.faults)),
            offline=parts.rounds.offline,
            waiting=parts.line.waiting,
            running=parts.line.running,
            lag_s=parts.pulse.lag_s,
            lateness_s=percentile(parts.rounds.delays_s, 0.99),
        )


def _held(watch: Watch, now: datetime) -> Held:
    request = watch.request
    basis = request.loaded.manifest.digest, request.profile.digest
    return Held(
        verdict=watch.held,
        lost=watch.state.lost,
        stale=watch.is_stale(now.timestamp()),
        changed=watch.basis != basis,
    )


def _watched(watch: Watch, now: datetime) -> Watched:
    manifest, calendar = watch.request.loaded.manifest, watch.calendar
    return Watched(
        service=watch.key[0],
        environment=watch.key[1],
        owner=manifest.owner,
        tier=manifest.tier,
        version=manifest.version,
        profile=watch.request.profile.name,
        source=watch.source,
        fault=watch.fault,
        schedule="" if calendar is None else calendar.text,
        shown=shown(watch.state),
        held=watch.held,
        held_since=watch.held_at,
        doubts=doubts(watch.state),
        flapping=watch.state.flapping,
        gate=gate(watch.latest, _held(watch, now), now),
        latest=watch.latest,
        next_at=None if watch.due_s is None else datetime.fromtimestamp(watch.due_s, UTC),
        lateness_s=watch.lateness_s,
        missed=watch.missed,
        pending=bool(watch.pending),
        maintenance="" if calendar is None else calendar.maintenance(now.timestamp()),
    )


def _progress(evaluation: str, wanted: Wanted, stage: Stage, reason: str = "") -> Progress:
    return Progress(
        evaluation=evaluation,
        service=wanted.service,
        environment=wanted.environment,
        trigger=wanted.trigger,
        stage=stage,
        reason=reason,
    )
