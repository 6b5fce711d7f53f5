"""A record as what was decided on, so that the rule can be applied to it again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from director.model.check import Effort, Role
from director.model.decision import Decision
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
    Word,
)
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile, Thresholds, Unproven
from director.model.record import CheckEntry, EvidenceEntry, PolicyEntry, Record
from director.model.result import Result
from director.model.standing import Condition, Standing, Waiver
from director.model.value import dataclass
from director.rules.decide import decide
from director.rules.score import weighting_of


@dataclass(frozen=True, slots=True)
class Replay:
    """Everything that decides, as a record keeps it.

    Attributes:
        plan: The checks that had to answer.
        results: What each of them counts as.
        profile: The policy, as far as it decides.
        standing: The conditions as the decision left them, and its waivers.
        now: When it was decided, aware, in UTC.
    """

    plan: Plan
    results: tuple[Result, ...]
    profile: Profile
    standing: Standing
    now: datetime

    def decision(self) -> Decision:
        """Apply the rule."""
        return decide(self.plan, self.results, self.profile, self.standing, self.now)

    def supposing(self, outcomes: Mapping[str, Outcome]) -> Replay:
        """Return the same with other *outcomes* of some checks, just observed."""
        seen = (Evidence(EvidenceKind.DECLARED, "", self.now),)
        return replace(
            self,
            results=tuple(
                replace(result, outcome=outcomes[result.check], evidence=seen)
                if result.check in outcomes
                else result
                for result in self.results
            ),
        )


def replay_of(record: Record, policy: PolicyEntry) -> Replay:
    """Return what *record* was decided on.

    Outcomes are those that counted. To settle them once more changes none of them: what told
    was fresh, and what could not tell stays so. Conditions are those that stood afterwards: to
    carry them once more neither opens nor closes another one.

    Args:
        record: What was decided.
        policy: What it was held against.

    Raises:
        ValueError: Something in the record is not what a decision rests on.
        OverflowError: It has a date that no calendar has.
    """
    entries = sorted(record.checks, key=lambda check: check.id)
    profile = _profile(record, policy)
    checks = tuple(map(_planned, entries))
    now = datetime.fromisoformat(record.decided_at)
    return Replay(
        plan=Plan(checks, record.owner, weighting_of(profile, checks)),
        results=tuple(_result(check, now) for check in entries),
        profile=profile,
        standing=Standing(
            conditions=conditions_of(record),
            waivers=waivers_of(record),
            seen_at=datetime.fromisoformat(record.seen_at) if record.seen_at else None,
        ),
        now=now,
    )


def exact(figure: float) -> Fraction:
    """Return the decimal number that *figure* was written as in a profile.

    Through text, as profiles are read: a profile's numbers are decimals of few digits, and the
    shortest text of a float is the one it was read from, whatever its binary value is.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(str(figure))


def _profile(record: Record, policy: PolicyEntry) -> Profile:
    return Profile(
        name=record.profile.name,
        digest=record.profile.digest,
        thresholds=Thresholds(exact(policy.thresholds.go), exact(policy.thresholds.conditional)),
        minimum_checks=policy.minimum_checks,
        fail_budget=policy.fail_budget,
        warn_budget=policy.warn_budget,
        max_age_s=policy.max_age_s,
        due_in_s=policy.due_in_s,
        categories=tuple(
            Category(
                name=category.name,
                weight=exact(category.weight),
                floor=None if category.floor is None else exact(category.floor),
                minimum_checks=category.minimum_checks,
            )
            for category in record.categories
        ),
    )


def _planned(check: CheckEntry) -> PlannedCheck:
    return PlannedCheck(
        policy=CheckPolicy(
            check=check.id,
            category=check.category,
            role=Role(check.role),
            weight=exact(check.weight),
            when_unproven=Unproven(check.when_unproven),
            max_age_s=check.max_age_s,
            # What was not accepted counts as unknown already.
            not_applicable_allowed=True,
        ),
        origin=Origin(check.origin),
        title=check.title,
        remedy=check.remedy,
        effort=Effort(check.effort),
        plugin=check.plugin,
        version=check.plugin_version,
    )


_OUTCOMES: dict[Word, Callable[[CheckEntry], Outcome]] = {
    Word.PASSED: lambda check: Passed(check.reason, check.observed, check.expected),
    Word.WARNED: lambda check: Warned(check.reason, "", check.observed, check.expected),
    Word.FAILED: lambda check: Failed(check.reason, "", check.observed, check.expected, check.code),
    Word.UNKNOWN: lambda check: Unknown(check.reason, check.code),
    Word.NOT_APPLICABLE: lambda check: NotApplicable(check.reason),
    Word.ERRORED: lambda check: Errored(check.reason, check.code),
    Word.MISSING: lambda check: Missing(check.reason, check.code),
}


def _result(check: CheckEntry, now: datetime) -> Result:
    """Return what *check* counts as; the remedy that counts stands in the plan."""
    return Result(
        check=check.id,
        outcome=outcome_of(check),
        started_at=datetime.fromisoformat(check.started_at) if check.started_at else now,
        evidence=evidence_of(check),
    )


def outcome_of(check: CheckEntry) -> Outcome:
    """Return what *check* counts as."""
    return _OUTCOMES[Word(check.outcome)](check)


def evidence_of(check: CheckEntry) -> tuple[Evidence, ...]:
    """Return who stands behind what *check* said, and when it was seen; without facts."""
    return tuple(map(_evidence, check.evidence))


def _evidence(piece: EvidenceEntry) -> Evidence:
    at = datetime.fromisoformat(piece.at) if piece.at else None
    return Evidence(EvidenceKind(piece.kind), piece.source, at)


def conditions_of(record: Record) -> tuple[Condition, ...]:
    """Return the conditions of *record*: those that stand after it, and those it closed."""
    return tuple(
        Condition(
            check=condition.check,
            owner=condition.owner,
            opened_at=datetime.fromisoformat(condition.opened_at),
            due_at=datetime.fromisoformat(condition.due_at),
            closed_at=datetime.fromisoformat(condition.closed_at) if condition.closed_at else None,
        )
        for condition in record.conditions
    )


def waivers_of(record: Record) -> tuple[Waiver, ...]:
    """Return the waivers that *record* looked at."""
    return tuple(
        Waiver(
            id=waiver.id,
            check=waiver.check,
            reason=waiver.reason,
            ticket=waiver.ticket,
            requested_by=waiver.requested_by,
            approved_by=waiver.approved_by,
            expires_at=datetime.fromisoformat(waiver.expires_at),
            code=waiver.code,
            doubt=waiver.doubt,
        )
        for waiver in record.waivers
    )
