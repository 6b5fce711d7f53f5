"""After a handshake that failed: one more that accepts anything and sends nothing, to say why."""

from __future__ import annotations

import asyncio
from typing import Final

from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.certificate import Shown, shown_by, shown_until
from director.probing.dial import dial
from director.probing.guard import AddressPolicy, PolicyDenied
from director.probing.handshake import greet
from director.probing.starttls import begin
from director.probing.timeline import Timeline
from director.probing.tls import UNSPECIFIED, CertificateRefused, lenient_context

_OLD: Final = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})


async def diagnose(
    timeline: Timeline, fault: ProbeError, policy: AddressPolicy, deadline_at: float
) -> ProbeError:
    """Return *fault*, and find out what the peer shows if it was the handshake that failed.

    Whatever comes of it, the reason stays; the detail may say more. A peer that failed before
    the handshake, in a dialogue of STARTTLS, would only leave us waiting, and is let alone.

    Args:
        timeline: Of the probe that failed, and knows that; it gets what the peer showed.
        fault: Why it failed.
        policy: Which addresses may be dialled.
        deadline_at: When the whole probe must have ended, on the time line of the event loop.
    """
    peer = timeline.peer
    refused = isinstance(fault, CertificateRefused)
    if peer is None or timeline.fault is None or timeline.fault[1] is not Phase.TLS:
        return fault
    if not (refused or fault.reason is ProbeReason.TLS_PROTOCOL):
        return fault
    code = fault.verify_code if isinstance(fault, CertificateRefused) else UNSPECIFIED
    try:
        async with asyncio.timeout_at(deadline_at):
            shown = await _looked(timeline, policy, peer, code)
    except (OSError, PolicyDenied, ProbeError):  # a timeout and a TLS error are an OSError
        if timeline.session is not None:
            timeline.showed(shown_until(timeline.session, timeline.now(), code))
        return fault
    timeline.showed(shown)
    if not refused and shown is not None and shown.version in _OLD:
        return ProbeError(fault.reason, f"the peer speaks nothing newer than {shown.version}")
    return fault


async def _looked(
    timeline: Timeline, policy: AddressPolicy, peer: tuple[str, int], code: int
) -> Shown | None:
    """Shake hands with *peer* again, whatever it shows, and hang up."""
    sock = await dial(*peer, policy)
    if timeline.starttls is not None:
        await begin(sock, timeline.starttls)
    session = await greet(sock, lenient_context(), timeline.name)
    return shown_by(session, timeline.now(), code)
