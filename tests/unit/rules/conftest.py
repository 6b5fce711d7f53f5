"""What the tests of the rules share: a short way to write down a state."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from director.model.check import Effort, Role
from director.model.decision import Decision, Settled
from director.model.evidence import Evidence, EvidenceKind
from director.model.ledger import Entry, Kind, Signature
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
from director.model.override import Ground, Override, OverrideStatement
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.model.proof import Proven
from director.model.record import (
    CategoryEntry,
    CheckEntry,
    Counts,
    OverridePolicyEntry,
    PolicyEntry,
    ReasonEntry,
    Record,
    Source,
    ThresholdsEntry,
    WaiverPolicyEntry,
)
from director.model.result import Result
from director.model.standing import Condition, Standing, Waiver
from director.model.waiver import Stage, WaiverCase, WaiverCode, WaiverStatement
from director.rules.decide import decide
from director.rules.levels import Situation
from director.rules.moment import instant
from director.rules.score import Scores, weigh, weighting_of
from director.rules.statements import statement_text

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


HOUR = timedelta(hours=1)
REVIEW = Ground("blocker", "declared.security_review", "security")
SCORE = Ground("score")


@dataclass(frozen=True)
class Desk:
    """Builds what people ask for and agree to; every default is one that is in force."""

    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    log: str = "production-readiness-director/01LOG"

    def statement(self, **fields: Any) -> OverrideStatement:
        """Return what was asked for an hour ago, for a day."""
        given: dict[str, Any] = {
            "id": "01O",
            "log": self.log,
            "service": "pay",
            "environment": "production",
            "evaluation": "01E",
            "record_digest": "sha256:r",
            "manifest_digest": "sha256:m",
            "profile_digest": "sha256:p",
            "grounds": (REVIEW,),
            "reason": "the regulator expects it tomorrow",
            "ticket": "OPS-1",
            "requested_by": "ann",
            "requested_at": self.now - HOUR,
            "not_before": self.now - HOUR,
            "expires_at": self.now + 23 * HOUR,
        }
        return OverrideStatement(**{**given, **fields})

    def signature(self, person: str = "jane") -> Signature:
        """Return a signature as the log keeps it."""
        return Signature(
            principal=f"{person}@x", person=person, roles=("vp",), key=person, armor="armor"
        )

    def proven(self, person: str = "jane", *roles: str, **fields: Any) -> Proven:
        """Return what a good signature proves; of a VP if no roles are given."""
        given = {"principal": f"{person}@x", "key": f"SHA256:{person}"}
        return Proven(person=person, roles=roles or ("vp",), **{**given, **fields})

    def requested(self, **fields: Any) -> Override:
        """Return an override that nobody has applied."""
        statement = self.statement(**fields)
        return Override(statement=statement, text=statement_text(statement))

    def applied(self, *people: str, **fields: Any) -> Override:
        """Return one that was applied half an hour ago, by jane if nobody is named."""
        return replace(
            self.requested(**fields),
            signatures=tuple(map(self.signature, people or ("jane",))),
            applied_at=self.now - HOUR / 2,
        )

    def policy(self, **override: Any) -> PolicyEntry:
        """Return a policy under which a VP may override for up to 72 hours."""
        given: dict[str, Any] = {
            "roles": ("vp",),
            "expires_in_s": 72 * 3600.0,
            "second_approver": (),
            "never": (),
        }
        return PolicyEntry(
            thresholds=ThresholdsEntry(go=0.9, conditional=0.7),
            minimum_checks=3,
            fail_budget=0,
            warn_budget=2,
            max_age_s=86_400.0,
            due_in_s=86_400.0,
            override=OverridePolicyEntry(**{**given, **override}),
            waivers=WaiverPolicyEntry(roles=("lead", "vp"), expires_in_s=90 * 86_400.0),
        )

    def check(self, check: str, outcome: str, role: str = "required") -> CheckEntry:
        """Return one check of a record."""
        return CheckEntry(
            id=check,
            title="",
            category="security",
            role=role,
            origin="profile",
            weight=1.0,
            outcome=outcome,
            said=None,
            code="",
            reason="",
            observed="",
            expected="",
            remedy="",
            effort="low",
            plugin="",
            plugin_version="",
            started_at=None,
            duration_ms=0.0,
        )

    def record(self, *grounds: Ground, **fields: Any) -> Record:
        """Return a NO_GO for the lack of a review, unless *grounds* or *fields* say otherwise."""
        checks = fields.pop(
            "checks",
            (
                self.check("declared.load_test", "passed"),
                self.check("declared.security_review", "failed", "blocker"),
            ),
        )
        levels = {"blocker": 3, "failed": 5, "score": 7}
        given: dict[str, Any] = {
            "service": "pay",
            "decision": "no_go",
            "pass_rate": "50%",
            "environment": "production",
            "version": "",
            "owner": "team-pay",
            "tier": None,
            "artifact": "",
            "decided_at": instant(self.now),
            "valid_until": instant(self.now + 24 * HOUR),
            "score": 0.5,
            "score_exact": "1/2",
            "coverage": 1.0,
            "verified": 0.0,
            "counts": Counts(
                counting=2,
                passed=1,
                warned=0,
                failed=1,
                unknown=0,
                not_applicable=0,
                errored=0,
                missing=0,
            ),
            "reasons": tuple(
                ReasonEntry(
                    code=ground.code,
                    level=levels.get(ground.code, 9),
                    text="",
                    check=ground.check,
                    category=ground.category,
                    measured="",
                    expected="",
                    remedy="",
                    effort=None,
                )
                for ground in grounds or (REVIEW,)
            ),
            "fixes": None,
            "categories": (
                CategoryEntry(name="security", weight=1.0, floor=None, score=0.5, checks=checks),
            ),
            "conditions": (),
            "waivers": (),
            "waiver_requests": (),
            "previous": None,
            "changed": False,
            "profile": Source(name="standard", digest="sha256:p"),
            "policy": self.policy(),
            "manifest": Source(name="pay", digest="sha256:m"),
            "evaluation": "01E",
            "trigger": "manual",
            "started_at": instant(self.now),
            "duration_ms": 1.0,
            "director_version": "0.1",
            "log_dropped": 0,
        }
        return Record(**{**given, **fields})

    def wish(self, **fields: Any) -> WaiverStatement:
        """Return a waiver that was asked for an hour ago, for a day."""
        given: dict[str, Any] = {
            "id": "01W",
            "log": self.log,
            "service": "pay",
            "environment": "production",
            "check": "declared.load_test",
            "code": WaiverCode.FIX_SCHEDULED,
            "reason": "the rig is broken",
            "ticket": "OPS-2",
            "requested_by": "ann",
            "requested_at": self.now - HOUR,
            "expires_at": self.now + 23 * HOUR,
        }
        return WaiverStatement(**{**given, **fields})

    def case(self, stage: Stage = Stage.REQUESTED, **fields: Any) -> WaiverCase:
        """Return a waiver at some stage; approved ones are by jane."""
        statement = self.wish(**fields)
        case = WaiverCase(statement=statement, text=statement_text(statement), stage=stage)
        if stage is Stage.APPROVED:
            signature = self.signature()
            return replace(case, signature=signature, settled_at=self.now, settled_by="jane")
        return case

    def entry(
        self, kind: Kind, of: OverrideStatement | WaiverStatement, ago: timedelta, **fields: Any
    ) -> Entry:
        """Return an entry about *of*, with its text and jane's signature where both belong."""
        given: dict[str, Any] = {
            "id": f"{kind}-{ago}",
            "kind": kind,
            "service": of.service,
            "environment": of.environment,
            "at": instant(self.now - ago),
            "subject": of.id,
        }
        if kind.endswith(("requested", "approved", "applied")):
            given["statement"] = statement_text(of)
        if kind.endswith(("approved", "applied")):
            given["signatures"] = (self.signature(),)
        return Entry(**{**given, **fields})


@pytest.fixture(scope="session")
def desk() -> Desk:
    """Return the builder of what people ask for."""
    return Desk()
