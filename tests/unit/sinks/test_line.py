"""What a log line says about each event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from director.model.check import Role
from director.model.event import (
    CheckCompleted,
    DecisionChanged,
    DecisionMade,
    Event,
    Stamp,
    Subject,
)
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
    word,
)
from director.model.record import ConditionEntry, Record
from director.sinks.fields import FIELDS, ORDER
from director.sinks.line import instant, line

MakeCheck = Callable[..., CheckCompleted]
MakeRecord = Callable[..., Record]


def test_fields_stand_in_the_order_of_the_schema(event: Event) -> None:
    """Whatever the event, its keys follow the published order and are all published."""
    keys = list(line(event).fields)

    assert keys == [key for key in ORDER if key in keys]


def test_no_key_is_a_value_and_a_beginning() -> None:
    """No key is both a value and the beginning of another: Elastic would refuse the line."""
    beginnings = {key[:at] for key in FIELDS for at in range(len(key)) if key[at] == "."}

    assert not beginnings & set(FIELDS)


def test_keys_read_alike_everywhere() -> None:
    """Keys are lower case, dotted and flat."""
    assert all(
        part.replace("_", "").isalnum() and part == part.lower()
        for key in FIELDS
        for part in key.split(".")
    )


@pytest.mark.parametrize(
    ("said", "role", "level"),
    [
        (Passed("ok"), Role.BLOCKER, "info"),
        (NotApplicable("no database"), Role.REQUIRED, "info"),
        (Warned("slow"), Role.BLOCKER, "warning"),
        (Unknown("blind"), Role.BLOCKER, "warning"),
        (Failed("down"), Role.SHADOW, "warning"),
        (Failed("down"), Role.REQUIRED, "warning"),
        (Failed("down"), Role.BLOCKER, "error"),
        (Errored("broke", code="exception"), Role.ADVISORY, "error"),
        (Missing("nobody"), Role.ADVISORY, "error"),
    ],
)
def test_level_of_a_check(said: Outcome, role: Role, level: str, make_check: MakeCheck) -> None:
    """A level says how urgent a line is: our own errors and failed blockers are errors."""
    assert line(make_check(said, role=role)).level == level


@pytest.mark.parametrize(
    ("decision", "level"), [("go", "info"), ("conditional_go", "warning"), ("no_go", "error")]
)
def test_level_of_a_decision(
    decision: str, level: str, make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """NO_GO is an error, CONDITIONAL_GO a warning, GO information."""
    record = make_record(decision=decision)

    assert line(DecisionMade(stamp, subject, record, recorded=True)).level == level
    assert line(DecisionChanged(stamp, subject, record)).level == level


def test_check_speaks_the_words_of_the_outcome(outcome: Outcome, make_check: MakeCheck) -> None:
    """A check's line has its outcome, role, category, plugin and time in milliseconds."""
    fields = line(make_check(outcome)).fields

    assert fields["director.check.id"] == "http.health"
    assert fields["director.check.status"] == word(outcome).value
    assert fields["director.check.role"] == "required"
    assert fields["director.check.category"] == "reliability"
    assert fields["director.check.duration_ms"] == 41.234
    assert fields["director.plugin.name"] == "director-http"
    assert fields["director.plugin.version"] == "1.0.0"


def test_check_carries_its_values(make_check: MakeCheck) -> None:
    """What was observed, what was expected and why stand in keys of their own."""
    said = line(make_check(Failed("answered 503", observed="503", expected="200", code="bad")))

    assert said.message == "http.health failed: answered 503"
    assert said.fields["director.check.reason"] == "bad"
    assert said.fields["director.check.observed"] == "503"
    assert said.fields["director.check.expected"] == "200"


def test_probe_says_where_it_went(make_check: MakeCheck) -> None:
    """The first piece of probed evidence gives the address and the status code."""
    declared = Evidence(EvidenceKind.DECLARED, "wiki", None, (("url.full", "https://wiki"),))
    first = Evidence(
        EvidenceKind.PROBED, "https://a.example/x", None, (("http.response.status_code", 200),)
    )
    second = Evidence(EvidenceKind.PROBED, "https://b.example/y")

    fields = line(make_check(Passed("ok"), evidence=(declared, first, second))).fields

    assert fields["url.full"] == "https://a.example/x"
    assert fields["http.response.status_code"] == 200


@pytest.mark.parametrize("value", ["443", 1.5, True, -1])
def test_probe_fact_of_a_wrong_type_is_left_out(
    value: str | float | bool, make_check: MakeCheck
) -> None:
    """A port that is no number never reaches a reader that expects one."""
    odd = Evidence(EvidenceKind.PROBED, "https://a.example", None, (("server.port", value),))

    assert "server.port" not in line(make_check(Passed("ok"), evidence=(odd,))).fields


@pytest.mark.parametrize(
    ("said", "code"),
    [(Errored("broke", code="exception"), "exception"), (Missing("m"), "no_result")],
)
def test_our_own_errors_are_told_apart(said: Outcome, code: str, make_check: MakeCheck) -> None:
    """An errored or missing check says what went wrong with us, a failed one does not."""
    fields = line(make_check(said)).fields

    assert fields["error.type"] == code
    assert fields["error.message"] == said.reason
    assert "error.type" not in line(make_check(Failed("down"))).fields


def test_decision_tells_everything(make_record: MakeRecord, stamp: Stamp, subject: Subject) -> None:
    """A decision's line has outcome, previous, validity, counts, blockers and conditions."""
    said = line(DecisionMade(stamp, subject, make_record(), recorded=True))

    expected = {
        "director.decision.outcome": "no_go",
        "director.decision.previous": "go",
        "director.decision.changed": True,
        "director.decision.expires_at": "2026-01-16T09:30:00.000000Z",
        "director.decision.recorded": True,
        "director.decision.pass_rate": "88%",
        "director.decision.score": 0.866666,
        "director.checks.counting": 8,
        "director.checks.passed": 7,
        "director.checks.failed": 1,
        "director.checks.not_applicable": 1,
        "director.checks.missing": 0,
        "director.decision.blockers": ["declared.security_review"],
        "director.decision.conditions": ["declared.load_test"],
        "director.policy.digest": "sha256:" + "a" * 64,
        "director.artifact.digest": "sha256:" + "c" * 64,
        "director.log.dropped_count": 2,
    }
    assert {key: said.fields[key] for key in expected} == expected
    assert said.message == (
        "checkout@production: NO_GO (was GO): 88%, 7 passed, 1 failed, 1 not applicable"
    )


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, 1), (20, 20), (21, 20)])
def test_a_smaller_plan_is_said(
    number: int, shown: int, make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """A GO that asks less than the last is a warning; the message says how much less."""
    gone = tuple(f"a.c{n}" for n in range(number))
    record = make_record(decision="go")

    said = line(DecisionMade(stamp, subject, record, recorded=True, gone=gone))

    assert said.fields.get("director.decision.gone", []) == list(gone[:shown])
    assert said.level == ("warning" if number else "info")
    assert (f"; {number} checks fewer planned than before" in said.message) is bool(number)
    assert ("director.truncated" in said.fields) is (number > shown)


def test_first_decision_has_no_previous(
    make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """Where there was no decision before, none is named."""
    said = line(DecisionMade(stamp, subject, make_record(previous=None), recorded=False))

    assert "director.decision.previous" not in said.fields
    assert said.fields["director.decision.recorded"] is False
    assert "was" not in said.message


@pytest.mark.parametrize(("number", "shown"), [(19, 19), (20, 20), (21, 20)])
def test_long_lists_are_cut_aloud(
    number: int, shown: int, make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """A line names at most twenty checks, and says when it leaves some out."""
    conditions = tuple(
        ConditionEntry(check=f"a.c{n}", owner="", opened_at="", due_at="", closed_at=None)
        for n in range(number)
    )
    record = make_record(conditions=conditions)

    fields = line(DecisionMade(stamp, subject, record, recorded=True)).fields

    named = fields["director.decision.conditions"]
    assert isinstance(named, list)
    assert len(named) == shown
    assert ("director.truncated" in fields) == (number > shown)


def test_score_that_is_no_number_is_left_out(
    make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """NaN never reaches a line."""
    record = make_record(score=float("nan"))

    fields = line(DecisionMade(stamp, subject, record, recorded=True)).fields

    assert "director.decision.score" not in fields


def test_instant_is_utc_with_six_digits() -> None:
    """Every time is RFC 3339, in UTC, with microseconds, wherever it was taken."""
    there = timezone(timedelta(hours=2))
    times = [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 2, 0, 0, 1, tzinfo=there),
        datetime(2026, 1, 1, 0, 0, 1, tzinfo=timezone(timedelta())),
    ]

    shown = [instant(at) for at in times]

    assert shown == [
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T00:00:00.000001Z",
        "2026-01-01T00:00:01.000000Z",
    ]
    assert all(a < b for a, b in pairwise(shown))
