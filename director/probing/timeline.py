"""Where the time of one probe goes, hop by hop, and what was seen on the way."""

from __future__ import annotations

import ssl
from datetime import datetime
from typing import Final

from director.model.answers import StartTls
from director.model.probe import Hop, Phase, Phases, ProbeError, ProbeReason, Seen
from director.model.value import dataclass
from director.ports import Clock
from director.probing.certificate import Shown, facts

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
_PLACE: Final = {phase: place for place, phase in enumerate(Phase)}


@dataclass(slots=True)
class _Leg:
    """One hop while it is under way."""

    url: str
    spent: list[float]
    peer: tuple[str, int] | None = None
    status: int | None = None
    shown: Shown | None = None


class Timeline:
    """A stopwatch that always bills exactly one phase, so that the phases sum to the total.

    Args:
        clock: Where time comes from.
        url: What is asked first, without user info and query values.
    """

    __slots__ = (
        "_clock",
        "_legs",
        "_mark",
        "_stopped",
        "fault",
        "name",
        "phase",
        "pin",
        "session",
        "starttls",
    )

    def __init__(self, clock: Clock, url: str = "") -> None:
        self._clock = clock
        self._mark = clock.monotonic()
        self._legs = [_Leg(url, [0.0] * len(_PLACE))]
        self._stopped = False
        self.phase = Phase.OTHER
        """What the probe is busy with."""
        self.fault: tuple[ProbeError, Phase] | None = None
        """Why it failed, and busy with what, while it still finds out more about that."""
        self.pin = ""
        """The address that the first hop is bound to; empty for the first of its host."""
        self.name = ""
        """The name or address that the peer of this hop is asked to be."""
        self.session: ssl.SSLObject | None = None
        """The TLS session whose handshake is under way."""
        self.starttls: StartTls | None = None
        """What was spoken before the handshake; None if it comes first."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return self._clock.now()

    def enter(self, phase: Phase) -> None:
        """Bill the time since the last call to the phase that ends now, and begin *phase*."""
        self._bill()
        self.phase = phase

    def hop(self, url: str) -> None:
        """Begin the next hop: a request to *url*, shown without user info and query values."""
        self.enter(Phase.OTHER)
        self._legs.append(_Leg(url, [0.0] * len(_PLACE)))

    def dialled(self, host: str, port: int) -> None:
        """Note the address of the socket that is dialled, and begin to connect."""
        self._legs[-1].peer = (host, port)
        self.enter(Phase.CONNECT)

    def answered(self, status: int) -> None:
        """Note the status of the answer to this hop."""
        self._legs[-1].status = status

    def showed(self, shown: Shown | None) -> None:
        """Note what the peer of this hop shows of itself."""
        self._legs[-1].shown = shown

    def fail(self, fault: ProbeError) -> None:
        """Note why the probe failed; time goes on, as nothing else, until it stops."""
        self.fault = (fault, self.phase)
        self.enter(Phase.OTHER)

    def stop(self) -> None:
        """Let no more time pass; the phase remains the one that was running."""
        self._bill()
        self._stopped = True

    def phases(self) -> Phases:
        """Return where the time went until now, every hop together."""
        self._bill()
        return self._together()

    def hops(self) -> tuple[Hop, ...]:
        """Return every hop until now."""
        self._bill()
        return self._apart()

    def _together(self) -> Phases:
        if len(self._legs) == 1:
            return _phases(self._legs[0].spent)
        return _phases(
            [sum(spent) for spent in zip(*(leg.spent for leg in self._legs), strict=True)]
        )

    def _apart(self) -> tuple[Hop, ...]:
        return tuple(
            Hop(
                url=leg.url,
                status=leg.status,
                address=_spelled(leg.peer),
                phases=_phases(leg.spent),
                tls=None if leg.shown is None else facts(leg.shown),
            )
            for leg in self._legs
        )

    def seen(self) -> Seen:
        """Return what was seen until now: until one moment, if time still goes on."""
        self._bill()
        hops = self._apart()
        return Seen(
            phases=self._together(),
            phase=self.phase if self.fault is None else self.fault[1],
            address=self.address,
            hops=hops,
            tls=hops[-1].tls,
        )

    @property
    def timed_out(self) -> ProbeReason:
        """The reason of a probe whose time is over now."""
        return _TIMED_OUT[self.phase]

    @property
    def peer(self) -> tuple[str, int] | None:
        """The address and port that were dialled last; None before that in this hop."""
        return self._legs[-1].peer

    @property
    def address(self) -> str:
        """The socket address for people, for example ``10.1.2.3:443``; empty before dialling."""
        return _spelled(next((leg.peer for leg in reversed(self._legs) if leg.peer), None))

    def _bill(self) -> None:
        if self._stopped:
            return
        now = self._clock.monotonic()
        self._legs[-1].spent[_PLACE[self.phase]] += now - self._mark
        self._mark = now


def _phases(spent: list[float]) -> Phases:
    """Return the times of each phase, given in the order of ``Phase``."""
    dns, connect, tls, send, ttfb, transfer, other = spent
    return Phases(
        dns_s=dns,
        connect_s=connect,
        tls_s=tls,
        send_s=send,
        ttfb_s=ttfb,
        transfer_s=transfer,
        other_s=other,
    )


def _spelled(peer: tuple[str, int] | None) -> str:
    if peer is None:
        return ""
    host, port = peer
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
