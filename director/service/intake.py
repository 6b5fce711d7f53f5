"""What is to be evaluated: taken durably or refused at once, and begun in a fair order."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.model.service import Intake, RefusalCode, Refused, Taken, Wanted
from director.model.value import dataclass
from director.ports import Clock
from director.ports.notes import Notes
from director.service.watch import Watch

MOST_WAITING = 1000
"""How many evaluations that somebody asked for may wait."""

AT_ONCE = 256
"""How many evaluations run at the same time; how many probes do is the engine's to say."""

RESERVED = AT_ONCE // 5
"""How many of these the schedule leaves to who asks."""


@dataclass(frozen=True, slots=True)
class Work:
    """One evaluation to be made.

    Attributes:
        watch: Of which target.
        evaluation: Its ULID.
        wanted: What asked for it.
        due_s: When the schedule wanted it, in seconds since the epoch; None if something else did.
    """

    watch: Watch
    evaluation: str
    wanted: Wanted
    due_s: float | None = None


class Line:
    """Where evaluations wait, and what runs them.

    A target is in the line at most once. What somebody asked for is durable before it is taken;
    what the schedule wants is not: the schedule itself wants it again.

    Args:
        notes: Where what was taken is remembered.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
        run: Makes one evaluation; raises nothing but ``CancelledError``.

    Attributes:
        done: What needs to be remembered no more.
        closing: Whether nothing is begun any more.
    """

    def __init__(
        self,
        notes: Notes,
        clock: Clock,
        new_id: Callable[[datetime], str],
        run: Callable[[Work], Awaitable[None]],
    ) -> None:
        self._notes = notes
        self._clock = clock
        self._new_id = new_id
        self._run = run
        self._asked: deque[Work] = deque()
        self._due: deque[Work] = deque()
        self._taking = 0
        self._running: dict[str, Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._kept: set[str] = set()
        self.done: list[Note] = []
        self.closing = False

    @property
    def waiting(self) -> int:
        """How many evaluations wait."""
        return len(self._asked) + len(self._due) + self._taking

    @property
    def running(self) -> int:
        """How many evaluations run."""
        return len(self._running)

    def work(self, evaluation: str) -> tuple[Work, bool] | None:
        """Return the work with that identity and whether it runs, or None if it is not here."""
        if evaluation in self._running:
            return self._running[evaluation], True
        for lane in (self._asked, self._due):
            for work in lane:
                if work.evaluation == evaluation:
                    return work, False
        return None

    async def take(self, watch: Watch, wanted: Wanted) -> Intake:
        """Take an evaluation, durably, or refuse it."""
        if self.closing:
            return Refused(RefusalCode.STOPPING, "the service is stopping", 30.0)
        if watch.pending:
            return await self._join(watch, wanted)
        if len(self._asked) + self._taking >= MOST_WAITING:
            text = f"{MOST_WAITING} evaluations wait already"
            return Refused(RefusalCode.QUEUE_FULL, text, 5.0)
        evaluation = watch.pending = self._new_id(self._clock.now())
        work = Work(watch, evaluation, wanted)
        self._taking += 1
        try:
            await self._remember(work)
        except StoreError as error:
            watch.pending = ""
            return _not_recorded(error)
        except asyncio.CancelledError:
            # Whoever asked is gone, and what was asked may be durable: it is done all the same.
            self._put(work)
            raise
        finally:
            self._taking -= 1
        self._put(work)
        return Taken(evaluation)

    async def _join(self, watch: Watch, wanted: Wanted) -> Intake:
        """Take what waits or runs already as the answer, and make that durable, too."""
        evaluation = watch.pending
        if evaluation not in self._kept:
            try:
                await self._remember(Work(watch, evaluation, wanted))
            except StoreError as error:
                return _not_recorded(error)
            if watch.pending != evaluation:
                # It ended meanwhile, and nobody would forget the note.
                self._forget(evaluation)
        return Taken(evaluation, joined=True)

    async def _remember(self, work: Work) -> None:
        self._kept.add(work.evaluation)
        try:
            await self._notes.write([_noted(work)])
        except StoreError:
            self._kept.discard(work.evaluation)
            raise

    def _forget(self, evaluation: str) -> None:
        if evaluation in self._kept:
            self._kept.discard(evaluation)
            self.done.append(Note(NoteKind.REQUEST, evaluation, None))

    def resume(self, watch: Watch, evaluation: str, wanted: Wanted) -> None:
        """Put into the line what was taken before the service ended."""
        watch.pending = evaluation
        self._kept.add(evaluation)
        self._put(Work(watch, evaluation, wanted))

    def due(self, watch: Watch, wanted: Wanted, due_s: float) -> bool:
        """Take what the schedule wants; return False if there is no room."""
        if self.closing or len(self._due) >= MOST_WAITING:
            return False
        evaluation = watch.pending = self._new_id(self._clock.now())
        self._due.append(Work(watch, evaluation, wanted, due_s))
        self._start()
        return True

    async def close(self, within_s: float) -> None:
        """Begin nothing more, and wait a while for what runs; then end it.

        What was taken and not done stays remembered, and is done after the next start.
        """
        self.closing = True
        self._asked.clear()
        self._due.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _put(self, work: Work) -> None:
        if not self.closing:
            self._asked.append(work)
            self._start()

    def _start(self) -> None:
        """Begin what there is room for; the schedule leaves some of it to who asks."""
        while not self.closing:
            if self._asked and len(self._running) < AT_ONCE:
                work = self._asked.popleft()
            elif self._due and len(self._running) < AT_ONCE - RESERVED:
                work = self._due.popleft()
            else:
                return
            self._running[work.evaluation] = work
            self._begin(self._done(work))

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done(self, work: Work) -> None:
        try:
            await self._run(work)
            self._forget(work.evaluation)
        finally:
            del self._running[work.evaluation]
            if work.watch.pending == work.evaluation:
                work.watch.pending = ""
            self._start()


def _not_recorded(error: StoreError) -> Refused:
    return Refused(RefusalCode.NOT_RECORDED, f"it could not be recorded: {error}", 10.0)


def _noted(work: Work) -> Note:
    wanted = work.wanted
    body = {
        "service": wanted.service,
        "environment": wanted.environment,
        "trigger": wanted.trigger,
        "cause": wanted.cause,
    }
    return Note(NoteKind.REQUEST, work.evaluation, json.dumps(body).encode())


def wanted_in(note: Note) -> Wanted | None:
    """Return what was asked for as *note* remembers it; None if it cannot be read."""
    try:
        body = json.loads(note.body or b"")
        return Wanted(**{name: str(body[name]) for name in _WANTED})
    except (ValueError, KeyError, TypeError):
        return None


_WANTED = ("service", "environment", "trigger", "cause")
