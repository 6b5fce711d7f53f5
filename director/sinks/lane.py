"""What goes to one receiver: in which order, when again, and when no more."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from director.errors import StoreError
from director.model.event import Event, Stamp
from director.model.note import Note, NoteKind
from director.model.notification import Attempt, Delivery, DeliveryState, EndpointHealth
from director.model.receiver import Receiver
from director.model.service_event import (
    NotificationDelivered,
    NotificationDisabled,
    NotificationFailed,
)
from director.ports import Clock
from director.ports.notes import Notes
from director.sinks.outbox import Parcel, key_of, noted, parcel_of
from director.sinks.retry import Answer, Ruling, pause_s, ruling, wait_s
from director.sinks.signature import signed

Send: TypeAlias = Callable[[str, Mapping[str, str], bytes], Awaitable[Answer]]
"""Makes one attempt: where, with which headers, and what. Raises nothing."""

GONE = "it answered 410: it wants nothing more"

_MOST_IDLE_S = 60.0
"""How often it is looked at the clock in any case, in seconds: a wall clock can be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postage:
    """What every lane works with.

    Attributes:
        notes: Where deliveries are kept.
        clock: Where time comes from.
        send: Makes one attempt.
        publish: Tells what became of deliveries.
        new_id: Makes a ULID.
        chance: Makes a random number, 0 to 1.
        at_once: Attempts to one receiver at the same time; of one target there is only one.
        most_waiting: Deliveries that may wait for one receiver; of more, the oldest are lost.
        most_kept: Deliveries that are kept for one receiver after their end.
        patient_tries: After how many failed attempts others of the same target may overtake.
    """

    notes: Notes
    clock: Clock
    send: Send
    publish: Callable[[Event], Awaitable[object]]
    new_id: Callable[[datetime], str]
    chance: Callable[[], float]
    at_once: int = 4
    most_waiting: int = 10_000
    most_kept: int = 1_000
    patient_tries: int = 4


@dataclass(slots=True, eq=False)
class _Place:
    """A delivery that waits; what is delivered stays in its note."""

    id: str
    subject: str
    next_at: datetime
    tries: int


@dataclass(slots=True)
class _Standing:
    """What is known of the receiver."""

    disabled: str = ""
    gone: bool = False
    paused_until: datetime | None = None
    last: Delivery | None = None
    dropped: int = 0
    unsaved: dict[str, Note] = field(default_factory=dict)


class Lane:
    """Brings deliveries to one receiver.

    Deliveries on one target are made in their order, as long as the first of them did not fail
    too often; others do not wait for it. A receiver that answers slowly holds up only itself.

    Args:
        receiver: Who is told.
        postage: What to work with.
    """

    def __init__(self, receiver: Receiver, postage: Postage) -> None:
        self.receiver = receiver
        self.wake = asyncio.Event()
        self._postage = postage
        self._waiting: dict[str, _Place] = {}
        self._ended: deque[str] = deque()
        self._standing = _Standing()

    async def resume(self, parcels: list[Delivery], tries: Mapping[str, int]) -> None:
        """Take up what a former process left behind.

        Raises:
            StoreError: The note on the receiver cannot be read.
        """
        note = await self._postage.notes.one(NoteKind.ENDPOINT, self.receiver.name)
        if note is not None and note.body:
            self._standing.disabled = _reason(note.body, self._url_digest)
        for delivery in sorted(parcels, key=lambda each: (each.created_at, each.id)):
            if delivery.state is DeliveryState.WAITING:
                self._wait(delivery, tries[delivery.id])
            else:
                self._ended.append(delivery.id)
                self._standing.last = delivery

    def knows(self, identity: str) -> bool:
        """Return whether there is a delivery of that id."""
        return identity in self._waiting or identity in self._ended

    def accept(self, parcel: Parcel) -> None:
        """Take a delivery whose note is durable."""
        self._wait(parcel.delivery, parcel.tries)
        self.wake.set()

    @property
    def disabled(self) -> str:
        """Why nothing is sent any more; empty if something is."""
        return self._standing.disabled

    @property
    def dropped(self) -> int:
        """How many deliveries were lost because too many waited."""
        return self._standing.dropped

    @property
    def identities(self) -> list[str]:
        """The ids of all deliveries, the newest first."""
        return sorted((*self._waiting, *self._ended), reverse=True)

    def health(self) -> EndpointHealth:
        """Return how the receiver is."""
        return EndpointHealth(
            name=self.receiver.name,
            url=self.receiver.shown_url,
            disabled=self._standing.disabled,
            waiting=len(self._waiting),
            last=self._standing.last,
        )

    async def again(self, identity: str) -> bool:
        """Let a delivery begin anew; a receiver that was disabled gets another chance.

        Raises:
            StoreError: It cannot be read, or not be made durable.
        """
        note = await self._postage.notes.one(
            NoteKind.DELIVERY, key_of(self.receiver.name, identity)
        )
        if note is None:
            return False
        kept = parcel_of(note)
        now = self._postage.clock.now()
        parcel = Parcel(replace(kept.delivery, state=DeliveryState.WAITING, next_at=now), kept.body)
        self._standing.disabled, self._standing.paused_until = "", None
        await self._postage.notes.write([noted(parcel), self._endpoint_note()])
        if identity in self._ended:
            self._ended.remove(identity)
        self._waiting.pop(identity, None)
        self.accept(parcel)
        return True

    async def step(self) -> float:
        """Send what is due now; return in how many seconds to look again, at most 60.

        Raises:
            StoreError: A note cannot be read.
        """
        await self._save()
        await self._retire()
        while due := self._due():
            parcels = [(place, await self._read(place)) for place in due]
            async with asyncio.TaskGroup() as group:
                for place, parcel in parcels:
                    if parcel is not None:
                        group.create_task(self._attempt(place, parcel))
            await self._retire()
        now = self._postage.clock.now()
        moments = [place.next_at for place in self._waiting.values() if place.next_at > now]
        if self._standing.paused_until is not None and self._standing.paused_until > now:
            moments.append(self._standing.paused_until)
        waits = [(moment - now).total_seconds() for moment in moments]
        return min((_MOST_IDLE_S, *waits))

    def _due(self) -> list[_Place]:
        """Return what may be sent now: of each target one, the oldest first."""
        now = self._postage.clock.now()
        paused = self._standing.paused_until
        if self._standing.disabled or (paused is not None and now < paused):
            return []
        due: list[_Place] = []
        held: set[str] = set()
        for place in self._waiting.values():
            if place.subject in held:
                continue
            if place.next_at <= now:
                due.append(place)
                held.add(place.subject)
            elif place.tries < self._postage.patient_tries:
                held.add(place.subject)
            if len(due) == self._postage.at_once:
                break
        return due

    async def _read(self, place: _Place) -> Parcel | None:
        """Return what is to be delivered, or None if nobody can read it, today or later."""
        key = key_of(self.receiver.name, place.id)
        note = self._standing.unsaved.get(key) or await self._postage.notes.one(_KIND, key)
        try:
            return parcel_of(note or Note(_KIND, key, None))
        except StoreError:
            self._waiting.pop(place.id, None)
            self._standing.dropped += 1
            return None

    async def _attempt(self, place: _Place, parcel: Parcel) -> None:
        clock = self._postage.clock
        sent_at, begun_s = clock.now(), clock.monotonic()
        headers = signed(place.id, sent_at, parcel.body, self.receiver.keys)
        answer = await self._postage.send(self.receiver.url, headers, parcel.body)
        took_s = round(clock.monotonic() - begun_s, 3)
        attempt = Attempt(sent_at, answer.status, answer.detail, took_s)
        await self._judge(place, parcel, attempt, answer)

    async def _judge(self, place: _Place, parcel: Parcel, attempt: Attempt, answer: Answer) -> None:
        """Keep what came of an attempt, and tell it if it is the end."""
        verdict, now = ruling(answer.status), self._postage.clock.now()
        paused_s = pause_s(answer, now)
        if paused_s:
            self._standing.paused_until = now + timedelta(seconds=paused_s)
        delay_s = wait_s(place.tries + 1, self._postage.chance())
        if verdict is Ruling.AGAIN and delay_s is not None:
            next_at = now + timedelta(seconds=max(delay_s, paused_s))
            parcel = parcel.attempted(attempt, DeliveryState.WAITING, next_at)
            place.next_at, place.tries = next_at, parcel.tries
            self._standing.last = parcel.delivery
            await self._keep([noted(parcel)])
            return
        good = verdict is Ruling.DELIVERED
        state = DeliveryState.DELIVERED if good else DeliveryState.FAILED
        parcel = parcel.attempted(attempt, state, None)
        await self._end(place, parcel)
        stamp = self._stamp()
        told = NotificationDelivered if good else NotificationFailed
        await self._postage.publish(told(stamp, parcel.delivery))
        self._standing.gone |= verdict is Ruling.GONE

    async def _end(self, place: _Place, parcel: Parcel) -> None:
        self._waiting.pop(place.id, None)
        self._ended.append(place.id)
        self._standing.last = parcel.delivery
        notes = [noted(parcel)]
        while len(self._ended) > self._postage.most_kept:
            key = key_of(self.receiver.name, self._ended.popleft())
            notes.append(Note(NoteKind.DELIVERY, key, None))
        await self._keep(notes)

    async def _retire(self) -> None:
        """Send nothing more to a receiver that is gone; what waits stays in the log, as dropped."""
        if not self._standing.gone:
            return
        self._standing.disabled = GONE
        await self._keep([self._endpoint_note()])
        for place in list(self._waiting.values()):
            kept = await self._read(place)
            if kept is not None:
                delivery = replace(kept.delivery, state=DeliveryState.DROPPED, next_at=None)
                await self._end(place, Parcel(delivery, kept.body, kept.tries))
        self._standing.gone = False
        await self._postage.publish(NotificationDisabled(self._stamp(), self.receiver.name, GONE))

    def _wait(self, delivery: Delivery, tries: int) -> None:
        if len(self._waiting) >= self._postage.most_waiting:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            key = key_of(self.receiver.name, oldest)
            self._standing.unsaved[key] = Note(NoteKind.DELIVERY, key, None)
            self._standing.dropped += 1
        next_at = delivery.next_at or delivery.created_at
        self._waiting[delivery.id] = _Place(delivery.id, delivery.subject, next_at, tries)

    async def _keep(self, notes: list[Note]) -> None:
        """Write *notes*; what cannot be written now is written with the next step.

        Killed before that, the Director sends a delivery once more, with the same id.
        """
        self._standing.unsaved.update({note.key: note for note in notes})
        await self._save()

    async def _save(self) -> None:
        unsaved = dict(self._standing.unsaved)
        if not unsaved:
            return
        try:
            await self._postage.notes.write(list(unsaved.values()))
        except StoreError:
            return
        for key, note in unsaved.items():
            if self._standing.unsaved.get(key) is note:
                del self._standing.unsaved[key]

    def _endpoint_note(self) -> Note:
        body = {"disabled": self._standing.disabled, "url": self._url_digest}
        return Note(NoteKind.ENDPOINT, self.receiver.name, json.dumps(body).encode())

    @property
    def _url_digest(self) -> str:
        return hashlib.sha256(self.receiver.url.encode()).hexdigest()

    def _stamp(self) -> Stamp:
        now = self._postage.clock.now()
        return Stamp(self._postage.new_id(now), now)


_KIND = NoteKind.DELIVERY


def _reason(body: bytes, url_digest: str) -> str:
    """Return why a receiver is disabled; another URL is another receiver."""
    try:
        fields = json.loads(body)
        return str(fields["disabled"]) if fields["url"] == url_digest else ""
    except (ValueError, KeyError, TypeError):
        return ""
