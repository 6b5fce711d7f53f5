"""model: the words and the defaults that profiles, manifests, logs and records rest on."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

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
        (WaiverState, "in_effect unused expired no_match not_waivable"),
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
    profile = Profile(name="p", digest="", thresholds=Thresholds(Fraction(1), Fraction(1, 2)))

    assert (profile.minimum_checks, profile.fail_budget, profile.warn_budget) == (3, 0, 0)
    assert (profile.max_age_s, profile.due_in_s) == (86_400.0, 1_209_600.0)
    assert (profile.categories, profile.checks, profile.lineage) == ((), (), ())
    assert (profile.description, profile.override) == ("", OverridePolicy())


def test_nobody_may_override_unless_the_profile_says_so() -> None:
    """Without a word on overrides there are none; with a role they end after three days."""
    override = OverridePolicy()

    assert (override.roles, override.second_approver, override.never) == ((), (), ())
    assert override.expires_in_s == 259_200.0


def test_a_policy_that_says_nothing_is_plain() -> None:
    """A check weighs 1, always applies, and is a NO_GO where it is required and cannot tell."""
    policy = CheckPolicy(check="a.a", category="x", role=Role.REQUIRED)

    assert (policy.weight, policy.when, policy.when_unproven) == (Fraction(1), None, Unproven.NO_GO)
    assert (policy.max_age_s, policy.undated_allowed) == (None, True)
    assert (policy.not_applicable_allowed, policy.options) == (None, ())


def test_a_category_that_says_nothing_weighs_one() -> None:
    """No floor, no minimum, and no role for its checks."""
    category = Category(name="x")

    assert (category.weight, category.role) == (Fraction(1), None)
    assert (category.floor, category.minimum_checks) == (None, 0)


def test_a_planned_check_is_the_profiles_and_has_to_be_asked() -> None:
    """What the planner does not say is empty, and the effort middling."""
    check = PlannedCheck(policy=CheckPolicy(check="a.a", category="x", role=Role.REQUIRED))

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
