"""Finds the run that holds up its neighbours in a worker, whatever the worker says."""

from __future__ import annotations

import asyncio
from time import monotonic

from director.isolation.marker import NOBODY
from director.isolation.worker import Lost, Worker

EVERY_S = 0.1
"""How often it looks, in seconds."""

MOST_PATIENCE_S = 1.0
"""How long a run may hold up others, in seconds; less where a deadline is near."""

_SHARE = 4

_MOVED = Lost("held_up", "another check of its plugin held up the process that they shared")


class Vigil:
    """Looks at one worker while it has runs.

    Where one run does not give the others their turn, they are moved; it keeps the worker to
    itself and has what is left of its time.

    Args:
        worker: Whom to look at.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._looks = False
        self._since = 0.0

    def begin(self) -> None:
        """Look from now on, as long as there are runs."""
        if not self._looks:
            self._looks = True
            self._since = monotonic()
            asyncio.get_running_loop().call_later(EVERY_S, self._look)

    def _look(self) -> None:
        worker = self._worker
        self._looks = bool(worker.runs) and worker.runs_on
        if not self._looks:
            return
        asyncio.get_running_loop().call_later(EVERY_S, self._look)
        if len(worker.runs) == 1:
            return  # It holds up nobody but itself.
        least_s = min(run.deadline_s for run in worker.runs.values())
        patience_s = min(MOST_PATIENCE_S, least_s / _SHARE)
        marker, now = worker.forked.marker, monotonic()
        at_work, since = marker.at_work, marker.since
        if at_work != NOBODY:
            if now - since > patience_s:
                worker.retired = True
                worker.desert(_MOVED, but=at_work)
        elif now - max(marker.beaten, self._since) > patience_s + EVERY_S:
            # Something that belongs to no run holds them all up.
            worker.desert(_MOVED)
            worker.kill("held_up")
