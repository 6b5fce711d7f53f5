"""engine.limits: how many live checks may run at once."""

from __future__ import annotations

import asyncio

import pytest

from director.engine.limits import Limiter, Limits


@pytest.mark.parametrize(("at_once", "per_plugin"), [(0, 1), (1, 0), (-1, 1)])
def test_limits_leave_room(at_once: int, per_plugin: int) -> None:
    """A limit of nothing would wait for ever, and is refused."""
    with pytest.raises(ValueError, match="limits must be at least 1"):
        Limits(at_once, per_plugin)


async def test_a_slot_is_given_back_after_an_error() -> None:
    """Whoever leaves with an exception leaves the slot behind."""
    limiter = Limiter(Limits(1, 1))

    for _ in range(3):
        with pytest.raises(RuntimeError):
            async with limiter.slot("one"):
                raise RuntimeError


async def test_who_gives_up_waiting_takes_no_slot() -> None:
    """A check that is cancelled while it waits does not use up a slot."""
    limiter = Limiter(Limits(1, 2))

    async def enter() -> None:
        async with limiter.slot("one"):
            pass

    async with limiter.slot("one"):
        waiting = asyncio.ensure_future(enter())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})

    async with asyncio.timeout(1), limiter.slot("one"):
        pass


async def test_who_waits_is_served_in_order() -> None:
    """Slots go to those who waited longest."""
    limiter = Limiter(Limits(1, 1))
    served: list[int] = []

    async def enter(number: int) -> None:
        async with limiter.slot("one"):
            served.append(number)

    async with asyncio.TaskGroup() as group, limiter.slot("one"):
        for number in range(5):
            group.create_task(enter(number))
        await asyncio.sleep(0)

    assert served == [0, 1, 2, 3, 4]
