"""Events in one line, for who tests a sink."""

from __future__ import annotations

from datetime import UTC, datetime

from director.model.decision import Verdict
from director.model.event import DecisionChanged, Stamp, Subject
from director.model.record import Counts, ReasonEntry, Record, Source

_AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
_INSTANT = "2026-01-15T09:30:00.000000Z"


def decision_changed(
    decision: str = "no_go",
    *,
    was: str = "go",
    service: str = "sample-service",
    reasons: tuple[tuple[str, str], ...] = (("a blocker failed", "mend it"),),
) -> DecisionChanged:
    """Return the event that another decision is held true of a sample service in production.

    Args:
        decision: ``go``, ``conditional_go`` or ``no_go``.
        was: What was held true before; empty for nothing.
        service: The service's name.
        reasons: Text and remedy of each reason that keeps it from GO.
    """
    subject = Subject(
        evaluation="01JHEVA0000000000000000000",
        trigger="schedule",
        service=service,
        environment="production",
        owner="team-sample",
        profile="standard",
    )
    stamp = Stamp("01JH0000000000000000000000", _AT)
    held, before = Verdict(decision), Verdict(was) if was else None
    return DecisionChanged(stamp, subject, _record(subject, decision, was, reasons), held, before)


def _record(
    subject: Subject, decision: str, was: str, reasons: tuple[tuple[str, str], ...]
) -> Record:
    failed = len(reasons)
    return Record(
        service=subject.service,
        decision=decision,
        pass_rate="88%",  # noqa: S106  # no password
        environment=subject.environment,
        version="1.0.0",
        owner=subject.owner,
        tier=1,
        artifact="",
        decided_at=_INSTANT,
        valid_until="2026-01-16T09:30:00.000000Z",
        score=0.866666,
        score_exact="13/15",
        coverage=1.0,
        verified=0.5,
        counts=Counts(
            counting=failed + 7,
            passed=7,
            warned=0,
            failed=failed,
            unknown=0,
            not_applicable=0,
            errored=0,
            missing=0,
        ),
        reasons=tuple(_reason(*each) for each in reasons),
        fixes=(),
        categories=(),
        conditions=(),
        waivers=(),
        waiver_requests=(),
        previous=was or None,
        changed=bool(was),
        profile=Source(name=subject.profile, digest="sha256:" + "a" * 64),
        manifest=Source(name=subject.service, digest="sha256:" + "b" * 64),
        evaluation=subject.evaluation,
        trigger=subject.trigger,
        started_at=_INSTANT,
        duration_ms=41.2,
        director_version="0.1.0",
        log_dropped=0,
    )


def _reason(text: str, remedy: str) -> ReasonEntry:
    return ReasonEntry(
        code="blocker",
        level=3,
        text=text,
        check="sample.check",
        category="security",
        measured="failed",
        expected="passed",
        remedy=remedy,
        effort="low",
    )
