"""More evaluations asked for than there is room: what is taken is made, the rest hears when."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.served import Served, Shop, write_manifest
from tests.hostile.service.conftest import Serve

MOST_MB = 400


def peak_mb(served: Served) -> float:
    """Return the most memory that the process had, in MB."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1000


def recorded(home: Path) -> set[str]:
    """Return the identity of every evaluation in the record."""
    database = sqlite3.connect(f"file:{home / 'r.db'}?mode=ro", uri=True)
    try:
        return {row[0] for row in database.execute("SELECT id FROM decisions")}
    finally:
        database.close()


async def submitted(served: Served, names: list[str]) -> tuple[list[str], int]:
    """Ask for an evaluation of each at once; return what was taken, and how many were refused."""
    taken: list[str] = []
    refused = 0
    connector = aiohttp.TCPConnector(limit=500)
    async with aiohttp.ClientSession(connector=connector) as many:

        async def ask(name: str) -> None:
            nonlocal refused
            body = {"service": name, "environment": "production"}
            headers = {"X-Requested-With": "test", "Origin": served.address}
            url = f"{served.address}/api/v1/evaluations"
            async with many.post(url, json=body, headers=headers) as response:
                answer = await response.json()
                if response.status == 202:
                    taken.append(answer["evaluation"])
                else:
                    assert response.status == 429, answer
                    assert int(response.headers["Retry-After"]) > 0
                    refused += 1

        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(ask(name))
    return taken, refused


@pytest.mark.parametrize(
    ("number", "times"),
    [(1_500, 1), pytest.param(2_500, 4, marks=pytest.mark.long)],
    ids=["short", "long"],
)
async def test_everything_at_once(  # fixtures
    serve: Serve, shop: Shop, conf: Path, home: Path, number: int, times: int
) -> None:
    """The line takes what it can hold; all of that is recorded, and nothing grows without end."""
    names = [f"s{each:05}" for each in range(number)]
    for name in names:
        write_manifest(conf, name, shop.port, "")
    async with serve("--connections-per-address", "0") as served:
        await until_idle(served)
        shop.held.clear()  # Nothing ends while they come.
        taken, refused = [], 0
        for _ in range(times):
            more, less = await submitted(served, names)
            taken += more
            refused += less
        shop.held.set()
        await until_idle(served)
        peak = peak_mb(served)
        code, _ = await served.stop()

    assert code == 0
    assert len(taken) + refused == number * times
    assert refused > 0
    assert len(set(taken)) >= 1_000
    assert set(taken) <= recorded(home)
    assert peak < MOST_MB


async def until_idle(served: Served) -> None:
    """Ask until nothing waits and nothing runs, and every target has a decision."""
    while True:
        said = await served.get("/readyz")
        if not said["waiting"] and not said["running"]:
            return


async def test_told_to_stop_with_a_full_line(
    serve: Serve, shop: Shop, conf: Path, home: Path
) -> None:
    """Nobody new is taken, it ends with 0 in its time, and the next start makes what waited."""
    names = [f"s{each:03}" for each in range(400)]
    for name in names:
        write_manifest(conf, name, shop.port, "")
    async with serve("--connections-per-address", "0") as served:
        await until_idle(served)
        shop.held.clear()
        taken, _ = await submitted(served, names)
        code, said = await served.stop()
    assert (code, said) == (0, "")
    assert len(set(taken)) == 400
    shop.held.set()
    async with serve("--connections-per-address", "0") as served:
        while not set(taken) <= recorded(home):
            await until_idle(served)
        await served.stop()


async def test_told_to_stop_twice(serve: Serve, shop: Shop) -> None:
    """The second signal ends it at once, by the signal's own exit code."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made")
        shop.held.clear()
        shop.asked.clear()
        await shop.asked.wait()
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            while await _answers(served):
                pass
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await served.process.wait() in {143, -15}


async def _answers(served: Served) -> bool:
    try:
        async with served.client.get(f"{served.address}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
