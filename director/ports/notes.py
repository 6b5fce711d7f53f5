"""Floor 2: where the service keeps what it must remember over a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from director.model.note import Note, NoteKind


class Notes(Protocol):
    """Small things that are replaced or forgotten; decisions are in the ``Store``."""

    async def one(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none.

        Raises:
            StoreError: It cannot be read.
        """
        ...

    async def page(self, kind: NoteKind, after: str = "", limit: int = 1000) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by key.

        Args:
            kind: Which.
            after: The last key of the page before; empty for the first page.
            limit: How many at most, at least 1.

        Raises:
            StoreError: They cannot be read.
        """
        ...

    async def write(self, notes: Sequence[Note]) -> None:
        """Make *notes* durable, all of them or none; one without a body is forgotten.

        Raises:
            StoreError: It is not certain that they are durable.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...
