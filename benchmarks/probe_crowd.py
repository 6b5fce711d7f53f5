"""Many slow targets at once: what they cost in memory, and how late the loop is meanwhile.

Usage: probe_crowd.py PORT COUNT.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from ipaddress import ip_network

from director.engine.clock import SystemClock
from director.engine.garbage import collect_rarely
from director.model.manifest import Environment, Manifest, Target
from director.probing.guard import AddressPolicy
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from probe_world import base_urls, orders, say

TICK_S = 0.01


async def ticking(lags: list[float]) -> None:
    """Note how late the loop is, again and again."""
    while True:
        due = time.perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        lags.append(time.perf_counter() - due)


async def main(port: int, count: int) -> None:
    """Answer until nothing more is said."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 1_000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1_000), hard))
    clock = SystemClock()
    policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
    prober = LiveProber(ProbeSettings(policy=policy, request_limit_s=60.0), clock)
    targets = [
        Target(Manifest(name="slow", digest=""), Environment(name="here", base_url=url))
        for url in base_urls(port, count)
    ]

    async def ask(target: Target) -> None:
        session = prober.session(target)
        reply = await session.view(clock.monotonic() + 60).get("/slow")
        assert reply.status == 200
        await session.close()

    collect_rarely()
    say(ready=True)
    async for _ in orders():
        lags: list[float] = []
        watch = asyncio.create_task(ticking(lags))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, target in enumerate(targets):
                group.create_task(ask(target))
                if number % 50 == 49:  # as a scheduler hands work out: not all in one turn
                    await asyncio.sleep(0)
        took_s = time.perf_counter() - began
        watch.cancel()
        lags.sort()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        unit_bytes = 1 if sys.platform == "darwin" else 1024
        say(
            took_s=took_s,
            peak_bytes=peak * unit_bytes,
            lag_p99_s=lags[int(len(lags) * 0.99)],
            lag_most_s=lags[-1],
        )
    await prober.close()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
