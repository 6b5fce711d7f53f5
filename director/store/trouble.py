"""What a database or a file system says, as one line that a person can act on."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from director.errors import StoreError
from director.model.text import printable

DatabaseTrouble = (SQLAlchemyError, sqlite3.Error, OSError)
"""Everything that a database file can answer instead of working."""

_PRIMARY = 0xFF
"""SQLite refines a code in its higher bits."""

ELSEWHERE = "choose another file with --store"
"""What always remains to be done."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: (
        "another process keeps it locked",
        "wait for that process to end, then evaluate again",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then evaluate again"),
    sqlite3.SQLITE_READONLY: (
        "it cannot be written",
        f"make the file and its folder writable, or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        f"make the file and its folder writable, or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk does not read or write",
        f"look at its space, its quota and its health, or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", ELSEWHERE),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", f"restore it from a backup, or {ELSEWHERE}"),
}


def trouble(name: str, doing: str, error: Exception) -> StoreError:
    """Return what to tell about *error*, in one line.

    Args:
        name: What to call the database.
        doing: What was tried, for example ``written``.
        error: What came instead.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    said = printable(" ".join(str(cause).split()))
    if code is not None and (known := _SQLITE.get(code & _PRIMARY)):
        reason, remedy = known
        return StoreError(f"{name}: the record cannot be {doing}: {reason} ({said}); {remedy}")
    if isinstance(cause, OSError):
        said = cause.strerror or said
    return StoreError(f"{name}: the record cannot be {doing}: {said}; {ELSEWHERE}")
