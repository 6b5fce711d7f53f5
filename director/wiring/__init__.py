"""Floor 7: settings → concrete objects. The only package that names adapters.

What is slow to import is imported on first use: aiohttp when a live check is planned, the
database when there is something to record.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director import __version__
from director.app import Director, Tools
from director.engine.bus import Bus
from director.engine.clock import SystemClock, new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.catalog import Installed
from director.loading.settings import Settings
from director.model.catalog import Catalog, Disposition
from director.model.event import PluginLoadFailed, Stamp
from director.model.secret import Secrets, well_formed
from director.model.value import dataclass
from director.ports import Clock, Prober, Sink, Store
from director.probing.deferred import DeferredProber
from director.store.deferred import DeferredStore
from director.wiring.plugins import Workers, install
from director.wiring.record import open_prover, open_store

if TYPE_CHECKING:
    from director.probing.inspector import Inspector
    from director.rules.options import Understand
    from director.sinks.log import LogSink

_SCHEMAS = {
    "manifest": ("director.loading.schema", "manifest_schema"),
    "profile": ("director.loading.schema", "profile_schema"),
    "definitions": ("director.loading.schema", "definitions_schema"),
    "notifications": ("director.loading.schema", "notifications_schema"),
    "secrets": ("director.loading.schema", "secrets_schema"),
    "signers": ("director.loading.schema", "signers_schema"),
    "log": ("director.sinks.schema", "log_schema"),
}

SCHEMAS = tuple(_SCHEMAS)
"""What is published as JSON Schema; only the one that is wanted is imported."""

LOG_OFF = "off"
LOG_STDERR = "stderr"


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
        workers: Where plugins run that are not trusted.
    """

    director: Director
    catalog: Catalog
    engine: Engine
    bus: Bus
    store: Store | None
    clock: Clock
    workers: Workers = field(default_factory=Workers)

    async def open(self) -> None:
        """Say which plugins are not loaded, before anything is evaluated."""
        await self.workers.open(self.bus.publish, self.clock)
        for plugin in self.catalog.plugins:
            if plugin.disposition is not Disposition.LOADED:
                now = self.clock.now()
                await self.bus.publish(PluginLoadFailed(Stamp(new_ulid(now), now), plugin))

    async def close(self) -> None:
        """Flush the log and let go of probes and store, each for a bounded time."""
        await self.engine.close()
        await self.workers.close()
        await self.bus.close()
        if self.store is not None:
            await self.store.close()


@dataclass(frozen=True, slots=True)
class Given:
    """What a Director is made with besides the settings, where it is there already.

    Attributes:
        refer: Looks up the secrets that a manifest refers to; None for those of the settings.
        workers: Where plugins run that are not trusted; None if all are.
        store: The record, opened; None for that of the settings.
        new_id: Makes identities.
        masked: Values besides those of the secrets file that no log line may show.
        limits: How many live checks may run at once.
    """

    refer: Understand | None = None
    workers: Workers | None = None
    store: Store | None = None
    new_id: Callable[[datetime], str] = new_ulid
    masked: tuple[str, ...] = ()
    limits: Limits = Limits()


def assemble(
    settings: Settings,
    installed: Installed,
    sinks: tuple[Sink, ...] = (),
    given: Given | None = None,
) -> House:
    """Return a Director for *settings*; must be called where an event loop runs.

    Args:
        settings: What the operator decides.
        installed: What is installed.
        sinks: Sinks of the caller, besides the log and those of plugins.
        given: What is there already; None for nothing.

    Raises:
        SettingsError: The log cannot be opened, or the secrets file cannot be used.
    """
    given, clock = given or Given(), SystemClock()
    secrets = open_secrets(settings.secrets)
    masked = (*secrets.values, *given.masked)
    log = open_log(settings.log, masked, settings.log_format)
    bus = Bus((*((log,) if log else ()), *sinks, *installed.sinks))
    prober = DeferredProber(lambda: open_prober(settings, clock, secrets))
    engine = Engine(prober, clock, given.limits, secrets.values)
    store = given.store
    if store is None and settings.store:
        store = DeferredStore(lambda: open_store(settings))
    tools = Tools(
        catalog=installed.catalog,
        classes=installed.classes,
        engine=engine,
        bus=bus,
        store=store,
        clock=clock,
        new_id=given.new_id,
        version=__version__,
        prover=open_prover(settings.signers) if settings.signers else None,
        understand=fault_of_expectation,
        refer=given.refer or secrets.fault,
    )
    where = given.workers or Workers()
    return House(Director(tools), installed.catalog, engine, bus, store, clock, where)


def ready_to_plan(settings: Settings) -> Director:
    """Return a Director that plans but neither logs, records nor sends anything."""
    quiet = replace(settings, log=LOG_OFF, store=None, secrets=None)
    # Whoever only plans need not be the one who has the secrets.
    workers = Workers()
    try:
        return assemble(quiet, install(quiet, workers), given=Given(refer=well_formed)).director
    finally:
        workers.end()


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
    from director.probing.client import has_c_parser  # noqa: PLC0415  # slow to import

    if has_c_parser():
        yield True, "HTTP is parsed by aiohttp's C parser"
    else:
        yield False, "HTTP cannot be parsed safely: install a wheel of aiohttp"


def signature_program() -> tuple[bool, str]:
    """Return whether the program is there that SSH signatures are proven with, and a line."""
    from director.audit.ssh_keygen import PROGRAM, located  # noqa: PLC0415  # only with signers

    path = located()
    if path is None:
        return False, f"signatures cannot be proven: install {PROGRAM}, a part of OpenSSH"
    return True, f"signatures are proven by {path}"


def fault_of_expectation(text: str) -> str:
    """Return what is wrong with the expectation *text*, in one clause, or an empty text."""
    from director.probing.conditions import compile_expectation  # noqa: PLC0415  # re2 is slow

    try:
        compile_expectation(text)
    except ValueError as error:
        return str(error)
    return ""


def open_secrets(path: Path | None) -> Secrets:
    """Return what the operator's file *path* registers; nothing if there is none.

    Raises:
        SettingsError: The file cannot be used.
    """
    if path is None:
        return Secrets()
    from director.loading.secrets import read_secrets  # noqa: PLC0415  # only where there are some

    return read_secrets(path)


def open_log(
    destination: str, secrets: tuple[str, ...] = (), names: str = "director"
) -> LogSink | None:
    """Return the log for *destination*, or None if it is off.

    Args:
        destination: ``stderr``, ``off``, or a file.
        secrets: Values that must not appear in any line.
        names: Under whose names lines are written, one of ``LOG_FORMATS``.

    Raises:
        SettingsError: The file cannot be opened for appending.
    """
    if destination == LOG_OFF:
        return None
    from director.sinks.destination import open_file, open_stderr  # noqa: PLC0415  # slow to import
    from director.sinks.log import LogSettings, LogSink  # noqa: PLC0415
    from director.sinks.log_file import LogFile  # noqa: PLC0415
    from director.sinks.render import Emitter  # noqa: PLC0415

    emitter = Emitter(version=__version__, instance=instance())
    told = LogSettings(secrets=secrets, names=names)
    if destination == LOG_STDERR:
        return LogSink(open_stderr(), emitter, told)
    path = Path(destination).absolute()
    return LogSink(open_file(path, source="--log"), emitter, told, LogFile(path))


def instance() -> str:
    """Return what tells this process from every other that logs."""
    return f"{socket.gethostname()}-{os.getpid()}"


def open_prober(settings: Settings, clock: Clock, secrets: Secrets | None = None) -> Prober:
    """Return what probes, as the operator wants it.

    Args:
        settings: Where probes may reach, and whom they trust.
        clock: Where time comes from.
        secrets: What they may send; None for nothing.

    Raises:
        SettingsError: The file of certificate authorities cannot be used.
    """
    from director.probing.guard import AddressPolicy, Reach  # noqa: PLC0415  # aiohttp is slow
    from director.probing.session import LiveProber  # noqa: PLC0415
    from director.probing.settings import ProbeSettings  # noqa: PLC0415

    reach = Reach(settings.address_policy)
    policy = AddressPolicy(reach, settings.allow_addresses, settings.allow_ports)
    ca_pem = ""
    if settings.ca_file is not None:
        from director.loading.authorities import read_authorities  # noqa: PLC0415  # only with one

        ca_pem = read_authorities(settings.ca_file)
    decided = ProbeSettings(policy=policy, ca_pem=ca_pem, secrets=secrets or Secrets())
    return LiveProber(decided, clock)


def open_inspector(settings: Settings, base_url: str | None = None) -> Inspector:
    """Return what probes by itself.

    Args:
        settings: Where probes may reach, and whom they trust.
        base_url: What paths are asked at; None if only whole URLs are.

    Raises:
        SettingsError: The file of certificate authorities cannot be used.
    """
    from director.probing.inspector import Inspector  # noqa: PLC0415  # aiohttp is slow

    clock = SystemClock()
    return Inspector(open_prober(settings, clock), clock, base_url)
