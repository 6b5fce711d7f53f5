"""rules.decide: the examples of the contract, the levels in order, and how long it holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import Decision, ReasonCode, Verdict, WaiverState
from director.model.evidence import Evidence
from director.model.outcome import Failed, Outcome, Passed
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, Profile, Unproven
from director.model.standing import Standing
from director.rules.decide import decide
from director.rules.score import weighting_of
from director.rules.summarise import pass_rate

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

Code = ReasonCode
DAY = timedelta(days=1)

BASELINE = {
    "declared.logging": ("observability", Role.REQUIRED),
    "declared.metrics": ("observability", Role.REQUIRED),
    "declared.alerts": ("observability", Role.ADVISORY),
    "declared.healthcheck": ("reliability", Role.REQUIRED),
    "declared.load_test": ("reliability", Role.ADVISORY),
    "declared.security_review": ("security", Role.BLOCKER),
    "declared.runbook": ("operations", Role.ADVISORY),
    "declared.on_call": ("operations", Role.REQUIRED),
}


def baseline(law: Law) -> Profile:
    """Return the profile of the brief, as the contract states it."""
    return law.profile(
        Category(name="security", weight=Fraction(3), role=Role.BLOCKER),
        Category(name="reliability", weight=Fraction(2)),
        Category(name="observability", weight=Fraction(3, 2)),
        Category(name="operations", weight=Fraction(1)),
        warn_budget=2,
    )


def payment(law: Law, **said: Outcome) -> Decision:
    """Return the decision on a service that passes all eight but for what it *said*."""
    cases = [
        (law.planned(check, role, category), said.get(check.split(".")[1], Passed("declared")))
        for check, (category, role) in BASELINE.items()
    ]
    return law.decide(baseline(law), cases)


def codes(decision: Decision) -> list[tuple[ReasonCode, str]]:
    """Return code and check of every reason."""
    return [(reason.code, reason.check) for reason in decision.reasons]


def test_b4_ready_but_for_its_load_test(law: Law) -> None:
    """Seven of eight is 88 %, the score 13/15, the decision CONDITIONAL_GO."""
    decision = payment(law, load_test=Failed("declared false"))

    assert decision.verdict is Verdict.CONDITIONAL_GO
    assert pass_rate(decision) == "88%"
    assert decision.score == Fraction(13, 15)
    assert codes(decision) == [(Code.BELOW_GO, "")]
    assert decision.fixes is not None
    assert [fix.check for fix in decision.fixes] == ["declared.load_test"]
    assert [(c.check, c.owner, c.due_at) for c in decision.conditions] == [
        ("declared.load_test", "team-x", law.now + 14 * DAY)
    ]


def test_b4_all_passed_is_go(law: Law) -> None:
    """Eight of eight is GO with nothing to say."""
    decision = payment(law)

    assert (decision.verdict, decision.reasons, decision.fixes) == (Verdict.GO, (), ())
    assert pass_rate(decision) == "100%"
    assert decision.score == 1


def test_b8_all_false_is_no_go_with_every_reason(law: Law) -> None:
    """All declarations false: NO_GO, 0 %, and every level that holds is said."""
    said = {check.split(".")[1]: Failed("declared false") for check in BASELINE}

    decision = payment(law, **said)

    assert decision.verdict is Verdict.NO_GO
    assert pass_rate(decision) == "0%"
    assert decision.score == 0
    assert codes(decision) == [
        (Code.BLOCKER, "declared.security_review"),
        (Code.FAILED, "declared.healthcheck"),
        (Code.FAILED, "declared.logging"),
        (Code.FAILED, "declared.metrics"),
        (Code.FAILED, "declared.on_call"),
        (Code.SCORE, ""),
        (Code.BELOW_GO, ""),
        (Code.WARN_BUDGET, ""),
        (Code.REQUIRED_GAP, ""),
    ]
    assert decision.conditions == ()


def test_b8_nothing_planned_is_no_go(law: Law) -> None:
    """No checks: NO_GO, 0 %, nothing counting, and no list of fixes that could help."""
    decision = law.decide(law.profile(), [])

    assert decision.verdict is Verdict.NO_GO
    assert pass_rate(decision) == "0%"
    assert (decision.counting, decision.fixes) == (0, None)
    assert codes(decision) == [
        (Code.INSUFFICIENT_CHECKS, ""),
        (Code.SCORE, ""),
        (Code.BELOW_GO, ""),
    ]


def test_b8_lowest_thresholds_do_not_approve(law: Law) -> None:
    """With thresholds as near to zero as a profile allows, nothing passed is still NO_GO."""
    profile = law.profile(go="0.000002", conditional="0.000001", warn_budget=99)

    decision = law.decide(
        profile, [(law.planned(f"a.c{n}", Role.ADVISORY), Failed("no")) for n in range(9)]
    )

    assert decision.verdict is Verdict.NO_GO


@pytest.mark.parametrize("role", [Role.BLOCKER, Role.REQUIRED, Role.ADVISORY])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_b9_fewer_than_three_checks_fail(law: Law, number: int, role: Role) -> None:
    """With fewer than three conclusive checks nothing is GO, however well they did."""
    cases = [(law.planned(f"a.c{n}", role), Passed("yes")) for n in range(number)]

    decision = law.decide(law.profile(), cases)

    assert (decision.verdict is Verdict.GO) is (number == 3)
    assert decision.verdict in (Verdict.GO, Verdict.NO_GO)


@pytest.mark.parametrize("word", ["failed", "unknown", "errored", "missing"])
@pytest.mark.parametrize("others", [3, 1000])
def test_b6_a_security_failure_blocks_whatever_the_pass_rate(
    law: Law, word: str, others: int
) -> None:
    """One security blocker that did not pass outweighs a thousand checks that did."""
    cases = [(law.planned(f"a.c{n}", Role.ADVISORY), Passed("yes")) for n in range(others)]
    cases.append(
        (
            law.planned("a.security", Role.BLOCKER, "security", weight="0.001"),
            law.outcome(word),  # type: ignore[arg-type]  # any outcome
        )
    )
    profile = law.profile(go="0.002", conditional="0.001", warn_budget=9, fail_budget=9)

    decision = law.decide(profile, cases)

    assert decision.verdict is Verdict.NO_GO
    assert codes(decision) == [(Code.BLOCKER, "a.security")]
    assert pass_rate(decision) == ("75%" if others == 3 else "99%")


@pytest.mark.parametrize(
    ("passed", "counting", "shown"),
    [
        (5, 8, "62%"),
        (7, 8, "88%"),
        (1, 8, "12%"),
        (3, 8, "38%"),
        (1, 40, "2%"),
        (2, 3, "67%"),
        (1, 3, "33%"),
        (999, 1000, "99%"),
        (1, 1000, "1%"),
        (0, 1000, "0%"),
        (1000, 1000, "100%"),
        (0, 0, "0%"),
    ],
)
def test_the_pass_rate_is_rounded_half_to_even(
    law: Law, passed: int, counting: int, shown: str
) -> None:
    """Half to even; 100 % only if all passed, 0 % only if none did."""
    cases = [
        (
            law.planned(f"a.c{n:04}", Role.ADVISORY),
            law.outcome("passed" if n < passed else "warned"),
        )
        for n in range(counting)
    ]
    cases += [
        (law.planned("b.shadow", Role.SHADOW), law.outcome("passed")),
        (law.planned("b.exempt", Role.ADVISORY), law.outcome("not_applicable")),
    ]

    assert pass_rate(law.decide(law.profile(), cases)) == shown


def test_the_first_level_that_matches_decides_and_all_are_listed_in_order(law: Law) -> None:
    """Reasons come by level, an overdue condition between the score and what is short of GO."""
    cases = [
        (law.planned("a.blocker", Role.BLOCKER), law.outcome("failed")),
        (law.planned("a.required"), law.outcome("missing")),
    ]
    standing = Standing((law.condition("a.required", -DAY),))

    decision = law.decide(law.profile(), cases, standing)

    levels = [reason.code.level for reason in decision.reasons]
    assert levels == sorted(levels)
    assert (Code.CONDITION_OVERDUE, "a.required") in codes(decision)
    assert levels == [2, 3, 4, 7, 8, 9, 9, 9]


@pytest.mark.parametrize(
    ("word", "verdict"),
    [("failed", Verdict.NO_GO), ("passed", Verdict.GO)],
    ids=["otherwise conditional", "otherwise go"],
)
def test_an_overdue_condition_is_no_go_unless_the_decision_is_go(
    law: Law, word: str, verdict: Verdict
) -> None:
    """Overdue is NO_GO even if otherwise conditional; a GO closes it."""
    cases = [(law.planned("a.a", Role.ADVISORY), law.outcome(word)), *law.fillers()]
    standing = Standing((law.condition("z.gone", -DAY),))

    decision = law.decide(law.profile(), cases, standing)

    assert decision.verdict is verdict
    assert ((Code.CONDITION_OVERDUE, "z.gone") in codes(decision)) is (word == "failed")
    (condition,) = decision.conditions
    assert (condition.check, condition.closed_at is None) == ("z.gone", word == "failed")


def test_a_condition_that_is_reopened_too_late_is_overdue_at_once(law: Law) -> None:
    """Passing once does not buy time: the old date counts, and the condition stays open."""
    cases = [(law.planned("a.a", Role.ADVISORY, weight="0.2"), Failed("no"))]
    cases += [(law.planned(f"b.c{n}", Role.ADVISORY), Passed("")) for n in range(3)]  # type: ignore[misc]  # any outcome
    standing = Standing((law.condition("a.a", -DAY, closed=2 * DAY),))

    decision = law.decide(law.profile(), cases, standing)

    assert decision.verdict is Verdict.NO_GO
    assert [(c.check, c.closed_at) for c in decision.conditions] == [("a.a", None)]


def test_a_decision_that_is_overdue_opens_nothing_new(law: Law) -> None:
    """What level 8 turned to NO_GO is no CONDITIONAL_GO and opens no condition."""
    cases = [
        (law.planned("a.new", Role.ADVISORY, weight="0.1"), law.outcome("failed")),
        (law.planned("a.renewed", Role.ADVISORY, weight="0.1"), law.outcome("failed")),
        *((law.planned(f"b.c{n}", Role.ADVISORY), law.outcome("passed")) for n in range(3)),
    ]
    renewed = law.condition("a.renewed", -30 * DAY, closed=20 * DAY)
    late = law.condition("z.late", -DAY)

    decision = law.decide(law.profile(), cases, Standing((renewed, late)))

    assert decision.verdict is Verdict.NO_GO
    assert decision.conditions == (renewed, late)


def waived(law: Law, word: str, role: Role = Role.REQUIRED) -> Decision:
    """Return the decision with a waiver for the one check that *word* is said of."""
    cases = [(law.planned("a.a", role, weight="0.2"), law.outcome(word))]
    cases += [(law.planned(f"b.c{n}", Role.ADVISORY), Passed("")) for n in range(3)]
    return law.decide(law.profile(), cases, Standing(waivers=(law.waiver("a.a"),)))


@pytest.mark.parametrize("word", ["failed", "unknown", "errored", "missing"])
def test_a_waiver_in_effect_leaves_a_conditional_go(law: Law, word: str) -> None:
    """A waiver lifts levels 4 and 5 for its check; the outcome, the score and the gap stay."""
    decision = waived(law, word)

    assert decision.verdict is Verdict.CONDITIONAL_GO
    assert codes(decision) == [
        (Code.WARN_BUDGET, "a.a"),
        (Code.REQUIRED_GAP, "a.a"),
        (Code.WAIVED, "a.a"),
    ]
    assert decision.score == Fraction(15, 16)
    assert decision.checks[0].word == word
    assert decision.waivers[0].state is WaiverState.IN_EFFECT


def test_a_waiver_does_not_lift_a_blocker(law: Law) -> None:
    """Waivers do not lift blockers; overrides do."""
    decision = waived(law, "failed", Role.BLOCKER)

    assert decision.verdict is Verdict.NO_GO
    assert decision.waivers[0].state is WaiverState.NOT_WAIVABLE


def test_when_unproven_conditional_makes_a_gap(law: Law) -> None:
    """A profile may soften what a required check could not find out to a CONDITIONAL_GO."""
    planned = law.planned("a.a", weight="0.2", when_unproven=Unproven.CONDITIONAL)
    rest = [(law.planned(f"b.c{n}", Role.ADVISORY), law.outcome("passed")) for n in range(3)]

    def verdict(word: str) -> Verdict:
        return law.decide(law.profile(), [(planned, law.outcome(word)), *rest]).verdict

    assert verdict("unknown") is verdict("errored") is Verdict.CONDITIONAL_GO
    assert verdict("missing") is verdict("failed") is Verdict.NO_GO


def test_what_a_manifest_adds_holds_back_and_never_carries(law: Law) -> None:
    """An added check can keep a decision from GO; it brings neither score nor minimum."""
    added = law.planned("z.added", Role.REQUIRED, origin=Origin.MANIFEST)
    enough = [(law.planned(f"a.c{n}", Role.ADVISORY), law.outcome("passed")) for n in range(3)]

    def verdict(*cases: tuple[PlannedCheck, Outcome | None]) -> Verdict:
        return law.decide(law.profile(), cases).verdict

    assert verdict(*enough) is Verdict.GO
    assert verdict(*enough, (added, law.outcome("passed"))) is Verdict.GO
    assert verdict(*enough, (added, law.outcome("failed"))) is Verdict.NO_GO
    assert verdict(*enough[:2], (added, law.outcome("passed"))) is Verdict.NO_GO


def test_a_moment_without_time_zone_is_refused(law: Law) -> None:
    """A naive *now* is an error: nobody knows when that is."""
    naive = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # the naive moment is the case

    with pytest.raises(ValueError, match="now must be timezone-aware"):
        decide(Plan(), [], law.profile(), Standing(), naive)


def test_two_results_for_one_check_are_refused(law: Law) -> None:
    """Two answers to one question make no decision."""
    plan = Plan((law.planned("a.a"),))
    results = [law.result("a.a", Passed("")), law.result("a.a", Failed(""))]

    with pytest.raises(ValueError, match=r"two results for a\.a"):
        decide(plan, results, law.profile(), Standing(), law.now)


def test_what_a_plan_weighs_holds_for_its_own_profile_and_checks_alone(law: Law) -> None:
    """A weighting that was worked out for something else changes no decision."""
    mine = law.profile(Category(name="x", weight=Fraction(3)))
    other = law.profile(Category(name="x", weight=Fraction(1)))
    checks = (law.planned("a.a", category="x"), law.planned("a.b", category="y"))
    heavier = (checks[0], law.planned("a.b", category="y", weight=5), law.planned("a.c"))
    results = [law.result("a.a", Passed("ok")), law.result("a.b", Failed("no"))]

    for stale in (
        Plan(checks, "", weighting_of(other, checks)),
        Plan(checks, "", weighting_of(mine, heavier)),
    ):
        decision = decide(stale, results, mine, Standing(), law.now)

        assert decision == decide(Plan(checks), results, mine, Standing(), law.now)
        assert decision.score == Fraction(3, 4)


def until(
    law: Law,
    *evidence: Evidence,
    said: str = "passed",
    role: Role = Role.ADVISORY,
    standing: Standing | None = None,
) -> timedelta:
    """Return how long a decision is valid; max_age is a day, that of the evidence a year."""
    first = law.planned("a.a", role, weight="0.2", max_age_s=365 * 86400.0)
    plan = Plan((first, *(law.planned(f"b.c{n}", Role.ADVISORY) for n in range(3))))
    results = [law.result(check.id, Passed("")) for check in plan.checks[1:]]
    results.append(law.result("a.a", law.outcome(said), *evidence))
    decision = decide(plan, results, law.profile(), standing or Standing(), law.now)
    return decision.valid_until - law.now


HOUR = timedelta(hours=1)


def test_a_decision_is_valid_for_max_age(law: Law) -> None:
    """Where nothing runs out earlier, a decision holds for the profile's max_age."""
    assert until(law) == DAY


@pytest.mark.parametrize("said", ["passed", "warned", "failed"])
def test_the_oldest_evidence_ends_validity(law: Law, said: str) -> None:
    """A decision ends when the first piece of evidence that it rests on gets too old."""
    ages = [365 * DAY - 3 * HOUR, 365 * DAY - 2 * HOUR, None, DAY]

    assert until(law, *map(law.evidence, ages), said=said) == 2 * HOUR


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("unknown", Role.ADVISORY),
        ("errored", Role.ADVISORY),
        ("not_applicable", Role.ADVISORY),
        ("passed", Role.SHADOW),
    ],
)
@pytest.mark.parametrize("age", [365 * DAY - HOUR, 400 * DAY])
def test_evidence_that_nothing_rests_on_does_not_end_validity(
    law: Law, said: str, role: Role, age: timedelta
) -> None:
    """Evidence of what told nothing, or does not count, neither ends nor predates a decision."""
    assert until(law, law.evidence(age), said=said, role=role) == DAY


def test_stale_evidence_does_not_end_validity(law: Law) -> None:
    """Evidence that is too old already made its check unknown, and ends nothing more."""
    assert until(law, law.evidence(400 * DAY)) == DAY


def test_evidence_of_exactly_its_age_ends_validity_now(law: Law) -> None:
    """Evidence that is as old as it may be counts, at this moment and no longer."""
    assert until(law, law.evidence(365 * DAY)) == timedelta(0)


def test_an_open_condition_ends_validity_when_it_is_due(law: Law) -> None:
    """The first due date of a condition that stands ends the decision."""
    standing = Standing((law.condition("a.a", 2 * HOUR), law.condition("z.z", 3 * HOUR)))

    assert until(law, said="failed", standing=standing) == 2 * HOUR


def test_a_condition_that_is_due_now_ends_validity_now(law: Law) -> None:
    """At its due date a condition is not overdue, but the decision holds no longer."""
    standing = Standing((law.condition("a.a", timedelta(0)),))

    assert until(law, said="failed", standing=standing) == timedelta(0)


@pytest.mark.parametrize("said", ["passed", "failed"])
def test_closed_and_overdue_conditions_do_not_end_validity(law: Law, said: str) -> None:
    """What is closed is past, and what is overdue has closed the gate already."""
    standing = Standing((law.condition("a.a", -HOUR), law.condition("z.z", HOUR, closed=HOUR)))

    assert until(law, said=said, standing=standing) == DAY


@pytest.mark.parametrize(("said", "left"), [("failed", 2 * HOUR), ("passed", DAY)])
def test_a_waiver_in_effect_ends_validity(law: Law, said: str, left: timedelta) -> None:
    """A decision ends with the first waiver it rests on; an unused one ends nothing."""
    waivers = (law.waiver("a.a", 2 * HOUR), law.waiver("a.a", 3 * HOUR, id="later"))

    assert until(law, said=said, role=Role.REQUIRED, standing=Standing(waivers=waivers)) == left
