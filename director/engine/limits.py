"""How many live checks may run at once, over all evaluations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many live checks may run at the same time.

    Attributes:
        at_once: Over all evaluations and plugins.
        per_plugin: Of one plugin, so that a slow one leaves room for the others.
    """

    at_once: int = 64
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

    @asynccontextmanager
    async def slot(self, plugin: str) -> AsyncIterator[None]:
        """Hold a slot for one check of *plugin*.

        The plugin's own limit comes first: a check that waits for its plugin holds no slot that
        another plugin could use.
        """
        mine = self._plugins.setdefault(plugin, asyncio.Semaphore(self._limits.per_plugin))
        async with mine, self._all:
            yield
