"""A prober that is opened when the first live check is planned: aiohttp is slow to import."""

from __future__ import annotations

from collections.abc import Callable

from director.model.manifest import Target
from director.ports import Prober, ProbeSession


class DeferredProber:
    """Opens the real prober on first use.

    Args:
        opens: Opens it.
    """

    def __init__(self, opens: Callable[[], Prober]) -> None:
        self._opens = opens
        self._prober: Prober | None = None

    def session(self, target: Target) -> ProbeSession:
        """Return the probe for one evaluation of *target*."""
        if self._prober is None:
            self._prober = self._opens()
        return self._prober.session(target)

    async def close(self) -> None:
        """Let go of threads and sockets, if there are any."""
        if self._prober is not None:
            await self._prober.close()
