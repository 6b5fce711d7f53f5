"""Tells "the world is down" from "I am offline", by places that should always answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from director.ports import Clock

_PATIENCE_S = 2.0
_FRESH_S = 2.0
"""How long an answer counts, in seconds: many evaluations that fail at once ask but once."""


class Guard:
    """Asks places whether we reach anything at all, by opening a TCP connection.

    Args:
        places: Host and port of each; none means that we are always held to be online.
        clock: Where time comes from.
    """

    def __init__(self, places: tuple[tuple[str, int], ...], clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._asking: asyncio.Task[bool] | None = None
        self._asked_s = float("-inf")
        self._online = True

    async def online(self) -> bool:
        """Return whether at least one of the places answers, or did a moment ago."""
        if not self._places:
            return True
        if self._asking is None and self._clock.monotonic() - self._asked_s > _FRESH_S:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._answered)
        if self._asking is not None:
            return await asyncio.shield(self._asking)
        return self._online

    def _answered(self, task: asyncio.Task[bool]) -> None:
        self._asking = None
        self._asked_s = self._clock.monotonic()
        self._online = not task.cancelled() and task.result()

    async def _ask(self) -> bool:
        asking = {asyncio.create_task(_answers(*place)) for place in self._places}
        try:
            for done in asyncio.as_completed(asking):
                if await done:
                    return True
            return False
        finally:
            for task in asking:
                task.cancel()
            await asyncio.wait(asking)


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError, UnicodeError):  # UnicodeError: a host name that is none
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
