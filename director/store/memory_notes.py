"""Notes that live as long as their process: the reference, and the peer for tests."""

from __future__ import annotations

from collections.abc import Sequence

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.store.memory_pages import MemoryPages


class MemoryNotes:
    """Keep notes in memory.

    Args:
        pages: Where; None for tables of their own.
    """

    def __init__(self, pages: MemoryPages | None = None) -> None:
        self._pages = pages or MemoryPages()
        self._closed = False

    async def one(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none.

        Raises:
            StoreError: The notes are closed.
        """
        return self._open().noted(kind, key)

    async def page(self, kind: NoteKind, after: str = "", limit: int = 1000) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by key.

        Raises:
            StoreError: The notes are closed.
        """
        return self._open().notes(kind, after, limit)

    async def write(self, notes: Sequence[Note]) -> None:
        """Keep *notes*; one without a body is forgotten.

        Raises:
            StoreError: The notes are closed.
        """
        self._open().note(notes)

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _open(self) -> MemoryPages:
        if self._closed:
            raise StoreError("the store is closed")
        return self._pages
