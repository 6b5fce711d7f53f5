"""The tables of the record, the same for every database."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

REVISIONS = ("0001", "0002", "0003")
"""Every revision of the schema, oldest first; a test holds it against the migrations."""

HEAD = REVISIONS[-1]
"""The revision that this Director writes."""

metadata = MetaData()

_PLACE = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite's own row number is an ``INTEGER``; no other type is one."""

NOT_A_DECISION = text("kind <> 'decision'")
"""Which entries the index of the casework has; a query must say it in the same words."""

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("trunk", LargeBinary, nullable=False),
    Column("seen_at", Text, nullable=False),
)
"""One row with the id 1: the audit log as far as it is sealed, and the latest moment in it."""

entries = Table(
    "entries",
    metadata,
    # Order is by seq and never by time: clocks go back.
    Column("seq", _PLACE, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("leaf", LargeBinary),
    Column("checkpoint", Text),
    Column("body", LargeBinary, nullable=False),
)
"""One row per leaf of the log, from 0 without a gap; ``body`` has the exact bytes.

``leaf`` and ``checkpoint`` are null in what was recorded before there were seals, until the next
entry is appended.
"""

Index(
    "casework_by_target",
    entries.c.service,
    entries.c.environment,
    entries.c.seq,
    # PostgreSQL's index has the same condition, by its migration; to say so here would import the
    # whole dialect, 30 ms, where there is no PostgreSQL.
    sqlite_where=NOT_A_DECISION,
)

decisions = Table(
    "decisions",
    metadata,
    Column("seq", _PLACE, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("effective", Text, nullable=False),
    Column("override", Text, nullable=False),
    Column("pass_rate", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("valid_until", Text, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("profile_name", Text, nullable=False),
    Column("profile_digest", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Index("decisions_by_target", "service", "environment", "seq"),
)
"""One row per decision, to find it by; it is the entry with the same ``seq``."""

evidence = Table(
    "evidence",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("used_at", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The facts of decisions, compressed, once for each digest; ``used_at`` is the last decision's."""

conditions = Table(
    "conditions",
    metadata,
    Column("service", Text, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("check", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("closed_at", Text),
)
"""The last word on each condition of a target; ``closed_at`` is null while it stands."""

notes = Table(
    "notes",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What the running service must remember; nothing of it is in the audit log."""
