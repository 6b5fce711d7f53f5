"""The levels of the decision rule, one function each, from what holds to reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from fractions import Fraction

from director.model.check import Role
from director.model.decision import Reason, ReasonCode, Settled
from director.model.outcome import Warned
from director.model.profile import Profile
from director.model.standing import Condition
from director.model.value import dataclass
from director.rules.remedies import remedy
from director.rules.score import Scores
from director.rules.waive import is_failed, is_unproven

# Looked up once: a member of an enum is a function call away.
_BLOCKER, _REQUIRED = Role.BLOCKER, Role.REQUIRED


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the levels look at.

    Attributes:
        profile: The policy.
        checks: Every planned check as it counts.
        scores: Every figure.
        excused: Checks for which a waiver is in effect.
        gaps: The checks that count and have not passed, in the order of *checks*; nothing else
            can keep a decision from GO.
    """

    profile: Profile
    checks: tuple[Settled, ...]
    scores: Scores
    excused: frozenset[str]
    gaps: tuple[Settled, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gaps", tuple(check for check in self.checks if check.gap))


def reasons(situation: Situation) -> Iterator[Reason]:
    """Yield every reason of levels 2 to 7 and 9, by precedence."""
    yield from _insufficient(situation)
    if situation.gaps:
        yield from _blockers(situation)
        yield from _unproven(situation)
        yield from _failed(situation)
    yield from _floors(situation)
    yield from _score(situation)
    yield from _short_of_go(situation)


def overdue(conditions: Iterable[Condition], now: datetime) -> Iterator[Reason]:
    """Yield a reason of level 8 for each open condition past its due date."""
    for condition in conditions:
        if condition.closed_at is None and condition.due_at < now:
            due = condition.due_at.date().isoformat()
            yield Reason(
                code=ReasonCode.CONDITION_OVERDUE,
                text=f"the condition on {condition.check} was due on {due} and still stands",
                check=condition.check,
                measured=now.date().isoformat(),
                expected=f"closed by {due}",
            )


def _insufficient(situation: Situation) -> Iterator[Reason]:
    scores, needed = situation.scores, situation.profile.minimum_checks
    if scores.told < needed:
        yield _too_few(scores.told, needed)
    for category in scores.categories:
        if category.told < category.minimum_checks:
            yield _too_few(category.told, category.minimum_checks, category.name)


def _too_few(told: int, needed: int, category: str = "") -> Reason:
    place = f" in {category}" if category else ""
    return Reason(
        code=ReasonCode.INSUFFICIENT_CHECKS,
        text=f"{told} conclusive checks{place}, at least {needed} are needed",
        category=category,
        measured=str(told),
        expected=f">= {needed}",
    )


def _blockers(situation: Situation) -> Iterator[Reason]:
    for check in situation.gaps:
        if check.planned.policy.role is _BLOCKER and not isinstance(check.outcome, Warned):
            yield _about(check, ReasonCode.BLOCKER, "passed or warned")


def _unproven(situation: Situation) -> Iterator[Reason]:
    for check in situation.gaps:
        if is_unproven(check) and check.id not in situation.excused:
            yield _about(check, ReasonCode.UNPROVEN, "an answer")


def _failed(situation: Situation) -> Iterator[Reason]:
    failed = [c for c in situation.gaps if is_failed(c) and c.id not in situation.excused]
    if len(failed) > situation.profile.fail_budget:
        for check in failed:
            yield _about(check, ReasonCode.FAILED, "passed")


def _floors(situation: Situation) -> Iterator[Reason]:
    for category in situation.scores.categories:
        if category.floor is None:
            continue
        if (category.score or 0) < category.floor:
            measured = "nothing counts" if category.score is None else percent(category.score)
            yield Reason(
                code=ReasonCode.CATEGORY_FLOOR,
                text=f"{category.name} is at {measured}, its floor is {_limit(category.floor)}",
                category=category.name,
                measured=measured,
                expected=f">= {_limit(category.floor)}",
            )


def _score(situation: Situation) -> Iterator[Reason]:
    needed = situation.profile.thresholds.conditional
    if situation.scores.score < needed:
        yield _below(ReasonCode.SCORE, situation.scores.score, needed, "a CONDITIONAL_GO")


def _short_of_go(situation: Situation) -> Iterator[Reason]:
    """Yield what leaves a CONDITIONAL_GO, one reason for each clause of level 9."""
    profile, scores = situation.profile, situation.scores
    if scores.score < profile.thresholds.go:
        yield _below(ReasonCode.BELOW_GO, scores.score, profile.thresholds.go, "a GO")
    gaps = situation.gaps
    if len(gaps) > profile.warn_budget:
        budget = profile.warn_budget
        over = [check.id for check in gaps]
        text = f"{_counted(over, 'gap')}, a GO tolerates {budget}"
        yield _among(ReasonCode.WARN_BUDGET, over, text, f"<= {budget} gaps")
    required = [check.id for check in gaps if check.planned.policy.role is _REQUIRED]
    if required:
        text = f"{_counted(required, 'required check')} not passed"
        yield _among(ReasonCode.REQUIRED_GAP, required, text, "every required check passed")
    warned = [
        check.id
        for check in gaps
        if check.planned.policy.role is _BLOCKER and isinstance(check.outcome, Warned)
    ]
    if warned:
        text = f"{_counted(warned, 'blocker')} warned"
        yield _among(ReasonCode.BLOCKER_WARNED, warned, text, "every blocker passed")
    if situation.excused:
        waived = sorted(situation.excused)
        text = f"{_counted(waived, 'check')} waived"
        yield _among(ReasonCode.WAIVED, waived, text, "no waiver in effect")


def _about(check: Settled, code: ReasonCode, expected: str) -> Reason:
    """Return a reason about one check, with what it measured where it measured something."""
    outcome = check.outcome
    observed = getattr(outcome, "observed", None) or check.word.value
    wanted = getattr(outcome, "expected", None) or expected
    return Reason(
        code=code,
        text=f"{check.id} {_VERBS[check.word.value]}: {outcome.reason}",
        check=check.id,
        category=check.planned.policy.category,
        measured=observed,
        expected=wanted,
        remedy=remedy(check),
        effort=check.planned.effort,
    )


_VERBS = {
    "failed": "failed",
    "unknown": "is unknown",
    "errored": "errored",
    "missing": "is missing",
}
"""What a check did about which there is a reason of its own."""


def _below(code: ReasonCode, score: Fraction, needed: Fraction, what: str) -> Reason:
    measured, limit = percent(score), _limit(needed)
    return Reason(
        code=code,
        text=f"the score is {measured}, {what} needs {limit}",
        measured=measured,
        expected=f">= {limit}",
    )


def _counted(checks: list[str], noun: str) -> str:
    return f"{len(checks)} {noun}" if len(checks) == 1 else f"{len(checks)} {noun}s"


def _among(code: ReasonCode, checks: list[str], text: str, expected: str) -> Reason:
    return Reason(
        code=code,
        text=f"{text}: {', '.join(checks)}",
        check=checks[0] if len(checks) == 1 else "",
        measured=str(len(checks)),
        expected=expected,
    )


def percent(share: Fraction) -> str:
    """Return *share* as a percentage with one decimal, never rounded across a whole.

    99.99 % of the way is not 100 %, and a score just under its threshold does not read as met:
    the figure is cut, not rounded.
    """
    tenths = 1000 * share.numerator // share.denominator
    return f"{tenths / 10:g}%"


def _limit(share: Fraction) -> str:
    """Return a threshold as it was set: cut, it could read as met by a score that is under it."""
    return f"{100 * share.numerator / share.denominator:.10g}%"
