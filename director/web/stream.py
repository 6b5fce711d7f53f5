"""Who listens to events: a sink that renders each event once, for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from director import __version__
from director.model.event import Event
from director.model.ledger import Entry
from director.model.service_event import Spot
from director.model.value import dataclass
from director.sinks.render import Emitter, Encoder
from director.web.identity import Identity

_RING = 1_000
"""How many events a listener may have missed and still be told of."""

_QUEUE = 256
"""How many events may wait for a listener; one that is slower than that is dropped."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as listeners are told of it.

    Attributes:
        id: The event's ULID.
        service: Which service it is about; empty if it is about none, which only those hear who
            may see every service.
        data: The whole of it, as server-sent events have it.
    """

    id: str
    service: str
    data: bytes


class Listener:
    """Somebody who listens.

    Args:
        identity: Who: they hear of services that are theirs.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self.over = False

    def hear(self, told: Told) -> None:
        """Let *told* wait for them, if it is theirs to hear."""
        theirs = self._identity.sees(told.service) if told.service else self._identity.sees_all
        if theirs and not self.over:
            self.push(told.data)

    def push(self, data: bytes) -> None:
        """Let *data* wait for them; if too much waits already, they are dropped."""
        if len(self._waiting) >= _QUEUE:
            self.end()
            return
        self._waiting.append(data)
        self._wake.set()

    def end(self) -> None:
        """Let them hear nothing more."""
        self.over = True
        self._wake.set()

    async def pieces(self, look_s: float) -> AsyncIterator[bytes]:
        """Yield what to send them, all that waits at once; nothing when nothing happens.

        Args:
            look_s: How long nothing may happen before nothing is yielded, in seconds.
        """
        while not self.over:
            if self._waiting:
                data = b"".join(self._waiting)
                self._waiting.clear()
                yield data
                continue
            self._wake.clear()
            try:
                async with asyncio.timeout(look_s):
                    await self._wake.wait()
            except TimeoutError:
                yield b""


class Stream:
    """A sink that everybody may listen to.

    It never blocks and never loses an event of its own: what a listener misses is the listener's
    loss, who is told so when it comes again. What is told of an event is its line of the log,
    masked and bounded as there; ``director.seq`` counts what this stream has told.

    Args:
        instance: Which running Director; the stream is an instance of its own.
        secrets: Values that must not appear in anything that is told.
    """

    def __init__(self, instance: str = "director", secrets: tuple[str, ...] = ()) -> None:
        emitter = Emitter(version=__version__, instance=f"{instance}-stream")
        self._encoder = Encoder(emitter, secrets)
        self._ring: deque[Told] = deque(maxlen=_RING)
        self._listeners: set[Listener] = set()
        self._dropped = 0
        self.told = 0
        """How many events were told."""

    @property
    def name(self) -> str:
        """The sink."""
        return "stream"

    @property
    def patience_s(self) -> float:
        """It takes every event at once."""
        return 0.0

    @property
    def dropped(self) -> int:
        """How many events were lost."""
        return self._dropped

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def offer(self, event: Event) -> bool:
        """Take *event*, and let everybody hear of it."""
        self.told += 1
        told = self._rendered(event)
        self._ring.append(told)
        for listener in tuple(self._listeners):
            listener.hear(told)
            if listener.over:
                self._listeners.discard(listener)
        return True

    def drop(self, event: Event) -> None:  # noqa: ARG002  # a sink's signature
        """Note that an event was lost."""
        self._dropped += 1

    async def close(self) -> None:
        """Let nobody listen any more."""
        for listener in tuple(self._listeners):
            listener.end()
        self._listeners.clear()

    def listen(self, identity: Identity, last: str = "") -> Listener:
        """Return a new listener, who is told first what came after the event *last*.

        If that is not known any more, they are told ``reset``: what they have may be old.
        """
        listener = Listener(identity)
        if last:
            for told in self._since(last, listener):
                listener.hear(told)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Let *listener* go."""
        self._listeners.discard(listener)

    def _rendered(self, event: Event) -> Told:
        line = self._encoder.encode(event, self.told)
        head = f"event: {event.name}\nid: {event.stamp.id}\ndata: ".encode()
        return Told(event.stamp.id, _service_of(event), head + line + b"\n")

    def _since(self, last: str, listener: Listener) -> list[Told]:
        kept = list(self._ring)
        for place in range(len(kept) - 1, -1, -1):
            if kept[place].id == last:
                missed = kept[place + 1 :]
                if len(missed) < _QUEUE:
                    return missed
                break
        newest = f"id: {kept[-1].id}\n" if kept else ""
        listener.push(f"event: reset\n{newest}data: {{}}\n\n".encode())
        return []


def _service_of(event: Event) -> str:
    spot = getattr(event, "spot", None) or getattr(event, "subject", None)
    entry = getattr(event, "entry", None)
    if isinstance(spot, Spot):
        return spot.service
    if isinstance(entry, Entry):
        return entry.service
    return str(getattr(spot, "service", ""))
