"""What the processes of the probe benchmarks share: where targets are, and how work is shared."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 32
"""How many requests are under way, on every side."""


def base_urls(port: int, count: int) -> Iterator[str]:
    """Yield *count* base URLs, each on an address of its own, as services are in the world."""
    for number in range(count):
        yield f"http://127.1.{number // 250}.{number % 250 + 1}:{port}"


async def each(work: Callable[[T], Awaitable[None]], items: Iterable[T]) -> float:
    """Do *work* on all *items*, so many at once, and return how long it took, in seconds."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())
    return time.perf_counter() - began


def say(**said: object) -> None:
    """Answer whoever started this process."""
    print(json.dumps(said), flush=True)


async def orders() -> AsyncIterator[str]:
    """Yield what this process is told to do, until nothing more is said."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()
