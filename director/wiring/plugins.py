"""What is installed, and where it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from director.engine.clock import new_ulid
from director.loading.catalog import Installed, discover
from director.loading.settings import Settings
from director.model.catalog import Catalog
from director.model.event import Event, PluginOutput, Stamp, WorkerEnded
from director.ports import Clock
from director.ports.outside import Came, Wanted

if TYPE_CHECKING:
    from director.isolation.pool import Pool, Word

_LOADS = "director.loading.hosted:load"
_JUDGES = "director.probing.judging:Judging"


class Workers:
    """Worker processes for the plugins that the operator does not trust.

    Nothing is imported or started for them where there is none.
    """

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def begin(self, wanted: Sequence[Wanted]) -> Callable[[], tuple[Came, ...]]:
        """Begin to load plugins, each in a worker; return what waits for them."""
        from director.isolation.forks import Parts  # noqa: PLC0415  # only where it is needed
        from director.isolation.pool import Pool  # noqa: PLC0415

        self._pool = Pool(Parts(_LOADS, _JUDGES))
        return self._pool.begin(wanted)

    async def open(self, publish: Callable[[Event], Awaitable[object]], clock: Clock) -> None:
        """Publish from now on what workers print and how they end."""
        if self._pool is None:
            return

        async def tell(word: Word) -> None:
            for event in _events(word, clock):
                await publish(event)

        await self._pool.open(tell)

    async def close(self) -> None:
        """End every worker and what it started, for a bounded time."""
        if self._pool is not None:
            await self._pool.close()

    def end(self) -> None:
        """End every worker where no event loop runs, or ran."""
        if self._pool is not None:
            self._pool.end()


def install(settings: Settings, workers: Workers | None = None) -> Installed:
    """Return every plugin that is installed, loaded here if the operator trusts it, else there.

    Args:
        settings: What the operator decides.
        workers: Where the others run, to be closed or ended by the caller; None to refuse them.

    Raises:
        SettingsError: What the operator defines cannot be used, or did not become checks.
    """
    if not settings.definitions:
        return discover(settings.trust, outside=workers)
    from director.loading.definitions import read_definitions  # noqa: PLC0415  # only with some

    definitions = read_definitions(settings.definitions)
    installed = discover(settings.trust, outside=workers, definitions=definitions.values)
    definitions.demand_taken(installed)
    return installed


def catalog_of(settings: Settings) -> Catalog:
    """Return what is installed, for who only looks at it.

    Raises:
        SettingsError: As ``install`` does.
    """
    workers = Workers()
    try:
        return install(settings, workers).catalog
    finally:
        workers.end()


def _events(word: Word, clock: Clock) -> list[Event]:
    now = clock.now()
    events: list[Event] = [
        PluginOutput(Stamp(new_ulid(now), now), word.plugin, stream, text, lost)
        for stream, text, lost in word.printed
    ]
    if word.ended is not None:
        code, detail = word.ended
        stamp = Stamp(new_ulid(now), now)
        events.append(WorkerEnded(stamp, word.plugin, code, detail, word.orphans))
    return events
