"""Our side of the probe benchmarks: many services, each probed, judged, logged and decided.

Usage: probe_ours.py PORT COUNT LOG.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from fractions import Fraction
from ipaddress import ip_network
from pathlib import Path

import aiohttp

from director import __version__
from director.app import Request
from director.engine.clock import SystemClock, new_ulid
from director.loading.catalog import discover
from director.loading.manifest import read_manifest
from director.loading.settings import Settings
from director.model.check import Role
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.wiring import House, assemble
from probe_world import base_urls, each, orders, say

CHECKS = (("http.health", "reliability", Role.BLOCKER),)
"""What each service is asked. A GO needs three, so each decision is a NO_GO for want of them."""

MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {{name: service-{number:05}}}
spec:
  environments: {{production: {{base_url: "{url}"}}}}
"""


def profile() -> Profile:
    """Return a policy of one live check."""
    return Profile(
        name="bench",
        digest="sha256:",
        thresholds=Thresholds(Fraction(9, 10), Fraction(7, 10)),
        categories=(Category(name="reliability"),),
        checks=tuple(
            CheckPolicy(check=check, category=category, role=role)
            for check, category, role in CHECKS
        ),
    )


def requests_of(urls: list[str]) -> list[Request]:
    """Return a request for each service, as it is once its manifest was read."""
    policy, clock, requests = profile(), SystemClock(), []
    for number, url in enumerate(urls):
        text = MANIFEST.format(number=number, url=url)
        loaded = read_manifest(text.encode(), f"service-{number:05}.yaml")
        (environment,) = loaded.manifest.environments
        id_ = new_ulid(clock.now())
        requests.append(
            Request(evaluation=id_, loaded=loaded, environment=environment, profile=policy)
        )
    return requests


async def ours(house: House, requests: list[Request]) -> float:
    """Evaluate every service."""

    async def evaluate(request: Request) -> None:
        judged = await house.director.evaluate(request)
        assert [reason.code for reason in judged.record.reasons] == ["insufficient_checks"]
        assert judged.record.counts.passed == 1

    return await each(evaluate, requests)


async def main(port: int, count: int, log: Path) -> None:
    """Answer until nothing more is said."""
    requests = requests_of(list(base_urls(port, count)))
    trust = frozenset({"director-http"})
    settings = Settings(
        store=None, log=str(log), allow_addresses=(ip_network("127.0.0.0/8"),), trust=trust
    )
    house = assemble(settings, discover(trust))
    gc.collect()
    gc.freeze()  # as the command does once its imports are done
    say(version=__version__, aiohttp=aiohttp.__version__)
    async for _ in orders():
        say(took_s=await ours(house, requests))
    await house.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
