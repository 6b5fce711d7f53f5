"""Everything that can be wrong with TLS, asked in both ways: the reason, and what was shown.

What a certificate says is known whenever one was shown, accepted or not.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trustme
from aiohttp import web

from director.model.answers import Handshake, StartTls
from director.model.probe import Phase, ProbeError, ProbeReason, Reply
from director.probing.session import LiveSession

if TYPE_CHECKING:
    from tests.integration.probing import certificates
else:
    _spec = spec_from_file_location("certificates", Path(__file__).with_name("certificates.py"))
    certificates = module_from_spec(_spec)
    sys.modules[_spec.name] = certificates
    _spec.loader.exec_module(certificates)

Serve: TypeAlias = Callable[..., Awaitable[Any]]
Open: TypeAlias = Callable[..., LiveSession]
Shake: TypeAlias = Callable[..., Awaitable[Reply | Handshake | ProbeError]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NAME = "pay.example.test"
LIMIT_S = 0.4


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that the probes of this module trust."""
    return trustme.CA()


@pytest.fixture
def ask(open_session: Open, authority: trustme.CA) -> Shake:
    """Ask a port in one of the two ways; return what came of it, an error too."""

    async def once(
        way: str,
        port: int,
        host: str = NAME,
        pem: str = "",
        limit_s: float = 3.0,
        **options: Any,  # noqa: ANN401  # as the way takes
    ) -> Reply | Handshake | ProbeError:
        opened = open_session(
            f"https://{host}:{port}",
            lambda *_: ("127.0.0.1",),
            ca_pem=pem or authority.cert_pem.bytes().decode(),
            request_limit_s=limit_s,
        )
        view = opened.view(asyncio.get_running_loop().time() + 30)
        try:
            answer: Reply | Handshake = await getattr(view, way)(**options)
        except ProbeError as error:
            return error
        return answer

    return once


both = pytest.mark.parametrize("way", ["get", "handshake"])


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's context with *certificate*."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def speaking(certificate: trustme.LeafCert, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a server's context that speaks one version and no other."""
    made = context(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
        made.minimum_version = made.maximum_version = version
    made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def failed(came: object, reason: ProbeReason) -> ProbeError:
    """Return *came*, which must be a failure of the handshake for *reason*."""
    assert isinstance(came, ProbeError)
    assert came.reason is reason
    assert came.seen.phase is Phase.TLS
    assert came.seen.phases.tls_s > 0
    return came


@both
async def test_a_certificate_that_signed_itself(serve: Serve, ask: Shake, way: str) -> None:
    """Nobody vouches for a certificate but itself: untrusted, and shown with OpenSSL's code."""
    server = await serve(OK, certificates.context(certificates.issued(NAME)))

    error = failed(await ask(way, server.port), ProbeReason.TLS_UNTRUSTED)

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == 18  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    assert error.seen.tls.subject == error.seen.tls.issuer
    assert error.seen.tls.names == (NAME,)
    assert server.requests == []


@both
@pytest.mark.parametrize(("host", "code"), [(NAME, 62), ("127.0.0.1", 64)], ids=["name", "address"])
async def test_a_certificate_for_somebody_else(
    serve: Serve, ask: Shake, authority: trustme.CA, way: str, host: str, code: int
) -> None:
    """A trusted certificate for another host is shown with the names that it is for."""
    server = await serve(OK, context(authority.issue_cert("other.example.test")))

    error = failed(await ask(way, server.port, host), ProbeReason.TLS_HOSTNAME_MISMATCH)

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == code
    assert error.seen.tls.names == ("other.example.test",)
    assert server.requests == []


@both
async def test_a_chain_that_nobody_trusts(serve: Serve, ask: Shake, way: str) -> None:
    """A chain to an unknown root is untrusted, and it is said who signed the leaf."""
    stranger = trustme.CA(organization_name="Strangers Inc")
    server = await serve(OK, context(stranger.issue_cert(NAME)))

    error = failed(await ask(way, server.port), ProbeReason.TLS_UNTRUSTED)

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == 20  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    assert "Strangers Inc" in error.seen.tls.issuer
    assert server.requests == []


@both
async def test_a_chain_with_a_gap(serve: Serve, ask: Shake, way: str) -> None:
    """A server that leaves out what stands between leaf and root is untrusted.

    A browser may fetch what is missing; a client of the service will not.
    """
    leaf, _, root = certificates.line_of(3, NAME)
    server = await serve(OK, certificates.context(leaf))

    error = failed(await ask(way, server.port, pem=root.pem), ProbeReason.TLS_UNTRUSTED)

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == 20
    assert error.seen.tls.chain == 1
    assert error.seen.tls.names == (NAME,)


@both
async def test_a_hundred_certificates(serve: Serve, ask: Shake, way: str) -> None:
    """A chain of a hundred that leads to a root we trust is a chain; each of them is counted."""
    *chain, root = certificates.line_of(101, NAME)
    server = await serve(OK, certificates.context(*chain))

    shown = await ask(way, server.port, pem=root.pem)

    assert isinstance(shown, Reply | Handshake)
    assert shown.tls is not None
    assert shown.tls.trusted
    assert shown.tls.chain == 100


@both
@pytest.mark.parametrize(("length", "code"), [(101, 7), (104, 22)], ids=["strangers", "too long"])
async def test_a_hundred_certificates_for_nothing(
    serve: Serve, ask: Shake, way: str, length: int, code: int
) -> None:
    """Length convinces nobody: not by another root of the same name, nor beyond OpenSSL's depth."""
    *chain, root = certificates.line_of(length, NAME)
    server = await serve(OK, certificates.context(*chain))
    trusted = certificates.issued("root", authority=True) if code == 7 else root

    error = failed(await ask(way, server.port, pem=trusted.pem), ProbeReason.TLS_UNTRUSTED)

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == code
    assert error.seen.tls.chain == length - 1
    assert error.seen.tls.names == (NAME,)


@pytest.mark.parametrize(
    ("way", "version", "name"),
    [
        ("get", ssl.TLSVersion.TLSv1, "TLSv1"),
        ("handshake", ssl.TLSVersion.TLSv1, "TLSv1"),
        ("handshake", ssl.TLSVersion.TLSv1_1, "TLSv1.1"),
    ],
)
async def test_a_version_that_was_given_up(
    serve: Serve,
    ask: Shake,
    authority: trustme.CA,
    way: str,
    version: ssl.TLSVersion,
    name: str,
) -> None:
    """No old version is spoken, but which one it was is said, and what was shown in it."""
    server = await serve(OK, speaking(authority.issue_cert(NAME), version))

    error = failed(await ask(way, server.port), ProbeReason.TLS_PROTOCOL)

    assert error.detail == f"the peer speaks nothing newer than {name}"
    assert error.seen.tls is not None
    assert error.seen.tls.version == name
    assert error.seen.tls.names == (NAME,)
    assert not error.seen.tls.trusted
    assert server.requests == []


@both
async def test_a_peer_that_stalls(serve: Serve, ask: Shake, way: str) -> None:
    """A handshake without an answer ends at the limit, in the phase it is in; nothing was shown."""

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await serve(script)
    began = asyncio.get_running_loop().time()

    error = failed(await ask(way, server.port, limit_s=LIMIT_S), ProbeReason.TLS_TIMEOUT)

    assert error.seen.tls is None
    assert error.seen.phases.total_s >= LIMIT_S - 0.01
    assert asyncio.get_running_loop().time() - began < LIMIT_S + 0.25
    assert server.connections == 1


@both
async def test_a_web_server_without_tls(ask: Shake, way: str) -> None:
    """A real web server answers a handshake with a complaint in plain text: that is no TLS."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]

    error = failed(await ask(way, port), ProbeReason.TLS_PROTOCOL)
    await runner.cleanup()

    assert error.seen.tls is None


async def wanting_ours(
    version: ssl.TLSVersion, authority: trustme.CA
) -> tuple[asyncio.Server, asyncio.Event]:
    """Listen as a server that wants a certificate of its clients, and sends the alert for it."""
    made = context(authority.issue_cert(NAME))
    made.verify_mode = ssl.CERT_REQUIRED
    made.maximum_version = version
    authority.configure_trust(made)
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # By hand, because asyncio closes without the alert that other servers send.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = made.wrap_bio(incoming, outgoing, server_side=True)
        with suppress(OSError):
            while data := await reader.read(65_536):
                incoming.write(data)
                with suppress(ssl.SSLError):
                    session.do_handshake()
                writer.write(outgoing.read())
                await writer.drain()
        writer.close()
        left.set()

    return await asyncio.start_server(talk, "127.0.0.1", 0), left


async def test_a_peer_that_wants_to_know_who_we_are(ask: Shake, authority: trustme.CA) -> None:
    """Over TLS 1.3 the handshake is over when the peer refuses.

    A page is refused with a reason of its own and with what was shown; whoever only wants to see
    the certificate has seen it.
    """
    server, left = await wanting_ours(ssl.TLSVersion.TLSv1_3, authority)
    port = server.sockets[0].getsockname()[1]

    error = await ask("get", port)
    shown = await ask("handshake", port)
    server.close()
    await left.wait()

    assert isinstance(error, ProbeError)
    assert error.reason is ProbeReason.TLS_CLIENT_CERT_REQUIRED
    assert error.seen.phase in {Phase.SEND, Phase.TTFB}
    assert error.seen.tls is not None
    assert error.seen.tls.trusted
    assert error.seen.tls.names == (NAME,)
    assert isinstance(shown, Handshake)
    assert shown.tls.trusted


@both
async def test_a_peer_that_wants_to_know_it_in_the_old_way(
    ask: Shake, authority: trustme.CA, way: str
) -> None:
    """TLS 1.2 has no word for that refusal, which ends the handshake; what was shown is known.

    Trusted is nothing that was not proven to the end.
    """
    server, left = await wanting_ours(ssl.TLSVersion.TLSv1_2, authority)

    error = failed(await ask(way, server.sockets[0].getsockname()[1]), ProbeReason.TLS_PROTOCOL)
    server.close()
    await left.wait()

    assert error.seen.tls is not None
    assert error.seen.tls.names == (NAME,)
    assert not error.seen.tls.trusted


def in_the_open(connections: list[str], then: ssl.SSLContext | None, greeting: bytes) -> Any:  # noqa: ANN401  # a script
    """Return a script of a mail server that speaks STARTTLS, or something else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append("")
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(greeting)
            connections[-1] += (await reader.readuntil(b"\n")).decode()
            writer.write(b"250-mail\r\n250 STARTTLS\r\n")
            connections[-1] += (await reader.readuntil(b"\n")).decode()
            writer.write(b"220 go ahead\r\n")
            if then is not None:
                await writer.start_tls(then)
            await reader.read()
        writer.close()

    return talk


async def test_what_is_shown_after_starttls(ask: Shake) -> None:
    """A certificate that is refused after STARTTLS is shown as well.

    The second handshake comes after the same dialogue, or the peer would not understand it.
    """
    connections: list[str] = []
    talk = in_the_open(
        connections, certificates.context(certificates.issued(NAME)), b"220 mail\r\n"
    )
    server = await asyncio.start_server(talk, "127.0.0.1", 0)

    error = failed(
        await ask("handshake", server.sockets[0].getsockname()[1], starttls=StartTls.SMTP),
        ProbeReason.TLS_UNTRUSTED,
    )
    server.close()

    assert error.seen.tls is not None
    assert error.seen.tls.verify_code == 18
    assert error.seen.phases.total_s < 2
    assert connections == ["EHLO [127.0.0.1]\r\nSTARTTLS\r\n"] * 2


async def test_a_dialogue_that_fails_is_no_handshake(ask: Shake) -> None:
    """Where the dialogue goes wrong there is no certificate to look for: nobody calls again."""
    connections: list[str] = []
    server = await asyncio.start_server(
        in_the_open(connections, None, b"hello, who are you?\r\n"), "127.0.0.1", 0
    )

    error = await ask("handshake", server.sockets[0].getsockname()[1], starttls=StartTls.SMTP)
    server.close()

    assert isinstance(error, ProbeError)
    assert error.reason is ProbeReason.TLS_PROTOCOL
    assert error.seen.phase is Phase.TTFB
    assert error.seen.phases.total_s < 2
    assert len(connections) == 1
