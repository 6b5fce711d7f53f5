"""http.security-*: what attackers try first."""

from __future__ import annotations

import pytest

from director.plugin import (
    Failed,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Unknown,
    Warned,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_http.asking import is_public
from director_http.login import is_login_url
from director_http.security_auth import SecurityAuth
from director_http.security_debug import SecurityDebug
from director_http.security_headers import SecurityHeaders
from director_http.security_https import SecurityHsts, SecurityHttps, read_max_age_s

HTTPS = target("https://service.test")
HTTP = target("http://service.test")
PLAIN = "http://service.test/"
PUBLIC, INSIDE = "93.184.215.14:443", "10.1.2.3:443"


def page(
    status: int = 200, *headers: tuple[str, str], body: bytes = b"", at: str = PUBLIC
) -> Reply:
    """Return one answer of the service."""
    return Reply(url="https://service.test/", status=status, headers=headers, body=body, address=at)


def plain(status: int, location: str = "") -> Reply:
    """Return one answer of port 80."""
    headers = (("location", location),) if location else ()
    return Reply(url=PLAIN, status=status, headers=headers)


def fault(reason: ProbeReason) -> ProbeError:
    """Return why there was no answer."""
    return ProbeError(reason, "no answer")


@pytest.mark.parametrize(
    "check",
    [SecurityHttps(), SecurityHsts(), SecurityHeaders(), SecurityAuth("/a"), SecurityDebug()],
)
async def test_without_a_base_url_nothing_is_attacked(
    check: SecurityHttps | SecurityHsts | SecurityHeaders | SecurityAuth | SecurityDebug,
) -> None:
    """A service that cannot be asked is not asked."""
    probe = FakeProbe({})

    assert isinstance(await run_check(check, target(), probe), NotApplicable)
    assert probe.asked == []


@pytest.mark.parametrize(
    ("came", "kind", "code"),
    [
        (plain(301, "https://service.test/"), Passed, ""),
        (plain(308, "https://www.service.test/x"), Passed, ""),
        (plain(302, "HTTPS://service.test/"), Passed, ""),
        (plain(301, "http://service.test/home"), Failed, "plain_http"),
        (plain(301, "/home"), Failed, "plain_http"),
        (plain(301), Failed, "plain_http"),
        (plain(304, "https://service.test/"), Failed, "plain_http"),
        (plain(200), Failed, "plain_http"),
        (plain(403), Passed, ""),
        (plain(426), Passed, ""),
        (plain(404), Warned, ""),
        (plain(503), Unknown, "http_status"),
        (fault(ProbeReason.CONNECT_REFUSED), Passed, ""),
        (fault(ProbeReason.CONNECT_RESET), Passed, ""),
        (fault(ProbeReason.CONNECT_TIMEOUT), Unknown, "connect_timeout"),
        (fault(ProbeReason.POLICY_DENIED), Unknown, "policy_denied"),
        (fault(ProbeReason.HTTP_PROTOCOL), Unknown, "http_protocol"),
    ],
)
async def test_plain_http_leads_to_https(came: Reply | ProbeError, kind: type, code: str) -> None:
    """A redirect to https or a port that is shut passes; what is not seen stays unknown."""
    probe = FakeProbe({"/": page(), PLAIN: came})

    outcome = await run_check(SecurityHttps(), HTTPS, probe)

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    assert [each.more for each in probe.asked] == [(("redirects", "never"),)] * 2


@pytest.mark.parametrize(
    ("base_url", "asked"),
    [
        ("https://service.test:8443/api", "http://service.test/"),
        ("https://[2001:db8::1]", "http://[2001:db8::1]/"),
        ("https://Service.Test", "http://service.test/"),
    ],
)
async def test_port_80_of_the_same_host_is_asked(base_url: str, asked: str) -> None:
    """Whatever the port of the service, a browser that is given a bare name comes to port 80."""
    probe = FakeProbe({"/": page(), asked: plain(301, "https://service.test/")})

    assert isinstance(await run_check(SecurityHttps(), target(base_url), probe), Passed)


async def test_a_dead_host_has_no_closed_port() -> None:
    """That port 80 refuses proves nothing where https refuses too."""
    refused = fault(ProbeReason.CONNECT_REFUSED)

    with pytest.raises(ProbeError):
        await run_check(SecurityHttps(), HTTPS, FakeProbe({"/": refused, PLAIN: refused}))


@pytest.mark.parametrize(
    ("address", "kind"),
    [(PUBLIC, Failed), ("", Failed), (INSIDE, NotApplicable), ("[::1]:80", NotApplicable)],
)
async def test_plain_http_is_for_the_inside(address: str, kind: type) -> None:
    """A base URL without TLS fails, unless only the inside of a network can dial it."""
    probe = FakeProbe({"/": page(at=address)})

    outcome = await run_check(SecurityHttps(), HTTP, probe)

    assert isinstance(outcome, kind)
    assert len(probe.asked) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8:443", True),
        ("10.0.0.1:80", False),
        ("172.31.0.1:80", False),
        ("192.168.1.1:80", False),
        ("127.0.0.1:80", False),
        ("169.254.1.1:80", False),
        ("100.64.0.1:80", False),
        ("[2606:4700::1]:443", True),
        ("[fd00::1]:443", False),
        ("[fe80::1%eth0]:443", False),
        ("[::ffff:10.0.0.1]:443", False),
        ("[::ffff:8.8.8.8]:443", True),
        ("service.test:443", True),
        ("", True),
    ],
)
def test_what_cannot_be_told_is_public(address: str, public: bool) -> None:
    """An address is of the inside only if it surely is."""
    assert is_public(address) is public


HSTS = "strict-transport-security"


@pytest.mark.parametrize(
    ("sent", "kind", "code"),
    [
        ("max-age=15768000", Passed, ""),
        ("max-age=15767999", Failed, "hsts_short"),
        ('includeSubDomains; Max-Age="31536000" ; preload', Passed, ""),
        ("max-age=0", Failed, "hsts_short"),
        ("max-age=", Failed, "hsts_invalid"),
        ("max-age=-1", Failed, "hsts_invalid"),
        ("max-age=1e9", Failed, "hsts_invalid"),
        ("max-age=31536000; max-age=31536000", Failed, "hsts_invalid"),
        ("max-age=31536000, includeSubDomains", Failed, "hsts_invalid"),
        ("includeSubDomains", Failed, "hsts_invalid"),
        ("", Failed, "hsts_invalid"),
        (None, Failed, "hsts_missing"),
    ],
)
async def test_browsers_remember_https(sent: str | None, kind: type, code: str) -> None:
    """HSTS counts as browsers read it, and half a year is the least."""
    headers = () if sent is None else ((HSTS, sent),)

    outcome = await run_check(SecurityHsts(), HTTPS, FakeProbe({"/": page(301, *headers)}))

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code


async def test_hsts_means_nothing_without_tls() -> None:
    """Browsers ignore HSTS over plain http (RFC 6797 §8.1)."""
    assert isinstance(await run_check(SecurityHsts(), HTTP, FakeProbe({})), NotApplicable)


async def test_an_error_page_says_nothing_of_headers() -> None:
    """What a service says while it is down is not what its users get."""
    probe = FakeProbe({"/": page(503, (HSTS, "max-age=99999999"))})

    assert isinstance(await run_check(SecurityHsts(), HTTPS, probe), Unknown)
    assert isinstance(await run_check(SecurityHeaders(), HTTPS, probe), Unknown)


def test_the_longest_age_is_read() -> None:
    """An age of many digits is no error; one of hundreds is."""
    assert read_max_age_s("max-age=" + "9" * 18) == 10**18 - 1
    assert read_max_age_s("max-age=" + "9" * 500) is None


SNIFF = ("x-content-type-options", "nosniff")
CSP = ("content-security-policy", "default-src 'self'; frame-ancestors 'none'")
REFERRER = ("referrer-policy", "no-referrer")
HTML = ("content-type", "text/html; charset=utf-8")
JSON = ("content-type", "application/json")


@pytest.mark.parametrize(
    ("headers", "kind", "said"),
    [
        ((JSON, SNIFF), Passed, ""),
        ((JSON,), Failed, "nosniff"),
        ((JSON, ("x-content-type-options", "sniff")), Failed, "nosniff"),
        ((HTML, SNIFF, CSP, REFERRER), Passed, ""),
        ((SNIFF, CSP, REFERRER), Passed, ""),
        ((SNIFF,), Failed, "Content-Security-Policy"),
        ((HTML, CSP, REFERRER), Failed, "nosniff"),
        ((HTML, SNIFF, REFERRER), Failed, "Content-Security-Policy"),
        ((HTML, SNIFF, CSP), Failed, "Referrer-Policy"),
        ((HTML, SNIFF, CSP, ("referrer-policy", "unsafe-url")), Failed, "Referrer-Policy"),
        ((HTML, SNIFF, CSP, ("referrer-policy", "x, strict-origin")), Passed, ""),
        ((HTML, SNIFF, REFERRER, (CSP[0], "default-src 'self'")), Failed, "frame"),
        (
            (HTML, SNIFF, REFERRER, (CSP[0], "default-src 'self'"), ("x-frame-options", "DENY")),
            Passed,
            "",
        ),
        (
            (
                HTML,
                SNIFF,
                REFERRER,
                (CSP[0], "default-src 'self'"),
                ("x-frame-options", "ALLOWALL"),
            ),
            Failed,
            "frame",
        ),
        (
            (HTML, SNIFF, REFERRER, (CSP[0], "frame-ancestors *"), ("x-frame-options", "DENY")),
            Failed,
            "frame",
        ),
        ((HTML, SNIFF, REFERRER, (f"{CSP[0]}-report-only", CSP[1])), Failed, "Content-Security"),
        ((JSON, SNIFF, ("server", "nginx")), Passed, ""),
        ((JSON, SNIFF, ("server", "nginx/1.25.1")), Warned, "nginx/1.25.1"),
        ((JSON, SNIFF, ("x-powered-by", "PHP")), Warned, "x-powered-by: PHP"),
        ((JSON, ("server", "nginx/1.25.1")), Failed, "nosniff"),
    ],
)
async def test_answers_protect_their_readers(
    headers: tuple[tuple[str, str], ...], kind: type, said: str
) -> None:
    """Data need nosniff, pages more; a banner with a version warns."""
    probe = FakeProbe({"/": page(200, *headers, body=b"x")})

    outcome = await run_check(SecurityHeaders(), HTTPS, probe)

    assert isinstance(outcome, kind)
    assert said in outcome.reason
    if isinstance(outcome, Failed):
        assert outcome.code == "header_missing"


def at(path: str, status: int, location: str = "") -> Reply:
    """Return what a protected page answers."""
    headers = (("location", location),) if location else ()
    return Reply(url=f"https://service.test{path}", status=status, headers=headers)


@pytest.mark.parametrize(
    ("came", "kind", "code"),
    [
        (at("/admin", 401), Passed, ""),
        (at("/admin", 403), Passed, ""),
        (at("/admin", 302, "/login?next=/admin"), Passed, ""),
        (at("/admin", 307, "https://sso.corp.test/start"), Passed, ""),
        (at("/admin", 303, "https://id.test/oauth2/authorize"), Passed, ""),
        (at("/admin", 200), Failed, "unauthenticated_access"),
        (at("/admin", 204), Failed, "unauthenticated_access"),
        (at("/admin", 302, "/admin/"), Unknown, "http_status"),
        (at("/admin", 302, "/home"), Unknown, "http_status"),
        (at("/admin", 302), Unknown, "http_status"),
        (at("/admin", 404), Unknown, "not_found"),
        (at("/admin", 405), Unknown, "http_status"),
        (at("/admin", 500), Unknown, "http_status"),
    ],
)
async def test_strangers_are_refused(came: Reply, kind: type, code: str) -> None:
    """401, 403 and the way to a login refuse; any 2xx lets in; all else proves nothing."""
    probe = FakeProbe({"/admin": came})

    outcome = await run_check(SecurityAuth("/admin"), HTTPS, probe)

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    assert probe.asked == [Asked("/admin", more=(("redirects", "never"),))]


async def test_a_page_called_login_is_not_refused_by_its_own_redirect() -> None:
    """That /auth leads to /auth/home is no refusal."""
    probe = FakeProbe({"/auth": at("/auth", 302, "/auth/home")})

    assert isinstance(await run_check(SecurityAuth("/auth"), HTTPS, probe), Unknown)


async def test_one_open_page_is_enough() -> None:
    """A known failure outweighs the unknown, and every open page is named."""
    error = fault(ProbeReason.TTFB_TIMEOUT)
    probe = FakeProbe({"/a": at("/a", 401), "/b": error, "/c": at("/c", 200), "/d": at("/d", 206)})

    outcome = await run_check(SecurityAuth("/a, /b, /c, /d"), HTTPS, probe)

    assert isinstance(outcome, Failed)
    assert outcome.observed == "/c answered 200, /d answered 206"


async def test_a_protected_page_that_gives_no_answer_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    probe = FakeProbe({"/a": at("/a", 401), "/b": fault(ProbeReason.DNS_TIMEOUT)})

    with pytest.raises(ProbeError):
        await run_check(SecurityAuth("/a,/b"), HTTPS, probe)


async def test_without_a_protected_page_it_does_not_apply() -> None:
    """A service that names no protected page has none to ask for, and is told how to name one."""
    outcome = await run_check(SecurityAuth(), HTTPS, FakeProbe({}))

    assert isinstance(outcome, NotApplicable)
    assert "checks.http.security-auth.paths" in outcome.reason


@pytest.mark.parametrize(
    "paths", ["admin", "/a, b", "https://elsewhere.test/", "//elsewhere.test/"]
)
def test_paths_stay_on_the_service(paths: str) -> None:
    """A path is one of the service, and nobody else's address."""
    with pytest.raises(ValueError, match=r"^paths must be paths"):
        SecurityAuth(paths)
    with pytest.raises(ValueError, match=r"^more_paths must be paths"):
        SecurityDebug(paths)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("https://a.test/login", True),
        ("https://a.test/users/sign_in", True),
        ("https://a.test/Account/LogIn", True),
        ("https://login.a.test/", True),
        ("https://a.test/saml/start", True),
        ("https://a.test/blogging", False),
        ("https://a.test/authors", False),
        ("https://a.test/design-in-depth", False),
        ("https://a.test/?next=/login", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_a_login_is_known_by_host_or_path(url: str, login: bool) -> None:
    """A word of logins counts as a whole, in the host or the path."""
    assert is_login_url(url) is login
