"""model: the words and the defaults that profiles, manifests, logs and records rest on."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pytest

from director.model.check import LONGEST_ID, CheckSpec, Effort, Role, Tighter
from director.model.decision import (
    CategoryScore,
    Decision,
    Reason,
    ReasonCode,
    Verdict,
    WaiverState,
)
from director.model.evidence import EvidenceKind
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Passed,
    Unknown,
    Warned,
    Word,
)
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import (
    LEAST_CHECKS,
    LONGEST_S,
    Category,
    CheckPolicy,
    Need,
    OverridePolicy,
    Profile,
    Thresholds,
    Unproven,
)
from director.model.standing import Standing
from director.model.weighting import Weighting


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Effort, "low medium high"),
        (EvidenceKind, "declared probed"),
        (Need, "base_url artifact environment"),
        (Origin, "profile manifest"),
        (
            ReasonCode,
            (
                "insufficient_checks blocker unproven failed category_floor score "
                "condition_overdue below_go warn_budget required_gap blocker_warned waived"
            ),
        ),
        (Role, "shadow advisory required blocker"),
        (Tighter, "lower higher"),
        (Unproven, "no_go conditional"),
        (Verdict, "go conditional_go no_go"),
        (WaiverState, "in_effect unused expired no_match not_waivable not_proven"),
        (Word, "passed warned failed unknown not_applicable errored missing"),
    ],
)
def test_the_words_stay_as_they_are(kind: type[StrEnum], words: str) -> None:
    """What is written in files and read back years later keeps its word, and its order."""
    assert [member.value for member in kind] == words.split()


def test_levels_of_the_rule_belong_to_their_reasons() -> None:
    """Levels 2 to 8 are NO_GO, each for one reason; all others are of level 9."""
    assert [code.level for code in ReasonCode] == [2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9]


def test_limits_stay_as_they_are() -> None:
    """No fewer than three checks decide, an id has 128 characters, a duration a hundred years."""
    assert (LEAST_CHECKS, LONGEST_ID, LONGEST_S) == (3, 128, 3_153_600_000.0)


def test_a_profile_that_says_nothing_is_strict() -> None:
    """Nothing is tolerated, a decision holds for a day, and a gap is closed in two weeks."""
    plain = profile()

    assert (plain.minimum_checks, plain.fail_budget, plain.warn_budget) == (3, 0, 0)
    assert (plain.max_age_s, plain.due_in_s) == (86_400.0, 1_209_600.0)
    assert (plain.categories, plain.checks, plain.lineage) == ((), (), ())
    assert (plain.description, plain.override) == ("", OverridePolicy())


def test_nobody_may_override_unless_the_profile_says_so() -> None:
    """Without a word on overrides there are none; with a role they end after three days."""
    override = OverridePolicy()

    assert (override.roles, override.second_approver, override.never) == ((), (), ())
    assert override.expires_in_s == 259_200.0


def test_a_policy_that_says_nothing_is_plain() -> None:
    """A check weighs 1, always applies, and is a NO_GO where it is required and cannot tell."""
    plain = policy()

    assert (plain.weight, plain.when, plain.when_unproven) == (Fraction(1), None, Unproven.NO_GO)
    assert (plain.max_age_s, plain.undated_allowed) == (None, True)
    assert (plain.not_applicable_allowed, plain.options) == (None, ())


def test_a_category_that_says_nothing_weighs_one() -> None:
    """No floor, no minimum, and no role for its checks."""
    category = Category(name="x")

    assert (category.weight, category.role) == (Fraction(1), None)
    assert (category.floor, category.minimum_checks) == (None, 0)


def test_a_planned_check_is_the_profiles_and_has_to_be_asked() -> None:
    """What the planner does not say is empty, and the effort middling."""
    check = PlannedCheck(policy=policy())

    assert (check.origin, check.effort, check.answer) == (Origin.PROFILE, Effort.MEDIUM, None)
    assert (check.title, check.remedy, check.plugin, check.version) == ("", "", "", "")
    assert (check.reads, check.options) == ((), ())
    assert (Plan().checks, Plan().owner, Plan().weighting) == ((), "", None)
    assert (Standing().conditions, Standing().waivers) == ((), ())


def test_a_spec_that_says_nothing_is_advisory() -> None:
    """A check lowers the score unless its author or a profile says more, and has ten seconds."""
    spec = CheckSpec(id="a.a", title="t", category="x", why="w", remedy="r")

    assert (spec.role, spec.effort, spec.deadline_s, spec.reads) == (
        Role.ADVISORY,
        Effort.MEDIUM,
        10.0,
        (),
    )


def test_outcomes_that_say_only_why() -> None:
    """Each outcome has a code for machines where there can be several reasons for it."""
    assert Failed("no").code == "failed"
    assert Unknown("no idea").code == "unknown"
    assert Missing("gone").code == "no_result"
    assert Errored("broke", "deadline").code == "deadline"
    assert NotApplicable("stateless").reason == "stateless"
    for outcome in (Passed("yes"), Warned("barely"), Failed("no")):
        assert (outcome.observed, outcome.expected, outcome.evidence) == ("", "", ())
    assert Unknown("no idea").evidence == ()
    assert (Warned("barely").remedy, Failed("no").remedy) == ("", "")


def test_a_reason_that_says_only_what_holds() -> None:
    """A reason is about nothing in particular unless it says so."""
    reason = Reason(code=ReasonCode.SCORE, text="low")

    assert (reason.check, reason.category, reason.measured) == ("", "", "")
    assert (reason.expected, reason.remedy, reason.effort) == ("", "", None)
    score = CategoryScore(name="x", weight=Fraction(1), floor=None, score=None, checks=())
    assert (score.told, score.minimum_checks) == (0, 0)
    defaults = {name: Decision.__dataclass_fields__[name].default for name in ("fixes", "waivers")}
    assert defaults == {"fixes": (), "waivers": ()}


def test_a_plan_is_looked_through_unless_it_was_already() -> None:
    """What was worked out from other checks says nothing about these."""
    check = PlannedCheck(policy=policy())
    weighting = Weighting(profile(), (check,), 1, ())

    assert Plan(weighting.checks, weighting=weighting).checks == (check,)
    with pytest.raises(ValueError, match="names each check once"):
        Plan((check, check), weighting=weighting)


def test_a_weighting_fits_only_what_it_was_worked_out_from() -> None:
    """Nothing is looked at but whether these are the same objects: that costs nothing."""
    one, checks = profile(), (PlannedCheck(policy=policy()),)
    weighting = Weighting(one, checks, 1, ())

    assert weighting.fits(one, checks)
    assert not weighting.fits(profile(), checks)
    assert not weighting.fits(one, (*checks, *checks))


BELOW, FOREVER = Fraction(-1), LONGEST_S + 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Category(name="x", weight=BELOW), "weight of x must be finite and not negative"),
        (lambda: Category(name="x", minimum_checks=-1), "minimum_checks of x must be finite and"),
        (lambda: Category(name="x", floor=BELOW), "floor of x must be 0 to 1, got -1"),
        (lambda: policy(weight=BELOW), "weight of a.a must be finite and not negative, got -1"),
        (lambda: policy(max_age_s=-1.0), "max_age_s of a.a must be 0 to 3.1536e+09, got -1.0"),
        (lambda: policy(max_age_s=FOREVER), "max_age_s of a.a must be 0 to 3.1536e+09, got 3153"),
        (lambda: OverridePolicy(expires_in_s=-1.0), "expires_in_s must be 0 to 3.1536e+09"),
        (lambda: profile(fail_budget=-1), "fail_budget must be finite and not negative, got -1"),
        (lambda: profile(warn_budget=-1), "warn_budget must be finite and not negative, got -1"),
        (lambda: profile(max_age_s=FOREVER), "max_age_s must be 0 to 3.1536e+09, got 3153600001"),
        (lambda: profile(due_in_s=-1.0), "due_in_s must be 0 to 3.1536e+09, got -1.0"),
    ],
)
def test_what_is_out_of_range_is_named(make: Callable[[], object], said: str) -> None:
    """A number that a profile cannot have is refused by its name, with what it must be."""
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        make()


def policy(**fields: Any) -> CheckPolicy:
    """Return a policy that is plain but for *fields*."""
    return CheckPolicy(check="a.a", category="x", role=Role.REQUIRED, **fields)


def profile(**fields: Any) -> Profile:
    """Return a profile that is plain but for *fields*."""
    thresholds = Thresholds(Fraction(1), Fraction(1, 2))
    return Profile(name="p", digest="", thresholds=thresholds, **fields)
