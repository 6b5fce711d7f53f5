"""Settings → the running service with its web server, begun and ended in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from director.engine.clock import SystemClock, Ulids
from director.engine.garbage import set_aside
from director.loading.settings import Settings
from director.model.event import Event
from director.model.service import Watched
from director.model.value import dataclass
from director.ports import Sink
from director.ports.notes import Notes
from director.wiring import instance, open_secrets
from director.wiring.metrics import open_metrics
from director.wiring.notifications import Office as Post
from director.wiring.notifications import Surroundings, open_notifications, read_notified
from director.wiring.record import open_prover
from director.wiring.service import Open, Serving, open_service

if TYPE_CHECKING:
    from director.approval.desk import Office
    from director.loading.notifications import Notified
    from director.sinks.metrics import MetricsSink
    from director.web.front import Front, WebSettings
    from director.web.listening import Listen, Listening
    from director.web.stream import Stream


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs, and where people reach it.

    Attributes:
        address: For example ``http://127.0.0.1:8787``.
        opened: The service with everything it stands on.
        listening: Its web server.
    """

    address: str
    opened: Open
    listening: Listening
    _listeners: Listeners

    async def close(self) -> None:
        """Take nobody new, end what runs, deliver and flush, and let go of the record."""
        await self.listening.end()
        await self.opened.service.close()
        await self.opened.house.close()
        await self._listeners.close()


class Listeners:
    """Who hears of events besides the log: the web's stream, metrics, and who is notified.

    They are made before the service that they ask, and find it when it is there.

    Args:
        settings: What the operator decides.
    """

    def __init__(self, settings: Settings) -> None:
        from director.web.stream import Stream  # noqa: PLC0415  # aiohttp is slow

        self.metrics: MetricsSink = open_metrics(SystemClock())
        self.post: Post | None = None
        self._settings = settings
        self._notified: Notified = read_notified(settings)
        self._secrets = open_secrets(settings.secrets).values
        self.stream: Stream = Stream(instance(), (*self._secrets, *self.masked))
        self._opened: list[Open] = []

    @property
    def masked(self) -> tuple[str, ...]:
        """Values that no log line may show."""
        return tuple(self._notified.values)

    def sinks(self, notes: Notes) -> tuple[Sink, ...]:
        """Return them, given where they may remember things."""
        if not self._notified.receivers:
            return self.stream, self.metrics
        around = Surroundings(
            notes=notes,
            clock=SystemClock(),
            publish=self._publish,
            know=self._know,
            secrets=self._secrets,
        )
        self.post = open_notifications(self._settings, self._notified, around)
        return self.stream, self.metrics, self.post.courier

    def find(self, opened: Open) -> None:
        """Let them ask the service from now on."""
        self._opened.append(opened)
        courier = self.post.courier if self.post else None
        self.metrics.attach(opened.service.view, courier, lambda: opened.house.bus.dropped)

    async def start(self) -> None:
        """Begin to deliver and to measure, before anything happens.

        Raises:
            StoreError: What is still to be delivered cannot be read.
        """
        self.metrics.start()
        if self.post is not None:
            await self.post.courier.start()

    async def catch_up(self) -> None:
        """Tell what changed while nobody could be told.

        Raises:
            StoreError: The record cannot be read.
        """
        (opened,) = self._opened
        store = opened.house.store
        if self.post is not None and store is not None:
            await self.post.courier.catch_up(opened.service.view.targets(), store.evaluation)

    async def close(self) -> None:
        """Let go of connections, after the bus has closed the sinks."""
        if self.post is not None:
            await self.post.close()

    async def _publish(self, event: Event) -> None:
        for opened in self._opened:
            await opened.house.bus.publish(event)

    def _know(self, service: str, environment: str) -> Watched | None:
        for opened in self._opened:
            return opened.service.view.target(service, environment)
        return None


async def serve(
    settings: Settings,
    serving: Serving,
    listen: Listen,
    web: WebSettings,
    say: Callable[[str], None],
) -> Served:
    """Start the service and its web server.

    People are answered while the first evaluations are made; ``/readyz`` says when all is there.

    Args:
        settings: What the operator decides.
        serving: What is to be watched.
        listen: Where the web server listens.
        web: What the operator decides about the web server.
        say: Told where people reach it.

    Raises:
        SettingsError: Something that was asked for cannot be had, or is not safe.
        StoreError: The record cannot be opened or read.
    """
    from director.web.listening import Listening, demand_safe  # noqa: PLC0415  # aiohttp is slow
    from director.web.server import make_app  # noqa: PLC0415

    demand_safe(listen, web)
    listeners = Listeners(settings)
    opened = await open_service(settings, serving, listeners.sinks, listeners.masked)
    listeners.find(opened)
    listening = Listening(make_app(_front(settings, opened, listeners, web)))
    try:
        await listeners.start()
        address = await listening.begin(listen)
        say(address)
        await opened.house.open()
        await opened.service.start()
        await listeners.catch_up()
        set_aside()
    except BaseException:
        await listening.end()
        await opened.house.close()
        await listeners.close()
        raise
    return Served(address, opened, listening, listeners)


def _front(settings: Settings, opened: Open, listeners: Listeners, web: WebSettings) -> Front:
    """Return everything that the web server works with."""
    from director.web.front import Front  # noqa: PLC0415  # aiohttp is slow

    house = opened.house
    assert house.store is not None  # noqa: S101  # it was opened
    return Front(
        daemon=opened.service.view,
        courier=listeners.post.courier if listeners.post else None,
        store=house.store,
        notes=opened.notes,
        office=_office(settings, opened),
        clock=house.clock,
        new_id=Ulids(),
        publish=house.bus.publish,
        stream=listeners.stream,
        exposition=listeners.metrics.exposition,
        settings=web,
    )


def _office(settings: Settings, opened: Open) -> Office:
    """Return what the steps of waivers and overrides are done with, on the open record."""
    from director.approval.desk import Office  # noqa: PLC0415  # only for the service

    store = opened.house.store
    assert store is not None  # noqa: S101  # it was opened
    return Office(
        store=store,
        prover=open_prover(settings.signers) if settings.signers else None,
        clock=opened.house.clock,
        new_id=Ulids(),
    )
