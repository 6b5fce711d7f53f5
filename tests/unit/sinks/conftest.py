"""Events of every kind, and what a line must be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from director.errors import Fault
from director.model.catalog import Disposition, Plugin
from director.model.check import Role
from director.model.decision import Verdict
from director.model.event import (
    CheckCompleted,
    ConfigRejected,
    DecisionChanged,
    DecisionMade,
    EvaluationCancelled,
    EvaluationRequested,
    EvaluationStarted,
    Event,
    PluginLoadFailed,
    PluginOutput,
    Stamp,
    Subject,
    WorkerEnded,
)
from director.model.evidence import Evidence, EvidenceKind
from director.model.ledger import Entry, Kind
from director.model.notification import Attempt, Delivery, DeliveryState
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.plan import PlannedCheck
from director.model.profile import CheckPolicy
from director.model.record import ConditionEntry, Counts, ReasonEntry, Record, Source
from director.model.result import Result
from director.model.sampling import Level
from director.model.service_event import (
    AccessDenied,
    AccessGranted,
    CaseRecorded,
    DecisionHeard,
    DirectorDegraded,
    DirectorRecovered,
    NotificationDelivered,
    NotificationDisabled,
    NotificationFailed,
    ScheduleMissed,
    Spot,
    TargetFlapping,
    TargetRegistered,
    TargetReminded,
    TargetRemoved,
    TargetSightLost,
    TargetSightRegained,
    TargetSteady,
    WatchInterrupted,
)
from director.sinks.render import Emitter
from director.sinks.schema import log_schema

NOW = datetime(2026, 1, 15, 9, 30, 0, 123456, tzinfo=UTC)
STAMP = Stamp("01JH0000000000000000000001", NOW)
SUBJECT = Subject(
    evaluation="01JHEVAL0000000000000000AA",
    trigger="manual",
    service="checkout",
    environment="production",
    version="2.7.1",
    owner="team-payments",
    tier=1,
    profile="standard",
    profile_digest="sha256:" + "a" * 64,
    manifest_digest="sha256:" + "b" * 64,
)
_ACME = Plugin(name="acme", distribution="director-acme", version="0.4.0", isolated=True)
PROBED = Evidence(
    EvidenceKind.PROBED,
    "https://checkout.example.com/healthz",
    NOW,
    (
        ("http.response.status_code", 503),
        ("server.address", "checkout.example.com"),
        ("server.port", 443),
        ("url.full", "https://checkout.example.com/healthz"),
    ),
)

MakeCheck = Callable[..., CheckCompleted]
MakeRecord = Callable[..., Record]
ReadLine = Callable[[bytes], dict[str, Any]]


def _check(outcome: Outcome, **kept: Any) -> CheckCompleted:  # noqa: ANN401  # any field
    planned = PlannedCheck(
        policy=CheckPolicy(
            check="http.health", category="reliability", role=kept.get("role", Role.REQUIRED)
        ),
        plugin=kept.get("plugin", "director-http"),
        version=kept.get("version", "1.0.0"),
    )
    result = Result(
        check="http.health",
        outcome=outcome,
        started_at=NOW,
        duration_s=kept.get("duration_s", 0.0412345),
        evidence=kept.get("evidence", (PROBED,)),
    )
    return CheckCompleted(STAMP, kept.get("subject", SUBJECT), planned, result)


def _record(**changes: Any) -> Record:  # noqa: ANN401  # any field
    blocker = ReasonEntry(
        code="blocker",
        level=3,
        text="a blocker failed",
        check="declared.security_review",
        category="security",
        measured="failed",
        expected="passed",
        remedy="do it",
        effort="low",
    )
    standing = ConditionEntry(
        check="declared.load_test",
        owner="team-payments",
        opened_at="2026-01-15T09:30:00.000000Z",
        due_at="2026-01-29T09:30:00.000000Z",
        closed_at=None,
    )
    closed = ConditionEntry(
        check="declared.runbook",
        owner="team-payments",
        opened_at="2026-01-01T09:30:00.000000Z",
        due_at="2026-01-15T09:30:00.000000Z",
        closed_at="2026-01-15T09:30:00.000000Z",
    )
    values: dict[str, Any] = {
        "service": "checkout",
        "decision": "no_go",
        "pass_rate": "88%",
        "environment": "production",
        "version": "2.7.1",
        "owner": "team-payments",
        "tier": 1,
        "artifact": "sha256:" + "c" * 64,
        "decided_at": "2026-01-15T09:30:00.000000Z",
        "valid_until": "2026-01-16T09:30:00.000000Z",
        "score": 0.866666,
        "score_exact": "13/15",
        "coverage": 1.0,
        "verified": 0.1,
        "counts": Counts(
            counting=8,
            passed=7,
            warned=0,
            failed=1,
            unknown=0,
            not_applicable=1,
            errored=0,
            missing=0,
        ),
        "reasons": (blocker,),
        "fixes": (),
        "categories": (),
        "conditions": (standing, closed),
        "waivers": (),
        "waiver_requests": (),
        "previous": "go",
        "changed": True,
        "profile": Source(name="standard", digest="sha256:" + "a" * 64),
        "manifest": Source(name="checkout", digest="sha256:" + "b" * 64),
        "evaluation": SUBJECT.evaluation,
        "trigger": "manual",
        "started_at": "2026-01-15T09:30:00.000000Z",
        "duration_ms": 41.2,
        "director_version": "0.1.0",
        "log_dropped": 2,
    }
    return Record(**values | changes)


_OUTCOMES: tuple[Outcome, ...] = (
    Passed("answered in 0.041 s", observed="0.041 s", expected="<= 0.5 s"),
    Warned("answered in 0.49 s", observed="0.49 s", expected="<= 0.5 s"),
    Failed("answered 503", observed="503", expected="200", code="bad_status"),
    Unknown("not allowed to ask", code="policy_denied"),
    NotApplicable("has no base URL"),
    Errored("the check took longer than 10 s", code="deadline"),
    Missing("the plugin is refused", code="plugin_refused"),
)

_SPOT = Spot("checkout", "production", "team-payments")
_ENTRY = Entry(
    id="01JH0000000000000000000002",
    kind=Kind.OVERRIDE_APPLIED,
    service="checkout",
    environment="production",
    at="2026-01-15T09:30:00.000000Z",
    subject="01JH0000000000000000000003",
    by="vera",
)
_DELIVERY = Delivery(
    id="01JH0000000000000000000004",
    endpoint="pager",
    event="director.decision.changed",
    subject="checkout@production",
    state=DeliveryState.FAILED,
    created_at=NOW,
    attempts=(Attempt(NOW, 0, "connection refused", 0.1), Attempt(NOW, 503, "busy", 0.2)),
)

_EVENTS: tuple[Event, ...] = (
    EvaluationRequested(STAMP, SUBJECT),
    EvaluationStarted(STAMP, SUBJECT, planned=3),
    *(_check(outcome) for outcome in _OUTCOMES),
    _check(Missing("no plugin offers it"), plugin="", version="", evidence=()),
    _check(Passed("said so"), subject=Subject(evaluation="", trigger="", service="")),
    DecisionMade(STAMP, SUBJECT, _record(), recorded=True),
    DecisionMade(STAMP, SUBJECT, _record(previous=None, decision="go"), recorded=False),
    DecisionChanged(STAMP, SUBJECT, _record(decision="conditional_go")),
    EvaluationCancelled(STAMP, SUBJECT, "interrupted", completed=1, planned=3),
    PluginLoadFailed(
        STAMP,
        Plugin(
            name="acme",
            distribution="director-acme",
            version="0.4.0",
            disposition=Disposition.BROKEN,
            code="import_failed",
            detail="ImportError: No module named 'acme'",
        ),
    ),
    PluginLoadFailed(
        STAMP,
        Plugin(name="?", distribution="", version="", disposition=Disposition.REFUSED),
    ),
    PluginOutput(STAMP, _ACME, "stderr", "it cannot be so | it is so", 12),
    PluginOutput(STAMP, _ACME, "stdout", "hello"),
    WorkerEnded(STAMP, _ACME, "crash:SIGSEGV", "its process was ended by SIGSEGV"),
    WorkerEnded(STAMP, _ACME, "closed", "it left processes behind", orphans=2),
    ConfigRejected(STAMP, Fault("readiness.yaml", 3, 7, "must be a number, got 'x'")),
    ConfigRejected(STAMP, Fault("--store", 0, 0, "must be a file, got a folder")),
    DecisionChanged(STAMP, SUBJECT, _record(decision="no_go"), Verdict.NO_GO, Verdict.GO),
    DecisionChanged(STAMP, SUBJECT, _record(decision="go"), Verdict.CONDITIONAL_GO),
    TargetRegistered(STAMP, _SPOT, "services/checkout.yaml", "every 5m"),
    TargetRegistered(STAMP, Spot("checkout", ""), "services/checkout.yaml", ""),
    TargetRemoved(STAMP, _SPOT, "services/checkout.yaml"),
    TargetReminded(STAMP, _SPOT, Level.FAIL, SUBJECT.evaluation),
    TargetFlapping(STAMP, _SPOT, 34.2),
    TargetSteady(STAMP, _SPOT, 12.0),
    TargetSightLost(STAMP, _SPOT, STAMP.at),
    TargetSightRegained(STAMP, _SPOT, Level.PASS),
    ScheduleMissed(
        stamp=STAMP, spot=_SPOT, count=1, since_at=STAMP.at, until_at=STAMP.at, reason="overlap"
    ),
    ScheduleMissed(
        stamp=STAMP, spot=_SPOT, count=70, since_at=STAMP.at, until_at=STAMP.at, reason="late"
    ),
    WatchInterrupted(stamp=STAMP, since_at=NOW, until_at=NOW, reason="down", targets=20, missed=0),
    DirectorDegraded(STAMP, "offline", "nothing that should always answer does"),
    DirectorRecovered(STAMP, "offline", "it is online again"),
    DecisionHeard(STAMP, _SPOT, _record(decision="no_go")),
    CaseRecorded(STAMP, _ENTRY),
    NotificationDelivered(STAMP, _DELIVERY),
    NotificationFailed(STAMP, _DELIVERY),
    NotificationFailed(STAMP, replace(_DELIVERY, attempts=())),
    NotificationDisabled(STAMP, "pager", "it answered 410: it wants nothing more"),
    AccessGranted(stamp=STAMP, who="ci", address="192.0.2.7", action="sign_in"),
    AccessDenied(stamp=STAMP, who="", address="192.0.2.7", action="GET /", reason="no_token"),
)


@pytest.fixture(params=_EVENTS, ids=lambda event: type(event).__name__)
def event(request: pytest.FixtureRequest) -> Event:
    """Each kind of event, in each of its shapes."""
    kind: Event = request.param
    return kind


@pytest.fixture(params=_OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    """Each outcome."""
    kind: Outcome = request.param
    return kind


@pytest.fixture(scope="session")
def make_check() -> MakeCheck:
    """Build the event of one completed check from its outcome."""
    return _check


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    """Build a record, NO_GO unless told otherwise."""
    return _record


@pytest.fixture(scope="session")
def subject() -> Subject:
    """An evaluation with everything given."""
    return SUBJECT


@pytest.fixture(scope="session")
def stamp() -> Stamp:
    """An identity and a time."""
    return STAMP


@pytest.fixture(scope="session")
def emitter() -> Emitter:
    """A Director."""
    return Emitter(version="0.1.0", instance="director-0")


@pytest.fixture(scope="session")
def read_line() -> ReadLine:
    """Read one line as the strictest reader would, and hold it against the schema."""
    validator = jsonschema.Draft202012Validator(log_schema())

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    def read(line: bytes) -> dict[str, Any]:
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert len(line) <= 8_000
        pairs: list[tuple[str, Any]] = json.loads(
            line.decode("utf-8"), parse_constant=refuse, object_pairs_hook=list
        )
        fields = dict(pairs)
        assert len(fields) == len(pairs), "a key stands twice"
        assert [error.message for error in validator.iter_errors(fields)] == []
        return fields

    return read
