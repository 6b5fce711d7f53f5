"""rules.waive: what an approved waiver lifts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import WaiverState, WaiverUse
from director.model.profile import Unproven
from director.rules.waive import excused, is_failed, is_unproven, waiver_uses

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("word", "when", "unproven"),
    [
        ("passed", Unproven.NO_GO, False),
        ("warned", Unproven.NO_GO, False),
        ("failed", Unproven.NO_GO, False),
        ("not_applicable", Unproven.NO_GO, False),
        ("unknown", Unproven.NO_GO, True),
        ("errored", Unproven.NO_GO, True),
        ("missing", Unproven.NO_GO, True),
        ("unknown", Unproven.CONDITIONAL, False),
        ("errored", Unproven.CONDITIONAL, False),
        ("missing", Unproven.CONDITIONAL, True),
    ],
)
def test_unproven(law: Law, word: str, when: Unproven, unproven: bool) -> None:
    """A required check that could not tell is unproven; nothing softens a missing one."""
    assert is_unproven(law.settled("a.a", word, when_unproven=when)) is unproven


@pytest.mark.parametrize("role", [Role.SHADOW, Role.ADVISORY, Role.BLOCKER])
def test_levels_four_and_five_are_for_required_checks(law: Law, role: Role) -> None:
    """Only required checks are unproven or failed in the sense of the rule."""
    assert not is_unproven(law.settled("a.a", "missing", role))
    assert not is_failed(law.settled("a.a", "failed", role))


@pytest.mark.parametrize("word", ["passed", "warned", "unknown", "errored", "missing"])
def test_only_failed_is_failed(law: Law, word: str) -> None:
    """Our own blindness is never a failure of the service."""
    assert not is_failed(law.settled("a.a", word))
    assert is_failed(law.settled("a.a", "failed"))


def state(law: Law, word: str, role: Role = Role.REQUIRED, **waiver: timedelta) -> WaiverState:
    """Return what a waiver does for one check."""
    checks = [law.settled("a.a", word, role)]
    (use,) = waiver_uses(checks, law.profile(), [law.waiver("a.a", **waiver)], law.now)
    return use.state


@pytest.mark.parametrize("word", ["failed", "unknown", "errored", "missing"])
def test_a_waiver_lifts_failed_and_unproven(law: Law, word: str) -> None:
    """A waiver is in effect where it lifts a reason of level 4 or 5."""
    assert state(law, word) is WaiverState.IN_EFFECT


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("passed", Role.REQUIRED),
        ("warned", Role.REQUIRED),
        ("not_applicable", Role.REQUIRED),
        ("failed", Role.ADVISORY),
        ("missing", Role.ADVISORY),
        ("failed", Role.SHADOW),
    ],
)
def test_a_waiver_that_lifts_nothing_is_unused(law: Law, word: str, role: Role) -> None:
    """Where no reason of level 4 or 5 would hold, a waiver is reported as unused."""
    assert state(law, word, role) is WaiverState.UNUSED


@pytest.mark.parametrize("word", ["passed", "failed", "missing"])
def test_a_waiver_does_not_lift_a_blocker(law: Law, word: str) -> None:
    """Waivers do not lift blockers; overrides do."""
    assert state(law, word, Role.BLOCKER) is WaiverState.NOT_WAIVABLE


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (TICK, WaiverState.IN_EFFECT),
        (timedelta(0), WaiverState.EXPIRED),
        (-TICK, WaiverState.EXPIRED),
    ],
    ids=["before", "exactly", "after"],
)
def test_a_waiver_ends_at_its_expiry(law: Law, left: timedelta, expected: WaiverState) -> None:
    """At the moment of its expiry a waiver has ended."""
    assert state(law, "failed", expires_in=left) is expected


def test_a_waiver_for_what_was_not_planned_matches_nothing(law: Law) -> None:
    """A waiver names one check, and excuses no other that begins alike."""
    waivers = [law.waiver("a"), law.waiver("a.a2")]

    uses = waiver_uses([law.settled("a.a", "failed")], law.profile(), waivers, law.now)

    assert {use.state for use in uses} == {WaiverState.NO_MATCH}


@pytest.mark.parametrize(
    ("failed", "expected"),
    [(1, WaiverState.UNUSED), (2, WaiverState.UNUSED), (3, WaiverState.IN_EFFECT)],
    ids=["under", "exactly", "over"],
)
def test_within_the_fail_budget_a_waiver_is_not_needed(
    law: Law, failed: int, expected: WaiverState
) -> None:
    """A failed check lifts a reason only where the failures exceed the budget."""
    checks = [law.settled(f"a.c{n}", "failed") for n in range(failed)]
    profile = law.profile(fail_budget=2)

    (use,) = waiver_uses(checks, profile, [law.waiver("a.c0")], law.now)

    assert use.state is expected


@pytest.mark.parametrize(
    ("word", "role"),
    [("passed", Role.REQUIRED), ("warned", Role.REQUIRED), ("failed", Role.ADVISORY)],
)
def test_over_the_fail_budget_only_what_failed_is_waived(law: Law, word: str, role: Role) -> None:
    """That others failed does not put a waiver into effect that lifts nothing itself."""
    checks = [law.settled("a.a", word, role), law.settled("a.b", "failed")]

    (use,) = waiver_uses(checks, law.profile(), [law.waiver("a.a")], law.now)

    assert use.state is WaiverState.UNUSED


def test_uses_are_sorted_by_id(law: Law) -> None:
    """The order in which waivers were read does not show."""
    waivers = [law.waiver("a.a", id="w2"), law.waiver("a.a", id="w1")]

    uses = waiver_uses([], law.profile(), waivers, law.now)

    assert [use.waiver.id for use in uses] == ["w1", "w2"]


def test_only_waivers_in_effect_excuse(law: Law) -> None:
    """Whatever else became of a waiver, it excuses nothing."""
    uses = [WaiverUse(law.waiver(f"a.{s}", id=s), s) for s in WaiverState]

    assert excused(uses) == {"a.in_effect"}
