"""Run one coroutine to its end, whatever signals and stubborn tasks come between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import click

from director.cli.interruption import Interruption
from director.cli.say import say

__all__ = ["Interruption", "run"]

_LAST_WORDS_S = 1.0
"""How long tasks that are left at the end may take to stop, in seconds."""


def run(main: Callable[[Interruption], Coroutine[None, None, int]]) -> int:
    """Run *main* in a loop of its own and return its exit code.

    A signal cancels it, unless it takes over ``on_signal`` before it first waits. A task that
    will not stop does not keep us: it is told to, and left behind.
    """
    interruption = _interruption()
    loop = asyncio.new_event_loop()
    interruption.listen(loop)
    try:
        task = loop.create_task(main(interruption))
        interruption.on_signal = task.cancel
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        if interruption.exit is None:
            raise
        say(str(interruption))
        return interruption.exit
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_LAST_WORDS_S))
        loop.run_until_complete(loop.shutdown_asyncgens())
        interruption.ignore(loop)
        if not asyncio.all_tasks(loop):
            # A loop with a running task is left as it is: closing it would only complain.
            loop.close()


def _interruption() -> Interruption:
    """Return what ``main`` watches signals with; where nobody watches, no signal comes."""
    ctx = click.get_current_context(silent=True)
    return (ctx and ctx.find_object(Interruption)) or Interruption()
