"""rules.counterfactual: what would have been decided otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from director.model.check import Effort, Role
from director.model.counterfactual import Counterfactual, Supposition, Unanswered
from director.model.decision import Decision
from director.model.event import Subject
from director.model.manifest import Manifest
from director.model.outcome import Failed, Outcome, Passed, Unknown, Warned
from director.model.plan import Plan, PlannedCheck
from director.model.profile import Category, Profile, Unproven
from director.model.record import Record
from director.model.standing import Standing
from director.rules.counterfactual import MOST_GAPS, counterfactual
from director.rules.decide import decide
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.unit.rules.conftest import Law

PASSED, FAILED = Passed("yes"), Failed("no")
DAY = timedelta(days=1)

Cases = list[tuple[PlannedCheck, Outcome | None]]


def record(
    law: Law, cases: Cases, profile: Profile | None = None, standing: Standing | None = None
) -> Record:
    """Return the record of the decision on *cases*."""
    profile = profile or law.profile(warn_budget=1)
    return recorded(law, law.decide(profile, cases, standing), profile)


def recorded(law: Law, decision: Decision, profile: Profile) -> Record:
    """Return the record of *decision*."""
    run = Run(
        subject=Subject(evaluation="01E", trigger="manual", service="pay", owner="team-x"),
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=profile,
        started_at=law.now,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )
    return summarise(decision, run)


def answered(record: Record) -> Counterfactual:
    """Return the answer to *record*, which has one."""
    answer = counterfactual(record)
    assert isinstance(answer, Counterfactual)
    return answer


def told(found: Iterable[Supposition] | None) -> list[tuple[str, str, str]]:
    """Return check, decision and first reason of each."""
    return [(one.check, one.decision, one.code) for one in found or ()]


def payment(law: Law) -> tuple[Cases, Profile]:
    """Return the payment service of the brief: ready but for its load test."""
    checks: dict[str, tuple[str, Role]] = {
        "declared.alerts": ("observability", Role.ADVISORY),
        "declared.healthcheck": ("reliability", Role.REQUIRED),
        "declared.load_test": ("reliability", Role.ADVISORY),
        "declared.logging": ("observability", Role.REQUIRED),
        "declared.metrics": ("observability", Role.REQUIRED),
        "declared.on_call": ("operations", Role.REQUIRED),
        "declared.runbook": ("operations", Role.ADVISORY),
        "declared.security_review": ("security", Role.BLOCKER),
    }
    cases: Cases = [
        (law.planned(check, role, category), FAILED if check.endswith("load_test") else PASSED)
        for check, (category, role) in checks.items()
    ]
    weights = {"observability": "1.5", "operations": "1", "reliability": "2", "security": "3"}
    categories = [Category(name=name, weight=Fraction(text)) for name, text in weights.items()]
    return cases, law.profile(*categories, warn_budget=2)


def test_the_payment_service_of_the_brief(law: Law) -> None:
    """Its load test alone makes it GO; any required check or the blocker alone, NO_GO."""
    cases, profile = payment(law)

    answer = answered(record(law, cases, profile))

    (load_test,) = answer.if_passed
    assert load_test == Supposition(
        check="declared.load_test",
        title="title of declared.load_test",
        role="advisory",
        remedy="mend declared.load_test",
        effort="medium",
        decision="go",
        pass_rate="100%",
        score=1.0,
        code="",
        reason="",
    )
    assert answer.steps == (load_test,)
    assert answer.obstacles == ()
    assert told(answer.if_failed) == [
        ("declared.security_review", "no_go", "blocker"),
        ("declared.healthcheck", "no_go", "failed"),
        ("declared.logging", "no_go", "failed"),
        ("declared.metrics", "no_go", "failed"),
        ("declared.on_call", "no_go", "failed"),
    ]
    assert answer.if_failed[0].remedy == ""


def test_steps_add_up(law: Law) -> None:
    """Each step supposes those before it, in the order of the list: the easiest first."""
    cases: Cases = [
        (law.planned("a.hard", Role.BLOCKER, effort=Effort.HIGH), FAILED),
        (law.planned("a.low", effort=Effort.LOW), FAILED),
        (law.planned("a.right"), PASSED),
        *law.fillers(),
    ]

    answer = answered(record(law, cases))

    assert [(s.check, s.decision, s.score) for s in answer.steps or ()] == [
        ("a.low", "no_go", 0.666666),
        ("a.hard", "go", 1.0),
    ]
    assert [(s.check, s.decision, s.score) for s in answer.if_passed] == [
        ("a.hard", "no_go", 0.666666),
        ("a.low", "no_go", 0.666666),
    ]
    assert answer.if_failed == ()


def test_the_best_supposition_comes_first(law: Law) -> None:
    """By decision, then by score, then by name."""
    cases: Cases = [
        (law.planned("a.light", Role.ADVISORY, weight=1), FAILED),
        (law.planned("a.middling", Role.ADVISORY, weight=2), FAILED),
        (law.planned("a.weighty", Role.ADVISORY, weight=4), FAILED),
        (law.planned("a.other", Role.ADVISORY, weight=1), FAILED),
        (law.planned("a.rest", weight=32), PASSED),
        *law.fillers(),
    ]

    answer = answered(record(law, cases, law.profile(warn_budget=3)))

    assert [(s.check, s.decision, s.score) for s in answer.if_passed] == [
        ("a.weighty", "go", 0.9),
        ("a.middling", "conditional_go", 0.85),
        ("a.light", "conditional_go", 0.825),
        ("a.other", "conditional_go", 0.825),
    ]


def test_a_better_decision_outweighs_a_better_score(law: Law) -> None:
    """A light fix that opens the gate comes before a heavy one that does not."""
    cases: Cases = [
        (law.planned("a.gate", weight=1), FAILED),
        (law.planned("a.heavy", Role.ADVISORY, weight=3), FAILED),
        (law.planned("a.rest", weight=16), PASSED),
        *law.fillers(),
    ]

    answer = answered(record(law, cases, law.profile(warn_budget=0)))

    assert [(s.check, s.decision, s.score) for s in answer.if_passed] == [
        ("a.gate", "conditional_go", 0.85),
        ("a.heavy", "no_go", 0.95),
    ]


def test_what_to_do_is_what_the_record_says(law: Law) -> None:
    """Where a check broke, it is still its plugin that has to be mended."""
    broken = replace(law.planned("a.broken"), plugin="acme-checks")
    made = record(law, [(broken, law.outcome("errored")), *law.fillers()])
    assert made.fixes is not None

    (step,) = answered(made).steps or ()

    assert "acme-checks" in step.remedy
    assert step.remedy == made.fixes[0].remedy


def test_what_bears_a_go_is_what_would_cost_it(law: Law) -> None:
    """The worst comes first; what could fail without changing the decision is not listed."""
    cases: Cases = [
        (law.planned("a.blocker", Role.BLOCKER, weight=4), PASSED),
        (law.planned("a.warned", Role.ADVISORY, weight=1), Warned("barely")),
        (law.planned("a.heavy", Role.ADVISORY, weight=8), PASSED),
        (law.planned("a.shadow", Role.SHADOW), PASSED),
        (law.planned("a.tiny", Role.ADVISORY, weight="0.1"), PASSED),
        *law.fillers(),
    ]
    profile = law.profile(warn_budget=3, go="0.9", conditional="0.3")

    answer = answered(record(law, cases, profile))

    assert told(answer.if_failed) == [
        ("a.blocker", "no_go", "blocker"),
        ("a.heavy", "conditional_go", "below_go"),
    ]
    assert told(answer.if_passed) == [("a.warned", "go", "")]
    assert answer.steps == ()


def test_what_is_supposed_to_fail_says_that_it_is_supposed(law: Law) -> None:
    """Nobody can take a failure that never was for one that was seen."""
    (failing,) = answered(record(law, [(law.planned("a.a"), PASSED), *law.fillers()])).if_failed

    assert failing.reason == "a.a failed: supposed"


def test_what_does_not_apply_bears_nothing(law: Law) -> None:
    """Only what passed or warned can be lost."""
    cases: Cases = [
        (law.planned("a.away"), law.outcome("not_applicable")),
        (law.planned("a.blind", Role.ADVISORY, weight="0.1"), law.outcome("unknown")),
        (law.planned("a.here"), PASSED),
        *law.fillers(),
    ]

    answer = answered(record(law, cases))

    assert {one.check for one in answer.if_failed} & {"a.away", "a.blind", "a.here"} == {"a.here"}


def test_a_waiver_in_effect_holds_a_decision(law: Law) -> None:
    """What is waived stays waived while other checks are supposed; fixing it frees the GO."""
    cases: Cases = [
        (law.planned("a.waived"), FAILED),
        *[(law.planned(f"a.c{n}"), PASSED) for n in range(9)],
    ]
    standing = Standing((), (law.waiver("a.waived"), law.waiver("a.c1")))

    answer = answered(record(law, cases, standing=standing))

    assert told(answer.if_passed) == [("a.waived", "go", "")]
    assert told(answer.steps) == [("a.waived", "go", "")]
    # a.c1 has a waiver that would take effect, so that its failure is not a NO_GO.
    assert [one.check for one in answer.if_failed] == [f"a.c{n}" for n in (0, 2, 3, 4, 5, 6, 7, 8)]


def test_an_overdue_condition_stays_until_go(law: Law) -> None:
    """While one is overdue no single fix but its own, or all of them, opens the gate."""
    cases: Cases = [
        (law.planned("a.late", Role.ADVISORY, weight=2), FAILED),
        (law.planned("a.other", Role.ADVISORY, weight=1), FAILED),
        *[(law.planned(f"a.c{n}"), PASSED) for n in range(9)],
    ]
    standing = Standing((law.condition("a.late", -DAY),))

    answer = answered(record(law, cases, law.profile(go="0.95"), standing))

    assert told(answer.if_passed) == [
        ("a.late", "conditional_go", "below_go"),
        ("a.other", "no_go", "condition_overdue"),
    ]
    assert told(answer.steps) == [
        ("a.late", "conditional_go", "below_go"),
        ("a.other", "go", ""),
    ]


def test_a_condition_that_was_just_closed_keeps_its_date(law: Law) -> None:
    """A check that passed on its last day would be overdue at once if it failed again."""
    cases: Cases = [
        (law.planned("a.late", Role.ADVISORY, weight=0), PASSED),
        *[(law.planned(f"a.c{n}"), PASSED) for n in range(9)],
    ]
    standing = Standing((law.condition("a.late", -DAY),))

    answer = answered(record(law, cases, law.profile(), standing))

    assert ("a.late", "no_go", "condition_overdue") in told(answer.if_failed)


@pytest.mark.parametrize(("closed", "then"), [(9, "no_go"), (11, "conditional_go")])
def test_how_long_a_closed_condition_keeps_its_date_is_the_profiles(
    law: Law, closed: int, then: str
) -> None:
    """Within the profile's time a check that fails again is overdue at once; after it, not."""
    cases: Cases = [
        (law.planned("a.again", Role.ADVISORY, weight=0), PASSED),
        *[(law.planned(f"a.c{n}"), PASSED) for n in range(9)],
    ]
    standing = Standing((law.condition("a.again", -DAY, closed * DAY),))
    profile = law.profile(due_in_s=10 * 86400.0)

    answer = answered(record(law, cases, profile, standing))

    assert [one.decision for one in answer.if_failed if one.check == "a.again"] == [then]


def test_where_no_list_of_fixes_reaches_go_it_says_why(law: Law) -> None:
    """Even if every gap had passed: what would still stand in the way."""
    profile = law.profile(Category(name="empty", floor=Fraction(1, 2)))
    cases: Cases = [(law.planned("a.a", Role.BLOCKER), FAILED)]

    answer = answered(record(law, cases, profile))

    assert answer.steps is None
    assert answer.obstacles == (
        "1 conclusive checks, at least 3 are needed",
        "empty is at nothing counts, its floor is 50%",
    )
    assert told(answer.if_passed) == [("a.a", "no_go", "insufficient_checks")]


def test_nothing_planned_is_told_too(law: Law) -> None:
    """An empty plan has nothing to suppose, and says why it is no GO."""
    answer = answered(record(law, []))

    assert (answer.if_passed, answer.steps, answer.if_failed) == ((), None, ())
    assert answer.obstacles[0] == "0 conclusive checks, at least 3 are needed"


def test_what_passes_is_supposed_to_have_been_seen_just_now(law: Law) -> None:
    """Old evidence does not spoil the supposition that a check passes."""
    planned = [law.planned("a.stale", max_age_s=86400.0), *(check for check, _ in law.fillers())]
    results = [
        law.result("a.stale", PASSED, law.evidence(2 * DAY)),
        *(law.result(check.id, PASSED) for check in planned[1:]),
    ]
    decision = decide(Plan(tuple(planned)), results, law.profile(), Standing(), law.now)

    answer = answered(recorded(law, decision, law.profile()))

    assert told(answer.if_passed) == [("a.stale", "go", "")]


@pytest.mark.parametrize("when", list(Unproven))
def test_what_unproven_means_is_kept(law: Law, when: Unproven) -> None:
    """A required check that could not tell is judged as its profile had it."""
    cases: Cases = [
        (law.planned("a.blind", when_unproven=when), Unknown("dark")),
        (law.planned("a.weak", Role.ADVISORY), FAILED),
        *[(law.planned(f"a.c{n}"), PASSED) for n in range(18)],
    ]

    answer = answered(record(law, cases))

    assert [one.decision for one in answer.if_passed if one.check == "a.weak"] == [
        "no_go" if when is Unproven.NO_GO else "conditional_go"
    ]


def test_a_record_without_policy_has_no_answer(law: Law) -> None:
    """What it was held against is not guessed."""
    old = replace(record(law, law.fillers()), policy=None)

    assert counterfactual(old) == Unanswered(
        "no_policy", "it was recorded before the record kept the policy; evaluate again"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "conditional_go"},
        {"score_exact": "999999/1000000"},
        {"reasons": ()},
        {"fixes": None},
        {"fixes": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_decision_that_the_rule_does_not_make_has_no_answer(
    law: Law, change: dict[str, Any]
) -> None:
    """Unless the rule decides the same again there is no answer rather than a wrong one."""
    cases: Cases = [(law.planned("a.a"), FAILED), *law.fillers()]
    genuine = record(law, cases)
    assert isinstance(counterfactual(genuine), Counterfactual)

    answer = counterfactual(replace(genuine, **change))

    assert answer == Unanswered(
        "decides_otherwise", "the rule as it is now decides otherwise (NO_GO); evaluate again"
    )


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("check", {"role": "chief"}),
        ("check", {"outcome": "maybe"}),
        ("check", {"origin": "heaven"}),
        ("check", {"effort": "none"}),
        ("check", {"when_unproven": "go"}),
        ("check", {"started_at": "2026-11-22T12:00:00"}),
        ("check", {"started_at": "yesterday"}),
        ("check", {"weight": -1.0}),
        ("check", {"max_age_s": -1.0}),
        ("policy", {"minimum_checks": 2}),
        ("policy", {"max_age_s": -1.0}),
        ("record", {"decided_at": "9999-12-31T23:59:59.000000Z"}),
        ("record", {"decided_at": "2026-11-22T12:00:00"}),
    ],
    ids=str,
)
def test_what_decides_nothing_has_no_answer(law: Law, where: str, change: dict[str, Any]) -> None:
    """A record whose words or figures no decision rests on is told so, and nothing breaks."""
    base = record(law, [(law.planned("a.a"), PASSED), *law.fillers()])
    assert base.policy is not None
    if where == "record":
        broken = replace(base, **change)
    elif where == "policy":
        broken = replace(base, policy=replace(base.policy, **change))
    else:
        first, *rest = base.categories
        check = replace(first.checks[0], **change)
        spoilt = replace(first, checks=(check, *first.checks[1:]))
        broken = replace(base, categories=(spoilt, *rest))

    answer = counterfactual(broken)

    assert isinstance(answer, Unanswered)
    assert answer.code == "not_replayable"
    assert answer.reason.startswith("the rule cannot be applied to the record: ")
    assert answer.document()["error"]["code"] == "not_replayable"


@pytest.mark.parametrize(
    ("gaps", "kind"), [(MOST_GAPS, Counterfactual), (MOST_GAPS + 1, Unanswered)]
)
def test_there_is_an_end_to_telling(law: Law, gaps: int, kind: type) -> None:
    """More gaps than anybody would read are not told one by one."""
    cases: Cases = [(law.planned(f"a.c{n:03}"), FAILED) for n in range(gaps)]

    answer = counterfactual(record(law, cases))

    assert type(answer) is kind
    if isinstance(answer, Unanswered):
        assert answer == Unanswered("too_many_gaps", "there are 101 gaps, more than 100")


def test_the_document_is_plain(law: Law) -> None:
    """The answers are JSON values, in the order of their fields."""
    cases, profile = payment(law)

    document = answered(record(law, cases, profile)).document()

    assert list(document) == ["if_passed", "steps", "obstacles", "if_failed"]
    assert document["steps"] == document["if_passed"]
    assert document["steps"][0]["decision"] == "go"
