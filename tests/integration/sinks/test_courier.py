"""Notifications by webhook: real receivers over HTTP, and days that pass at once."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from director.engine.clock import new_ulid
from director.errors import StoreError
from director.model.decision import Verdict
from director.model.event import DecisionChanged, Event, Stamp, Subject
from director.model.note import Note, NoteKind
from director.model.notification import DeliveryState
from director.model.receiver import Receiver
from director.model.record import Counts, Record, Source
from director.model.service import Gate, GateCode, GateState, Latest, Watched
from director.model.service_event import (
    DirectorDegraded,
    NotificationDelivered,
    NotificationDisabled,
    NotificationFailed,
)
from director.sinks.cloud_event import Envelopes
from director.sinks.courier import QUEUE_EVENTS, WebhookCourier
from director.sinks.lane import GONE, Postage
from director.sinks.render import Emitter
from director.sinks.webhook import AddressDenied, WebhookSender
from director.store.memory_notes import MemoryNotes
from director.testing import FakeClock

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Endpoint:
    """A receiver on loopback that answers what it is told to, and keeps what came.

    Args:
        statuses: What it answers, one after the other; the last one for ever.
    """

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses or (204,))
        self.headers: dict[str, str] = {}
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.arrived = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Begin to listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"https://localhost:{port}/in" if tls else f"http://127.0.0.1:{port}/in"

    async def close(self) -> None:
        """Stop listening."""
        self.hold.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        lowered = {name.lower(): value for name, value in request.headers.items()}
        self.came.append((lowered, body))
        self.arrived.set()
        await self.hold.wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return web.Response(status=status, headers=self.headers)

    @property
    def told(self) -> list[str]:
        """The decisions that came, in their order."""
        return [json.loads(body)["data"]["director.decision.outcome"] for _, body in self.came]


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Awaitable[Endpoint]]]:
    """Open receivers, and close them after the test."""
    opened: list[Endpoint] = []

    async def begin(*statuses: int) -> Endpoint:
        endpoint = Endpoint(*statuses)
        await endpoint.open()
        opened.append(endpoint)
        return endpoint

    yield begin
    for endpoint in opened:
        await endpoint.close()


Listen = Callable[..., Awaitable[Endpoint]]


class Desk:
    """A courier with everything around it.

    Args:
        receivers: Who is told.
        notes: What is kept; new by default.
        tls: How TLS is spoken.
    """

    def __init__(
        self,
        *receivers: Receiver,
        notes: MemoryNotes | None = None,
        tls: ssl.SSLContext | None = None,
        **bounds: int,
    ) -> None:
        self.clock = FakeClock(datetime.now(UTC))
        self.notes = notes or MemoryNotes()
        self.published: list[Event] = []
        self.denied: set[str] = set()
        self.sender = WebhookSender(
            self._socket, _loopback, tls or ssl.create_default_context(), timeout_s=5.0
        )
        self.postage = Postage(
            notes=self.notes,
            clock=self.clock,
            send=self.sender.send,
            publish=self._publish,
            new_id=new_ulid,
            chance=lambda: 0.0,
            **bounds,
        )
        envelopes = Envelopes("/director/test", Emitter(version="0.1.0", instance="director-0"))
        self.courier = WebhookCourier(receivers, envelopes, self.postage)

    async def tell(self, *verdicts: str, service: str = "checkout") -> list[str]:
        """Tell of changes, and let what is due now happen; return their ids."""
        now = self.clock.now()
        events = [
            changed(verdict, service, now + timedelta(milliseconds=number))
            for number, verdict in enumerate(verdicts)
        ]
        assert all(self.courier.offer(event) for event in events)
        await self.courier.step()
        return [event.stamp.id for event in events]

    async def states(self, endpoint: str = "pager") -> list[DeliveryState]:
        """Return what became of each delivery, the newest first."""
        return [each.state for each in await self.courier.deliveries(endpoint)]

    async def _publish(self, event: Event) -> None:
        self.published.append(event)

    def _socket(self, address: str, _port: int) -> socket.socket:
        if address in self.denied:
            raise AddressDenied(f"{address} is denied by the address policy (test)")
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


async def _loopback(host: str, _port: int) -> tuple[str, ...]:
    if host != "localhost":
        raise OSError(0, "the name does not exist")
    return ("127.0.0.1",)


@pytest.fixture
async def desks() -> AsyncIterator[Callable[..., Desk]]:
    """Make couriers, and close them after the test."""
    made: list[Desk] = []

    def make(*receivers: Receiver, **given: Any) -> Desk:  # noqa: ANN401  # as Desk takes it
        made.append(Desk(*receivers, **given))
        return made[-1]

    yield make
    for desk in made:
        await desk.courier.close()
        await desk.sender.close()


Desks = Callable[..., Desk]


def to(endpoint: Endpoint | str, name: str = "pager", **more: Any) -> Receiver:  # noqa: ANN401
    """Return a receiver at *endpoint*."""
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    return Receiver(name=name, url=url, keys=(KEY,), **more)


def record(verdict: str, service: str) -> Record:
    """Return a decision."""
    counts = Counts(
        counting=8,
        passed=8,
        warned=0,
        failed=0,
        unknown=0,
        not_applicable=0,
        errored=0,
        missing=0,
    )
    return Record(
        service=service,
        decision=verdict,
        pass_rate="88%",
        environment="production",
        version="2.7.1",
        owner="team-payments",
        tier=1,
        artifact="",
        decided_at="2026-01-15T09:30:00.000000Z",
        valid_until="2026-01-16T09:30:00.000000Z",
        score=0.9,
        score_exact="9/10",
        coverage=1.0,
        verified=0.1,
        counts=counts,
        reasons=(),
        fixes=(),
        categories=(),
        conditions=(),
        waivers=(),
        waiver_requests=(),
        previous=None,
        changed=True,
        profile=Source(name="standard", digest="sha256:" + "a" * 64),
        manifest=Source(name=service, digest="sha256:" + "b" * 64),
        evaluation="01JHEVAL0000000000000000AA",
        trigger="schedule",
        started_at="2026-01-15T09:30:00.000000Z",
        duration_ms=41.2,
        director_version="0.1.0",
        log_dropped=0,
    )


def changed(verdict: str, service: str, at: datetime) -> DecisionChanged:
    """Return the event of a change."""
    subject = Subject(
        evaluation="01JHEVAL0000000000000000AA",
        trigger="schedule",
        service=service,
        environment="production",
        owner="team-payments",
        tier=1,
    )
    return DecisionChanged(Stamp(new_ulid(at), at), subject, record(verdict, service))


def watched(held: Verdict, service: str = "checkout", *, flapping: bool = False) -> Watched:
    """Return what the service holds true of a target."""
    now = datetime(2026, 1, 15, tzinfo=UTC)
    return Watched(
        service=service,
        environment="production",
        held=held,
        flapping=flapping,
        gate=Gate(state=GateState.OPEN, code=GateCode.GO, text="GO"),
        latest=Latest(
            evaluation="01JHEVAL0000000000000000AA",
            decision=held,
            pass_rate="88%",
            score=0.9,
            decided_at=now,
            valid_until=now,
        ),
    )


async def test_a_change_arrives_signed(listen: Listen, desks: Desks) -> None:
    """A receiver verifies what came with the package that receivers use; the ids are the same."""
    endpoint = await listen(200)
    desk = desks(to(endpoint))

    (identity,) = await desk.tell("no_go")

    (headers, body) = endpoint.came[0]
    envelope = Webhook(SECRET).verify(body, headers)
    assert envelope["id"] == headers["webhook-id"] == identity
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    (delivery,) = await desk.courier.deliveries("pager")
    assert (delivery.id, delivery.state) == (identity, DeliveryState.DELIVERED)
    assert [each.status for each in delivery.attempts] == [200]
    assert [type(event) for event in desk.published] == [NotificationDelivered]
    assert len(endpoint.came) == 1


async def test_an_event_that_comes_twice_is_told_once(listen: Listen, desks: Desks) -> None:
    """The id says that it is the same: also when it was delivered already."""
    endpoint = await listen(200)
    desk = desks(to(endpoint))
    event = changed("no_go", "checkout", desk.clock.now())

    for _ in range(2):
        assert desk.courier.offer(event)
        assert desk.courier.offer(event)
        await desk.courier.step()

    assert len(endpoint.came) == 1


async def test_a_receiver_that_is_down_is_told_when_it_is_back(
    listen: Listen, desks: Desks
) -> None:
    """Nothing listens at first; the change arrives with the attempt after five minutes."""
    endpoint = await listen(204)
    url = endpoint.url
    await endpoint.close()
    desk = desks(to(url))
    await desk.tell("no_go")
    desk.clock.advance(5)
    wait_s = await desk.courier.step()

    again = await listen(204)
    desk.courier._lanes["pager"].receiver = to(again)
    assert wait_s == 60.0
    desk.clock.advance(299)
    await desk.courier.step()
    assert again.came == []
    desk.clock.advance(1)
    await desk.courier.step()

    (delivery,) = await desk.courier.deliveries("pager")
    assert delivery.state is DeliveryState.DELIVERED
    assert [each.status for each in delivery.attempts] == [0, 0, 204]
    assert "no connection" in delivery.attempts[0].detail


async def test_after_three_days_it_is_given_up_and_sent_again_by_hand(
    listen: Listen, desks: Desks
) -> None:
    """Ten attempts; then it has failed, is said, and a person sends it again."""
    endpoint = await listen(*[500] * 10, 200)
    desk = desks(to(endpoint))
    (identity,) = await desk.tell("no_go")
    for wait in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400):
        assert await desk.states() == [DeliveryState.WAITING]
        desk.clock.advance(wait)
        await desk.courier.step()

    assert await desk.states() == [DeliveryState.FAILED]
    assert len(endpoint.came) == 10
    desk.clock.advance(1_000_000)
    await desk.courier.step()
    assert len(endpoint.came) == 10
    assert [type(event) for event in desk.published] == [NotificationFailed]
    assert await desk.courier.redeliver("pager", identity)
    assert not await desk.courier.redeliver("pager", "01JH0000000000000000000000")
    assert not await desk.courier.redeliver("nobody", identity)
    await desk.courier.step()

    assert await desk.states() == [DeliveryState.DELIVERED]
    assert {headers["webhook-id"] for headers, _ in endpoint.came} == {identity}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirections_are_not_followed(listen: Listen, desks: Desks, status: int) -> None:
    """A signed delivery goes where the operator said; elsewhere nothing arrives."""
    elsewhere = await listen(200)
    endpoint = await listen(status)
    endpoint.headers = {"Location": elsewhere.url}
    desk = desks(to(endpoint))

    await desk.tell("no_go")

    assert elsewhere.came == []
    assert await desk.states() == [DeliveryState.WAITING]


async def test_410_ends_all(listen: Listen, desks: Desks) -> None:
    """Nothing more is sent, what waits is dropped, and it is said; also after a restart."""
    endpoint = await listen(500, 410)
    desk = desks(to(endpoint))
    first, _ = await desk.tell("no_go", "go")
    desk.clock.advance(5)
    await desk.courier.step()

    assert await desk.states() == [DeliveryState.DROPPED, DeliveryState.FAILED]
    assert desk.courier.endpoints()[0].disabled == GONE
    assert [type(event) for event in desk.published] == [NotificationFailed, NotificationDisabled]
    later = desks(to(endpoint), notes=desk.notes)
    await later.courier.resume()
    await later.tell("no_go")
    assert len(endpoint.came) == 2
    assert later.courier.endpoints()[0].disabled == GONE
    endpoint.statuses = [200]
    assert await later.courier.redeliver("pager", first)
    await later.courier.step()
    assert later.courier.endpoints()[0].disabled == ""


async def test_another_url_is_another_receiver(listen: Listen, desks: Desks) -> None:
    """Who was disabled is told again at a new address."""
    gone, fine = await listen(410), await listen(200)
    desk = desks(to(gone))
    await desk.tell("no_go")

    later = desks(to(fine), notes=desk.notes)
    await later.courier.resume()
    await later.tell("go")

    assert fine.told == ["go"]


async def test_retry_after_is_heard(listen: Listen, desks: Desks) -> None:
    """429 with Retry-After leaves the whole receiver alone until then."""
    endpoint = await listen(429, 200)
    endpoint.headers = {"Retry-After": "3600"}
    desk = desks(to(endpoint))
    await desk.tell("no_go")
    await desk.tell("go", service="other")
    (first,) = [each for each in await desk.courier.deliveries("pager") if each.attempts]
    assert first.next_at == desk.clock.now() + timedelta(hours=1)
    desk.clock.advance(3_599)
    await desk.courier.step()
    assert len(endpoint.came) == 1

    desk.clock.advance(1)
    await desk.courier.step()

    assert sorted(endpoint.told) == ["go", "no_go", "no_go"]


async def test_changes_of_a_target_keep_their_order(listen: Listen, desks: Desks) -> None:
    """A later change waits for the one before it, and other targets do not."""
    endpoint = await listen(500, 200)
    desk = desks(to(endpoint), at_once=1)
    await desk.tell("no_go", "go")
    await desk.tell("conditional_go", service="other")
    assert endpoint.told == ["no_go", "conditional_go"]

    desk.clock.advance(5)
    await desk.courier.step()

    assert endpoint.told == ["no_go", "conditional_go", "no_go", "go"]


async def test_what_fails_too_often_is_overtaken(listen: Listen, desks: Desks) -> None:
    """A delivery that a receiver chokes on does not hold its target up for days."""
    endpoint = await listen(400, 400, 200)
    desk = desks(to(endpoint), patient_tries=2)
    await desk.tell("no_go", "go")
    desk.clock.advance(5)
    await desk.courier.step()

    assert endpoint.told == ["no_go", "no_go", "go"]
    assert await desk.states() == [DeliveryState.DELIVERED, DeliveryState.WAITING]


async def test_a_slow_receiver_holds_up_only_itself(listen: Listen, desks: Desks) -> None:
    """While one receiver does not answer, another is told."""
    slow, quick = await listen(200), await listen(200)
    slow.hold.clear()
    desk = desks(to(slow, "slow"), to(quick, "quick"))
    await desk.courier.start()

    desk.courier.offer(changed("no_go", "checkout", desk.clock.now()))
    async with asyncio.timeout(10):
        await quick.arrived.wait()
        await slow.arrived.wait()

    assert await desk.states("slow") == [DeliveryState.WAITING]
    assert quick.told == ["no_go"]


async def test_what_waits_survives_the_process(listen: Listen, desks: Desks) -> None:
    """Killed between two attempts, a delivery goes on where it was, and is not sent twice."""
    endpoint = await listen(500, 200)
    desk = desks(to(endpoint))
    await desk.tell("no_go")

    later = desks(to(endpoint), notes=desk.notes)
    await later.courier.resume()
    later.clock.advance(3)
    await later.courier.step()
    assert len(endpoint.came) == 1
    later.clock.advance(3)
    await later.courier.step()

    assert endpoint.told == ["no_go", "no_go"]
    assert await later.states() == [DeliveryState.DELIVERED]


async def test_what_nobody_wants_any_more_is_forgotten(listen: Listen, desks: Desks) -> None:
    """Deliveries to a receiver that the operator took away leave the notes, garbage too."""
    endpoint = await listen(500)
    desk = desks(to(endpoint))
    await desk.tell("no_go")
    await desk.notes.write([Note(NoteKind.DELIVERY, "pager/x", b"{garbage")])

    await desks(to(endpoint, "other"), notes=desk.notes).courier.resume()

    assert await desk.notes.page(NoteKind.DELIVERY) == ()


async def test_the_log_of_deliveries_is_bounded_and_paged(listen: Listen, desks: Desks) -> None:
    """The oldest ends are forgotten; pages go back in time."""
    endpoint = await listen(200)
    desk = desks(to(endpoint), most_kept=3)
    ids = []
    for verdict in ("go", "no_go", "go", "no_go", "go"):
        ids += await desk.tell(verdict)
        desk.clock.advance(1)

    assert [each.id for each in await desk.courier.deliveries("pager")] == ids[:1:-1]
    page = await desk.courier.deliveries("pager", before=ids[4], limit=1)
    assert [each.id for each in page] == [ids[3]]
    assert len(await desk.notes.page(NoteKind.DELIVERY)) == 3
    assert await desk.courier.deliveries("nobody") == ()


async def test_too_many_that_wait_lose_the_oldest(listen: Listen, desks: Desks) -> None:
    """What waits is bounded, and what was lost is counted."""
    endpoint = await listen(500, 200)
    desk = desks(to(endpoint), most_waiting=2)
    await desk.tell("no_go", "go", "conditional_go")
    desk.clock.advance(5)
    await desk.courier.step()

    assert endpoint.told[-2:] == ["go", "conditional_go"]
    assert desk.courier.dropped == 1
    assert len(await desk.notes.page(NoteKind.DELIVERY)) == 2


async def test_a_full_queue_refuses_and_counts(desks: Desks) -> None:
    """The bus is told that there is no room; what nobody wants takes none."""
    desk = desks(to("http://127.0.0.1:9/", events=("director.decision.changed",)))
    event = changed("go", "checkout", desk.clock.now())
    for _ in range(QUEUE_EVENTS):
        assert desk.courier.offer(event)

    assert not desk.courier.offer(event)
    assert desk.courier.offer(DirectorDegraded(event.stamp, "offline", "nothing answers"))
    desk.courier.drop(event)
    assert desk.courier.dropped == 1


async def test_a_locked_database_delays_and_loses_nothing(listen: Listen, desks: Desks) -> None:
    """What cannot be written down stays in the queue, and is not sent before it is written."""
    endpoint = await listen(200)
    notes = Locked()
    desk = desks(to(endpoint), notes=notes)
    desk.courier.offer(changed("no_go", "checkout", desk.clock.now()))
    notes.locked = True
    with pytest.raises(StoreError):
        await desk.courier.step()
    assert endpoint.came == []

    notes.locked = False
    await desk.courier.step()

    assert endpoint.told == ["no_go"]


async def test_an_end_that_is_not_written_is_written_later(listen: Listen, desks: Desks) -> None:
    """Sent, but not noted: it is not sent again by this process, and noted when that works."""
    endpoint = await listen(200)
    notes = Locked()
    desk = desks(to(endpoint), notes=notes)
    endpoint.hold.clear()
    desk.courier.offer(changed("no_go", "checkout", desk.clock.now()))
    step = asyncio.create_task(desk.courier.step())
    await endpoint.arrived.wait()
    notes.locked = True
    endpoint.hold.set()
    await step
    assert await desk.states() == [DeliveryState.WAITING]

    notes.locked = False
    await desk.courier.step()

    assert await desk.states() == [DeliveryState.DELIVERED]
    assert len(endpoint.came) == 1


class Locked(MemoryNotes):
    """Notes that cannot be written while somebody holds the lock."""

    locked = False

    async def write(self, notes: Sequence[Note]) -> None:
        """Keep *notes*, unless locked."""
        if self.locked:
            raise StoreError("the database is locked")
        await super().write(notes)


async def test_closing_writes_down_what_is_queued(desks: Desks) -> None:
    """What was offered just before the end is delivered after the next start."""
    desk = desks(to("http://127.0.0.1:9/"))
    await desk.courier.start()
    desk.courier.offer(changed("no_go", "checkout", desk.clock.now()))

    await desk.courier.close()

    assert len(await desk.notes.page(NoteKind.DELIVERY)) == 1
    assert not desk.courier.offer(changed("go", "checkout", desk.clock.now()))


async def test_a_change_that_was_never_handed_over_is_caught_up(
    listen: Listen, desks: Desks
) -> None:
    """What the service holds true and was not told, is told once after the start."""
    endpoint = await listen(200)
    desk = desks(to(endpoint))
    await desk.tell("go")
    later = desks(to(endpoint), notes=desk.notes)
    await later.courier.resume()

    async def recall(_evaluation: str) -> Record | None:
        return record("no_go", "checkout")

    held = [
        watched(Verdict.NO_GO),
        watched(Verdict.NO_GO, "never-told"),
        replace(watched(Verdict.NO_GO, "unknown"), held=None),
    ]
    assert await later.courier.catch_up([watched(Verdict.NO_GO, flapping=True)], recall) == 0
    assert await later.courier.catch_up(held, recall) == 1
    await later.courier.step()
    assert await later.courier.catch_up(held, recall) == 0

    assert endpoint.told == ["go", "no_go"]
    last = json.loads(endpoint.came[-1][1])["data"]
    assert last["director.decision.previous"] == "go"


async def test_the_address_policy_is_asked(listen: Listen, desks: Desks) -> None:
    """What the policy denies is never dialled, also behind a name."""
    endpoint = await listen(200)
    desk = desks(to(endpoint.url.replace("127.0.0.1", "localhost")))
    desk.denied = {"127.0.0.1"}

    await desk.tell("no_go")

    assert endpoint.came == []
    (delivery,) = await desk.courier.deliveries("pager")
    assert delivery.attempts[0].detail == "127.0.0.1 is denied by the address policy (test)"


async def test_tls_is_verified(desks: Desks) -> None:
    """A certificate of an unknown authority is refused; that of a known one is taken."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    endpoint = Endpoint(200)
    await endpoint.open(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    stranger, friend = desks(to(endpoint)), desks(to(endpoint), tls=trusting)
    try:
        await stranger.tell("no_go")
        assert endpoint.came == []
        (refused,) = await stranger.courier.deliveries("pager")
        assert refused.attempts[0].detail == "its certificate is not trusted"
        await friend.tell("no_go")
        assert endpoint.told == ["no_go"]
    finally:
        await endpoint.close()


@pytest.mark.parametrize(
    "garbage",
    [b"", b"HTTP/1.1 what\r\n\r\n", b"\x00\xff" * 2_000, b"HTTP/1.1 200 OK\r\nA" * 9_000],
    ids=["nothing", "no-status", "binary", "endless-header"],
)
async def test_garbage_is_no_answer(desks: Desks, garbage: bytes) -> None:
    """What is no HTTP is a failed attempt, in one line, and nothing else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(garbage)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    desk = desks(to(f"http://127.0.0.1:{port}/s3cr3t-path"))
    try:
        await desk.tell("no_go")
    finally:
        server.close()

    (delivery,) = await desk.courier.deliveries("pager")
    assert delivery.state is DeliveryState.WAITING
    assert delivery.attempts[0].status == 0
    assert "s3cr3t" not in delivery.attempts[0].detail


async def test_who_does_not_answer_in_time_has_failed(listen: Listen, desks: Desks) -> None:
    """An attempt ends with its time limit."""
    endpoint = await listen(200)
    endpoint.hold.clear()
    desk = desks(to(endpoint))
    desk.sender._timeout_s = 0.2

    await desk.tell("no_go")

    (delivery,) = await desk.courier.deliveries("pager")
    assert delivery.attempts[0].detail == "no answer within 0.2 s"
