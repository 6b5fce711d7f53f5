"""rules.decide, waive and replay: a clock that is set back, and doubt, revive nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import Decision, ReasonCode, Verdict, WaiverState
from director.model.event import Subject
from director.model.manifest import Manifest
from director.model.profile import OverridePolicy, Profile, WaiverPolicy
from director.model.record import OverridePolicyEntry, Record, WaiverPolicyEntry
from director.model.standing import Standing
from director.rules.replay import replay_of
from director.rules.strictness import loosened
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk, Law

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def decided(law: Law, standing: Standing) -> Decision:
    """Return the decision on a required check that failed."""
    return law.decide(law.profile(), [(law.planned("a.a"), law.outcome("failed"))], standing)


@pytest.mark.parametrize(
    ("seen", "state", "kept"),
    [
        (None, WaiverState.IN_EFFECT, False),
        (-HOUR, WaiverState.IN_EFFECT, False),
        (0 * TICK, WaiverState.IN_EFFECT, False),
        (TICK, WaiverState.IN_EFFECT, True),
        (HOUR - TICK, WaiverState.IN_EFFECT, True),
        (HOUR, WaiverState.EXPIRED, True),
        (9 * HOUR, WaiverState.EXPIRED, True),
    ],
)
def test_a_waiver_is_judged_by_the_latest_moment(
    law: Law, seen: timedelta | None, state: WaiverState, kept: bool
) -> None:
    """What had expired when the record last saw the time has expired; that it had is kept."""
    seen_at = None if seen is None else law.now + seen
    decision = decided(law, Standing(waivers=(law.waiver("a.a", HOUR),), seen_at=seen_at))

    (use,) = decision.waivers
    assert use.state is state
    assert decision.decided_at == law.now
    assert decision.seen_at == (seen_at if kept else None)
    assert decided(law, Standing()).seen_at is None


def test_a_condition_is_judged_by_the_latest_moment(law: Law) -> None:
    """What was overdue stays overdue when the clock is set back."""
    cases = [(law.planned("a.a", Role.ADVISORY), law.outcome("failed")), *law.fillers(9)]
    cases += [(law.planned(f"a.b{n}"), law.outcome("passed")) for n in range(9)]
    condition = law.condition("a.a", HOUR)

    def late(seen_at: datetime) -> bool:
        decision = law.decide(law.profile(), cases, Standing((condition,), seen_at=seen_at))
        codes = {reason.code for reason in decision.reasons}
        assert (decision.verdict is Verdict.NO_GO) is (ReasonCode.CONDITION_OVERDUE in codes)
        return decision.verdict is Verdict.NO_GO

    assert not late(law.now + HOUR)
    assert late(law.now + HOUR + TICK)


@pytest.mark.parametrize(
    ("word", "role", "left", "state"),
    [
        ("failed", Role.REQUIRED, HOUR, WaiverState.NOT_PROVEN),
        ("missing", Role.REQUIRED, HOUR, WaiverState.NOT_PROVEN),
        ("passed", Role.REQUIRED, HOUR, WaiverState.NOT_PROVEN),
        ("failed", Role.REQUIRED, -HOUR, WaiverState.EXPIRED),
        ("failed", Role.BLOCKER, HOUR, WaiverState.NOT_WAIVABLE),
    ],
)
def test_a_waiver_in_doubt_lifts_nothing(
    law: Law, word: str, role: Role, left: timedelta, state: WaiverState
) -> None:
    """Without proof of who approved it a waiver changes nothing but what is said of it."""
    cases = [(law.planned("a.a", role), law.outcome(word)), *law.fillers()]
    doubted = law.waiver("a.a", left, doubt="nobody has signed it")

    found = law.decide(law.profile(), cases, Standing(waivers=(doubted,)))

    bare = law.decide(law.profile(), cases)
    assert [use.state for use in found.waivers] == [state]
    assert replace(found, waivers=()) == bare


def test_a_waiver_in_doubt_is_nowhere_else(law: Law) -> None:
    """One for a check that was not planned matches nothing, in doubt or not."""
    found = decided(law, Standing(waivers=(law.waiver("a.b", doubt="why"),)))

    assert [use.state for use in found.waivers] == [WaiverState.NO_MATCH]


def recorded(law: Law, standing: Standing, profile: Profile | None = None) -> Record:
    """Return the record of a decision on a required check that failed."""
    run = Run(
        subject=Subject(evaluation="e", trigger="manual", service="pay", owner="team-x"),
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=profile or law.profile(),
        started_at=law.now,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )
    return summarise(decided(law, standing), run)


def test_the_record_keeps_by_what_moment_it_was_judged(law: Law) -> None:
    """Where the clock was behind, the record says by how much, and decides the same again."""
    waivers = (
        law.waiver("a.a", HOUR, code="false_positive"),
        law.waiver("a.a", 9 * HOUR, id="w2", doubt="nobody has signed it"),
    )
    standing = Standing(waivers=waivers, seen_at=law.now + HOUR)
    record = recorded(law, standing)
    assert record.policy is not None

    replay = replay_of(record, record.policy)

    assert record.seen_at == "2026-11-22T13:00:00.000000Z"
    assert replay.standing == standing
    assert [use.state.value for use in replay.decision().waivers] == ["expired", "not_proven"]
    plain = recorded(law, Standing())
    assert plain.seen_at is None
    assert replay_of(plain, record.policy).standing.seen_at is None


def test_the_record_keeps_who_may_override_and_waive(law: Law) -> None:
    """Whoever reads the record without the profile can judge overrides: each list sorted, once."""
    profile = law.profile(
        override=OverridePolicy(
            roles=("vp", "cto", "vp"),
            expires_in_s=60.0,
            second_approver=("b.b", "a.a"),
            never=("d.d", "c.c"),
        ),
        waivers=WaiverPolicy(roles=("vp", "lead"), expires_in_s=120.0),
    )
    policy = recorded(law, Standing(), profile).policy
    assert policy is not None

    assert policy.override == OverridePolicyEntry(
        roles=("cto", "vp"),
        expires_in_s=60.0,
        second_approver=("a.a", "b.b"),
        never=("c.c", "d.d"),
    )
    assert policy.waivers == WaiverPolicyEntry(roles=("lead", "vp"), expires_in_s=120.0)


def test_the_record_lists_the_cases_of_the_run(law: Law, desk: Desk) -> None:
    """What somebody asks for is in the record, for its own target."""
    run = Run(
        subject=Subject(
            evaluation="e", trigger="manual", service="pay", environment="production", owner="x"
        ),
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=law.profile(),
        started_at=law.now,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
        cases=(desk.case(),),
    )

    record = summarise(decided(law, Standing()), run)

    (entry,) = record.waiver_requests
    assert (entry.id, entry.requested_by) == ("01W", "ann")
    assert record.waiver_counts is not None
    assert record.waiver_counts.requested == 1


WAIVERS = WaiverPolicy(roles=("lead", "vp"), expires_in_s=3600.0)


@pytest.mark.parametrize(
    ("waivers", "said"),
    [
        (WAIVERS, []),
        (replace(WAIVERS, roles=("vp",), expires_in_s=3599.0), []),
        (replace(WAIVERS, roles=("dev", "vp")), ["waivers.roles"]),
        (replace(WAIVERS, expires_in_s=3601.0), ["waivers.expires_in"]),
        (replace(WAIVERS, roles=(), expires_in_s=3601.0), []),
    ],
)
def test_a_waiver_gets_no_easier(law: Law, waivers: WaiverPolicy, said: list[str]) -> None:
    """Under the least profile nobody more approves waivers, nor for longer."""
    profile, least = law.profile(waivers=waivers), law.profile(waivers=WAIVERS)

    assert list(loosened(profile, least)) == said


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), 100 * 365 * 86400.0 + 1])
def test_the_life_of_a_waiver_is_a_length_of_time(bad: float) -> None:
    """A policy that says nothing of the kind is an error; by default it is 90 days, by nobody."""
    with pytest.raises(ValueError, match=r"expires_in_s must be 0 to 3\.1536e\+09"):
        WaiverPolicy(expires_in_s=bad)
    assert WaiverPolicy() == WaiverPolicy(roles=(), expires_in_s=7_776_000.0)
