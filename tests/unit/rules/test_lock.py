"""rules.lock: a lock can only make checks missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from director.model.catalog import Catalog, Disposition, Plugin
from director.model.check import Role
from director.model.lock import LockedCheck, PlanLock
from director.model.outcome import Missing, NotApplicable
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile
from director.rules.lock import held, is_breach, lock_of, upgrades, vanished

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law


def check(name: str = "acme.a", plugin: str = "director-acme", version: str = "2") -> PlannedCheck:
    """Return a planned check as a plugin offers it."""
    policy = CheckPolicy(check=name, category="reliability", role=Role.REQUIRED)
    return PlannedCheck(policy=policy, plugin=plugin, version=version)


def locked(name: str = "acme.a", version: str = "2", role: Role = Role.REQUIRED) -> LockedCheck:
    """Return what was agreed of a check."""
    return LockedCheck(
        check=name, plugin="director-acme", version=version, category="reliability", role=role
    )


def lock(*checks: LockedCheck) -> PlanLock:
    """Return a lock of these."""
    return PlanLock(service="pay", environment="", profile="gate", checks=checks)


def is_older(version: str, than: str) -> bool:
    """Compare versions of one digit."""
    return int(version) < int(than)


@pytest.fixture
def profile(law: Law) -> Profile:
    """Return a policy that asks for nothing by itself."""
    return law.profile()


def answered(profile: Profile, planned: PlannedCheck, agreed: LockedCheck) -> object:
    """Return the answer that one check has under a lock."""
    (found,) = held(Plan((planned,)), profile, lock(agreed), is_older).checks
    return found.answer


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_same_and_a_newer_version_stand(profile: Profile, version: str) -> None:
    """An upgrade is fine."""
    assert answered(profile, check(version=version), locked()) is None


def test_an_older_version_is_missing(profile: Profile) -> None:
    """A downgrade may have lost what the check found."""
    found = answered(profile, check(version="1"), locked())

    assert isinstance(found, Missing)
    assert found.code == "lock_downgraded"
    assert "locked to director-acme 2, but 1 is installed" in found.reason


def test_another_distribution_is_missing(profile: Profile) -> None:
    """Who takes over a check is not who was agreed on, and a newer version is no excuse."""
    found = answered(profile, check(plugin="director-evil", version="9"), locked())

    assert isinstance(found, Missing)
    assert found.code == "lock_shadowed"
    assert found.reason == "locked to director-acme 2, but director-evil 9 offers it now"


def test_a_distribution_may_be_spelled_otherwise(profile: Profile) -> None:
    """Dashes, underscores, dots and case make no difference between distributions."""
    assert answered(profile, check(plugin="Director_Acme"), locked()) is None
    assert answered(profile, check(plugin="directoracme"), locked()) is not None


def test_the_same_version_need_not_be_compared(profile: Profile) -> None:
    """One that nobody can compare is not older than itself."""
    plan, agreed = Plan((check(version="mine"),)), lock(locked(version="mine"))

    found = held(plan, profile, agreed, lambda _, __: True)

    assert found.checks == plan.checks


def test_a_check_that_no_plugin_offers_has_vanished(profile: Profile) -> None:
    """The reason says from where it vanished, and what there is instead."""
    gone = replace(check(plugin="", version=""), answer=Missing("nobody has it", "not_installed"))

    found = answered(profile, gone, locked())

    assert found == Missing(
        "locked to director-acme 2, which is gone: nobody has it", "lock_vanished"
    )


def test_a_broken_plugin_speaks_for_itself(profile: Profile) -> None:
    """Why a plugin is broken helps more than that it was locked."""
    broken = Missing("plugin director-acme is broken", "plugin_broken")

    assert answered(profile, replace(check(plugin=""), answer=broken), locked()) is broken


def test_what_does_not_apply_is_held_too(profile: Profile) -> None:
    """Not to apply is an answer of the plugin that was agreed on, and of no other."""
    spared = replace(check(plugin="director-evil"), answer=NotApplicable("no base_url"))

    assert isinstance(answered(profile, spared, locked()), Missing)


def test_what_is_not_planned_any_more_is_planned_again(profile: Profile) -> None:
    """It holds the decision back and carries nothing."""
    (found,) = held(Plan(owner="team"), profile, lock(locked(role=Role.BLOCKER)), is_older).checks

    assert (found.id, found.policy.role, found.origin) == ("acme.a", Role.BLOCKER, Origin.MANIFEST)
    assert found.title == "acme.a"
    assert found.answer == Missing(
        "locked to director-acme 2 under profile gate, but not planned under test: lock the plan"
        " again if it shall be smaller",
        "lock_vanished",
    )
    assert is_breach(found)
    assert not is_breach(replace(found, answer=Missing("it broke", "plugin_broken")))


def test_a_category_may_ask_more_of_it(law: Law) -> None:
    """The lock lies with who is judged: it makes no check milder than the profile does."""
    strict = law.profile(Category(name="reliability", role=Role.BLOCKER))

    (found,) = held(Plan(), strict, lock(locked(role=Role.SHADOW)), is_older).checks

    assert found.policy.role is Role.BLOCKER


def test_what_is_not_locked_stands(profile: Profile) -> None:
    """A plan may grow, stays sorted, and knows what it weighs."""
    plan = Plan((check("acme.b"), check("acme.d")), "team")

    found = held(plan, profile, lock(locked("acme.c")), is_older)

    assert [each.id for each in found.checks] == ["acme.b", "acme.c", "acme.d"]
    assert (found.checks[0], found.owner) == (plan.checks[0], "team")
    assert found.weighting is not None
    assert found.weighting.checks is found.checks


def test_a_lock_is_what_plugins_offer() -> None:
    """There is nothing to hold a check against that nobody offers."""
    plan = Plan((check(), check("acme.b", plugin="", version="")))

    assert lock_of(plan, "pay", "", "gate") == lock(locked())


def test_a_plan_that_was_just_locked_stands(profile: Profile) -> None:
    """Locking and holding are each other's inverse."""
    plan = Plan((check(), check("acme.b")))

    found = held(plan, profile, lock_of(plan, "pay", "", "gate"), is_older)

    assert found.checks == plan.checks


def test_upgrades_are_told_once_for_each_plugin() -> None:
    """Neither what is the same, nor what the lock stops, nor what it does not know is one."""
    stopped = replace(check("acme.e", version="1"), answer=Missing("", "lock_downgraded"))
    plan = Plan(
        (
            check("acme.a", version="3"),
            check("acme.b", version="3"),
            check("acme.c"),
            check("acme.d", version="3"),
            stopped,
            replace(check("acme.f", "", ""), answer=Missing("", "plugin_broken")),
        )
    )
    agreed = lock(*(locked(f"acme.{name}") for name in "abcef"))

    assert upgrades(plan, agreed) == (("director-acme", "2", "3"),)


def test_upgrades_are_sorted() -> None:
    """By plugin, whatever the order of the checks."""
    names = "hgfedcba"
    plan = Plan(
        tuple(check(f"acme.{9 - n}", f"director-{name}", "3") for n, name in enumerate(names))
    )
    agreed = lock(*(locked(f"acme.{9 - n}") for n in range(len(names))))

    assert [plugin for plugin, _, _ in upgrades(plan, agreed)] == [
        f"director-{name}" for name in sorted(names)
    ]


def test_what_is_installed_no_more_has_vanished() -> None:
    """Each distribution once for each name, however it is spelled; what is there is not named."""
    there = Catalog((Plugin(name="other", distribution="Director_Other", version="9"),))
    gone = replace(locked("acme.b"), plugin="director-acme")
    other = replace(locked("other.a"), plugin="director-other")

    found = vanished((lock(locked("acme.a"), gone), lock(gone, other)), there)

    assert [(each.name, each.distribution, each.version) for each in found] == [
        ("acme", "director-acme", "2")
    ]
    assert (found[0].disposition, found[0].code) == (Disposition.VANISHED, "lock_vanished")
    assert "not installed" in found[0].detail
    assert vanished((), there) == ()


def test_what_has_vanished_is_sorted() -> None:
    """By name."""
    names = "hgfedcba"
    gone = lock(*(locked(f"{name}.a") for name in names))

    assert [each.name for each in vanished((gone,), Catalog())] == sorted(names)
