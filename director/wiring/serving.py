"""Settings → the running service with its web server, begun and ended in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from director.engine.clock import Ulids
from director.loading.settings import Settings
from director.model.value import dataclass
from director.wiring.record import open_prover
from director.wiring.service import Open, Serving, open_service

if TYPE_CHECKING:
    from director.approval.desk import Office
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

    async def close(self) -> None:
        """Take nobody new, end what runs, flush the log, and let go of the record."""
        await self.listening.end()
        await self.opened.service.close()
        await self.opened.house.close()


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
    from director.web.stream import Stream  # noqa: PLC0415

    demand_safe(listen, web)
    stream = Stream()
    opened = await open_service(settings, serving, (stream,))
    listening = Listening(make_app(_front(settings, opened, stream, web)))
    try:
        address = await listening.begin(listen)
        say(address)
        await opened.house.open()
        await opened.service.start()
    except BaseException:
        await listening.end()
        await opened.house.close()
        raise
    return Served(address, opened, listening)


def _front(settings: Settings, opened: Open, stream: Stream, web: WebSettings) -> Front:
    """Return everything that the web server works with."""
    from director.web.front import Front  # noqa: PLC0415  # aiohttp is slow

    house = opened.house
    assert house.store is not None  # noqa: S101  # it was opened
    return Front(
        daemon=opened.service.view,
        courier=None,
        store=house.store,
        notes=opened.notes,
        office=_office(settings, opened),
        clock=house.clock,
        new_id=Ulids(),
        publish=house.bus.publish,
        stream=stream,
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
