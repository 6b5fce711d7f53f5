"""What a peer shows of itself, accepted or not, for real."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
import trustme

from director.model.answers import Handshake
from director.model.probe import Phase, ProbeError, ProbeReason, Reply
from director.probing.session import LiveSession

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]
Serve: TypeAlias = Callable[..., Awaitable[Any]]
Open: TypeAlias = Callable[..., LiveSession]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NAME = "pay.example.test"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that the probes of this module trust."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> dict[str, Any]:
    """Settings of a probe that trusts the authority and finds every name on loopback."""
    return {
        "ca_pem": authority.cert_pem.bytes().decode(),
        "lookup": lambda *_: ("127.0.0.1",),
    }


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's context with *certificate*."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


async def shaken(opened: LiveSession, where: str = "", **options: Any) -> Handshake:  # noqa: ANN401  # as handshake takes
    """Return one handshake of a session."""
    view = opened.view(asyncio.get_running_loop().time() + 30)
    return await view.handshake(where, **options)


async def test_a_reply_carries_what_its_peer_showed(
    serve: Serve, ask: Ask, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """The certificate's names and dates stand beside the answer it came with."""
    ends = NOW + timedelta(days=90)
    server = await serve(OK, context(authority.issue_cert(NAME, "127.0.0.1", not_after=ends)))

    reply = await ask(f"https://{NAME}:{server.port}", **trusting)

    assert reply.tls is not None
    assert reply.tls.trusted
    assert reply.tls.names == (NAME, "127.0.0.1")
    assert reply.tls.not_after == ends
    assert reply.tls.version == "TLSv1.3"
    assert len(reply.tls.fingerprint) == 64
    assert timedelta(days=89) < reply.tls.expires_in <= timedelta(days=90)
    assert [hop.tls for hop in reply.hops] == [reply.tls]


async def test_a_handshake_sends_nothing(
    serve: Serve, open_session: Open, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """A handshake by itself is measured as one, and the peer hears nothing after it."""
    server = await serve(OK, context(authority.issue_cert(NAME)))

    shown = await shaken(open_session("http://unused.test", **trusting), f"{NAME}:{server.port}")

    assert shown.where == f"{NAME}:{server.port}"
    assert shown.address == f"127.0.0.1:{server.port}"
    assert shown.tls.trusted
    assert shown.phases.tls_s > 0
    assert shown.phases.connect_s > 0
    assert shown.phases.ttfb_s == 0
    assert server.requests == []


async def test_the_place_is_that_of_the_base_url(
    serve: Serve, open_session: Open, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """Whoever names no place means the target."""
    server = await serve(OK, context(authority.issue_cert(NAME)))

    shown = await shaken(open_session(f"https://{NAME}:{server.port}/api", **trusting))

    assert shown.where == f"{NAME}:{server.port}"


async def test_the_first_end_of_the_chain(
    serve: Serve, open_session: Open, trusting: dict[str, Any]
) -> None:
    """The chain ends with its first certificate, and our own root is not a part of it."""
    root = trustme.CA()
    below = root.create_child_ca()
    leaf = below.issue_cert(NAME, not_after=NOW + timedelta(days=3000))
    server = await serve(OK, context(leaf))
    trusting["ca_pem"] = root.cert_pem.bytes().decode()

    shown = await shaken(open_session(f"https://{NAME}:{server.port}", **trusting))

    assert shown.tls.chain == 2
    assert shown.tls.not_after == NOW + timedelta(days=3000)
    assert shown.tls.chain_not_after <= shown.tls.not_after


@pytest.mark.parametrize(
    ("options", "reason", "code"),
    [
        (
            {"not_before": NOW - timedelta(days=9), "not_after": NOW - timedelta(days=1)},
            ProbeReason.TLS_EXPIRED,
            10,
        ),
        (
            {"not_before": NOW + timedelta(days=1), "not_after": NOW + timedelta(days=9)},
            ProbeReason.TLS_NOT_YET_VALID,
            9,
        ),
    ],
    ids=["expired", "not_yet_valid"],
)
@pytest.mark.parametrize("way", ["get", "handshake"])
async def test_what_was_shown_and_not_accepted(  # fixtures arrive by argument
    serve: Serve,
    open_session: Open,
    authority: trustme.CA,
    trusting: dict[str, Any],
    options: dict[str, Any],
    reason: ProbeReason,
    code: int,
    way: str,
) -> None:
    """A certificate that is refused is shown all the same, by one more handshake."""
    server = await serve(OK, context(authority.issue_cert(NAME, **options)))
    opened = open_session(f"https://{NAME}:{server.port}", **trusting)
    view = opened.view(asyncio.get_running_loop().time() + 30)

    with pytest.raises(ProbeError) as caught:
        await getattr(view, way)()

    seen = caught.value.seen
    assert caught.value.reason is reason
    assert seen.tls is not None
    assert seen.tls.verify_code == code
    assert not seen.tls.trusted
    assert seen.tls.not_after == options["not_after"]
    assert seen.phase is Phase.TLS
    assert server.connections == 1  # the one that accepts anything
    assert server.requests == []
    facts = dict(view.evidence[0].facts)
    assert facts["director.probe.phase"] == "tls"
    assert facts["director.probe.tls.verify_code"] == code
    assert facts["director.probe.tls.names"] == NAME


async def test_who_signed_what_nobody_trusts(
    serve: Serve, fails: Fails, trusting: dict[str, Any]
) -> None:
    """Of an unknown authority it is said who it is."""
    stranger = trustme.CA(organization_name="Strangers Inc")
    server = await serve(OK, context(stranger.issue_cert(NAME)))

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is ProbeReason.TLS_UNTRUSTED
    assert error.seen.tls is not None
    assert "Strangers Inc" in error.seen.tls.issuer


async def test_a_peer_that_is_stuck_in_the_past(
    serve: Serve, fails: Fails, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    """Of a peer that speaks only TLS 1.1 it is said that it does."""
    old = context(authority.issue_cert(NAME))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    server = await serve(OK, old)

    error = await fails(f"https://{NAME}:{server.port}", **trusting)

    assert error.reason is ProbeReason.TLS_PROTOCOL
    assert error.detail == "the peer speaks nothing newer than TLSv1.1"
    assert error.seen.tls is not None
    assert error.seen.tls.version == "TLSv1.1"


async def test_the_second_handshake_has_no_time_of_its_own(
    authority: trustme.CA, fails: Fails, trusting: dict[str, Any]
) -> None:
    """What finds out why is inside the same deadline, and cannot change the reason."""
    refused = context(authority.issue_cert("other.example.test"))
    connections = 0

    async def first_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            with suppress(OSError):
                await writer.start_tls(refused)
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(first_only, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = asyncio.get_running_loop().time()

    error = await fails(f"https://{NAME}:{port}", **{**trusting, "request_limit_s": 0.4})

    took_s = asyncio.get_running_loop().time() - began
    server.close()
    assert error.reason is ProbeReason.TLS_HOSTNAME_MISMATCH
    assert error.seen.tls is not None  # what the first one held when it broke off
    assert error.seen.tls.names == ("other.example.test",)
    assert took_s < 0.4 + 0.2
    assert error.seen.phases.total_s <= took_s
