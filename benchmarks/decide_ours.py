"""Our side of decide.services_per_s: from a manifest to a decision, without log and store.

Usage: decide_ours.py POLICY SERVICES. Both are files with JSON. Speaks like decide_peer.cjs:
prints what it makes of each service, then runs for as many seconds as each line of its input
says, and answers how many services it decided and how long that took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from director import __version__
from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.clock import SystemClock, new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.catalog import discover
from director.loading.manifest import read_manifest
from director.model.check import Role
from director.model.decision import Decision
from director.model.manifest import Target
from director.model.plan import PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.model.result import Result
from director.model.standing import Standing
from director.rules.decide import decide
from services import manifest_text


class NoProber:
    """Nothing here touches the world."""

    def session(self, target: Target) -> NoReturn:
        """Refuse: no check of these needs a probe."""
        raise AssertionError(f"{target.name} was to be probed")

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is made once.

    Attributes:
        director: Makes plans.
        engine: Runs them.
        clock: Where time comes from.
    """

    director: Director
    engine: Engine
    clock: SystemClock

    async def decide(self, request: Request) -> Decision:
        """Plan, ask and decide, as the Director does."""
        order = self.director.plan(request)
        results = await self.engine.run(order, nobody)
        return decide(order.plan, results, request.profile, Standing(), self.clock.now())


def bench() -> Bench:
    """Return a Director with the checks of the declared plugin, that tells and records nothing."""
    clock = SystemClock()
    engine = Engine(NoProber(), clock, Limits())
    installed = discover(frozenset({"director-declared"}))
    tools = Tools(
        catalog=installed.catalog,
        classes=installed.classes,
        engine=engine,
        bus=Bus(),
        store=None,
        clock=clock,
        new_id=new_ulid,
        version=__version__,
    )
    return Bench(Director(tools), engine, clock)


async def nobody(planned: PlannedCheck, result: Result) -> None:
    """Hear of a result, and do nothing."""


def profile_of(policy: dict[str, Any]) -> Profile:
    """Return the profile that says what *policy* says."""
    roles = {policy["checks"][name]["category"]: None for name in policy["checks"]}
    return Profile(
        name="bench",
        digest="sha256:",
        thresholds=Thresholds(
            *(Fraction(str(policy["thresholds"][t])) for t in ("go", "conditional"))
        ),
        fail_budget=policy["fail_budget"],
        warn_budget=policy["warn_budget"],
        categories=tuple(
            Category(name=name, weight=Fraction(str(policy["categories"][name])))
            for name in sorted(roles)
        ),
        checks=tuple(
            CheckPolicy(
                check=f"declared.{name}", category=said["category"], role=Role(said["role"])
            )
            for name, said in sorted(policy["checks"].items())
        ),
    )


def requests_of(services: list[dict[str, bool]], profile: Profile) -> Iterator[Request]:
    """Yield a request for each service, as it is once its manifest was read."""
    for number, declares in enumerate(services):
        text = manifest_text(f"service-{number}", declares)
        loaded = read_manifest(text.encode(), f"service-{number}.yaml")
        yield Request(evaluation="", loaded=loaded, environment=None, profile=profile)


async def main(requests: tuple[Request, ...]) -> None:
    """Answer until the input ends."""
    gc.freeze()  # as the command does once its imports are done
    made = bench()
    verdicts = [(await made.decide(request)).verdict for request in requests]
    answer({"version": __version__, "verdicts": verdicts})
    for line in sys.stdin:
        began = time.perf_counter()
        until, decided = began + float(line), 0
        while time.perf_counter() < until:
            for request in requests:
                await made.decide(request)
            decided += len(requests)
        answer({"decided": decided, "took_s": time.perf_counter() - began})


def answer(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    POLICY, SERVICES = (json.loads(Path(path).read_text()) for path in sys.argv[1:])
    asyncio.run(main(tuple(requests_of(SERVICES, profile_of(POLICY)))))
