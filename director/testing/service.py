"""A sample service on loopback: for the demo, and for tests of the whole road."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from aiohttp import web


_HEADERS = {"X-Content-Type-Options": "nosniff", "Server": "demo"}
"""What a well-kept service sends with data, and no version of anything."""


class DemoService:
    """A service that answers every path in the same way, while it is entered.

    ::

        async with DemoService.healthy() as service:
            ...  # ask service.base_url

    Args:
        status: Its status code.
        delay_s: How long it takes to answer, in seconds.
        listening: Whether it listens; if not, its port is taken and refuses.
    """

    def __init__(self, *, status: int = 200, delay_s: float = 0.0, listening: bool = True) -> None:
        self._status = status
        self._delay_s = delay_s
        self._listening = listening
        self._leaving = asyncio.Event()
        self._arrived = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._socket: socket.socket | None = None
        self.requests = 0
        """How many requests arrived."""

    @classmethod
    def healthy(cls) -> DemoService:
        """Return a service that answers 200 at once."""
        return cls()

    @classmethod
    def slow(cls, delay_s: float) -> DemoService:
        """Return a service that answers 200 after *delay_s* seconds."""
        return cls(delay_s=delay_s)

    @classmethod
    def failing(cls, status: int = 503) -> DemoService:
        """Return a service that answers *status* at once."""
        return cls(status=status)

    @classmethod
    def refusing(cls) -> DemoService:
        """Return a service whose port refuses every connection."""
        return cls(listening=False)

    @property
    def base_url(self) -> str:
        """Where it answers.

        Raises:
            RuntimeError: It is not entered.
        """
        if self._socket is None:
            raise RuntimeError("the service has an address only while it is entered")
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    async def asked(self, count: int) -> None:
        """Return when at least *count* requests have arrived."""
        while self.requests < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def __aenter__(self) -> Self:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        if self._listening:
            await self._listen(self._socket)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _listen(self, bound: socket.socket) -> None:
        from aiohttp import web  # noqa: PLC0415  # a test with a fake probe must not pay for it

        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, bound).start()

    async def _answer(self, _: web.Request) -> web.Response:
        from aiohttp import web  # noqa: PLC0415  # as above

        self.requests += 1
        self._arrived.set()
        if self._delay_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._delay_s):
                    await self._leaving.wait()
        word = "pass" if self._status < 400 else "fail"
        return web.json_response({"status": word}, status=self._status, headers=_HEADERS)
