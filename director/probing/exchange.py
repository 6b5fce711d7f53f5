"""One question to one endpoint: a fresh connection per hop, measured, bounded, guarded."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import replace
from types import SimpleNamespace
from typing import Final, TypeAlias

import aiohttp
from aiohttp import http_parser

import director
from director.errors import DirectorError
from director.model.probe import ProbeError, ProbeReason, Reply
from director.model.value import dataclass
from director.probing.body import Body
from director.probing.faults import explained
from director.probing.guard import PolicyDenied
from director.probing.resolver import Lookup, Resolver
from director.probing.settings import ProbeSettings
from director.probing.timeline import Phase, Timeline
from director.probing.tls import client_context
from director.probing.url import TargetUrl, UrlError, clean, follow

Headers: TypeAlias = tuple[tuple[str, str], ...]

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes:
        url: Where.
        headers: What to send besides the usual headers; names in lower case, sorted.
    """

    url: TargetUrl
    headers: Headers = ()


def has_c_parser() -> bool:
    """Return whether aiohttp parses with its C parser, whose strictness we rely on."""
    return http_parser.HttpResponseParser is not http_parser.HttpResponseParserPy


class Exchange:
    """Asks questions over HTTP/1.1, through the public hooks of aiohttp alone.

    aiohttp neither follows redirects, nor times out, nor retries, nor decodes here, and keeps
    nothing between two requests.

    Args:
        settings: Limits and the address policy.
        lookup: Who resolves names.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """

    def __init__(self, settings: ProbeSettings, lookup: Lookup) -> None:
        if not has_c_parser():
            raise DirectorError(
                "aiohttp runs without its C parser, whose strictness we rely on; install a wheel"
                " of aiohttp for this platform and unset AIOHTTP_NO_EXTENSIONS"
            )
        self._settings = settings
        self._lookup = lookup
        # Every request has its own task; what is measured where follows from the task.
        self._timeline: ContextVar[Timeline] = ContextVar("director.probing.timeline")
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None

    def prepare(self, url: TargetUrl) -> None:
        """Make what is made once, so that no probe is billed for it.

        Loading the system's certificate authorities takes a while.
        """
        self._opened()
        if url.scheme == "https":
            self._secured()

    async def ask(self, question: Question, timeline: Timeline) -> Reply:
        """Return the complete answer to *question*.

        Must run in a task of its own.

        Raises:
            ProbeError: There was none; with the phases until then.
        """
        self._timeline.set(timeline)
        limit_s = self._settings.request_limit_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._followed(question, timeline)
        except TimeoutError:
            reason, detail = timeline.timed_out, f"no complete answer within {limit_s:g} s"
        except PolicyDenied as denied:
            reason, detail = ProbeReason.POLICY_DENIED, str(denied)
        except ProbeError as error:
            reason, detail = error.reason, error.detail
        timeline.stop()
        raise ProbeError(
            reason,
            detail,
            url=question.url.shown,
            phases=timeline.phases(),
            address=timeline.address,
        )

    async def close(self) -> None:
        """Let go of every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)  # closed transports let go of their sockets in the next turn

    async def _followed(self, question: Question, timeline: Timeline) -> Reply:
        """Follow redirects within the origin, so that no header ever leaves it."""
        limit = self._settings.redirects
        url = question.url
        for hops in range(limit + 1):
            answer = await self._hop(url, question.headers, timeline)
            if isinstance(answer, Reply):
                return replace(answer, hops=hops)
            url = _next(url, answer)
            timeline.enter(Phase.OTHER)
        raise ProbeError(ProbeReason.REDIRECT_LIMIT, f"more than {limit} redirects")

    async def _hop(self, url: TargetUrl, headers: Headers, timeline: Timeline) -> Reply | str:
        """Return the answer of *url*, or where it redirects to."""
        with explained(timeline):
            async with self._opened().get(
                url.text,
                headers=headers,
                allow_redirects=False,
                ssl=self._secured() if url.scheme == "https" else True,
            ) as response:
                timeline.enter(Phase.TRANSFER)
                if not 100 <= response.status <= 599:
                    raise ProbeError(
                        ProbeReason.HTTP_PROTOCOL,
                        f"the status must be 100 to 599, it was {response.status}",
                    )
                if response.status in _REDIRECTS:
                    return _location(response)
                _watch(response)
                body = Body(response.headers.get("Content-Encoding", ""), self._cap_bytes)
                async for piece in response.content.iter_any():
                    body.feed(piece)
                whole = body.finish()
                timeline.stop()
                return Reply(
                    url=url.shown,
                    status=response.status,
                    headers=tuple(
                        (clean(name.lower()), clean(value))
                        for name, value in response.headers.items()
                    ),
                    body=whole,
                    phases=timeline.phases(),
                    address=timeline.address,
                )

    @property
    def _cap_bytes(self) -> int:
        return self._settings.body_cap_bytes

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=Resolver(self._lookup, self._settings.dns_limit_s),
                use_dns_cache=False,
                force_close=True,
                limit=0,  # the wait for a free slot is ours, and outside the measured time
                happy_eyeballs_delay=None,
                socket_factory=self._socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=_NO_TIMEOUT,
                headers={
                    "Accept": "*/*",
                    "Accept-Encoding": "gzip, deflate",
                    "User-Agent": f"production-readiness-director/{director.__version__}",
                },
                trace_configs=[self._tracing()],
                middlewares=(self._once,),
            )
        return self._session

    def _secured(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = client_context(self._handshaking, self._settings.ca_pem)
        return self._tls

    def _handshaking(self) -> None:
        self._timeline.get().enter(Phase.TLS)

    async def _once(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Ask once: aiohttp would repeat a GET whose connection broke, unseen and unmeasured."""
        with explained(self._timeline.get()):
            return await handler(request)

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Return a socket for an address, if the policy allows to dial it."""
        family, kind, protocol, _, sockaddr = info
        host, port = str(sockaddr[0]), int(sockaddr[1])
        rule = self._settings.policy.check(host)
        if rule is not None:
            raise PolicyDenied(host, rule)
        timeline = self._timeline.get()
        timeline.peer = (host, port)
        timeline.enter(Phase.CONNECT)
        return socket.socket(family, kind, protocol)

    def _tracing(self) -> aiohttp.TraceConfig:
        config = aiohttp.TraceConfig()
        config.on_dns_resolvehost_start.append(self._entering(Phase.DNS))
        config.on_dns_resolvehost_end.append(self._entering(Phase.OTHER))
        config.on_connection_create_end.append(self._entering(Phase.SEND))
        config.on_request_headers_sent.append(self._entering(Phase.TTFB))
        return config

    def _entering(
        self, phase: Phase
    ) -> Callable[[aiohttp.ClientSession, SimpleNamespace, object], Awaitable[None]]:
        async def enter(_: aiohttp.ClientSession, __: SimpleNamespace, ___: object) -> None:
            self._timeline.get().enter(phase)

        return enter


def _watch(response: aiohttp.ClientResponse) -> None:
    """End the wait for a body whose framing turns out wrong.

    aiohttp closes such a connection and lets the reader wait for ever.
    """
    protocol = response.connection.protocol if response.connection is not None else None
    closed = protocol.closed if protocol is not None else None
    if closed is None:
        return

    def end(gone: asyncio.Future[None]) -> None:
        if not gone.cancelled():
            gone.exception()  # told by other means; unread, it would be logged as forgotten
        content = response.content
        if not content.is_eof() and content.exception() is None:
            content.set_exception(
                ProbeError(ProbeReason.HTTP_PROTOCOL, "the body is framed wrongly")
            )

    closed.add_done_callback(end)


def _location(response: aiohttp.ClientResponse) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise ProbeError(
            ProbeReason.REDIRECT_NO_LOCATION, f"status {response.status} without a Location"
        )
    return location


def _next(url: TargetUrl, location: str) -> TargetUrl:
    """Return where a redirect leads, if that is within the origin of *url*."""
    try:
        target = follow(url, location)
    except UrlError as error:
        raise ProbeError(
            ProbeReason.REDIRECT_CROSS_ORIGIN, f"the redirect leads to no URL we ask: {error}"
        ) from None
    if (url.scheme, target.scheme) == ("https", "http"):
        raise ProbeError(ProbeReason.REDIRECT_DOWNGRADE, "the redirect leads from https to http")
    if target.origin != url.origin:
        scheme, host, port = target.origin
        raise ProbeError(
            ProbeReason.REDIRECT_CROSS_ORIGIN,
            f"the redirect leads to another origin, {scheme}://{host}:{port}",
        )
    return target
