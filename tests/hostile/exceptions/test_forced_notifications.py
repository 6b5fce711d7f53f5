"""Forced where notifications are kept and sent; they say nothing of a service."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from director.engine.clock import SystemClock, new_ulid
from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.model.notification import Delivery, DeliveryState
from director.model.receiver import Receiver
from director.sinks.cloud_event import Envelopes
from director.sinks.courier import WebhookCourier
from director.sinks.lane import Postage
from director.sinks.outbox import Parcel, noted
from director.sinks.render import Emitter
from director.sinks.retry import Answer, pause_s
from director.sinks.webhook import WebhookSender
from director.store.memory_notes import MemoryNotes
from director.testing import decision_changed

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PAGER = Receiver(name="pager", url="https://pager.test/", keys=(b"k" * 24,))


class Broken(MemoryNotes):
    """Notes that cannot be read or written while they are broken."""

    reads = True
    writes = True

    async def one(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, unless broken."""
        if not self.reads:
            raise StoreError("the database is locked")
        return await super().one(kind, key)

    async def write(self, notes: Sequence[Note]) -> None:
        """Keep *notes*, unless broken."""
        if not self.writes:
            raise StoreError("the database is locked")
        await super().write(notes)


async def _quiet(_: object) -> None:
    """Tell nobody."""


def courier_of(
    notes: MemoryNotes, act: Callable[[], Awaitable[Answer]] | None = None
) -> WebhookCourier:
    """Return a courier whose attempts do what *act* does; they are taken by default."""

    async def send(*_: object) -> Answer:
        return await act() if act else Answer(204, "answered 204")

    postage = Postage(
        notes=notes,
        clock=SystemClock(),
        send=send,
        publish=_quiet,
        new_id=new_ulid,
        chance=float,
    )
    envelopes = Envelopes("/director/here", Emitter(version="0", instance="here"))
    return WebhookCourier((PAGER,), envelopes, postage)


def waiting(at: datetime) -> Delivery:
    """Return a delivery that is due at a moment."""
    return Delivery(
        id="01JH0000000000000000000000",
        endpoint="pager",
        event="director.decision.changed",
        subject="checkout",
        state=DeliveryState.WAITING,
        created_at=at,
        next_at=at,
    )


async def notes_are_garbage(place: Place) -> Answers:
    """What a former process left cannot be read; nothing is told, and nothing stops."""
    notes = MemoryNotes()
    kept = [
        Note(NoteKind.DELIVERY, "pager/x", b"{"),
        Note(NoteKind.ENDPOINT, "pager", b"[]"),
        Note(NoteKind.ENDPOINT, "/told/checkout", b"{"),
    ]
    await notes.write(kept)
    courier = courier_of(notes)
    await courier.resume()
    left = await notes.page(NoteKind.DELIVERY)
    answer = await place.unready_world(sinks=(courier,)).decided()
    await courier.close()
    return [answer, f"{len(left)} left" if not left else "go"]


async def a_delivery_became_garbage(_: Place) -> Answers:
    """Somebody wrote over a delivery that waits: it is lost and counted."""
    notes = MemoryNotes()
    courier = courier_of(notes)
    await notes.write([noted(Parcel(waiting(NOW), b"{}"))])
    await courier.resume()
    await notes.write([Note(NoteKind.DELIVERY, "pager/01JH0000000000000000000000", b"{")])
    await courier.step()
    return ["lost" if courier.dropped == 1 else "go"]


async def notes_cannot_be_written(place: Place) -> Answers:
    """The database is locked: what is queued stays there until the end, and is counted then."""
    notes = Broken()
    courier = courier_of(notes)
    await courier.start()
    notes.writes = False
    answer = await place.unready_world(sinks=(courier,)).decided()
    courier.offer(decision_changed())
    await entered(place, "sinks.courier:WebhookCourier._take_in_for_ever:StoreError")
    await courier.close()
    return [answer, "counted" if courier.dropped else "go"]


async def an_end_cannot_be_written(_: Place) -> Answers:
    """Sent, but the database is locked: that it was sent is kept until it can be written."""
    notes = Broken()

    async def act() -> Answer:
        notes.writes = False
        return Answer(204, "answered 204")

    courier = courier_of(notes, act)
    courier.offer(decision_changed())
    await courier.step()
    notes.writes = True
    await courier.step()
    (delivery,) = await courier.deliveries("pager")
    return ["kept" if delivery.state is DeliveryState.DELIVERED else "go"]


async def notes_cannot_be_read(place: Place) -> Answers:
    """The database is locked when a delivery is due: it is tried again."""
    notes = Broken()
    await notes.write([noted(Parcel(waiting(datetime.now(UTC) + timedelta(seconds=0.05)), b"{}"))])
    courier = courier_of(notes)
    await courier.start()
    await entered(place, "sinks.courier:WebhookCourier._deliver_for_ever:suppress(TimeoutError)")
    await courier.close()
    broken = courier_of(notes)
    await notes.write([noted(Parcel(replace(waiting(NOW)), b"{}"))])
    await broken.start()
    notes.reads = False
    await entered(place, "sinks.courier:WebhookCourier._deliver_for_ever:StoreError")
    await broken.close()
    notes.reads = True
    return [str(each.state) for each in await broken.deliveries("pager")]


async def nobody_answers(place: Place) -> Answers:
    """A receiver takes the connection and says nothing, and another one is not there."""

    async def addresses(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError(0, "the name does not exist")

    def open_socket(_address: str, _port: int) -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    sender = WebhookSender(open_socket, addresses, ssl.create_default_context(), timeout_s=0.1)
    async with place.serving(None) as port:
        silent = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}")
    absent = await sender.send("http://absent.test/", {}, b"{}")
    await sender.close()
    return [silent.status or silent.detail, absent.status or absent.detail]


def a_date_is_none(_: Place) -> Answers:
    """Retry-After is no date: the receiver is left alone for the usual time."""
    return [f"{pause_s(Answer(503, '', 'Thu, 99 Jan 2026 99:99:99 GMT'), NOW):g} s"]


async def entered(place: Place, key: str) -> None:
    """Wait until a clause was entered."""
    await asyncio.to_thread(place.witness.await_clause, key)


TABLE: Table = {
    "sinks.courier:WebhookCourier._deliver_for_ever:StoreError": notes_cannot_be_read,
    "sinks.courier:WebhookCourier._deliver_for_ever:suppress(TimeoutError)": notes_cannot_be_read,
    "sinks.courier:WebhookCourier._recall_told:suppress(ValueError)": notes_are_garbage,
    "sinks.courier:WebhookCourier._take_in_for_ever:StoreError": notes_cannot_be_written,
    "sinks.courier:WebhookCourier.close:suppress(TimeoutError, StoreError)": (
        notes_cannot_be_written
    ),
    "sinks.courier:WebhookCourier.resume:suppress(StoreError)": notes_are_garbage,
    "sinks.lane:Lane._read:StoreError": a_delivery_became_garbage,
    "sinks.lane:Lane._save:StoreError": an_end_cannot_be_written,
    "sinks.lane:_reason:(ValueError, KeyError, TypeError)": notes_are_garbage,
    "sinks.outbox:parcel_of:(ValueError, KeyError, TypeError, AttributeError)": notes_are_garbage,
    "sinks.retry:_retry_after_s:(ValueError, IndexError, OverflowError)": a_date_is_none,
    "sinks.webhook:WebhookSender.send:(AddressDenied, aiohttp.ClientError, OSError, ValueError)": (
        nobody_answers
    ),
    "sinks.webhook:WebhookSender.send:TimeoutError": nobody_answers,
}
"""Each clause that is forced here, and by what."""


def test_what_notifications_catch_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
