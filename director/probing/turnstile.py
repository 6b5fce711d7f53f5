"""How much is done in one turn of the event loop: answers that come all at once wait in line."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

A_TURN: Final = 32
"""How many may pass in one turn; a probe takes some tenths of a millisecond of a turn."""


class Turnstile:
    """Lets a few at a time through in each turn of the event loop.

    Thousands of answers may become ready in one turn. Dealt with in the same turn, they would
    keep everything else waiting, and every time that is measured meanwhile would be too long.
    """

    def __init__(self) -> None:
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def pass_through(self) -> None:
        """Go on at once, or in a later turn if many have gone on in this one."""
        if self._passed < A_TURN and not self._waiting:
            self._count()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        await waiter

    def _count(self) -> None:
        if self._passed == 0:
            asyncio.get_running_loop().call_soon(self._turn)
        self._passed += 1

    def _turn(self) -> None:
        """Begin the next turn."""
        self._passed = 0
        while self._waiting and self._passed < A_TURN:
            waiter = self._waiting.popleft()
            if not waiter.done():  # nobody may be waiting any more
                self._count()
                waiter.set_result(None)
