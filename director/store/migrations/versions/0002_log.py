"""One log for decisions and what happens around them; evidence is apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_ENTRIES = """
INSERT INTO entries (seq, id, kind, service, environment, subject, at, body)
SELECT row_number() OVER (ORDER BY seq) - 1, id, 'decision', service, environment, id,
       decided_at, body
FROM decisions_0001
"""

_DECISIONS = """
INSERT INTO decisions (seq, id, service, environment, version, decision, effective, override,
                       pass_rate, score, decided_at, valid_until, manifest_digest, profile_name,
                       profile_digest, evidence)
SELECT row_number() OVER (ORDER BY seq) - 1, id, service, environment,
       {version}, decision, decision, '', {pass_rate}, {score}, decided_at, valid_until,
       manifest_digest, profile_name, profile_digest, ''
FROM decisions_0001
"""

_LOG = """
INSERT INTO log (id, origin, public_key, size, trunk, seen_at)
SELECT 1, '', '', 0, {nothing}, coalesce(max(at), '') FROM entries
"""


def upgrade() -> None:
    """Move every body into the log, in the order of recording; nothing is sealed here."""
    op.drop_index("decisions_by_target", "decisions")
    op.rename_table("decisions", "decisions_0001")
    _create()
    server = op.get_bind().dialect.name == "postgresql"
    member = _in_postgres if server else _in_sqlite
    op.execute(_ENTRIES)
    op.execute(
        _DECISIONS.format(
            version=member("version", "text", "''"),
            pass_rate=member("pass_rate", "text", "''"),
            score=member("score", "double precision", "0"),
        )
    )
    op.execute(_LOG.format(nothing=r"'\x'::bytea" if server else "x''"))
    op.drop_table("decisions_0001")


def _in_postgres(name: str, kind: str, _: str) -> str:
    """Return the member *name* of a body."""
    return f"(convert_from(body, 'UTF8')::json ->> '{name}')::{kind}"


def _in_sqlite(name: str, _: str, absent: str) -> str:
    """Return the member *name* of a body; *absent* for a body that is damaged."""
    body = "CAST(body AS TEXT)"
    return (
        f"CASE WHEN json_valid({body}) "
        f"THEN coalesce(json_extract({body}, '$.{name}'), {absent}) ELSE {absent} END"
    )


def _create() -> None:
    op.create_table(
        "log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("trunk", sa.LargeBinary, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("seq", _PLACE, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("leaf", sa.LargeBinary),
        sa.Column("checkpoint", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    casework = sa.text("kind <> 'decision'")
    op.create_index(
        "casework_by_target",
        "entries",
        ["service", "environment", "seq"],
        sqlite_where=casework,
        postgresql_where=casework,
    )
    texts = (
        "id", "service", "environment", "version", "decision", "effective", "override",
        "pass_rate", "decided_at", "valid_until", "manifest_digest", "profile_name",
        "profile_digest", "evidence",
    )  # fmt: skip
    op.create_table(
        "decisions",
        sa.Column("seq", _PLACE, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("score", sa.Double, nullable=False),
    )
    op.create_index("decisions_by_target", "decisions", ["service", "environment", "seq"])
    op.create_table(
        "evidence",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("used_at", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
