"""kill -9 at any moment, and a start again: nothing accepted is lost, nothing comes in a burst."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.served import ALLOWED, DIRECTOR, Shop, write_manifest
from tests.hostile.service.conftest import Serve
from tests.hostile.service.test_full_disk import lines_of
from tests.hostile.service.test_storm import recorded, submitted, until_idle

NAMES = [f"s{each:02}" for each in range(20)]


@pytest.mark.parametrize(
    "rounds", [4, pytest.param(200, marks=pytest.mark.long)], ids=["short", "long"]
)
async def test_killed_at_any_moment(
    serve: Serve, shop: Shop, conf: Path, home: Path, rounds: int
) -> None:
    """What was accepted is recorded at the end, whenever the process was killed."""
    for name in NAMES:
        write_manifest(conf, name, shop.port, "{every: 1s}" if name < "s10" else "")
    chance = random.Random(7)  # noqa: S311  # which moment does not matter
    accepted: set[str] = set()
    for _ in range(rounds):
        async with serve("--connections-per-address", "0") as served:
            killer = asyncio.get_running_loop().call_later(
                chance.uniform(0.0, 0.7), served.process.kill
            )
            with suppress(aiohttp.ClientError, ExceptionGroup):
                while True:
                    taken, _ = await submitted(served, NAMES)
                    accepted |= set(taken)
            killer.cancel()
            assert await served.process.wait() == -signal.SIGKILL
    async with serve("--connections-per-address", "0") as served:
        while not accepted <= recorded(home):
            await until_idle(served)
        code, said = await served.stop()

    assert accepted
    assert (code, said) == (0, "")
    made = Counter(
        line["director.evaluation.id"]
        for line in whole_lines(home / "log.jsonl")
        if line["event.name"] == "director.decision.made"
        and line.get("director.decision.recorded") is True
    )
    assert set(made) <= recorded(home)


def whole_lines(path: Path) -> list[dict[str, Any]]:
    """Return every line of a log; where a kill has torn one, it is one line by itself."""
    found = []
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


async def test_the_absence_is_one_interval(
    serve: Serve, shop: Shop, conf: Path, home: Path
) -> None:
    """However many evaluations were due meanwhile: one event, and what was held stays."""
    for name in NAMES:
        write_manifest(conf, name, shop.port, "{every: 1s}")
    async with serve() as served:
        for name in (*NAMES, "shop"):
            while not (await served.get(f"/api/v1/services/{name}"))["environments"][0]["held"]:
                pass
        await served.stop(signal.SIGKILL)
    shop.asked.clear()
    gone = asyncio.get_running_loop().time() + 3.0
    (home / "log.jsonl").rename(home / "log.1")
    with suppress(TimeoutError):
        async with asyncio.timeout_at(gone):
            await shop.asked.wait()
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made", director__subject__name="shop")
        assert (await served.row())["held"] == "go"
        await served.stop()

    lines = lines_of(home / "log.jsonl")
    (gap,) = [line for line in lines if line["event.name"] == "director.watch.interrupted"]
    assert gap["director.schedule.missed"] >= len(NAMES)
    told = [line for line in lines if line.get("director.schedule.reason") in {"late", "overload"}]
    assert told == []  # What was due meanwhile is in the one event, and nowhere else.
    assert not [line for line in lines if line["event.name"] == "director.decision.changed"]


@pytest.mark.parametrize(
    "stalled_s", [2.0, pytest.param(60.0, marks=pytest.mark.long)], ids=["short", "long"]
)
async def test_a_log_that_nobody_reads(
    home: Path, conf: Path, shop: Shop, stalled_s: float
) -> None:
    """A reader of the log that stalls, and then is gone, harms nothing but the log."""
    for name in NAMES:
        write_manifest(conf, name, shop.port, "{every: 1s}")
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    process = await asyncio.create_subprocess_exec(
        *(DIRECTOR, "serve", conf, "--listen", "127.0.0.1:0", "--store", home / "r.db"),
        *("--log", "stderr", *ALLOWED),
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=writing,
    )
    os.close(writing)
    try:
        ends = asyncio.get_running_loop().time() + stalled_s
        while asyncio.get_running_loop().time() < ends or await number_of(home) < 100:
            pass
        before = await number_of(home)
        os.close(reading)
        while await number_of(home) < before + 40:
            pass
        process.terminate()
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def number_of(home: Path) -> int:
    """Return how many decisions are recorded; 0 where there is no record yet."""
    try:
        return len(await asyncio.to_thread(recorded, home))
    except sqlite3.OperationalError:
        return 0
