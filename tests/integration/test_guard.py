"""service.guard: whether we are online, by real sockets."""

from __future__ import annotations

import asyncio
import socket

from director.engine.clock import SystemClock
from director.service.guard import Guard


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def test_one_place_that_answers_is_enough() -> None:
    """Whatever the others do."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        places = (("127.0.0.1", closed_port()), ("no.such.host.invalid", 1), ("127.0.0.1", port))
        assert await Guard(places, SystemClock()).online()


async def test_without_an_answer_we_are_offline() -> None:
    """Many who ask at once share one question."""
    guard = Guard((("127.0.0.1", closed_port()), ("no..host", 1)), SystemClock())
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(guard.online()) for _ in range(50)]

    assert [each.result() for each in asked] == [False] * 50
    assert not await guard.online()


async def test_without_places_we_are_held_to_be_online() -> None:
    """Nobody said what should always answer."""
    assert await Guard((), SystemClock()).online()
