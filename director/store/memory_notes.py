"""Notes that live as long as their process: the reference, and the peer for tests."""

from __future__ import annotations

from collections.abc import Sequence

from director.errors import StoreError
from director.model.note import Note, NoteKind


class MemoryNotes:
    """Keep notes in memory."""

    def __init__(self) -> None:
        self._notes: dict[NoteKind, dict[str, Note]] = {kind: {} for kind in NoteKind}
        self._closed = False

    async def one(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none.

        Raises:
            StoreError: The store is closed.
        """
        return self._open()[kind].get(key)

    async def page(self, kind: NoteKind, after: str = "", limit: int = 1000) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by key.

        Raises:
            StoreError: The store is closed.
        """
        notes = self._open()[kind]
        return tuple(notes[key] for key in sorted(notes) if key > after)[:limit]

    async def write(self, notes: Sequence[Note]) -> None:
        """Keep *notes*; one without a body is forgotten.

        Raises:
            StoreError: The store is closed.
        """
        kept = self._open()
        for note in notes:
            if note.body is None:
                kept[note.kind].pop(note.key, None)
            else:
                kept[note.kind][note.key] = note

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _open(self) -> dict[NoteKind, dict[str, Note]]:
        if self._closed:
            raise StoreError("the store is closed")
        return self._notes
