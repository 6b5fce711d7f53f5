"""One request over HTTP/1.1 on a connection of its own, with every phase on the timeline."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextvars import ContextVar
from typing import Final

from aiohttp import http_parser

import director
from director.errors import DirectorError
from director.model.probe import Phase
from director.probing.certificate import shown_by
from director.probing.dial import dial, is_address
from director.probing.guard import PolicyDenied
from director.probing.inquiry import Headers
from director.probing.resolver import Resolver
from director.probing.settings import ProbeSettings
from director.probing.timeline import Timeline
from director.probing.tls import client_context
from director.probing.url import TargetUrl
from director.probing.wire import PlainWire, SecureWire, Wire, handler

_USUAL: Final = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Connection", "close"),
    ("User-Agent", f"production-readiness-director/{director.__version__}"),
)


def has_c_parser() -> bool:
    """Return whether aiohttp parses with its C parser, whose strictness we rely on."""
    return http_parser.HttpResponseParser is not http_parser.HttpResponseParserPy


class Client:
    """Makes requests.

    Args:
        settings: Limits and the address policy.
        resolver: Who resolves names.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """

    def __init__(self, settings: ProbeSettings, resolver: Resolver) -> None:
        if not has_c_parser():
            raise DirectorError(
                "aiohttp runs without its C parser, whose strictness we rely on; install a wheel"
                " of aiohttp for this platform and unset AIOHTTP_NO_EXTENSIONS"
            )
        self._settings = settings
        self._resolver = resolver
        # Every probe has its own task; on what a handshake counts follows from the task.
        self._timeline: ContextVar[Timeline] = ContextVar("director.probing.timeline")
        self._tls: ssl.SSLContext | None = None

    def begin(self, timeline: Timeline) -> None:
        """Let every handshake of this task from now on count on *timeline*."""
        self._timeline.set(timeline)

    def secured(self) -> ssl.SSLContext:
        """Return how TLS is spoken; loading the certificate authorities takes a while."""
        if self._tls is None:
            self._tls = client_context(self._handshaking, self._settings.ca_pem)
        return self._tls

    async def connect(self, url: TargetUrl, timeline: Timeline) -> Wire:
        """Return a connection over which *url* can be asked for.

        Raises:
            PolicyDenied: The policy forbids to dial the address.
            ProbeError: The name has no address.
            OSError: There is no connection.
        """
        timeline.name = url.host.rstrip(".")
        rule = self._settings.policy.check_port(url.port)
        if rule is not None:
            raise PolicyDenied(url.authority, rule)
        address = await self._address(url, timeline)
        sock = await dial(address, url.port, self._settings.policy, timeline)
        return PlainWire(sock) if url.scheme == "http" else await self._secured(sock, timeline)

    async def _address(self, url: TargetUrl, timeline: Timeline) -> str:
        """Return what to dial: the address this hop is bound to, or the first of its host."""
        pinned, timeline.pin = timeline.pin, ""
        if pinned or is_address(url.host):
            return pinned or url.host
        timeline.enter(Phase.DNS)
        found = await self._resolver.addresses(url.host, url.port)
        timeline.enter(Phase.OTHER)
        return found[0]

    async def _secured(self, sock: socket.socket, timeline: Timeline) -> Wire:
        """Return *sock* with TLS on it."""
        loop = asyncio.get_running_loop()
        reads = handler(loop)
        try:
            transport, _ = await loop.create_connection(
                lambda: reads, sock=sock, ssl=self.secured(), server_hostname=timeline.name
            )
        except BaseException:
            sock.close()
            raise
        if timeline.session is not None:
            timeline.showed(shown_by(timeline.session, timeline.now()))
            timeline.session = None
        return SecureWire(transport, reads)

    def _handshaking(self, session: ssl.SSLObject) -> None:
        timeline = self._timeline.get()
        timeline.session = session
        timeline.enter(Phase.TLS)


def request(url: TargetUrl, headers: Headers) -> bytes:
    """Return the bytes that ask for *url*; everything in it was looked at before.

    A header without a value is not sent, nor is the usual one of that name.
    """
    target = url.path if url.query is None else f"{url.path}?{url.query}"
    given = {name for name, _ in headers}
    lines = [f"GET {target} HTTP/1.1", f"Host: {url.authority}"]
    lines += [f"{name}: {value}" for name, value in _USUAL if name.lower() not in given]
    lines += [f"{name}: {value}" for name, value in headers if value]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
