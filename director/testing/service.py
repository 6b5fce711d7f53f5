"""A sample service on loopback: for the demo, and for tests of the whole road."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from director.testing.loopback import Loopback

if TYPE_CHECKING:
    from aiohttp import web


_HEADERS = {"X-Content-Type-Options": "nosniff", "Server": "demo"}
"""What a well-kept service sends with data, and no version of anything."""


class DemoService(Loopback):
    """A service that answers every path in the same way, while it is entered.

    ::

        async with DemoService.healthy() as service:
            ...  # ask service.base_url

    Args:
        status: Its status code.
        delay_s: How long it takes to answer, in seconds.
        listening: Whether it listens; if not, its port is taken and refuses.
    """

    def __init__(self, *, status: int = 200, delay_s: float = 0.0, listening: bool = True) -> None:
        super().__init__(listening=listening)
        self._status = status
        self._delay_s = delay_s
        self._arrived = asyncio.Event()
        self.requests = 0
        """How many requests arrived."""

    @classmethod
    def healthy(cls) -> DemoService:
        """Return a service that answers 200 at once."""
        return cls()

    @classmethod
    def slow(cls, delay_s: float) -> DemoService:
        """Return a service that answers 200 after *delay_s* seconds."""
        return cls(delay_s=delay_s)

    @classmethod
    def failing(cls, status: int = 503) -> DemoService:
        """Return a service that answers *status* at once."""
        return cls(status=status)

    @classmethod
    def refusing(cls) -> DemoService:
        """Return a service whose port refuses every connection."""
        return cls(listening=False)

    async def asked(self, count: int) -> None:
        """Return when at least *count* requests have arrived."""
        while self.requests < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def _answer(self, _: web.Request) -> web.Response:
        from aiohttp import web  # noqa: PLC0415  # a test with a fake probe must not pay for it

        self.requests += 1
        self._arrived.set()
        await self._pause(self._delay_s)
        word = "pass" if self._status < 400 else "fail"
        return web.json_response({"status": word}, status=self._status, headers=_HEADERS)
