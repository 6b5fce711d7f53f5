"""director.probing.http, on real sockets: what an answer is, and what is none."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from director.model.probe import ProbeError, ProbeReason, Reply
from director.ports import Clock
from director.probing.session import LiveSession
from director.testing import DemoService

Ask: TypeAlias = Callable[..., Awaitable[Reply]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]
Serve: TypeAlias = Callable[..., Awaitable[Any]]
Open: TypeAlias = Callable[..., LiveSession]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(*headers: bytes, status: bytes = b"200 OK", body: bytes = b"") -> bytes:
    """Return an answer with a body of the right length."""
    lines = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_a_healthy_service(ask: Ask) -> None:
    """A complete answer comes with status, headers, body, address and phases."""
    async with DemoService.healthy() as service:
        base_url = service.base_url
        reply = await ask(base_url)

    assert (reply.status, reply.json(), reply.redirects, reply.reused) == (
        200,
        {"status": "pass"},
        0,
        False,
    )
    assert reply.header("Content-Type") == "application/json; charset=utf-8"
    assert f"http://{reply.address}" == base_url
    assert reply.phases.connect_s > 0
    assert reply.phases.ttfb_s > 0
    assert reply.phases.dns_s == reply.phases.tls_s == 0


async def test_a_failing_service(ask: Ask) -> None:
    """Any status is an answer; what it means is the check's affair."""
    async with DemoService.failing() as service:
        assert (await ask(service.base_url)).status == 503


async def test_a_slow_service_is_billed_to_the_first_byte(ask: Ask) -> None:
    """The time until the answer begins is its own phase."""
    async with DemoService.slow(0.2) as service:
        reply = await ask(service.base_url)

    assert reply.phases.ttfb_s == pytest.approx(0.2, abs=0.15)
    assert reply.elapsed_s - reply.phases.ttfb_s < 0.15


async def test_a_service_slower_than_the_limit(fails: Fails) -> None:
    """The request limit ends a probe, with the phase that was running and all phases so far."""
    async with DemoService.slow(30) as service:
        error = await fails(service.base_url, request_limit_s=0.2)

    assert error.reason is ProbeReason.TTFB_TIMEOUT
    assert error.seen.phases.total_s == pytest.approx(0.2, abs=0.05)
    assert error.seen.phases.ttfb_s > 0.1
    assert error.seen.address.startswith("127.0.0.1:")


async def test_a_refusing_port(fails: Fails) -> None:
    """A closed port is refused, by the service and not by us."""
    async with DemoService.refusing() as service:
        error = await fails(service.base_url)

    assert error.reason is ProbeReason.CONNECT_REFUSED
    assert not error.reason.blind


async def test_what_is_sent(serve: Serve, ask: Ask) -> None:
    """A probe says who it is, takes what it can undo, and adds the headers it was given."""
    server = await serve(OK)

    await ask(server.url, "/x?token=abc", headers={"X-Trace": "1"})

    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /x?token=abc HTTP/1.1"
    assert "Accept-Encoding: gzip, deflate" in lines
    assert "x-trace: 1" in lines
    assert any(line.startswith("User-Agent: production-readiness-director/") for line in lines)
    assert not any(line.lower().startswith("cookie") for line in lines)


async def test_cookies_are_forgotten(serve: Serve, ask: Ask) -> None:
    """What one answer sets, the next question does not send."""
    server = await serve(
        b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /healthz?again\r\n\r\n"
    )

    with pytest.raises(Exception, match="redirect_limit"):
        await ask(server.url)

    assert all(b"ookie" not in request for request in server.requests)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Host", "evil"), ("content-length", "3"), ("Te", "x"), ("a b", "c"), ("a", "b\r\nc: d")],
)
async def test_headers_that_steer_are_refused(ask: Ask, name: str, value: str) -> None:
    """A check cannot change how a request is framed or where it goes."""
    with pytest.raises(ValueError, match="header"):
        await ask("http://127.0.0.1:1", headers={name: value})


@pytest.mark.parametrize("location", ["/there", "there", "?there", "http://127.0.0.1:{port}/there"])
async def test_a_redirect_within_the_origin_is_followed(
    serve: Serve, ask: Ask, location: str
) -> None:
    """A redirect to the same scheme, host and port leads to its page, headers included."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"there" in server.requests[-1].splitlines()[0]:
            writer.write(OK)
        else:
            where = location.format(port=server.port).encode()
            writer.write(answer(b"Location: " + where, status=b"307 Temporary Redirect"))

    server = await serve(script)
    reply = await ask(server.url, headers={"X-Api-Key": "k"})

    assert (reply.status, reply.redirects, reply.body) == (200, 1, b"ok")
    assert "there" in reply.url or location == "?there"
    assert [b"x-api-key: k" in request for request in server.requests] == [True, True]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (b"http://localhost:{port}/", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"https://127.0.0.1:{port}/", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"http://127.0.0.1:1/", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"//169.254.169.254/latest/meta-data", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"file:///etc/passwd", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"http://a:b@127.0.0.1:{port}/", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"/a b\\c", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"\xff\x1b[31m", ProbeReason.REDIRECT_CROSS_ORIGIN),
        (b"", ProbeReason.REDIRECT_NO_LOCATION),
        (b"/healthz", ProbeReason.REDIRECT_LIMIT),
    ],
)
async def test_redirects_that_are_not_followed(
    serve: Serve, fails: Fails, location: bytes, reason: ProbeReason
) -> None:
    """A redirect out of the origin, to nowhere, or without end is a reason, never an answer."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        where = location.replace(b"{port}", b"%d" % server.port)
        writer.write(answer(b"Location: " + where, status=b"302 Found"))

    server = await serve(script)
    error = await fails(server.url)

    assert error.reason is reason
    assert server.connections == (6 if reason is ProbeReason.REDIRECT_LIMIT else 1)


@pytest.mark.parametrize(("limit", "hops"), [(2, 2), (3, 2)])
async def test_the_redirect_limit_counts_redirects(
    serve: Serve, ask: Ask, limit: int, hops: int
) -> None:
    """Exactly as many redirects as the limit are still followed."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        more = answer(b"Location: /%d" % server.connections, status=b"301 Moved Permanently")
        writer.write(OK if server.connections > 2 else more)

    server = await serve(script)

    assert (await ask(server.url, redirects=limit)).redirects == hops


async def test_a_redirect_without_location(serve: Serve, fails: Fails) -> None:
    """A redirect that leads nowhere has a reason of its own."""
    server = await serve(answer(status=b"302 Found"))

    assert (await fails(server.url)).reason is ProbeReason.REDIRECT_NO_LOCATION


async def test_a_compressed_body(serve: Serve, ask: Ask) -> None:
    """A compressed body is decoded."""
    server = await serve(answer(b"Content-Encoding: gzip", body=gzip.compress(b"hello")))

    assert (await ask(server.url)).body == b"hello"


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
async def test_the_body_cap(
    serve: Serve, open_session: Open, clock: Clock, size: int, fits: bool
) -> None:
    """A body of exactly the cap is an answer; one byte more is a failure, never a part."""
    server = await serve(answer(body=b"a" * size))
    view = open_session(server.url, body_cap_bytes=1000).view(clock.monotonic() + 5)

    if fits:
        assert len((await view.get("/")).body) == size
    else:
        with pytest.raises(Exception, match="body_too_large"):
            await view.get("/")


async def test_header_garbage_is_cleaned(serve: Serve, ask: Ask) -> None:
    """Values that would steer a terminal, or are no text, cannot do so any more."""
    server = await serve(answer(b"X-A: \x1b[31mred\xff", b"X-B: caf\xc3\xa9", body=b"x"))

    reply = await ask(server.url)

    assert reply.header("x-a") == "\ufffd[31mred\ufffd"
    assert reply.header("X-B") == "caf\u00e9"


async def test_a_broken_connection_is_not_tried_again(serve: Serve, fails: Fails) -> None:
    """One question makes one request, whatever becomes of it."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await serve(script)
    error = await fails(server.url)

    assert error.reason is ProbeReason.HTTP_PROTOCOL
    assert server.connections == 1


async def test_no_secret_is_in_an_error(serve: Serve, fails: Fails) -> None:
    """Neither the query nor what the peer sent is repeated in the text of an error."""
    server = await serve(b"HTTP/1.1 secret-of-the-peer\r\n\r\n")

    error = await fails(server.url, "/x?token=hunter2")

    shown = f"{error!r} {error} {error.detail} {error.url}"
    assert "hunter2" not in shown
    assert "secret" not in shown
    assert error.url.endswith("/x?token=REDACTED")


@pytest.mark.parametrize("path", ["/a b", "http://127.1/", "http://u:hunter2@a.example/"])
async def test_what_cannot_be_asked(fails: Fails, path: str) -> None:
    """A URL that is not asked is a reason, found before any socket."""
    error = await fails("http://127.0.0.1:1", path)

    assert error.reason is ProbeReason.INVALID_URL
    assert "hunter2" not in f"{error} {error.url}"


@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY"])
async def test_the_environment_has_no_say(serve: Serve, ask: Ask, name: str) -> None:
    """A proxy in the environment is not used: it would get around the address policy."""
    server = await serve(OK)
    os.environ[name] = "http://127.0.0.1:1"
    try:
        assert (await ask(server.url)).status == 200
    finally:
        del os.environ[name]


def test_the_c_parser_is_demanded() -> None:
    """Without aiohttp's C parser nothing is probed, and the text says what to do."""
    code = (
        "from director.probing.session import LiveProber\n"
        "from director.probing.settings import ProbeSettings\n"
        "from director.testing import FakeClock\n"
        "LiveProber(ProbeSettings(), FakeClock())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "DirectorError" in done.stderr
    assert "AIOHTTP_NO_EXTENSIONS" in done.stderr
