"""What others append to the record: decisions of the command line, waivers and overrides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from director.engine.past import Memory
from director.model.event import Event, Stamp
from director.model.history import Appended
from director.model.record import Record
from director.model.service_event import CaseRecorded, DecisionHeard
from director.ports import Clock, Store
from director.rules.look import seen_in
from director.service.looks import Looks, latest_of
from director.service.register import Register
from director.service.watch import Watch

_PAGE = 1000


class News:
    """Reads the record's tail, again and again.

    Args:
        store: The record.
        memory: Reads decisions as they are now.
        register: Whom the news may be about.
        looks: Takes decisions of others as looks.
        publish: Tells everybody.
    """

    def __init__(
        self,
        store: Store,
        memory: Memory,
        register: Register,
        looks: Looks,
        publish: Callable[[Event], Awaitable[object]],
    ) -> None:
        self._store = store
        self._memory = memory
        self._register = register
        self._looks = looks
        self._publish = publish
        self._last = -1
        self._ours: set[str] = set()

    async def begin(self) -> None:
        """Pass over what is there already.

        Raises:
            StoreError: The record cannot be read.
        """
        self._last = (await self._store.log()).size - 1

    def is_ours(self, evaluation: str) -> None:
        """Take note that *evaluation* is made here and is no news."""
        self._ours.add(evaluation)

    def is_nobodys(self, evaluation: str) -> None:
        """Take note that *evaluation* ended without a decision that we know of.

        If it is in the record all the same, as after a connection that was lost, that is news.
        """
        self._ours.discard(evaluation)

    async def read(self, clock: Clock, new_id: Callable[[datetime], str]) -> None:
        """Take everything that was appended since the last time.

        Raises:
            StoreError: The record cannot be read.
        """
        while page := await self._store.since(self._last, _PAGE):
            for each in page:
                await self._take(each, clock, new_id)
                self._last = each.seq
            if len(page) < _PAGE:
                return

    async def _take(self, each: Appended, clock: Clock, new_id: Callable[[datetime], str]) -> None:
        if each.kind == "decision" and each.id in self._ours:
            self._ours.discard(each.id)
            return
        watch = self._register.watches.get((each.service, each.environment))
        if each.kind == "decision":
            if watch is not None and (record := await self._decided(watch, each.id)) is not None:
                now = clock.now()
                heard = DecisionHeard(Stamp(new_id(now), now), watch.spot, record)
                await self._publish(heard)
            return
        casework = await self._store.casework(each.service, each.environment)
        for entry in casework:
            if entry.id == each.id:
                now = clock.now()
                await self._publish(CaseRecorded(Stamp(new_id(now), now), entry))
        if watch is not None:
            await self._look_again(watch)

    async def _decided(self, watch: Watch, evaluation: str) -> Record | None:
        """Take a decision that was made elsewhere; return it if it is about what is watched."""
        record = await self._store.evaluation(evaluation)
        request = watch.request
        if record is None or (record.manifest.digest, record.profile.digest) != (
            request.loaded.manifest.digest,
            request.profile.digest,
        ):
            return None
        await self._looks.decided(watch, await self._memory.judged(record), seen_in(record))
        return record

    async def _look_again(self, watch: Watch) -> None:
        """Read the last decision again: an override may be in force now, or no more."""
        if watch.latest is None:
            return
        record = await self._store.evaluation(watch.latest.evaluation)
        if record is not None:
            watch.latest = latest_of(await self._memory.judged(record))
            watch.unkept = True
