"""rules.levels: one reason for everything that holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.check import Effort, Role
from director.model.decision import Reason, ReasonCode, Settled
from director.model.outcome import Failed
from director.model.plan import Origin
from director.model.profile import Category, Profile, Unproven
from director.rules.levels import overdue, percent, reasons
from director.rules.remedies import remedy

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

Code = ReasonCode
TICK = timedelta(microseconds=1)


def passing(law: Law, number: int) -> list[Settled]:
    """Return advisory checks that passed."""
    return [law.settled(f"z.c{n}", "passed", Role.ADVISORY) for n in range(number)]


def found(
    law: Law, profile: Profile, *checks: Settled, excused: tuple[str, ...] = ()
) -> list[Reason]:
    """Return the reasons that hold for *checks* beside three that passed."""
    situation = law.situation(profile, *checks, *passing(law, 3), excused=excused)
    return list(reasons(situation))


def codes(
    law: Law, profile: Profile, *checks: Settled, excused: tuple[str, ...] = ()
) -> set[ReasonCode]:
    """Return the codes of the reasons that hold."""
    return {reason.code for reason in found(law, profile, *checks, excused=excused)}


@pytest.mark.parametrize(
    ("number", "enough"), [(3, False), (4, True), (5, True)], ids=["under", "exactly", "over"]
)
def test_a_decision_needs_enough_conclusive_checks(law: Law, number: int, enough: bool) -> None:
    """Fewer conclusive counting checks than the minimum are insufficient."""
    situation = law.situation(law.profile(minimum_checks=4), *passing(law, number))

    codes = [reason.code for reason in reasons(situation)]

    assert codes == ([] if enough else [Code.INSUFFICIENT_CHECKS])


def test_an_insufficient_number_is_measured(law: Law) -> None:
    """The reason says how many there were and how many are needed."""
    (reason, *_) = reasons(law.situation(law.profile()))

    assert reason == Reason(
        code=Code.INSUFFICIENT_CHECKS,
        text="0 conclusive checks, at least 3 are needed",
        measured="0",
        expected=">= 3",
    )


@pytest.mark.parametrize(
    "silent",
    ["unknown", "errored", "missing", "not_applicable", "shadow", "manifest"],
)
def test_only_conclusive_counting_checks_of_the_profile_make_up_the_minimum(
    law: Law, silent: str
) -> None:
    """What cannot tell, does not count, or was added by the manifest is not enough."""
    third = {
        "shadow": law.settled("a.a", "passed", Role.SHADOW),
        "manifest": law.settled("a.a", "passed", Role.ADVISORY, origin=Origin.MANIFEST),
    }.get(silent) or law.settled("a.a", silent.replace("shadow", "passed"), Role.ADVISORY)
    checks = [third, *passing(law, 2)]

    assert law.weigh(law.profile(), checks).told == 2
    assert Code.INSUFFICIENT_CHECKS in {
        reason.code for reason in reasons(law.situation(law.profile(), *checks))
    }


@pytest.mark.parametrize("word", ["passed", "warned", "failed"])
def test_what_could_tell_makes_up_the_minimum(law: Law, word: str) -> None:
    """A failure is an answer too."""
    assert law.weigh(law.profile(), [law.settled("a.a", word)]).told == 1


@pytest.mark.parametrize(
    ("number", "enough"), [(1, False), (2, True), (3, True)], ids=["under", "exactly", "over"]
)
def test_a_category_sets_its_own_minimum(law: Law, number: int, enough: bool) -> None:
    """A category that sets a minimum needs as many conclusive checks of its own."""
    profile = law.profile(Category(name="security", minimum_checks=2))
    checks = [
        law.settled(f"a.c{n}", "passed", Role.ADVISORY, category="security") for n in range(number)
    ]

    insufficient = [r for r in found(law, profile, *checks) if r.code is Code.INSUFFICIENT_CHECKS]

    assert [(r.category, r.text) for r in insufficient] == (
        [] if enough else [("security", "1 conclusive checks in security, at least 2 are needed")]
    )


def test_a_category_that_nobody_asked_about_misses_its_minimum(law: Law) -> None:
    """An empty category with a minimum is insufficient, not overlooked."""
    profile = law.profile(Category(name="security", minimum_checks=1))

    assert codes(law, profile) == {Code.INSUFFICIENT_CHECKS}


@pytest.mark.parametrize("word", ["failed", "unknown", "errored", "missing"])
def test_a_blocker_that_neither_passed_nor_warned_blocks(law: Law, word: str) -> None:
    """A blocker blocks whatever kept it from passing, and a waiver does not matter."""
    check = law.settled("a.a", word, Role.BLOCKER)

    assert Code.BLOCKER in codes(law, law.profile(), check, excused=("a.a",))


@pytest.mark.parametrize("word", ["passed", "warned", "not_applicable"])
def test_a_blocker_that_passed_or_warned_does_not_block(law: Law, word: str) -> None:
    """Passed, warned or validly not applicable, a blocker does not block."""
    assert Code.BLOCKER not in codes(law, law.profile(), law.settled("a.a", word, Role.BLOCKER))


@pytest.mark.parametrize("role", [Role.SHADOW, Role.ADVISORY, Role.REQUIRED])
def test_only_blockers_block(law: Law, role: Role) -> None:
    """Other roles have their own levels."""
    assert Code.BLOCKER not in codes(law, law.profile(), law.settled("a.a", "missing", role))


@pytest.mark.parametrize("word", ["unknown", "errored", "missing"])
@pytest.mark.parametrize("when", list(Unproven))
@pytest.mark.parametrize("excused", [(), ("a.a",), ("a.b",)], ids=str)
def test_a_required_check_that_could_not_tell_is_unproven(
    law: Law, word: str, when: Unproven, excused: tuple[str, ...]
) -> None:
    """Unproven unless the profile makes it a gap, or a waiver lifts it; missing is no gap."""
    check = law.settled("a.a", word, when_unproven=when)
    softened = when is Unproven.CONDITIONAL and word != "missing"

    held = codes(law, law.profile(), check, excused=excused)

    assert (Code.UNPROVEN in held) is not (softened or excused == ("a.a",))
    assert Code.REQUIRED_GAP in held


@pytest.mark.parametrize(
    ("failed", "holds"), [(1, False), (2, False), (3, True)], ids=["under", "exactly", "over"]
)
def test_failed_required_checks_have_a_budget(law: Law, failed: int, holds: bool) -> None:
    """Over the budget, every failed required check is a reason."""
    checks = [law.settled(f"a.c{n}", "failed") for n in range(failed)]

    about = [
        r.check for r in found(law, law.profile(fail_budget=2), *checks) if r.code is Code.FAILED
    ]

    assert about == ([f"a.c{n}" for n in range(failed)] if holds else [])


def test_a_waived_failure_is_not_counted_against_the_budget(law: Law) -> None:
    """A waiver lifts the failure of its check alone."""
    checks = [law.settled(f"a.c{n}", "failed") for n in range(3)]

    def about(*excused: str) -> list[str]:
        profile = law.profile(fail_budget=1)
        return [
            r.check for r in found(law, profile, *checks, excused=excused) if r.code is Code.FAILED
        ]

    assert about("a.c0") == ["a.c1", "a.c2"]
    assert about("a.c0", "a.c1") == []


@pytest.mark.parametrize(
    ("floor", "holds"),
    [("0.49", False), ("0.5", False), ("0.51", True)],
    ids=["over", "exactly", "under"],
)
def test_a_category_has_a_floor(law: Law, floor: str, holds: bool) -> None:
    """A category below its floor is a reason; at its floor it is not."""
    profile = law.profile(Category(name="x", floor=Fraction(floor)))

    about = [
        r
        for r in found(law, profile, law.settled("a.a", "warned", Role.ADVISORY, category="x"))
        if r.code is Code.CATEGORY_FLOOR
    ]

    assert [(r.category, r.text, r.measured, r.expected) for r in about] == (
        [("x", "x is at 50%, its floor is 51%", "50%", ">= 51%")] if holds else []
    )


@pytest.mark.parametrize(("floor", "holds"), [("0", False), ("0.001", True)])
def test_an_empty_category_does_not_reach_a_floor(law: Law, floor: str, holds: bool) -> None:
    """Nothing that counts is a score of nothing: it is below every floor over 0."""
    profile = law.profile(Category(name="x", floor=Fraction(floor)))

    about = [r.measured for r in found(law, profile) if r.code is Code.CATEGORY_FLOOR]

    assert about == (["nothing counts"] if holds else [])


@pytest.mark.parametrize(
    ("go", "conditional", "expected"),
    [
        ("0.76", "0.74", {Code.BELOW_GO}),
        ("0.75", "0.74", set()),
        ("0.74", "0.73", set()),
        ("0.9", "0.75", {Code.BELOW_GO}),
        ("0.9", "0.76", {Code.BELOW_GO, Code.SCORE}),
    ],
)
def test_the_score_has_two_thresholds(
    law: Law, go: str, conditional: str, expected: set[ReasonCode]
) -> None:
    """A score at a threshold has reached it; a score under both is a reason for each."""
    profile = law.profile(go=go, conditional=conditional, warn_budget=1)

    assert codes(law, profile, law.settled("a.a", "failed", Role.ADVISORY)) == expected


def test_a_score_reason_carries_measured_and_expected(law: Law) -> None:
    """The figures are cut, and the threshold stands as it was set."""
    profile = law.profile(go="0.90005", conditional="0.8", warn_budget=2)
    checks = [law.settled("a.a", "failed", Role.ADVISORY), law.settled("a.b", "passed")]

    below, go = found(law, profile, *checks, law.settled("a.c", "failed", Role.ADVISORY))

    assert (below.code, below.measured, below.expected) == (Code.SCORE, "66.6%", ">= 80%")
    assert below.text == "the score is 66.6%, a CONDITIONAL_GO needs 80%"
    assert (go.code, go.measured, go.expected) == (Code.BELOW_GO, "66.6%", ">= 90.005%")
    assert go.text == "the score is 66.6%, a GO needs 90.005%"


@pytest.mark.parametrize(
    ("gaps", "holds"), [(1, False), (2, False), (3, True)], ids=["under", "exactly", "over"]
)
@pytest.mark.parametrize("word", ["warned", "failed", "unknown", "errored", "missing"])
def test_gaps_have_a_budget(law: Law, gaps: int, holds: bool, word: str) -> None:
    """More gaps than the warn budget leave a CONDITIONAL_GO."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=2)
    checks = [law.settled(f"a.c{n}", word, Role.ADVISORY) for n in range(gaps)]

    held = found(law, profile, *checks)

    said = "3 gaps, a GO tolerates 2: a.c0, a.c1, a.c2"
    assert [(r.code, r.text, r.measured, r.expected, r.check) for r in held] == (
        [(Code.WARN_BUDGET, said, "3", "<= 2 gaps", "")] if holds else []
    )


@pytest.mark.parametrize("word", ["warned", "failed", "unknown", "errored", "missing"])
def test_a_required_check_that_did_not_pass_is_a_gap_of_its_own(law: Law, word: str) -> None:
    """Any required check that has not passed leaves a CONDITIONAL_GO at most."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=9, fail_budget=9)

    held = [r for r in found(law, profile, law.settled("a.a", word)) if r.code is Code.REQUIRED_GAP]

    assert [(r.check, r.text, r.expected) for r in held] == [
        ("a.a", "1 required check not passed: a.a", "every required check passed")
    ]


@pytest.mark.parametrize("role", [Role.SHADOW, Role.ADVISORY])
def test_other_roles_are_no_required_gap(law: Law, role: Role) -> None:
    """A check that is not required is within the warn budget or not."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=1)

    assert codes(law, profile, law.settled("a.a", "failed", role)) == set()


@pytest.mark.parametrize(
    ("role", "word", "holds"),
    [
        (Role.BLOCKER, "warned", True),
        (Role.BLOCKER, "passed", False),
        (Role.ADVISORY, "warned", False),
        (Role.SHADOW, "warned", False),
    ],
)
def test_a_blocker_that_warned_leaves_a_conditional_go(
    law: Law, role: Role, word: str, holds: bool
) -> None:
    """A blocker may warn, but then the decision is not GO."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=1)

    held = found(law, profile, law.settled("a.a", word, role))

    assert [(r.code, r.check, r.text, r.expected) for r in held] == (
        [(Code.BLOCKER_WARNED, "a.a", "1 blocker warned: a.a", "every blocker passed")]
        if holds
        else []
    )


def test_waivers_in_effect_are_said(law: Law) -> None:
    """A waiver in effect is a reason, for all of them at once."""
    held = found(law, law.profile(), excused=tuple(f"a.{name}" for name in "hgfedcba"))

    assert [(r.code, r.text, r.measured, r.expected) for r in held] == [
        (
            Code.WAIVED,
            "8 checks waived: a.a, a.b, a.c, a.d, a.e, a.f, a.g, a.h",
            "8",
            "no waiver in effect",
        )
    ]


def test_a_reason_about_a_check_explains_itself(law: Law) -> None:
    """Measured and expected value, remedy and effort come from the outcome and the plan."""
    failed = replace(
        law.settled("a.a", "failed", Role.BLOCKER, category="security", effort=Effort.HIGH),
        outcome=Failed("too slow", "profile it", "0.7 s", "<= 0.5 s"),
    )

    reason = next(iter(found(law, law.profile(), failed)))

    assert reason == Reason(
        code=Code.BLOCKER,
        text="a.a failed: too slow",
        check="a.a",
        category="security",
        measured="0.7 s",
        expected="<= 0.5 s",
        remedy="profile it",
        effort=Effort.HIGH,
    )


@pytest.mark.parametrize(
    ("word", "role", "text", "expected"),
    [
        ("failed", Role.BLOCKER, "a.a failed: it is not so", "passed or warned"),
        ("unknown", Role.REQUIRED, "a.a is unknown: could not tell", "an answer"),
        ("errored", Role.REQUIRED, "a.a errored: it broke", "an answer"),
        ("missing", Role.REQUIRED, "a.a is missing: no answer", "an answer"),
        ("failed", Role.REQUIRED, "a.a failed: it is not so", "passed"),
    ],
)
def test_a_reason_falls_back_on_the_word(
    law: Law, word: str, role: Role, text: str, expected: str
) -> None:
    """Where a check measured nothing, its word is the measure."""
    reason = next(iter(found(law, law.profile(), law.settled("a.a", word, role))))

    assert (reason.text, reason.measured, reason.expected) == (text, word, expected)
    assert reason.remedy == remedy(law.settled("a.a", word, role))


def test_all_levels_that_hold_are_listed_by_precedence(law: Law) -> None:
    """Nobody signs blind: the first match decides, but every level that holds is said."""
    profile = law.profile(
        Category(name="x", floor=Fraction(1, 2)), Category(name="y"), minimum_checks=9
    )
    checks = (
        law.settled("a.a", "failed", Role.BLOCKER, category="x"),
        law.settled("a.b", "unknown", category="x"),
        law.settled("a.c", "failed", category="x"),
        law.settled("a.d", "warned", Role.BLOCKER, category="x"),
    )

    held = found(law, profile, *checks, excused=("a.z",))

    assert [(r.code, r.check) for r in held] == [
        (Code.INSUFFICIENT_CHECKS, ""),
        (Code.BLOCKER, "a.a"),
        (Code.UNPROVEN, "a.b"),
        (Code.FAILED, "a.c"),
        (Code.CATEGORY_FLOOR, ""),
        (Code.SCORE, ""),
        (Code.BELOW_GO, ""),
        (Code.WARN_BUDGET, ""),
        (Code.REQUIRED_GAP, ""),
        (Code.BLOCKER_WARNED, "a.d"),
        (Code.WAIVED, "a.z"),
    ]


@pytest.mark.parametrize(
    ("due_in", "late"),
    [(TICK, False), (timedelta(0), False), (-TICK, True)],
    ids=["before", "exactly", "after"],
)
def test_a_condition_is_overdue_after_its_due_date(law: Law, due_in: timedelta, late: bool) -> None:
    """At its due date a condition is not yet overdue."""
    held = list(overdue([law.condition("a.a", due_in)], law.now))

    assert [(r.code, r.check) for r in held] == ([(Code.CONDITION_OVERDUE, "a.a")] if late else [])


def test_a_closed_condition_is_never_overdue(law: Law) -> None:
    """What was closed is past, whatever its due date."""
    condition = law.condition("a.a", -timedelta(days=9), closed=timedelta(days=1))

    assert list(overdue([condition], law.now)) == []


def test_an_overdue_condition_says_when_it_was_due(law: Law) -> None:
    """The reason names the due date and today."""
    (reason,) = overdue([law.condition("a.a", -timedelta(days=2))], law.now)

    assert reason.text == "the condition on a.a was due on 2026-11-20 and still stands"
    assert (reason.measured, reason.expected) == ("2026-11-22", "closed by 2026-11-20")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(0), "0%"),
        (Fraction(1), "100%"),
        (Fraction(9999, 10000), "99.9%"),
        (Fraction(899999, 1000000), "89.9%"),
        (Fraction(9, 10), "90%"),
        (Fraction(1, 3), "33.3%"),
        (Fraction(13, 15), "86.6%"),
    ],
)
def test_a_percentage_is_cut(share: Fraction, shown: str) -> None:
    """A share is never rounded up to what it has not reached."""
    assert percent(share) == shown
