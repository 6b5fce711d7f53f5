"""The same live check in this process and in a worker; and twenty plugins at once.

Usage: isolation_ours.py PORT. Told ``near one``, ``far one``, ``near 200``, ``far 200``, ``cold``
or ``twenty``.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from importlib.metadata import DistributionFinder, MetadataPathFinder
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from director.engine.attempt import Visit, examine
from director.engine.clock import SystemClock
from director.engine.limits import Limits
from director.engine.ready import make_ready
from director.engine.run import Engine
from director.loading.catalog import Installed, discover
from director.model.check import Role
from director.model.manifest import Environment, Manifest, Target
from director.model.outcome import Passed
from director.model.plan import Plan, PlannedCheck
from director.model.profile import CheckPolicy
from director.model.result import Result
from director.ports import LiveCheck
from director.probing.guard import AddressPolicy
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.wiring.plugins import Workers
from probe_world import orders, say

ROUNDS = 200
PLUGINS = 20
CHECKS = 10
SLOWEST_S = 0.5

MODULE = """
import asyncio
from dataclasses import make_dataclass
from director.plugin import CheckSpec, Failed, Passed, hookimpl

def check(number):
    async def run(self, target, probe):
        if {sleeps}:
            await asyncio.sleep({slowest_s} * (number + 1) / {many})
        reply = await probe.get("/healthz")
        return Passed("so") if reply.status == 200 else Failed(str(reply.status))

    spec = CheckSpec(
        id=f"{name}.c{{number}}", title="t", category="c", why="w", remedy="r", deadline_s=30.0
    )
    return make_dataclass("C", [], frozen=True, namespace={{"spec": spec, "run": run}})

@hookimpl
def director_checks():
    return [check(number) for number in range({many})]
"""


def install(folder: Path, name: str, many: int, *, sleeps: bool) -> None:
    """Install a plugin into *folder*."""
    info = folder / f"bench_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bench-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[director]\n{name} = bench_{name}\n")
    text = MODULE.format(name=name, many=many, sleeps=sleeps, slowest_s=SLOWEST_S)
    (folder / f"bench_{name}.py").write_text(text)


def found(folder: Path, workers: Workers) -> Installed:
    """Return what is installed in *folder*; what is called near is trusted."""
    finder = MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[str(folder)]))
    points = [point for each in finder for point in each.entry_points]
    return discover(frozenset({"bench-near"}), points, workers)


def planned(check: str, plugin: str) -> PlannedCheck:
    """Return *check* as a plan has it."""
    policy = CheckPolicy(check=check, category="c", role=Role.REQUIRED)
    return PlannedCheck(policy=policy, plugin=plugin, version="1.0")


class Bench:
    """Everything that is measured, at one server."""

    def __init__(self, port: int, folder: Path) -> None:
        self.clock = SystemClock()
        policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
        self.prober = LiveProber(ProbeSettings(policy=policy), self.clock)
        here = Environment(name="here", base_url=f"http://127.0.0.1:{port}")
        self.target = Target(Manifest(name="it", digest=""), here)
        self.folder = folder

    async def once(self, check: LiveCheck, name: str) -> None:
        """Ask one check as the engine does."""
        session = self.prober.session(self.target)
        visit = Visit(self.target, session, self.clock, lambda _: None)
        result = await examine(check, planned(f"{name}.c0", name), visit)
        await session.close()
        require(result)

    async def one(self, check: LiveCheck, name: str) -> float:
        """Return how long one check takes, in seconds."""
        began = time.perf_counter()
        for _ in range(ROUNDS):
            await self.once(check, name)
        return (time.perf_counter() - began) / ROUNDS

    async def many(self, check: LiveCheck, name: str) -> float:
        """Return how long each of many takes that run at the same time, 200 at once."""
        began = time.perf_counter()
        for _ in range(5):
            async with asyncio.TaskGroup() as group:
                for _ in range(200):
                    group.create_task(self.once(check, name))
        return (time.perf_counter() - began) / 1000

    async def twenty(self) -> tuple[float, float]:
        """Return how much longer twenty plugins take than the slowest check, and the loop's lag."""
        folder = self.folder / "twenty"
        if not folder.is_dir():
            for number in range(PLUGINS):
                install(folder, f"p{number}", CHECKS, sleeps=True)
        sys.path.insert(0, str(folder))
        workers, lags = Workers(), list[float]()
        measuring = asyncio.create_task(lag(lags))
        began = time.perf_counter()
        installed = found(folder, workers)
        lags.clear()  # Loading comes before there is a loop.
        checks = [planned(check, check.partition(".")[0]) for check in sorted(installed.classes)]
        order, _ = make_ready(Plan(tuple(checks)), self.target, installed.classes)
        engine = Engine(self.prober, self.clock, Limits())

        async def report(_: PlannedCheck, result: Result) -> None:
            require(result)

        results = await engine.run(order, report)
        took_s = time.perf_counter() - began
        measuring.cancel()
        await workers.close()
        sys.path.remove(str(folder))
        if len(results) != PLUGINS * CHECKS:
            raise RuntimeError(f"it did other work: {len(results)} results")
        lags.sort()
        return took_s - SLOWEST_S, lags[int(len(lags) * 0.99)]


def require(result: Result) -> None:
    """Raise unless *result* is what it must be: else the work was not the same."""
    if result.outcome != Passed("so"):
        raise RuntimeError(f"it did other work: {result.outcome}")


async def lag(lags: list[float]) -> None:
    """Note how late the event loop is, again and again."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - began - 0.005)


async def main(port: int, folder: Path) -> None:
    """Answer until nothing more is said."""
    bench = Bench(port, folder)
    for name in ("near", "far"):
        install(folder / "two", name, 1, sleeps=False)
    sys.path.insert(0, str(folder / "two"))
    workers = Workers()
    installed = found(folder / "two", workers)
    checks: dict[str, Any] = {name: installed.classes[f"{name}.c0"]() for name in ("near", "far")}
    gc.collect()
    gc.freeze()
    say(ready=True)
    async for order in orders():
        match order.split():
            case [name, "one"]:
                say(each_s=await bench.one(checks[name], name))
            case [name, "200"]:
                say(each_s=await bench.many(checks[name], name))
            case ["cold"]:
                cold = Workers()
                began = time.perf_counter()
                found(folder / "two", cold)
                took_s = time.perf_counter() - began
                cold.end()
                say(took_s=took_s)
            case ["twenty"]:
                above_s, lag_p99_s = await bench.twenty()
                say(above_s=above_s, lag_p99_s=lag_p99_s)
            case _:
                raise ValueError(order)
    await workers.close()
    await bench.prober.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(int(sys.argv[1]), Path(place)))
