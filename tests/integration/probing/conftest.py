"""Real sockets that behave as a test wants, and probers that are closed behind it."""

from __future__ import annotations

import asyncio
import gc
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from director.model.probe import ProbeError, Reply
from director.ports import Prober
from director.probing.guard import AddressPolicy
from director.probing.resolver import Lookup, system_lookup
from director.probing.session import LiveProber, LiveSession
from director.probing.settings import ProbeSettings
from director.testing import target

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))


class SystemClock:
    """The real time, on the time line of the event loop."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return what the event loop counts with."""
        return time.monotonic()


class Server:
    """Listens on loopback and plays one script for every connection."""

    def __init__(self, script: Script | bytes, tls: ssl.SSLContext | None) -> None:
        self._script = script
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._players: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.requests: list[bytes] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def start(self) -> Server:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._play, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def stop(self) -> None:
        """Close everything."""
        assert self._server is not None
        self._server.close()
        for player in self._players:
            player.cancel()
        if self._players:
            await asyncio.wait(self._players)
        await self._server.wait_closed()

    def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        player = asyncio.create_task(self._serve(reader, writer))
        self._players.add(player)
        player.add_done_callback(self._players.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if isinstance(self._script, bytes):
                    writer.write(self._script)
                    await writer.drain()
                else:
                    await self._script(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """A socket that was not closed warns when it is collected, and warnings are errors."""
    yield
    gc.collect()


@pytest.fixture
def clock() -> SystemClock:
    """The real clock."""
    return SystemClock()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """Start servers that play a script, or send some bytes, after the request's headers."""
    started: list[Server] = []

    async def start(script: Script | bytes, tls: ssl.SSLContext | None = None) -> Server:
        server = await Server(script, tls).start()
        started.append(server)
        return server

    yield start
    for server in started:
        await server.stop()


@pytest.fixture
async def open_session(clock: SystemClock) -> AsyncIterator[Callable[..., LiveSession]]:
    """Open probe sessions; afterwards nothing of them may be left."""
    opened: list[tuple[Prober, LiveSession]] = []

    def session(
        base_url: str,
        lookup: Lookup = system_lookup,
        **settings: Any,  # noqa: ANN401  # whatever ProbeSettings takes
    ) -> LiveSession:
        chosen = ProbeSettings(**{"policy": LOOPBACK, "request_limit_s": 3.0, **settings})
        prober = LiveProber(chosen, clock, lookup)
        opened.append((prober, prober.session(target(base_url))))
        return opened[-1][1]

    yield session
    for prober, probes in opened:
        await probes.close()
        await prober.close()
    assert not [task for task in asyncio.all_tasks() if "director" in repr(task.get_coro())]


@pytest.fixture
def ask(
    open_session: Callable[..., LiveSession], clock: SystemClock
) -> Callable[..., Awaitable[Reply]]:
    """Ask one question with a session of its own."""

    async def once(
        base_url: str,
        path: str = "/healthz",
        *,
        headers: dict[str, str] | None = None,
        **settings: Any,  # noqa: ANN401  # as above
    ) -> Reply:
        view = open_session(base_url, **settings).view(clock.monotonic() + 30)
        return await view.get(path, headers=headers)

    return once


@pytest.fixture
def fails(ask: Callable[..., Awaitable[Reply]]) -> Callable[..., Awaitable[ProbeError]]:
    """Ask one question that has no answer, and return why."""

    async def once(*args: Any, **kwargs: Any) -> ProbeError:  # noqa: ANN401  # as ask takes
        with pytest.raises(ProbeError) as caught:
            await ask(*args, **kwargs)
        return caught.value

    return once
