"""director evaluate against a sample service on a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from director.testing import DemoService

LOOPBACK = ("--allow-address", "127.0.0.0/8")


@pytest.mark.parametrize(
    ("service", "decision", "code", "outcome", "reason"),
    [
        (DemoService.healthy, "go", 0, "passed", ""),
        (lambda: DemoService.slow(0.4), "no_go", 1, "failed", "latency"),
        (DemoService.failing, "no_go", 1, "failed", "http_status"),
        (DemoService.refusing, "no_go", 1, "failed", "connect_refused"),
    ],
    ids=["healthy", "slow", "503", "refusing"],
)
async def test_a_live_service_is_judged(  # one row of the table each
    director, write, ready, log_lines, home: Path, service, decision, code, outcome, reason
) -> None:
    """The decision, the JSON log and the exit code tell what the socket said."""
    async with service() as running:
        path = write(
            "svc",
            ready,
            profile="standard",
            environments={"production": {"base_url": running.base_url}},
            checks={"http.health": {"budget_s": 0.2}},
        )
        ran = await director("evaluate", path, *LOOPBACK, "--format", "json", "--log", "log.jsonl")
        address = running.base_url

    assert (ran.exit, ran.document["decision"]) == (code, decision)
    lines = log_lines((home / "log.jsonl").read_text())
    names = [line["event.name"] for line in lines]
    assert names.index("director.decision.made") > max(
        i for i, name in enumerate(names) if name == "director.check.completed"
    )
    (health,) = (line for line in lines if line.get("director.check.id") == "http.health")
    assert health["director.check.status"] == outcome
    assert health.get("director.check.reason", "") == reason
    assert health["url.full"] == f"{address}/healthz"
    (made,) = (line for line in lines if line["event.name"] == "director.decision.made")
    assert made["director.decision.outcome"] == decision
    assert {line["director.evaluation.id"] for line in lines} == {ran.document["evaluation"]}
    assert [line["director.seq"] for line in lines] == list(range(1, len(lines) + 1))


async def test_loopback_is_denied_unless_the_operator_lifts_it(director, write, ready) -> None:
    """What we may not ask is unknown, never failed, and never a GO."""
    async with DemoService.healthy() as service:
        path = write(
            "svc",
            ready,
            profile="standard",
            environments={"production": {"base_url": service.base_url}},
        )
        ran = await director("evaluate", path, "--format", "json")

        assert service.requests == 0
    assert ran.exit == 1
    (health,) = (
        check
        for category in ran.document["categories"]
        for check in category["checks"]
        if check["id"] == "http.health"
    )
    assert (health["outcome"], health["code"]) == ("unknown", "policy_denied")


async def test_a_probed_service_is_verified_in_part(director, write, ready) -> None:
    """What a probe saw is told apart from what a person declared."""
    async with DemoService.healthy() as service:
        path = write(
            "svc",
            ready,
            profile="standard",
            environments={"production": {"base_url": service.base_url}},
        )
        ran = await director("evaluate", path, *LOOPBACK, "--format", "json")

    assert 0 < ran.document["verified"] < 1
    assert ran.document["coverage"] == 1.0


async def test_the_demo_shows_what_to_fix(director) -> None:
    """The demo needs nothing, decides on the payment service, and says what to type next."""
    ran = await director("demo")

    assert ran.exit == 0
    assert "payment-service@production  CONDITIONAL_GO" in ran.stdout
    assert "Shortest way to GO" in ran.stdout
    assert "What to type next" in ran.stdout
