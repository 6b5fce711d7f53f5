"""Waits for what is due next, and hands it over: on an absolute grid, never in a burst."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heapify, heappop, heappush

from director.ports import Clock
from director.service.timeline import Timeline
from director.service.watch import Watch

_LOOK_S = 1.0
"""How often the wall clock is held against the monotonic one, in seconds."""

_LEAST_CLEARED = 1024
"""So many plans that were made anew are not worth the clearing."""


class Scheduler:
    """Keeps the next due of every watch.

    Args:
        clock: Where time comes from; its monotonic line must be the loop's.
        fire: Told of each watch that is due, and when it was, in seconds since the epoch. It plans
            the next due itself, with ``plan``.
        stepped: Told by how many seconds the wall clock stepped.
    """

    def __init__(
        self,
        clock: Clock,
        fire: Callable[[Watch, float], None],
        stepped: Callable[[float], None],
    ) -> None:
        self.timeline = Timeline(clock)
        self._fire = fire
        self._stepped = stepped
        self._heap: list[tuple[float, int, int, Watch]] = []
        self._number = 0
        self._stale = 0
        self._wake = asyncio.Event()

    def plan(self, watch: Watch, due_s: float | None) -> None:
        """Look at *watch* at *due_s*, in seconds since the epoch, and at no other time.

        Args:
            watch: Which.
            due_s: When; None for not until it is planned again.
        """
        self._stale += watch.due_s is not None
        watch.turn += 1
        watch.due_s = due_s
        if due_s is None:
            return
        self._number += 1
        heappush(self._heap, (due_s, self._number, watch.turn, watch))
        if self._heap[0][3] is watch:
            self._wake.set()
        if self._stale > max(len(self._heap) // 2, _LEAST_CLEARED):
            self._clear()

    async def run(self) -> None:
        """Hand over what is due until it is cancelled."""
        looked_s = self.timeline.now_s()
        while True:
            now_s = self.timeline.now_s()
            if now_s - looked_s >= _LOOK_S:
                step_s = self.timeline.step_s()
                now_s = looked_s = self.timeline.now_s()
                if step_s:
                    self._stepped(step_s)
            self._hand_over(now_s)
            wait_s = _LOOK_S
            if self._heap:
                wait_s = min(max(self._heap[0][0] - self.timeline.now_s(), 0.0), _LOOK_S)
            self._wake.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass  # Something is due, or the clocks are to be looked at.

    def _hand_over(self, now_s: float) -> None:
        while self._heap and self._heap[0][0] <= now_s:
            due_s, _, turn, watch = heappop(self._heap)
            if turn != watch.turn:
                self._stale -= 1
                continue
            watch.due_s = None
            self._fire(watch, due_s)

    def _clear(self) -> None:
        """Forget plans that were made anew since."""
        self._heap = [each for each in self._heap if each[2] == each[3].turn]
        heapify(self._heap)
        self._stale = 0
