"""The record on a real disk: schema, settings, group commit, several processes."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event

from director.errors import StoreError
from director.model.record import Record
from director.store.codec import checked, decode
from director.store.file import DatabaseFile
from director.store.migrate import configured
from director.store.schema import HEAD, REVISIONS, metadata
from director.store.sqlite import open_sqlite

BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record

WRITE = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from director.store.codec import decode
from director.store.sqlite import open_sqlite

async def main(path, name, body):
    sample = decode(Path(body).read_bytes(), "01JD9Z4S00000000000000000A")
    print("ready", flush=True)
    sys.stdin.readline()
    store = open_sqlite(Path(path))
    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(store.record(replace(sample, evaluation=f"{name}{number}")))
    await store.close()
    print("alembic" if "alembic" in sys.modules else "done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def record(name: str) -> Record:
    """Return the sample as another evaluation."""
    return checked(replace(SAMPLE, evaluation=name)).record


def stored(path: Path) -> dict[str, bytes]:
    """Return what the file holds, as another program sees it."""
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT id, body FROM entries ORDER BY seq"))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of the database, as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def writer(path: Path, name: str) -> subprocess.Popen[str]:
    """Return a process that will record fifty decisions when it is told to."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path), name, str(BODY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_new_record_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Missing folders and the file are made, readable by nobody else."""
    path = tmp_path / "new 100%" / "folder?#" / "record.db"

    store = open_sqlite(path)
    await store.record(SAMPLE)
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (path.parents[1], path.parent, path)]
    side_files = [stat.S_IMODE(place.stat().st_mode) for place in path.parent.glob("record.db-*")]
    await store.close()

    assert modes == [0o700, 0o700, 0o600]
    assert side_files == [0o600, 0o600]
    assert stored(path) == {SAMPLE.evaluation: checked(SAMPLE).body}


async def test_record_outlives_its_process(tmp_path: Path) -> None:
    """What was recorded is there for the next who opens the file."""
    first = open_sqlite(tmp_path / "record.db")
    await first.record(SAMPLE)
    await first.close()

    second = open_sqlite(tmp_path / "record.db")
    found = await second.latest("payment-service", "production")
    standing = await second.standing("payment-service", "production")
    await second.close()

    assert found == SAMPLE
    assert [condition.check for condition in standing.conditions] == ["declared.load_test"]


def test_migrations_build_the_schema(tmp_path: Path) -> None:
    """The migrations, run one after the other, give exactly the tables that the code uses."""
    open_sqlite(tmp_path / "record.db")

    engine = create_engine(f"sqlite:///{tmp_path / 'record.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_head_is_the_last_migration() -> None:
    """The revisions that the code knows are those that the migrations are."""
    scripts = ScriptDirectory.from_config(configured())

    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([one.revision for one in scripts.walk_revisions()])) == REVISIONS


def test_settings_are_durable(tmp_path: Path) -> None:
    """Every connection writes ahead, syncs fully, and trusts no schema."""
    open_sqlite(tmp_path / "record.db")

    with closing(DatabaseFile.make(tmp_path / "record.db").connect()) as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode", "synchronous", "busy_timeout", "foreign_keys", "trusted_schema"
            )
        }  # fmt: skip

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


async def test_what_waits_is_committed_together(tmp_path: Path) -> None:
    """Decisions that wait for the disk share a commit, and each is durable when acknowledged."""
    store = open_sqlite(tmp_path / "record.db")
    commits: list[object] = []
    event.listen(store._writing._engine, "commit", commits.append)

    with locked(tmp_path / "record.db"):
        tasks = [asyncio.create_task(store.record(record(f"N{number}"))) for number in range(40)]
        await asyncio.sleep(0)  # Every task has asked by now.
    await asyncio.wait(tasks)

    assert [task.result().record for task in tasks] == [
        record(f"N{number}") for number in range(40)
    ]
    assert list(stored(tmp_path / "record.db")) == [f"N{number}" for number in range(40)]
    # Each group is one transaction that writes and one that reads back.
    assert len(commits) <= 4
    await store.close()


async def test_one_bad_record_of_a_group_harms_no_other(tmp_path: Path) -> None:
    """In one group, a known record is acknowledged, a changed one refused, new ones stored."""
    store = open_sqlite(tmp_path / "record.db")
    await store.record(record("KNOWN"))
    changed = replace(record("KNOWN"), trigger="other")

    with locked(tmp_path / "record.db"):
        tasks = [
            asyncio.create_task(store.record(one))
            for one in (record("FIRST"), record("KNOWN"), changed, record("NEW"), record("NEW"))
        ]
        await asyncio.sleep(0)
    await asyncio.wait(tasks)

    errors = [task.exception() for task in tasks]
    assert [error is None for error in errors] == [True, True, False, True, True]
    assert isinstance(errors[2], StoreError)
    assert list(stored(tmp_path / "record.db")) == ["KNOWN", "FIRST", "NEW"]
    await store.close()


async def test_cancelled_caller_leaves_a_whole_record(tmp_path: Path) -> None:
    """A caller that is cancelled during the commit is let go; the record is whole all the same."""
    store = open_sqlite(tmp_path / "record.db")
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def notice(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)

    event.listen(store._writing._engine, "connect", notice)  # What follows waits for the lock.

    with locked(tmp_path / "record.db"):
        task = asyncio.create_task(store.record(SAMPLE))
        await asyncio.wait_for(begun.wait(), 10)
        task.cancel()
        await asyncio.wait([task])
    await store.close()

    assert task.cancelled()
    assert stored(tmp_path / "record.db") == {SAMPLE.evaluation: checked(SAMPLE).body}


def test_two_processes_begin_and_write_at_once(tmp_path: Path) -> None:
    """Two processes make one new record together, and neither loses a decision."""
    path = tmp_path / "new" / "record.db"
    processes = [writer(path, name) for name in ("A", "B")]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=20)

    assert [process.returncode for process in processes] == [0, 0]
    assert set(stored(path)) == {f"{name}{number}" for name in "AB" for number in range(50)}


def test_known_schema_costs_no_alembic(tmp_path: Path) -> None:
    """A database that is up to date is opened and written without importing alembic."""
    open_sqlite(tmp_path / "record.db")

    with writer(tmp_path / "record.db", "A") as process:
        told, _ = process.communicate("go\n", timeout=20)

    assert told == "ready\ndone\n"
    assert len(stored(tmp_path / "record.db")) == 50


def test_store_is_imported_only_when_asked() -> None:
    """The package alone brings neither SQLAlchemy nor alembic."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, director.store.memory; print({'sqlalchemy','alembic'} & {*sys.modules})",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "set()\n"


async def test_opened_store_keeps_its_file(tmp_path: Path) -> None:
    """A relative path is the file it was when the store was opened."""
    store = open_sqlite(tmp_path / "a" / ".." / "record.db")

    assert (await store.record(SAMPLE)).record == SAMPLE
    await store.close()
