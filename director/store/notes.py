"""Notes in a database: written by the thread that writes decisions, in the same transactions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from director.model.note import Note, NoteKind
from director.store.append import Draft
from director.store.leaf import Leaf
from director.store.pages import Place

Ask: TypeAlias = Callable[[Any], Awaitable[Any]]
"""Hands a question or a job to a thread of the store, and waits for the answer."""


class Noting:
    """Notes to write; as a job it shares the transaction of the decisions that wait beside it."""

    leaves: Sequence[Leaf] = ()

    def __init__(self, notes: Sequence[Note]) -> None:
        # Of several about one thing the last one counts.
        self._notes = tuple({(note.kind, note.key): note for note in notes}.values())

    def prepare(self) -> None:
        """Nothing: they are bytes already."""

    def draw(self, draft: Draft) -> None:
        """Write them."""
        draft.pages.note(self._notes)

    def answer(self, _: dict[str, Place]) -> None:
        """Nothing: what was committed is there."""


class DatabaseNotes:
    """Keep notes in a database.

    Args:
        read: Asks the thread that reads; it is handed a question to ``Pages``.
        append: Asks the thread that writes; it is handed a job.
    """

    def __init__(self, read: Ask, append: Ask) -> None:
        self._read = read
        self._append = append

    async def one(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none.

        Raises:
            StoreError: It cannot be read.
        """
        found: Note | None = await self._read(lambda pages: pages.noted(kind, key))
        return found

    async def page(self, kind: NoteKind, after: str = "", limit: int = 1000) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by key.

        Raises:
            StoreError: They cannot be read.
        """
        found: tuple[Note, ...] = await self._read(lambda pages: pages.notes(kind, after, limit))
        return found

    async def write(self, notes: Sequence[Note]) -> None:
        """Make *notes* durable, all of them or none; one without a body is forgotten.

        Raises:
            StoreError: It is not certain that they are durable.
        """
        if notes:
            await self._append(Noting(notes))

    async def close(self) -> None:
        """Nothing: the threads are the store's, which is closed by itself."""
