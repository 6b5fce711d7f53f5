"""Every live check of ours against real servers: a good one passes, each bad one has its finding.

The engine asks, the real probe answers; nothing stands between but the network of this machine.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trustme
from aiohttp import web

from director.engine.attempt import Visit, examine
from director.model.check import Role
from director.model.manifest import Claim, Target
from director.model.outcome import Outcome, word
from director.model.plan import PlannedCheck
from director.model.probe import Phase
from director.model.profile import CheckPolicy
from director.plugin import Expectation, LiveCheck, Redirects, Reply
from director.probing.guard import AddressPolicy, Reach
from director.probing.session import LiveSession
from director.probing.view import LiveView
from director.testing import target
from director_dns.consistent import Consistent
from director_dns.records import Records
from director_http.expect import Expect
from director_http.headers import Headers
from director_http.health import Health
from director_http.latency import Latency
from director_http.links import Links
from director_http.metrics import Metrics
from director_http.readiness import Readiness
from director_http.security_auth import SecurityAuth
from director_http.security_debug import SecurityDebug
from director_http.security_headers import SecurityHeaders
from director_http.security_https import SecurityHsts, SecurityHttps
from director_http.status import Status
from director_tcp.open import Open
from director_tls.certificate import Certificate
from director_tls.chain import Chain
from director_tls.protocol import Protocol

if TYPE_CHECKING:
    from tests.integration.probing import dns_server as peer
else:
    _spec = spec_from_file_location(
        "dns_server_of_checks", Path(__file__).with_name("dns_server.py")
    )
    peer = module_from_spec(_spec)
    sys.modules[_spec.name] = peer
    _spec.loader.exec_module(peer)

NAME = "pay.example.test"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)

OpenSession: TypeAlias = Callable[..., LiveSession]
Examine: TypeAlias = Callable[..., Awaitable[tuple[str, str, str]]]
"""Returns the outcome, its code, and its reason."""


@dataclass(frozen=True)
class Page:
    """What one path answers."""

    body: str = ""
    status: int = 200
    kind: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


def leading(to: str) -> Page:
    """Return a page that leads elsewhere."""
    return Page(status=302, headers={"Location": to})


NOSNIFF = {"X-Content-Type-Options": "nosniff", "Server": "ours"}
PROTECTED = {
    **NOSNIFF,
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
JSON, HEALTH, HTML = "application/json", "application/health+json", "text/html"
WORKING = """\
# TYPE http_requests_total counter
http_requests_total{code="200"} 5
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf"} 5
http_request_duration_seconds_sum 0.5
http_request_duration_seconds_count 5
"""
PARTS = '{"status": "pass", "checks": {"db": [{"status": "pass"}]}}'
GOOD: Mapping[str, Page] = {
    "/": Page("<html>welcome</html>", kind=HTML, headers=PROTECTED),
    "/healthz": Page(PARTS, kind=HEALTH),
    "/livez": Page('{"status": "pass"}', kind=HEALTH),
    "/readyz": Page(PARTS, kind=HEALTH),
    "/metrics": Page(WORKING),
    "/admin": Page("who are you", status=401),
    "/old": leading("/"),
    "/runbook": Page("<html>turn it off and on</html>", kind=HTML),
    "/login": Page('<form><input type="password"></form>', kind=HTML),
}


@pytest.fixture
async def serve_pages() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Start services that have the good pages, and others in their place; return their port."""
    runners: list[web.AppRunner] = []

    async def start(
        pages: Mapping[str, Page], other: Page | None = None, tls: ssl.SSLContext | None = None
    ) -> int:
        known = {**GOOD, **pages}

        async def answer(request: web.Request) -> web.Response:
            page = known.get(request.path, other or Page("nothing here", 404, headers=NOSNIFF))
            await asyncio.sleep(page.delay_s)
            return web.Response(
                text=page.body, status=page.status, content_type=page.kind, headers=page.headers
            )

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        return int(runner.addresses[0][1])

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def examined(open_session: OpenSession, clock: Any) -> Examine:  # noqa: ANN401  # of the conftest
    """Let the engine ask a check, with a session of its own."""

    async def once(check: LiveCheck, about: Target, **settings: Any) -> tuple[str, str, str]:  # noqa: ANN401  # whatever ProbeSettings takes
        session = open_session(about.base_url, **settings)
        abandoned: list[asyncio.Task[Any]] = []
        policy = CheckPolicy(check=check.spec.id, category="c", role=Role.REQUIRED)
        visit = Visit(about, session, clock, abandoned.append)
        result = await examine(check, PlannedCheck(policy=policy), visit)
        assert abandoned == []
        for evidence in result.evidence:
            facts = dict(evidence.facts)
            spent = [facts[f"director.probe.{phase}_ms"] for phase in Phase]
            assert sum(spent) == pytest.approx(facts["director.probe.total_ms"], abs=0.02)  # type: ignore[arg-type]
        return said(result.outcome)

    return once


def said(outcome: Outcome) -> tuple[str, str, str]:
    """Return the word of *outcome*, its code, and its reason."""
    return word(outcome).value, getattr(outcome, "code", ""), outcome.reason


def page(path: str, *args: Any, **kwargs: Any) -> dict[str, Page]:  # noqa: ANN401  # as Page takes
    """Return one page in the place of a good one."""
    return {path: Page(*args, **kwargs)}


RULED = Headers(present="content-type", absent="x-debug", expect=Expectation("status == 200"))
RIGHT = Expect("/healthz", Expectation('json("$.status") == "pass" and total < 5s'))
RUNTIME = "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1\n"
BARE = Page("<html>welcome</html>", kind=HTML)

HTTP: list[tuple[LiveCheck, Mapping[str, Page], str, str]] = [
    (Health(), {}, "passed", ""),
    (Health(budget_s=0.1), page("/healthz", "ok", delay_s=0.3), "failed", "latency"),
    (Health(), page("/healthz", "down", 503), "failed", "http_status"),
    (Health(), page("/healthz", '{"status": "DOWN"}', kind=JSON), "failed",
     "health_document_mismatch"),
    (Health(), page("/healthz", '{"status": "UP"}', 503, JSON), "failed",
     "health_document_mismatch"),
    (Health(), page("/healthz", '{"status": "DOWN"}', 503, JSON), "failed", "http_status"),
    (Health(), page("/healthz", '{"status": ', kind=HEALTH), "failed", "health_document_invalid"),
    (Health(), page("/healthz", '{"status": "warn"}', kind=HEALTH), "warned", ""),
    (Health(), page("/healthz", "Degraded"), "warned", ""),
    (Readiness(), {}, "passed", ""),
    (Readiness(readiness_path="/livez"), {}, "failed", "same_page"),
    (Readiness(), {"/readyz": leading("/livez")}, "failed", "same_page"),
    (Readiness(), {"/livez": GOOD["/readyz"]}, "warned", ""),
    (Readiness(), page("/readyz", "", 503), "failed", "http_status"),
    (Latency(budget_s=5), {}, "passed", ""),
    (Latency(budget_s=0.1), page("/", "late", delay_s=0.3), "failed", "latency"),
    (Latency(ttfb_budget_s=0.1), page("/", "late", delay_s=0.3), "failed", "latency"),
    (Latency(), page("/", "quick", 500), "failed", "http_status"),
    (Status(), {}, "passed", ""),
    (Status("/old", "302"), {}, "passed", ""),
    (Status("/old", "200"), {}, "passed", ""),
    (Status("/gone"), {}, "failed", "http_status"),
    (RULED, {}, "passed", ""),
    (RULED, page("/", "x", headers={"X-Debug": "1"}), "failed", "header_present"),
    (Headers(present="x-request-id"), {}, "failed", "header_missing"),
    (RULED, page("/", "x", 201), "failed", "condition_failed"),
    (RIGHT, {}, "passed", ""),
    (RIGHT, page("/healthz", '{"status": "closed"}', kind=JSON), "failed", "condition_failed"),
    (RIGHT, page("/healthz", "pass"), "unknown", "condition_missing"),
    (Metrics(), {}, "passed", ""),
    (Metrics(), page("/metrics", RUNTIME), "failed", "signals_missing"),
    (Metrics(), page("/metrics", "requests_total one\n"), "failed", "metrics_invalid"),
    (Metrics(), page("/metrics", "<html>no</html>", kind=HTML), "failed", "metrics_invalid"),
    (Metrics(), page("/metrics", "", 404), "failed", "http_status"),
    (SecurityAuth("/admin"), {}, "passed", ""),
    (SecurityAuth("/admin"), {"/admin": leading("/login")}, "passed", ""),
    (SecurityAuth("/admin, /metrics"), {}, "failed", "unauthenticated_access"),
    (SecurityAuth("/admin, /gone"), {}, "unknown", "not_found"),
    (SecurityDebug(), {}, "passed", ""),
    (SecurityDebug(), page("/.env", "DB_PASSWORD=hunter2\n"), "failed", "exposed"),
    (SecurityDebug(), page("/.git/HEAD", "ref: refs/heads/main\n"), "failed", "exposed"),
    (SecurityDebug(), page("/actuator/env", '{"propertySources": []}', kind=JSON), "failed",
     "exposed"),
    (SecurityDebug(more_paths="/runbook"), {}, "failed", "exposed"),
    (SecurityDebug(), page("/.env", "busy", 503), "unknown", "http_status"),
    (SecurityHeaders(), {}, "passed", ""),
    (SecurityHeaders(), {"/": BARE}, "failed", "header_missing"),
    (SecurityHeaders(), page("/", "{}", kind=JSON, headers=NOSNIFF), "passed", ""),
    (SecurityHeaders(), page("/", "{}", kind=JSON, headers={**NOSNIFF, "Server": "Apache/2.4"}),
     "warned", ""),
    (SecurityHsts(), {}, "not_applicable", ""),
    (SecurityHttps(), {}, "not_applicable", ""),
    (Certificate(), {}, "not_applicable", ""),
    (Open(), {}, "passed", ""),
]  # fmt: skip


def named(case: object) -> str | None:
    """Return what a case of a table is called."""
    return case.spec.id if isinstance(case, LiveCheck) else str(case) if case else "good"


@pytest.mark.parametrize(
    ("check", "pages", "outcome", "code"),
    [
        pytest.param(*case, id=f"{case[0].spec.id}-{case[2]}-{case[3]}-{n}")
        for n, case in enumerate(HTTP)
    ],
)
async def test_over_plain_http(
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    check: LiveCheck,
    pages: Mapping[str, Page],
    outcome: str,
    code: str,
) -> None:
    """A service that is as it should be passes, and one that is not has the right finding."""
    port = await serve_pages(pages)

    found = await examined(check, target(f"http://127.0.0.1:{port}"))

    assert found[:2] == (outcome, code), found[2]


CATCH_ALL = Page('{"status": "pass"}', kind=HEALTH)


@pytest.mark.parametrize(
    ("check", "outcome", "code"),
    [
        (Readiness("/x", "/y"), "unknown", "catch_all"),
        (SecurityDebug(), "passed", ""),
        (SecurityDebug(more_paths="/x"), "passed", ""),
        (SecurityAuth("/x"), "failed", "unauthenticated_access"),
    ],
)
async def test_a_service_that_answers_everything(
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    check: LiveCheck,
    outcome: str,
    code: str,
) -> None:
    """An answer that every path gets is no evidence that a page is there."""
    port = await serve_pages({}, CATCH_ALL)

    found = await examined(check, target(f"http://127.0.0.1:{port}"))

    assert found[:2] == (outcome, code), found[2]


@pytest.mark.parametrize("check", [each() for each in (
    Health, Readiness, Latency, Status, Metrics, SecurityHeaders, SecurityDebug, SecurityHttps,
    Open,
)], ids=named)  # fmt: skip
async def test_nobody_listens(examined: Examine, check: LiveCheck) -> None:
    """A port that refuses is a failure of the service, whatever was asked of it."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = await examined(check, target(base_url))

    assert found[:2] == ("failed", "connect_refused")


@pytest.mark.parametrize(
    ("addresses", "outcome", "code"),
    [("one", "passed", ""), ("any", "warned", ""), ("all", "failed", "connect_refused")],
)
async def test_health_at_every_address(
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    addresses: str,
    outcome: str,
    code: str,
) -> None:
    """Of two addresses one is dead: which of them count is the team's to say."""
    port = await serve_pages({})

    found = await examined(
        Health(addresses=addresses),
        target(f"http://{NAME}:{port}"),
        lookup=lambda *_: ("127.0.0.1", "127.0.0.2"),
    )

    assert found[:2] == (outcome, code), found[2]


@pytest.mark.parametrize(
    ("path", "outcome", "code"),
    [
        ("/runbook", "passed", ""),
        ("/login", "failed", "login_page"),
        ("/to-login", "failed", "login_page"),
        ("/admin", "failed", "login_page"),
        ("/gone", "failed", "http_status"),
    ],
)
async def test_links(
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    path: str,
    outcome: str,
    code: str,
) -> None:
    """A runbook that opens is one; a login page, wherever it is reached, is none."""
    port = await serve_pages({"/to-login": leading("/login")})
    runbook = Claim(value=True, evidence=f"http://127.0.0.1:{port}{path}")

    found = await examined(Links(), target("http://127.0.0.1:1", runbook=runbook))

    assert found[:2] == (outcome, code), found[2]


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


def context(certificate: trustme.LeafCert, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return a server's context with *certificate*."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    if newest is not None:
        made.maximum_version = newest
    return made


def lasting(left: timedelta, name: str = NAME) -> Callable[[trustme.CA], ssl.SSLContext]:
    """Return how a server gets a certificate that is valid for *left*."""
    dates = {"not_before": NOW - 30 * DAY, "not_after": datetime.now(UTC) + left}
    return lambda authority: context(authority.issue_cert(name, **dates))  # type: ignore[arg-type]


def incomplete(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server that leaves out the certificate between its own and the authority's."""
    leaf = authority.create_child_ca().issue_cert(NAME)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with (
        leaf.private_key_pem.tempfile() as key,
        leaf.cert_chain_pems[0].tempfile() as alone,
    ):
        made.load_cert_chain(alone, key)
    return made


def complete(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server that sends the certificate between its own and the authority's."""
    return context(authority.create_child_ca().issue_cert(NAME))


def older(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server that speaks nothing newer than TLS 1.2."""
    return context(authority.issue_cert(NAME), ssl.TLSVersion.TLSv1_2)


def foreign(_: trustme.CA) -> ssl.SSLContext:
    """Return a server whose certificate nobody knows the signer of."""
    return context(trustme.CA().issue_cert(NAME))


SHORT = {**PROTECTED, "Strict-Transport-Security": "max-age=3600"}
LONG = lasting(60 * DAY)

Serving: TypeAlias = Callable[[trustme.CA], ssl.SSLContext]
"""Returns the context of a server whose certificate an authority signed, or should have."""

TLS: list[tuple[LiveCheck, Serving, Mapping[str, Page], str, str]] = [
    (Certificate(), LONG, {}, "passed", ""),
    (Certificate(), lasting(10 * DAY), {}, "warned", ""),
    (Certificate(), lasting(5 * DAY), {}, "failed", "certificate_expiring"),
    (Certificate(), lasting(-DAY), {}, "failed", "tls_expired"),
    (Certificate(), lasting(60 * DAY, "other.test"), {}, "failed", "tls_hostname_mismatch"),
    (Chain(), LONG, {}, "passed", ""),
    (Chain(), complete, {}, "passed", ""),
    (Chain(), incomplete, {}, "failed", "tls_untrusted"),
    (Chain(), foreign, {}, "failed", "tls_untrusted"),
    (Protocol(), LONG, {}, "passed", ""),
    (Protocol(), older, {}, "passed", ""),
    (Protocol(min_version=1.3), LONG, {}, "passed", ""),
    (Protocol(min_version=1.3), older, {}, "failed", "tls_protocol"),
    (SecurityHsts(), LONG, {}, "passed", ""),
    (SecurityHsts(), LONG, {"/": BARE}, "failed", "hsts_missing"),
    (SecurityHsts(), LONG, page("/", "x", headers=SHORT), "failed", "hsts_short"),
    (SecurityHsts(), LONG, page("/", "x", headers={"Strict-Transport-Security": "max-age"}),
     "failed", "hsts_invalid"),
    (Health(), foreign, {}, "failed", "tls_untrusted"),
    (Health(), LONG, {}, "passed", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "how", "pages", "outcome", "code"),
    [
        pytest.param(*case, id=f"{case[0].spec.id}-{case[3]}-{case[4]}-{n}")
        for n, case in enumerate(TLS)
    ],
)
async def test_over_tls(  # fixtures arrive by argument
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    authority: trustme.CA,
    trusting: dict[str, Any],
    check: LiveCheck,
    how: Serving,
    pages: Mapping[str, Page],
    outcome: str,
    code: str,
) -> None:
    """What the peer shows of itself is judged as clients would, and the finding says what it is."""
    port = await serve_pages(pages, None, how(authority))

    found = await examined(check, target(f"https://{NAME}:{port}"), **trusting)

    assert found[:2] == (outcome, code), found[2]


async def test_a_missing_link_is_named(
    serve_pages: Callable[..., Awaitable[int]],
    examined: Examine,
    authority: trustme.CA,
    trusting: dict[str, Any],
) -> None:
    """Who serves a certificate without the one of its signer is told that, and not that alone."""
    port = await serve_pages({}, None, incomplete(authority))

    found = await examined(Chain(), target(f"https://{NAME}:{port}"), **trusting)

    assert "it sends only its own certificate" in found[2]


async def speak_smtp(tls: ssl.SSLContext) -> asyncio.Server:
    """Start a mail server that changes to TLS when asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.test ESMTP\r\n")
        async for line in reader:
            if line.startswith(b"EHLO"):
                writer.write(b"250-mail.example.test\r\n250 STARTTLS\r\n")
            elif line.startswith(b"STARTTLS"):
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                await writer.start_tls(tls)
                break
            else:
                break
        await reader.read()
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("check", "outcome", "code"),
    [
        (Certificate, "failed", "certificate_expiring"),
        (Chain, "passed", ""),
        (Protocol, "passed", ""),
    ],
)
async def test_over_starttls(
    examined: Examine,
    authority: trustme.CA,
    trusting: dict[str, Any],
    check: Callable[..., LiveCheck],
    outcome: str,
    code: str,
) -> None:
    """A mail server's certificate is looked at after it changed to TLS."""
    server = await speak_smtp(lasting(5 * DAY)(authority))
    where = f"{NAME}:{server.sockets[0].getsockname()[1]}"
    async with server:
        found = await examined(check(where=where, starttls="smtp"), target(), **trusting)

    assert found[:2] == (outcome, code), found[2]


class WithPort80:
    """The real probe, which finds what listens at port 80 of a host at another port.

    Nobody but an administrator may listen at the real one.

    Args:
        view: The real probe.
        port: Where to ask instead.
    """

    def __init__(self, view: LiveView, port: int) -> None:
        self._view = view
        self._port = port

    async def get(self, path: str, *, redirects: Redirects) -> Reply:
        """Ask as the real probe does."""
        if path == f"http://{NAME}/":
            path = f"http://{NAME}:{self._port}/"
        return await self._view.get(path, redirects=redirects)


@pytest.mark.parametrize(
    ("plain", "outcome", "code"),
    [
        (leading(f"https://{NAME}/"), "passed", ""),
        (leading("https://www.example.test/"), "passed", ""),
        (Page("no", 403), "passed", ""),
        (leading(f"http://{NAME}/here"), "failed", "plain_http"),
        (Page("welcome"), "failed", "plain_http"),
        (Page("nothing", 404), "warned", ""),
        (Page("ill", 500), "unknown", "http_status"),
        (None, "passed", ""),
    ],
    ids=["redirect", "elsewhere", "refused", "loop", "clear", "404", "500", "shut"],
)
async def test_what_port_80_does(
    serve_pages: Callable[..., Awaitable[int]],
    open_session: OpenSession,
    clock: Any,  # noqa: ANN401  # of the conftest
    authority: trustme.CA,
    trusting: dict[str, Any],
    plain: Page | None,
    outcome: str,
    code: str,
) -> None:
    """Plain http that leads to https, refuses, or is shut is good; the page in the clear is not."""
    secure = await serve_pages({}, None, LONG(authority))
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = await serve_pages({"/": plain}) if plain else taken.getsockname()[1]
        base_url = f"https://{NAME}:{secure}"
        view = open_session(base_url, **trusting).view(clock.monotonic() + 10)
        found = said(await SecurityHttps().run(target(base_url), WithPort80(view, port)))  # type: ignore[arg-type]

    assert found[:2] == (outcome, code), found[2]


TWO = (f"{NAME}. 60 IN A 192.0.2.1", f"{NAME}. 60 IN A 192.0.2.2")


@pytest.mark.parametrize(
    ("options", "script", "outcome", "code"),
    [
        ({"min_count": 2}, peer.saying(*TWO), "passed", ""),
        ({"min_count": 3}, peer.saying(*TWO), "failed", "dns_too_few"),
        ({"expected": "192.0.2.2"}, peer.saying(*TWO), "passed", ""),
        ({"expected": "192.0.2.3"}, peer.saying(*TWO), "failed", "dns_wrong_records"),
        ({"min_ttl_s": 60, "max_ttl_s": 60}, peer.saying(*TWO), "passed", ""),
        ({"max_ttl_s": 59}, peer.saying(*TWO), "failed", "dns_ttl"),
        ({"min_ttl_s": 61}, peer.saying(*TWO), "failed", "dns_ttl"),
        ({}, peer.saying(), "failed", "dns_no_records"),
        ({}, peer.saying(rcode="NXDOMAIN"), "failed", "dns_nxdomain"),
        ({}, peer.saying(rcode="SERVFAIL"), "unknown", "dns_servfail"),
        ({}, lambda _: [], "unknown", "dns_timeout"),
        ({"type": "MX", "expected": "10 mx.example.test"},
         peer.saying(f"{NAME}. 60 IN MX 10 MX.example.test."), "passed", ""),
    ],
)  # fmt: skip
async def test_dns_records(
    examined: Examine, options: dict[str, Any], script: peer.Script, outcome: str, code: str
) -> None:
    """Count, values and time to live are those that the name server says, over the wire."""
    async with peer.DnsServer(script) as server:
        check = Records(name=NAME, resolver=server.address, **options)
        found = await examined(check, target(), dns_limit_s=0.5)

    assert found[:2] == (outcome, code), found[2]


@pytest.mark.parametrize(
    ("second", "outcome", "code"),
    [
        (peer.saying(*reversed(TWO)), "passed", ""),
        (peer.saying(TWO[0]), "failed", "dns_disagree"),
        (peer.saying(rcode="NXDOMAIN"), "failed", "dns_disagree"),
        (peer.saying(rcode="SERVFAIL"), "unknown", "dns_servfail"),
    ],
)
async def test_dns_consistent(
    examined: Examine, second: peer.Script, outcome: str, code: str
) -> None:
    """Two name servers agree whatever their order, or do not."""
    async with peer.DnsServer(peer.saying(*TWO)) as one, peer.DnsServer(second) as other:
        check = Consistent(name=NAME, resolvers=f"{one.address}, {other.address}")
        found = await examined(check, target(), dns_limit_s=1)

    assert found[:2] == (outcome, code), found[2]


@pytest.mark.parametrize(
    ("expect", "outcome", "code"),
    [
        ("", "passed", ""),
        ('banner contains "ESMTP"', "passed", ""),
        ('banner contains "Postfix"', "failed", "condition_failed"),
        ("status == 200", "unknown", "condition_missing"),
    ],
)
async def test_a_port_that_is_open(
    examined: Examine, authority: trustme.CA, expect: str, outcome: str, code: str
) -> None:
    """A port takes connections, and says first what it should, or something else."""
    server = await speak_smtp(LONG(authority))
    where = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        found = await examined(Open(where=where, expect=Expectation(expect)), target())

    assert found[:2] == (outcome, code), found[2]


@pytest.mark.parametrize(
    "check",
    [
        Health(),
        Latency(),
        Metrics(),
        SecurityDebug(),
        Certificate(where="10.255.255.1:443"),
        Open(where="169.254.169.254:80"),
        Records(name=NAME, resolver="169.254.169.254"),
    ],
    ids=named,
)
async def test_what_may_not_be_dialled_is_unknown(examined: Examine, check: LiveCheck) -> None:
    """What the operator forbids is no failure of the service, and no success either."""
    found = await examined(
        check, target("http://169.254.169.254"), policy=AddressPolicy(Reach.PUBLIC_ONLY)
    )

    assert found[:2] == ("unknown", "policy_denied"), found[2]
