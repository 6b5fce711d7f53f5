"""director.store.lane."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from director.errors import StoreError
from director.store.lane import Lane


class Desk:
    """A peer of a slow thing: answers when it is let, and remembers the groups it was given."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.finished = threading.Event()

    def serve(self, jobs: Sequence[int]) -> list[int | StoreError]:
        """Double each job; refuse 13; fall over at 99, give up at 66, forget the others at 77."""
        self.groups.append(list(jobs))
        self.begun.set()
        assert self.may_go_on.wait(10)
        if 99 in jobs:
            raise ZeroDivisionError("two\nlines")
        if 66 in jobs:
            raise SystemExit
        if 77 in jobs:
            return []
        return [StoreError("unlucky") if job == 13 else 2 * job for job in jobs]

    def lane(self, patience_s: float = 10.0) -> Lane[int, int]:
        """Return a lane that this desk serves."""
        return Lane("desk", self.serve, self.finished.set, patience_s)


async def begun(desk: Desk) -> None:
    """Wait until the desk has a group."""
    assert await asyncio.to_thread(desk.begun.wait, 10)


async def test_what_waits_is_served_together() -> None:
    """Jobs that arrive while a group is served are one group, and each gets its own answer."""
    desk = Desk()
    lane = desk.lane()
    first = asyncio.create_task(lane.ask(1))
    await begun(desk)
    others = [asyncio.create_task(lane.ask(job)) for job in (2, 13, 4)]
    await asyncio.sleep(0)

    desk.may_go_on.set()
    await asyncio.wait([first, *others])

    assert desk.groups == [[1], [2, 13, 4]]
    assert [first.result(), others[0].result(), others[2].result()] == [2, 4, 8]
    assert str(others[1].exception()) == "unlucky"
    await lane.close()


async def test_large_crowd_is_served_in_groups() -> None:
    """A group is bounded, so that the first of a crowd does not wait for all of it."""
    desk = Desk()
    lane = desk.lane()
    first = asyncio.create_task(lane.ask(0))
    await begun(desk)
    crowd = [asyncio.create_task(lane.ask(job)) for job in range(100, 400)]
    await asyncio.sleep(0)

    desk.may_go_on.set()
    await asyncio.wait([first, *crowd])

    assert [len(group) for group in desk.groups] == [1, 256, 44]
    await lane.close()


async def test_cancelled_caller_leaves_begun_work_alone() -> None:
    """A cancelled caller is let go at once; what it asked is finished if it has begun."""
    desk = Desk()
    lane = desk.lane()
    begun_job = asyncio.create_task(lane.ask(1))
    await begun(desk)
    waiting_job = asyncio.create_task(lane.ask(2))
    await asyncio.sleep(0)

    begun_job.cancel()
    waiting_job.cancel()
    await asyncio.wait([begun_job, waiting_job])
    desk.may_go_on.set()
    await lane.close()

    assert begun_job.cancelled()
    assert waiting_job.cancelled()
    assert desk.groups == [[1]]


async def test_close_serves_what_was_asked() -> None:
    """Closing answers everything that was asked before, lets go, and may be repeated."""
    desk = Desk()
    lane = desk.lane()
    first = asyncio.create_task(lane.ask(1))
    await begun(desk)
    second = asyncio.create_task(lane.ask(2))
    await asyncio.sleep(0)
    closing = asyncio.create_task(lane.close())
    await asyncio.sleep(0)

    desk.may_go_on.set()
    await closing
    await lane.close()

    assert [await first, await second] == [2, 4]
    assert desk.finished.is_set()
    with pytest.raises(StoreError, match="closed"):
        await lane.ask(3)


async def test_unused_lane_closes_at_once() -> None:
    """A lane that nobody asked has no thread to wait for."""
    desk = Desk()
    lane = desk.lane()

    await lane.close()

    assert desk.groups == []


async def test_patience_ends() -> None:
    """A desk that does not answer is an error, and closing does not wait for it for ever."""
    desk = Desk()
    lane = desk.lane(patience_s=0.01)

    with pytest.raises(StoreError, match=r"did not answer within 0\.01 s"):
        await lane.ask(1)
    await lane.close()

    assert not desk.finished.is_set()
    desk.may_go_on.set()
    assert await asyncio.to_thread(desk.finished.wait, 10)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (99, "the store failed: ZeroDivisionError: two lines"),
        (77, "the store failed: RuntimeError: 0 answers to 1 questions"),
    ],
    ids=["raises", "forgets"],
)
async def test_bad_question_harms_no_other(bad: int, told: str) -> None:
    """What serving falls over is refused to its asker; the others and the later are answered."""
    desk = Desk()
    lane = desk.lane()
    first = asyncio.create_task(lane.ask(1))
    await begun(desk)
    group = [asyncio.create_task(lane.ask(job)) for job in (2, bad, 13, 4)]
    await asyncio.sleep(0)

    desk.may_go_on.set()
    await asyncio.wait([first, *group])

    assert [first.result(), group[0].result(), group[3].result()] == [2, 4, 8]
    assert isinstance(group[1].exception(), StoreError)
    assert [str(task.exception()) for task in group[1:3]] == [told, "unlucky"]
    assert await lane.ask(5) == 10
    await lane.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_end_of_the_thread_answers_everybody() -> None:
    """If the thread is ended, nobody waits for ever: each caller hears of it, then and later."""
    desk = Desk()
    lane = desk.lane()
    first = asyncio.create_task(lane.ask(66))
    await begun(desk)
    second = asyncio.create_task(lane.ask(1))
    await asyncio.sleep(0)

    desk.may_go_on.set()
    await asyncio.wait([first, second])

    assert "ended before it answered" in str(first.exception())
    assert "ended before it answered" in str(second.exception())
    await lane.close()
    await asyncio.to_thread(lane._thread.join, 10)
    with pytest.raises(StoreError, match="closed"):
        await lane.ask(2)
