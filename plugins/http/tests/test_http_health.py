"""http.health: healthy by its own word, and quick to say so."""

from __future__ import annotations

import pytest

from director.plugin import Failed, NotApplicable, Passed, Phases, ProbeError, ProbeReason, Reply
from director.testing import Asked, FakeProbe, run_check, target
from director_http import director_checks
from director_http.health import Health

SERVICE = target("http://service.test")


def reply(status: int = 200, elapsed_s: float = 0.1) -> Reply:
    """Return an answer that took *elapsed_s*."""
    return Reply(url="http://service.test/healthz", status=status, phases=Phases(ttfb_s=elapsed_s))


@pytest.mark.parametrize(
    ("elapsed_s", "expected"),
    [(0.499, Passed), (0.500, Passed), (0.501, Failed)],
    ids=["under", "exactly", "over"],
)
async def test_the_budget_is_inclusive(elapsed_s: float, expected: type) -> None:
    """An answer that takes exactly the budget is within the budget."""
    probe = FakeProbe({"/healthz": reply(elapsed_s=elapsed_s)})

    outcome = await run_check(Health(budget_s=0.5), SERVICE, probe)

    assert isinstance(outcome, expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (199, Failed),
        (200, Passed),
        (204, Passed),
        (299, Passed),
        (300, Failed),
        (404, Failed),
        (503, Failed),
    ],
)
async def test_only_2xx_is_healthy(status: int, expected: type) -> None:
    """Any status but 200 to 299 is a failure, however quick it came."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(status)}))

    assert isinstance(outcome, expected)


async def test_a_wrong_status_is_said_with_the_wanted_one() -> None:
    """A failure carries what was measured, what was expected, and a code."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(503)}))

    assert outcome == Failed(
        "/healthz answered with status 503, wanted 200 to 299",
        observed="status 503",
        expected="status 200 to 299",
        code="http_status",
    )


async def test_a_slow_answer_is_said_with_its_budget() -> None:
    """A late answer names both times, and what to do."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(elapsed_s=1.25)}))

    assert isinstance(outcome, Failed)
    assert outcome.reason == "/healthz answered 200 in 1.250 s, budget 1.000 s"
    assert (outcome.observed, outcome.expected) == ("1.250 s", "at most 1.000 s")
    assert outcome.code == "latency"
    assert outcome.remedy


async def test_a_pass_says_what_was_seen() -> None:
    """A pass carries its measurement too."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply()}))

    assert outcome == Passed(
        "/healthz answered 200 in 0.100 s, budget 1.000 s",
        observed="0.100 s",
        expected="at most 1.000 s",
    )


async def test_it_asks_once_for_its_page() -> None:
    """One request, for the page it was told, with no timeout of its own."""
    probe = FakeProbe({"/ready": reply()})

    await run_check(Health(path="/ready"), SERVICE, probe)

    assert probe.asked == [Asked("/ready")]


async def test_without_a_base_url_it_does_not_apply() -> None:
    """A service that cannot be asked is not asked."""
    probe = FakeProbe({})

    outcome = await run_check(Health(), target(), probe)

    assert isinstance(outcome, NotApplicable)
    assert probe.asked == []


async def test_no_answer_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.CONNECT_REFUSED, "the connection was refused")

    with pytest.raises(ProbeError):
        await run_check(Health(), SERVICE, FakeProbe({"/healthz": error}))


def test_the_plugin_offers_it() -> None:
    """The hook offers every check of the plugin, under the plugin's word."""
    assert [check.spec.id for check in director_checks()] == ["http.health"]
