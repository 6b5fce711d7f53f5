"""Lets blackbox_exporter probe the same endpoint, as Prometheus would: a request for each probe.

Usage: probe_driver.py EXPORTER PORT COUNT.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import aiohttp

from probe_world import base_urls, each, orders, say


async def main(exporter: str, port: int, count: int) -> None:
    """Answer until nothing more is said."""
    urls = [f"{url}/healthz" for url in base_urls(port, count)]

    async def ask(url: str) -> None:
        asking = {"module": "http_2xx", "target": url}
        async with session.get(f"http://{exporter}/probe", params=asking) as response:
            assert b"\nprobe_success 1\n" in await response.read()

    gc.collect()
    gc.freeze()
    say(ready=True)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async for _ in orders():
            say(took_s=await each(ask, urls))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
