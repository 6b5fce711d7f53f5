"""One TLS handshake: verified, measured, and hung up without sending anything."""

from __future__ import annotations

import asyncio
import socket
import ssl

from director.model.answers import Handshake
from director.model.probe import ProbeError, ProbeReason
from director.probing.certificate import shown_by
from director.probing.client import Client
from director.probing.faults import explained
from director.probing.inquiry import Shake, spelled
from director.probing.timeline import Timeline


async def shake(
    inquiry: Shake, sock: socket.socket, client: Client, timeline: Timeline
) -> Handshake:
    """Return what the peer of *sock* shows.

    Args:
        inquiry: Whom the peer must prove to be.
        sock: Connected, and at the beginning of the handshake; it is closed whatever happens.
        client: How TLS is spoken.
        timeline: Where the time goes.

    Raises:
        ProbeError: There was no handshake, or what the peer showed was not accepted.
    """
    client.begin(timeline)
    timeline.name = inquiry.host.rstrip(".")
    with explained(timeline):
        session = await greet(sock, client.secured(), timeline.name)
        timeline.showed(shown_by(session, timeline.now()))
        timeline.stop()
    tls = timeline.hops()[-1].tls
    if tls is None:
        raise ProbeError(ProbeReason.TLS_PROTOCOL, "the certificate cannot be read")
    return Handshake(
        where=spelled(inquiry.host, inquiry.port),
        tls=tls,
        phases=timeline.phases(),
        address=timeline.address,
    )


async def greet(sock: socket.socket, context: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Return the session of a handshake over *sock*, which is hung up before that.

    Args:
        sock: Connected; it is closed whatever happens.
        context: How TLS is spoken.
        name: Whom the peer must prove to be, if *context* verifies.

    Raises:
        OSError: There was no handshake; every TLS error is one.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_connection(
            asyncio.Protocol, sock=sock, ssl=context, server_hostname=name
        )
    except BaseException:
        sock.close()
        raise
    session: ssl.SSLObject = transport.get_extra_info("ssl_object")
    transport.abort()
    await asyncio.sleep(0)  # an aborted transport lets go of its socket in the next turn
    return session
