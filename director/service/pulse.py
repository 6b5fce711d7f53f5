"""How late our own event loop is: whoever is late himself cannot say that others are."""

from __future__ import annotations

import asyncio
from collections import deque

from director.ports import Clock

_BEAT_S = 0.25
_KEPT = 240
"""How many beats are remembered: a minute."""


class Pulse:
    """Measures how late the event loop does what it should do now.

    Args:
        clock: Where time comes from; its monotonic line must be the loop's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._next_s = float("inf")

    @property
    def lag_s(self) -> float:
        """The worst lag in the last minute, in seconds."""
        return max((lag for _, lag in self._beats), default=0.0)

    def lag_since(self, monotonic_s: float) -> float:
        """Return the worst lag since a moment of the monotonic clock, in seconds.

        What the loop is late with right now counts, too.
        """
        worst = max((lag for at, lag in self._beats if at >= monotonic_s), default=0.0)
        return max(worst, self._clock.monotonic() - self._next_s)

    async def run(self) -> None:
        """Measure until it is cancelled."""
        while True:
            self._next_s = self._clock.monotonic() + _BEAT_S
            await asyncio.sleep(_BEAT_S)
            now_s = self._clock.monotonic()
            self._beats.append((now_s, max(now_s - self._next_s, 0.0)))
