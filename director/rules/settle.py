"""What each result counts as, settled before anything is decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from director.model.check import Role
from director.model.decision import Settled
from director.model.outcome import (
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.plan import Plan, PlannedCheck
from director.model.profile import CheckPolicy
from director.model.result import Result

_BLOCKER = Role.BLOCKER  # Looked up once: a member of an enum is a function call away.
_CONCLUSIVE = frozenset((Passed, Warned, Failed))

REFUSED = "the profile does not accept that it does not apply: "
"""What stands before the reason of a "not applicable" that counts as unknown."""

AHEAD = timedelta(days=1)
"""How far ahead of us evidence may be dated: a date has no time zone, and somewhere it is
tomorrow already."""


def settle(plan: Plan, results: Iterable[Result], now: datetime) -> tuple[Settled, ...]:
    """Return one settled check for each planned one, in the order of the plan.

    A planned check without a result is missing. Results of checks that were not planned are
    passed over.

    Raises:
        ValueError: Two results name one check; the engine never sends such.
    """
    by_check: dict[str, Result] = {}
    for result in results:
        if result.check in by_check:
            raise ValueError(f"two results for {result.check}")
        by_check[result.check] = result
    settled = []
    for planned in plan.checks:
        answer = by_check.get(planned.policy.check)
        settled.append(Settled(planned, answer, _counted(planned, answer, now)))
    return tuple(settled)


def _counted(planned: PlannedCheck, result: Result | None, now: datetime) -> Outcome:
    """Return the outcome that counts for one check."""
    if planned.answer is not None:
        if isinstance(planned.answer, NotApplicable):
            return _exempted(planned.policy, planned.answer)
        return planned.answer
    if result is None:
        return Missing("the check gave no result")
    if isinstance(result.outcome, NotApplicable):
        return _exempted(planned.policy, result.outcome)
    return _aged(planned.policy, result, now)


def _exempted(policy: CheckPolicy, outcome: NotApplicable) -> Outcome:
    # Blanks, dashes and invisible characters are no reason.
    if not any(map(str.isalnum, outcome.reason)):
        return Unknown("said not to apply, without a reason", "no_reason")
    allowed = policy.not_applicable_allowed
    if allowed is None:
        allowed = policy.role is not _BLOCKER
    if allowed:
        return outcome
    return Unknown(
        f"{REFUSED}{outcome.reason}",
        "not_applicable_refused",
    )


def _aged(policy: CheckPolicy, result: Result, now: datetime) -> Outcome:
    """Return the outcome, or unknown where its evidence is too old or its age cannot be told.

    Only what could tell rests on its evidence.
    """
    outcome = result.outcome
    if type(outcome) not in _CONCLUSIVE:
        return outcome
    dates = []
    for evidence in result.evidence:
        if evidence.at is not None:
            dates.append(evidence.at)  # noqa: PERF401  # nearly always there is none
    if not dates and policy.undated_allowed:
        return outcome
    if dates and max(dates) - now > AHEAD:
        return Unknown(f"evidence is dated {_day(max(dates))}, in the future", "future_evidence")
    max_age_s = policy.max_age_s
    if max_age_s is not None and dates and now - min(dates) > timedelta(seconds=max_age_s):
        oldest = f"at most {max_age_s / 86400:g} days old"
        return Unknown(f"evidence is of {_day(min(dates))}, must be {oldest}", "stale")
    if not policy.undated_allowed and (not dates or len(dates) < len(result.evidence)):
        return Unknown("evidence has no date, and the profile wants one", "undated")
    return outcome


def _day(at: datetime) -> str:
    return at.date().isoformat()
