"""director.rules.strictness."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
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
