"""Kills everything that a worker left behind, and counts it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

PATIENCE_S = 2.0
"""How long what was killed may take to be gone, in seconds."""

_PAUSE_S = 0.001


def sweep(worker: int, *, alone: bool) -> int:
    """Kill every descendant of this process, reap it, and return how many there were.

    Args:
        worker: The worker, which is killed as well and not counted; it may be gone already.
        alone: Whether this process is the first of a namespace, so that everything else in it
            descends from it.
    """
    until = time.monotonic() + PATIENCE_S
    killed: set[int] = set()
    while time.monotonic() < until:
        if alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(worker, signal.SIGKILL)  # Its session's first group has its number.
            for pid in _descendants():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        try:
            while (reaped := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                killed.add(reaped)
        except ChildProcessError:
            break
        time.sleep(_PAUSE_S)
    return len(killed - {worker})


def _descendants() -> list[int]:
    """Return all descendants of this process, where the kernel shows them; else nothing.

    Orphans among them are children of this process, which adopts them.
    """
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name of a program may hold anything, and ends at the last parenthesis.
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found
