"""An override as a statement of its own."""

# ruff: noqa: ANN401  # what a fixture is made of lives in a conftest

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from director.audit.attested import AttestedOverride, read
from director.audit.override_statement import override_statement
from director.audit.sealed import sealed_entry
from director.errors import StoreError
from director.model.ledger import Signature
from director.model.override import Ground, Override, OverrideStatement
from director.rules.statements import statement_text

ARMOR = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n"


def override(bureau: Any, **fields: Any) -> Override:
    """Return an override that jane signed, and that came into force."""
    now = bureau.decided_at
    stated = OverrideStatement(
        id="01JD9Z4S00000000000000000Q",
        log=bureau.origin,
        service="pay",
        environment="production",
        evaluation="01JD9Z4S00000000000000000B",
        record_digest=f"sha256:{'e' * 64}",
        manifest_digest=bureau.manifest,
        profile_digest=f"sha256:{'b' * 64}",
        grounds=(Ground("blocker", "declared.security_review"),),
        reason="der Termin steht – “fest”",
        ticket="OPS-1",
        requested_by="ann",
        requested_at=now,
        not_before=now,
        expires_at=now + timedelta(hours=8),
    )
    signature = Signature(
        principal="jane@example.com", person="jane", roles=("vp",), key="SHA256:x", armor=ARMOR
    )
    given = {"signatures": (signature,), "applied_at": now + timedelta(minutes=1)}
    return Override(statement=stated, text=statement_text(stated), **{**given, **fields})


def payload(bureau: Any, what: Override) -> bytes:
    """Return the statement on an override whose entry is the only one."""
    (seal,) = bureau.seals(b"{}")
    return override_statement(what, sealed_entry(bureau.log(), seal, b"{}"))


def test_it_carries_what_was_signed(bureau: Any) -> None:
    """The signed text and the signatures come out to the byte, beside what a reader looks for."""
    what = override(bureau)
    document = json.loads(payload(bureau, what))

    assert document["predicateType"] == "urn:director:override:v1"
    assert document["subject"] == [{"name": "pay", "digest": {"sha256": "c" * 64}}]
    predicate = document["predicate"]
    assert predicate["statement"] == what.text
    assert predicate["signatures"] == [
        {
            "principal": "jane@example.com",
            "person": "jane",
            "roles": ["vp"],
            "key": "SHA256:x",
            "armor": ARMOR,
        }
    ]
    assert predicate["namespace"] == "director-override@v1"
    assert predicate["resourceUri"] == "urn:director:target:pay@production"
    assert predicate["appliedAt"] == "2026-11-22T10:01:00.000000Z"
    assert predicate["expiresAt"] == "2026-11-22T18:00:00.000000Z"
    assert predicate["log"]["index"] == 0
    assert (predicate["ended"], predicate["endedAt"], predicate["endedBy"]) == ("", None, "")


def test_it_is_no_decision(bureau: Any) -> None:
    """Nothing in it looks like a verification that passed, and it is read as what it is."""
    what = override(bureau, ended="revoked", ended_at=bureau.valid_until, ended_by="bob")

    assert b"PASSED" not in payload(bureau, what)
    assert b"verificationResult" not in payload(bureau, what)
    assert read(payload(bureau, what)) == AttestedOverride(
        id=what.statement.id,
        resource="urn:director:target:pay@production",
        expires_at=what.statement.expires_at,
        ended="revoked",
        people=("jane",),
    )


def test_the_same_bytes_for_the_same_override(bureau: Any) -> None:
    """An override is attested twice in the same bytes."""
    assert payload(bureau, override(bureau)) == payload(bureau, override(bureau))


def test_one_that_never_came_into_force(bureau: Any) -> None:
    """A request that nobody has signed is no override."""
    with pytest.raises(StoreError, match="never came into force"):
        payload(bureau, override(bureau, signatures=(), applied_at=None))
