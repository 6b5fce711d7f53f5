"""How many requests run at once against one host."""

from __future__ import annotations

import asyncio
from collections import deque


class HostGate:
    """Lets a few requests at a time through to each host, in the order in which they came.

    Args:
        limit: How many.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # A daemon sees many hosts: only the busy ones are remembered.
        self._hosts: dict[str, _Host] = {}

    def slot(self, host: str) -> _Slot:
        """Return what waits for a free slot of *host* and holds it, used with ``async with``."""
        return _Slot(self._hosts, host, self._limit)


class _Host:
    """Who is through to one host, and who waits."""

    __slots__ = ("through", "waiting")

    def __init__(self) -> None:
        self.through = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class _Slot:
    __slots__ = ("_host", "_hosts", "_limit", "_name")

    def __init__(self, hosts: dict[str, _Host], name: str, limit: int) -> None:
        self._hosts = hosts
        self._name = name
        self._limit = limit

    async def __aenter__(self) -> None:
        host = self._hosts.get(self._name)
        if host is None:
            host = self._hosts[self._name] = _Host()
        self._host = host
        if host.through < self._limit:
            host.through += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        host.waiting.append(waiter)
        try:
            await waiter  # Whoever leaves hands over the slot, so that nobody comes in between.
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._leave()
            elif waiter in host.waiting:
                host.waiting.remove(waiter)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        host = self._host
        while host.waiting:
            waiter = host.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        host.through -= 1
        if not host.through:
            del self._hosts[self._name]
