"""Watch many targets on one grid with simulated probes: schedule_crowd.py TARGETS EVERY_S FOR_S.

Everything else is real: plan, engine, decision, log lines in a file, the record in SQLite with its
seals, and what is held true of each target. On standard output: lateness and memory, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from director import __version__
from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.clock import SystemClock, Ulids
from director.engine.limits import Limits
from director.engine.past import Memory
from director.engine.run import Engine
from director.loading.catalog import discover
from director.loading.manifest import load_manifest
from director.loading.offers import examine_check
from director.loading.profile import builtin_folder, load_profile
from director.loading.settings import BUNDLED, Settings
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec
from director.model.manifest import Environment, Schedule, Target
from director.model.outcome import Outcome, Passed
from director.model.profile import CheckPolicy
from director.plugin import Probe, Role
from director.service.daemon import Service, World
from director.service.ears import Ears
from director.service.folder import Seen, Sheet
from director.service.guard import Guard
from director.testing import FakeProbe
from director.wiring import open_log
from director.wiring.notes import open_record

PROBE_S = 0.05


@dataclass(frozen=True)
class Up:
    """A check whose probe is simulated: it waits as for a network, and all is well."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="simulated.up", title="It is up", category="reliability", why="w", remedy="r"
    )

    async def run(self, _: Target, __: Probe) -> Outcome:
        """Wait, and say that all is well."""
        await asyncio.sleep(PROBE_S)
        return Passed("it answered", observed="0.05 s")


class NoNetwork:
    """A prober whose probes are never asked."""

    def session(self, _: Target) -> NoNetwork:
        """Return the session."""
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows nothing."""
        return FakeProbe({})

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Crowd:
    """A folder that holds as many manifests as wanted, each with a name of its own."""

    count: int
    every_s: float
    _seen: Seen | None = None

    def look(self) -> Seen:
        """Return the same sheets every time."""
        if self._seen is not None:
            return Seen(self._seen.sheets, ())
        folders = (builtin_folder(),)
        loaded = load_manifest(Path("config/services/ready-service.yaml"))
        profile = load_profile("baseline", folders)
        policy = CheckPolicy(check="simulated.up", category="reliability", role=Role.REQUIRED)
        profile = replace(profile, checks=(*profile.checks, policy))
        sheets = []
        for number in range(self.count):
            name = f"service-{number:06}"
            environment = Environment("production", None, Schedule(every_s=self.every_s))
            manifest = replace(loaded.manifest, name=name, environments=(environment,))
            request = Request("", replace(loaded, manifest=manifest), environment, profile)
            sheets.append(Sheet(Path(f"{name}.yaml"), (), (request,)))
        self._seen = Seen(tuple(sheets), tuple(sheets))
        return self._seen


async def main(count: int, every_s: float, for_s: float, place: Path) -> dict[str, float]:
    """Watch, and return what was measured."""
    clock, new_id = SystemClock(), Ulids()
    settings = Settings(store=place / "record.db", log=str(place / "log.jsonl"))
    installed = discover(frozenset(BUNDLED))
    made, offer = examine_check(Up, "simulated")
    plugin = Plugin(name="simulated", distribution="simulated", version="1", checks=(offer,))
    catalog = Catalog((*installed.catalog.plugins, plugin))
    ears = Ears()
    log = open_log(settings.log)
    bus = Bus((*((log,) if log else ()), ears))
    store, notes = open_record(settings)
    director = Director(
        Tools(
            catalog=catalog,
            classes={**installed.classes, "simulated.up": made},
            engine=Engine(NoNetwork(), clock, Limits(1024, 1024)),
            bus=bus,
            store=store,
            clock=clock,
            new_id=new_id,
            version=__version__,
        )
    )
    folder: Callable[..., object] = Crowd
    service = Service(
        World(
            director=director,
            folder=folder(count, every_s),  # type: ignore[arg-type]  # a folder without files
            store=store,
            notes=notes,
            memory=Memory(store, None, clock, new_id),
            catalog=catalog,
            ears=ears,
            guard=Guard((), clock),
            publish=bus.publish,
            clock=clock,
            new_id=new_id,
        )
    )
    await service.start()
    # The first round is spread by itself; what is measured is the grid after it.
    await asyncio.sleep(min(count / 100, 300.0) + 5)
    rounds = service._rounds  # noqa: SLF001  # the figures are not for users
    rounds.delays_s.clear()
    before_s = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(for_s)
    after_s = resource.getrusage(resource.RUSAGE_SELF)
    delays = sorted(rounds.delays_s)
    missed = sum(target.missed for target in service.view.targets())
    cpu_s = after_s.ru_utime + after_s.ru_stime - before_s.ru_utime - before_s.ru_stime
    found = {
        "runs": len(delays),
        "p50_s": delays[len(delays) // 2],
        "p99_s": delays[int(len(delays) * 0.99)],
        "most_s": delays[-1],
        "missed": missed,
        "cpu": cpu_s / for_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }
    await service.close()
    await bus.close()
    await store.close()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder_name:
        figures = asyncio.run(
            main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(folder_name))
        )
    print(json.dumps(figures))
