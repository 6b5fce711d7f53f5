"""Floor 7: settings → concrete objects. The only module that names adapters.

What is slow to import is imported on first use: aiohttp when a live check is planned, the
database when there is something to record.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director import __version__
from director.app import Director, Tools
from director.engine.bus import Bus
from director.engine.clock import SystemClock, new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.catalog import Installed, discover
from director.loading.settings import Settings
from director.model.catalog import Catalog, Disposition
from director.model.event import PluginLoadFailed, Stamp
from director.model.manifest import Target
from director.model.record import Record
from director.model.standing import Standing
from director.model.value import dataclass
from director.ports import Clock, Prober, ProbeSession, Sink, Store

if TYPE_CHECKING:
    from director.sinks.log import LogSink

_SCHEMAS = {
    "manifest": ("director.loading.schema", "manifest_schema"),
    "profile": ("director.loading.schema", "profile_schema"),
    "log": ("director.sinks.schema", "log_schema"),
}

SCHEMAS = tuple(_SCHEMAS)
"""What is published as JSON Schema; only the one that is wanted is imported."""

LOG_OFF = "off"
LOG_STDERR = "stderr"

CLOSING_S = 2.0
"""How long closing waits for a store that is still being opened, in seconds."""


@dataclass(frozen=True, slots=True)
class House:
    """A Director with everything it stands on.

    Attributes:
        director: Answers.
        catalog: What is installed.
        engine: Runs plans.
        bus: Tells the sinks.
        store: Keeps decisions; None for a run that records nothing.
        clock: Where time comes from.
    """

    director: Director
    catalog: Catalog
    engine: Engine
    bus: Bus
    store: Store | None
    clock: Clock

    async def open(self) -> None:
        """Say which plugins are not loaded, before anything is evaluated."""
        for plugin in self.catalog.plugins:
            if plugin.disposition is not Disposition.LOADED:
                now = self.clock.now()
                await self.bus.publish(PluginLoadFailed(Stamp(new_ulid(now), now), plugin))

    async def close(self) -> None:
        """Flush the log and let go of probes and store, each for a bounded time."""
        await self.engine.close()
        await self.bus.close()
        if self.store is not None:
            await self.store.close()


def assemble(settings: Settings, installed: Installed, sinks: tuple[Sink, ...] = ()) -> House:
    """Return a Director for *settings*; must be called where an event loop runs.

    Args:
        settings: What the operator decides.
        installed: What is installed.
        sinks: Sinks of the caller, besides the log and those of plugins.

    Raises:
        SettingsError: The log cannot be opened.
    """
    clock = SystemClock()
    log = open_log(settings.log)
    bus = Bus((*((log,) if log else ()), *sinks, *installed.sinks))
    engine = Engine(DeferredProber(settings, clock), clock, Limits())
    store = DeferredStore(settings.store) if settings.store else None
    tools = Tools(
        catalog=installed.catalog,
        classes=installed.classes,
        engine=engine,
        bus=bus,
        store=store,
        clock=clock,
        new_id=new_ulid,
        version=__version__,
    )
    return House(Director(tools), installed.catalog, engine, bus, store, clock)


def ready_to_plan(settings: Settings) -> Director:
    """Return a Director that plans but neither logs nor records."""
    quiet = replace(settings, log=LOG_OFF, store=None)
    return assemble(quiet, install(quiet)).director


def published_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema that is published as *name*, one of ``SCHEMAS``."""
    module, function = _SCHEMAS[name]
    schema: dict[str, Any] = getattr(import_module(module), function)()
    return schema


def foundations() -> Iterator[tuple[bool, str]]:
    """Yield whether each library that safety or speed rests on is the fast one, and a line."""
    from director.loading.tree import has_libyaml  # noqa: PLC0415  # slow to import

    if has_libyaml():
        yield True, "YAML is read by libyaml"
    else:
        yield False, "YAML is read slowly: install a wheel of PyYAML, which brings libyaml"
    from director.probing.exchange import has_c_parser  # noqa: PLC0415  # slow to import

    if has_c_parser():
        yield True, "HTTP is parsed by aiohttp's C parser"
    else:
        yield False, "HTTP cannot be parsed safely: install a wheel of aiohttp"


def install(settings: Settings) -> Installed:
    """Return every plugin that is installed, loaded if the operator trusts it."""
    return discover(settings.trust)


def open_log(destination: str) -> LogSink | None:
    """Return the log for *destination*, or None if it is off.

    Raises:
        SettingsError: The file cannot be opened for appending.
    """
    if destination == LOG_OFF:
        return None
    from director.sinks.destination import open_file, open_stderr  # noqa: PLC0415  # slow to import
    from director.sinks.log import LogSink  # noqa: PLC0415
    from director.sinks.render import Emitter  # noqa: PLC0415

    descriptor = (
        open_stderr() if destination == LOG_STDERR else open_file(Path(destination), source="--log")
    )
    return LogSink(descriptor, Emitter(version=__version__, instance=_instance()))


def _instance() -> str:
    """Return what tells this process from every other that logs."""
    return f"{socket.gethostname()}-{os.getpid()}"


class DeferredProber:
    """Opens the real prober when the first live check is planned."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._prober: Prober | None = None

    def session(self, target: Target) -> ProbeSession:
        """Return the probe for one evaluation of *target*."""
        if self._prober is None:
            from director.probing.guard import AddressPolicy, Reach  # noqa: PLC0415  # aiohttp is slow
            from director.probing.http import HttpProber  # noqa: PLC0415
            from director.probing.settings import ProbeSettings  # noqa: PLC0415

            reach = Reach(self._settings.address_policy)
            policy = AddressPolicy(reach, allow=self._settings.allow_addresses)
            self._prober = HttpProber(ProbeSettings(policy=policy), self._clock)
        return self._prober.session(target)

    async def close(self) -> None:
        """Let go of threads and sockets, if there are any."""
        if self._prober is not None:
            await self._prober.close()


class DeferredStore:
    """Opens the real store on first use, in a thread, while probes wait for the network."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opening: asyncio.Task[Store] | None = None

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target."""
        return await (await self._store()).standing(service, environment)

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none."""
        return await (await self._store()).latest(service, environment)

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none."""
        return await (await self._store()).evaluation(evaluation)

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted."""
        return await (await self._store()).environments(service)

    async def record(self, record: Record) -> Record:
        """Make *record* durable and return it as it was read back."""
        return await (await self._store()).record(record)

    async def close(self) -> None:
        """Let go of the store, if it was opened."""
        if self._opening is None:
            return
        await asyncio.wait({self._opening}, timeout=CLOSING_S)
        if self._opening.done() and self._opening.exception() is None:
            await self._opening.result().close()

    async def _store(self) -> Store:
        if self._opening is None:
            self._opening = asyncio.ensure_future(asyncio.to_thread(open_store, self._path))
        return await asyncio.shield(self._opening)


def read_report(data: bytes) -> tuple[Record, ...]:
    """Return the decisions in a report that was written as JSON, with one object or several.

    Raises:
        StoreError: It is no such report, and why.
    """
    from director.store.report import decisions  # noqa: PLC0415  # only where one is compared with

    return decisions(data)


def open_store(path: Path) -> Store:
    """Open the record at *path*, and make it where there is none; blocks meanwhile.

    Raises:
        StoreError: It cannot be opened.
    """
    from director.store.sqlite import open_sqlite  # noqa: PLC0415  # SQLAlchemy is slow

    return open_sqlite(path)
