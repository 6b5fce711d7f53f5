"""The tables of the record, the same for every database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

REVISIONS = ("0001",)
"""Every revision of the schema, oldest first; a test holds it against the migrations."""

HEAD = REVISIONS[-1]
"""The revision that this Director writes."""

metadata = MetaData()

decisions = Table(
    "decisions",
    metadata,
    # Order is by seq and never by time: clocks go back.
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("service", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("valid_until", Text, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("profile_name", Text, nullable=False),
    Column("profile_digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("decisions_by_target", "service", "environment", "seq"),
    sqlite_autoincrement=True,
)
"""One row per decision; ``id`` is the evaluation's ULID, ``body`` the exact bytes."""

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
