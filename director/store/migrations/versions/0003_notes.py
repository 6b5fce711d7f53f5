"""Notes: what the running service must remember over a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table; its keys are sorted by their bytes, in every database."""
    server = op.get_bind().dialect.name == "postgresql"
    text = sa.Text(collation="C") if server else sa.Text()
    op.create_table(
        "notes",
        sa.Column("kind", text, primary_key=True),
        sa.Column("key", text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
