"""One DNS question to name servers, over sockets of our own: UDP, and TCP for what is longer.

A name server that does not answer is never taken for a name that does not exist. Packets that do
not answer the question are ignored, as if they had not come (RFC 5452 section 9).
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from director.model.answers import DnsAnswer
from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.dial import dial
from director.probing.dns_answer import records
from director.probing.dns_wire import MalformedMessage, Message, Question, answers, read, written
from director.probing.guard import PolicyDenied
from director.probing.inquiry import Records
from director.probing.name_servers import (
    NameServer,
    SystemServers,
    question_of,
    servers_for,
    system_servers,
)
from director.probing.settings import ProbeSettings
from director.probing.timeline import Timeline

_LONGEST_BYTES: Final = 65_535
_MOST_IGNORED: Final = 100
"""How many packets that do not answer the question are passed over; each costs time."""

_TELLING: Final = (ProbeReason.DNS_TIMEOUT, ProbeReason.DNS_PROTOCOL, ProbeReason.DNS_SERVFAIL)
"""What can be wrong with a name server, the more telling later."""


async def ask_name_server(
    inquiry: Records,
    settings: ProbeSettings,
    timeline: Timeline,
    system: SystemServers = system_servers,
) -> DnsAnswer:
    """Return what the first name server answers that answers at all.

    Each has the same share of the time that is left, so that a silent one leaves some for the
    next. The wait for them is billed as ``dns``, whichever of them it is for: whoever loses
    patience then knows that no name server answered, and nothing about the name.

    Args:
        inquiry: What to ask, and whom.
        settings: The limit for names, and the address policy for a server that a check chose.
        timeline: Where the time goes.
        system: The operator's name servers.

    Raises:
        ProbeError: ``invalid_url``; or no server answered, and why not: ``dns_servfail``,
            ``dns_protocol`` or ``dns_timeout``.
        PolicyDenied: The policy forbids to ask the server; nothing was sent.
    """
    question = question_of(inquiry)
    servers = servers_for(inquiry, settings.policy, system)
    timeline.enter(Phase.DNS)
    loop = asyncio.get_running_loop()
    until = loop.time() + min(settings.dns_limit_s, settings.request_limit_s)
    faults = []
    for place, server in enumerate(servers):
        share_s = (until - loop.time()) / (len(servers) - place)
        try:
            with _explained(server, share_s):
                async with asyncio.timeout(share_s):
                    message = await _message(question, server, share_s, timeline)
                found = records(question, message)
        except ProbeError as fault:
            faults.append(fault)
            continue
        return DnsAnswer(
            name=question.name,
            type=question.type,
            resolver=server.spelled,
            rcode=message.rcode,
            records=found,
            phases=timeline.phases(),
        )
    worst = max(faults, key=lambda fault: _TELLING.index(fault.reason))
    raise ProbeError(worst.reason, "; ".join(fault.detail for fault in faults))


@contextmanager
def _explained(server: NameServer, share_s: float) -> Iterator[None]:
    """Turn whatever becomes of one name server into a ProbeError that names it."""
    name = server.spelled
    try:
        yield
    except ProbeError as fault:
        raise ProbeError(fault.reason, f"{name} {fault.detail}") from None
    except MalformedMessage as fault:
        raise ProbeError(
            ProbeReason.DNS_PROTOCOL, f"{name} sent a message that cannot be used: {fault}"
        ) from None
    except TimeoutError:
        raise ProbeError(
            ProbeReason.DNS_TIMEOUT, f"{name} had no answer within {share_s:.3g} s"
        ) from None
    except OSError:
        raise ProbeError(ProbeReason.DNS_SERVFAIL, f"{name} cannot be asked from here") from None


async def _message(
    question: Question, server: NameServer, share_s: float, timeline: Timeline
) -> Message:
    """Return the whole message with which *server* answers."""
    number = secrets.randbits(16)
    message = await _over_udp(question, number, server, share_s / 2, timeline)
    if message.truncated:
        message = await _over_tcp(question, number, server, timeline)
    return message


async def _over_udp(
    question: Question, number: int, server: NameServer, again_s: float, timeline: Timeline
) -> Message:
    """Ask in one packet, and once more after *again_s* seconds: packets get lost."""
    asked = written(question, number)
    loop = asyncio.get_running_loop()
    with _packets(server, timeline) as sock:
        await loop.sock_sendall(sock, asked)
        again = loop.call_later(again_s, send_again, sock, asked)
        try:
            for _ in range(_MOST_IGNORED):
                packet = await loop.sock_recv(sock, _LONGEST_BYTES)
                if answers(question, number, packet):
                    return read(packet)
        finally:
            again.cancel()
    raise ProbeError(
        ProbeReason.DNS_PROTOCOL, f"sent {_MOST_IGNORED} packets, and none answers the question"
    )


@contextmanager
def _packets(server: NameServer, timeline: Timeline) -> Iterator[socket.socket]:
    """Yield a socket that sends to *server*, and takes packets from nobody else.

    It is connected, so the system drops what comes from elsewhere, and chooses a port at random.
    """
    rule = server.policy.check(server.address)
    if rule is not None:
        raise PolicyDenied(server.address, rule)
    timeline.dialled(server.address, server.port)
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((server.address, server.port))
        timeline.enter(Phase.DNS)
        yield sock


def send_again(sock: socket.socket, packet: bytes) -> None:
    """Send *packet* once more, if that can be done."""
    with suppress(OSError):  # whoever waits for the answer learns of it
        sock.send(packet)


async def _over_tcp(
    question: Question, number: int, server: NameServer, timeline: Timeline
) -> Message:
    """Ask over a connection, which has room for the longest answer; RFC 7766."""
    asked = written(question, number)
    sock = await dial(server.address, server.port, server.policy, timeline)
    with sock:
        timeline.enter(Phase.DNS)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, len(asked).to_bytes(2, "big") + asked)
        length = int.from_bytes(await _exactly(sock, 2), "big")
        packet = await _exactly(sock, length)
    if not answers(question, number, packet):
        raise ProbeError(
            ProbeReason.DNS_PROTOCOL, "sent something over TCP that does not answer the question"
        )
    message = read(packet)
    if message.truncated:
        raise ProbeError(ProbeReason.DNS_PROTOCOL, "has no room for its answer over TCP either")
    return message


async def _exactly(sock: socket.socket, length: int) -> bytes:
    """Return the next *length* bytes."""
    loop = asyncio.get_running_loop()
    received = bytearray()
    while len(received) < length:
        piece = await loop.sock_recv(sock, length - len(received))
        if not piece:
            raise ProbeError(ProbeReason.DNS_PROTOCOL, "hung up in the middle of its answer")
        received += piece
    return bytes(received)
