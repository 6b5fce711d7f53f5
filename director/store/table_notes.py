"""Notes in a table, as one transaction sees them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from director.model.note import Note, NoteKind
from director.store.schema import notes as table

_FORGET = delete(table).where(
    table.c.kind == bindparam("of_kind"), table.c.key == bindparam("of_key")
)


def noted(connection: Connection, kind: NoteKind, key: str) -> Note | None:
    """Return one note, or None if there is none."""
    asked = select(table.c.body).where(table.c.kind == kind.value, table.c.key == key)
    body = connection.scalar(asked)
    return None if body is None else Note(kind, key, bytes(body))


def noted_page(connection: Connection, kind: NoteKind, after: str, limit: int) -> tuple[Note, ...]:
    """Return notes of a kind, sorted by the bytes of their keys."""
    asked = (
        select(table.c.key, table.c.body)
        .where(table.c.kind == kind.value, table.c.key > after)
        .order_by(table.c.key)
        .limit(limit)
    )
    return tuple(Note(kind, row.key, bytes(row.body)) for row in connection.execute(asked))


def note(connection: Connection, notes: Sequence[Note]) -> None:
    """Replace or forget *notes*, each of which is about another thing."""
    connection.execute(
        _FORGET, [{"of_kind": each.kind.value, "of_key": each.key} for each in notes]
    )
    kept = [
        {"kind": each.kind.value, "key": each.key, "body": each.body}
        for each in notes
        if each.body is not None
    ]
    if kept:
        connection.execute(insert(table), kept)
