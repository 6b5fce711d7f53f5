"""http.security-debug: pages that were meant for nobody outside."""

from __future__ import annotations

import pytest

from director.plugin import (
    Failed,
    Hop,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Seen,
    Unknown,
)
from director.testing import FakeProbe, run_check, target
from director_http.asking import NOBODYS_PATH, listed
from director_http.exposure import KNOWN
from director_http.security_debug import SecurityDebug

HTTPS = target("https://service.test")
PUBLIC, INSIDE = "93.184.215.14:443", "10.1.2.3:443"


def page(status: int = 200, *, body: bytes = b"", at: str = PUBLIC) -> Reply:
    """Return one answer of the service."""
    return Reply(url="https://service.test/", status=status, body=body, address=at)


def fault(reason: ProbeReason) -> ProbeError:
    """Return why there was no answer."""
    return ProbeError(reason, "no answer")


LEAKS = {
    "/.env": b"# local\nDB_PASSWORD=hunter2\n",
    "/.git/HEAD": b"ref: refs/heads/main\n",
    "/.git/config": b"[core]\n\trepositoryformatversion = 0\n",
    "/actuator/env": b'{"activeProfiles":[],"propertySources":[]}',
    "/actuator/configprops": b'{"contexts":{"application":{"beans":{}}}}',
    "/actuator/heapdump": b"JAVA PROFILE 1.0.2\x00",
    "/phpinfo.php": b"<html><head><title>PHP 8.3 - phpinfo()</title>",
    "/debug/pprof/": b"<html><head><title>/debug/pprof/</title>",
    "/debug/vars": b'{"cmdline": [], "memstats": {}}',
    "/server-status": b"<title>Apache Status</title>",
    "/nginx_status": b"Active connections: 2\n",
    "/metrics": b"# HELP up x\n# TYPE up gauge\nup 1\n",
    "/actuator/prometheus": b"# HELP up x\n# TYPE up gauge\nup 1\n",
}
SECRETS = [each.path for each in KNOWN if each.secret]
OTHERS = [each.path for each in KNOWN if not each.secret]


def service(
    special: dict[str, Reply | ProbeError] | None = None, usual: Reply | None = None
) -> FakeProbe:
    """Return a probe of a service that answers *usual* wherever it has nothing *special*."""
    usual = usual or page(404, body=b"no such page")
    paths = (*LEAKS, NOBODYS_PATH, "/internal")
    return FakeProbe({path: (special or {}).get(path, usual) for path in paths})


def test_every_known_page_has_an_example() -> None:
    """Each page that is asked for is recognised by what it really says."""
    assert [each.path for each in KNOWN] == list(LEAKS)
    assert all(each.shows(LEAKS[each.path]) for each in KNOWN)


@pytest.mark.parametrize("path", LEAKS)
async def test_a_page_that_leaks_fails_in_public(path: str) -> None:
    """Each debug page is recognised by its content where everybody can dial it."""
    probe = service({path: page(body=LEAKS[path])})

    outcome = await run_check(SecurityDebug(), HTTPS, probe)

    assert isinstance(outcome, Failed)
    assert outcome.code == "exposed"
    assert path in outcome.reason


@pytest.mark.parametrize(
    ("path", "kind"), [*((p, Failed) for p in SECRETS), *((p, Passed) for p in OTHERS)]
)
async def test_inside_only_secrets_count(path: str, kind: type) -> None:
    """Metrics and profiles may be read inside a network; secrets may not."""
    usual = page(404, at=INSIDE)
    probe = service({path: page(body=LEAKS[path], at=INSIDE)}, usual)

    assert isinstance(await run_check(SecurityDebug(), HTTPS, probe), kind)


@pytest.mark.parametrize("path", LEAKS)
@pytest.mark.parametrize(
    "shell", [b"<!doctype html><script src=/app.js></script>", b'{"status": "pass"}', b"ok", b""]
)
async def test_a_page_for_everything_leaks_nothing(path: str, shell: bytes) -> None:
    """A service that answers 200 to every path is not taken for one that leaks."""
    probe = service({path: page(body=shell + b"<!-- unique -->")}, page(body=shell))

    assert isinstance(await run_check(SecurityDebug(), HTTPS, probe), Passed)


@pytest.mark.parametrize("path", LEAKS)
async def test_a_service_that_always_says_so_leaks_nothing(path: str) -> None:
    """Content that a page gets which is not there is not the content of this one."""
    probe = service(usual=page(body=LEAKS[path]))

    assert isinstance(await run_check(SecurityDebug(), HTTPS, probe), Passed)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 410])
async def test_what_is_refused_is_not_public(status: int) -> None:
    """Only an answer of 200 is read."""
    special: dict[str, Reply | ProbeError] = {
        path: page(status, body=body) for path, body in LEAKS.items()
    }

    assert isinstance(await run_check(SecurityDebug(), HTTPS, service(special)), Passed)


async def test_a_dump_that_is_too_large_leaks() -> None:
    """A dump of the memory is larger than any page; that it begins to come is enough."""
    seen = Seen(address=INSIDE, hops=(Hop(url="x", status=200),))
    large = ProbeError(ProbeReason.BODY_TOO_LARGE, "more than 1 MiB", seen=seen)
    probe = service({"/actuator/heapdump": large})

    assert isinstance(await run_check(SecurityDebug(), HTTPS, probe), Failed)
    assert isinstance(await run_check(SecurityDebug(), HTTPS, service({"/.env": large})), Unknown)


@pytest.mark.parametrize(
    ("came", "kind"),
    [
        (page(404), Passed),
        (page(200, body=b"secret"), Failed),
        (page(200, body=b"no such page"), Failed),
        (page(401), Passed),
        (page(429), Unknown),
        (page(500), Unknown),
        (fault(ProbeReason.TTFB_TIMEOUT), Unknown),
        (fault(ProbeReason.POLICY_DENIED), Unknown),
    ],
)
async def test_pages_of_ones_own_must_not_answer(came: Reply | ProbeError, kind: type) -> None:
    """A page that is named must not answer 200; one that gave no clear answer stays unknown."""
    probe = service({"/internal": came})

    assert isinstance(await run_check(SecurityDebug("/internal"), HTTPS, probe), kind)


async def test_a_shell_answers_for_pages_of_ones_own() -> None:
    """Where everything gets one page, a page that is named gets it too."""
    probe = service(usual=page(200, body=b"<html>app</html>"))

    assert isinstance(await run_check(SecurityDebug("/internal"), HTTPS, probe), Passed)


@pytest.mark.parametrize("status", [500, 503])
async def test_a_service_that_is_down_hides_what_it_has(status: int) -> None:
    """While it answers server errors nobody can tell what it will show."""
    all_down, one_down = service(usual=page(status)), service({NOBODYS_PATH: page(status)})

    assert isinstance(await run_check(SecurityDebug(), HTTPS, all_down), Unknown)
    assert isinstance(await run_check(SecurityDebug(), HTTPS, one_down), Unknown)


async def test_a_service_that_gives_no_answer_is_left_to_the_engine() -> None:
    """The page that is not there is asked for first, alone."""
    probe = FakeProbe({NOBODYS_PATH: fault(ProbeReason.CONNECT_REFUSED)})

    with pytest.raises(ProbeError):
        await run_check(SecurityDebug(), HTTPS, probe)


def test_lists_are_read_between_commas() -> None:
    """Each part counts once, in its order."""
    assert listed(" /b,/a ,, /b,") == ("/b", "/a")
