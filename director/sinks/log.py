"""The log: a bounded queue, and one thread that renders and writes."""

from __future__ import annotations

import asyncio
import os
import queue
import select
import stat
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeAlias

from director.model.event import Event, Stamp
from director.model.value import dataclass
from director.sinks.log_file import LogFile
from director.sinks.render import Emitter, Encoder, Loss, sibling

_PIECE_BYTES = 4_096
"""Bytes per write: as many as a pipe takes in one piece beside other writers."""

_FILE_BYTES = 65_536
"""Bytes per write to a file, which takes any number of them in one piece."""

_GATHER_S = 0.02
"""How long the writer lets events gather after it wrote.

Woken for each event, it would take the interpreter from the probes each time.
"""

_AGAIN_S = 1.0
"""How long after a file took no more it is tried again, in seconds."""

_LOOK_UP_MS = 100
"""How often a writer that waits for a reader looks up whether it still should."""

_Entry: TypeAlias = "tuple[Event | Loss, int] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How much the log may hold, and how long it may take.

    Attributes:
        queue_events: Events that may wait to be written.
        patience_s: How long the engine waits for room before an event is dropped, in seconds.
        flush_s: How long closing waits for what is queued, in seconds.
        secrets: Values that must not appear in any line.
        names: Under whose names lines are written: ``director``, ``ecs`` or ``otel``.
    """

    queue_events: int = 10_000
    patience_s: float = 1.0
    flush_s: float = 2.0
    secrets: tuple[str, ...] = ()
    names: str = "director"


def encode_event(event: Event, seq: int, emitter: Emitter, secrets: tuple[str, ...] = ()) -> bytes:
    """Return the line of one event with its newline, without a thread; never raises.

    Args:
        event: What happened.
        seq: Its number among the events of this instance, from 1.
        emitter: Who writes the line.
        secrets: Values that must not appear in it.
    """
    return Encoder(emitter, secrets).encode(event, seq)


def _encoder(emitter: Emitter, settings: LogSettings) -> Encoder:
    if settings.names == "director":
        return Encoder(emitter, settings.secrets)
    from director.sinks.renamed import RENAMINGS, RenamingEncoder  # noqa: PLC0415  # on demand

    return RenamingEncoder(emitter, settings.secrets, RENAMINGS[settings.names])


class _Chunk:
    """A few lines that are written at once."""

    def __init__(self) -> None:
        self.data = b""
        self._events: list[int] = []

    def add(self, line: bytes, *, events: int) -> None:
        """Add *line*, which stands for so many events: a line about losses is none."""
        self.data += line
        self._events.append(events)

    def events_in(self, written_bytes: int) -> int:
        """Return how many events have their whole line in the first *written_bytes*."""
        return sum(self._events[: self.data.count(b"\n", 0, written_bytes)])


class LogSink:
    """Writes one line per event to a file descriptor.

    Whoever reads the log cannot harm the Director: if the reader stalls, events are lost and
    counted; if it goes away or the disk is full, the log ends and what follows is counted. Each
    lost event leaves a gap in ``director.seq``. A file is followed where it is moved away, and
    what a full disk does not take is tried again until closing.

    Args:
        descriptor: Where to write; the sink owns it and closes it. One that is not open is a
            log that nobody reads.
        emitter: Who writes the lines.
        settings: How much it may hold, and how long it may take.
        file: The file that the descriptor is of; None if it is none.
    """

    name = "log"

    def __init__(
        self,
        descriptor: int,
        emitter: Emitter,
        settings: LogSettings | None = None,
        file: LogFile | None = None,
    ) -> None:
        self._descriptor = descriptor
        self._file = file
        self._settings = settings or LogSettings()
        self._encoder = _encoder(emitter, self._settings)
        self._queue: queue.SimpleQueue[_Entry] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._finished: Future[None] = Future()
        self._finished.set_running_or_notify_cancel()
        self._seq = 0
        self._accepted = 0
        self._written = 0
        self._refused = 0
        self._unreported = 0
        self._last_lost: Stamp | None = None
        self._stalled = False
        self._over = False
        self._closing = threading.Event()

    @property
    def patience_s(self) -> float:
        """How long to wait for room, in seconds; 0 while waiting was in vain."""
        return 0.0 if self._stalled or self._over else self._settings.patience_s

    @property
    def dropped(self) -> int:
        """How many lines were lost so far."""
        with self._lock:
            return self._refused + (self._accepted - self._written if self._over else 0)

    def offer(self, event: Event) -> bool:
        """Take *event* without blocking; return False if there is no room."""
        with self._lock:
            if self._over or self._queue.qsize() >= self._settings.queue_events:
                return False
            if self._unreported:
                self._report()
            self._seq += 1
            self._accepted += 1
            self._queue.put((event, self._seq))
            if self._thread is None:
                self._start()
        return True

    def drop(self, event: Event) -> None:
        """Note that *event* was lost, and leave its number out."""
        with self._lock:
            self._refused += 1
            self._seq += 1
            self._unreported += 1
            self._last_lost = event.stamp
            self._stalled = True

    async def close(self) -> None:
        """Write what was taken, for at most ``flush_s``, and count the rest as lost."""
        with self._lock:
            if self._unreported and not self._over:
                self._report()
            self._queue.put(None)
            self._closing.set()
            if self._thread is None:
                self._start()
        waiter = asyncio.wrap_future(self._finished)
        try:
            await asyncio.wait({waiter}, timeout=self._settings.flush_s)
        finally:
            waiter.cancel()
            self._over = True

    def _start(self) -> None:
        # A daemon, as nothing can wake a thread that writes to a pipe nobody reads.
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def _report(self) -> None:
        """Say what was lost, where in the order it was lost."""
        if self._last_lost is not None:
            self._seq += 1
            self._queue.put((Loss(sibling(self._last_lost), self._unreported), self._seq))
            self._unreported = 0

    def _run(self) -> None:
        try:
            self._write_all()
        finally:
            self._over = True
            with suppress(OSError):
                os.close(self._descriptor)
            self._finished.set_result(None)

    def _write_all(self) -> None:
        longest = _FILE_BYTES if _is_file(self._descriptor) else _PIECE_BYTES
        chunk = _Chunk()
        while (entry := self._queue.get()) is not None:
            if self._over:
                continue
            what, seq = entry
            line = self._encode(what, seq)
            if len(chunk.data) + len(line) > longest:
                self._write(chunk)
                chunk = _Chunk()
            chunk.add(line, events=0 if isinstance(what, Loss) else 1)
            if self._queue.empty():
                self._write(chunk)
                chunk = _Chunk()
                self._report_if_idle()
                self._closing.wait(_GATHER_S)
        self._write(chunk)

    def _encode(self, what: Event | Loss, seq: int) -> bytes:
        if isinstance(what, Loss):
            return self._encoder.encode_loss(what, seq)
        return self._encoder.encode(what, seq)

    def _report_if_idle(self) -> None:
        """Say what was lost even if no other event follows."""
        with self._lock:
            if self._unreported and self._queue.empty() and not self._over:
                self._report()

    def _write(self, chunk: _Chunk) -> None:
        """Write whole lines; what cannot be written ends the log, unless it is a file."""
        data, done = chunk.data, 0
        while done < len(data) and not self._over:
            if self._file is not None:
                done = self._followed(self._file, data, done)
            try:
                done += os.write(self._descriptor, data[done:])
            except BlockingIOError:
                self._await_reader()
            except OSError:
                lasting = self._file is not None and _is_file(self._descriptor)
                self._over = not lasting or self._closing.wait(_AGAIN_S)
        self._written += chunk.events_in(done)
        self._stalled = False

    def _followed(self, file: LogFile, data: bytes, done: int) -> int:
        """Write where the file is now; return how much of *data* is done: of whole lines there."""
        descriptor = file.follow(self._descriptor)
        if descriptor == self._descriptor:
            return done
        self._descriptor = descriptor
        return data.rfind(b"\n", 0, done) + 1

    def _await_reader(self) -> None:
        """Wait for room in a descriptor that somebody else has made non-blocking."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while not self._over and not poll.poll(_LOOK_UP_MS):
            pass


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False
