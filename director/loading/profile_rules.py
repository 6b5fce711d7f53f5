"""What a profile as a whole must be, so that no decision under it can be an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from director.loading.words import meant, shown
from director.model.check import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from director.errors import Fault
    from director.loading.places import Places
    from director.model.profile import CheckPolicy, Profile


def unsound(profile: Profile, places: Places) -> Iterator[Fault]:
    """Yield why no review may follow *profile*.

    A profile without checks is sound: it plans nothing, and nothing is never a GO.
    """
    yield from _unknown_checks(profile, places)
    if not profile.checks:
        return
    roles = [effective_role(profile, check) for check in profile.checks]
    required, blockers = roles.count(Role.REQUIRED), roles.count(Role.BLOCKER)
    checks = ("spec", "checks")
    if not required and not blockers:
        yield places.fault(checks, "must have a blocker or a required check, got neither")
    elif profile.fail_budget >= required and (required or profile.fail_budget):
        budget = profile.fail_budget
        problem = f"must be less than the number of required checks, {required}, got {budget}"
        yield places.fault(("spec", "fail_budget"), problem)
    weights = (
        profile.category(check.category).weight * check.weight
        for check, role in zip(profile.checks, roles, strict=True)
        if role is not Role.SHADOW
    )
    if sum(weights) == 0:
        yield places.fault(checks, "must have a total weight over 0, got 0")


def _unknown_checks(profile: Profile, places: Places) -> Iterator[Fault]:
    """Yield where the rules for overrides name a check that the profile does not have.

    A slip there would let somebody override what nobody shall.
    """
    known = [check.check for check in profile.checks]
    for name in ("second_approver", "never"):
        for index, check in enumerate(getattr(profile.override, name)):
            if check not in known:
                problem = f"must be a check of this profile, got {shown(check)}"
                pointer = ("spec", "override", name, index)
                yield places.fault(pointer, f"{problem}{meant(check, known)}")


def effective_role(profile: Profile, check: CheckPolicy) -> Role:
    """Return the stricter of a check's own role and the least role of its category."""
    least = profile.category(check.category).role or Role.SHADOW
    return max(check.role, least, key=lambda role: role.strictness)
