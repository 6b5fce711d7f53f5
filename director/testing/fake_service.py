"""A real service on a real socket that behaves as a test wants it to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from director.model.value import dataclass
from director.testing.loopback import Loopback

if TYPE_CHECKING:
    from aiohttp import web

MIB_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing then sends a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one path answers, and how.

    Attributes:
        status: The status code.
        body: The whole body.
        headers: Names and values, besides the usual ones.
        delay_s: How long nothing comes at first, in seconds.
        drip_s: Pause after each byte of the body, in seconds; 0 to send it at once.
        resets: Whether the connection is reset instead of an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    drip_s: float = 0.0
    resets: bool = False

    @classmethod
    def reset(cls) -> Page:
        """Return a page whose connection is reset."""
        return cls(resets=True)

    @classmethod
    def silent(cls) -> Page:
        """Return a page that takes the question and never answers."""
        return cls(delay_s=3600.0)

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> Page:
        """Return a page that sends elsewhere."""
        return cls(status=status, headers=(("Location", to),))

    @classmethod
    def huge(cls, size_bytes: int = 2 * MIB_BYTES) -> Page:
        """Return a page with a body of so many bytes: more than the probe looks at."""
        return cls(body=b"x" * size_bytes)

    @classmethod
    def dripping(cls, body: bytes, drip_s: float = 0.05) -> Page:
        """Return a page whose body comes byte by byte."""
        return cls(body=body, drip_s=drip_s)


class FakeService(Loopback):
    """A service on loopback, while it is entered; what it does not know is 404.

    ::

        async with FakeService({"/healthz": Page(status=503)}) as service:
            result = await examine(Health(), target(service.base_url))

    Args:
        pages: What each path answers; one page for every path alike.
        tls: What it speaks TLS with; None for plain http.
        listening: Whether it listens; if not, its port is taken and refuses.
    """

    def __init__(
        self,
        pages: Mapping[str, Page] | Page | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        listening: bool = True,
    ) -> None:
        super().__init__(listening=listening, tls=tls)
        self._pages = Page() if pages is None else pages
        self.asked: list[str] = []
        """The path of every request that arrived, in order."""

    @classmethod
    def refusing(cls) -> FakeService:
        """Return a service whose port refuses every connection."""
        return cls(listening=False)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415  # a test with a fake probe must not pay for it

        self.asked.append(request.path)
        page = self._page(request.path)
        await self._pause(page.delay_s)
        if page.resets or request.transport is None:
            _reset(request.transport)
            return web.Response()
        if not page.drip_s:
            return web.Response(status=page.status, body=page.body, headers=dict(page.headers))
        response = web.StreamResponse(status=page.status, headers=dict(page.headers))
        response.content_length = len(page.body)
        await response.prepare(request)
        with suppress(ConnectionError):
            for byte in page.body:
                await response.write(bytes((byte,)))
                await self._pause(page.drip_s)
        return response

    def _page(self, path: str) -> Page:
        if isinstance(self._pages, Page):
            return self._pages
        return self._pages.get(path, Page(status=404))


def _reset(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.Transport):
        plain = transport.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()


class Wall:
    """A port that takes connections and answers no protocol, while it is entered.

    Args:
        resets: Whether it resets the connection at the first bytes; if not, it stays silent.
    """

    def __init__(self, *, resets: bool) -> None:
        self._resets = resets
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def base_url(self) -> str:
        """Where it takes connections.

        Raises:
            RuntimeError: It is not entered.
        """
        if self._server is None:
            raise RuntimeError("the wall has an address only while it is entered")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(ConnectionError):
            while await reader.read(_CHUNK_BYTES):
                if self._resets:
                    _reset(writer.transport)
                    break
        writer.transport.abort()
        self._open.discard(writer)
