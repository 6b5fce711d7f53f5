"""Ways to get a GO that is not deserved, none of which works."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from director.model.catalog import Catalog, Offer, Plugin
from director.model.check import CheckSpec, Role
from director.model.decision import Verdict, WaiverState
from director.model.manifest import CheckRequest, Manifest, Target
from director.model.outcome import Failed, NotApplicable, Outcome, Passed
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile, Unproven
from director.model.standing import Standing
from director.rules.decide import decide
from director.rules.plan import plan

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

DAY = timedelta(days=1)
PASSED, FAILED = Passed("yes"), Failed("no")


def passing(
    law: Law, number: int, role: Role = Role.ADVISORY, **planned: Any
) -> list[tuple[PlannedCheck, Outcome | None]]:
    """Return checks that passed."""
    return [(law.planned(f"b.c{n}", role, **planned), PASSED) for n in range(number)]


def test_shadow_checks_do_not_make_up_a_decision(law: Law) -> None:
    """A hundred shadow checks that passed are nothing at all."""
    decision = law.decide(law.profile(), passing(law, 100, Role.SHADOW))

    assert (decision.verdict, decision.counting, decision.score) == (Verdict.NO_GO, 0, Fraction(0))


def test_what_does_not_apply_does_not_make_up_a_decision(law: Law) -> None:
    """A service to which nothing applies is not ready."""
    cases = [(law.planned(f"a.c{n}"), NotApplicable("library")) for n in range(9)]

    decision = law.decide(law.profile(), cases)

    assert (decision.verdict, decision.counting) == (Verdict.NO_GO, 0)


def test_saying_that_a_blocker_does_not_apply_does_not_pass_it(law: Law) -> None:
    """A claim that it does not apply is refused for blockers unless the profile says otherwise."""
    cases = [(law.planned("a.a", Role.BLOCKER), NotApplicable("trust me")), *passing(law, 9)]

    assert law.decide(law.profile(), cases).verdict is Verdict.NO_GO


def test_a_floor_holds_for_a_category_that_was_emptied(law: Law) -> None:
    """Making every check of a category not apply does not lift its floor."""
    profile = law.profile(Category(name="security", floor=Fraction(1, 2)))
    cases = [
        (law.planned("a.a", Role.REQUIRED, "security"), NotApplicable("no")),
        *passing(law, 9),
    ]

    assert law.decide(profile, cases).verdict is Verdict.NO_GO


def test_zero_weight_hides_no_failure(law: Law) -> None:
    """A required check that weighs nothing still fails the service."""
    cases = [(law.planned("a.a", weight=0), FAILED), *passing(law, 9)]

    assert law.decide(law.profile(), cases).verdict is Verdict.NO_GO


def test_zero_weight_everywhere_is_no_score(law: Law) -> None:
    """Where nothing weighs anything the score is 0, not 1."""
    decision = law.decide(law.profile(), passing(law, 9, weight=0))

    assert (decision.verdict, decision.score) == (Verdict.NO_GO, Fraction(0))


def test_a_huge_weight_outweighs_no_blocker(law: Law) -> None:
    """A check that weighs a googol carries the score and nothing else."""
    cases = [
        (law.planned("a.a", Role.BLOCKER), FAILED),
        *passing(law, 3, weight=10**100),
    ]

    decision = law.decide(law.profile(), cases)

    assert decision.verdict is Verdict.NO_GO
    assert Fraction(999, 1000) < decision.score < 1


def test_a_crash_is_not_softer_than_a_failure(law: Law) -> None:
    """A check that breaks instead of failing gains nothing, under the softest policy neither."""
    planned = law.planned("a.a", when_unproven=Unproven.CONDITIONAL, weight="0.1")
    profile = law.profile(warn_budget=9)

    decision = law.decide(profile, [(planned, law.outcome("errored")), *passing(law, 9)])

    assert decision.verdict is Verdict.CONDITIONAL_GO


@pytest.mark.parametrize("word", ["passed", "failed"])
def test_aged_evidence_is_never_better_than_none(law: Law, word: str) -> None:
    """Ageing a bad answer leaves a gap, whatever the profile makes of unknown ones."""
    planned = law.planned("a.a", max_age_s=60.0, when_unproven=Unproven.CONDITIONAL, weight="0.1")
    rest = passing(law, 9)
    old = law.result("a.a", law.outcome(word), law.evidence(DAY))
    results = [old, *(law.result(check.id, PASSED) for check, _ in rest)]

    decision = decide(
        Plan((planned, *(check for check, _ in rest))),
        results,
        law.profile(warn_budget=9),
        Standing(),
        law.now,
    )

    assert decision.verdict is Verdict.CONDITIONAL_GO
    assert decision.checks[0].word == "unknown"


def test_evidence_from_next_year_does_not_count(law: Law) -> None:
    """Post-dated evidence does not keep a blocker passed."""
    planned = law.planned("a.a", Role.BLOCKER)
    rest = passing(law, 9)
    results = [
        law.result("a.a", PASSED, law.evidence(-365 * DAY)),
        *(law.result(check.id, PASSED) for check, _ in rest),
    ]

    decision = decide(
        Plan((planned, *(c for c, _ in rest))), results, law.profile(), Standing(), law.now
    )

    assert decision.verdict is Verdict.NO_GO


def test_results_that_nobody_asked_for_carry_nothing(law: Law) -> None:
    """Results of checks that were not planned do not make up a minimum."""
    results = [law.result(f"a.c{n}", PASSED) for n in range(9)]
    planned = Plan((law.planned("a.c0"),))

    decision = decide(planned, results, law.profile(), Standing(), law.now)

    assert (decision.verdict, decision.counting) == (Verdict.NO_GO, 1)


@pytest.mark.parametrize(
    ("role", "check", "left", "state"),
    [
        (Role.BLOCKER, "a.a", DAY, WaiverState.NOT_WAIVABLE),
        (Role.REQUIRED, "a.a", timedelta(0), WaiverState.EXPIRED),
        (Role.REQUIRED, "a", DAY, WaiverState.NO_MATCH),
        (Role.REQUIRED, "A.A", DAY, WaiverState.NO_MATCH),
        (Role.REQUIRED, "a.*", DAY, WaiverState.NO_MATCH),
    ],
)
def test_a_waiver_reaches_no_further_than_its_check_and_its_time(
    law: Law, role: Role, check: str, left: timedelta, state: WaiverState
) -> None:
    """No waiver lifts a blocker, outlives its expiry, or matches a pattern."""
    standing = Standing(waivers=(law.waiver(check, left),))
    cases = [(law.planned("a.a", role, weight="0.1"), FAILED), *passing(law, 9)]

    decision = law.decide(law.profile(), cases, standing)

    assert decision.verdict is Verdict.NO_GO
    assert decision.waivers[0].state is state


def test_a_hundred_waivers_do_not_make_a_go(law: Law) -> None:
    """Everything waived is still not GO, and a low score is NO_GO."""
    cases = [(law.planned(f"a.c{n}"), FAILED) for n in range(9)]
    standing = Standing(waivers=tuple(law.waiver(check.id) for check, _ in cases))

    assert law.decide(law.profile(), cases, standing).verdict is Verdict.NO_GO


def test_passing_once_does_not_buy_time(law: Law) -> None:
    """A check that passes for one run keeps the due date of its condition."""
    planned = law.planned("a.a", Role.ADVISORY, weight="0.1")
    profile = law.profile(due_in_s=10 * 86400.0)
    first = law.decide(profile, [(planned, FAILED), *passing(law, 9)])
    passed = law.decide(profile, [(planned, PASSED), *passing(law, 9)], Standing(first.conditions))

    again = law.decide(profile, [(planned, FAILED), *passing(law, 9)], Standing(passed.conditions))

    assert (first.verdict, passed.verdict) == (Verdict.CONDITIONAL_GO, Verdict.GO)
    assert again.conditions == first.conditions


def installed(*checks: str) -> Catalog:
    """Return a catalog that offers *checks*."""
    spec = CheckSpec(id="acme.x", title="t", category="reliability", why="w", remedy="r")
    offers = tuple(Offer(replace(spec, id=check)) for check in checks)
    return Catalog((Plugin(name="acme", distribution="d", version="1", checks=offers),))


def verdict(law: Law, profile: Profile, failed: str, requests: Iterable[CheckRequest]) -> Verdict:
    """Return the verdict where everything installed passes but *failed*."""
    checks = [f"acme.c{n}" for n in range(9)]
    target = Target(Manifest(name="pay", digest="", checks=tuple(requests)))
    planned = plan(profile, target, installed(*checks))
    results = [law.result(c, FAILED if c == failed else PASSED) for c in checks]
    return decide(planned, results, profile, Standing(), law.now).verdict


@pytest.mark.parametrize("known", [[], [Role.SHADOW] * 5], ids=["added", "raised from shadow"])
@pytest.mark.parametrize("asked", [None, Role.ADVISORY, Role.REQUIRED])
def test_a_manifest_cannot_dilute_its_failure(
    law: Law, known: list[Role], asked: Role | None
) -> None:
    """Easy checks that a team adds, or raises from shadow, do not outweigh what failed."""
    roles = [Role.ADVISORY] * 4 + known
    profile = law.profile(
        checks=tuple(
            CheckPolicy(check=f"acme.c{n}", category="reliability", role=role)
            for n, role in enumerate(roles)
        ),
        warn_budget=1,
    )
    easy = [CheckRequest(f"acme.c{n}", asked) for n in range(4, 9)]

    assert verdict(law, profile, "acme.c0", []) is Verdict.CONDITIONAL_GO
    assert verdict(law, profile, "acme.c0", easy) is Verdict.CONDITIONAL_GO


def test_a_manifest_cannot_make_up_the_minimum(law: Law) -> None:
    """Two checks of the profile and seven of the team are two checks."""
    policies = tuple(
        CheckPolicy(check=f"acme.c{n}", category="reliability", role=role)
        for n, role in enumerate([Role.ADVISORY, Role.ADVISORY, Role.SHADOW])
    )
    asked = [CheckRequest(f"acme.c{n}", Role.REQUIRED) for n in range(2, 9)]

    assert verdict(law, law.profile(checks=policies), "", asked) is Verdict.NO_GO


def test_a_manifest_that_names_a_check_twice_is_refused() -> None:
    """Of two wishes for one check neither can be overlooked."""
    requests = (CheckRequest("a.a", Role.BLOCKER), CheckRequest("a.a", Role.SHADOW))

    with pytest.raises(ValueError, match="names each check once"):
        Manifest(name="pay", digest="", checks=requests)


def test_a_plan_that_names_a_check_twice_is_refused(law: Law) -> None:
    """A check that is registered twice does not count twice."""
    with pytest.raises(ValueError, match="names each check once"):
        Plan((law.planned("a.a"), law.planned("a.a", origin=Origin.MANIFEST)))
