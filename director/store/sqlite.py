"""The record in one SQLite file: durable before it is acknowledged."""

from __future__ import annotations

from pathlib import Path

from director.store.database import DatabaseStore
from director.store.file import DatabaseFile
from director.store.sealing import Sealing


def open_sqlite(
    path: Path, sealing: Sealing | None = None, *, patience_s: float = 30.0
) -> DatabaseStore:
    """Open the record at *path*; make it, or bring its schema up to date, where needed.

    Blocks while it does so: call it in a thread where that matters. Several processes may use the
    same file.

    Args:
        path: The database file; missing folders are made, for the owner alone.
        sealing: How the log is sealed; None for no seals, in a record that never had any.
        patience_s: Longest wait for an answer of the store, in seconds.

    Raises:
        StoreError: It cannot be opened for writing, is something else, or was written by a
            newer Director.
    """
    file = DatabaseFile.make(path)
    file.prepare()
    return DatabaseStore(file, sealing, patience_s)
