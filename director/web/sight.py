"""What is seen of every target, looked at seldom enough for any number of readers."""

from __future__ import annotations

import math
from collections.abc import Callable

from aiohttp import web

from director.model.service import Watched
from director.ports.service import Daemon

_OLDEST_S = 0.25
"""How long what was seen may be shown where nothing was told meanwhile, in seconds."""

_SHARE = 10.0
"""How many times as long as a look took nobody looks again."""


class Sight:
    """Knows every target as it was seen a moment ago.

    The service is looked at again when something was told, or a quarter of a second has passed;
    and never for more than a tenth of the time, however many targets there are.

    Args:
        daemon: The running service.
        told: Returns how many events were told so far.
        monotonic: Returns seconds that never run backwards.
    """

    def __init__(
        self, daemon: Daemon, told: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        self._daemon = daemon
        self._told = told
        self._monotonic = monotonic
        self._seen = -1
        self._looked_s = -math.inf
        self._cost_s = 0.0
        self._shown: tuple[Watched, ...] = ()

    def targets(self) -> tuple[Watched, ...]:
        """Return every target, sorted by service and environment.

        It is the very same tuple until one of them is another value.
        """
        began_s, told = self._monotonic(), self._told()
        age_s = began_s - self._looked_s
        if (age_s >= _OLDEST_S or told != self._seen) and age_s >= _SHARE * self._cost_s:
            shown = self._daemon.targets()
            if shown != self._shown:
                self._shown = shown
            self._seen, self._looked_s = told, self._monotonic()
            self._cost_s = self._looked_s - began_s
        return self._shown


SIGHT = web.AppKey("sight", Sight)
"""Where the application keeps it."""
