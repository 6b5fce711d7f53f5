"""Settings → who brings notifications.

The sink hangs on the bus, and the bus closes it. In the service::

    office = open_notifications(settings, notes, clock, secrets, bus_publish, daemon.target)
    bus = Bus((..., office.courier))
    await office.courier.start()
    await office.courier.catch_up(daemon.targets(), store.evaluation)
    ...
    await bus.close()       # closes the courier
    await office.close()    # lets go of its connections
"""

from __future__ import annotations

import os
import random
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from director import __version__
from director.engine.clock import new_ulid
from director.loading.notifications import Notified, read_notifications
from director.loading.settings import Settings
from director.model.event import Event
from director.model.probe import ProbeError
from director.model.service import Watched
from director.model.value import dataclass
from director.ports import Clock
from director.ports.notes import Notes
from director.probing.guard import AddressPolicy, Reach
from director.probing.resolver import Resolver, system_lookup
from director.sinks.cloud_event import Envelopes
from director.sinks.courier import WebhookCourier
from director.sinks.lane import Postage
from director.sinks.render import Emitter
from director.sinks.webhook import AddressDenied, WebhookSender

if TYPE_CHECKING:
    from director.sinks.webhook import Addresses, SocketFactory

_RESOLVE_S = 10.0


@dataclass(frozen=True, slots=True)
class Office:
    """Who brings notifications, with what it stands on.

    Attributes:
        courier: The sink for the bus, and what the web server asks of deliveries.
        sender: Who makes attempts.
    """

    courier: WebhookCourier
    sender: WebhookSender

    async def close(self) -> None:
        """Let go of connections, after the bus has closed the courier."""
        await self.sender.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What notifications need of the service.

    Attributes:
        notes: Where deliveries are kept.
        clock: Where time comes from.
        publish: Tells the bus; asked only after the start.
        know: Returns what the service knows of a target; None for nothing.
        secrets: Values that no delivery may show, besides those of the notifications file.
    """

    notes: Notes
    clock: Clock
    publish: Callable[[Event], Awaitable[object]]
    know: Callable[[str, str], Watched | None] | None = None
    secrets: tuple[str, ...] = ()


def read_notified(settings: Settings) -> Notified:
    """Return who is told; nobody if no file says so. Its ``values`` are to be masked in the log.

    Raises:
        SettingsError: The file cannot be used.
    """
    if settings.notifications is None:
        return Notified((), ())
    return read_notifications(settings.notifications)


def open_notifications(settings: Settings, notified: Notified, around: Surroundings) -> Office:
    """Return who brings notifications to *notified*; a loop must run where it is started.

    Args:
        settings: Where deliveries may go (the address policy of probes), and whom TLS trusts.
        notified: Who is told, as ``read_notified`` has it.
        around: What it needs of the service.

    Raises:
        SettingsError: The file of certificate authorities cannot be used.
    """
    sender = WebhookSender(_sockets(settings), _addresses(), _tls(settings))
    instance = f"{socket.gethostname()}-{os.getpid()}"
    envelopes = Envelopes(
        f"/director/{socket.gethostname()}",
        Emitter(version=__version__, instance=instance),
        (*around.secrets, *notified.values),
    )
    postage = Postage(
        notes=around.notes,
        clock=around.clock,
        send=sender.send,
        publish=around.publish,
        new_id=new_ulid,
        chance=random.random,
    )
    return Office(WebhookCourier(notified.receivers, envelopes, postage, around.know), sender)


def _sockets(settings: Settings) -> SocketFactory:
    """Return what makes sockets where the address policy allows it."""
    reach = Reach(settings.address_policy)
    policy = AddressPolicy(reach, settings.allow_addresses, settings.allow_ports)

    def open_socket(address: str, port: int) -> socket.socket:
        rule = policy.check(address) or policy.check_port(port)
        if rule is not None:
            raise AddressDenied(f"{address} is denied by the address policy ({rule})")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return socket.socket(family, socket.SOCK_STREAM)

    return open_socket


def _addresses() -> Addresses:
    """Return what resolves names, on threads of its own."""
    resolver: list[Resolver] = []

    async def addresses(host: str, port: int) -> tuple[str, ...]:
        if not resolver:
            resolver.append(Resolver(system_lookup, _RESOLVE_S))
        try:
            return await resolver[0].addresses(host, port)
        except ProbeError as error:
            raise OSError(0, str(error)) from error

    return addresses


def _tls(settings: Settings) -> ssl.SSLContext:
    """Return how TLS is spoken: with the system's authorities, and those of the operator."""
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        from director.loading.authorities import read_authorities  # noqa: PLC0415  # only with one

        context.load_verify_locations(cadata=read_authorities(settings.ca_file))
    return context
