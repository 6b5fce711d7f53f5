"""The record in a PostgreSQL database: durable before it is acknowledged."""

from __future__ import annotations

from director.store.database import DatabaseStore
from director.store.link import Link
from director.store.sealing import Sealing
from director.store.server import DatabaseServer


def ask(dsn: str) -> None:
    """Connect to the database at *dsn* once, and make nothing there.

    Raises:
        StoreError: It cannot keep a record.
    """
    link = Link(DatabaseServer.of(dsn))
    try:
        with link.transaction("opened"):
            pass
    finally:
        link.close()


def open_postgres(
    dsn: str, sealing: Sealing | None = None, *, patience_s: float = 30.0
) -> DatabaseStore:
    """Open the record at *dsn*; make its tables, or bring them up to date, where needed.

    Blocks while it does so: call it in a thread where that matters. Any number of processes and
    machines may use the same database.

    Args:
        dsn: Where, as libpq has it, for example ``postgresql://director@db.example.com/director``.
        sealing: How the log is sealed; None for no seals, in a record that never had any.
        patience_s: Longest wait for an answer of the store, in seconds.

    Raises:
        StoreError: It cannot be opened for writing, or was written by a newer Director.
    """
    server = DatabaseServer.of(dsn)
    server.prepare()
    return DatabaseStore(server, sealing, patience_s)
