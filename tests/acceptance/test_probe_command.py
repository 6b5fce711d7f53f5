"""director probe: one thing is asked, and what came of it is said in one glance."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from director.testing import DemoService

LOOPBACK = ("--allow-address", "127.0.0.0/8")
PHASES = ("dns", "connect", "tls", "send", "ttfb", "transfer", "other")


async def test_a_healthy_page(director) -> None:
    """The verdict comes first, then who answered, and where the time went."""
    async with DemoService.healthy() as service:
        url = f"{service.base_url}/healthz"
        ran = await director("probe", url, *LOOPBACK)

    lines = ran.stdout.splitlines()
    assert (ran.exit, ran.stderr) == (0, "")
    assert lines[0] == f"PASSED  {url}"
    assert lines[1].startswith("  answered 200 in ")
    assert any(line.startswith("  f ttfb ") for line in lines)
    assert lines[-1].startswith("  = total ")


async def test_a_slow_page(director) -> None:
    """What is expected of the time is held against what was measured."""
    async with DemoService.slow(0.4) as service:
        ran = await director(
            "probe", f"{service.base_url}/healthz", *LOOPBACK, "--expect", "ttfb < 100ms"
        )

    assert ran.exit == 1
    assert "not as expected: ttfb < 100ms: was 0.4" in ran.stdout
    assert "reason condition_failed" in ran.stdout


async def test_nobody_there(director) -> None:
    """A refusal is a failure of the service, and its phase is named."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        ran = await director("probe", f"http://127.0.0.1:{taken.getsockname()[1]}/", *LOOPBACK)

    assert ran.exit == 1
    assert "reason connect_refused" in ran.stdout
    assert "failed here" in next(line for line in ran.stdout.splitlines() if "c connect" in line)


async def test_a_denied_address(director) -> None:
    """What may not be asked is unknown, names the rule, and nothing is sent."""
    ran = await director("probe", "http://169.254.169.254/latest/meta-data")

    assert ran.exit == 3
    assert ran.stdout.startswith("UNKNOWN  ")
    assert "denied by the address policy (metadata)" in ran.stdout
    assert "nothing was sent" in ran.stdout


async def test_a_port_that_is_not_for_http(director) -> None:
    """No HTTP is spoken where other protocols live, unless the operator says so."""
    refused = await director("probe", "http://127.0.0.1:6379/", *LOOPBACK)
    allowed = await director("probe", "http://127.0.0.1:6379/", *LOOPBACK, "--allow-port", "6379")

    assert "denied by the address policy (port)" in refused.stdout
    assert "denied" not in allowed.stdout


@pytest.fixture
async def broken_tls(home: Path):
    """A server whose certificate expired; yields its URL and the file of its authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    now = datetime.now(UTC)
    certificate = authority.issue_cert(
        "127.0.0.1",
        not_before=now - timedelta(days=90),
        not_after=now - timedelta(days=2, hours=1),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", home / "ca.pem"
    server.close()
    await server.wait_closed()


async def test_a_certificate_that_expired(director, broken_tls) -> None:
    """It is said that it expired and when, not that it is untrusted."""
    url, authority = broken_tls

    ran = await director("probe", url, *LOOPBACK, "--ca-file", authority)

    assert ran.exit == 1
    assert "reason tls_expired" in ran.stdout
    assert "2 days ago" in ran.stdout
    assert "failed here" in next(line for line in ran.stdout.splitlines() if "t tls" in line)


async def test_as_json(director) -> None:
    """A machine gets one object for one URL, with phases that sum to the total."""
    async with DemoService.healthy() as service:
        url = f"{service.base_url}/healthz"
        one = await director("probe", url, *LOOPBACK, "--format", "json")
        two = await director("probe", url, url + "?b", *LOOPBACK, "--format", "json")

    assert list(one.document)[:3] == ["target", "outcome", "reason"]
    facts = one.document["facts"]
    total = sum(facts[f"director.probe.{phase}_ms"] for phase in PHASES)
    assert total == pytest.approx(facts["director.probe.total_ms"], abs=0.01)
    assert "http.response.body.content" not in facts
    assert [each["outcome"] for each in two.document] == ["passed", "passed"]


async def test_only_what_failed_shows_its_body(director) -> None:
    """The beginning of a body is evidence of a failure, without its secrets."""
    async with DemoService.healthy() as service:
        ran = await director(
            "probe", f"{service.base_url}/healthz", *LOOPBACK, "--status", "500", "--format", "json"
        )

    assert ran.document["outcome"] == "failed"
    assert "pass" in ran.document["facts"]["http.response.body.content"]


async def test_a_port(director) -> None:
    """A port is asked by itself, and nothing is sent to it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
        ran = await director("probe", f"tcp://127.0.0.1:{port}", *LOOPBACK)

    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, f"PASSED  tcp://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("ftp://example.com",), "URL: must begin with http://"),
        (("example.com",), "URL: must begin with http://"),
        (("dns:example.com?type=PTR",), "URL: the type must be one of A, AAAA"),
        (("dns:",), "URL: must name what to ask for"),
        (("http://a/", "--expect", "tota < 5s"), "did you mean 'total'?"),
        (("http://a/", "--status", "299-200"), "--status: character"),
        (("http://a/", "--header", "x"), "--header: must look like Name: value"),
        (("http://a/", "--header", "Host: b"), "--header: the header host is the probe's own"),
        (("http://a/", "--allow-port", "0"), "must be a port or a range"),
        (("http://a/", "--ca-file", "nothing.pem"), "nothing.pem"),
        ((), "Missing argument"),
    ],
)
async def test_bad_input(director, arguments, part) -> None:
    """What cannot be asked is said in one line, before anything is sent."""
    ran = await director("probe", *arguments)

    assert ran.exit == 2
    assert part in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


async def test_what_is_no_url(director) -> None:
    """A URL that two programs could read differently is asked by none."""
    ran = await director("probe", "http://127.1/")

    assert ran.exit == 3
    assert "reason invalid_url" in ran.stdout
