"""From the engine to everybody who wants to hear of events, at nobody's expense."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from director.model.event import Event
from director.model.value import dataclass
from director.ports import Sink

_T = TypeVar("_T")

LONGEST_PATIENCE_S = 1.0
"""No sink may hold the engine up for longer per event, in seconds."""

_POLL_S = 0.005
"""How often a sink without room is asked again: sinks cannot call back."""


@dataclass(frozen=True, slots=True)
class SinkFault:
    """A sink that raised instead of taking an event or closing.

    Attributes:
        sink: Its name.
        count: How often it raised.
        problem: What it raised last, in one line.
    """

    sink: str
    count: int
    problem: str


class Bus:
    """Offers every event to every sink.

    A sink gets its events in the order in which they were published. One without room is
    waited for as long as it is worth, at most one second per event; then it loses that event.
    One that raises loses that event. Neither changes what another sink gets.

    Args:
        sinks: Who wants to hear of events; the bus closes them.
    """

    def __init__(self, sinks: tuple[Sink, ...] = ()) -> None:
        self._lanes = tuple(_Lane(sink) for sink in sinks)

    @property
    def dropped(self) -> int:
        """How many events were lost so far, over all sinks."""
        return sum(lane.dropped for lane in self._lanes)

    @property
    def faults(self) -> tuple[SinkFault, ...]:
        """The sinks that raised, in the order of the sinks."""
        return tuple(lane.fault for lane in self._lanes if lane.fault)

    async def publish(self, event: Event) -> None:
        """Offer *event* to every sink, waiting for room only where there is patience.

        Cancelled while it waits, it takes the event back and counts it as lost.
        """
        waiting = [
            (lane, place) for lane in self._lanes if (place := lane.submit(event)) is not None
        ]
        try:
            while waiting:
                await asyncio.sleep(_POLL_S)
                for lane, _ in waiting:
                    lane.pump()
                waiting = [(lane, place) for lane, place in waiting if place.waits]
        finally:
            for lane, place in waiting:
                lane.withdraw(place)

    async def close(self, within_s: float = 3.0) -> None:
        """Close every sink, all at once, and leave behind those that take too long.

        Args:
            within_s: Longest wait for the slowest of them, in seconds.
        """
        closing = {asyncio.create_task(lane.close()): lane for lane in self._lanes}
        if not closing:
            return
        try:
            _, late = await asyncio.wait(closing, timeout=within_s)
        except asyncio.CancelledError:
            for task in closing:
                task.cancel()
            raise
        for task in late:
            closing[task].blame(TimeoutError(f"it was not closed within {within_s} s"))
            task.cancel()
        if late:
            # Those that take the cancellation end now; nobody waits for the others.
            await asyncio.wait(late, timeout=_POLL_S)


@dataclass(slots=True, eq=False)
class _Place:
    """An event that waits for room, and until when, on the loop's clock."""

    event: Event
    until_s: float
    waits: bool = True


class _Lane:
    """One sink, what waits for it, and what it did wrong: the boundary to foreign sinks."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lost = 0
        self._faults = 0
        self._problem = ""
        self._name = str(self._contain(lambda: sink.name, type(sink).__name__))
        self._queue: deque[_Place] = deque()

    @property
    def dropped(self) -> int:
        """What the sink says it lost, and what it could not even be told of."""
        return self._contain(lambda: int(self._sink.dropped), 0) + self._lost

    @property
    def fault(self) -> SinkFault | None:
        """What the sink did wrong, or None."""
        return SinkFault(self._name, self._faults, self._problem) if self._faults else None

    def submit(self, event: Event) -> _Place | None:
        """Hand *event* over or drop it; return its place if it has to wait."""
        if not self._queue and self._settled(event):
            return None
        patience_s = self._patience_s()
        if patience_s <= 0 and not self._queue:
            self._drop(event)
            return None
        place = _Place(event, _now_s() + patience_s)
        self._queue.append(place)
        return place

    def pump(self) -> None:
        """Hand over what there is room for, in order, and drop what waited long enough."""
        while self._queue:
            place = self._queue[0]
            if not self._settled(place.event):
                if _now_s() < place.until_s:
                    return
                self._drop(place.event)
            place.waits = False
            self._queue.popleft()

    def withdraw(self, place: _Place) -> None:
        """Drop an event that nobody waits for any more."""
        if place.waits:
            place.waits = False
            self._queue.remove(place)
            self._drop(place.event)

    async def close(self) -> None:
        """Close the sink; it may raise what it likes."""
        try:
            await self._sink.close()
        except (Exception, SystemExit) as problem:  # noqa: BLE001  # a plugin's code
            self.blame(problem)

    def blame(self, problem: BaseException) -> None:
        """Note that the sink did wrong."""
        self._faults += 1
        try:
            text = " ".join(str(problem).split())[:300]
        except Exception:  # noqa: BLE001  # the text of a plugin's exception is its code, too
            text = "unprintable"
        self._problem = f"{type(problem).__name__}: {text}"

    def _settled(self, event: Event) -> bool:
        """Offer *event*; return whether it was taken, or lost because the sink raised."""
        before = self._faults
        if self._contain(lambda: self._sink.offer(event) is True, False):
            return True
        if self._faults > before:
            self._drop(event)
            return True
        return False

    def _drop(self, event: Event) -> None:
        before = self._faults
        self._contain(lambda: self._sink.drop(event), None)
        self._lost += self._faults > before

    def _patience_s(self) -> float:
        patience_s = self._contain(lambda: float(self._sink.patience_s), 0.0)
        return min(patience_s, LONGEST_PATIENCE_S) if math.isfinite(patience_s) else 0.0

    def _contain(self, ask: Callable[[], _T], otherwise: _T) -> _T:
        """Return what the sink answers, or *otherwise* if it raises."""
        try:
            return ask()
        except (Exception, SystemExit) as problem:  # noqa: BLE001  # a plugin's code
            self.blame(problem)
            return otherwise


def _now_s() -> float:
    return asyncio.get_running_loop().time()
