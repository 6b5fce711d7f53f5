"""What the tests of the formats share: records, plain and hostile."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from director.model.decision import Verdict
from director.model.ledger import Signature
from director.model.override import (
    Effective,
    Override,
    OverrideState,
    OverrideStatement,
    OverrideUse,
)
from director.model.record import (
    CategoryEntry,
    CheckEntry,
    ConditionEntry,
    Counts,
    FixEntry,
    PolicyEntry,
    ReasonEntry,
    Record,
    RequestEntry,
    Source,
    ThresholdsEntry,
    WaiverEntry,
)
from director.model.report import Judged

OVERRIDE = "01JH000000000000000000000A"


class Desk:
    """Writes records; every default is the plainest that holds."""

    def check(self, check: str, outcome: str = "passed", **fields: Any) -> CheckEntry:
        """Return one check; one that has not passed has a remedy."""
        given: dict[str, Any] = {
            "id": check,
            "title": f"title of {check}",
            "category": "reliability",
            "role": "required",
            "origin": "profile",
            "weight": "1",
            "outcome": outcome,
            "said": None,
            "code": "" if outcome == "passed" else outcome,
            "reason": f"reason of {check}",
            "observed": "",
            "expected": "",
            "remedy": "" if outcome in ("passed", "not_applicable") else f"mend {check}",
            "effort": "medium",
            "plugin": "director-declared",
            "plugin_version": "0.1.0",
            "started_at": "2026-01-15T09:30:00.000000Z",
            "duration_ms": 1.5,
        }
        return CheckEntry(**{**given, **fields})

    def category(self, *checks: CheckEntry, **fields: Any) -> CategoryEntry:
        """Return one category."""
        given: dict[str, Any] = {
            "name": "reliability",
            "weight": "1",
            "floor": None,
            "score": 0.866666,
        }
        return CategoryEntry(**{**given, **fields}, checks=checks)

    def reason(self, text: str, level: int = 9, **fields: Any) -> ReasonEntry:
        """Return one reason."""
        given: dict[str, Any] = {
            "code": "below_go",
            "check": "",
            "category": "",
            "measured": "86.6%",
            "expected": ">= 90%",
            "remedy": "",
            "effort": None,
        }
        return ReasonEntry(**{**given, **fields}, text=text, level=level)

    def fix(self, check: str, effort: str = "high") -> FixEntry:
        """Return one fix."""
        return FixEntry(check=check, title=f"title of {check}", remedy="mend it", effort=effort)

    def condition(self, check: str, **fields: Any) -> ConditionEntry:
        """Return one open condition."""
        given: dict[str, Any] = {
            "owner": "team-payments",
            "opened_at": "2026-01-15T09:30:00.000000Z",
            "due_at": "2026-01-29T09:30:00.000000Z",
            "closed_at": None,
        }
        return ConditionEntry(**{**given, **fields}, check=check)

    def waiver(self, check: str, **fields: Any) -> WaiverEntry:
        """Return one approved waiver."""
        given: dict[str, Any] = {
            "id": "w1",
            "state": "in_effect",
            "reason": "waiting for the rig",
            "ticket": "OPS-1",
            "requested_by": "ann",
            "approved_by": "bob",
            "expires_at": "2026-02-01T00:00:00.000000Z",
        }
        return WaiverEntry(**{**given, **fields}, check=check)

    def request(self, check: str, **fields: Any) -> RequestEntry:
        """Return one waiver that the manifest asks for."""
        given: dict[str, Any] = {
            "reason": "later",
            "ticket": "OPS-2",
            "expires_at": "2026-02-01T00:00:00.000000Z",
        }
        return RequestEntry(**{**given, **fields}, check=check)

    def override(self, id_: str = OVERRIDE, **fields: Any) -> Override:
        """Return one override that jane has signed, and that holds until 2026-01-16 03:00 UTC.

        Args:
            id_: Which.
            fields: Others than those of its statement say what became of it.
        """
        at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
        became = {"signatures", "applied_at", "ended_at", "ended", "ended_by"}
        asked: dict[str, Any] = {
            "log": "log",
            "service": "payment-service",
            "environment": "production",
            "evaluation": "01JH0000000000000000000001",
            "record_digest": "sha256:r",
            "manifest_digest": "sha256:m",
            "profile_digest": "sha256:p",
            "grounds": (),
            "reason": "the fair opens on Friday",
            "ticket": "OPS-123",
            "requested_by": "sam",
            "requested_at": at,
            "not_before": at,
            "expires_at": datetime(2026, 1, 16, 3, tzinfo=UTC),
        }
        asked |= {name: value for name, value in fields.items() if name not in became}
        given: dict[str, Any] = {"signatures": (self.signature("jane"),), "applied_at": at}
        given |= {name: value for name, value in fields.items() if name in became}
        return Override(statement=OverrideStatement(**asked, id=id_), text="", **given)

    def signature(self, person: str) -> Signature:
        """Return what *person* has signed."""
        return Signature(
            principal=f"{person}@example.com",
            person=person,
            roles=("vp",),
            key="SHA256:k",
            armor="armor",
        )

    def use(self, state: OverrideState, why: str = "", **fields: Any) -> OverrideUse:
        """Return an override that does not open the gate, and why."""
        return OverrideUse(self.override(**fields), state, why)

    def forced(self, record: Record | None = None, **fields: Any) -> Judged:
        """Return a NO_GO that jane has forced open, or who is given.

        Args:
            record: What was decided; the NO_GO of ``refused`` by default.
            fields: ``approvers`` and ``others`` of the effective decision, ``recorded`` and
                ``expired``; the rest is of the override.
        """
        apart = {"recorded": True, "expired": False, "approvers": ("jane",), "others": ()}
        given: dict[str, Any] = {name: fields.pop(name, apart[name]) for name in apart}
        acted = Effective(Verdict.GO, self.override(**fields), given["others"], given["approvers"])
        return Judged(
            record or self.refused(), given["recorded"], expired=given["expired"], effective=acted
        )

    def idle(self, *uses: OverrideUse, record: Record | None = None, **fields: Any) -> Judged:
        """Return a decision, a NO_GO by default, on a target with overrides that do not count."""
        found = record or self.refused()
        return Judged(found, True, effective=Effective(found.verdict, None, uses), **fields)

    def refused(self, **fields: Any) -> Record:
        """Return a NO_GO: a blocker and a required check have failed, an advisory one too."""
        review = self.check("declared.security_review", "failed", role="blocker", line=7)
        health = self.check("declared.healthcheck", "failed", line=4)
        test = self.check("declared.load_test", "failed", role="advisory")
        given: dict[str, Any] = {
            "reasons": (
                self.reason("the blocker has failed", 3, code="blocker", check=review.id),
                self.reason("a required check has failed", 5, code="failed", check=health.id),
                self.reason("the score is 10%, needed are 70%", 7, code="score"),
                self.reason("the score is 10%, a GO needs 90%"),
            ),
            "categories": (self.category(review, health, test, self.check("declared.logging")),),
            "fixes": (self.fix(review.id),),
        }
        return self.record("no_go", **{**given, **fields})

    def policy(self, go: float = 0.9, conditional: float = 0.7) -> PolicyEntry:
        """Return a policy with these thresholds."""
        return PolicyEntry(
            thresholds=ThresholdsEntry(go=go, conditional=conditional),
            minimum_checks=3,
            fail_budget=0,
            warn_budget=2,
            max_age_s=86400.0,
            due_in_s=1209600.0,
        )

    def record(self, decision: str = "go", **fields: Any) -> Record:
        """Return a record of *decision*."""
        plain = Record(
            service="payment-service",
            decision=decision,
            pass_rate="88%",
            environment="production",
            version="2.7.1",
            owner="team-payments",
            tier=1,
            artifact="",
            decided_at="2026-01-15T09:30:00.000000Z",
            valid_until="2026-01-16T09:30:00.000000Z",
            score=0.866666,
            score_exact="13/15",
            coverage=1.0,
            verified=0.25,
            counts=Counts(
                counting=8,
                passed=7,
                warned=0,
                failed=1,
                unknown=0,
                not_applicable=0,
                errored=0,
                missing=0,
            ),
            reasons=(),
            fixes=(),
            categories=(self.category(self.check("declared.logging")),),
            conditions=(),
            waivers=(),
            waiver_requests=(),
            previous=None,
            changed=True,
            profile=Source(name="baseline", digest="sha256:p"),
            manifest=Source(name="payment-service", digest="sha256:m"),
            evaluation="01JH0000000000000000000001",
            trigger="manual",
            started_at="2026-01-15T09:30:00.000000Z",
            duration_ms=12.5,
            director_version="0.1.0",
            log_dropped=0,
        )
        return replace(plain, **fields)

    def conditional(self, **fields: Any) -> Record:
        """Return the payment service of the brief: ready but for its load test."""
        given: dict[str, Any] = {
            "reasons": (self.reason("the score is 86.6%, a GO needs 90%"),),
            "fixes": (self.fix("declared.load_test"),),
            "categories": (
                self.category(
                    self.check("declared.healthcheck"),
                    self.check(
                        "declared.load_test",
                        "failed",
                        role="advisory",
                        remedy="Run a load test.",
                        effort="high",
                    ),
                    floor=0.5,
                    score=0.5,
                ),
            ),
            "conditions": (self.condition("declared.load_test"),),
        }
        return self.record("conditional_go", **{**given, **fields})


@pytest.fixture(scope="session")
def desk() -> Desk:
    """Return the desk."""
    return Desk()
