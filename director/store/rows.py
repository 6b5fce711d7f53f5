"""What each table has of a leaf of the log: all of it can be told from the log alone."""

from __future__ import annotations

from typing import Any

from director.model.audit import Seal
from director.store.leaf import Leaf


def entry_row(place: int, leaf: Leaf, seal: Seal | None) -> dict[str, Any]:
    """Return the row of an entry."""
    return {
        "seq": place,
        "id": leaf.id,
        "kind": leaf.kind,
        "service": leaf.service,
        "environment": leaf.environment,
        "subject": leaf.subject,
        "at": leaf.at,
        "leaf": None if seal is None else seal.leaf,
        "checkpoint": None if seal is None else seal.checkpoint,
        "body": leaf.body,
    }


def decision_row(place: int, leaf: Leaf) -> dict[str, Any] | None:
    """Return the row that a decision is found by; None for another entry."""
    if leaf.decision is None:
        return None
    record = leaf.decision.record
    return {
        "seq": place,
        "id": leaf.id,
        "service": leaf.service,
        "environment": leaf.environment,
        "version": record.version,
        "decision": record.decision,
        "effective": leaf.decision.effective,
        "override": leaf.decision.override,
        "pass_rate": record.pass_rate,
        "score": record.score,
        "decided_at": record.decided_at,
        "valid_until": record.valid_until,
        "manifest_digest": record.manifest.digest,
        "profile_name": record.profile.name,
        "profile_digest": record.profile.digest,
        "evidence": record.evidence,
    }


def condition_rows(leaf: Leaf) -> list[dict[str, Any]]:
    """Return the rows of the conditions that a decision carries; none for another entry."""
    if leaf.decision is None:
        return []
    return [
        {
            "service": leaf.service,
            "environment": leaf.environment,
            "check": condition.check,
            "owner": condition.owner,
            "opened_at": condition.opened_at,
            "due_at": condition.due_at,
            "closed_at": condition.closed_at,
        }
        for condition in leaf.decision.record.conditions
    ]
