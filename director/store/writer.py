"""What the writing thread of a database does: a group in one transaction, then a look at it."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any

from director.errors import StoreError
from director.store.append import Appended, Job, Refusal, answers, append, last_checkpoint, prepared
from director.store.link import Link, LostConnectionError, UnknownOutcomeError
from director.store.pages import Place
from director.store.sealing import Sealer
from director.store.table_pages import TablePages

_SEARCH_S = 10.0
"""How long to look for a server that was lost while it committed."""

_AGAIN_S = 0.2


class Writer:
    """Appends groups of jobs.

    Args:
        link: The connection of its thread.
        sealer: Seals what is appended.
    """

    def __init__(self, link: Link, sealer: Sealer) -> None:
        self._link = link
        self._sealer = sealer

    def serve(self, jobs: Sequence[Job]) -> list[Any]:
        """Return the answer or the refusal of each of *jobs*, once it is certain."""
        refusals = prepared(jobs)
        ready = [job for job, refusal in zip(jobs, refusals, strict=True) if refusal is None]
        certain = iter(self._certain(ready))
        return [next(certain) if refusal is None else refusal for refusal in refusals]

    def _certain(self, jobs: Sequence[Job]) -> list[Any]:
        if not jobs:
            return []
        try:
            return self._served(jobs)
        except StoreError as error:
            # One error per caller: an exception that several tasks raise garbles its traceback.
            return [Refusal(_repeated(error)) for _ in jobs]

    def _served(self, jobs: Sequence[Job]) -> list[Any]:
        try:
            appended = self._append(jobs)
        except UnknownOutcomeError as error:
            return self._looked_up(jobs, error)
        if not appended.has_grown and any(job.leaves for job in jobs):
            self._link.settle()  # Found; whether it ever came to the disk is not known.
        if appended.checkpoint:
            self._sealer.keep(appended.checkpoint)
        return answers(jobs, appended.refusals, self._places(jobs, writing=False))

    def _append(self, jobs: Sequence[Job]) -> Appended:
        try:
            return self._appended(jobs)
        except LostConnectionError:  # An idle one, as after a restart of the server.
            return self._appended(jobs)

    def _appended(self, jobs: Sequence[Job]) -> Appended:
        with self._link.transaction("written", writing=True) as connection:
            return append(TablePages(connection), jobs, self._sealer)

    def _looked_up(self, jobs: Sequence[Job], error: StoreError) -> list[Any]:
        """Return the answers of what was committed although nobody said so; refuse the others.

        Only a transaction that writes can tell: it waits for the one whose end is not known.
        """
        try:
            places = self._found(jobs)
        except StoreError:
            raise error from error.__cause__
        if places:
            self._secure()
        found: list[Any] = []
        for job in jobs:
            stored = job.leaves and all(
                leaf.id in places and places[leaf.id].body == leaf.body for leaf in job.leaves
            )
            found.append(job.answer(places) if stored else Refusal(_repeated(error)))
        return found

    def _found(self, jobs: Sequence[Job]) -> dict[str, Place]:
        """Return what is stored of *jobs*; wait a while for a server that is started again."""
        give_up_at = monotonic() + _SEARCH_S
        while True:
            try:
                return self._places(jobs, writing=True)
            except LostConnectionError:
                if monotonic() > give_up_at:
                    raise
                sleep(_AGAIN_S)

    def _secure(self) -> None:
        """Make what was found durable, here and in the anchor, as after any other commit."""
        self._link.settle()
        with self._link.transaction("read back") as connection:
            checkpoint = last_checkpoint(TablePages(connection))
        if checkpoint:
            self._sealer.keep(checkpoint)

    def _places(self, jobs: Sequence[Job], *, writing: bool) -> dict[str, Place]:
        ids = [leaf.id for job in jobs for leaf in job.leaves]
        with self._link.transaction("read back", writing=writing) as connection:
            return TablePages(connection).places(ids)


def _repeated(error: StoreError) -> StoreError:
    repeated = StoreError(*error.args)
    repeated.__cause__ = error.__cause__
    return repeated
