"""How many live checks may run at once, over all evaluations."""

from __future__ import annotations

import asyncio

from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many live checks may run at the same time.

    Attributes:
        at_once: Over all evaluations and plugins.
        per_plugin: Of one plugin, so that a slow one leaves room for the others.
    """

    at_once: int = 256
    per_plugin: int = 16

    def __post_init__(self) -> None:
        if self.at_once < 1 or self.per_plugin < 1:
            raise ValueError(f"limits must be at least 1, got {self}")


class Limiter:
    """Hands out the slots that *limits* allows; whoever waits is served in order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all = asyncio.Semaphore(limits.at_once)
        self._plugins: dict[str, asyncio.Semaphore] = {}

    def slot(self, plugin: str) -> _Slot:
        """Return what waits for a slot for one check of *plugin*, used with ``async with``.

        The plugin's own limit comes first: a check that waits for its plugin holds no slot that
        another plugin could use.
        """
        mine = self._plugins.get(plugin)
        if mine is None:
            mine = self._plugins[plugin] = asyncio.Semaphore(self._limits.per_plugin)
        return _Slot(mine, self._all)


class _Slot:
    __slots__ = ("_all", "_mine")

    def __init__(self, mine: asyncio.Semaphore, all_: asyncio.Semaphore) -> None:
        self._mine = mine
        self._all = all_

    async def __aenter__(self) -> None:
        await self._mine.acquire()
        try:
            await self._all.acquire()
        except BaseException:
            self._mine.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._all.release()
        self._mine.release()
