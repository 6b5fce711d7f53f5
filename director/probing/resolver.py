"""Names to addresses: on threads of our own, with a time limit."""

from __future__ import annotations

import asyncio
import functools
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias

from director.model.probe import ProbeError, ProbeReason
from director.model.value import dataclass

Lookup: TypeAlias = Callable[[str, int], tuple[str, ...]]
"""Returns the addresses of a name in the system's order, or raises ``socket.gaierror``."""

_THREADS: Final = 32

_REASONS: Final = {
    socket.EAI_NONAME: ProbeReason.DNS_NXDOMAIN,
    socket.EAI_NODATA: ProbeReason.DNS_NO_ADDRESS,
    socket.EAI_FAMILY: ProbeReason.DNS_NO_ADDRESS,
}
"""Everything else (``EAI_AGAIN``, ``EAI_FAIL``, ...) means that the resolver did not answer."""


def system_lookup(host: str, port: int) -> tuple[str, ...]:
    """Ask the operating system; blocks, for long if the name servers are silent."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(sockaddr[0]) for *_, sockaddr in answers)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How one name came out: its addresses, or the error of the resolver."""

    addresses: tuple[str, ...] = ()
    error: OSError | UnicodeError | None = None


class Resolver:
    """Resolves each name anew.

    A lookup cannot be cancelled. So each has its own daemon thread: one that hangs delays
    neither other work on the loop's executor nor the end of the process, and holds one of a
    fixed number of places until it comes back.

    Args:
        lookup: What to ask.
        limit_s: Longest time for one name, in seconds, with the wait for a place.
    """

    def __init__(self, lookup: Lookup, limit_s: float) -> None:
        self._lookup = lookup
        self._limit_s = limit_s
        self._places = asyncio.Semaphore(_THREADS)

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of *host* in the system's order, each once; at least one.

        Raises:
            ProbeError: There is none, or none in time.
        """
        try:
            async with asyncio.timeout(self._limit_s):
                resolution = await self._resolution(host, port)
        except TimeoutError:
            raise ProbeError(
                ProbeReason.DNS_TIMEOUT, f"the name had no answer within {self._limit_s:g} s"
            ) from None
        if resolution.error is not None:
            code = resolution.error.errno if isinstance(resolution.error, OSError) else None
            reason = _REASONS.get(code or 0, ProbeReason.DNS_SERVFAIL)
            raise ProbeError(reason, _DETAILS[reason])
        if not resolution.addresses:
            raise ProbeError(ProbeReason.DNS_NO_ADDRESS, _DETAILS[ProbeReason.DNS_NO_ADDRESS])
        return tuple(dict.fromkeys(resolution.addresses))

    async def _resolution(self, host: str, port: int) -> Resolution:
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Resolution] = loop.create_future()

        def arrived(resolution: Resolution) -> None:
            self._places.release()
            if not answer.done():  # nobody may be waiting any more
                answer.set_result(resolution)

        def work() -> None:
            resolution = self._asked(host, port)
            with suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(functools.partial(arrived, resolution))

        threading.Thread(target=work, name="director-dns", daemon=True).start()
        return await answer

    def _asked(self, host: str, port: int) -> Resolution:
        try:
            return Resolution(addresses=self._lookup(host, port))
        except (OSError, UnicodeError) as error:
            return Resolution(error=error)


_DETAILS: Final = {
    ProbeReason.DNS_NXDOMAIN: "the name does not exist",
    ProbeReason.DNS_NO_ADDRESS: "the name has no address",
    ProbeReason.DNS_SERVFAIL: "the name servers did not answer",
}
