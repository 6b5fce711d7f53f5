"""The stream of events: told once, told again to who missed some, and not told to everybody."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from director.engine.clock import new_ulid
from director.model.event import Stamp
from director.model.service_event import AccessDenied, Spot, TargetRegistered
from director.web.front import Limits, WebSettings
from director.web.identity import LOCAL, Identity, Role, Via
from director.web.server import make_app
from director.web.stream import Stream
from tests.integration.web.city import served, town

PAY = Identity(
    name="pay",
    holder="ann",
    roles=frozenset({Role.VIEWER}),
    services=("pay-*",),
    via=Via.TOKEN,
    credential="token:1",
)


def registered(service: str) -> TargetRegistered:
    """Return an event about a service."""
    now = datetime.now(UTC)
    return TargetRegistered(Stamp(new_ulid(now), now), Spot(service, ""), "a.yaml", "every 5m")


async def heard(stream: Stream, identity: Identity, last: str = "") -> bytes:
    """Return what a new listener is told at once."""
    listener = stream.listen(identity, last)
    stream.leave(listener)
    async for data in listener.pieces(0.01):
        return data
    return b""


async def test_who_comes_again_is_told_what_was_missed() -> None:
    """From the last event on; where that is not known any more, ``reset``."""
    stream = Stream()
    events = [registered(f"pay-{number}") for number in range(3)]
    for event in events:
        stream.offer(event)

    assert await heard(stream, LOCAL) == b""
    missed = await heard(stream, LOCAL, events[0].stamp.id)
    assert missed.count(b"\nid: ") == 2
    assert events[0].stamp.id.encode() not in missed
    assert (await heard(stream, LOCAL, "unknown")).startswith(b"event: reset\n")
    for number in range(300):
        stream.offer(registered(f"pay-{number}"))
    assert (await heard(stream, LOCAL, events[0].stamp.id)).startswith(b"event: reset\n")


async def test_each_hears_of_their_own() -> None:
    """Of foreign services nothing is told, and of the server itself only to who may see all."""
    stream = Stream()
    first = registered("pay-0")
    now = datetime.now(UTC)
    denied = AccessDenied(
        stamp=Stamp(new_ulid(now), now), who="", address="", action="", reason="role"
    )
    for event in (first, registered("other"), denied, registered("pay-1")):
        stream.offer(event)

    said = await heard(stream, PAY, first.stamp.id)

    assert b"pay-1" in said
    assert b"other" not in said
    assert b"denied" not in said
    assert b"denied" in await heard(stream, LOCAL, first.stamp.id)


async def test_who_is_too_slow_is_dropped() -> None:
    """What waits for a listener is bounded; the others hear on."""
    stream = Stream()
    slow = stream.listen(LOCAL)
    for number in range(1_000):
        stream.offer(registered(f"pay-{number}"))

    assert slow.over
    assert stream.listeners == 0
    assert stream.dropped == 0


async def listeners(stream: Stream, number: int) -> None:
    """Wait until so many listen."""
    async with asyncio.timeout(10):
        while stream.listeners != number:  # noqa: ASYNC110  # it tells nobody who comes and goes
            await asyncio.sleep(0)


async def read(client: ClientSession, until: bytes, **headers: str) -> bytes:
    """Return what the stream says until *until* is in it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    found = b""
    async with asyncio.timeout(10), client.get("/api/v1/events", headers=names) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        async for piece in answer.content.iter_any():
            found += piece
            if until in found:
                break
    return found


async def test_a_decision_is_told_while_one_listens(tmp_path: Path) -> None:
    """Over a socket: each event with its name and id, and the line of the log as data."""
    async with town(tmp_path) as there, served(make_app(there.front)) as (client, _):
        listening = asyncio.ensure_future(read(client, b"event: director.decision.made"))
        await listeners(there.front.stream, 1)
        evaluation = await there.evaluated("ready-service")
        said = await listening
        await listeners(there.front.stream, 0)

    blocks = [block for block in said.decode().split("\n\n") if "data: " in block]
    made = next(block for block in blocks if "event: director.evaluation.started" in block)
    data = json.loads(made.rpartition("data: ")[2])
    assert data["director.evaluation.id"] == evaluation
    assert data["event.id"] in made.splitlines()[1]


async def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    """Who comes after the last place is told to come again."""
    settings = WebSettings(limits=Limits(listeners=0))
    async with (
        town(tmp_path, settings) as there,
        served(make_app(there.front)) as (client, _),
        client.get("/api/v1/events") as answer,
    ):
        assert answer.status == 503
        assert "Retry-After" in answer.headers


@pytest.mark.parametrize(
    "number", [100, pytest.param(500, marks=pytest.mark.long)], ids=["short", "long"]
)
async def test_everybody_hears_within_a_second(tmp_path: Path, number: int) -> None:
    """An event reaches all who listen, and is rendered once."""
    async with (
        town(tmp_path) as there,
        served(make_app(there.front)) as (_, url),
        ClientSession(url, connector=TCPConnector(limit=0)) as many,
    ):
        event = registered("pay-0")
        name = event.stamp.id.encode()
        tasks = [asyncio.ensure_future(read(many, name)) for _ in range(number)]
        await listeners(there.front.stream, number)
        began = time.monotonic()
        there.front.stream.offer(event)
        await asyncio.wait(tasks)
        took_s = time.monotonic() - began

    assert all(event.stamp.id.encode() in task.result() for task in tasks)
    # The bar holds in the long form, where nothing else runs; the short one asks who hears.
    assert number < 500 or took_s < 1.0
