"""How long a client may take, and how many there may be: aiohttp's server has no such limits.

Each connection stands in a crowd, in front of the protocol of aiohttp, which it passes everything
on to. It waits for the client, from the first byte of a request to the last of its head, from
there to the last of its body, and from one request to the next; each wait has its deadline. When
the crowd is full, whoever has kept us waiting for longest makes room for who comes new: a thousand
slow clients cost each other their places, and not those who ask and go.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import Enum, auto

from aiohttp import web

from director.web.front import Limits
from director.web.problems import Handler

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class Wait(Enum):
    """What is waited for."""

    HEAD = auto()
    BODY = auto()
    NEXT = auto()
    NOTHING = auto()
    """The client waits for us."""


class Crowd:
    """Everybody who is connected.

    Args:
        limits: How many there may be, and how long they may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.patience_s = {
            Wait.HEAD: limits.header_s,
            Wait.BODY: limits.body_s,
            Wait.NEXT: limits.idle_s,
        }
        self._guests: dict[asyncio.BaseTransport, Guest] = {}
        self._addresses: Counter[str] = Counter()
        self._waiting: OrderedDict[Guest, None] = OrderedDict()
        self.turned_away = 0

    @property
    def size(self) -> int:
        """How many are connected."""
        return len(self._guests)

    def guest(self, transport: asyncio.BaseTransport | None) -> Guest | None:
        """Return who is connected by *transport*, or None."""
        return None if transport is None else self._guests.get(transport)

    def enter(self, guest: Guest, transport: asyncio.Transport) -> bool:
        """Let *guest* in, if there is room or somebody makes some; return whether."""
        limits, address = self.limits, guest.address
        alone = limits.connections_per_address
        if alone and self._addresses[address] >= alone and not self._make_room(address):
            self.turned_away += 1
            return False
        if len(self._guests) >= limits.connections and not self._make_room(None):
            self.turned_away += 1
            return False
        self._guests[transport] = guest
        self._addresses[address] += 1
        return True

    def leave(self, guest: Guest, transport: asyncio.BaseTransport) -> None:
        """Let *guest* go."""
        self._waiting.pop(guest, None)
        if self._guests.pop(transport, None) is not None:
            self._addresses[guest.address] -= 1
            if not self._addresses[guest.address]:
                del self._addresses[guest.address]

    def note(self, guest: Guest, *, waits: bool) -> None:
        """Note whether we wait for *guest*, from now on."""
        self._waiting.pop(guest, None)
        if waits:
            self._waiting[guest] = None

    def _make_room(self, address: str | None) -> bool:
        """Send away who has kept us waiting for longest, from *address* if one is given."""
        for guest in self._waiting:
            if address is None or guest.address == address:
                guest.send_away()
                return True
        return False


class Guest(asyncio.Protocol):
    """One connection.

    Args:
        crowd: Who else is connected.
        inner: What speaks HTTP with it.
    """

    def __init__(self, crowd: Crowd, inner: asyncio.Protocol) -> None:
        self._crowd = crowd
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wait = Wait.NOTHING
        self._unsent = 0
        self._admitted = False
        self._gone = False
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enter the crowd, and begin to wait for a request."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # it is a stream
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
        self._admitted = self._crowd.enter(self, transport)
        if not self._admitted:
            transport.write(_FULL)
            transport.close()
            return
        self._inner.connection_made(transport)
        self.wait_for(Wait.HEAD)

    def data_received(self, data: bytes) -> None:
        """Pass *data* on; with the first of it a new request begins."""
        if not self._admitted:
            return
        if self._wait is Wait.NEXT:
            self.wait_for(Wait.HEAD)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received() if self._admitted else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the crowd."""
        self.wait_for(Wait.NOTHING)
        self._gone = True
        if self._transport is not None:
            self._crowd.leave(self, self._transport)
        if self._admitted:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()

    def wait_for(self, what: Wait) -> None:
        """Wait for *what* from now on; of who is gone, nothing is waited for."""
        if self._gone:
            return
        self._wait = what
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._crowd.note(self, waits=what is not Wait.NOTHING)
        if what is not Wait.NOTHING:
            self._unsent = self._buffered()
            self._arm(self._crowd.patience_s[what])

    def has_sent_all(self) -> None:
        """Note that the body is here."""
        if self._wait is Wait.BODY:
            self.wait_for(Wait.NOTHING)

    def send_away(self) -> None:
        """Close the connection, whatever is in it."""
        self.wait_for(Wait.NOTHING)
        self._gone = True
        if self._transport is not None:
            # The place is free at once; asyncio tells of the end only later.
            self._crowd.leave(self, self._transport)
            self._transport.abort()

    def _arm(self, patience_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(patience_s, self._expire)

    def _expire(self) -> None:
        left = self._buffered()
        if self._wait is Wait.NEXT and 0 < left < self._unsent:
            # It reads a long answer slowly, but it reads.
            self._unsent = left
            self._arm(self._crowd.patience_s[Wait.NEXT])
            return
        self.send_away()

    def _buffered(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0


CROWD = web.AppKey("crowd", Crowd)
"""Where the application keeps its crowd."""


@web.middleware
async def patience(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Wait for the body of the request, then for nothing, then for the next one."""
    guest = request.app[CROWD].guest(request.transport)
    if guest is None:
        return await handler(request)  # A test's own server has no crowd.
    if request.content.is_eof():
        guest.wait_for(Wait.NOTHING)
    else:
        guest.wait_for(Wait.BODY)
        request.content.on_eof(guest.has_sent_all)
    try:
        return await handler(request)
    finally:
        guest.wait_for(Wait.NEXT)


def in_front(crowd: Crowd, make: Callable[[], asyncio.Protocol]) -> Callable[[], Guest]:
    """Return what makes a protocol of *crowd* in front of each that *make* makes."""
    return lambda: Guest(crowd, make())
