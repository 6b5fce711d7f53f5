"""One answer over HTTP/1.1 as it comes over a connection of its own, plain or with TLS.

The reading is aiohttp's: its protocol and its C parser. What a session of aiohttp does besides
(pools, redirects, cookies, proxies, retries, decoding, time limits) is what a probe must not do
unseen, and takes more than half of the time of a probe; so it has no part in this. Nor has a
transport, where nothing is encrypted: whoever waits for the answer reads the socket itself.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final, Protocol

from aiohttp.client_proto import ResponseHandler
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader

from director.model.probe import ProbeError, ProbeReason
from director.probing.body import Body

_AHEAD_BYTES: Final = 65_536
"""How much of a body is read before somebody takes it."""
_IN_ONE_TURN: Final = 2
"""How often a socket is read before the event loop has its turn."""


class Wire(Protocol):
    """A connection on which one thing is asked."""

    async def send(self, request: bytes) -> None:
        """Send *request*, or let the event loop send it."""
        ...

    async def head(self) -> RawResponseMessage:
        """Return the status line and the headers of the answer that counts.

        Raises:
            ProbeError: The peer changed to another protocol.
            aiohttp.ClientError: The connection ends before that.
            aiohttp.http_exceptions.HttpProcessingError: The answer is not HTTP.
        """
        ...

    async def read(self, into: Body) -> None:
        """Read the body of that answer, which is not decoded, to its end.

        Raises:
            ProbeError: It is framed wrongly, or *into* does not take it.
            aiohttp.ClientError: The connection ends before that.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class PlainWire:
    """A connection without TLS.

    Args:
        sock: Connected, and not blocking; the wire owns it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._handler = handler(self._loop)
        self._body: StreamReader | None = None
        self._pieces = 0

    async def send(self, request: bytes) -> None:
        """Send *request*."""
        await self._loop.sock_sendall(self._sock, request)

    async def head(self) -> RawResponseMessage:
        """Return the beginning of the answer that counts."""
        handler = self._handler
        while True:
            while not len(handler) and handler.exception() is None:
                await self._more()
            head, body = await handler.read()
            if _counts(head):
                self._body = body
                return head

    async def read(self, into: Body) -> None:
        """Read the body of that answer to its end."""
        body = self._body
        assert body is not None  # noqa: S101  # its head came first
        while True:
            piece = body.read_nowait()
            if piece:
                into.feed(piece)
            elif body.at_eof():
                return
            elif self._handler.exception() is not None:
                raise framed_wrongly()
            else:
                await self._more()

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    async def _more(self) -> None:
        """Wait for the next bytes, or for the end of them.

        A peer that is always faster than we are would let nobody else run: not the deadline.
        """
        self._pieces += 1
        if self._pieces > _IN_ONE_TURN:
            await asyncio.sleep(0)
        try:
            data = await self._loop.sock_recv(self._sock, _AHEAD_BYTES)
        except OSError as error:
            self._handler.connection_lost(error)
            return
        if data:
            self._handler.data_received(data)
        else:
            self._handler.connection_lost(None)


class SecureWire:
    """A connection over a transport that speaks TLS.

    Args:
        transport: What writes.
        handler: What reads.
    """

    def __init__(self, transport: asyncio.Transport, handler: ResponseHandler) -> None:
        self._transport = transport
        self._handler = handler
        self._body: StreamReader | None = None

    async def send(self, request: bytes) -> None:
        """Let the event loop send *request*."""
        self._transport.write(request)

    async def head(self) -> RawResponseMessage:
        """Return the beginning of the answer that counts."""
        while True:
            head, body = await self._handler.read()
            if _counts(head):
                self._body = body
                return head

    async def read(self, into: Body) -> None:
        """Read the body of that answer to its end."""
        body = self._body
        assert body is not None  # noqa: S101  # its head came first
        self._watch(body)
        async for piece in body.iter_any():
            into.feed(piece)

    def close(self) -> None:
        """Say goodbye and hang up."""
        self._transport.close()

    def _watch(self, body: StreamReader) -> None:
        """End the wait for a body whose framing turns out wrong.

        aiohttp closes such a connection and lets the reader wait for ever.
        """
        closed = None if body.is_eof() else self._handler.closed
        if closed is None:
            return

        def end(gone: asyncio.Future[None]) -> None:
            if not gone.cancelled():
                gone.exception()  # told by other means; unread, it would be logged as forgotten
            if not body.is_eof() and body.exception() is None:
                body.set_exception(framed_wrongly())

        closed.add_done_callback(end)


def handler(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    """Return what reads one answer, and leaves its body as it was sent."""
    made = ResponseHandler(loop)
    made.set_response_params(read_until_eof=True, auto_decompress=False, read_bufsize=_AHEAD_BYTES)
    return made


def framed_wrongly() -> ProbeError:
    """Return why a body is given up whose end cannot be told."""
    return ProbeError(ProbeReason.HTTP_PROTOCOL, "the body is framed wrongly")


def _counts(head: RawResponseMessage) -> bool:
    """Return whether *head* is not one of those that only come before: of the kind 1xx.

    As many of them may come as there is time for.
    """
    if head.code == 101:
        raise ProbeError(ProbeReason.HTTP_PROTOCOL, "the peer changed to another protocol")
    return not 100 <= head.code <= 199
