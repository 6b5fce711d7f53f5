"""The same requests with aiohttp alone: a fresh connection each, and the whole answer.

Usage: probe_bare.py PORT COUNT.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import aiohttp

from probe_world import base_urls, each, orders, say


async def main(port: int, count: int) -> None:
    """Answer until nothing more is said."""
    urls = [f"{url}/healthz" for url in base_urls(port, count)]

    async def ask(url: str) -> None:
        async with session.get(url) as response:
            assert response.status == 200
            await response.read()

    gc.collect()
    gc.freeze()
    say(aiohttp=aiohttp.__version__)
    async for _ in orders():
        connector = aiohttp.TCPConnector(force_close=True, use_dns_cache=False, limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            took_s = await each(ask, urls)
        say(took_s=took_s)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
