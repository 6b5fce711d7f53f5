"""rules.conditions: what a CONDITIONAL_GO leaves to be done, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import Settled, Verdict
from director.model.standing import Condition
from director.rules.conditions import Terms, carry, without_new

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
CONDITIONAL = Verdict.CONDITIONAL_GO


def carried(
    law: Law, verdict: Verdict, *checks: Settled, standing: tuple[Condition, ...] = ()
) -> dict[str, Condition]:
    """Return the conditions by check, for a due_in of 14 days."""
    terms = Terms("team-x", 14 * DAY, law.now)
    return {c.check: c for c in carry(checks, verdict, standing, terms)}


@pytest.mark.parametrize("word", ["warned", "failed", "unknown", "errored", "missing"])
def test_a_conditional_go_opens_a_condition_for_each_gap(law: Law, word: str) -> None:
    """A gap gets the manifest's owner and is due after due_in."""
    stand = carried(law, CONDITIONAL, law.settled("a.a", word, Role.ADVISORY))

    assert stand == {
        "a.a": Condition(check="a.a", owner="team-x", opened_at=law.now, due_at=law.now + 14 * DAY)
    }


@pytest.mark.parametrize("verdict", [Verdict.GO, Verdict.NO_GO])
def test_other_verdicts_open_nothing(law: Law, verdict: Verdict) -> None:
    """Neither a GO nor a NO_GO opens a condition."""
    assert carried(law, verdict, law.settled("a.a", "failed", Role.ADVISORY)) == {}


@pytest.mark.parametrize(
    "check",
    [("passed", Role.REQUIRED), ("not_applicable", Role.REQUIRED), ("failed", Role.SHADOW)],
    ids=str,
)
def test_what_is_no_gap_opens_nothing(law: Law, check: tuple[str, Role]) -> None:
    """Passed, validly not applicable and shadow checks are no gaps."""
    assert carried(law, CONDITIONAL, law.settled("a.a", *check)) == {}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_passing_check_closes_its_condition(law: Law, verdict: Verdict) -> None:
    """A condition closes when its check passes, whatever the verdict."""
    standing = law.condition("a.a", 3 * DAY)

    stand = carried(law, verdict, law.settled("a.a", "passed"), standing=(standing,))

    assert stand["a.a"].closed_at == law.now
    assert stand["a.a"].due_at == standing.due_at


@pytest.mark.parametrize(
    "word", ["warned", "failed", "unknown", "errored", "missing", "not_applicable"]
)
@pytest.mark.parametrize("verdict", [CONDITIONAL, Verdict.NO_GO])
def test_anything_else_leaves_a_condition_open(law: Law, verdict: Verdict, word: str) -> None:
    """Only passing closes; an open condition keeps its dates."""
    standing = law.condition("a.a", 3 * DAY)

    stand = carried(law, verdict, law.settled("a.a", word), standing=(standing,))

    assert stand == {"a.a": standing}


def test_a_go_closes_every_condition(law: Law) -> None:
    """A decision that is GO closes them all, those of checks no longer planned too."""
    standing = (law.condition("a.a", 3 * DAY), law.condition("z.gone", -3 * DAY))

    stand = carried(law, Verdict.GO, law.settled("a.a", "failed", Role.ADVISORY), standing=standing)

    assert {c.closed_at for c in stand.values()} == {law.now}


@pytest.mark.parametrize("verdict", [CONDITIONAL, Verdict.NO_GO])
def test_a_condition_whose_check_vanished_stands(law: Law, verdict: Verdict) -> None:
    """Taking a check out of the plan does not close its condition."""
    standing = law.condition("z.gone", 3 * DAY)

    assert carried(law, verdict, standing=(standing,)) == {"z.gone": standing}


def test_a_closed_condition_keeps_when_it_was_closed(law: Law) -> None:
    """Passing again does not close again."""
    standing = law.condition("a.a", 3 * DAY, closed=DAY)

    stand = carried(law, Verdict.GO, law.settled("a.a", "passed"), standing=(standing,))

    assert stand == {"a.a": standing}


@pytest.mark.parametrize(
    ("closed", "keeps"),
    [(14 * DAY - TICK, True), (14 * DAY, True), (14 * DAY + TICK, False)],
    ids=["under", "exactly", "over"],
)
def test_a_reopened_condition_keeps_its_date_within_due_in(
    law: Law, closed: timedelta, keeps: bool
) -> None:
    """A check cannot buy time by passing once: reopened within due_in it keeps its date."""
    standing = law.condition("a.a", -10 * DAY, closed=closed)

    stand = carried(
        law, CONDITIONAL, law.settled("a.a", "failed", Role.ADVISORY), standing=(standing,)
    )

    assert stand["a.a"].closed_at is None
    assert stand["a.a"].due_at == (standing.due_at if keeps else law.now + 14 * DAY)
    assert stand["a.a"].opened_at == (standing.opened_at if keeps else law.now)


def test_conditions_are_sorted_by_check(law: Law) -> None:
    """The order in which they were read does not show."""
    standing = (law.condition("z.z", DAY), law.condition("a.a", DAY))

    stand = carried(
        law, CONDITIONAL, law.settled("m.m", "failed", Role.ADVISORY), standing=standing
    )

    assert list(stand) == ["a.a", "m.m", "z.z"]


def test_what_is_new_can_be_left_out(law: Law) -> None:
    """Without what is new: standing ones as they are, reopened ones open, new ones not at all."""
    old = law.condition("a.old", -DAY)
    reopened = law.condition("a.reopened", -DAY, closed=DAY)
    renewed = law.condition("a.renewed", -DAY, closed=15 * DAY)
    standing = (old, reopened, renewed)
    checks = [
        law.settled(check, "failed", Role.ADVISORY)
        for check in ("a.new", "a.old", "a.renewed", "a.reopened")
    ]

    kept = without_new(carried(law, CONDITIONAL, *checks, standing=standing).values(), standing)

    assert [c.check for c in kept] == ["a.old", "a.renewed", "a.reopened"]
    assert kept[0] == old
    assert kept[1] == renewed
    assert (kept[2].closed_at, kept[2].due_at) == (None, reopened.due_at)
