"""The record in one SQLite file: durable before it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection

from director.errors import StoreError
from director.model.record import Record
from director.model.standing import Standing
from director.store import statements
from director.store.codec import Entry, entry
from director.store.file import DatabaseFile, Link
from director.store.lane import Lane

_Question: TypeAlias = Callable[[Connection], Any]


def open_sqlite(path: Path, *, patience_s: float = 30.0) -> SqliteStore:
    """Open the record at *path*; make it, or bring its schema up to date, where needed.

    Blocks while it does so: call it in a thread where that matters.

    Args:
        path: The database file; missing folders are made, for the owner alone.
        patience_s: Longest wait for an answer of the store, in seconds.

    Raises:
        StoreError: It cannot be opened for writing, is something else, or was written by a
            newer Director.
    """
    file = DatabaseFile.make(path)
    file.prepare()
    return SqliteStore(file, patience_s)


class SqliteStore:
    """Keep decisions in one SQLite file; use ``open_sqlite`` to get one.

    One thread writes, and commits in one transaction all that is waiting; one thread reads.
    Several processes may use the same file.
    """

    def __init__(self, file: DatabaseFile, patience_s: float) -> None:
        self._writing = Link(file)
        self._reading = Link(file)
        self._writer: Lane[Entry, Record] = Lane(
            "store-writer", self._commit, self._writing.close, patience_s
        )
        self._reader: Lane[_Question, Any] = Lane(
            "store-reader", self._read, self._reading.close, patience_s
        )

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target.

        Raises:
            StoreError: The record cannot be read.
        """
        found: Standing = await self._reader.ask(
            lambda connection: statements.standing(connection, service, environment)
        )
        return found

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: Record | None = await self._reader.ask(
            lambda connection: statements.latest(connection, service, environment)
        )
        return found

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: Record | None = await self._reader.ask(
            lambda connection: statements.evaluation(connection, evaluation)
        )
        return found

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted; empty for none.

        Raises:
            StoreError: The record cannot be read.
        """
        found: tuple[str, ...] = await self._reader.ask(
            lambda connection: statements.environments(connection, service)
        )
        return found

    async def record(self, record: Record) -> Record:
        """Make *record* durable, with its conditions, and return it as it was read back.

        The same record again changes nothing. If the caller is cancelled meanwhile, the record
        is stored whole or not at all.

        Raises:
            StoreError: It is not certain that the record is durable, or its evaluation is
                already recorded with other content.
        """
        return await self._writer.ask(entry(record))

    async def close(self) -> None:
        """Finish what was asked and let go of the file; wait no longer than the patience."""
        await self._writer.close()
        await self._reader.close()

    def _commit(self, entries: Sequence[Entry]) -> list[Record | StoreError]:
        try:
            return self._committed(entries)
        except StoreError as error:
            # One error per caller: an exception that several tasks raise garbles its traceback.
            return [_repeated(error) for _ in entries]

    def _committed(self, entries: Sequence[Entry]) -> list[Record | StoreError]:
        """Store *entries* in one transaction, then read them back in another."""
        ids = [entry.record.evaluation for entry in entries]
        with self._writing.transaction("written", "BEGIN IMMEDIATE") as connection:
            known = statements.bodies(connection, ids)
            new: dict[str, Entry] = {}
            for one in entries:
                if one.record.evaluation not in known:
                    new.setdefault(one.record.evaluation, one)
            if new:
                statements.add(connection, list(new.values()))
        with self._writing.transaction("read back", "BEGIN") as connection:
            stored = statements.bodies(connection, ids)
        return [_acknowledged(entry, stored.get(entry.record.evaluation)) for entry in entries]

    def _read(self, questions: Sequence[_Question]) -> list[Any]:
        answers: list[Any] = []
        for question in questions:
            try:
                with self._reading.transaction("read", "BEGIN") as connection:
                    answers.append(question(connection))
            except StoreError as error:
                answers.append(error)
        return answers


def _acknowledged(entry: Entry, stored: bytes | None) -> Record | StoreError:
    """Return the record that *stored* is, or why it is not what was handed in."""
    evaluation = entry.record.evaluation
    if stored is None:
        return StoreError(f"evaluation {evaluation} was written and cannot be read back")
    if stored != entry.body:
        return StoreError(f"evaluation {evaluation} is already recorded with other content")
    return entry.record  # What the same bytes were decoded to.


def _repeated(error: StoreError) -> StoreError:
    repeated = StoreError(*error.args)
    repeated.__cause__ = error.__cause__
    return repeated
