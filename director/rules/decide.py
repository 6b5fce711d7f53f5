"""From results to a decision. Pure: no clock, no network, no log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from director.model.decision import Decision, Reason, Settled, Verdict, WaiverState, WaiverUse
from director.model.plan import Plan
from director.model.profile import Profile
from director.model.result import Result
from director.model.standing import Condition, Standing
from director.model.weighting import Weighting
from director.rules.conditions import Terms, carry, without_new
from director.rules.fixes import shortest_fixes
from director.rules.levels import Situation, overdue, reasons
from director.rules.score import is_conclusive, weigh, weighting_of
from director.rules.settle import settle
from director.rules.waive import excused, waiver_uses

_LAST_LEVEL_OF_NO_GO = 8


def decide(
    plan: Plan, results: Iterable[Result], profile: Profile, standing: Standing, now: datetime
) -> Decision:
    """Combine *results* into one decision about the *planned* checks.

    The first level of the rule that matches decides; the reasons list every level that holds,
    so that nobody signs blind. Silence is not consent: a planned check without a result is
    missing, and an empty plan is NO_GO.

    Args:
        plan: The checks that must answer.
        results: At most one per planned check, in any order.
        profile: The policy.
        standing: Conditions and approved waivers that earlier decisions left.
        now: When the decision is made, aware, in UTC.

    Raises:
        ValueError: Two results name one check, or *now* has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    seen_at = _ahead(standing, now)
    checks = settle(plan, results, now)
    uses = waiver_uses(checks, profile, standing.waivers, seen_at or now)
    scores = weigh(_weighting(plan, profile), checks)
    situation = Situation(profile, checks, scores, excused(uses))
    found = tuple(reasons(situation))
    terms = Terms(plan.owner, timedelta(seconds=profile.due_in_s), now)
    verdict = _verdict(found)
    conditions = carry(checks, verdict, standing.conditions, terms)
    late = tuple(overdue(conditions, seen_at or now))
    if late:
        conditions = without_new(conditions, standing.conditions)
        found = tuple(sorted((*found, *late), key=lambda reason: reason.code.level))
        verdict = _verdict(found)
    return Decision(
        verdict=verdict,
        decided_at=now,
        valid_until=min(_expiries(situation, uses, conditions, now)),
        reasons=found,
        score=scores.score,
        coverage=scores.coverage,
        verified=scores.verified,
        counting=sum([check.counts for check in checks]),
        categories=scores.categories,
        conditions=conditions,
        waivers=uses,
        fixes=shortest_fixes(situation) if found else (),
        seen_at=seen_at,
    )


def _ahead(standing: Standing, now: datetime) -> datetime | None:
    """Return the latest moment that the record has seen, if the clock is behind it.

    Waivers and due dates are then judged by that one: a clock that is set back revives nothing.
    """
    seen_at = standing.seen_at
    return None if seen_at is None or seen_at <= now else seen_at


def _weighting(plan: Plan, profile: Profile) -> Weighting:
    """Return what the checks weigh: as the plan knows it, if it was made for this profile."""
    known = plan.weighting
    if known is not None and known.fits(profile, plan.checks):
        return known
    return weighting_of(profile, plan.checks)


def _verdict(found: Iterable[Reason]) -> Verdict:
    levels = [reason.code.level for reason in found]
    if any(level <= _LAST_LEVEL_OF_NO_GO for level in levels):
        return Verdict.NO_GO
    return Verdict.CONDITIONAL_GO if levels else Verdict.GO


def _expiries(
    situation: Situation,
    uses: Iterable[WaiverUse],
    conditions: Iterable[Condition],
    now: datetime,
) -> Iterator[datetime]:
    """Yield every moment at which something the decision rests on runs out."""
    yield now + timedelta(seconds=situation.profile.max_age_s)
    for use in uses:
        if use.state is WaiverState.IN_EFFECT:
            yield use.waiver.expires_at
    for condition in conditions:
        # One that is overdue has closed the gate already, and adds nothing.
        if condition.closed_at is None and condition.due_at >= now:
            yield condition.due_at
    for check in situation.checks:
        max_age_s = check.planned.policy.max_age_s
        if max_age_s is not None:
            yield from _evidence_expiries(check, timedelta(seconds=max_age_s))


def _evidence_expiries(check: Settled, max_age: timedelta) -> Iterator[datetime]:
    """Yield when the evidence of *check* gets too old, where the decision rests on it.

    It rests on what counts and could tell: older evidence has made its check unknown already.
    """
    if check.result is None or not check.counts or not is_conclusive(check):
        return
    for evidence in check.result.evidence:
        if evidence.at is not None:
            yield evidence.at + max_age
