"""What SIGINT and SIGTERM do, from the first moment of the command to its last."""

from __future__ import annotations

import atexit
import os
import select
import signal

from director.cli.exits import Exit

TYPE_CHECKING = False
"""As in typing, which takes longer to import than a signal waits."""

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import FrameType

_NOTICE_S = 3.0
"""How long the loop may take to notice a signal, in seconds."""

_ENDING_S = 6.0
"""How long what the loop then does usually takes at most, in seconds: report, log and store."""

_EXITS = {signal.SIGINT: Exit.SIGINT, signal.SIGTERM: Exit.SIGTERM}


class Interruption:
    """Ends the process when a signal comes, in good order where a loop listens.

    Before and after a loop there is nothing to put in order, so the process ends at once. A loop
    that listens is told, and has a bounded time; if it stands still, or if a second signal comes,
    the process ends at once. There is no moment at which a signal is lost.

    Attributes:
        exit: The exit code of the first signal that came; None if none did.
        on_signal: What the loop calls once when a signal came.
        ending_s: How long what the loop then does may take, in seconds.
    """

    def __init__(self) -> None:
        self.exit: Exit | None = None
        self.ending_s = _ENDING_S
        self.on_signal: Callable[[], object] = lambda: None
        self._pipe: tuple[int, int] | None = None

    def watch(self) -> None:
        """Take charge of both signals; must be called in the main thread."""
        for number in _EXITS:
            signal.signal(number, self._came)
        # The first that is registered is the last to be called. After it the interpreter would
        # leave both signals to the system, whose way of ending has no exit code.
        atexit.register(self._rest)

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell *loop* of signals from now on."""
        # The handlers of asyncio would not do: a write that a reader holds up is resumed without
        # them, and closing the loop leaves a moment in which SIGTERM kills.
        reading, writing = self._pipe = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        loop.add_reader(reading, self._notice)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def ignore(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell *loop* no more: it has come to its end."""
        if self._pipe is not None:
            (reading, writing), self._pipe = self._pipe, None
            signal.set_wakeup_fd(-1)
            loop.remove_reader(reading)
            os.close(reading)
            os.close(writing)

    def obeyed(self) -> None:
        """Take note that a signal was what the command waited for, and everything is in order."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.exit = None

    def __str__(self) -> str:
        """Return the line for people."""
        return f"interrupted by {self.exit.name if self.exit else 'nobody'}"

    def _rest(self) -> None:
        """Let no signal change an exit code that is settled."""
        for number in _EXITS:
            signal.signal(number, signal.SIG_IGN)

    def _came(self, number: int, _: FrameType | None) -> None:
        again = self.exit is not None
        self.exit = self.exit or _EXITS[signal.Signals(number)]
        if again or self._pipe is None:
            self._end()
        signal.signal(signal.SIGALRM, self._late)
        signal.setitimer(signal.ITIMER_REAL, _NOTICE_S)

    def _notice(self) -> None:
        if self._pipe is not None:
            os.read(self._pipe[0], 64)
        if self.exit is not None:
            signal.setitimer(signal.ITIMER_REAL, self.ending_s)
            on_signal, self.on_signal = self.on_signal, lambda: None
            on_signal()

    def _late(self, _: int, __: FrameType | None) -> None:
        self._end()

    def _end(self) -> None:
        """End the process at once; a stderr that has no room does not hold it."""
        more = ": not everything was reported" if self._pipe else ""
        stderr = select.poll()
        stderr.register(2, select.POLLOUT)
        try:
            if stderr.poll(0):
                os.write(2, f"{self}{more}\n".encode())
        finally:
            os._exit(self.exit or Exit.UNDECIDED)
