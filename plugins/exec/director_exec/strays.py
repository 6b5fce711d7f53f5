"""Processes that a program started and left: found by what /proc shows, and ended.

Where there is no /proc, nothing is found; the program's process group is ended all the same.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_ROUNDS = 20
"""How often to look again: what is being ended may start something meanwhile."""


def end_group(leader: int) -> None:
    """End every process of the group that *leader* leads, if there is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_strays(mark: str, known: Iterable[int] = ()) -> None:
    """End the processes *known*, and all in whose environment the text *mark* stands.

    Those that left the session and those whose parent is gone among them; not those that run
    as somebody else, or have cleared their environment and lost their parent.
    """
    ended: set[int] = set()
    found = {*known, *_marked(mark)}
    for _ in range(_ROUNDS):
        for pid in found - ended:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        ended |= found
        found = _marked(mark) - ended
        if not found:
            return


def descendants(root: int) -> frozenset[int]:
    """Return the processes that *root* started, those that they started, and so on."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        with suppress(OSError, ValueError, IndexError):
            # The second field is the name in brackets, which may hold anything.
            stat = (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        new = [pid for pid in children.get(waiting.pop(), ()) if pid not in found]
        found.update(new)
        waiting += new
    return frozenset(found)


def _marked(mark: str) -> set[int]:
    wanted = mark.encode()
    found: set[int] = set()
    for pid in _pids():
        with suppress(OSError):
            if wanted in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.add(pid)
    return found


def _pids() -> list[int]:
    try:
        return [int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdecimal()]
    except OSError:
        return []
