"""Every sink hears of every event, at nobody's expense."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from director.engine.bus import LONGEST_PATIENCE_S, Bus
from director.errors import Fault
from director.model.event import ConfigRejected, Event, Stamp

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def _event(number: int) -> ConfigRejected:
    return ConfigRejected(Stamp(f"{number:026}", NOW), Fault("here", 0, 0, str(number)))


def _numbers(events: list[Event]) -> list[int]:
    return [int(event.stamp.id) for event in events]


@dataclass
class Shelf:
    """A sink with so much room; ``opens_after`` asks it has room without end."""

    room: int = 1_000_000
    patience_s: float = 0.0
    opens_after: int | None = None
    name: str = "shelf"
    taken: list[Event] = field(default_factory=list)
    lost: list[Event] = field(default_factory=list)
    asked: int = 0
    closed: bool = False

    @property
    def dropped(self) -> int:
        """How many were lost."""
        return len(self.lost)

    def offer(self, event: Event) -> bool:
        """Take it if there is room."""
        self.asked += 1
        if self.opens_after is not None and self.asked > self.opens_after:
            self.room = 1_000_000
        if len(self.taken) >= self.room:
            return False
        self.taken.append(event)
        return True

    def drop(self, event: Event) -> None:
        """Keep what was lost."""
        self.lost.append(event)

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class Grenade(Shelf):
    """A sink that raises whatever it is asked."""

    problem: BaseException = RuntimeError("bang\nbang")

    def offer(self, _event: Event) -> bool:
        """Raise."""
        raise self.problem

    async def close(self) -> None:
        """Raise."""
        raise self.problem


class Wreck(Grenade):
    """A sink that cannot even be told what it lost."""

    def drop(self, _event: Event) -> None:
        """Raise."""
        raise self.problem

    @property
    def dropped(self) -> int:
        """Raise."""
        raise self.problem


class Ghost(Shelf):
    """A sink that answers what no sink may."""

    def offer(self, _event: Event) -> bool:
        """Answer nothing."""
        return None  # type: ignore[return-value]  # as a plugin could


class Sleeper(Shelf):
    """A sink that never gets closed."""

    async def close(self) -> None:
        """Never return."""
        await asyncio.Event().wait()


async def test_every_sink_gets_every_event_in_order() -> None:
    """Events arrive at each sink in the order in which they were published."""
    sinks = (Shelf(), Shelf())
    bus = Bus(sinks)

    for number in range(100):
        await bus.publish(_event(number))

    assert _numbers(sinks[0].taken) == _numbers(sinks[1].taken) == list(range(100))
    assert bus.dropped == 0
    assert bus.faults == ()


async def test_bus_without_sinks_takes_events() -> None:
    """Nobody has to listen."""
    bus = Bus()

    await bus.publish(_event(1))
    await bus.close()

    assert bus.dropped == 0


async def test_sink_without_patience_drops_at_once() -> None:
    """A full sink that has no patience is asked once, loses its event, and only its own."""
    full, empty = Shelf(room=0), Shelf()
    bus = Bus((full, empty))

    await bus.publish(_event(1))

    assert full.asked == 1
    assert _numbers(full.lost) == [1]
    assert _numbers(empty.taken) == [1]
    assert bus.dropped == 1


async def test_sink_with_patience_is_waited_for() -> None:
    """A full sink that makes room in time loses nothing."""
    sink = Shelf(room=0, patience_s=1.0, opens_after=3)
    bus = Bus((sink,))

    await bus.publish(_event(1))

    assert _numbers(sink.taken) == [1]
    assert sink.asked == 4
    assert bus.dropped == 0


async def test_patience_ends() -> None:
    """An event waits as long as its sink has patience, and is then lost."""
    sink = Shelf(room=0, patience_s=0.03)
    bus = Bus((sink,))
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    await bus.publish(_event(1))

    assert _numbers(sink.lost) == [1]
    assert loop.time() - began_s >= 0.03
    assert sink.asked > 1


@pytest.mark.parametrize("patience_s", [1e9, LONGEST_PATIENCE_S])
async def test_patience_is_bounded(patience_s: float) -> None:
    """No sink holds the engine up for more than a second per event, whatever it says."""
    sink = Shelf(room=0, patience_s=patience_s)
    bus = Bus((sink,))
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async with asyncio.timeout(5):
        await bus.publish(_event(1))

    assert _numbers(sink.lost) == [1]
    assert loop.time() - began_s >= LONGEST_PATIENCE_S


@pytest.mark.parametrize("patience_s", [float("nan"), float("inf"), -1.0])
async def test_patience_that_is_no_duration_is_none(patience_s: float) -> None:
    """A sink that says nonsense is not waited for."""
    sink = Shelf(room=0, patience_s=patience_s)

    await Bus((sink,)).publish(_event(1))

    assert sink.asked == 1
    assert _numbers(sink.lost) == [1]


async def test_waiting_events_keep_their_order() -> None:
    """Events published while others wait stand behind them."""
    sink = Shelf(room=0, patience_s=1.0, opens_after=10)
    other = Shelf()
    bus = Bus((sink, other))

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(bus.publish(_event(number)))

    assert _numbers(sink.taken) == list(range(20))
    assert _numbers(other.taken) == list(range(20))
    assert sink.lost == []


async def test_events_that_wait_together_are_lost_together() -> None:
    """Patience is counted from when an event was published, not from when its turn comes."""
    sink = Shelf(room=0, patience_s=0.2)
    bus = Bus((sink,))
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(bus.publish(_event(number)))

    assert _numbers(sink.lost) == list(range(50))
    assert loop.time() - began_s < 50 * 0.2


async def test_cancelled_event_is_lost_and_counted() -> None:
    """An event whose publisher gives up is taken back, and the next one is not held up."""
    sink = Shelf(room=0, patience_s=1.0)
    bus = Bus((sink,))
    task = asyncio.create_task(bus.publish(_event(1)))
    await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sink.room = 10
    await bus.publish(_event(2))

    assert _numbers(sink.lost) == [1]
    assert _numbers(sink.taken) == [2]


@pytest.mark.parametrize("problem", [RuntimeError("bang\nbang"), SystemExit(0), RecursionError()])
@pytest.mark.parametrize("kind", [Grenade, Wreck])
async def test_sink_that_raises_hurts_itself_alone(
    kind: type[Grenade], problem: BaseException
) -> None:
    """A sink that raises loses its events, visibly; the others get theirs."""
    bad, good = kind(), Shelf()
    bad.problem = problem
    bus = Bus((bad, good))

    await bus.publish(_event(1))
    await bus.publish(_event(2))
    await bus.close()

    assert _numbers(good.taken) == [1, 2]
    assert good.closed
    assert bus.dropped == 2
    (fault,) = bus.faults
    assert fault.sink == "shelf"
    assert fault.count >= 3
    assert fault.problem.startswith(type(problem).__name__)
    assert "\n" not in fault.problem


async def test_only_true_means_taken() -> None:
    """An answer that is not True is no room, so a wrong answer never hides a loss."""
    sink = Ghost()
    bus = Bus((sink,))

    await bus.publish(_event(1))

    assert bus.dropped == 1


async def test_closing_is_bounded() -> None:
    """A sink that does not close is left behind and named; the others are closed."""
    sleeper, shelf = Sleeper(name="sleeper"), Shelf()
    bus = Bus((sleeper, shelf))

    async with asyncio.timeout(5):
        await bus.close(within_s=0.05)

    assert shelf.closed
    (fault,) = bus.faults
    assert fault.sink == "sleeper"
    assert fault.problem == "TimeoutError: it was not closed within 0.05 s"
