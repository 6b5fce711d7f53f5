"""Healthy targets alone, and beside hostile ones: how long the slowest of them take.

Usage: probe_company.py PORT. Told ``alone`` or ``beside``.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import sys
import threading
import time
from contextlib import suppress
from ipaddress import ip_network

from director.engine.clock import SystemClock
from director.model.manifest import Environment, Manifest, Target
from director.model.probe import ProbeError
from director.probing.guard import AddressPolicy
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from probe_world import base_urls, orders, say

HEALTHY = 20
TARPITS = 40
ROUNDS = 50
BOMB = gzip.compress(bytes(256 * 1024 * 1024), 9)
"""A quarter of a megabyte that becomes a quarter of a gigabyte."""


async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a bomb to whoever asks for one, and an endless body to everybody else."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
        if head.startswith(b"GET /bomb "):
            writer.write(b"Content-Encoding: gzip\r\n\r\n" + BOMB)
            await writer.drain()
        else:
            writer.write(b"\r\n")
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def tarpit(_: str, __: int) -> tuple[str, ...]:
    """Resolve a name when nobody waits for it any more."""
    threading.Event().wait(5)
    return ("127.0.0.1",)


def target(url: str) -> Target:
    """Return a target that answers at *url*."""
    return Target(Manifest(name="it", digest=""), Environment(name="here", base_url=url))


async def main(port: int) -> None:
    """Answer until nothing more is said."""
    clock = SystemClock()
    policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
    settings = ProbeSettings(policy=policy, request_limit_s=1.0, dns_limit_s=0.5)
    prober = LiveProber(settings, clock, tarpit)
    server = await asyncio.start_server(hostile, "127.0.0.1", 0)
    bad = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def ask(url: str, path: str) -> float:
        session = prober.session(target(url))
        began = time.perf_counter()
        with suppress(ProbeError):
            await session.view(clock.monotonic() + 10).get(path)
        took_s = time.perf_counter() - began
        await session.close()
        return took_s

    async def pester() -> None:
        while True:
            names = [f"http://tarpit-{number}.test" for number in range(TARPITS)]
            async with asyncio.TaskGroup() as group:
                for url, path in [
                    (bad, "/bomb"),
                    (bad, "/endless"),
                    *((name, "/") for name in names),
                ]:
                    group.create_task(ask(url, path))

    gc.collect()
    gc.freeze()
    say(ready=True)
    healthy = list(base_urls(port, HEALTHY))
    async for order in orders():
        neighbours = asyncio.create_task(pester()) if order == "beside" else None
        await asyncio.sleep(0.05)
        took: list[float] = []
        for _ in range(ROUNDS):
            took += [await ask(url, "/healthz") for url in healthy]
        if neighbours is not None:
            neighbours.cancel()
            await asyncio.wait([neighbours])
        took.sort()
        say(p99_s=took[int(len(took) * 0.99)])
    server.close()
    await prober.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
