"""One look for all who ask at once, and never one that began before somebody asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Shared(Generic[_T]):
    """Looks something up for many: while one look goes on, all who ask wait for the next.

    So what somebody is told was true after they asked: who is shut out now is out now.

    Args:
        look: Looks a key up.
    """

    def __init__(self, look: Callable[[str], Awaitable[_T]]) -> None:
        self._look = look
        self._going: dict[str, asyncio.Task[_T]] = {}
        self._next: dict[str, asyncio.Task[_T]] = {}

    async def of(self, key: str) -> _T:
        """Return what a look at *key* finds that begins after this was asked.

        Raises:
            Exception: What the look raises.
        """
        task = self._next.get(key)
        if task is None:
            task = asyncio.ensure_future(self._looked(key, self._going.get(key)))
            self._next[key] = task
        return await asyncio.shield(task)

    async def _looked(self, key: str, before: asyncio.Task[_T] | None) -> _T:
        if before is not None:
            await asyncio.wait({before})
        task = self._next.pop(key)
        self._going[key] = task
        try:
            return await self._look(key)
        finally:
            if self._going.get(key) is task:
                del self._going[key]
