"""rules.look: what one decision on a running service is evidence of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from director.model.decision import Verdict
from director.model.probe import ProbeReason
from director.model.record import CategoryEntry, CheckEntry, Record
from director.model.sampling import Level, Seen, Unseen
from director.rules.look import blames_the_network, seen_in, verdict_of
from director.store.codec import checked, decode

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
CHECK = SAMPLE.checks[0]


def decided(decision: str, *checks: tuple[str, str, str]) -> Record:
    """Return a decision with checks of a role, an outcome and a code each."""
    entries: tuple[CheckEntry, ...] = tuple(
        replace(CHECK, id=f"a.{number}", role=role, outcome=outcome, code=code)
        for number, (role, outcome, code) in enumerate(checks)
    )
    category: CategoryEntry = replace(SAMPLE.categories[0], checks=entries)
    return replace(SAMPLE, decision=decision, categories=(category,))


@pytest.mark.parametrize(
    ("decision", "checks", "seen"),
    [
        ("go", [], Level.PASS),
        ("go", [("advisory", "failed", "x")], Level.PASS),
        ("conditional_go", [("required", "failed", "x")], Level.WARN),
        ("no_go", [("blocker", "failed", "x")], Level.FAIL),
        ("no_go", [("required", "failed", "x"), ("required", "errored", "y")], Level.FAIL),
        ("no_go", [("advisory", "failed", "x"), ("blocker", "missing", "y")], Level.FAIL),
        ("no_go", [("shadow", "failed", "x"), ("blocker", "missing", "y")], Unseen.ERROR),
        ("no_go", [("blocker", "errored", "x")], Unseen.ERROR),
        ("no_go", [("required", "missing", "x"), ("required", "unknown", "y")], Unseen.ERROR),
        ("no_go", [("required", "unknown", "x"), ("advisory", "errored", "y")], Unseen.UNKNOWN),
        ("no_go", [("blocker", "unknown", "x")], Unseen.UNKNOWN),
        ("no_go", [("advisory", "unknown", "x")], Level.FAIL),
        ("no_go", [("required", "passed", "")], Level.FAIL),
        ("no_go", [], Level.FAIL),
    ],
)
def test_evidence(decision: str, checks: list[tuple[str, str, str]], seen: Seen) -> None:
    """Only what was seen to be wrong speaks against a service."""
    assert seen_in(decided(decision, *checks)) is seen


@pytest.mark.parametrize("reason", list(ProbeReason))
def test_the_way_to_the_service(reason: ProbeReason) -> None:
    """Everything that stops before an answer may be our own network."""
    ours = {
        "dns_nxdomain",
        "dns_timeout",
        "dns_servfail",
        "dns_no_address",
        "connect_refused",
        "connect_timeout",
        "connect_unreachable",
        "connect_reset",
        "tls_timeout",
        "send_timeout",
        "send_reset",
        "ttfb_timeout",
        "body_timeout",
    }
    record = decided("no_go", ("required", "failed", reason.value))

    assert blames_the_network(record) is (reason.value in ours)


def test_who_is_blamed() -> None:
    """One check that failed on the way is enough; a shadow or a pass is none."""
    refused = "connect_refused"
    assert blames_the_network(
        decided("no_go", ("required", "failed", "bad_status"), ("required", "failed", refused))
    )
    assert not blames_the_network(decided("no_go", ("shadow", "failed", refused)))
    assert not blames_the_network(decided("no_go", ("required", "unknown", refused)))
    assert not blames_the_network(decided("no_go", ("required", "failed", "")))
    assert not blames_the_network(decided("no_go"))


def test_levels_are_decisions() -> None:
    """What is held true of a service is told in the words of decisions."""
    assert [verdict_of(level) for level in Level] == list(Verdict)
