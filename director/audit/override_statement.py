"""An override as others read it: a statement of its own, beside that of the NO_GO it forces open.

It carries what people signed and their signatures. Whose keys those are, and whether they may
override, nobody can read in it: that is for the reader's own signers.
"""

from __future__ import annotations

from typing import Any

from director.audit.in_toto import statement, subject, target_uri, verifier_uri
from director.audit.sealed import SealedEntry
from director.errors import StoreError
from director.model.override import Override
from director.rules.moment import instant
from director.rules.statements import OVERRIDE_NAMESPACE

OVERRIDE_PREDICATE = "urn:director:override:v1"


def override_statement(override: Override, entry: SealedEntry) -> bytes:
    """Return the statement on an override that came into force.

    Args:
        override: Which, with everything that became of it.
        entry: The entry of the log that brought it into force.

    Raises:
        StoreError: It cannot be attested.
    """
    stated = override.statement
    if override.applied_at is None:
        raise StoreError(f"override {stated.id} cannot be attested: it never came into force")
    predicate: dict[str, Any] = {
        "verifier": {"id": verifier_uri(entry.origin)},
        "resourceUri": target_uri(stated.service, stated.environment),
        "override": stated.id,
        "evaluation": stated.evaluation,
        "notBefore": instant(stated.not_before),
        "expiresAt": instant(stated.expires_at),
        "appliedAt": instant(override.applied_at),
        "ended": override.ended,
        "endedAt": None if override.ended_at is None else instant(override.ended_at),
        "endedBy": override.ended_by,
        "namespace": OVERRIDE_NAMESPACE,
        "statement": override.text,
        "signatures": [
            {
                "principal": each.principal,
                "person": each.person,
                "roles": list(each.roles),
                "key": each.key,
                "armor": each.armor,
            }
            for each in override.signatures
        ],
        "log": entry.document(),
    }
    try:
        subjects = [subject(stated.service, stated.manifest_digest)]
        return statement(subjects, OVERRIDE_PREDICATE, predicate)
    except ValueError as error:
        raise StoreError(f"override {stated.id} cannot be attested: {error}") from error
