"""A port on loopback behind which aiohttp answers, or nobody; what the kit's services share."""

from __future__ import annotations

import asyncio
import socket
import ssl
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from aiohttp import web


class Loopback(ABC):
    """A service on loopback, while it is entered.

    Args:
        listening: Whether it listens; if not, its port is taken and refuses.
        tls: What it speaks TLS with; None for plain http.
    """

    def __init__(self, *, listening: bool, tls: ssl.SSLContext | None = None) -> None:
        self._listening = listening
        self._tls = tls
        self._leaving = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._socket: socket.socket | None = None

    @property
    def base_url(self) -> str:
        """Where it answers, without a trailing slash.

        Raises:
            RuntimeError: It is not entered.
        """
        if self._socket is None:
            raise RuntimeError("the service has an address only while it is entered")
        scheme, host = ("https", "localhost") if self._tls else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self._socket.getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._leaving.clear()
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
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, bound, ssl_context=self._tls).start()

    async def _pause(self, pause_s: float) -> None:
        """Wait, but not longer than the service is there."""
        if pause_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._leaving.wait()

    @abstractmethod
    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
