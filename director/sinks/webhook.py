"""One attempt of a delivery over HTTP: to where the operator said, and nowhere else."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

import director
from director.sinks.retry import Answer

TIMEOUT_S = 15.0
"""Longest time for one attempt, from the name to the end of the answer, in seconds."""

_MOST_ANSWER_BYTES = 65_536
_LONGEST_RETRY_AFTER = 64

SocketFactory: TypeAlias = Callable[[str, int], socket.socket]
"""Makes a socket for an address and a port, or raises ``AddressDenied``."""

Addresses: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Returns the addresses of a name; raises an ``OSError`` if there is none in time."""


class AddressDenied(Exception):  # noqa: N818  # a refusal on purpose, not an error
    """The address policy forbids to dial an address; no ``OSError``, as those are wrapped."""


class WebhookSender:
    """Makes attempts; keeps connections for some seconds.

    Args:
        open_socket: Makes sockets, where the address policy allows it.
        addresses: Resolves names.
        tls: How TLS is spoken, and whom it trusts.
        timeout_s: Longest time for one attempt, in seconds.
    """

    def __init__(
        self,
        open_socket: SocketFactory,
        addresses: Addresses,
        tls: ssl.SSLContext,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._open_socket = open_socket
        self._addresses = addresses
        self._tls = tls
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send *body*; return what came back, whatever happened."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._sent(url, headers, body)
        except TimeoutError:
            return Answer(0, f"no answer within {self._timeout_s:g} s")
        except (AddressDenied, aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(0, _why(error))

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        session = self._opened()
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as reply:
            # What it says besides is nobody's; read, so that the connection can be used again.
            await reply.content.read(_MOST_ANSWER_BYTES)
            after = reply.headers.get("Retry-After", "")[:_LONGEST_RETRY_AFTER]
            detail = f"answered {reply.status}"
            if 300 <= reply.status < 400:
                detail += ": redirections are not followed"
            return Answer(reply.status, detail, after)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls,
                    resolver=_Names(self._addresses),
                    use_dns_cache=False,
                    keepalive_timeout=10,
                    socket_factory=lambda info: self._open_socket(*info[4][:2]),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    "User-Agent": f"production-readiness-director/{director.__version__}",
                    "Accept": "*/*",
                },
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _Names(AbstractResolver):
    """Resolves by what it is given."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of *host*, of whatever family."""
        del family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._addresses(host, port)
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _why(error: Exception) -> str:
    """Return what went wrong, without the URL, which may be a secret."""
    match error:
        case AddressDenied():
            return str(error)
        case aiohttp.InvalidURL():
            return "the URL cannot be asked for"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate is not trusted"
        case aiohttp.ClientConnectorError():
            cause = error.os_error
            return f"no connection: {cause.strerror or type(cause).__name__}"
        case _:
            return f"the connection or the answer broke ({type(error).__name__})"
