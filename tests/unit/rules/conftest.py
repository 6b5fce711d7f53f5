"""What the tests of the rules share: a short way to write down a state."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from director.model.check import Effort, Role
from director.model.decision import Decision, Settled
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
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.model.result import Result
from director.model.standing import Condition, Standing, Waiver
from director.rules.decide import decide
from director.rules.levels import Situation
from director.rules.score import Scores, weigh, weighting_of

OUTCOMES: dict[Word, Outcome] = {
    Word.PASSED: Passed("it is so"),
    Word.WARNED: Warned("barely"),
    Word.FAILED: Failed("it is not so"),
    Word.UNKNOWN: Unknown("could not tell"),
    Word.NOT_APPLICABLE: NotApplicable("stateless"),
    Word.ERRORED: Errored("it broke", "exception"),
    Word.MISSING: Missing("no answer"),
}

Case = tuple[PlannedCheck, Outcome | None]


@dataclass(frozen=True)
class Law:
    """Builds states of the rule; every default is the plainest that holds."""

    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def outcome(self, word: str) -> Outcome:
        """Return an outcome with *word*."""
        return OUTCOMES[Word(word)]

    def planned(
        self,
        check: str,
        role: Role = Role.REQUIRED,
        category: str = "reliability",
        *,
        origin: Origin = Origin.PROFILE,
        answer: NotApplicable | Missing | None = None,
        effort: Effort = Effort.MEDIUM,
        **policy: Any,
    ) -> PlannedCheck:
        """Return a planned check; *policy* are further fields of its policy."""
        if "weight" in policy:
            policy["weight"] = Fraction(policy["weight"])
        return PlannedCheck(
            policy=CheckPolicy(check=check, category=category, role=role, **policy),
            origin=origin,
            title=f"title of {check}",
            remedy=f"mend {check}",
            effort=effort,
            answer=answer,
        )

    def result(self, check: str, outcome: Outcome, *evidence: Evidence) -> Result:
        """Return what *check* said just now."""
        return Result(check=check, outcome=outcome, started_at=self.now, evidence=evidence)

    def evidence(self, age: timedelta | None, kind: str = "declared") -> Evidence:
        """Return evidence of that age; None for undated."""
        return Evidence(EvidenceKind(kind), "somewhere", None if age is None else self.now - age)

    def settled(
        self, check: str, outcome: str, role: Role = Role.REQUIRED, **planned: Any
    ) -> Settled:
        """Return a check that counts as *outcome*."""
        said = self.outcome(outcome)
        return Settled(self.planned(check, role, **planned), self.result(check, said), said)

    def profile(
        self, *categories: Category, go: str = "0.9", conditional: str = "0.7", **fields: Any
    ) -> Profile:
        """Return a profile; budgets are 0 unless given."""
        return Profile(
            name="test",
            digest="sha256:p",
            thresholds=Thresholds(Fraction(go), Fraction(conditional)),
            categories=tuple(sorted(categories, key=lambda category: category.name)),
            **fields,
        )

    def situation(
        self, profile: Profile, *checks: Settled, excused: Iterable[str] = ()
    ) -> Situation:
        """Return everything the levels look at."""
        return Situation(profile, checks, self.weigh(profile, checks), frozenset(excused))

    def weigh(self, profile: Profile, checks: Iterable[Settled]) -> Scores:
        """Return how *checks* score."""
        checks = tuple(checks)
        return weigh(weighting_of(profile, tuple(check.planned for check in checks)), checks)

    def decide(
        self, profile: Profile, cases: Iterable[Case], standing: Standing | None = None
    ) -> Decision:
        """Return the decision on *cases*; an outcome of None is a result that never came."""
        cases = sorted(cases, key=lambda case: case[0].id)
        return decide(
            Plan(tuple(planned for planned, _ in cases), "team-x"),
            [self.result(planned.id, outcome) for planned, outcome in cases if outcome is not None],
            profile,
            standing or Standing(),
            self.now,
        )

    def fillers(self, number: int = 3) -> list[Case]:
        """Return advisory checks that passed, weigh nothing and make up the minimum."""
        return [
            (self.planned(f"zz.filler{n}", Role.ADVISORY, "filler", weight=0), Passed("ok"))
            for n in range(number)
        ]

    def waiver(
        self, check: str, expires_in: timedelta = timedelta(days=1), **fields: Any
    ) -> Waiver:
        """Return an approved waiver for *check*."""
        given: dict[str, Any] = {
            "id": f"w-{check}",
            "check": check,
            "reason": "waiting for the rig",
            "ticket": "OPS-1",
            "requested_by": "ann",
            "approved_by": "bob",
            "expires_at": self.now + expires_in,
        }
        return Waiver(**{**given, **fields})

    def condition(
        self, check: str, due_in: timedelta, closed: timedelta | None = None
    ) -> Condition:
        """Return a condition that is due in *due_in*, closed *closed* ago if that is given."""
        return Condition(
            check=check,
            owner="team-x",
            opened_at=self.now + due_in - timedelta(days=14),
            due_at=self.now + due_in,
            closed_at=None if closed is None else self.now - closed,
        )


@pytest.fixture(scope="session")
def law() -> Law:
    """Return the builder."""
    return Law()
