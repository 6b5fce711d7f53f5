"""Requests that may come twice: the second is answered as the first was, and does nothing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiohttp import web

from director.model.service import Taken
from director.model.value import dataclass
from director.ports import Clock
from director.web.problems import ProblemError

_LIFE_S = 24 * 3600.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _First:
    """The first request with a key."""

    asked: str
    at_s: float
    answer: asyncio.Future[Taken]


class Idempotency:
    """Knows the requests of the last day, as many as 10,000, as long as this process lives.

    After a restart a request that comes again joins the evaluation that still waits for it, or
    makes a new one, which does no harm.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _First] = OrderedDict()

    async def once(self, key: str, asked: str, act: Callable[[], Awaitable[Taken]]) -> Taken:
        """Return what *act* returned when it was first asked with *key*; what failed is forgotten.

        Raises:
            ProblemError: What was asked with *key* before was something else.
        """
        now_s = self._clock.monotonic()
        first = self._known.get(key)
        if first is not None and now_s - first.at_s < _LIFE_S:
            if first.asked != asked:
                raise ProblemError(409, "another request had this Idempotency-Key")
            return await asyncio.shield(first.answer)
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._known[key] = _First(asked, now_s, answer)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        try:
            taken = await act()
        except BaseException as error:
            self._known.pop(key, None)
            answer.set_exception(_again() if isinstance(error, asyncio.CancelledError) else error)
            answer.exception()  # Whoever waits for it is told; nobody need wait.
            raise
        answer.set_result(taken)
        return taken


def _again() -> ProblemError:
    return ProblemError(503, "the first request was broken off; ask again")


IDEMPOTENCY = web.AppKey("idempotency", Idempotency)
"""Where the application keeps them."""
