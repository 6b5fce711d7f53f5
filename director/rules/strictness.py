"""Is one profile at least as strict as another? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from director.model.check import Role
from director.model.profile import CheckPolicy, Profile, Unproven, WaiverPolicy
from director.rules.plan import stricter


def loosened(profile: Profile, least: Profile) -> Iterator[str]:
    """Yield everything in which *profile* asks for less than *least*; nothing if it does not.

    Weights are not compared, for one is not looser than another; nor are options, whose
    direction only their check knows.
    """
    if profile.thresholds.go < least.thresholds.go:
        yield "thresholds.go"
    if profile.thresholds.conditional < least.thresholds.conditional:
        yield "thresholds.conditional"
    if profile.minimum_checks < least.minimum_checks:
        yield "minimum_checks"
    for name in ("fail_budget", "warn_budget", "max_age_s", "due_in_s"):
        if getattr(profile, name) > getattr(least, name):
            yield _SHOWN.get(name, name)
    for category in least.categories:
        mine = profile.category(category.name)
        if (mine.floor or 0) < (category.floor or 0):
            yield f"categories.{category.name}.floor"
        if mine.minimum_checks < category.minimum_checks:
            yield f"categories.{category.name}.minimum_checks"
    policies = {policy.check: policy for policy in profile.checks}
    for policy in least.checks:
        yield from _loosened_check(profile, policies.get(policy.check), least, policy)
    yield from _loosened_override(profile, least)
    yield from _loosened_waivers(profile.waivers, least.waivers)


_SHOWN = {"max_age_s": "max_age", "due_in_s": "conditions.due_in"}
"""What a profile calls the fields that have a unit in their name."""


def _loosened_check(
    profile: Profile, mine: CheckPolicy | None, least: Profile, policy: CheckPolicy
) -> Iterator[str]:
    """Yield in what *mine*, of *profile*, asks for less than *policy*, of *least*."""
    place = f"checks.{policy.check}"
    if mine is None or _role(profile, mine).strictness < _role(least, policy).strictness:
        yield place
        return
    if mine.when not in (None, policy.when):
        yield f"{place}.when"
    # A blocker that is not proven blocks in any case.
    if _role(profile, mine) is not Role.BLOCKER and (
        mine.when_unproven is Unproven.CONDITIONAL and policy.when_unproven is Unproven.NO_GO
    ):
        yield f"{place}.when_unproven"
    if policy.max_age_s is not None and (
        mine.max_age_s is None or mine.max_age_s > policy.max_age_s
    ):
        yield f"{place}.max_age"
    if mine.undated_allowed and not policy.undated_allowed:
        yield f"{place}.undated"
    if _exempts(profile, mine) and not _exempts(least, policy):
        yield f"{place}.not_applicable"


def _role(profile: Profile, policy: CheckPolicy) -> Role:
    return stricter(policy.role, profile.category(policy.category).role)


def _exempts(profile: Profile, policy: CheckPolicy) -> bool:
    """Return whether a reasoned "does not apply" takes the check out of the count."""
    if policy.not_applicable_allowed is None:
        return _role(profile, policy) is not Role.BLOCKER
    return policy.not_applicable_allowed


def _loosened_override(profile: Profile, least: Profile) -> Iterator[str]:
    mine, policy = profile.override, least.override
    if not set(mine.roles) <= set(policy.roles):
        yield "override.roles"
    if mine.roles and mine.expires_in_s > policy.expires_in_s:
        yield "override.expires_in"
    if not set(policy.second_approver) <= {*mine.second_approver, *mine.never}:
        yield "override.second_approver"
    if not set(policy.never) <= set(mine.never):
        yield "override.never"


def _loosened_waivers(mine: WaiverPolicy, policy: WaiverPolicy) -> Iterator[str]:
    if not set(mine.roles) <= set(policy.roles):
        yield "waivers.roles"
    if mine.roles and mine.expires_in_s > policy.expires_in_s:
        yield "waivers.expires_in"
