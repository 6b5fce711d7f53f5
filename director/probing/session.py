"""Opens the probe, and one session of it for each evaluation."""

from __future__ import annotations

from director.model.manifest import Target
from director.ports import Clock
from director.probing.desk import Desk
from director.probing.gate import HostGate
from director.probing.memo import Memo
from director.probing.resolver import Lookup, system_lookup
from director.probing.settings import ProbeSettings
from director.probing.view import LiveView


class LiveProber:
    """Opens probe sessions; one for the whole process.

    Args:
        settings: Limits and the address policy.
        clock: Where time comes from.
        lookup: Who resolves names.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """

    def __init__(
        self, settings: ProbeSettings, clock: Clock, lookup: Lookup = system_lookup
    ) -> None:
        self._desk = Desk(settings, lookup)
        self._gate = HostGate(settings.per_host)
        self._clock = clock

    def session(self, target: Target) -> LiveSession:
        """Return the probe for one evaluation of *target*."""
        return LiveSession(Memo(self._desk, self._gate, self._clock, target.base_url))

    async def close(self) -> None:
        """Let go of every connection; sessions are closed before."""
        await self._desk.close()


class LiveSession:
    """The probe of one evaluation.

    Args:
        memo: What was asked in it.
    """

    def __init__(self, memo: Memo) -> None:
        self._memo = memo

    def view(self, deadline_at: float) -> LiveView:
        """Return the probe for one check that must have answered at *deadline_at*."""
        return LiveView(self._memo, deadline_at)

    async def close(self) -> None:
        """Stop what still runs."""
        await self._memo.close()
