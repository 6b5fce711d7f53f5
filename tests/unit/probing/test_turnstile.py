"""director.probing.turnstile: answers that come all at once are dealt with in several turns."""

from __future__ import annotations

import asyncio
from typing import Self

import pytest

from director.probing.turnstile import A_TURN, Turnstile


class Counter:
    """Counts the turns of the event loop while it is entered."""

    def __init__(self) -> None:
        self.turn = 0
        self._running = False

    def __enter__(self) -> Self:
        """Begin to count."""
        self._running = True
        self._next()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._running = False

    def _next(self) -> None:
        self.turn += 1
        if self._running:
            asyncio.get_running_loop().call_soon(self._next)


async def turns_of(number: int) -> list[int]:
    """Return in which turn each of *number* that come at once goes on, counted from the first."""
    turnstile = Turnstile()
    passed: list[int] = []

    async def come(counter: Counter) -> None:
        await turnstile.pass_through()
        passed.append(counter.turn)

    with Counter() as counter:
        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                group.create_task(come(counter))
    return [turn - passed[0] for turn in passed]


@pytest.mark.parametrize("number", [1, A_TURN - 1, A_TURN])
async def test_a_few_go_on_at_once(number: int) -> None:
    """As many as fit into one turn do not wait."""
    assert await turns_of(number) == [0] * number


@pytest.mark.parametrize("number", [A_TURN + 1, 3 * A_TURN, 10 * A_TURN + 5])
async def test_many_wait_in_line(number: int) -> None:
    """No turn deals with more than its share, and nobody is forgotten."""
    turns = await turns_of(number)

    assert len(turns) == number
    assert turns == sorted(turns)
    assert max(turns.count(turn) for turn in turns) == A_TURN
    assert len(set(turns)) == -(-number // A_TURN)


async def test_the_order_is_kept() -> None:
    """Who came first goes on first, also where somebody comes while others wait."""
    turnstile = Turnstile()
    came: list[int] = []

    async def come(name: int) -> None:
        await turnstile.pass_through()
        came.append(name)

    async with asyncio.TaskGroup() as group:
        for name in range(2 * A_TURN):
            group.create_task(come(name))
        await asyncio.sleep(0)
        for name in range(2 * A_TURN, 3 * A_TURN):
            group.create_task(come(name))

    assert came == list(range(3 * A_TURN))


async def test_who_leaves_the_line_holds_up_nobody() -> None:
    """A place in the line that is given up is nobody's share of a turn."""
    turnstile = Turnstile()
    tasks = [asyncio.ensure_future(turnstile.pass_through()) for _ in range(3 * A_TURN)]
    await asyncio.sleep(0)
    for task in tasks[A_TURN : 2 * A_TURN]:
        task.cancel()

    with Counter() as counter:
        await asyncio.wait(tasks)

    assert counter.turn <= 4
    left = [task.cancelled() for task in tasks]
    assert left == [False] * A_TURN + [True] * A_TURN + [False] * A_TURN


async def test_a_quiet_turnstile_is_open_again() -> None:
    """After a crowd has passed, the next one does not wait."""
    turnstile = Turnstile()
    async with asyncio.TaskGroup() as group:
        for _ in range(5 * A_TURN):
            group.create_task(turnstile.pass_through())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    going = turnstile.pass_through()
    with pytest.raises(StopIteration):
        going.send(None)  # It ends without ever having waited.
