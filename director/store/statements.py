"""What is asked of the tables, inside a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from director.model.record import Record
from director.model.standing import Condition, Standing
from director.store.codec import Entry, decode, instant
from director.store.schema import conditions, decisions

_BODIES = select(decisions.c.id, decisions.c.body).where(
    decisions.c.id.in_(bindparam("ids", expanding=True))
)
_ADD_DECISIONS = insert(decisions)
_ADD_CONDITIONS = insert(conditions)
_DROP_CONDITIONS = delete(conditions).where(
    conditions.c.service == bindparam("of_service"),
    conditions.c.environment == bindparam("of_environment"),
    conditions.c.check == bindparam("of_check"),
)
_LATEST = (
    select(decisions.c.id, decisions.c.body)
    .where(
        decisions.c.service == bindparam("of_service"),
        decisions.c.environment == bindparam("of_environment"),
    )
    .order_by(decisions.c.seq.desc())
    .limit(1)
)
_ENVIRONMENTS = (
    select(decisions.c.environment).where(decisions.c.service == bindparam("of_service")).distinct()
)
_CONDITIONS = select(
    conditions.c.check,
    conditions.c.owner,
    conditions.c.opened_at,
    conditions.c.due_at,
    conditions.c.closed_at,
).where(
    conditions.c.service == bindparam("of_service"),
    conditions.c.environment == bindparam("of_environment"),
)


def bodies(connection: Connection, ids: Sequence[str]) -> dict[str, bytes]:
    """Return the stored bytes of those of *ids* that are stored."""
    return {row.id: row.body for row in connection.execute(_BODIES, {"ids": list(ids)})}


def add(connection: Connection, entries: Sequence[Entry]) -> None:
    """Insert new decisions, in order, and what each says of its target's conditions.

    Args:
        connection: In a transaction that writes.
        entries: None of them stored yet, no evaluation twice, at least one.
    """
    connection.execute(_ADD_DECISIONS, [_row(entry) for entry in entries])
    # A later decision of the same group has the last word on a condition.
    latest = {
        (row["service"], row["environment"], row["check"]): row
        for entry in entries
        for row in _condition_rows(entry.record)
    }
    if latest:
        # Delete and insert is the upsert that every database understands.
        connection.execute(
            _DROP_CONDITIONS,
            [
                {"of_service": service, "of_environment": environment, "of_check": check}
                for service, environment, check in latest
            ],
        )
        connection.execute(_ADD_CONDITIONS, list(latest.values()))


def latest(connection: Connection, service: str, environment: str) -> Record | None:
    """Return the last decision on a target, or None if there is none.

    Raises:
        StoreError: What is stored is no whole record.
    """
    row = connection.execute(
        _LATEST, {"of_service": service, "of_environment": environment}
    ).one_or_none()
    return None if row is None else decode(row.body, row.id)


def evaluation(connection: Connection, evaluation: str) -> Record | None:
    """Return the decision of one evaluation, or None if it has none.

    Raises:
        StoreError: What is stored is no whole record.
    """
    body = bodies(connection, [evaluation]).get(evaluation)
    return None if body is None else decode(body, evaluation)


def environments(connection: Connection, service: str) -> tuple[str, ...]:
    """Return the environments in which *service* has decisions, sorted."""
    # Sorted here: each database has its own idea of the order of texts.
    return tuple(sorted(connection.scalars(_ENVIRONMENTS, {"of_service": service})))


def standing(connection: Connection, service: str, environment: str) -> Standing:
    """Return what earlier decisions left behind for a target.

    Raises:
        StoreError: What is stored is no instant.
    """
    rows = connection.execute(_CONDITIONS, {"of_service": service, "of_environment": environment})
    # Sorted here, for the same reason.
    return Standing(
        conditions=tuple(
            Condition(
                check=row.check,
                owner=row.owner,
                opened_at=instant(row.opened_at),
                due_at=instant(row.due_at),
                closed_at=None if row.closed_at is None else instant(row.closed_at),
            )
            for row in sorted(rows, key=lambda row: row.check)
        )
    )


def _row(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "id": record.evaluation,
        "service": record.service,
        "environment": record.environment,
        "decision": record.decision,
        "decided_at": record.decided_at,
        "valid_until": record.valid_until,
        "manifest_digest": record.manifest.digest,
        "profile_name": record.profile.name,
        "profile_digest": record.profile.digest,
        "body": entry.body,
    }


def _condition_rows(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "service": record.service,
            "environment": record.environment,
            "check": condition.check,
            "owner": condition.owner,
            "opened_at": condition.opened_at,
            "due_at": condition.due_at,
            "closed_at": condition.closed_at,
        }
        for condition in record.conditions
    ]
