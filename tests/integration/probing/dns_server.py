"""A DNS server on loopback that answers as a test wants: over UDP and TCP, at one port.

It writes and reads messages with a library that the prober does not know, so that both must have
understood the format in the same way.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ROOM_OVER_UDP_BYTES: Final = 512


class Asked(NamedTuple):
    """One question that arrived: its bytes, and whether it came over TCP."""

    wire: bytes
    tcp: bool

    @property
    def message(self) -> dns.message.Message:
        """What it asks."""
        return dns.message.from_wire(self.wire)


class Raw(bytes):
    """Bytes that go into a TCP connection without their length in front."""


Script: TypeAlias = Callable[[Asked], Iterable[bytes]]
"""Returns the messages to send back; none to be silent."""


def framed(packet: bytes) -> bytes:
    """Return *packet* as it goes into a TCP connection."""
    return packet if isinstance(packet, Raw) else len(packet).to_bytes(2, "big") + packet


def saying(
    *lines: str,
    rcode: str = "NOERROR",
    authority: Sequence[str] = (),
    flags: int = dns.flags.RA,
) -> Script:
    """Return a script that answers every question with the same records.

    Args:
        lines: Records in the form of a zone file, for example ``a.test. 60 IN A 192.0.2.1``;
            each keeps its place.
        rcode: The response code.
        authority: Records of the authority section.
        flags: Flags besides those of every answer.
    """

    def script(asked: Asked) -> Iterable[bytes]:
        return [_fitting(asked, answer(asked, lines, rcode, authority, flags))]

    return script


def zone(names: Mapping[tuple[str, str], Sequence[str]]) -> Script:
    """Return a script that knows *names*, by name and type; every other is NXDOMAIN.

    A type that a name does not have is answered with nothing, as by an authoritative server.
    """
    known = {name for name, _ in names}

    def script(asked: Asked) -> Iterable[bytes]:
        question = asked.message.question[0]
        name, type_ = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        values = names.get((name, type_), ())
        lines = [f"{name} 60 IN {type_} {value}" for value in values]
        rcode = "NOERROR" if name in known else "NXDOMAIN"
        soa = [] if lines else ["test. 60 IN SOA ns.test. admin.test. 1 2 3 4 5"]
        return [_fitting(asked, answer(asked, lines, rcode, soa, dns.flags.RA))]

    return script


def answer(
    asked: Asked,
    lines: Sequence[str] = (),
    rcode: str = "NOERROR",
    authority: Sequence[str] = (),
    flags: int = dns.flags.RA,
) -> bytes:
    """Return one whole message that answers *asked*; arguments as for ``saying``."""
    message = dns.message.make_response(asked.message)
    message.flags |= flags
    message.set_rcode(dns.rcode.from_text(rcode))
    message.answer += [_record(line) for line in lines]
    message.authority += [_record(line) for line in authority]
    return bytes(message.to_wire(max_size=65_535))


def _fitting(asked: Asked, packet: bytes) -> bytes:
    """Return *packet*, or over UDP only its beginning if there is no room for more."""
    if asked.tcp or len(packet) <= ROOM_OVER_UDP_BYTES:
        return packet
    cut = dns.message.make_response(asked.message)
    cut.flags |= dns.flags.TC
    return bytes(cut.to_wire())


def _record(line: str) -> dns.rrset.RRset:
    owner, ttl_s, class_, type_, value = line.split(maxsplit=4)
    return dns.rrset.from_text(owner, int(ttl_s), class_, type_, value)


class DnsServer(asyncio.DatagramProtocol):
    """Listens while it is entered, and plays one script.

    Args:
        script: What to send back.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._elsewhere: socket.socket | None = None
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self.asked: list[Asked] = []
        self.came_from: list[int] = []
        self.port = 0

    @property
    def address(self) -> str:
        """Where it answers, as a manifest would say it."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._tcp.sockets[0].getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", self.port)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        assert self._udp is not None
        assert self._tcp is not None
        self._udp.close()
        await self._gone.wait()
        self._tcp.close()
        if self._elsewhere is not None:
            self._elsewhere.close()
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)
        await self._tcp.wait_closed()

    async def until(self, count: int) -> None:
        """Wait until *count* questions have arrived."""
        while len(self.asked) < count:
            self._news.clear()
            await self._news.wait()

    def spoof(self, packet: bytes, port: int) -> None:
        """Send *packet* to *port* from a socket that nobody asked."""
        if self._elsewhere is None:
            self._elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._elsewhere.sendto(packet, ("127.0.0.1", port))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one packet."""
        asked = self._heard(Asked(data, tcp=False))
        self.came_from.append(addr[1])
        assert self._udp is not None
        for packet in self._script(asked):
            self._udp.sendto(packet, addr)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # of the protocol
        """Know that the port is free again."""
        self._gone.set()

    def _heard(self, asked: Asked) -> Asked:
        self.asked.append(asked)
        self._news.set()
        return asked

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                length = int.from_bytes(await reader.readexactly(2), "big")
                asked = self._heard(Asked(await reader.readexactly(length), tcp=True))
                packets = list(self._script(asked))
                for packet in packets:
                    writer.write(framed(packet))
                    await writer.drain()
                if not packets:
                    await reader.read()  # silent until the peer hangs up
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
