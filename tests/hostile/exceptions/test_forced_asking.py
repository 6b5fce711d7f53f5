"""Forced where a peer is asked that speaks TLS, TCP or DNS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from director.model.answers import RecordType, StartTls
from director.model.outcome import Passed
from director.ports import Probe
from director.probing.certificate import Shown, facts
from director.probing.dns import send_again
from director.probing.name_servers import system_servers

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

NOW = datetime.now(UTC)
Act = Callable[[Probe], Awaitable[Passed]]


def shaking(where: str, starttls: StartTls | None = None) -> Act:
    """Return an act that shakes hands and passes if there is a handshake."""

    async def act(probe: Probe) -> Passed:
        return Passed((await probe.handshake(where, starttls=starttls)).where)

    return act


def resolving(name: str, resolver: str = "") -> Act:
    """Return an act that asks for an address and passes if there is an answer."""

    async def act(probe: Probe) -> Passed:
        return Passed((await probe.resolve(name, RecordType.A, resolver=resolver)).rcode)

    return act


def nameless(folder: Path) -> ssl.SSLContext:
    """Return a server's context with a certificate that is for no name at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=99))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def certificates_are_refused(place: Place) -> Answers:
    """Nobody we trust signed the certificate, and it is for no name."""
    async with place.serving(None, nameless(place.path)) as port:
        over = await place.asked(shaking(f"127.0.0.1:{port}"))
    unreadable = Shown("TLSv1.3", "", 0, b"no certificate", (b"",), (), NOW)
    return [over, "go" if facts(unreadable) is not None else "nothing"]


async def handshakes_break(place: Place) -> Answers:
    """The peer speaks no TLS, for a page, for a handshake, and when it is asked again why."""
    async with place.serving(place.reply_of("400 Bad")) as port:
        page = await place.asked(shaking(""), f"https://127.0.0.1:{port}", request_limit_s=0.5)
        alone = await place.asked(shaking(f"127.0.0.1:{port}"), request_limit_s=0.5)
        mail = await place.asked(shaking(f"127.0.0.1:{port}", StartTls.SMTP), request_limit_s=0.5)

    async def fetch(probe: Probe) -> Passed:
        return Passed(f"{(await probe.get('/')).status}")

    async with hanging_up() as port:
        fetched = await place.asked(fetch, f"https://127.0.0.1:{port}", request_limit_s=0.5)
    return [page, alone, mail, fetched]


@asynccontextmanager
async def hanging_up() -> AsyncIterator[int]:
    """Answer a greeting of TLS with something else, and hang up; yields the port."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(b"no TLS here")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def name_servers_are_broken(place: Place) -> Answers:
    """A name server is silent, gone, sends rubbish or is none; or what is asked is no name."""
    answers = []
    for reply in (None, b"\x84\x00", b"\x84\x02"):  # silent, rubbish, SERVFAIL
        async with naming(reply) as server:
            act = resolving("shop.test", server)
            answers.append(await place.asked(act, dns_limit_s=0.3))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{gone.getsockname()[1]}"
    send_again(gone, b"by a socket that is closed")
    answers.append(await place.asked(resolving("shop.test", closed), dns_limit_s=0.5))
    answers.append(await place.asked(resolving("shop.test", "127.0.0.1:x")))
    answers.append(await place.asked(resolving("no name")))
    answers.append(await place.asked(resolving("127.0.0.1")))
    nowhere = system_servers(place.path / "no such file")
    return [*answers, "go" if not nowhere else "a server of this machine"]


@asynccontextmanager
async def naming(reply: bytes | None) -> AsyncIterator[str]:
    """Answer every question with these flags and too many answers, or not at all."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if reply is not None:
                head = data[:2] + reply + data[4:6] + b"\xff\xff" + bytes(4)
                self.transport.sendto(head + data[12:], addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()
        await asyncio.sleep(0)


TABLE: Table = {
    "probing.certificate:_names:x509.ExtensionNotFound": certificates_are_refused,
    "probing.certificate:facts:ValueError": certificates_are_refused,
    "probing.client:Client._secured:BaseException": handshakes_break,
    "probing.diagnosis:diagnose:(OSError, PolicyDenied, ProbeError)": handshakes_break,
    "probing.dns:_explained:MalformedMessage": name_servers_are_broken,
    "probing.dns:_explained:OSError": name_servers_are_broken,
    "probing.dns:_explained:ProbeError": name_servers_are_broken,
    "probing.dns:_explained:TimeoutError": name_servers_are_broken,
    "probing.dns:send_again:suppress(OSError)": name_servers_are_broken,
    "probing.dns:ask_name_server:ProbeError": name_servers_are_broken,
    "probing.handshake:greet:BaseException": handshakes_break,
    "probing.name_servers:_is_address:ValueError": name_servers_are_broken,
    "probing.name_servers:question_of:UrlError": name_servers_are_broken,
    "probing.name_servers:servers_for:UrlError": name_servers_are_broken,
    "probing.name_servers:system_servers:OSError": name_servers_are_broken,
    "probing.starttls:begin:BaseException": handshakes_break,
}
"""Each clause that is forced here, and by what."""


def test_what_a_peer_does_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_a_handshake_that_is_accepted_is_go(place: Place) -> None:
    """Without anything forced a good certificate opens the gate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    async with place.serving(None, context) as port:
        act = shaking(f"127.0.0.1:{port}")
        assert await place.asked(act, ca_pem=authority.cert_pem.bytes().decode()) == "go"
