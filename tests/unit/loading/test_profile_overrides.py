"""loading.profile_rules: rules for overrides name checks that there are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from director.loading.places import Places
from director.loading.profile_rules import unsound
from director.model.check import Role
from director.model.profile import CheckPolicy, OverridePolicy, Profile, Thresholds


def problems(checks: tuple[str, ...], **override: tuple[str, ...]) -> list[str]:
    """Return what is unsound about a profile with these required *checks*."""
    profile = Profile(
        name="p",
        digest="",
        thresholds=Thresholds(go=Fraction(9, 10), conditional=Fraction(7, 10)),
        checks=tuple(CheckPolicy(check=c, category="c", role=Role.REQUIRED) for c in checks),
        override=OverridePolicy(**override),  # type: ignore[arg-type]  # lists of checks alone
    )
    return [fault.problem for fault in unsound(profile, Places("x", {}))]


@pytest.mark.parametrize("name", ["never", "second_approver"])
def test_a_slip_in_an_override_is_refused(name: str) -> None:
    """A check that the profile does not have is a slip that would open a gate; it is named."""
    assert problems(("a.review", "a.tests"), **{name: ("a.review", "a.tests")}) == []
    assert problems(("a.review",), **{name: ("a.review", "a.reveiw", "x.y")}) == [
        "must be a check of this profile, got 'a.reveiw', did you mean 'a.review'?",
        "must be a check of this profile, got 'x.y'",
    ]


def test_a_profile_without_checks_has_none_to_name() -> None:
    """What plans nothing cannot say that something is never overridden."""
    assert problems((), never=("a.review",)) == ["must be a check of this profile, got 'a.review'"]
