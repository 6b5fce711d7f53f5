"""Everything the web server works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from director.approval.desk import Office
from director.engine.past import Memory
from director.model.event import Event
from director.model.value import dataclass
from director.ports import Clock, Store
from director.ports.notes import Notes
from director.ports.service import Courier, Daemon

if TYPE_CHECKING:
    from director.web.stream import Stream

Network: TypeAlias = IPv4Network | IPv6Network


class Access(StrEnum):
    """Whether somebody must say who they are."""

    OPEN = "open"
    """No: for one person's machine; only loopback is listened on."""
    TOKENS = "tokens"
    """Yes: with an API token, or signed in with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the server takes before it says no.

    Attributes:
        connections: Connections at once.
        connections_per_address: Connections at once from one address; 0 for no limit of its own,
            for example where a proxy on the same machine brings everybody.
        header_s: How long the head of a request may take, in seconds.
        body_s: How long the body of a request may take, in seconds.
        idle_s: How long a connection may say nothing between requests, in seconds.
        body_bytes: Largest body.
        listeners: Listeners to the stream of events at once.
        reads_per_min: Reads of one token or session in a minute.
        writes_per_min: Writes of one token or session in a minute.
        failures_per_min: Failed attempts to say who one is, of one address in a minute.
    """

    connections: int = 512
    connections_per_address: int = 32
    header_s: float = 10.0
    body_s: float = 30.0
    idle_s: float = 30.0
    body_bytes: int = 1024 * 1024
    listeners: int = 500
    reads_per_min: int = 600
    writes_per_min: int = 60
    failures_per_min: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What the operator decides about the web server.

    Attributes:
        access: Whether somebody must say who they are.
        public_url: Where people reach it, for example ``https://director.example.com``; empty if
            that is where it listens.
        behind_proxy: Whether a proxy that speaks TLS stands before it.
        tls: Whether it speaks TLS itself.
        trusted_proxies: Whose ``X-Forwarded-For`` is believed.
        limits: What it takes before it says no.
    """

    access: Access = Access.OPEN
    public_url: str = ""
    behind_proxy: bool = False
    tls: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    limits: Limits = Limits()

    @property
    def secure(self) -> bool:
        """Whether people reach it over TLS."""
        return self.tls or self.behind_proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Everything the web server works with.

    Attributes:
        daemon: The running service.
        courier: Who brings notifications; None if there is nobody to notify.
        store: The record.
        notes: Tokens, sessions, badges.
        office: What the steps of waivers and overrides are done with; None where there are none.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
        publish: Tells everybody of an event.
        stream: Who listens to events; it is one of the sinks that ``publish`` tells.
        exposition: Returns the metrics and their content type, given what the client accepts; None
            if there are none.
        settings: What the operator decides.
    """

    daemon: Daemon
    courier: Courier | None
    store: Store
    notes: Notes
    office: Office | None
    clock: Clock
    new_id: Callable[[datetime], str]
    publish: Callable[[Event], Awaitable[object]]
    stream: Stream
    exposition: Callable[[str], tuple[bytes, str]] | None = None
    settings: WebSettings = WebSettings()

    @property
    def memory(self) -> Memory:
        """What reads recorded decisions as they are now."""
        prover = self.office.prover if self.office else None
        return Memory(self.store, prover, self.clock, self.new_id)


FRONT = web.AppKey("front", Front)
"""Where the application keeps it."""
