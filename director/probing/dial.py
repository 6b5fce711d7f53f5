"""One TCP connection to one address, if the policy allows it."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

from director.probing.guard import AddressPolicy, PolicyDenied
from director.probing.timeline import Timeline


async def dial(
    address: str, port: int, policy: AddressPolicy, timeline: Timeline | None = None
) -> socket.socket:
    """Return a connected socket that does not block.

    Args:
        address: An address, never a name.
        port: Which port.
        policy: Which addresses may be dialled.
        timeline: Gets the address that is dialled, and is then in the phase of connecting; None
            for a connection that is not measured.

    Raises:
        PolicyDenied: The policy forbids it; nothing was sent.
        OSError: There is no connection.
    """
    rule = policy.check(address)
    if rule is not None:
        raise PolicyDenied(address, rule)
    if timeline is not None:
        timeline.dialled(address, port)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def is_address(host: str) -> bool:
    """Return whether *host* is an address, which no name server is asked for."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
