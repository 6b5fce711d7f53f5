"""rules.settle: what each result counts as."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.evidence import Evidence
from director.model.outcome import Missing, NotApplicable, Outcome, Passed, Unknown, Word
from director.model.plan import Plan, PlannedCheck
from director.rules.settle import settle

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
YEAR_S = 365 * 86400.0


def settled(
    law: Law, planned: PlannedCheck, outcome: Outcome | None, *evidence: Evidence
) -> Outcome:
    """Return what one check counts as."""
    results = [] if outcome is None else [law.result(planned.id, outcome, *evidence)]
    (check,) = settle(Plan((planned,)), results, law.now)
    return check.outcome


def code(outcome: Outcome) -> str:
    """Return the code of an outcome that must be unknown."""
    assert isinstance(outcome, Unknown)
    return outcome.code


@pytest.mark.parametrize("word", list(Word))
def test_an_outcome_counts_as_itself(law: Law, word: Word) -> None:
    """Where nothing speaks against it, an outcome counts as what it is."""
    assert settled(law, law.planned("a.a"), law.outcome(word)) is law.outcome(word)


def test_silence_is_missing(law: Law) -> None:
    """A planned check without a result is missing."""
    assert settled(law, law.planned("a.a"), None) == Missing("the check gave no result")


def test_every_planned_check_is_settled_once_in_the_order_of_the_plan(law: Law) -> None:
    """One settled check for each planned one; results nobody planned are passed over."""
    plan = Plan((law.planned("a.a"), law.planned("a.b")))
    results = [law.result("z.z", Passed("")), law.result("a.b", Passed(""))]

    checks = settle(plan, results, law.now)

    assert [(check.id, check.word) for check in checks] == [
        ("a.a", Word.MISSING),
        ("a.b", Word.PASSED),
    ]
    assert checks[0].result is None
    assert checks[1].result is results[1]


@pytest.mark.parametrize("check", ["a.a", "z.unplanned"])
def test_two_results_for_one_check_are_refused(law: Law, check: str) -> None:
    """Two answers are no answer, even to a question nobody planned."""
    results = [law.result(check, Passed("")), law.result(check, Passed(""))]

    with pytest.raises(ValueError, match=f"two results for {check}"):
        settle(Plan((law.planned("a.a"),)), results, law.now)


def test_what_the_plan_answers_no_result_changes(law: Law) -> None:
    """An answer that was certain before anything ran stands, whatever comes back."""
    missing = Missing("gone", "not_installed")
    exempt = NotApplicable("no base_url")

    assert settled(law, law.planned("a.a", answer=missing), Passed("hello")) is missing
    assert settled(law, law.planned("a.a", answer=exempt), Passed("hello")) is exempt


@pytest.mark.parametrize("planned_so", [True, False], ids=["plan", "check"])
@pytest.mark.parametrize(
    ("role", "allowed", "counts"),
    [
        (Role.BLOCKER, None, False),
        (Role.BLOCKER, True, True),
        (Role.BLOCKER, False, False),
        (Role.REQUIRED, None, True),
        (Role.REQUIRED, False, False),
        (Role.ADVISORY, None, True),
        (Role.ADVISORY, False, False),
    ],
)
def test_not_applicable_counts_where_the_profile_allows_it(
    law: Law, role: Role, allowed: bool | None, counts: bool, planned_so: bool
) -> None:
    """Allowed by default, refused for blockers by default; refused, it is unknown."""
    said = NotApplicable("stateless")
    answer = said if planned_so else None
    planned = law.planned("a.a", role, not_applicable_allowed=allowed, answer=answer)

    outcome = settled(law, planned, None if planned_so else said)

    if counts:
        assert outcome is said
    else:
        assert code(outcome) == "not_applicable_refused"
        refused = "the profile does not accept that it does not apply: stateless"
        assert outcome.reason == refused


@pytest.mark.parametrize("reason", ["", " ", "\t\n", "-", "\u200b", "…"])
def test_not_applicable_needs_a_reason(law: Law, reason: str) -> None:
    """Blanks, dashes and invisible characters are no reason; without one it is unknown."""
    planned = law.planned("a.a", Role.ADVISORY, not_applicable_allowed=True)

    outcome = settled(law, planned, NotApplicable(reason))

    assert outcome == Unknown("said not to apply, without a reason", "no_reason")


@pytest.mark.parametrize("word", ["passed", "warned", "failed"])
@pytest.mark.parametrize(
    ("age", "fresh"),
    [(365 * DAY - TICK, True), (365 * DAY, True), (365 * DAY + TICK, False)],
    ids=["under", "exactly", "over"],
)
def test_old_evidence_makes_unknown(law: Law, word: str, age: timedelta, fresh: bool) -> None:
    """Evidence older than max_age makes any conclusive outcome unknown; as old is fresh."""
    planned = law.planned("a.a", max_age_s=YEAR_S)

    outcome = settled(law, planned, law.outcome(word), law.evidence(age))

    if fresh:
        assert outcome is law.outcome(word)
    else:
        assert code(outcome) == "stale"
        assert outcome.reason == "evidence is of 2025-11-22, must be at most 365 days old"


def test_without_max_age_no_evidence_is_too_old(law: Law) -> None:
    """A profile that sets no max_age takes evidence of any age."""
    assert settled(law, law.planned("a.a"), Passed(""), law.evidence(9999 * DAY)) == Passed("")


def test_the_oldest_evidence_decides(law: Law) -> None:
    """Fresh evidence beside stale does not refresh it."""
    planned = law.planned("a.a", max_age_s=YEAR_S)

    outcome = settled(law, planned, Passed(""), law.evidence(DAY), law.evidence(366 * DAY))

    assert code(outcome) == "stale"
    assert outcome.reason == "evidence is of 2025-11-21, must be at most 365 days old"


@pytest.mark.parametrize("max_age_s", [None, YEAR_S])
@pytest.mark.parametrize(
    ("ahead", "believed"),
    [(DAY - TICK, True), (DAY, True), (DAY + TICK, False)],
    ids=["under", "exactly", "over"],
)
def test_evidence_from_the_future_is_not_believed(
    law: Law, ahead: timedelta, believed: bool, max_age_s: float | None
) -> None:
    """Evidence dated more than a day ahead makes unknown: post-dating does not keep it fresh."""
    planned = law.planned("a.a", max_age_s=max_age_s)

    outcome = settled(law, planned, Passed(""), law.evidence(DAY), law.evidence(-ahead))

    assert (outcome == Passed("")) is believed
    if not believed:
        assert code(outcome) == "future_evidence"
        assert outcome.reason == "evidence is dated 2026-11-23, in the future"


@pytest.mark.parametrize("max_age_s", [None, YEAR_S])
@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("ages", [(), (None,), (DAY, None), (DAY,)], ids=str)
def test_undated_evidence_counts_unless_the_profile_refuses_it(
    law: Law, ages: tuple[timedelta | None, ...], allowed: bool, max_age_s: float | None
) -> None:
    """Where undated evidence is refused, every piece has a date and there is at least one."""
    planned = law.planned("a.a", undated_allowed=allowed, max_age_s=max_age_s)

    outcome = settled(law, planned, Passed(""), *map(law.evidence, ages))

    if allowed or ages == (DAY,):
        assert outcome == Passed("")
    else:
        assert outcome == Unknown("evidence has no date, and the profile wants one", "undated")


@pytest.mark.parametrize("word", ["unknown", "errored", "missing", "not_applicable"])
def test_age_matters_only_to_what_could_tell(law: Law, word: str) -> None:
    """Old evidence changes nothing about an outcome that told nothing."""
    planned = law.planned("a.a", max_age_s=1.0, undated_allowed=False)

    outcome = settled(law, planned, law.outcome(word), law.evidence(DAY))

    assert outcome is law.outcome(word)
