"""TLS, for real: certificates made for the test, verified as always."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
import trustme

from director.model.probe import ProbeError, ProbeReason, Reply

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]
Serve: TypeAlias = Callable[..., Awaitable[Any]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NAME = "pay.example.test"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that the probes of this module trust."""
    return trustme.CA()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's context with *certificate*."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


@pytest.fixture
def trusting(authority: trustme.CA) -> dict[str, Any]:
    """Settings of a probe that trusts the authority and finds every name on loopback."""
    return {
        "ca_pem": authority.cert_pem.bytes().decode(),
        "lookup": lambda *_: ("127.0.0.1",),
    }


async def test_a_good_certificate(
    serve: Serve, ask: Ask, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """A trusted certificate for the right name is accepted, and the handshake is measured."""
    server = await serve(OK, context(authority.issue_cert(NAME)))

    reply = await ask(f"https://{NAME}:{server.port}", **trusting)

    assert reply.status == 200
    assert reply.phases.tls_s > 0
    assert reply.phases.dns_s > 0
    assert reply.address == f"127.0.0.1:{server.port}"


async def test_an_address_as_a_name(
    serve: Serve, ask: Ask, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """A certificate may be for an address."""
    server = await serve(OK, context(authority.issue_cert("127.0.0.1")))

    assert (await ask(server.url, **trusting)).status == 200


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"not_before": NOW - timedelta(days=9), "not_after": NOW - timedelta(days=1)},
            ProbeReason.TLS_EXPIRED,
        ),
        (
            {"not_before": NOW + timedelta(days=1), "not_after": NOW + timedelta(days=9)},
            ProbeReason.TLS_NOT_YET_VALID,
        ),
    ],
    ids=["expired", "not_yet_valid"],
)
async def test_certificates_out_of_their_time(  # fixtures arrive by argument
    serve: Serve,
    fails: Fails,
    authority: trustme.CA,
    trusting: dict[str, Any],
    options: dict[str, Any],
    reason: ProbeReason,
) -> None:
    """An expired certificate is not an untrusted one, nor is one from the future."""
    server = await serve(OK, context(authority.issue_cert(NAME, **options)))

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is reason
    assert error.seen.phases.tls_s > 0
    assert server.requests == []


@pytest.mark.parametrize("url", [f"https://{NAME}", "https://127.0.0.1"])
async def test_a_certificate_for_another_name(
    serve: Serve, fails: Fails, authority: trustme.CA, trusting: dict[str, Any], url: str
) -> None:
    """A certificate for another name or address has a reason of its own."""
    server = await serve(OK, context(authority.issue_cert("other.example.test")))

    error = await fails(f"{url}:{server.port}", **trusting)

    assert error.reason is ProbeReason.TLS_HOSTNAME_MISMATCH
    assert server.requests == []


async def test_an_unknown_authority(serve: Serve, fails: Fails, trusting: dict[str, Any]) -> None:
    """A certificate that nobody we trust signed is untrusted."""
    server = await serve(OK, context(trustme.CA().issue_cert(NAME)))

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is ProbeReason.TLS_UNTRUSTED


async def test_nothing_is_trusted_unasked(
    serve: Serve, fails: Fails, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """Without the operator's word only the system's authorities count."""
    server = await serve(OK, context(authority.issue_cert(NAME)))

    error = await fails(f"https://{NAME}:{server.port}", **{**trusting, "ca_pem": ""})

    assert error.reason is ProbeReason.TLS_UNTRUSTED


async def test_plain_http_on_a_tls_port(fails: Fails, trusting: dict[str, Any]) -> None:
    """A port that does not speak TLS is a fault of protocol."""

    def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    listener = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        error = await fails(f"https://{NAME}:{port}", **trusting)

    assert error.reason is ProbeReason.TLS_PROTOCOL


async def test_a_peer_that_speaks_only_old_versions(
    serve: Serve, fails: Fails, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """TLS 1.1 is not spoken."""
    old = context(authority.issue_cert(NAME))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that is the point
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    server = await serve(OK, old)

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is ProbeReason.TLS_PROTOCOL


async def test_a_handshake_that_stalls(
    serve: Serve, fails: Fails, trusting: dict[str, Any]
) -> None:
    """A peer that never answers the handshake runs into the deadline of the whole probe."""

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await serve(script)
    error = await fails(f"https://{NAME}:{server.port}", request_limit_s=0.2, **trusting)

    assert error.reason is ProbeReason.TLS_TIMEOUT
    assert error.seen.phases.tls_s == pytest.approx(0.2, abs=0.1)


async def test_a_downgrade_is_not_followed(
    serve: Serve, fails: Fails, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """A redirect from https to http has a reason of its own, and is the service's fault."""
    server = await serve(
        b"HTTP/1.1 301 Moved\r\nLocation: http://pay.example.test/\r\nContent-Length: 0\r\n\r\n",
        context(authority.issue_cert(NAME)),
    )

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is ProbeReason.REDIRECT_DOWNGRADE
    assert not error.reason.blind


async def test_a_client_certificate_that_we_do_not_have(
    fails: Fails, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """A peer that wants to know who we are ends the talk, and that has a reason of its own."""
    demanding = context(authority.issue_cert(NAME))
    demanding.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(demanding)
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        # By hand, because asyncio closes without the alert that other servers send.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = demanding.wrap_bio(incoming, outgoing, server_side=True)
        peer, _ = listener.accept()
        with peer:
            while data := peer.recv(65536):
                incoming.write(data)
                with suppress(ssl.SSLError):
                    session.do_handshake()
                peer.sendall(outgoing.read())

    refusing = asyncio.create_task(asyncio.to_thread(refuse))
    with listener:
        error = await fails(f"https://{NAME}:{listener.getsockname()[1]}", **trusting)
        await refusing

    assert error.reason is ProbeReason.TLS_CLIENT_CERT_REQUIRED


async def test_a_peer_that_does_not_say_goodbye_is_not_waited_for(
    ask: Ask, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """The socket is let go at once, even if the peer never ends its side of the session."""
    speaking = context(authority.issue_cert(NAME))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve_and_stay() -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = speaking.wrap_bio(incoming, outgoing, server_side=True)
        peer, _ = listener.accept()
        request = b""
        with peer:
            peer.settimeout(2)
            while data := peer.recv(65536):  # ends when the prober lets go of the socket
                incoming.write(data)
                with suppress(ssl.SSLError):
                    session.do_handshake()
                    if not request:
                        request = session.read()
                        session.write(OK)
                peer.sendall(outgoing.read())

    with listener:
        staying = asyncio.create_task(asyncio.to_thread(serve_and_stay))
        reply = await ask(f"https://{NAME}:{listener.getsockname()[1]}", **trusting)
        await staying

    assert reply.status == 200
