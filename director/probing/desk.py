"""Makes inquiries of every kind, each within its time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.probe import Phase, Reply
from director.probing import certificate
from director.probing.client import Client
from director.probing.dial import dial, is_address
from director.probing.dns import ask_name_server
from director.probing.exchange import Exchange
from director.probing.faults import explained
from director.probing.handshake import shake
from director.probing.inquiry import Addresses, Inquiry, Knock, Page, Records, Shake
from director.probing.limit import limited
from director.probing.resolver import Lookup, Resolver
from director.probing.settings import ProbeSettings
from director.probing.starttls import begin
from director.probing.tcp import knock
from director.probing.timeline import Timeline
from director.probing.turnstile import Turnstile

_T = TypeVar("_T")

_TURNS = 3
"""Of the event loop, after which a TLS connection that said goodbye is closed."""


class Desk:
    """Makes inquiries.

    Each method must run in a task of its own, and raises ``ProbeError`` with what was seen.

    Args:
        settings: Limits and the address policy.
        lookup: Who resolves names.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """

    def __init__(self, settings: ProbeSettings, lookup: Lookup) -> None:
        self._settings = settings
        self._resolver = Resolver(lookup, settings.dns_limit_s)
        self.secrets = settings.secrets.values
        """What must not be shown of any answer."""
        self.turnstile = Turnstile()
        """How much is begun, and how much is answered, in one turn of the event loop."""
        self._client = Client(settings, self._resolver)
        self._exchange = Exchange(settings, self._client, self.turnstile)

    def prepare(self, inquiry: Inquiry) -> None:
        """Make what is made once, so that no probe is billed for it."""
        if isinstance(inquiry, Shake) or (
            isinstance(inquiry, Page) and inquiry.url.scheme == "https"
        ):
            self._client.secured()
            certificate.prepare()

    async def page(self, page: Page, timeline: Timeline) -> Reply:
        """Return the complete answer of a page."""
        return await self._limited(self._exchange.ask(page, timeline), page, timeline)

    async def addresses(self, inquiry: Addresses, timeline: Timeline) -> tuple[str, ...]:
        """Return every address of a host, in the order of the resolver; at least one."""
        work = self._addresses(inquiry.url.host, inquiry.url.port, timeline)
        return await self._limited(work, inquiry, timeline)

    async def greeting(self, inquiry: Knock, timeline: Timeline) -> Greeting:
        """Return what a peer says first, or only that it can be reached."""
        return await self._limited(self._knocked(inquiry, timeline), inquiry, timeline)

    async def handshake(self, inquiry: Shake, timeline: Timeline) -> Handshake:
        """Return what a peer shows of itself over TLS."""
        return await self._limited(self._shaken(inquiry, timeline), inquiry, timeline)

    async def records(self, inquiry: Records, timeline: Timeline) -> DnsAnswer:
        """Return what a name server answers."""
        work = ask_name_server(inquiry, self._settings, timeline)
        return await self._limited(work, inquiry, timeline)

    async def close(self) -> None:
        """Let the connections that were hung up let go of their sockets, in the next turns."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _limited(
        self, work: Coroutine[Any, Any, _T], inquiry: Inquiry, timeline: Timeline
    ) -> _T:
        return await limited(work, self._settings, timeline, inquiry.place.shown)

    async def _addresses(self, host: str, port: int, timeline: Timeline) -> tuple[str, ...]:
        if is_address(host):
            return (host,)
        timeline.enter(Phase.DNS)
        found = await self._resolver.addresses(host, port)
        timeline.enter(Phase.OTHER)
        return found

    async def _knocked(self, inquiry: Knock, timeline: Timeline) -> Greeting:
        address = (await self._addresses(inquiry.host, inquiry.port, timeline))[0]
        return await knock(inquiry, address, self._settings.policy, timeline)

    async def _shaken(self, inquiry: Shake, timeline: Timeline) -> Handshake:
        address = (await self._addresses(inquiry.host, inquiry.port, timeline))[0]
        with explained(timeline):
            sock = await dial(address, inquiry.port, self._settings.policy, timeline)
            if inquiry.starttls is not None:
                await begin(sock, inquiry.starttls, timeline)
        return await shake(inquiry, sock, self._client, timeline)
