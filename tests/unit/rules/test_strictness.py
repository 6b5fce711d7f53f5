"""director.rules.strictness."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.profile import (
    Category,
    CheckPolicy,
    Need,
    OverridePolicy,
    Profile,
    Thresholds,
    Unproven,
)
from director.rules.strictness import loosened

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law


@pytest.fixture
def least(law: Law) -> Profile:
    """A policy with something to loosen everywhere."""
    policy = CheckPolicy(check="a.a", category="x", role=Role.REQUIRED)
    return replace(
        law.profile(Category(name="x", floor=Fraction(1, 2), role=Role.BLOCKER), minimum_checks=4),
        checks=(policy,),
        warn_budget=1,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"thresholds": Thresholds(Fraction("0.8"), Fraction("0.7"))}, ["thresholds.go"]),
        ({"thresholds": Thresholds(Fraction(1), Fraction("0.6"))}, ["thresholds.conditional"]),
        ({"minimum_checks": 3}, ["minimum_checks"]),
        ({"minimum_checks": 5}, []),
        ({"fail_budget": 1}, ["fail_budget"]),
        ({"warn_budget": 2}, ["warn_budget"]),
        ({"warn_budget": 0}, []),
        ({"max_age_s": 86400.0}, []),
        ({"max_age_s": 86401.0}, ["max_age"]),
        ({"due_in_s": 14 * 86400.0}, []),
        ({"due_in_s": 15 * 86400.0}, ["conditions.due_in"]),
        ({"categories": (Category(name="x", role=Role.BLOCKER),)}, ["categories.x.floor"]),
        ({"categories": (Category(name="x", floor=Fraction(1, 2)),)}, ["checks.a.a"]),
        ({"checks": ()}, ["checks.a.a"]),
    ],
)
def test_whatever_asks_for_less_is_named(
    least: Profile, change: dict[str, object], said: list[str]
) -> None:
    """A profile is as strict as another if nothing in it asks for less."""
    profile = replace(least, **change)  # type: ignore[arg-type]  # one field of each kind

    assert list(loosened(profile, least)) == said


def test_what_is_not_listed_has_no_floor_and_no_minimum(law: Law) -> None:
    """A category without a floor loosens nothing, and neither does one with a floor of nothing."""
    bare = law.profile(Category(name="x"))
    floored = law.profile(Category(name="x", floor=Fraction(0)))

    assert list(loosened(bare, floored)) == []
    assert list(loosened(floored, bare)) == []
    assert list(loosened(law.profile(), bare)) == []


@pytest.mark.parametrize(
    ("minimum", "said"), [(1, ["categories.x.minimum_checks"]), (2, []), (3, [])]
)
def test_a_category_keeps_its_minimum(law: Law, minimum: int, said: list[str]) -> None:
    """Fewer conclusive checks in a category are less."""
    least = law.profile(Category(name="x", minimum_checks=2))
    profile = law.profile(Category(name="x", minimum_checks=minimum))

    assert list(loosened(profile, least)) == said


REQUIRED = CheckPolicy(
    check="a.a",
    category="x",
    role=Role.REQUIRED,
    max_age_s=60.0,
    undated_allowed=False,
    not_applicable_allowed=False,
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"when": Need.BASE_URL}, ["checks.a.a.when"]),
        ({"when_unproven": Unproven.CONDITIONAL}, ["checks.a.a.when_unproven"]),
        ({"when_unproven": Unproven.CONDITIONAL, "role": Role.BLOCKER}, []),
        ({"max_age_s": 59.0}, []),
        ({"max_age_s": 61.0}, ["checks.a.a.max_age"]),
        ({"max_age_s": None}, ["checks.a.a.max_age"]),
        ({"undated_allowed": True}, ["checks.a.a.undated"]),
        ({"not_applicable_allowed": True}, ["checks.a.a.not_applicable"]),
        ({"not_applicable_allowed": None}, ["checks.a.a.not_applicable"]),
        ({"not_applicable_allowed": None, "role": Role.BLOCKER}, []),
        ({"role": Role.ADVISORY, "max_age_s": None}, ["checks.a.a"]),
    ],
)
def test_a_check_keeps_what_is_asked_of_it(
    law: Law, change: dict[str, object], said: list[str]
) -> None:
    """Evidence, exemptions and what is not proven are judged no softer than before."""
    softer = replace(REQUIRED, **change)  # type: ignore[arg-type]  # one field of each kind
    profile, least = law.profile(checks=(softer,)), law.profile(checks=(REQUIRED,))

    assert list(loosened(profile, least)) == said


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"when": Need.BASE_URL},
        {"when": None},
        {"when_unproven": Unproven.NO_GO},
        {"max_age_s": 60.0},
        {"undated_allowed": False},
        {"not_applicable_allowed": False},
    ],
)
def test_asking_more_of_a_check_loosens_nothing(law: Law, change: dict[str, object]) -> None:
    """What is as soft as can be can only become stricter."""
    soft = CheckPolicy(
        check="a.a",
        category="x",
        role=Role.REQUIRED,
        when=Need.BASE_URL,
        when_unproven=Unproven.CONDITIONAL,
    )
    harder = replace(soft, **change)  # type: ignore[arg-type]  # one field of each kind

    assert list(loosened(law.profile(checks=(harder,)), law.profile(checks=(soft,)))) == []


OVERRIDE = OverridePolicy(
    roles=("cto", "vp"), expires_in_s=3600.0, second_approver=("a.a",), never=("a.b",)
)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (OVERRIDE, []),
        (replace(OVERRIDE, roles=("vp",), expires_in_s=3599.0), []),
        (replace(OVERRIDE, roles=("dev", "vp")), ["override.roles"]),
        (replace(OVERRIDE, expires_in_s=3601.0), ["override.expires_in"]),
        (replace(OVERRIDE, roles=(), expires_in_s=3601.0), []),
        (replace(OVERRIDE, second_approver=()), ["override.second_approver"]),
        (replace(OVERRIDE, second_approver=(), never=("a.a", "a.b")), []),
        (replace(OVERRIDE, never=()), ["override.never"]),
    ],
)
def test_an_override_gets_no_easier(law: Law, override: OverridePolicy, said: list[str]) -> None:
    """Nobody more may force a GO, for longer, with fewer eyes, or over what never may be."""
    profile, least = law.profile(override=override), law.profile(override=OVERRIDE)

    assert list(loosened(profile, least)) == said
