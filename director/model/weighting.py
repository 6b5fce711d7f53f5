"""What the checks of a plan weigh under its profile, in whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from director.model.profile import Category, Profile
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.model.plan import PlannedCheck

Member: TypeAlias = tuple[int, int, bool]
"""A check's place in the plan, its weight in grains, and whether the profile asks for it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One category with its checks.

    Attributes:
        category: What the profile says about it.
        weight: Its weight beside the other columns, as a whole number in the same proportions.
        members: Its checks, in the order of the plan.
    """

    category: Category
    weight: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Weighting:
    """What every check of a plan weighs; worked out once for all evaluations that follow it.

    Attributes:
        profile: The policy it was worked out from.
        checks: The planned checks it was worked out from.
        grains: How many grains a check of weight 1 weighs.
        columns: Every category of the profile or of a check, sorted by name.
    """

    profile: Profile
    checks: tuple[PlannedCheck, ...]
    grains: int
    columns: tuple[Column, ...]

    def fits(self, profile: Profile, checks: tuple[PlannedCheck, ...]) -> bool:
        """Return whether it was worked out from just these."""
        return self.profile is profile and self.checks is checks
