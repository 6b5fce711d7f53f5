"""How many requests run at once against one host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostGate:
    """Lets a few requests at a time through to each host.

    Args:
        limit: How many.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a free slot of *host* and hold it."""
        semaphore, users = self._hosts.get(host) or (asyncio.Semaphore(self._limit), 0)
        self._hosts[host] = (semaphore, users + 1)
        try:
            async with semaphore:
                yield
        finally:
            semaphore, users = self._hosts[host]
            if users > 1:
                self._hosts[host] = (semaphore, users - 1)
            else:  # a daemon sees many hosts: remember only the busy ones
                del self._hosts[host]
