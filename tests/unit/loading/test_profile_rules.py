"""loading.profile_rules: no profile may make an empty review look like a full one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from director.loading.places import Places
from director.loading.profile_rules import effective_role, unsound
from director.model.check import Role
from director.model.profile import Category, CheckPolicy, Profile, Thresholds

THRESHOLDS = Thresholds(go=Fraction(9, 10), conditional=Fraction(7, 10))


def check(name: str, role: Role, weight: int = 1) -> CheckPolicy:
    """Return a check in the category ``c``."""
    return CheckPolicy(check=name, category="c", role=role, weight=Fraction(weight))


def problems(
    *checks: CheckPolicy, least: Role | None = None, fail_budget: int = 0, weight: int = 1
) -> list[str]:
    """Return what is unsound about a profile with the one category ``c``."""
    profile = Profile(
        name="p",
        digest="",
        thresholds=THRESHOLDS,
        fail_budget=fail_budget,
        categories=(Category(name="c", role=least, weight=Fraction(weight)),),
        checks=checks,
    )
    return [fault.problem for fault in unsound(profile, Places("x", {}))]


def test_something_must_be_able_to_stop_a_launch() -> None:
    """A profile without a blocker and without a required check is refused."""
    nothing_stops = ["must have a blocker or a required check, got neither"]

    assert problems(check("a", Role.ADVISORY), check("b", Role.SHADOW)) == nothing_stops
    assert problems(check("a", Role.REQUIRED)) == []
    assert problems(check("a", Role.BLOCKER)) == []


def test_the_role_of_a_category_counts() -> None:
    """An advisory check in a category of blockers is a blocker."""
    assert problems(check("a", Role.ADVISORY), least=Role.BLOCKER) == []
    assert problems(check("a", Role.ADVISORY), least=Role.ADVISORY) != []


@pytest.mark.parametrize(
    ("own", "least", "effective"),
    [
        (Role.ADVISORY, None, Role.ADVISORY),
        (Role.ADVISORY, Role.REQUIRED, Role.REQUIRED),
        (Role.BLOCKER, Role.REQUIRED, Role.BLOCKER),
        (Role.SHADOW, Role.SHADOW, Role.SHADOW),
    ],
)
def test_the_stricter_role_holds(own: Role, least: Role | None, effective: Role) -> None:
    """Of a check's role and the least one of its category, the stricter holds."""
    profile = Profile(
        name="p", digest="", thresholds=THRESHOLDS, categories=(Category(name="c", role=least),)
    )

    assert effective_role(profile, check("a", own)) is effective


@pytest.mark.parametrize(("budget", "sound"), [(0, True), (1, True), (2, False), (3, False)])
def test_not_every_required_check_may_fail(budget: int, sound: bool) -> None:
    """The fail budget is less than the number of required checks."""
    found = problems(check("a", Role.REQUIRED), check("b", Role.REQUIRED), fail_budget=budget)

    assert found == (
        [] if sound else [f"must be less than the number of required checks, 2, got {budget}"]
    )


def test_without_required_checks_there_is_no_budget() -> None:
    """With blockers alone, the fail budget is zero."""
    assert problems(check("a", Role.BLOCKER), fail_budget=0) == []
    assert problems(check("a", Role.BLOCKER), fail_budget=1) == [
        "must be less than the number of required checks, 0, got 1"
    ]


def test_something_must_weigh() -> None:
    """A total weight of zero is refused; shadow checks weigh nothing, whatever is written."""
    weightless = ["must have a total weight over 0, got 0"]

    assert problems(check("a", Role.BLOCKER, 0)) == weightless
    assert problems(check("a", Role.BLOCKER), weight=0) == weightless
    assert problems(check("a", Role.BLOCKER, 0), check("b", Role.SHADOW, 1)) == weightless
    assert problems(check("a", Role.BLOCKER, 0), check("b", Role.ADVISORY, 1)) == []


def test_nothing_planned_is_sound() -> None:
    """A profile without checks is taken, so that nothing planned can be said aloud."""
    assert problems() == []
    assert problems(fail_budget=7, weight=0) == []
