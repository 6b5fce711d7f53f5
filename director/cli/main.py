"""The first and the last edge of the command: signals, standard streams, and the exit."""

from __future__ import annotations

import os
import sys
import time

from director.cli.exits import Exit
from director.cli.interruption import Interruption

_LEFT_BEHIND_S = 0.5
"""How long threads that should have ended are waited for, in seconds."""


def main() -> None:
    """Run the director command and exit with a code of ``director.cli.exits.Exit``."""
    interruption = Interruption()
    interruption.watch()
    # Everything that takes its time to import comes after this line.
    code = _run(interruption)
    _leave(interruption.exit or code)


def _run(interruption: Interruption) -> int:
    """Return the exit code; an installation that is broken is no closed gate either."""
    try:
        from director.cli.outlet import guard_streams  # noqa: PLC0415  # after the signals

        guard_streams()
        from director.cli.commands import call  # noqa: PLC0415  # after the signals

        return call(interruption)
    except BaseException as error:  # noqa: BLE001  # the last edge
        from director.cli.say import say_internal  # noqa: PLC0415  # after the signals

        say_internal(error)
        return Exit.UNDECIDED


def _leave(code: int) -> None:
    """Exit with *code*, and do not wait for threads that a stuck name server or plugin holds."""
    import threading  # noqa: PLC0415  # after the signals

    until = time.monotonic() + _LEFT_BEHIND_S
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(until - time.monotonic(), 0))
            if thread.is_alive():
                os._exit(code)
    sys.exit(code)
