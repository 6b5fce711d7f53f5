"""director.probing.gate: a few at a time, per host."""

from __future__ import annotations

import asyncio

import pytest

from director.probing.gate import HostGate


async def test_hosts_do_not_wait_for_each_other() -> None:
    """A busy host holds up nobody but itself."""
    gate = HostGate(1)

    async with gate.slot("a.example"), gate.slot("b.example"), asyncio.timeout(1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), gate.slot("a.example"):
                pass


async def test_a_slot_is_given_back() -> None:
    """Whoever leaves, also by an exception or before it had its turn, makes room."""
    gate = HostGate(1)
    with pytest.raises(LookupError):
        async with gate.slot("a.example"):
            raise LookupError

    async with asyncio.timeout(1), gate.slot("a.example"):
        pass


async def test_idle_hosts_are_forgotten() -> None:
    """A daemon that sees many hosts keeps nothing of those it is not asking."""
    gate = HostGate(1)
    async with gate.slot("a.example"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), gate.slot("a.example"):
                pass
        assert set(gate._hosts) == {"a.example"}

    assert gate._hosts == {}


async def test_whoever_is_cancelled_leaves_no_hole() -> None:
    """A slot that is handed to somebody who was cancelled meanwhile goes to the next."""
    gate = HostGate(1)
    came: list[int] = []

    async def come(number: int) -> None:
        async with gate.slot("a.example"):
            came.append(number)

    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        async with gate.slot("a.example"):
            waiting = [group.create_task(come(number)) for number in range(5)]
            await asyncio.sleep(0)
            waiting[0].cancel()  # before the slot is free
        waiting[1].cancel()  # after the slot was handed to it

    assert came == [2, 3, 4]
    assert gate._hosts == {}
