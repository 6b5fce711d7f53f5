"""One TCP connection, and what the peer says first."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from director.model.answers import Greeting
from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.dial import dial
from director.probing.faults import explained
from director.probing.guard import AddressPolicy
from director.probing.inquiry import Knock, spelled
from director.probing.timeline import Timeline

_LONGEST_LINE_BYTES: Final = 4096


async def knock(
    inquiry: Knock, address: str, policy: AddressPolicy, timeline: Timeline
) -> Greeting:
    """Return what the peer says first, or only that it can be reached; then hang up.

    The wait for its first byte is billed as ``ttfb``, for the rest of its line as ``transfer``.

    Args:
        inquiry: Whom to call, and whether to wait until it says something.
        address: Which address of it.
        policy: Which addresses may be dialled.
        timeline: Where the time goes.

    Raises:
        ProbeError: There is no connection, or no whole line within 4 KiB.
        PolicyDenied: The policy forbids it; nothing was sent.
    """
    with explained(timeline), await dial(address, inquiry.port, policy, timeline) as sock:
        banner = await _first_line(sock, timeline) if inquiry.banner else b""
    return Greeting(
        where=spelled(inquiry.host, inquiry.port),
        banner=banner,
        phases=timeline.phases(),
        address=timeline.address,
    )


async def _first_line(sock: socket.socket, timeline: Timeline) -> bytes:
    """Return what the peer says until the first line feed, without the end of the line.

    A part of a line is not judged: what is missing might change what it means.
    """
    loop = asyncio.get_running_loop()
    timeline.enter(Phase.TTFB)
    said = bytearray()
    while b"\n" not in said:
        if len(said) >= _LONGEST_LINE_BYTES:
            raise ProbeError(
                ProbeReason.BODY_TOO_LARGE,
                f"the first line is longer than {_LONGEST_LINE_BYTES} bytes",
            )
        piece = await loop.sock_recv(sock, _LONGEST_LINE_BYTES - len(said))
        if not piece:
            what = "in the middle of its first line" if said else "without a word"
            raise ProbeError(ProbeReason.BODY_INCOMPLETE, f"the peer hung up {what}")
        if not said:
            timeline.enter(Phase.TRANSFER)
        said += piece
    line, _, _ = bytes(said).partition(b"\n")
    return line.removesuffix(b"\r")
