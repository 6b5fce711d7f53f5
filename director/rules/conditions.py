"""Which conditions stand after a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from director.model.decision import Settled, Verdict
from director.model.outcome import Passed
from director.model.standing import Condition
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """How conditions are opened.

    Attributes:
        owner: The team that answers for them.
        due_in: Time to close one.
        now: When the decision is made, aware, in UTC.
    """

    owner: str
    due_in: timedelta
    now: datetime


def carry(
    settled: Iterable[Settled], verdict: Verdict, standing: Iterable[Condition], terms: Terms
) -> tuple[Condition, ...]:
    """Return the conditions that stand after a decision, and those it closed.

    A CONDITIONAL_GO opens one for each gap. One closes when its check passes, or when the
    decision is GO. Reopened within ``due_in`` of its closing it keeps its old date, so that a
    check cannot buy time by passing once.

    Args:
        settled: Every planned check as it counts.
        verdict: The decision as it would be if nothing were overdue.
        standing: What earlier decisions left, open and closed, at most one per check.
        terms: How conditions are opened.
    """
    if not standing and verdict is not Verdict.CONDITIONAL_GO:
        return ()
    settled = tuple(settled)
    carried: dict[str, Condition] = {}
    if standing:
        checks = {check.id: check for check in settled}
        for condition in standing:
            of = checks.get(condition.check)
            carried[condition.check] = _closed(condition, of, verdict, terms.now)
    if verdict is Verdict.CONDITIONAL_GO:
        for check in settled:
            if check.gap:
                carried[check.id] = _opened(check, carried.get(check.id), terms)
    return tuple([carried[check] for check in sorted(carried)])


def without_new(
    carried: Iterable[Condition], standing: Iterable[Condition]
) -> tuple[Condition, ...]:
    """Return *carried* without what this decision opened anew, for one that became NO_GO.

    A condition that was reopened with its old date stays open: it is not new.
    """
    earlier = {condition.check: condition for condition in standing}
    return tuple(
        condition
        if condition.opened_at == earlier[condition.check].opened_at
        else earlier[condition.check]
        for condition in carried
        if condition.check in earlier
    )


def _closed(
    condition: Condition, check: Settled | None, verdict: Verdict, now: datetime
) -> Condition:
    if condition.closed_at is not None:
        return condition
    passed = check is not None and isinstance(check.outcome, Passed)
    if passed or verdict is Verdict.GO:
        return replace(condition, closed_at=now)
    return condition


def _opened(check: Settled, earlier: Condition | None, terms: Terms) -> Condition:
    if earlier is not None:
        if earlier.closed_at is None:
            return earlier
        if terms.now - earlier.closed_at <= terms.due_in:
            return replace(earlier, closed_at=None)
    return Condition(
        check=check.id,
        owner=terms.owner,
        opened_at=terms.now,
        due_at=terms.now + terms.due_in,
    )
