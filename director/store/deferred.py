"""A store that is opened when it is first asked: what it stands on is slow to import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime

from director.model.audit import Kept, Log, Stored, TableRow
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.record import Record
from director.model.standing import Standing
from director.ports import Store

CLOSING_S = 2.0
"""How long closing waits for a store that is still being opened, in seconds."""


class DeferredStore:
    """Opens the real store on first use, in a thread, while probes wait for the network.

    Args:
        opens: Opens it; may block.
    """

    def __init__(self, opens: Callable[[], Store]) -> None:
        self._opens = opens
        self._opening: asyncio.Task[Store] | None = None

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target."""
        return await (await self._store()).standing(service, environment)

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none."""
        return await (await self._store()).latest(service, environment)

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none."""
        return await (await self._store()).evaluation(evaluation)

    async def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none."""
        return await (await self._store()).kept(evaluation)

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted."""
        return await (await self._store()).environments(service)

    async def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted."""
        return await (await self._store()).targets()

    async def history(
        self,
        service: str,
        environment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first."""
        return await (await self._store()).history(service, environment, before, limit)

    async def casework(
        self, service: str | None = None, environment: str | None = None
    ) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first."""
        return await (await self._store()).casework(service, environment)

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Make *record* and *entries* durable together; return the record as it was read back."""
        return await (await self._store()).record(record, entries)

    async def act(
        self,
        service: str,
        environment: str,
        decide: Callable[[tuple[Entry, ...]], Sequence[Entry]],
    ) -> tuple[Entry, ...]:
        """Append what *decide* makes of a target's casework, and return it once it is durable."""
        return await (await self._store()).act(service, environment, decide)

    async def log(self) -> Log:
        """Return which audit log it is and how many entries it has."""
        return await (await self._store()).log()

    async def leaves(self, start: int = 0, limit: int = 256) -> tuple[Stored, ...]:
        """Return entries of the audit log in their order; none after the last."""
        return await (await self._store()).leaves(start, limit)

    async def since(self, seq: int, limit: int = 1000) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, by anybody, in its order."""
        return await (await self._store()).since(seq, limit)

    async def table_rows(self) -> AsyncGenerator[tuple[TableRow, ...]]:
        """Yield every row of every table as it stands at one moment, page by page."""
        async with aclosing((await self._store()).table_rows()) as pages:
            async for page in pages:
                yield page

    async def erase_evidence(self, before: datetime, entry: Callable[[int], Entry]) -> int:
        """Erase facts that no decision since *before* rests on, and return how many sets."""
        return await (await self._store()).erase_evidence(before, entry)

    async def close(self) -> None:
        """Let go of the store, if it was opened."""
        if self._opening is None:
            return
        await asyncio.wait({self._opening}, timeout=CLOSING_S)
        if self._opening.done() and self._opening.exception() is None:
            await self._opening.result().close()

    async def _store(self) -> Store:
        if self._opening is None:
            self._opening = asyncio.ensure_future(asyncio.to_thread(self._opens))
        return await asyncio.shield(self._opening)
