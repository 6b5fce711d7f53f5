"""When a plugin that keeps crashing is not asked any more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

MOST_CRASHES = 3
"""So many crashes open the breaker, and it stays open: only the operator knows what was mended."""

WITHIN_S = 300.0
"""In so many seconds."""


class Breaker:
    """Counts the crashes of one plugin.

    Args:
        monotonic: The time, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._crashes: deque[float] = deque(maxlen=MOST_CRASHES)
        self._opened = False

    @property
    def opened(self) -> bool:
        """Whether the plugin shall not be asked any more."""
        return self._opened

    def crashed(self) -> bool:
        """Note a crash; return whether it is the one that opens the breaker."""
        self._crashes.append(self._monotonic())
        many = len(self._crashes) == MOST_CRASHES
        opens = not self._opened and many and self._crashes[-1] - self._crashes[0] <= WITHIN_S
        self._opened = self._opened or opens
        return opens
