"""Bring a database to the schema of this Director; imported only if it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from director.errors import StoreError

FOLDER = Path(__file__).parent / "migrations"


def configured(connection: Connection | None = None) -> Config:
    """Return alembic's configuration, which needs no file."""
    config = Config()
    # Alembic expands per cent signs; a path may have some.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run every migration that is missing.

    Args:
        connection: In a transaction that writes, so that a database has the old schema or the
            new one and never something between; the caller commits.

    Raises:
        StoreError: The database has a revision that this Director does not know.
    """
    try:
        command.upgrade(configured(connection), "head")
    except CommandError as error:
        raise StoreError(f"the record's schema cannot be brought up to date: {error}") from error
