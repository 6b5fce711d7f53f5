"""A decision as others read it: the SLSA Verification Summary Attestation.

The predicate is that of https://slsa.dev/verification_summary/v1 (fields of SLSA 1.2). What it has
no field for stands under a key of our own. An overridden NO_GO stays FAILED: who knows nothing of
overrides keeps the gate closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from director.audit.in_toto import (
    check_uri,
    compact,
    digest_set,
    profile_uri,
    statement,
    subject,
    target_uri,
    verifier_uri,
)
from director.audit.sealed import SealedEntry
from director.errors import StoreError
from director.model.decision import Verdict
from director.model.record import Record

VSA_TYPE = "https://slsa.dev/verification_summary/v1"

EXTENSION = "urn:director:decision:v1"
"""The key of the predicate that what SLSA does not know stands under."""

LEVELS = {Verdict.GO: "DIRECTOR_GO", Verdict.CONDITIONAL_GO: "DIRECTOR_CONDITIONAL_GO"}
"""The level of each verdict that opens a gate."""

PASSED = "PASSED"
FAILED = "FAILED"


def decision_statement(record: Record, entry: SealedEntry) -> bytes:
    """Return the statement on a decision.

    Args:
        record: The decision.
        entry: The same as the log has it.

    Raises:
        StoreError: They are not the same decision, or a digest in it is none.
    """
    try:
        return statement(_subjects(record), VSA_TYPE, _predicate(record, entry))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"record {record.evaluation} cannot be attested: {error}") from error


def _predicate(record: Record, entry: SealedEntry) -> dict[str, Any]:
    return {
        "verifier": verifier(record, entry.origin),
        "timeVerified": record.decided_at,
        "resourceUri": target_uri(record.service, record.environment),
        "policy": {
            "uri": profile_uri(record.profile.name),
            "digest": digest_set(record.profile.digest),
        },
        "inputAttestations": list(_results(record.evaluation, entry.body)),
        "verificationResult": PASSED if record.verdict in LEVELS else FAILED,
        "verifiedLevels": [LEVELS.get(record.verdict, FAILED)],
        EXTENSION: _extension(record, entry),
    }


def verifier(record: Record, origin: str) -> dict[str, Any]:
    """Return who decided: the Director of a log, with its version and that of each plugin."""
    plugins = {check.plugin: check.plugin_version for check in record.checks if check.plugin}
    version = {"director": record.director_version} | dict(sorted(plugins.items()))
    return {"id": verifier_uri(origin), "version": version}


def _subjects(record: Record) -> list[dict[str, Any]]:
    subjects = [subject(record.service, record.manifest.digest)]
    if record.artifact:
        subjects.append(subject("artifact", record.artifact))
    return subjects


def _results(evaluation: str, body: bytes) -> Iterator[dict[str, Any]]:
    """Yield every result, by the digest of its bytes as they stand in the log.

    They are without the facts of the evidence, which may be erased one day.
    """
    document = json.loads(body)
    if document["evaluation"] != evaluation:
        raise ValueError("the log has another one in its place")
    for category in document["categories"]:
        for check in category["checks"]:
            digest = sha256(compact(check)).hexdigest()
            yield {"uri": check_uri(evaluation, check["id"]), "digest": {"sha256": digest}}


def _extension(record: Record, entry: SealedEntry) -> dict[str, Any]:
    return {
        "decision": record.decision,
        "passRate": record.pass_rate,
        "validUntil": record.valid_until,
        "evaluation": record.evaluation,
        "conditions": [
            {
                "check": condition.check,
                "owner": condition.owner,
                "openedAt": condition.opened_at,
                "dueAt": condition.due_at,
            }
            for condition in record.conditions
            if condition.closed_at is None
        ],
        "waivers": [
            {
                "id": waiver.id,
                "check": waiver.check,
                "state": waiver.state,
                "code": waiver.code,
                "reason": waiver.reason,
                "ticket": waiver.ticket,
                "approvedBy": waiver.approved_by,
                "expiresAt": waiver.expires_at,
            }
            for waiver in record.waivers
        ],
        "log": entry.document(),
    }
