"""engine.clock: time, and identities made from it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from director.engine.clock import SystemClock, Ulids, new_ulid

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

moments = st.timedeltas(timedelta(0), timedelta(days=365 * 8000)).map(lambda age: EPOCH + age)


def millisecond(at: datetime) -> int:
    """Return the milliseconds since 1970, cut."""
    return int(at.timestamp() * 1000)


@given(moments)
def test_an_id_is_a_ulid(at: datetime) -> None:
    """An identity is 26 characters of Crockford's base 32, of which the first 10 are the time."""
    identity = new_ulid(at)

    assert ULID.fullmatch(identity)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value = 0
    for character in identity[:10]:
        value = value * 32 + alphabet.index(character)
    assert value == millisecond(at)


@given(moments, moments)
def test_ids_sort_by_time(one: datetime, other: datetime) -> None:
    """Identities of different milliseconds sort as their moments do."""
    first, second = sorted((one, other))
    assume(millisecond(first) < millisecond(second))

    assert new_ulid(first) < new_ulid(second)


def test_ids_of_one_moment_differ() -> None:
    """Two identities are never the same, not even of one moment."""
    assert len({new_ulid(NOW) for _ in range(1000)}) == 1000


def test_the_zone_does_not_matter() -> None:
    """The same moment in another zone has the same time in its identity."""
    there = NOW.astimezone(timezone(timedelta(hours=-7)))

    assert new_ulid(there)[:10] == new_ulid(NOW)[:10]


def test_the_clock_is_aware_and_runs_forward() -> None:
    """The wall clock is in UTC; the other one never runs backwards."""
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


async def test_the_clock_is_on_the_loops_line() -> None:
    """A deadline of this clock means the same to the event loop."""
    before = asyncio.get_running_loop().time()
    now = SystemClock().monotonic()

    assert before <= now <= asyncio.get_running_loop().time()


def test_many_at_once() -> None:
    """A maker of ULIDs makes the same kind, each another."""
    new_id = Ulids()
    found = {new_id(NOW) for _ in range(1000)}

    assert len(found) == 1000
    assert {each[:10] for each in found} == {new_ulid(NOW)[:10]}
    assert {len(each) for each in found} == {26}
    assert Ulids()(NOW) not in found
