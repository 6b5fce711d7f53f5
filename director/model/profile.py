"""The policy that a review follows, as data."""

from __future__ import annotations

import math
from enum import StrEnum
from fractions import Fraction

from director.model.check import Role
from director.model.manifest import Option
from director.model.value import dataclass

LEAST_CHECKS = 3
"""No profile may decide on fewer conclusive checks (brief B9)."""

LONGEST_S = 100 * 365 * 86400.0
"""Longest duration in a profile, in seconds: a hundred years, and no date overflows."""


def _within(name: str, value: Fraction | float, most: float | None = None) -> None:
    """Refuse a *value* that is negative, over *most*, or not a finite number."""
    if not 0 <= value < math.inf or (most is not None and value > most):
        up_to = f"0 to {most:g}" if most is not None else "finite and not negative"
        raise ValueError(f"{name} must be {up_to}, got {value}")


class Unproven(StrEnum):
    """What a required check that could not tell means."""

    NO_GO = "no_go"
    CONDITIONAL = "conditional"


class Need(StrEnum):
    """What a check needs of a target to be applicable: the values of ``when``."""

    BASE_URL = "base_url"
    ARTIFACT = "artifact"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores that open the gate.

    Attributes:
        go: Score that a GO needs.
        conditional: Score that a CONDITIONAL_GO needs.

    Raises:
        ValueError: Not 0 < conditional < go ≤ 1.
    """

    go: Fraction
    conditional: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.conditional < self.go <= 1:
            raise ValueError(
                f"thresholds must be 0 < conditional < go <= 1, got {self.conditional}, {self.go}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A group of checks.

    Attributes:
        name: For example ``security``.
        weight: How much the category counts beside the others; finite, not negative.
        role: The least role of every check in it; None for no minimum.
        floor: Score from 0 to 1 that the category must reach; None for no floor.
        minimum_checks: Conclusive checks it must have; 0 for no minimum of its own.

    Raises:
        ValueError: A value is out of its range.
    """

    name: str
    weight: Fraction = Fraction(1)
    role: Role | None = None
    floor: Fraction | None = None
    minimum_checks: int = 0

    def __post_init__(self) -> None:
        _within(f"weight of {self.name}", self.weight)
        _within(f"minimum_checks of {self.name}", self.minimum_checks)
        if self.floor is not None and not 0 <= self.floor <= 1:
            raise ValueError(f"floor of {self.name} must be 0 to 1, got {self.floor}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """What the profile says about one check.

    Attributes:
        check: Which check.
        category: The category it counts in.
        role: What its failure means.
        weight: How much it counts within its category; finite, not negative.
        when: What the target must have for it to apply; None for always.
        when_unproven: What it means if a required check cannot tell.
        max_age_s: Oldest evidence that still counts, in seconds; None for any age.
        undated_allowed: Whether evidence without a date counts as fresh.
        not_applicable_allowed: Whether a reasoned "does not apply" takes it out of the count;
            None means yes, except for blockers.
        options: Options of the check that the profile sets, sorted by name.

    Raises:
        ValueError: A value is out of its range.
    """

    check: str
    category: str
    role: Role
    weight: Fraction = Fraction(1)
    when: Need | None = None
    when_unproven: Unproven = Unproven.NO_GO
    max_age_s: float | None = None
    undated_allowed: bool = True
    not_applicable_allowed: bool | None = None
    options: tuple[Option, ...] = ()

    def __post_init__(self) -> None:
        _within(f"weight of {self.check}", self.weight)
        if self.max_age_s is not None:
            _within(f"max_age_s of {self.check}", self.max_age_s, LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridePolicy:
    """Who may force a GO, and for how long.

    Attributes:
        roles: Roles whose signature counts, for example ``vp``; empty for nobody.
        expires_in_s: Longest life of an override, in seconds.
        second_approver: Checks that need a second, different approver.
        never: Checks that nobody can override.

    Raises:
        ValueError: A value is out of its range.
    """

    roles: tuple[str, ...] = ()
    expires_in_s: float = 72 * 3600.0
    second_approver: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _within("expires_in_s", self.expires_in_s, LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverPolicy:
    """Who may approve waivers, and for how long.

    Attributes:
        roles: Roles whose signature counts; empty for nobody. A profile's file that names none
            means those that may override.
        expires_in_s: Longest life of a waiver, in seconds.

    Raises:
        ValueError: A value is out of its range.
    """

    roles: tuple[str, ...] = ()
    expires_in_s: float = 90 * 86400.0

    def __post_init__(self) -> None:
        _within("expires_in_s", self.expires_in_s, LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One policy, with everything it extends already folded in.

    Attributes:
        name: For example ``baseline``.
        digest: ``sha256:`` and the hexadecimal SHA-256 over the exact bytes of the file and of
            every file it extends.
        thresholds: Scores that open the gate.
        minimum_checks: Conclusive counting checks that a decision needs; at least 3.
        fail_budget: Failed required checks that are tolerated.
        warn_budget: Gaps that are tolerated for a GO.
        max_age_s: How long a decision stays valid, in seconds.
        due_in_s: Time to close a condition, in seconds.
        categories: Sorted by name.
        checks: Sorted by check.
        override: Who may force a GO.
        waivers: Who may excuse a service from a check.
        description: What the profile is for.
        lineage: The names of the profiles it extends, the nearest first.

    Raises:
        ValueError: A value is out of its range, or two categories or checks have one name.
    """

    name: str
    digest: str
    thresholds: Thresholds
    minimum_checks: int = LEAST_CHECKS
    fail_budget: int = 0
    warn_budget: int = 0
    max_age_s: float = 24 * 3600.0
    due_in_s: float = 14 * 24 * 3600.0
    categories: tuple[Category, ...] = ()
    checks: tuple[CheckPolicy, ...] = ()
    override: OverridePolicy = OverridePolicy()
    waivers: WaiverPolicy = WaiverPolicy()
    description: str = ""
    lineage: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.minimum_checks < LEAST_CHECKS:
            raise ValueError(
                f"minimum_checks must be at least {LEAST_CHECKS}, got {self.minimum_checks}"
            )
        _within("fail_budget", self.fail_budget)
        _within("warn_budget", self.warn_budget)
        _within("max_age_s", self.max_age_s, LONGEST_S)
        _within("due_in_s", self.due_in_s, LONGEST_S)
        if len({category.name for category in self.categories}) != len(self.categories):
            raise ValueError("a profile names each category once")
        if len({policy.check for policy in self.checks}) != len(self.checks):
            raise ValueError("a profile names each check once")

    def category(self, name: str) -> Category:
        """Return the category *name*; one that is not listed weighs 1 and has no floor."""
        for category in self.categories:
            if category.name == name:
                return category
        return Category(name=name)
