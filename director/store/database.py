"""The record in a database: durable before it is acknowledged."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from director.errors import StoreError
from director.model.audit import Kept, Log, Stored, TableRow
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.record import Record
from director.model.standing import Standing
from director.store.append import Acting, Erasing, Job, Recording, Refusal
from director.store.codec import Encoder, written
from director.store.lane import Lane
from director.store.link import Database, Link
from director.store.notes import DatabaseNotes
from director.store.pages import HistoryPage, Pages
from director.store.sealing import Sealer, Sealing
from director.store.snapshot import snapshot
from director.store.table_pages import TablePages
from director.store.writer import Writer

_Question: TypeAlias = Callable[[Pages], Any]


class DatabaseStore:
    """Keep decisions in a database; use ``open_sqlite`` or ``open_postgres`` to get one.

    One thread writes, and commits in one transaction all that is waiting; one thread reads.

    Args:
        database: Where, with its schema up to date.
        sealing: How the log is sealed; None for no seals.
        patience_s: Longest wait for an answer, in seconds.

    Attributes:
        notes: What the service must remember, in the same database, by the same threads.
    """

    def __init__(self, database: Database, sealing: Sealing | None, patience_s: float) -> None:
        self._encoder = Encoder()
        self._snapshot = partial(snapshot, database, patience_s)
        self._writing = Link(database)
        self._reading = Link(database)
        writer = Writer(self._writing, Sealer(database.name, sealing))
        self._writer: Lane[Job, Any] = Lane(
            "store-writer", writer.serve, self._writing.close, patience_s
        )
        self._reader: Lane[_Question, Any] = Lane(
            "store-reader", self._read, self._reading.close, patience_s
        )
        self.notes = DatabaseNotes(self._reader.ask, self._append)

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target.

        Raises:
            StoreError: The record cannot be read.
        """
        found: Standing = await self._reader.ask(lambda pages: pages.standing(service, environment))
        return found

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: Record | None = await self._reader.ask(
            lambda pages: pages.latest(service, environment)
        )
        return found

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        kept = await self.kept(evaluation)
        return None if kept is None else kept.record

    async def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: Kept | None = await self._reader.ask(lambda pages: pages.kept(evaluation))
        return found

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted; empty for none.

        Raises:
            StoreError: The record cannot be read.
        """
        found: tuple[str, ...] = await self._reader.ask(lambda pages: pages.environments(service))
        return found

    async def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted.

        Raises:
            StoreError: The record cannot be read.
        """
        found: tuple[tuple[str, str], ...] = await self._reader.ask(lambda pages: pages.targets())
        return found

    async def history(
        self,
        service: str,
        environment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first.

        Raises:
            StoreError: The record cannot be read.
        """
        asked = HistoryPage(service, environment, before, limit)
        found: tuple[Summary, ...] = await self._reader.ask(lambda pages: pages.history(asked))
        return found

    async def casework(
        self, service: str | None = None, environment: str | None = None
    ) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: tuple[Entry, ...] = await self._reader.ask(
            lambda pages: pages.casework(service, environment)
        )
        return found

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Make *record* and *entries* durable together; return the record as it was read back.

        What is recorded already changes nothing. If the caller is cancelled meanwhile, everything
        is stored or nothing.

        Raises:
            StoreError: It is not certain that they are durable, or one of them is recorded with
                other content.
        """
        kept: Kept = await self._append(Recording(record, entries, self._encoder))
        return kept

    async def act(
        self,
        service: str,
        environment: str,
        decide: Callable[[tuple[Entry, ...]], Sequence[Entry]],
    ) -> tuple[Entry, ...]:
        """Append what *decide* makes of a target's casework, and return it once it is durable.

        Raises:
            StoreError: It is not certain that the entries are durable.
        """
        entries: tuple[Entry, ...] = await self._append(Acting(service, environment, decide))
        return entries

    async def log(self) -> Log:
        """Return which audit log it is and how many entries it has.

        Raises:
            StoreError: The record cannot be read.
        """
        found: Log = await self._reader.ask(lambda pages: pages.log())
        return found

    async def leaves(self, start: int = 0, limit: int = 256) -> tuple[Stored, ...]:
        """Return entries of the audit log in their order; none after the last.

        Raises:
            StoreError: The record cannot be read, or what is stored is damaged.
        """
        found: tuple[Stored, ...] = await self._reader.ask(lambda pages: pages.leaves(start, limit))
        return found

    async def since(self, seq: int, limit: int = 1000) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, by anybody, in its order.

        Raises:
            StoreError: The record cannot be read.
        """
        found: tuple[Appended, ...] = await self._reader.ask(lambda pages: pages.since(seq, limit))
        return found

    def table_rows(self) -> AsyncGenerator[tuple[TableRow, ...]]:
        """Yield every row of every table as it stands at one moment, page by page.

        Raises:
            StoreError: The record cannot be read.
        """
        return self._snapshot()

    async def erase_evidence(self, before: datetime, entry: Callable[[int], Entry]) -> int:
        """Erase facts that no decision since *before* rests on, and return how many sets of them.

        Raises:
            StoreError: It is not certain that they are erased.
        """
        count: int = await self._append(Erasing(written(before), entry))
        return count

    async def close(self) -> None:
        """Finish what was asked and let go of the database; wait no longer than the patience."""
        await self._writer.close()
        await self._reader.close()

    async def _append(self, job: Job) -> Any:  # noqa: ANN401  # each job has its own answer
        answer = await self._writer.ask(job)
        if isinstance(answer, Refusal):
            raise answer.error
        return answer

    def _read(self, questions: Sequence[_Question]) -> list[Any]:
        answers: list[Any] = []
        for question in questions:
            try:
                with self._reading.transaction("read") as connection:
                    answers.append(question(TablePages(connection)))
            except StoreError as error:
                answers.append(error)
        return answers
