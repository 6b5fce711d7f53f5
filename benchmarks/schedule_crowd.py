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
from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from director import __version__
from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.clock import SystemClock, Ulids
from director.engine.garbage import collect_rarely, set_aside
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
from director.model.decision import Verdict
from director.model.manifest import Environment, Schedule, Target
from director.model.outcome import Outcome, Passed
from director.model.profile import CheckPolicy
from director.model.sampled import State
from director.model.sampling import Level
from director.model.service import Latest
from director.plugin import Probe, Role
from director.ports.notes import Notes
from director.service import keeping
from director.service.daemon import Service
from director.service.ears import Ears
from director.service.folder import Seen, Sheet
from director.service.guard import Guard
from director.service.register import key_of
from director.service.watch import Watch
from director.service.world import World
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
    _new: bool = False

    def look(self) -> Seen:
        """Return the same sheets every time."""
        if self._seen is not None:
            new, self._new = self._new, False
            return self._seen if new else Seen(self._seen.sheets, ())
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

    def anew(self) -> None:
        """Say again that everything is new."""
        self._new = True


async def remember(notes: Notes, crowd: Crowd, clock: SystemClock) -> None:
    """Write down that every target was evaluated a moment ago and is well, as after a restart."""
    now = clock.now()
    kept = []
    for sheet in crowd.look().sheets:
        (request,) = sheet.requests
        watch = Watch(key_of(request), request, str(sheet.path))
        watch.state = State(
            level=Level.PASS, recent=(Level.PASS,), evidence_at=now, told=Level.PASS
        )
        watch.basis = request.loaded.manifest.digest, request.profile.digest
        watch.held_at = now
        watch.latest = Latest(
            evaluation=Ulids()(now),
            decision=Verdict.GO,
            pass_rate="100%",  # noqa: S106  # a share of checks
            score=1.0,
            decided_at=now,
            valid_until=now + timedelta(days=1),
            categories=(("reliability", 1.0, 0), ("security", 1.0, 0)),
        )
        kept.append(keeping.note_of(watch))
        if len(kept) == 1000:
            await notes.write(kept)
            kept.clear()
    await notes.write(kept)
    crowd.anew()


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
    crowd = Crowd(count, every_s)
    await remember(notes, crowd, clock)
    service = Service(
        World(
            director=director,
            folder=crowd,  # type: ignore[arg-type]  # a folder without files
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
    collect_rarely()
    await service.start()
    set_aside()
    await asyncio.sleep(5)  # What the start itself costs is not the grid's.
    rounds = service._rounds  # noqa: SLF001  # the figures are not for users
    rounds.delays_s = deque(maxlen=1_000_000)
    missed_before = sum(target.missed for target in service.view.targets())
    before_s = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(for_s)
    after_s = resource.getrusage(resource.RUSAGE_SELF)
    delays = sorted(rounds.delays_s)
    missed = sum(target.missed for target in service.view.targets()) - missed_before
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
