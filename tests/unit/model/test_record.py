"""model.record: a decision as plain values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from director.model.decision import Verdict
from director.model.record import CategoryEntry, CheckEntry, Counts, Record, Source


def entry(check: str) -> CheckEntry:
    """Return a check that passed."""
    texts = dict.fromkeys(
        (
            "title", "category", "role", "origin", "weight", "outcome", "code", "reason",
            "observed", "expected", "remedy", "effort", "plugin", "plugin_version",
        ),
        "",
    )  # fmt: skip
    plain: dict[str, Any] = {"id": check, **texts}
    return CheckEntry(said=None, started_at=None, duration_ms=0.0, **plain)


def record(environment: str = "", decision: str = "go") -> Record:
    """Return a small record."""
    texts = dict.fromkeys(
        (
            "version", "owner", "artifact", "decided_at", "valid_until", "score_exact",
            "evaluation", "trigger", "started_at", "director_version",
        ),
        "",
    )  # fmt: skip
    nothing = dict.fromkeys(("reasons", "fixes", "conditions", "waivers", "waiver_requests"), ())
    figures = dict.fromkeys(("score", "coverage", "verified", "duration_ms"), 1.0)
    plain: dict[str, Any] = {**texts, **nothing, **figures}
    counts = dict.fromkeys(
        ("passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing"), 0
    )
    categories = tuple(
        CategoryEntry(name=name, weight=1.0, floor=None, score=None, checks=(entry(f"{name}.x"),))
        for name in ("a", "b")
    )
    return Record(
        service="pay",
        decision=decision,
        pass_rate="100%",
        environment=environment,
        tier=None,
        counts=Counts(counting=2, **counts),
        categories=categories,
        previous=None,
        changed=True,
        profile=Source(name="p", digest=""),
        manifest=Source(name="pay", digest=""),
        log_dropped=0,
        **plain,
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_record_knows_its_verdict(verdict: Verdict) -> None:
    """The word of the decision is a verdict, and nothing else is."""
    assert record(decision=verdict.value).verdict is verdict
    with pytest.raises(ValueError, match="maybe"):
        assert record(decision="maybe").verdict


def test_a_record_names_its_target() -> None:
    """The environment stands behind the service where there is one."""
    assert record().target == "pay"
    assert record("production").target == "pay@production"


def test_a_record_lists_its_checks() -> None:
    """All checks, by category."""
    assert [check.id for check in record().checks] == ["a.x", "b.x"]


def test_the_document_begins_with_the_answer() -> None:
    """service, decision, pass_rate come first; the whole is plain JSON."""
    document = record().document()

    assert list(document)[:3] == ["service", "decision", "pass_rate"]
    assert json.loads(json.dumps(document, allow_nan=False))["categories"][0]["name"] == "a"
