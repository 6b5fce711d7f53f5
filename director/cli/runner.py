"""Run one coroutine to its end, whatever signals and stubborn tasks come between."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine

from director.cli.exits import Exit

_LAST_WORDS_S = 1.0
"""How long tasks that are left at the end may take to stop, in seconds."""

_EXITS = {signal.SIGINT: Exit.SIGINT, signal.SIGTERM: Exit.SIGTERM}


class Interruption:
    """Tells whoever asks that a signal came, and calls back once when it does."""

    def __init__(self) -> None:
        self.exit: Exit | None = None
        self.on_signal: Callable[[], None] = lambda: None

    def catch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen for SIGINT and SIGTERM; the second one ends the process at once."""
        for number in _EXITS:
            loop.add_signal_handler(number, self._came, number)

    def _came(self, number: signal.Signals) -> None:
        if self.exit is not None:
            os._exit(self.exit)
        self.exit = _EXITS[number]
        self.on_signal()


def run(main: Callable[[Interruption], Coroutine[None, None, int]]) -> int:
    """Run *main* in a loop of its own and return its exit code.

    A task that will not stop does not keep us: it is told to, and left behind.
    """
    loop = asyncio.new_event_loop()
    interruption = Interruption()
    interruption.catch(loop)
    try:
        return loop.run_until_complete(main(interruption))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_LAST_WORDS_S))
        loop.run_until_complete(loop.shutdown_asyncgens())
        if not asyncio.all_tasks(loop):
            # A loop with a running task is left as it is: closing it would only complain.
            loop.close()
