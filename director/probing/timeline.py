"""Where the time of one probe goes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from director.model.probe import Phases, ProbeReason
from director.ports import Clock


class Phase(StrEnum):
    """What a probe is busy with; at every moment exactly one."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    TTFB = "ttfb"
    TRANSFER = "transfer"
    OTHER = "other"


_TIMED_OUT: Final = {
    Phase.DNS: ProbeReason.DNS_TIMEOUT,
    Phase.CONNECT: ProbeReason.CONNECT_TIMEOUT,
    Phase.TLS: ProbeReason.TLS_TIMEOUT,
    Phase.SEND: ProbeReason.SEND_TIMEOUT,
    Phase.TTFB: ProbeReason.TTFB_TIMEOUT,
    Phase.TRANSFER: ProbeReason.BODY_TIMEOUT,
    # Only what comes before the connection is "other": nobody heard from us yet.
    Phase.OTHER: ProbeReason.CONNECT_TIMEOUT,
}


class Timeline:
    """A stopwatch that always bills exactly one phase, so that the phases sum to the total.

    Args:
        clock: Where time comes from.
    """

    __slots__ = ("_clock", "_mark", "_spent", "_stopped", "peer", "phase")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mark = clock.monotonic()
        self._spent = dict.fromkeys(Phase, 0.0)
        self._stopped = False
        self.phase = Phase.OTHER
        """What the probe is busy with."""
        self.peer: tuple[str, int] | None = None
        """The address and port that were dialled last; None before that."""

    def enter(self, phase: Phase) -> None:
        """Bill the time since the last call to the phase that ends now, and begin *phase*."""
        self._bill()
        self.phase = phase

    def stop(self) -> None:
        """Let no more time pass; the phase remains the one that was running."""
        self._bill()
        self._stopped = True

    def phases(self) -> Phases:
        """Return where the time went until now."""
        self._bill()
        return Phases(**{f"{phase}_s": spent for phase, spent in self._spent.items()})

    @property
    def timed_out(self) -> ProbeReason:
        """The reason of a probe whose time is over now."""
        return _TIMED_OUT[self.phase]

    @property
    def address(self) -> str:
        """The socket address for people, for example ``10.1.2.3:443``; empty before dialling."""
        if self.peer is None:
            return ""
        host, port = self.peer
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _bill(self) -> None:
        if self._stopped:
            return
        now = self._clock.monotonic()
        self._spent[self.phase] += now - self._mark
        self._mark = now
