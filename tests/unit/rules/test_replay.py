"""rules.replay: a record as what was decided on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.loading.scalars import LARGEST_INTEGER, resolve
from director.loading.terms import LARGEST_WEIGHT, ratio, weight
from director.model.check import Effort, Role
from director.model.event import Subject
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, Profile, Unproven
from director.model.record import Record
from director.model.standing import Standing
from director.rules.decide import decide
from director.rules.replay import exact, replay_of
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

DAY = timedelta(days=1)


@given(st.integers(0, LARGEST_WEIGHT) | st.floats(0, LARGEST_WEIGHT))
def test_every_weight_of_a_profile_is_kept(written: float) -> None:
    """The figure in a record is the very number that the profile held."""
    held = weight(written)

    assert exact(float(held)) == held


@given(st.integers(0, 1) | st.floats(0, 1))
def test_every_share_of_a_profile_is_kept(written: float) -> None:
    """So it is with thresholds and floors."""
    held = ratio(written)

    assert exact(float(held)) == held


@given(st.from_regex(r"[0-9]{0,4}\.[0-9]{1,30}(e-?[0-9]{1,2})?", fullmatch=True))
def test_every_text_of_a_profile_is_kept(text: str) -> None:
    """However many digits somebody writes down: what the profile holds is what is kept."""
    number = resolve(text)
    assert isinstance(number, float)
    held = weight(min(number, float(LARGEST_WEIGHT)))

    assert exact(float(held)) == held


@pytest.mark.parametrize(
    ("figure", "number"),
    [
        (0.1, Fraction(1, 10)),
        (1.0, Fraction(1)),
        (5e-324, Fraction(5, 10**324)),
        (1e16, Fraction(10**16)),
        (float(LARGEST_INTEGER), Fraction(LARGEST_INTEGER)),
        (0.30000000000000004, Fraction("0.30000000000000004")),
    ],
)
def test_a_figure_is_the_decimal_it_reads_as(figure: float, number: Fraction) -> None:
    """0.1 means one tenth, and not the binary number next to it."""
    assert exact(figure) == number


SAID: dict[str, Outcome] = {
    "a.errored": Errored("it broke", "exception"),
    "a.failed": Failed("slow", "", "2 s", "<= 1 s", "slow"),
    "a.missing": Missing("gone", "not_installed"),
    "a.passed": Passed("fine", "0.2 s", "<= 1 s"),
    "a.unknown": Unknown("dark", "dns_timeout"),
    "a.warned": Warned("nearly", "", "0.9 s", "<= 1 s"),
    "z.spared": NotApplicable("stateless"),
}


def policy(law: Law) -> Profile:
    """Return a policy with something in every field that a record keeps."""
    return law.profile(
        Category(name="other", weight=Fraction(1, 4), floor=Fraction(3, 8), minimum_checks=1),
        Category(name="reliability", weight=Fraction("0.1")),
        go="0.95",
        conditional="0.05",
        minimum_checks=4,
        fail_budget=2,
        warn_budget=1,
        max_age_s=3600.0,
        due_in_s=7200.0,
    )


def planned(law: Law) -> tuple[PlannedCheck, ...]:
    """Return a check for each outcome, the last in the first category."""
    plain = [
        law.planned(
            check,
            Role.ADVISORY,
            "other" if check == "z.spared" else "reliability",
            weight="0.3",
            effort=Effort.HIGH,
            when_unproven=Unproven.CONDITIONAL,
            max_age_s=60.0,
            not_applicable_allowed=True,
        )
        for check in SAID
    ]
    last = replace(plain[-1], origin=Origin.MANIFEST)
    return tuple(replace(c, plugin="acme", version="1.2") for c in (*plain[:-1], last))


def recorded(law: Law) -> Record:
    """Return the record of a decision with a bit of everything."""
    seen = Evidence(EvidenceKind.PROBED, "https://x/", law.now - timedelta(seconds=1))
    named = Evidence(EvidenceKind.DECLARED, "declares.x")
    results = [law.result(check, said, seen, named) for check, said in SAID.items()]
    results = [replace(result, started_at=law.now - DAY) for result in results]
    standing = Standing(
        (law.condition("a.failed", 5 * DAY), law.condition("a.passed", 6 * DAY)),
        (law.waiver("a.failed"), law.waiver("a.nobody", -DAY)),
    )
    plan = Plan(planned(law), "team-x")
    decision = decide(plan, results, policy(law), standing, law.now)
    run = Run(
        subject=Subject(evaluation="e", trigger="manual", service="pay", owner="team-x"),
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=policy(law),
        started_at=law.now,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )
    record = summarise(decision, run)
    return replace(record, profile=replace(record.profile, name="test", digest="sha256:p"))


def test_the_profile_comes_back_as_far_as_it_decides(law: Law) -> None:
    """Thresholds, minimums, budgets, times and categories are those that were decided by."""
    record = recorded(law)
    assert record.policy is not None

    assert replay_of(record, record.policy).profile == policy(law)


def test_the_plan_comes_back_sorted_by_check(law: Law) -> None:
    """However the record groups its checks, the plan has them as they were planned."""
    record = recorded(law)
    assert record.policy is not None
    assert record.checks[0].id == "z.spared"

    replay = replay_of(record, record.policy)

    # The remedy is the one that counts: who is to mend what, for gaps alone.
    remedies = {check.id: check.remedy for check in record.checks}
    expected = tuple(replace(check, remedy=remedies[check.id]) for check in planned(law))
    assert (replay.plan.checks, replay.plan.owner) == (expected, "team-x")
    assert replay.plan.weighting is not None
    assert replay.plan.weighting.fits(replay.profile, replay.plan.checks)
    assert replay.now == law.now


def test_outcomes_and_evidence_come_back(law: Law) -> None:
    """What each check counted as, with everything it was seen with, and when."""
    record = recorded(law)
    assert record.policy is not None

    results = replay_of(record, record.policy).results

    assert {result.check: result.outcome for result in results} == SAID
    for result in results:
        assert result.started_at == law.now - DAY
        assert result.evidence == (
            Evidence(EvidenceKind.PROBED, "https://x/", law.now - timedelta(seconds=1)),
            Evidence(EvidenceKind.DECLARED, "declares.x"),
        )


def test_what_never_started_is_put_at_the_decision(law: Law) -> None:
    """A check that gave no result has no beginning of its own."""
    record = recorded(law)
    assert record.policy is not None
    silent = [replace(check, started_at=None) for check in record.categories[0].checks]
    first = replace(record.categories[0], checks=tuple(silent))
    record = replace(record, categories=(first, *record.categories[1:]))

    assert replay_of(record, record.policy).results[-1].started_at == law.now  # type: ignore[arg-type]  # it has one


def test_what_stands_comes_back(law: Law) -> None:
    """Conditions, open and closed, and all waivers, as the decision left them."""
    record = recorded(law)
    assert record.policy is not None

    standing = replay_of(record, record.policy).standing

    assert standing.waivers == (law.waiver("a.failed"), law.waiver("a.nobody", -DAY))
    kept = {condition.check: condition for condition in standing.conditions}
    assert kept["a.failed"] == law.condition("a.failed", 5 * DAY)
    assert kept["a.passed"] == replace(law.condition("a.passed", 6 * DAY), closed_at=law.now)


def test_what_is_supposed_was_declared_just_now(law: Law) -> None:
    """A supposition is nobody's probe, and no older than the decision."""
    record = recorded(law)
    assert record.policy is not None

    supposing = replay_of(record, record.policy).supposing({"a.failed": Passed("supposed")})

    (changed,) = [r for r in supposing.results if r.check == "a.failed"]
    assert changed.outcome == Passed("supposed")
    assert changed.evidence == (Evidence(EvidenceKind.DECLARED, "", law.now),)
    others = [result for result in supposing.results if result.check != "a.failed"]
    assert {result.check: result.outcome for result in others} == {
        check: said for check, said in SAID.items() if check != "a.failed"
    }
