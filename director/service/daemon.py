"""The running service: everything that watches targets, begun and ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from director.errors import StoreError
from director.model.event import ConfigRejected, Stamp
from director.model.note import Note, NoteKind
from director.model.service import Stage, Wanted
from director.model.service_event import (
    DirectorDegraded,
    DirectorRecovered,
    TargetRegistered,
    TargetRemoved,
    WatchInterrupted,
)
from director.rules.grid import phase_s
from director.service import keeping, resuming
from director.service.folder import Seen
from director.service.intake import Line, Work
from director.service.looks import Looks, latest_of
from director.service.news import News
from director.service.pulse import Pulse
from director.service.register import Difference, Register
from director.service.rounds import Means, Rounds
from director.service.scheduler import Scheduler
from director.service.view import Parts, View
from director.service.watch import Watch
from director.service.world import World

FOLDER_S = 2.0
"""How often the folder is looked at, in seconds."""

KEEP_S = 1.0
"""How often what changed is written down, and the record's tail is read, in seconds."""

BEAT_S = 5.0
"""How often it is written down that the service lives, in seconds."""

_GUARD_S = 5.0
_STOP_S = 10.0
_A_SECOND = 100
"""How many targets are evaluated for the first time per second."""

_LONGEST_SPREAD_S = 300.0

_FORGOTTEN_AT_ONCE = 500
"""So much of what is done is forgotten in one transaction of a start."""

_FEW = 50
"""So many targets are looked up one by one; for more, everything that is remembered is read."""


class Service:
    """Watches the targets of a folder; made where an event loop runs.

    Args:
        world: What it stands on.

    Attributes:
        view: What others see of it.
        failed: Has the exception, if a defect of ours ends the watching.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._register = Register()
        self._looks = Looks(world.publish, world.clock, world.new_id)
        self._news = News(world.store, world.memory, self._register, self._looks, world.publish)
        self._pulse = Pulse(world.clock)
        self._scheduler = Scheduler(world.clock, self._due, self._stepped)
        self._rounds = Rounds(
            Means(
                director=world.director,
                scheduler=self._scheduler,
                looks=self._looks,
                guard=world.guard,
                pulse=self._pulse,
                publish=world.publish,
                clock=world.clock,
                new_id=world.new_id,
            )
        )
        self._line = Line(world.notes, world.clock, world.new_id, self._run)
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._forget: list[Note] = []
        self.view = View(
            Parts(
                register=self._register,
                line=self._line,
                rounds=self._rounds,
                pulse=self._pulse,
                ears=world.ears,
                catalog=world.catalog,
                store=world.store,
                notes=world.notes,
                memory=world.memory,
                clock=world.clock,
            )
        )

    async def start(self) -> None:
        """Bring back what is remembered, register the targets, and begin to watch.

        Raises:
            StoreError: What is remembered cannot be read.
        """
        await self._news.begin()
        seen = await asyncio.to_thread(self._world.folder.look)
        await self._take(seen)
        await self._interrupted()
        with suppress(StoreError):  # The next beat says so.
            await self._beat()
        await self._resume()
        for loop in (
            self._scheduler.run(),
            self._pulse.run(),
            self._again(FOLDER_S, self._look),
            self._again(KEEP_S, self._keep),
            self._again(BEAT_S, self._beat),
            self._again(_GUARD_S, self._online),
        ):
            self._spawn(loop)
        del self.view.troubles["start"]

    async def close(self) -> None:
        """Begin nothing more, wait a while for what runs, and write down what is known."""
        self.view.troubles["stop"] = "it is stopping"
        await self._line.close(_STOP_S)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        try:
            await self._keep()
            await self._beat()
        except StoreError:
            return  # What was written down a second ago is what the next start finds.

    # What is due

    def _due(self, watch: Watch, due_s: float) -> None:
        """Begin what the schedule wants, or say why not."""
        now_s = self._scheduler.timeline.now_s()
        if watch.calendar is None or watch.latest is None:
            cause, trigger = "its manifest is new", "event"
        else:
            cause, trigger = "", "schedule"
        if watch.calendar is not None:
            self._rounds.plan(watch)
            if self._rounds.offline:
                watch.missed += 1  # One event told of the whole time.
                return
            if now_s - due_s > watch.calendar.interval_s(now_s):
                count = max(watch.calendar.missed(due_s - 0.001, now_s), 1)
                self._spawn(self._rounds.missed(watch, due_s, "late", count))
                return
        if watch.pending:
            self._spawn(self._rounds.missed(watch, due_s, "overlap"))
            return
        service, environment = watch.key
        wanted = Wanted(service=service, environment=environment, trigger=trigger, cause=cause)
        if not self._line.due(watch, wanted, due_s):
            self._spawn(self._rounds.missed(watch, due_s, "overload"))

    def _stepped(self, step_s: float) -> None:
        """Plan anew after the wall clock stepped: at the next due by it, in no burst."""
        now = self._world.clock.now()
        before = now - timedelta(seconds=step_s)
        missed = 0
        for watch in self._register.watches.values():
            if watch.calendar is not None:
                missed += watch.calendar.missed(before.timestamp(), now.timestamp())
                self._rounds.plan(watch)
                watch.nobody_looked(max(step_s, 0.0))
        reason = "suspended" if step_s > 0 else "clock"
        self._spawn(self._tell_gap(min(before, now), max(before, now), reason, missed))

    async def _tell_gap(
        self, since_at: datetime, until_at: datetime, reason: str, missed: int
    ) -> None:
        await self._world.publish(
            WatchInterrupted(
                stamp=self._stamp(),
                since_at=since_at,
                until_at=until_at,
                reason=reason,
                targets=len(self._register.watches),
                missed=missed,
            )
        )

    async def _run(self, work: Work) -> None:
        self._news.is_ours(work.evaluation)
        try:
            await self._rounds.run(work)
        finally:
            ended = self._rounds.ended.get(work.evaluation)
            if ended is None or ended[1] is not Stage.DECIDED:
                self._news.is_nobodys(work.evaluation)

    # What is watched

    async def _look(self) -> None:
        await self._take(await asyncio.to_thread(self._world.folder.look))

    async def _take(self, seen: Seen) -> None:
        if seen.trouble:
            self.view.troubles["folder"] = seen.trouble
        else:
            self.view.troubles.pop("folder", None)
        if not seen.changed and not seen.trouble and self._register.watches:
            return
        difference = self._register.take(seen.sheets, seen.changed)
        for fault in difference.faults:
            await self._world.publish(ConfigRejected(self._stamp(), fault))
        await self._welcome(difference)
        for watch in difference.gone:
            self._scheduler.plan(watch, None)
            self._forget.append(keeping.forgotten(watch))
            await self._world.publish(TargetRemoved(self._stamp(), watch.spot, watch.source))

    async def _welcome(self, difference: Difference) -> None:
        """Register what is new or changed, and plan its first evaluation."""
        spread_s = min(len(difference.new) / _A_SECOND, _LONGEST_SPREAD_S)
        await self._recall(difference.new)
        for watch in (*difference.new, *difference.changed):
            words = "" if watch.calendar is None else watch.calendar.text
            registered = TargetRegistered(self._stamp(), watch.spot, watch.source, words)
            await self._world.publish(registered)
        # Planned together, after everything that takes its time: what was due meanwhile would all
        # begin at once.
        for watch in (*difference.new, *difference.changed):
            request = watch.request
            if watch.basis != (request.loaded.manifest.digest, request.profile.digest):
                wait_s = phase_s(watch.name, max(spread_s, 0.1))
                self._scheduler.plan(watch, self._scheduler.timeline.now_s() + wait_s)
            else:
                self._rounds.plan(watch)

    async def _recall(self, watches: tuple[Watch, ...]) -> None:
        """Bring back what is remembered of *watches*, or at least their last decisions."""
        unknown = {keeping.key_of(watch.key): watch for watch in watches}
        if len(unknown) > _FEW:
            async for note in keeping.every(self._world.notes, NoteKind.TARGET):
                if note.key in unknown and keeping.recall(unknown[note.key], note):
                    del unknown[note.key]
        for key, watch in unknown.items():
            found = await self._world.notes.one(NoteKind.TARGET, key)
            if found is None or not keeping.recall(watch, found):
                await self._read_latest(watch)

    async def _read_latest(self, watch: Watch) -> None:
        """Take over the last decision of a target that nothing is remembered of."""
        record = await self._world.store.latest(*watch.key)
        request = watch.request
        if record is not None and (record.manifest.digest, record.profile.digest) == (
            request.loaded.manifest.digest,
            request.profile.digest,
        ):
            watch.latest = latest_of(await self._world.memory.judged(record))

    # What is remembered

    async def _keep(self) -> None:
        """Write down what changed, and hear what others appended to the record."""
        kept = [watch for watch in self._register.watches.values() if watch.unkept]
        done, self._line.done = self._line.done, []
        forget, self._forget = self._forget, []
        for watch in kept:
            watch.unkept = False
        try:
            notes = (*forget, *done, *(keeping.note_of(watch) for watch in kept))
            await self._world.notes.write(notes)
            await self._news.read(self._world.clock, self._world.new_id)
        except StoreError:
            self._line.done += done
            self._forget += forget
            for watch in kept:
                watch.unkept = True
            raise

    async def _beat(self) -> None:
        await self._world.notes.write([keeping.beat(self._world.clock.now())])

    async def _interrupted(self) -> None:
        """Say for how long nobody watched, if the service ran before."""
        now = self._world.clock.now()
        since_at = await keeping.last_beat(self._world.notes)
        if since_at is not None:
            missed = resuming.missed(self._register.watches.values(), since_at, now)
            if missed or (now - since_at).total_seconds() > 2 * BEAT_S:
                await self._tell_gap(since_at, now, "down", missed)

    async def _resume(self) -> None:
        """Put into the line what was taken before and has no decision; say what nobody can make."""
        async for evaluation, wanted in resuming.open_requests(self._world.notes):
            watch = wanted and self._register.watches.get((wanted.service, wanted.environment))
            if wanted and not await self._world.store.evaluation(evaluation):
                if watch and not watch.pending:
                    self._line.resume(watch, evaluation, wanted)
                    continue
                reason = (
                    "nobody watches it: its manifest is gone, or is broken since before the start"
                )
                self._rounds.end(evaluation, wanted, Stage.FAILED, reason)
                await self._world.publish(
                    resuming.cancelled(self._stamp(), evaluation, wanted, reason)
                )
            self._line.done.append(Note(NoteKind.REQUEST, evaluation, None))
            if len(self._line.done) >= _FORGOTTEN_AT_ONCE:
                await self._forget_done()
        await self._forget_done()

    async def _forget_done(self) -> None:
        """Forget what is done now: who is killed again and again would find ever more of it."""
        done, self._line.done = self._line.done, []
        try:
            await self._world.notes.write(done)
        except StoreError:
            self._line.done += done  # The next keeping says so.

    # What else goes on

    async def _online(self) -> None:
        """While we are offline: ask whether we still are."""
        if not self._rounds.offline:
            return
        detail = "nothing that should always answer does: scheduled evaluations wait"
        if "offline" not in self.view.troubles:
            self.view.troubles["offline"] = detail
            await self._world.publish(DirectorDegraded(self._stamp(), "offline", detail))
        if await self._world.guard.online():
            self._rounds.offline = False
            self.view.troubles.pop("offline", None)
            said = "what should always answer does again"
            await self._world.publish(DirectorRecovered(self._stamp(), "offline", said))

    async def _again(self, every_s: float, do: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again; what the store refuses is told once, and tried again."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await do()
            except StoreError as error:
                if "store" not in self.view.troubles:
                    degraded = DirectorDegraded(self._stamp(), "store", str(error))
                    await self._world.publish(degraded)
                self.view.troubles["store"] = str(error)
            else:
                if do == self._keep and self.view.troubles.pop("store", ""):
                    said = "the record can be read and written again"
                    await self._world.publish(DirectorRecovered(self._stamp(), "store", said))

    def _spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Give up if a task of ours failed: whoever watches no more must not look as if he did."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failed.done():
            self.view.troubles["failed"] = f"internal error: {type(error).__name__}"
            self.failed.set_exception(error)

    def _stamp(self) -> Stamp:
        now = self._world.clock.now()
        return Stamp(self._world.new_id(now), now)
