"""The host's side of one worker: what it was asked, what it says, what it prints, how it ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from director.isolation.codec import CodecError, packed, unpacked
from director.isolation.ends import drained, given, given_all, shut, taken
from director.isolation.forks import Forked
from director.isolation.frames import CHUNK, FrameError, Frames, framed
from director.isolation.printed import Printed
from director.isolation.report import report_of
from director.model.value import dataclass

MOST_WAITING_BYTES = 4 << 20
"""How much may wait to be sent before nothing more is taken."""

MOST_LISTS = 10_000
"""What one message may hold; the longest answer has fifty pieces of evidence with fifty facts."""

_PIPE_CHUNK = 64 << 10


@dataclass(frozen=True, slots=True)
class Lost:
    """A run whose worker will not say what came of it.

    Attributes:
        code: What became of the worker, as a machine word.
        detail: The same in one sentence.
    """

    code: str
    detail: str


@dataclass(slots=True, eq=False)
class Run:
    """One check that a worker examines.

    Attributes:
        number: Counted from 1 over all runs of a worker.
        ended: The worker's last word on it, plain JSON, or ``Lost``.
        ask: Takes its questions to the host's probe.
        deadline_s: How long it may take, in seconds.
    """

    number: int
    ended: asyncio.Future[Any]
    ask: Callable[[dict[str, Any]], None]
    deadline_s: float


class Worker:
    """One worker process, from its first message to its end.

    Args:
        forked: The host's ends of it.
    """

    def __init__(self, forked: Forked) -> None:
        self.forked = forked
        """The host's ends of it."""
        self.printed = (Printed("stdout"), Printed("stderr"))
        """What it printed."""
        self.runs: dict[int, Run] = {}
        """What it examines now."""
        self.begun = 0
        """How many runs it was asked for."""
        self.retired = False
        """Whether it shall not be asked anything more."""
        self.cause = ""
        """Why it was told to end, as a machine word; empty if it was not."""
        self.fault = ""
        """What was wrong with what it sent, if anything was."""
        self.status: int | None = None
        """How it ended: its exit code, or the number of a signal, negative; None if unknown."""
        self.orphans = 0
        """How many processes it left."""
        self.first: Any = None
        """Its first message, plain JSON; None until it came."""
        self.heard_bytes = 0
        """How much it said."""
        self.gone = asyncio.Event()
        """Set once everything that it started is gone."""
        self._frames = Frames()
        self._outbox = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = True
        self._killed = False
        self._deaf = False
        self._reported = False
        self._came = asyncio.Event()

    # Before there is an event loop, whoever waits for several workers calls these by itself.

    def send_first(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Send the message that it begins with, and wait where that is long."""
        given_all(self.forked.channel, framed(packed(message)))

    def read_channel(self) -> bool:
        """Take what it said; return whether there may be more."""
        if self.fault:
            return False  # Whatever comes after what is no message is none, either.
        data = taken(self.forked.channel, CHUNK)
        if not data:
            return data is None
        self.heard_bytes += len(data)
        try:
            for message in self._frames.feed(data):
                if self.first is not None:
                    _demand_short(message)
                self._hear(unpacked(message))
        except (CodecError, FrameError, TypeError, KeyError, AttributeError) as error:
            self.fault = f"it sent what is no message: {error!s:.200}"
            self.kill("bad_message")
            return False
        return True

    def read_printed(self, printed: Printed, pipe: int) -> bool:
        """Take what it printed; return whether there may be more."""
        data = drained(pipe, _PIPE_CHUNK)
        if data:
            printed.feed(data)
        return data != b""

    def read_report(self) -> bool:
        """Take how it ended; return whether that may still come."""
        data = taken(self.forked.report, CHUNK)
        if data is None:
            return True
        self._reported = True
        if (said := report_of(data)) is not None:
            self.status, self.orphans = said
        return False

    # With an event loop, it is heard as things come.

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let *loop* hear it from now on."""
        if self._loop is not None:
            return
        self._loop = loop
        forked = self.forked
        loop.add_reader(forked.channel, self._on_channel)
        loop.add_reader(forked.report, self._on_report)
        for printed, pipe in zip(self.printed, (forked.output, forked.errors), strict=True):
            loop.add_reader(pipe, self._on_printed, printed, pipe)

    async def first_word(self) -> None:
        """Wait until its first message came, or it ended."""
        await self._came.wait()

    def begin(self, ask: Callable[[dict[str, Any]], None], deadline_s: float) -> Run:
        """Return a new run, which it is not told of yet."""
        self.begun += 1
        run = Run(self.begun, asyncio.get_running_loop().create_future(), ask, deadline_s)
        self.runs[run.number] = run
        return run

    def send(self, message: bytes) -> None:
        """Send *message*, JSON, without waiting."""
        if not self._open or self._loop is None:
            return
        data = framed(message)
        if not self._outbox:
            data = data[given(self.forked.channel, data) :]
            if data:
                self._loop.add_writer(self.forked.channel, self._flush)
        self._outbox += data
        if len(self._outbox) > MOST_WAITING_BYTES and not self._deaf:
            # Who asks without listening to answers is not heard until it does.
            self._deaf = True
            self._loop.remove_reader(self.forked.channel)

    def hang_up(self) -> None:
        """Let it end by itself: it is not asked anything more."""
        self.retired = True
        self.cause = self.cause or "closed"
        if self._open:
            shut(self.forked.channel)

    def kill(self, cause: str) -> None:
        """Have it and all it started killed.

        Args:
            cause: Why, as a machine word.
        """
        self.retired = True
        if self._killed or not self.runs_on:
            return
        self._killed = True
        self.cause = self.cause or cause
        given(self.forked.report, b"K")

    def desert(self, lost: Lost, but: int = 0) -> None:
        """Tell every run that it will not be answered, all *but* the one of that number."""
        for run in tuple(self.runs.values()):
            if run.number != but:
                del self.runs[run.number]
                if not run.ended.done():
                    run.ended.set_result(lost)

    def close(self) -> None:
        """Let go of it; what still runs is killed by its keeper."""
        if not self._open:
            return
        self._open = False
        self.retired = True
        forked = self.forked
        if self._loop is not None and not self._loop.is_closed():
            for reader in (forked.channel, forked.report, forked.output, forked.errors):
                self._loop.remove_reader(reader)
            self._loop.remove_writer(forked.channel)
        forked.close()
        self._came.set()
        self.gone.set()

    @property
    def how(self) -> tuple[str, str]:
        """How it ended: a machine word, and one sentence."""
        if self.fault:
            return "bad_message", self.fault
        if self.cause:
            return self.cause, "it was told to end"
        if self.status is None:
            return "crash:hung_up", "it closed the pipe to its host, or its keeper is gone"
        if self.status < 0:
            name = _signal_name(-self.status)
            return f"crash:{name}", f"its process was ended by {name}"
        return "crash:exit_without_result", f"its process ended with exit code {self.status}"

    @property
    def runs_on(self) -> bool:
        """Whether its keeper has not said yet that it is gone."""
        return self._open and not self._reported

    @property
    def crashed(self) -> bool:
        """Whether it ended otherwise than it was told to."""
        return self.cause in ("", "bad_message")

    def _hear(self, message: dict[str, Any]) -> None:
        if type(message) is not dict:
            raise TypeError(f"it must be an object, got {type(message).__name__}")
        if "run" in message and "ask" not in message:
            run = self.runs.pop(message["run"], None)
            if run is not None and not run.ended.done():
                run.ended.set_result(message)
        elif "ask" in message:
            asking = self.runs.get(message["run"])
            if asking is not None:
                asking.ask(message)
        elif self.first is None:
            self.first = message
            self._came.set()

    def _flush(self) -> None:
        del self._outbox[: given(self.forked.channel, self._outbox)]
        if not self._outbox and self._loop is not None:
            self._loop.remove_writer(self.forked.channel)
            if self._deaf:
                self._deaf = False
                self._loop.add_reader(self.forked.channel, self._on_channel)

    def _on_channel(self) -> None:
        if not self.read_channel() and self._loop is not None:
            self._loop.remove_reader(self.forked.channel)
            # It can serve nobody any more, whatever it still does; its keeper says how it ended,
            # and until then nothing is decided.
            self.retired = True
            shut(self.forked.report)

    def _on_printed(self, printed: Printed, pipe: int) -> None:
        if not self.read_printed(printed, pipe) and self._loop is not None:
            self._loop.remove_reader(pipe)

    def _on_report(self) -> None:
        if self.read_report():
            return
        for printed, pipe in zip(
            self.printed, (self.forked.output, self.forked.errors), strict=True
        ):
            self.read_printed(printed, pipe)  # Its last words are in the pipe.
        self._hear_the_rest()
        self.desert(Lost(*self.how))
        self.close()

    def _hear_the_rest(self) -> None:
        """Take what it said before it ended, as far as somebody waits for it."""
        held = -1
        while self.runs and held != self.heard_bytes:
            held = self.heard_bytes
            if not self.read_channel():
                return


def _demand_short(message: bytes) -> None:
    """Return if *message* can be read without holding up the event loop.

    Raises:
        FrameError: It is made of more lists than an answer can have.
    """
    lists = message.count(b"[")
    if lists > MOST_LISTS:
        raise FrameError(f"a message must have at most {MOST_LISTS} lists, got {lists}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal_{number}"
