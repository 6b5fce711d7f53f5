"""One thread that answers for a slow thing, in groups, so that asyncio never waits on a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from director.errors import StoreError
from director.model.text import printable
from director.model.value import dataclass

Job = TypeVar("Job")
Answer = TypeVar("Answer")

_LARGEST_GROUP = 256
"""Enough to share one fsync, few enough that the first of them does not wait long."""


@dataclass(frozen=True, slots=True)
class _Ticket(Generic[Job, Answer]):
    """A job, with who waits for its answer: a loop, in which alone the answer may be set."""

    job: Job
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Answer]


class Lane(Generic[Job, Answer]):
    """Serve jobs on one thread, everything that is waiting at once.

    The thread starts with the first job. It is a daemon: a disk that hangs must not keep the
    process from ending, and a commit is atomic wherever it is cut off.

    Args:
        name: The thread, as debuggers show it.
        serve: Answers a group of jobs, one answer or error for each, in order. If it raises,
            each job of the group is given to it alone, and the one it raises for is refused: a
            job may be served twice.
        finish: Lets go of what ``serve`` holds; runs last, on the same thread.
        patience_s: Longest wait for an answer, and for the end, in seconds.
    """

    def __init__(
        self,
        name: str,
        serve: Callable[[Sequence[Job]], Sequence[Answer | StoreError]],
        finish: Callable[[], None],
        patience_s: float,
    ) -> None:
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._serve = serve
        self._finish = finish
        self._patience_s = patience_s
        self._queue: SimpleQueue[_Ticket[Job, Answer] | None] = SimpleQueue()
        self._ended: Future[None] = Future()
        self._ended.set_running_or_notify_cancel()  # Nobody who waits can cancel it.
        self._closed = False

    async def ask(self, job: Job) -> Answer:
        """Return the answer to *job*.

        If the caller is cancelled, a job that has begun still runs to its end.

        Raises:
            StoreError: That is the answer, it took too long, or the lane is closed.
        """
        if self._closed:
            raise StoreError("the store is closed")
        if self._thread.ident is None:
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._queue.put(_Ticket(job, loop, answer))
        try:
            async with asyncio.timeout(self._patience_s):
                return await answer
        except TimeoutError as error:
            raise StoreError(
                f"the store did not answer within {self._patience_s:g} s; look at its disk"
            ) from error

    async def close(self) -> None:
        """Serve what was asked, then end; wait for that no longer than the patience."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        if self._thread.ident is not None:
            await asyncio.wait({asyncio.wrap_future(self._ended)}, timeout=self._patience_s)

    def _run(self) -> None:
        group: list[_Ticket[Job, Answer]] = []
        try:
            while group := self._next_group():
                # Who was cancelled, or has lost patience, waits no more.
                begun = [one for one in group if not one.answer.done()]
                if begun:
                    _tell(begun, self._served(begun))
        finally:
            # Reached through an error only if that is a defect of ours; nobody must wait for ever.
            self._closed = True
            left = (*group, *self._rest())
            _tell(left, [StoreError("the store ended before it answered") for _ in left])
            try:
                self._finish()
            finally:
                self._ended.set_result(None)

    def _served(self, tickets: Sequence[_Ticket[Job, Answer]]) -> Sequence[Answer | StoreError]:
        """Return one answer for each ticket, whatever comes of serving them."""
        try:
            answers = self._serve([ticket.job for ticket in tickets])
            if len(answers) != len(tickets):
                raise RuntimeError(f"{len(answers)} answers to {len(tickets)} questions")  # noqa: TRY301  # as any other
        except Exception as error:  # noqa: BLE001  # one bad question must not end the lane
            if len(tickets) > 1:  # Nobody knows whose fault it is: each is served alone.
                return [answer for ticket in tickets for answer in self._served([ticket])]
            words = ": ".join(filter(None, ("the store failed", type(error).__name__, str(error))))
            refusal = StoreError(printable(words))
            refusal.__cause__ = error
            return [refusal]
        return answers

    def _next_group(self) -> list[_Ticket[Job, Answer]]:
        """Wait for a job and return all that are there; nothing when it is time to end."""
        group: list[_Ticket[Job, Answer]] = []
        ticket = self._queue.get()
        try:
            while ticket is not None:
                group.append(ticket)
                if len(group) == _LARGEST_GROUP:
                    return group
                ticket = self._queue.get_nowait()
        except Empty:
            return group
        if group:
            self._queue.put(None)  # The end comes after this group.
        return group

    def _rest(self) -> list[_Ticket[Job, Answer]]:
        rest = []
        while not self._queue.empty():
            if (ticket := self._queue.get()) is not None:
                rest.append(ticket)
        return rest


def _tell(tickets: Sequence[_Ticket[Job, Answer]], answers: Sequence[Answer | StoreError]) -> None:
    """Hand out answers: to wake each loop once costs less than to wake it for each of them."""
    parts: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Any]]] = {}
    for ticket, answer in zip(tickets, answers, strict=True):
        parts.setdefault(ticket.loop, []).append((ticket.answer, answer))
    for loop, part in parts.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, part)


def _settle(part: Sequence[tuple[asyncio.Future[Answer], Any]]) -> None:
    for future, answer in part:
        if future.done():
            continue
        if isinstance(answer, StoreError):
            future.set_exception(answer)
        else:
            future.set_result(answer)
