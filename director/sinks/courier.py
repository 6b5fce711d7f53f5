"""Notifications by webhook: a sink that writes down first, and lanes that deliver."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from director.errors import StoreError
from director.model.decision import Verdict
from director.model.event import DecisionChanged, Event, Stamp, Subject
from director.model.note import Note, NoteKind
from director.model.notification import Delivery, DeliveryState, EndpointHealth
from director.model.receiver import Concern, Receiver
from director.model.record import Record
from director.model.service import Watched
from director.sinks.cloud_event import Envelopes, concern
from director.sinks.lane import Lane, Postage
from director.sinks.outbox import Parcel, key_of, noted, parcel_of

QUEUE_EVENTS = 1_000
"""Events that may wait to be written down."""

BATCH_EVENTS = 100
AGAIN_S = 1.0
"""How long to wait after the notes could not be read or written, in seconds."""

FLUSH_S = 2.0
"""How long closing waits for what is queued to be written down, in seconds."""

_TOLD = "/told/"
"""How the keys of notes begin that say what was told last; no receiver is named like that."""


class WebhookCourier:
    """Tells receivers of events, each at least once, and not in vain while they are down.

    ``start`` it once its notes can be read; events that are offered before wait in the queue.
    An event is safe once its deliveries are in the notes; a process that is killed before that
    has lost what was in the queue, usually some milliseconds' worth. ``catch_up`` finds decisions
    among them by the record.

    Args:
        receivers: Who is told.
        envelopes: Puts events into envelopes.
        postage: What to work with.
        know: Returns what the service knows of a target, for owners and tiers that an event
            does not tell; None for nothing.
    """

    name = "webhooks"
    patience_s = 0.0

    def __init__(
        self,
        receivers: Sequence[Receiver],
        envelopes: Envelopes,
        postage: Postage,
        know: Callable[[str, str], Watched | None] | None = None,
    ) -> None:
        self._lanes = {each.name: Lane(each, postage) for each in receivers}
        self._names = frozenset(name for each in receivers for name in each.events)
        self._envelopes = envelopes
        self._postage = postage
        self._know = know
        self._queue: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._lost = 0
        self._told: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def dropped(self) -> int:
        """How many events and deliveries were lost so far."""
        return self._lost + sum(lane.dropped for lane in self._lanes.values())

    def offer(self, event: Event) -> bool:
        """Take *event* without blocking; return False if there is no room."""
        if self._closed:
            return False
        if not self._for_whom(event):
            return True
        if len(self._queue) >= QUEUE_EVENTS:
            return False
        self._queue.append(event)
        self._wake.set()
        return True

    def drop(self, event: Event) -> None:  # noqa: ARG002  # each counts the same
        """Note that *event* was lost."""
        self._lost += 1

    async def start(self) -> None:
        """Take up what is on its way, and begin to deliver.

        Raises:
            StoreError: The notes cannot be read.
        """
        await self.resume()
        self._tasks["/"] = asyncio.create_task(self._take_in_for_ever())
        for name, lane in self._lanes.items():
            self._tasks[name] = asyncio.create_task(self._deliver_for_ever(lane))

    async def resume(self) -> None:
        """Read what a former process left behind; deliveries to nobody are forgotten.

        Raises:
            StoreError: The notes cannot be read.
        """
        found: dict[str, list[Delivery]] = {name: [] for name in self._lanes}
        tries: dict[str, dict[str, int]] = {name: {} for name in self._lanes}
        orphans: list[Note] = []
        after = ""
        while page := await self._postage.notes.page(NoteKind.DELIVERY, after):
            after = page[-1].key
            for note in page:
                with suppress(StoreError):
                    parcel = parcel_of(note)
                    endpoint = parcel.delivery.endpoint
                    if endpoint in found:
                        found[endpoint].append(parcel.delivery)
                        tries[endpoint][parcel.delivery.id] = parcel.tries
                        continue
                orphans.append(replace(note, body=None))
        if orphans:
            await self._postage.notes.write(orphans)
        for name, lane in self._lanes.items():
            await lane.resume(found[name], tries[name])
        await self._recall_told()

    async def catch_up(
        self,
        targets: Sequence[Watched],
        recall: Callable[[str], Awaitable[Record | None]],
    ) -> int:
        """Tell what is held true of *targets* and was never handed over; return of how many.

        Call it once, after ``start`` and after the service restored what it holds true. A target
        that nothing was ever told of is only remembered; one that flaps is left alone.

        Args:
            targets: What the service holds true.
            recall: Returns the decision of an evaluation.

        Raises:
            StoreError: The record cannot be read, or the notes not be written.
        """
        new: list[Note] = []
        count = 0
        for each in targets:
            if each.held is None or each.flapping:
                continue
            about = Concern(service=each.service, environment=each.environment)
            told = self._told.get(about.subject)
            if told is None:
                self._told[about.subject] = each.held.value
                new.append(_told_note(about.subject, each.held.value))
            elif told != each.held.value and each.latest is not None:
                record = await recall(each.latest.evaluation)
                if record is not None and self.offer(self._missed(record, each.held, told)):
                    count += 1
        if new:
            await self._postage.notes.write(new)
        return count

    async def step(self) -> float:
        """Write down what is queued and send what is due, once; for who has no time to pass.

        Returns:
            In how many seconds something is due next, at most 60.

        Raises:
            StoreError: The notes cannot be read or written.
        """
        while self._queue:
            await self._take_in()
        return min([60.0, *[await lane.step() for lane in self._lanes.values()]])

    async def close(self) -> None:
        """Write down what is queued, for a bounded time, and stop; deliveries go on at a start."""
        self._closed = True
        started = bool(self._tasks)
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        self._tasks.clear()
        with suppress(TimeoutError, StoreError):
            async with asyncio.timeout(FLUSH_S):
                while started and self._queue:
                    await self._take_in()
        self._lost += len(self._queue)
        self._queue.clear()

    def endpoints(self) -> tuple[EndpointHealth, ...]:
        """Return every receiver, sorted by name."""
        return tuple(self._health(name) for name in sorted(self._lanes))

    async def deliveries(
        self, endpoint: str, before: str = "", limit: int = 50
    ) -> tuple[Delivery, ...]:
        """Return deliveries to *endpoint*, the newest first; none for a stranger.

        Raises:
            StoreError: They cannot be read.
        """
        lane = self._lanes.get(endpoint)
        if lane is None:
            return ()
        wanted = (each for each in lane.identities if not before or each < before)
        found: list[Delivery] = []
        for identity in islice(wanted, limit):
            note = await self._postage.notes.one(NoteKind.DELIVERY, key_of(endpoint, identity))
            if note is not None:
                found.append(parcel_of(note).delivery)
        return tuple(found)

    async def redeliver(self, endpoint: str, delivery: str) -> bool:
        """Send a delivery again, soon; return whether there is such a one.

        A receiver that was disabled is tried again with it.

        Raises:
            StoreError: It cannot be read, or not be made durable.
        """
        lane = self._lanes.get(endpoint)
        return lane is not None and await lane.again(delivery)

    def _health(self, name: str) -> EndpointHealth:
        health = self._lanes[name].health()
        task = self._tasks.get(name)
        if task is not None and task.done() and not self._closed:
            return replace(health, disabled="what delivers to it has ended: restart the service")
        return health

    def _for_whom(self, event: Event) -> list[Lane]:
        if event.name not in self._names:
            return []
        about = concern(event)
        if self._know is not None and about.service and (about.tier is None or not about.owner):
            known = self._know(about.service, about.environment)
            if known is not None:
                about = replace(about, owner=known.owner, tier=known.tier)
        return [lane for lane in self._lanes.values() if lane.receiver.wants(event.name, about)]

    async def _take_in(self) -> None:
        """Write the first events of the queue down, and only then hand them over.

        Raises:
            StoreError: It is not certain that they are durable; they stay in the queue.
        """
        events = list(islice(self._queue, BATCH_EVENTS))
        parcels: dict[tuple[str, str], Parcel] = {}
        told: dict[str, str] = {}
        for event in events:
            lanes = [lane for lane in self._for_whom(event) if not lane.knows(event.stamp.id)]
            body = self._envelopes.wrap(event) if lanes else b""
            for lane in lanes:
                if not lane.disabled:
                    parcel = self._parcel(event, lane, body)
                    parcels[lane.receiver.name, event.stamp.id] = parcel
            if isinstance(event, DecisionChanged):
                held = event.held.value if event.held else event.record.decision
                told[concern(event).subject] = held
        notes = [noted(parcel) for parcel in parcels.values()]
        notes += [_told_note(subject, held) for subject, held in told.items()]
        if notes:
            await self._postage.notes.write(notes)
        self._told |= told
        for (name, _), parcel in parcels.items():
            self._lanes[name].accept(parcel)
        for _ in events:
            self._queue.popleft()

    def _parcel(self, event: Event, lane: Lane, body: bytes) -> Parcel:
        now = self._postage.clock.now()
        delivery = Delivery(
            id=event.stamp.id,
            endpoint=lane.receiver.name,
            event=event.name,
            subject=concern(event).subject,
            state=DeliveryState.WAITING,
            created_at=now,
            next_at=now,
        )
        return Parcel(delivery, body)

    async def _take_in_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._queue:
                    await self._take_in()
            except StoreError:
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    async def _deliver_for_ever(self, lane: Lane) -> None:
        while True:
            lane.wake.clear()
            try:
                wait_s = await lane.step()
            except StoreError:
                wait_s = AGAIN_S
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await lane.wake.wait()

    async def _recall_told(self) -> None:
        after = _TOLD
        while page := await self._postage.notes.page(NoteKind.ENDPOINT, after):
            after = page[-1].key
            for note in page:
                if note.key.startswith(_TOLD) and note.body:
                    with suppress(ValueError):
                        self._told[note.key.removeprefix(_TOLD)] = str(json.loads(note.body))

    def _missed(self, record: Record, held: Verdict, was: str) -> DecisionChanged:
        now = self._postage.clock.now()
        subject = Subject(
            evaluation=record.evaluation,
            trigger=record.trigger,
            service=record.service,
            environment=record.environment,
            version=record.version,
            owner=record.owner,
            tier=record.tier,
            profile=record.profile.name,
            profile_digest=record.profile.digest,
            manifest_digest=record.manifest.digest,
        )
        stamp = Stamp(self._postage.new_id(now), now)
        return DecisionChanged(stamp, subject, record, held, Verdict(was))


def _told_note(subject: str, held: str) -> Note:
    return Note(NoteKind.ENDPOINT, f"{_TOLD}{subject}", json.dumps(held).encode())
