"""What the tests of the formats share: records, plain and hostile."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from director.model.record import (
    CategoryEntry,
    CheckEntry,
    ConditionEntry,
    Counts,
    FixEntry,
    ReasonEntry,
    Record,
    RequestEntry,
    Source,
    WaiverEntry,
)


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

    def request(self, check: str) -> RequestEntry:
        """Return one waiver that the manifest asks for."""
        return RequestEntry(
            check=check, reason="later", ticket="OPS-2", expires_at="2026-02-01T00:00:00.000000Z"
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
