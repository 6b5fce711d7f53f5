"""model.report, simulation and trend: which decision counts, and how it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from director.model.decision import Verdict
from director.model.history import Summary
from director.model.override import Effective, Override, OverrideStatement
from director.model.report import Judged
from director.model.simulation import Simulated, Unsimulated
from director.model.trend import Finding, Steadiness, Step, Stretch, Trend

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OVERRIDE = Override(
    statement=OverrideStatement(
        id="01O",
        log="l",
        service="pay",
        environment="",
        evaluation="01E",
        record_digest="sha256:r",
        manifest_digest="sha256:m",
        profile_digest="sha256:p",
        grounds=(),
        reason="r",
        ticket="t",
        requested_by="ann",
        requested_at=NOON,
        not_before=NOON,
        expires_at=NOON,
    ),
    text="",
)
FORCED = Effective(Verdict.GO, OVERRIDE)
CLOSED = Effective(Verdict.NO_GO)


class Evaluated:
    """Stands for a record of which nothing but its verdict is looked at."""

    verdict = Verdict.NO_GO


def judged(effective: Effective | None, *, expired: bool = False) -> Judged:
    """Return a NO_GO with what became of it."""
    record: Any = Evaluated()
    return Judged(record, recorded=True, expired=expired, effective=effective)


@pytest.mark.parametrize(
    ("effective", "verdict"),
    [(None, Verdict.NO_GO), (CLOSED, Verdict.NO_GO), (FORCED, Verdict.GO)],
)
def test_gates_act_on_the_effective_decision(effective: Effective | None, verdict: Verdict) -> None:
    """The evaluated one holds where there never was an override."""
    assert judged(effective).verdict is verdict


def test_an_override_opens_nothing_after_its_decision_has_expired() -> None:
    """What has expired is closed, whoever forced it open."""
    assert judged(FORCED).override is OVERRIDE
    assert judged(FORCED, expired=True).override is None
    assert judged(CLOSED).override is None
    assert judged(None).override is None


def test_a_decision_that_was_just_made_has_not_expired() -> None:
    """Whoever does not say that it is read too late has it in front of him."""
    record: Any = Evaluated()

    assert Judged(record, recorded=True, effective=FORCED).override is OVERRIDE


def simulated(**fields: Any) -> Simulated:  # noqa: ANN401  # fields of many types
    """Return a NO_GO that would have been a GO."""
    given: dict[str, Any] = {
        "service": "pay",
        "environment": "production",
        "evaluation": "01E",
        "decided_at": "2026-11-22T12:00:00.000000Z",
        "profile": "then",
        "decision": "no_go",
        "pass_rate": "50%",
        "score": 0.5,
        "then_decision": "go",
        "then_pass_rate": "99%",
        "then_score": 0.99,
        "reasons": (),
        "not_asked": ("a.b",),
        "dropped": (),
        "doubts": (),
    }
    return Simulated(**{**given, **fields})


ORDER = ("no_go", "conditional_go", "go")


@pytest.mark.parametrize("decision", ORDER)
@pytest.mark.parametrize("then", ORDER)
def test_a_simulation_says_whether_the_gate_would_open_further(decision: str, then: str) -> None:
    """NO_GO is worse than CONDITIONAL_GO, and that is worse than GO."""
    answer = simulated(decision=decision, then_decision=then)

    assert answer.changes is (decision != then)
    assert answer.better is (ORDER.index(then) > ORDER.index(decision))


def test_a_simulation_shows_both_decisions_apart() -> None:
    """The recorded decision comes first; what would have been stands by itself."""
    assert simulated().document() == {
        "service": "pay",
        "decision": "no_go",
        "pass_rate": "50%",
        "environment": "production",
        "evaluation": "01E",
        "decided_at": "2026-11-22T12:00:00.000000Z",
        "profile": "then",
        "score": 0.5,
        "not_asked": ["a.b"],
        "dropped": [],
        "doubts": [],
        "changes": True,
        "simulated": {"decision": "go", "pass_rate": "99%", "score": 0.99, "reasons": []},
    }


def unsimulated(environment: str) -> Unsimulated:
    """Return a decision that cannot be judged again."""
    return Unsimulated(
        service="pay",
        environment=environment,
        evaluation="01E",
        decision="go",
        pass_rate="99%",
        reason="a word that is none",
    )


SUMMARY = Summary(
    seq=7,
    evaluation="01E",
    service="pay",
    environment="",
    version="1",
    decision="no_go",
    effective="no_go",
    override="",
    pass_rate="50%",
    score=0.5,
    profile="standard",
    decided_at="2026-11-22T12:00:00.000000Z",
    valid_until="2026-11-23T12:00:00.000000Z",
)
STEADY = Steadiness(
    decisions=1, changes=0, flaps=False, since="01E", since_at="", in_a_row=1, begun=True
)


def trend(**fields: Any) -> Trend:  # noqa: ANN401  # as above
    """Return the trend of a target with one decision, a NO_GO."""
    given: dict[str, Any] = {
        "service": "pay",
        "environment": "",
        "latest": SUMMARY,
        "steadiness": STEADY,
        "steps": (Step(summary=SUMMARY, first=True),),
        "findings": (),
    }
    return Trend(**{**given, **fields})


@pytest.mark.parametrize(("environment", "name"), [("", "pay"), ("production", "pay@production")])
def test_a_target_is_named_with_its_environment_if_it_has_one(environment: str, name: str) -> None:
    """Service alone, or service and environment."""
    assert simulated(environment=environment).target == name
    assert unsimulated(environment).target == name
    assert trend(environment=environment).target == name


@pytest.mark.parametrize(
    ("effective", "decision", "override"),
    [(None, "no_go", None), (CLOSED, "no_go", None), (FORCED, "go", "01O")],
)
def test_a_trend_shows_what_gates_act_on_now(
    effective: Effective | None, decision: str, override: str | None
) -> None:
    """The last decision stays what it is; an override in force stands beside it."""
    shown = trend(effective=effective).document()

    assert shown["decision"] == "no_go"
    assert (shown["effective_decision"], shown["override"]) == (decision, override)


def test_a_trend_shows_its_lines_without_what_is_the_same_in_each() -> None:
    """Service, environment and place in the record stand in no line."""
    (line,) = trend().document()["decisions"]

    assert {"seq", "service", "environment"}.isdisjoint(line)
    assert (line["evaluation"], line["first"], line["changes"]) == ("01E", True, None)


def test_findings_that_nobody_looked_for_are_none() -> None:
    """No findings is another thing than an older part of the history."""
    assert trend().document()["findings"] == []
    assert trend(findings=None).document()["findings"] is None
    assert (trend().document()["older"], trend(older="01D").document()["older"]) == (None, "01D")


@pytest.mark.parametrize(
    ("decisions", "begun", "new"), [(1, True, True), (1, False, False), (2, True, False)]
)
def test_a_finding_is_new_in_its_first_decision(decisions: int, begun: bool, new: bool) -> None:
    """Only where it is known that there was no gap before."""
    finding = Finding(
        check="a.b",
        title="t",
        role="required",
        outcome="failed",
        since="01E",
        since_at="",
        decisions=decisions,
        begun=begun,
    )

    assert finding.new is new
    assert trend(findings=(finding,)).document()["findings"][0]["new"] is new


def test_a_step_is_overridden_where_gates_acted_on_something_else() -> None:
    """The verdict of a step is the one that was evaluated."""
    forced = Step(summary=replace(SUMMARY, effective="go"))

    assert (forced.overridden, forced.verdict) == (True, Verdict.NO_GO)
    assert not Step(summary=SUMMARY).overridden


def test_a_stretch_is_read_from_its_newest_step_on() -> None:
    """Steps stand as in a history: the newest first."""
    newest, oldest = Step(summary=SUMMARY), Step(summary=SUMMARY, first=True)

    assert Stretch((newest, oldest)).newest is newest
    assert Stretch((newest, oldest)).oldest is oldest
