"""A record that lives as long as its process: the reference, and the peer for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Any

from director.errors import StoreError
from director.model.audit import Kept, Log, Stored, TableRow
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.record import Record
from director.model.standing import Standing
from director.store.append import Acting, Erasing, Job, Recording, Refusal, answers, append
from director.store.codec import Encoder, written
from director.store.memory_notes import MemoryNotes
from director.store.memory_pages import MemoryPages
from director.store.pages import HistoryPage
from director.store.sealing import Sealer, Sealing


class MemoryStore:
    """Keep decisions in memory, as bytes, exactly as a durable store does.

    Args:
        sealing: How the log is sealed; None for no seals.

    Attributes:
        notes: What the service must remember, beside the record.
    """

    def __init__(self, sealing: Sealing | None = None) -> None:
        self._pages = MemoryPages()
        self._sealer = Sealer("the record in memory", sealing)
        self._encoder = Encoder()
        self._closed = False
        self.notes = MemoryNotes(self._pages)

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().standing(service, environment)

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().latest(service, environment)

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none.

        Raises:
            StoreError: The store is closed.
        """
        kept = self._open().kept(evaluation)
        return None if kept is None else kept.record

    async def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().kept(evaluation)

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted; empty for none.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().environments(service)

    async def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().targets()

    async def history(
        self,
        service: str,
        environment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().history(HistoryPage(service, environment, before, limit))

    async def casework(
        self, service: str | None = None, environment: str | None = None
    ) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().casework(service, environment)

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Keep *record* and *entries* together, and return the record as it was read back.

        Raises:
            StoreError: The store is closed, something cannot be written, or is already recorded
                with other content.
        """
        self._open()
        kept: Kept = self._append(Recording(record, entries, self._encoder))
        return kept

    async def act(
        self,
        service: str,
        environment: str,
        decide: Callable[[tuple[Entry, ...]], Sequence[Entry]],
    ) -> tuple[Entry, ...]:
        """Append what *decide* makes of a target's casework, and return it.

        Raises:
            StoreError: The store is closed, or an entry cannot be written.
        """
        self._open()
        entries: tuple[Entry, ...] = self._append(Acting(service, environment, decide))
        return entries

    async def log(self) -> Log:
        """Return which audit log it is and how many entries it has.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().log()

    async def leaves(self, start: int = 0, limit: int = 256) -> tuple[Stored, ...]:
        """Return entries of the audit log in their order; none after the last.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().leaves(start, limit)

    async def since(self, seq: int, limit: int = 1000) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, in its order.

        Raises:
            StoreError: The store is closed.
        """
        return self._open().since(seq, limit)

    async def table_rows(self) -> AsyncGenerator[tuple[TableRow, ...]]:
        """Yield every row of every table, on one page.

        Raises:
            StoreError: The store is closed.
        """
        yield self._open().table_rows()

    async def erase_evidence(self, before: datetime, entry: Callable[[int], Entry]) -> int:
        """Erase facts that no decision since *before* rests on, and return how many sets of them.

        Raises:
            StoreError: The store is closed, or the entry cannot be written.
        """
        self._open()
        count: int = self._append(Erasing(written(before), entry))
        return count

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True
        await self.notes.close()

    def _open(self) -> MemoryPages:
        if self._closed:
            raise StoreError("the store is closed")
        return self._pages

    def _append(self, job: Job) -> Any:  # noqa: ANN401  # each job has its own answer
        job.prepare()
        appended = append(self._pages, [job], self._sealer)
        if appended.checkpoint:
            self._sealer.keep(appended.checkpoint)
        places = self._pages.places(leaf.id for leaf in job.leaves)
        (answer,) = answers([job], appended.refusals, places)
        if isinstance(answer, Refusal):
            raise answer.error
        return answer
