"""How often somebody may ask: so many times in a minute, the window gliding."""

from __future__ import annotations

import math
from collections import OrderedDict

MINUTE_S = 60.0
_MOST_KNOWN = 10_000


class Rate:
    """Counts what each of many does, and says when it is too much.

    It is the generic cell rate algorithm: a burst of *per_min* is allowed at once, and room comes
    back evenly over a minute. What is kept of somebody is one number, and of those who were quiet
    for longest it is forgotten.

    Args:
        per_min: How many in a minute.
    """

    def __init__(self, per_min: int) -> None:
        self._step_s = MINUTE_S / per_min
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, who: str, now_s: float) -> float:
        """Return how long *who* must wait before the next, in seconds; 0 if not at all."""
        ahead_s = self._full_at.get(who, now_s) - now_s + self._step_s - MINUTE_S
        # Many small steps add up to a little more or less than a minute.
        return ahead_s if ahead_s > 1e-6 else 0.0

    def count(self, who: str, now_s: float) -> None:
        """Note that *who* did it once more."""
        self._full_at[who] = max(self._full_at.get(who, now_s), now_s) + self._step_s
        self._full_at.move_to_end(who)
        while len(self._full_at) > _MOST_KNOWN:
            self._full_at.popitem(last=False)

    def take(self, who: str, now_s: float) -> float:
        """Count one more if there is room, and return 0; else how long to wait, in seconds."""
        wait_s = self.wait_s(who, now_s)
        if not wait_s:
            self.count(who, now_s)
        return wait_s


def retry_after(wait_s: float) -> dict[str, str]:
    """Return the header that says how long to wait, in whole seconds."""
    return {"Retry-After": str(max(1, math.ceil(wait_s)))}
