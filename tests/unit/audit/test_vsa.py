"""A decision as a SLSA verification summary."""

# ruff: noqa: ANN401  # what a fixture is made of lives in a conftest

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from director.audit.vsa import EXTENSION, decision_statement
from director.errors import StoreError
from director.model.record import Source


def said(bureau: Any, record: Any) -> Any:
    """Return the statement on *record*, read."""
    return json.loads(decision_statement(record, bureau.entry(record)))


def test_the_statement(bureau: Any) -> None:
    """The statement has every field that the specifications require, with the values of ours."""
    record = bureau.record()
    document = said(bureau, record)

    assert list(document) == ["_type", "subject", "predicateType", "predicate"]
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert document["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert document["subject"] == [
        {"name": "pay", "digest": {"sha256": "c" * 64}},
        {"name": "artifact", "digest": {"sha256": "a" * 64}},
    ]
    predicate = document["predicate"]
    assert predicate["verifier"] == {
        "id": f"urn:director:verifier:{bureau.origin}",
        "version": {"director": "0.1.0", "director-declared": "1.0", "director-http": "2.0"},
    }
    assert predicate["timeVerified"] == record.decided_at
    assert predicate["resourceUri"] == "urn:director:target:pay@production"
    assert predicate["policy"] == {
        "uri": "urn:director:profile:baseline",
        "digest": {"sha256": "b" * 64},
    }


@pytest.mark.parametrize(
    ("decision", "result", "level"),
    [
        ("go", "PASSED", "DIRECTOR_GO"),
        ("conditional_go", "PASSED", "DIRECTOR_CONDITIONAL_GO"),
        ("no_go", "FAILED", "FAILED"),
    ],
)
def test_what_was_decided(bureau: Any, decision: str, result: str, level: str) -> None:
    """Only GO and CONDITIONAL_GO passed, and each has a level of its own."""
    predicate = said(bureau, bureau.record(decision))["predicate"]

    assert predicate["verificationResult"] == result
    assert predicate["verifiedLevels"] == [level]
    assert predicate[EXTENSION]["decision"] == decision


def test_every_result_is_named(bureau: Any) -> None:
    """There is one input for each check, and its digest is over bytes that stand in the log."""
    record = bureau.record()
    inputs = said(bureau, record)["predicate"]["inputAttestations"]

    body = bureau.entry(record).body
    results = [
        json.dumps(check, ensure_ascii=False, separators=(",", ":")).encode()
        for category in json.loads(body)["categories"]
        for check in category["checks"]
    ]
    assert all(result in body for result in results)
    assert "für".encode() in results[0]
    assert [each["digest"]["sha256"] for each in inputs] == [
        sha256(result).hexdigest() for result in results
    ]
    prefix = f"urn:director:evaluation:{record.evaluation}:check:"
    assert [each["uri"] for each in inputs] == [f"{prefix}http.health", f"{prefix}declared.sla"]


def test_what_slsa_has_no_field_for(bureau: Any) -> None:
    """Under our own key stand validity, conditions that stand, waivers, and the leaf in the log."""
    record = bureau.record(
        conditions=(bureau.condition("a.b"), bureau.condition("c.d", "2026-11-22T10:00:00.000000Z"))
    )
    entry = bureau.entry(record)
    extension = said(bureau, record)["predicate"][EXTENSION]

    assert extension["validUntil"] == record.valid_until
    assert (extension["evaluation"], extension["passRate"]) == (record.evaluation, "100%")
    assert extension["conditions"] == [
        {
            "check": "a.b",
            "owner": "team-payments",
            "openedAt": "2026-11-22T10:00:00.000000Z",
            "dueAt": "2026-12-06T10:00:00.000000Z",
        }
    ]
    (waiver,) = extension["waivers"]
    assert (waiver["check"], waiver["state"], waiver["approvedBy"], waiver["ticket"]) == (
        "declared.alerts",
        "in_effect",
        "bob",
        "OPS-1",
    )
    assert extension["log"] == {
        "origin": bureau.origin,
        "index": 1,
        "leaf": "sha256:" + sha256(b"\0" + entry.body).hexdigest(),
        "checkpoint": entry.seal.checkpoint,
    }


def test_the_same_bytes_for_the_same_decision(bureau: Any) -> None:
    """A decision is attested twice in the same bytes, also after its evidence was erased."""
    record = bureau.record()
    entry = bureau.entry(record)
    bare = bureau.without(
        record,
        categories=tuple(
            bureau.without(
                category,
                checks=tuple(
                    bureau.without(
                        check,
                        evidence=tuple(bureau.without(e, facts={}) for e in check.evidence),
                    )
                    for check in category.checks
                ),
            )
            for category in record.categories
        ),
    )

    assert bare != record
    assert decision_statement(record, entry) == decision_statement(bare, entry)
    assert b"\n" not in decision_statement(record, entry)


def test_without_environment_and_artifact(bureau: Any) -> None:
    """Who names no environment is the service alone, and who names no artifact has one subject."""
    document = said(bureau, bureau.record(environment="", artifact=""))

    assert document["predicate"]["resourceUri"] == "urn:director:target:pay"
    assert [each["name"] for each in document["subject"]] == ["pay"]


def test_names_stay_names(bureau: Any) -> None:
    """A name with signs of its own makes no URI that another target has."""
    document = said(bureau, bureau.record(service="a@b", environment="c/d e"))

    assert document["predicate"]["resourceUri"] == "urn:director:target:a%40b@c%2Fd%20e"


def test_a_check_that_nobody_answered(bureau: Any) -> None:
    """A check whose plugin is gone is an input all the same, and adds no version."""
    missing = bureau.check("gone.check", outcome="missing", plugin="", plugin_version="")
    predicate = said(bureau, bureau.record("no_go", missing))["predicate"]

    assert len(predicate["inputAttestations"]) == 1
    assert predicate["verifier"]["version"] == {"director": "0.1.0"}


@pytest.mark.parametrize("digest", ["", "sha256:", f"sha256:{'C' * 64}", f"md5:{'c' * 64}"])
def test_a_digest_that_is_none(bureau: Any, digest: str) -> None:
    """What cannot be bound to the bytes of a manifest is not attested."""
    record = bureau.record(manifest=Source(name="pay", digest=digest))

    with pytest.raises(StoreError, match="cannot be attested: a digest must be"):
        said(bureau, record)


def test_another_decision_in_its_place(bureau: Any) -> None:
    """A decision is not attested with the seal of another."""
    record = bureau.record()
    other = bureau.record(evaluation="01JD9Z4S00000000000000000C")

    with pytest.raises(StoreError, match="another one in its place"):
        decision_statement(record, bureau.entry(other))
