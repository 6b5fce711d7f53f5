"""web.shared: one look for all who ask at once."""

from __future__ import annotations

import asyncio

import pytest

from director.web.shared import Shared


async def test_a_look_that_began_before_is_nobody_s_answer() -> None:
    """Who asks while a look goes on is told what the next one finds, and so are all with them."""
    gates = [asyncio.Event() for _ in range(3)]
    looks: list[int] = []

    async def look(_: str) -> int:
        number = len(looks)
        looks.append(number)
        await gates[number].wait()
        return number

    shared = Shared(look)
    first = asyncio.ensure_future(shared.of("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert looks == [0]
    later = [asyncio.ensure_future(shared.of("a")) for _ in range(5)]
    await asyncio.sleep(0)
    for gate in gates:
        gate.set()

    assert await first == 0
    assert [await each for each in later] == [1] * 5
    assert await shared.of("a") == 2


async def test_what_fails_fails_for_all_and_is_forgotten() -> None:
    """The next who asks is looked for again; who is cancelled takes nobody along."""
    found: list[Exception | int] = [OSError("no"), 7]

    async def look(_: str) -> int:
        await asyncio.sleep(0)
        said = found.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    shared = Shared(look)
    one, two = (asyncio.ensure_future(shared.of("a")) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    with pytest.raises(OSError, match="no"):
        await two

    assert await shared.of("a") == 7
