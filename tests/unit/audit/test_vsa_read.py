"""What a statement says, and whether it opens a gate."""

# ruff: noqa: ANN401  # what a fixture is made of lives in a conftest

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from director.audit.attested import (
    SKEW,
    Against,
    Attested,
    StatementError,
    Wanted,
    objections,
    read,
)
from director.audit.public_key import PublicKey
from director.audit.vsa import EXTENSION, decision_statement
from director.model.decision import Verdict

TICK = timedelta(microseconds=1)


def attested(bureau: Any, decision: str = "go", **fields: Any) -> Attested:
    """Return a decision as it is read from its statement."""
    record = bureau.record(decision, **fields)
    found = read(decision_statement(record, bureau.entry(record)))
    assert isinstance(found, Attested)
    return found


def wanted(bureau: Any, **fields: Any) -> Wanted:
    """Return what the decision of the bureau fulfils."""
    given = {
        "at": bureau.decided_at,
        "key": bureau.public,
        "manifest": bureau.manifest,
        "service": "pay",
        "environment": "production",
    }
    return Wanted(**{**given, **fields})


def codes(bureau: Any, found: Attested, **fields: Any) -> list[Against]:
    """Return why a gate stays closed."""
    return [each.code for each in objections(found, wanted(bureau, **fields))]


def test_what_it_says(bureau: Any) -> None:
    """Everything that a gate asks for is read back as it was decided."""
    found = attested(bureau, "conditional_go")

    assert found == Attested(
        service="pay",
        manifest=bureau.manifest,
        artifact=f"sha256:{'a' * 64}",
        verifier=f"urn:director:verifier:{bureau.origin}",
        resource="urn:director:target:pay@production",
        policy="urn:director:profile:baseline",
        evaluation="01JD9Z4S00000000000000000B",
        verdict=Verdict.CONDITIONAL_GO,
        passed=True,
        decided_at=bureau.decided_at,
        valid_until=bureau.valid_until,
        conditions=(("declared.load_test", "team-payments", "2026-12-06T10:00:00.000000Z"),),
    )


@pytest.mark.parametrize(
    ("decision", "expected"), [("go", []), ("conditional_go", []), ("no_go", [Against.FAILED])]
)
def test_only_what_passed_opens(bureau: Any, decision: str, expected: list[Against]) -> None:
    """GO and CONDITIONAL_GO open the gate, NO_GO does not."""
    assert codes(bureau, attested(bureau, decision)) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [(-TICK, []), (timedelta(), [Against.EXPIRED]), (TICK, [Against.EXPIRED])],
    ids=["before", "exactly", "after"],
)
def test_it_expires(bureau: Any, late: timedelta, expected: list[Against]) -> None:
    """A decision holds until just before the moment it is valid until."""
    assert codes(bureau, attested(bureau), at=bureau.valid_until + late) == expected


@pytest.mark.parametrize(
    ("early", "expected"),
    [(timedelta(), []), (SKEW, []), (SKEW + TICK, [Against.NOT_YET])],
    ids=["then", "slow clock", "before"],
)
def test_it_does_not_hold_before(bureau: Any, early: timedelta, expected: list[Against]) -> None:
    """A decision says nothing of the time before it, but for a clock that is a little slow."""
    assert codes(bureau, attested(bureau), at=bureau.decided_at - early) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"manifest": f"sha256:{'d' * 64}"}, [Against.OTHER_MANIFEST]),
        ({"manifest": f"sha256:{'a' * 64}"}, [Against.OTHER_MANIFEST]),
        ({"service": "shop"}, [Against.OTHER_TARGET, Against.OTHER_TARGET]),
        ({"environment": "staging"}, [Against.OTHER_TARGET]),
        ({"environment": ""}, [Against.OTHER_TARGET]),
        ({"manifest": "", "service": "", "environment": "staging"}, [Against.OTHER_TARGET]),
        ({"manifest": "", "service": "", "environment": "production"}, []),
        ({"manifest": "", "service": "", "environment": None}, []),
    ],
)
def test_it_is_about_one_target(
    bureau: Any, fields: dict[str, Any], expected: list[Against]
) -> None:
    """A decision opens the gate for its own manifest, service and environment alone."""
    assert codes(bureau, attested(bureau), **fields) == expected


def test_the_key_is_that_of_the_log(bureau: Any) -> None:
    """A key that names its log accepts no statement that is said to be of another one."""
    found = attested(bureau)
    other = PublicKey(bureau.key.public, "another/log")

    assert codes(bureau, found, key=other) == [Against.OTHER_VERIFIER]
    assert codes(bureau, found, key=PublicKey(bureau.key.public)) == []


def test_every_reason_is_said(bureau: Any) -> None:
    """All that is against a decision is said at once."""
    late = {"at": bureau.valid_until, "manifest": f"sha256:{'d' * 64}", "environment": "x"}

    assert codes(bureau, attested(bureau, "no_go"), **late) == [
        Against.FAILED,
        Against.EXPIRED,
        Against.OTHER_MANIFEST,
        Against.OTHER_TARGET,
    ]
    texts = [each.text for each in objections(attested(bureau), wanted(bureau, **late))]
    assert texts[0].startswith("EXPIRED: it was valid until 2026-11-23T10:00:00.000000Z")


@pytest.mark.parametrize(
    "fields",
    [
        {"verificationResult": "FAILED"},
        {"verificationResult": "passed"},
        {"verifiedLevels": ["FAILED"]},
        {"verifiedLevels": []},
        {"verifiedLevels": ["DIRECTOR_CONDITIONAL_GO"]},
        {"verifiedLevels": ["DIRECTOR_GO", "FAILED"]},
    ],
)
def test_what_contradicts_itself(bureau: Any, fields: dict[str, Any]) -> None:
    """Result, level and decision must agree, else the gate stays closed."""
    record = bureau.record()
    document = json.loads(decision_statement(record, bureau.entry(record)))
    document["predicate"].update(fields)

    found = read(json.dumps(document).encode())

    assert isinstance(found, Attested)
    assert codes(bureau, found) == [Against.FAILED]
    assert codes(bureau, replace(found, passed=True)) == []


def cut(*way: str | int) -> Callable[[dict[str, Any]], object]:
    """Return what removes a value."""

    def cut_it(document: Any) -> None:
        for step in way[:-1]:
            document = document[step]
        del document[way[-1]]

    return cut_it


def put(value: object, *way: str | int) -> Callable[[dict[str, Any]], object]:
    """Return what puts *value* in the place of another."""

    def put_it(document: Any) -> None:
        for step in way[:-1]:
            document = document[step]
        document[way[-1]] = value

    return put_it


@pytest.mark.parametrize(
    "change",
    [
        cut("_type"),
        cut("subject"),
        cut("predicate"),
        cut("predicate", EXTENSION),
        cut("predicate", EXTENSION, "validUntil"),
        cut("predicate", "verificationResult"),
        cut("predicate", "verifier"),
        put("https://in-toto.io/Statement/v0.1", "_type"),
        put([], "_type"),
        put("https://slsa.dev/provenance/v1", "predicateType"),
        put(None, "predicate"),
        put([], "subject"),
        put({}, "subject", 0, "digest"),
        put(3, "subject", 0, "name"),
        put("maybe", "predicate", EXTENSION, "decision"),
        put(["go"], "predicate", EXTENSION, "decision"),
        put("tomorrow", "predicate", EXTENSION, "validUntil"),
        put("2026-11-23T10:00:00", "predicate", EXTENSION, "validUntil"),
        put(0, "predicate", "timeVerified"),
        put([1], "predicate", EXTENSION, "conditions"),
    ],
)
def test_what_cannot_be_read(bureau: Any, change: Callable[[dict[str, Any]], object]) -> None:
    """A statement without one of its parts is none, and never half of one."""
    record = bureau.record()
    document = json.loads(decision_statement(record, bureau.entry(record)))
    assert isinstance(read(json.dumps(document).encode()), Attested)
    change(document)

    with pytest.raises(StatementError):
        read(json.dumps(document).encode())


def test_a_key_that_stands_twice(bureau: Any) -> None:
    """A statement that two readers may read differently is none, though it was signed."""
    record = bureau.record()
    payload = decision_statement(record, bureau.entry(record))
    twice = payload.replace(
        b'"verificationResult":', b'"verificationResult":"FAILED",' + b'"verificationResult":'
    )
    assert twice != payload

    with pytest.raises(StatementError, match="twice"):
        read(twice)


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"_type":1,"_type":2}']
)
def test_what_is_no_statement(payload: bytes) -> None:
    """Bytes that are no JSON object with each key once are no statement."""
    with pytest.raises(StatementError):
        read(payload)
