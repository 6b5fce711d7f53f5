"""What the tables must have of an entry, told from what it says; by nothing that writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeAlias

from director.audit.tampered import TamperedError
from director.model.ledger import Kind

Columns: TypeAlias = Mapping[str, object]

_OF_ENTRY = ("id", "kind", "service", "environment", "subject", "at")
_OF_DECISION = ("service", "environment", "decision", "decided_at", "valid_until")
_OF_CONDITION = ("check", "owner", "opened_at", "due_at", "closed_at")
_LATER = ("version", "pass_rate", "evidence")
"""What a record from before there was a log may lack; it is empty then."""


def entry_columns(found: dict[str, Any]) -> Columns:
    """Return the columns of ``entries`` that an entry decides."""
    if "kind" in found:
        return {name: found.get(name) for name in _OF_ENTRY}
    return {
        "id": found.get("evaluation"),
        "kind": Kind.DECISION.value,
        "service": found.get("service"),
        "environment": found.get("environment"),
        "subject": found.get("evaluation"),
        "at": found.get("decided_at"),
    }


def decision_columns(index: int, found: dict[str, Any]) -> Columns:
    """Return the columns of ``decisions`` that a record decides alone.

    Raises:
        TamperedError: It is no whole record.
    """
    manifest, profile, score = found.get("manifest"), found.get("profile"), found.get("score", 0)
    if not (isinstance(manifest, dict) and isinstance(profile, dict) and _is_number(score)):
        raise TamperedError(index, "it is no whole record")
    return {
        "seq": index,
        "id": found.get("evaluation"),
        **{name: found.get(name) for name in _OF_DECISION},
        **{name: found.get(name, "") for name in _LATER},
        "score": float(score),
        "manifest_digest": manifest.get("digest"),
        "profile_name": profile.get("name"),
        "profile_digest": profile.get("digest"),
    }


def condition_columns(index: int, found: dict[str, Any]) -> Iterator[Columns]:
    """Yield the rows of ``conditions`` that a record has the last word on, until the next.

    Raises:
        TamperedError: It is no whole record.
    """
    conditions = found.get("conditions", [])
    for each in conditions if isinstance(conditions, list) else (None,):
        row = {"service": found.get("service"), "environment": found.get("environment")}
        if isinstance(each, dict):
            row |= {name: each.get(name) for name in _OF_CONDITION}
        if len(row) == len(_OF_CONDITION) + 2 and all(
            isinstance(value, str) or (name == "closed_at" and value is None)
            for name, value in row.items()
        ):
            yield row
        else:
            raise TamperedError(index, "it is no whole record")


def _is_number(value: object) -> bool:
    return (isinstance(value, float) and isfinite(value)) or (
        type(value) is int and abs(value) < 2**53
    )
