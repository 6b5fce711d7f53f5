"""http.links: what the manifest points to can be opened."""

from __future__ import annotations

import pytest

from director.plugin import (
    Claim,
    Exemption,
    Failed,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Target,
    Unknown,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_http.links import MOST_LINKS, Links

RUNBOOK = "https://wiki.test/runbook"
BOARD = "https://grafana.test/d/1"
PASSWORD = b"<form><input name=p type='password'></form>"
CLOSED = ProbeError(ProbeReason.CONNECT_REFUSED, "refused")
BLIND = ProbeError(ProbeReason.POLICY_DENIED, "not allowed")


def linked(*urls: str) -> Target:
    """Return a service without a base URL whose declarations have these links."""
    names = ("runbook", "alerts", "metrics", "logging")
    return target(
        None,
        **{name: Claim(value=True, evidence=url) for name, url in zip(names, urls, strict=False)},
    )


def page(url: str = RUNBOOK, status: int = 200, body: bytes = b"<h1>Restart it</h1>") -> Reply:
    """Return what a link answers in the end."""
    return Reply(url=url, status=status, body=body)


async def test_links_that_open_pass() -> None:
    """Each link is followed once, wherever it leads, also for a service without an address."""
    probe = FakeProbe({RUNBOOK: page(), BOARD: page(BOARD)})

    outcome = await run_check(Links(), linked(RUNBOOK, BOARD, RUNBOOK), probe)

    assert isinstance(outcome, Passed)
    assert {each.what for each in probe.asked} == {RUNBOOK, BOARD}
    assert len(probe.asked) == 2
    assert probe.asked[0] == Asked(probe.asked[0].what, more=(("redirects", "anywhere"),))
    assert "metrics and runbook" in outcome.reason


@pytest.mark.parametrize(
    ("came", "code"),
    [
        (page(status=404), "http_status"),
        (page(status=500), "http_status"),
        (page(status=401), "login_page"),
        (page(status=403), "login_page"),
        (page(body=PASSWORD), "login_page"),
        (page("https://sso.test/start"), "login_page"),
        (page("https://wiki.test/login?next=/runbook"), "login_page"),
        (CLOSED, "connect_refused"),
    ],
)
async def test_a_link_that_cannot_be_read_fails(came: Reply | ProbeError, code: str) -> None:
    """Gone, broken, or behind a login: whoever needs it at night cannot read it."""
    outcome = await run_check(Links(), linked(RUNBOOK), FakeProbe({RUNBOOK: came}))

    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert RUNBOOK in outcome.reason
    assert "runbook" in outcome.reason


async def test_a_page_about_logins_is_no_login() -> None:
    """A runbook that is itself called login may be read where it opens."""
    url = "https://wiki.test/runbooks/login"

    assert isinstance(await run_check(Links(), linked(url), FakeProbe({url: page(url)})), Passed)


async def test_our_own_blindness_is_unknown() -> None:
    """What we may not ask did not fail, and does not pass."""
    outcome = await run_check(Links(), linked(RUNBOOK), FakeProbe({RUNBOOK: BLIND}))

    assert isinstance(outcome, Unknown)
    assert outcome.code == "policy_denied"


async def test_a_known_failure_outweighs_the_unknown() -> None:
    """One link that is gone is a failure, whatever became of the others."""
    probe = FakeProbe({RUNBOOK: BLIND, BOARD: page(BOARD, 404)})

    outcome = await run_check(Links(), linked(RUNBOOK, BOARD), probe)

    assert isinstance(outcome, Failed)
    assert outcome.observed == "1 of 2"


@pytest.mark.parametrize(
    "declared",
    [Claim(value=True), Claim(value=True, evidence="OPS-42"), Exemption(f"see {RUNBOOK}")],
)
async def test_without_links_it_does_not_apply(declared: Claim | Exemption) -> None:
    """Evidence that is no link is not followed."""
    probe = FakeProbe({})

    outcome = await run_check(Links(), target("http://service.test", runbook=declared), probe)

    assert isinstance(outcome, NotApplicable)
    assert probe.asked == []


@pytest.mark.parametrize(("count", "kind"), [(MOST_LINKS, Passed), (MOST_LINKS + 1, Unknown)])
async def test_links_that_were_not_followed_are_unknown(count: int, kind: type) -> None:
    """A manifest with more links than are followed is not said to be fine."""
    urls = [f"https://wiki.test/{number:03}" for number in range(count)]
    many = {f"claim_{url[-3:]}": Claim(value=True, evidence=url) for url in urls}
    probe = FakeProbe({url: page(url) for url in urls})

    assert isinstance(await run_check(Links(), target(None, **many), probe), kind)
    assert len(probe.asked) == MOST_LINKS
