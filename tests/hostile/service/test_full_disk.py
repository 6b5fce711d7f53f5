"""The service while nothing can be written: no decision is claimed, and it goes on by itself."""

from __future__ import annotations

import json
import resource
import sqlite3
from pathlib import Path
from typing import Any

from tests.acceptance.served import Served, Shop, write_manifest
from tests.hostile.service.conftest import Serve

GATE = "/api/v1/services/shop/decision?environment=production"


async def ready(served: Served) -> dict[str, Any]:
    """Return what ``/readyz`` says, whatever its status."""
    async with served.client.get(f"{served.address}/readyz") as response:
        return {"status": response.status, **await response.json()}


async def until_ready(served: Served, *, wanted: bool) -> dict[str, Any]:
    """Ask until the service says that it is ready, or that it is not."""
    while (said := await ready(served))["ready"] is not wanted:
        pass
    return said


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return every line of a log; each is whole."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def recorded(home: Path) -> set[str]:
    """Return the identity of every evaluation in the record."""
    database = sqlite3.connect(f"file:{home / 'r.db'}?mode=ro", uri=True)
    try:
        return {row[0] for row in database.execute("SELECT id FROM decisions")}
    finally:
        database.close()


def claimed(home: Path) -> set[str]:
    """Return the identity of every evaluation that the log says was recorded."""
    return {
        line["director.evaluation.id"]
        for line in lines_of(home / "log.jsonl")
        if line["event.name"] == "director.decision.made"
        and line.get("director.decision.recorded") is True
    }


async def test_a_full_disk(serve: Serve, home: Path) -> None:
    """Record and log take nothing: not ready, gate closed; with room again all goes on."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made", director__decision__outcome="go")
            while not (await served.get(GATE))["open"]:
                pass
            limit = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (0, limit[1]))
            said = await until_ready(served, wanted=False)
            assert said["status"] == 503
            while (await served.get(GATE))["open"]:
                pass
            status, _ = await served.post(
                "/api/v1/evaluations", {"service": "shop", "environment": "production"}
            )
            assert status == 503
            resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, limit)
            await until_ready(served, wanted=True)
            await events.until("director.decision.made", director__decision__outcome="go")
            while not (await served.get(GATE))["open"]:
                pass
        code, said_last = await served.stop()

    assert (code, said_last) == (0, "")
    names = [line["event.name"] for line in lines_of(home / "log.jsonl")]
    assert names.index("director.director.degraded") < names.index("director.director.recovered")
    assert claimed(home) <= recorded(home)
    seqs = [line["director.seq"] for line in lines_of(home / "log.jsonl")]
    assert seqs == list(range(1, len(seqs) + 1))  # The log waited; it lost nothing.


async def test_a_record_that_is_locked_for_a_while(serve: Serve, home: Path) -> None:
    """Somebody else holds the database: what cannot be recorded is no decision."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made", director__decision__outcome="go")
            other = sqlite3.connect(home / "r.db", isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            said = await until_ready(served, wanted=False)
            assert said["status"] == 503
            while (await served.get(GATE))["open"]:
                pass
            other.execute("COMMIT")
            other.close()
            await until_ready(served, wanted=True)
            await events.until("director.decision.made", director__decision__outcome="go")
        code, _ = await served.stop()

    assert code == 0
    assert claimed(home) <= recorded(home)


async def test_a_log_that_is_rotated(serve: Serve, home: Path, conf: Path, shop: Shop) -> None:
    """After the file was moved away lines go to a new one; none is lost, none is torn."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made")
            (home / "log.jsonl").rename(home / "log.1")
            write_manifest(conf, "second", shop.port, "")
            await events.until("director.decision.made", director__subject__name="second")
        code, _ = await served.stop()

    assert code == 0
    lines = lines_of(home / "log.1") + lines_of(home / "log.jsonl")
    assert [line["director.seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert any(
        line.get("director.subject.name") == "second" for line in lines_of(home / "log.jsonl")
    )
