"""Does a plan still hold what was locked? Pure: a lock can only make checks missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from director.model.catalog import Catalog, Disposition, Plugin
from director.model.lock import LockedCheck, PlanLock
from director.model.outcome import Missing
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import CheckPolicy, Profile
from director.rules.plan import least_role
from director.rules.score import weighting_of

VANISHED = "lock_vanished"
SHADOWED = "lock_shadowed"
DOWNGRADED = "lock_downgraded"

CODES = (VANISHED, SHADOWED, DOWNGRADED)
"""Why a check that was locked is missing."""

Older: TypeAlias = Callable[[str, str], bool]
"""Whether the first version is older than the second, or cannot be compared with it."""


def lock_of(plan: Plan, service: str, environment: str, profile: str) -> PlanLock:
    """Return the lock of *plan*: every check that a plugin offers now, the others left out."""
    checks = tuple(
        LockedCheck(
            check=check.id,
            plugin=check.plugin,
            version=check.version,
            category=check.policy.category,
            role=check.policy.role,
        )
        for check in plan.checks
        if check.plugin
    )
    return PlanLock(service=service, environment=environment, profile=profile, checks=checks)


def held(plan: Plan, profile: Profile, lock: PlanLock, older: Older) -> Plan:
    """Return *plan* as *lock* lets it stand.

    A locked check that no plugin offers any more, that another distribution offers, or that
    comes from an older version, is missing. One that is not planned any more is planned again
    with the category and the role it was locked with, and missing: it can hold the decision
    back and carries nothing. Nothing that the lock says makes any other check milder.

    Args:
        plan: What would have to answer without a lock.
        profile: The policy that it was made under.
        lock: What was agreed.
        older: How versions compare.
    """
    locked = {each.check: each for each in lock.checks}
    planned = {check.id for check in plan.checks}
    checks = [
        _missing(check, *said)
        if check.id in locked and (said := _breach(check, locked[check.id], older))
        else check
        for check in plan.checks
    ]
    checks += [
        _vanished(each, profile, lock) for name, each in locked.items() if name not in planned
    ]
    checks.sort(key=lambda check: check.id)
    made = Plan(tuple(checks), plan.owner)
    return replace(made, weighting=weighting_of(profile, made.checks))


def upgrades(plan: Plan, lock: PlanLock) -> tuple[tuple[str, str, str], ...]:
    """Return the plugins that *plan* takes in another version than *lock* says, and both versions.

    Checks that the lock makes missing are left out; sorted by plugin.
    """
    locked = {each.check: each for each in lock.checks}
    return tuple(
        sorted(
            {
                (check.plugin, locked[check.id].version, check.version)
                for check in plan.checks
                if check.id in locked
                and not is_breach(check)
                and check.plugin
                and check.version != locked[check.id].version
            }
        )
    )


def is_breach(check: PlannedCheck) -> bool:
    """Return whether *check* is missing because of the lock."""
    return isinstance(check.answer, Missing) and check.answer.code in CODES


def _breach(check: PlannedCheck, locked: LockedCheck, older: Older) -> tuple[str, str] | None:
    """Return the code and the reason why *check* is not what was locked, or None if it is."""
    agreed = f"{locked.plugin} {locked.version}"
    if not check.plugin:
        match check.answer:
            case Missing(reason, "not_installed"):
                return VANISHED, f"locked to {agreed}, which is gone: {reason}"
            case _:
                return None  # Its plugin is there, and says itself what is wrong with it.
    if _canonical(check.plugin) != _canonical(locked.plugin):
        return SHADOWED, f"locked to {agreed}, but {check.plugin} {check.version} offers it now"
    if check.version != locked.version and older(check.version, locked.version):
        return DOWNGRADED, f"locked to {agreed}, but {check.version} is installed, which is older"
    return None


def vanished(plans: Iterable[PlanLock], catalog: Catalog) -> tuple[Plugin, ...]:
    """Return the plugins that were locked in *plans* and that nobody has installed any more.

    A plugin is known by the name that the ids of its checks begin with.
    """
    there = {_canonical(each.distribution) for each in catalog.plugins}
    gone = {
        (locked.check.partition(".")[0], locked.plugin, locked.version)
        for plan in plans
        for locked in plan.checks
        if _canonical(locked.plugin) not in there
    }
    return tuple(
        Plugin(
            name=name,
            distribution=distribution,
            version=version,
            disposition=Disposition.VANISHED,
            code=VANISHED,
            detail="a plan was locked to it, and it is not installed: its checks are missing",
        )
        for name, distribution, version in sorted(gone)
    )


def _missing(check: PlannedCheck, code: str, reason: str) -> PlannedCheck:
    return replace(check, answer=Missing(reason, code))


def _vanished(locked: LockedCheck, profile: Profile, lock: PlanLock) -> PlannedCheck:
    policy = CheckPolicy(check=locked.check, category=locked.category, role=locked.role)
    reason = (
        f"locked to {locked.plugin} {locked.version} under profile {lock.profile}, but not planned"
        f" under {profile.name}: lock the plan again if it shall be smaller"
    )
    return PlannedCheck(
        policy=replace(policy, role=least_role(profile, policy)),
        origin=Origin.MANIFEST,
        title=locked.check,
        answer=Missing(reason, VANISHED),
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
