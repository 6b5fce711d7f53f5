"""The wall clock as scheduling needs it: it runs at the pace of the monotonic one."""

from __future__ import annotations

from director.ports import Clock

STEP_S = 1.0
"""From how far on the two clocks are held to be apart: a step, or a machine that slept."""


class Timeline:
    """Seconds since the epoch that no step of the wall clock touches until somebody looks.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall_s = clock.now().timestamp()
        self._started_s = clock.monotonic()

    def now_s(self) -> float:
        """Return seconds since the epoch."""
        return self._wall_s + self._clock.monotonic() - self._started_s

    def step_s(self) -> float:
        """Return how far the wall clock stepped, in seconds, and go by it from now on.

        Zero for less than a second: that much every clock is corrected while it runs. Forward is
        positive; so is a machine that slept, as its monotonic clock stood still.
        """
        before_s, wall_s = self.now_s(), self._clock.now().timestamp()
        step_s = wall_s - before_s
        if abs(step_s) < STEP_S:
            return 0.0
        self._wall_s, self._started_s = wall_s, self._clock.monotonic()
        return step_s
