"""The record when its disk, its file or its process comes to harm."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from director.audit.checkpoint import accepted
from director.audit.note import VerifierKey
from director.audit.tree import grow, leaf_hash, root
from director.errors import StoreError
from director.model.audit import Head, Trunk
from director.model.record import Record
from director.store.codec import checked, decode
from director.store.database import DatabaseStore
from director.store.sqlite import open_sqlite

BODY = Path(__file__).parents[1] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record

PREAMBLE = """
import asyncio, os, resource, sys
from dataclasses import replace
from pathlib import Path
from director.errors import StoreError
from director.store.codec import decode
from director.store.sqlite import open_sqlite

path, body = map(Path, sys.argv[1:])
sample = decode(body.read_bytes(), "01JD9Z4S00000000000000000A")
"""

OPEN_AS_NOBODY = """
if os.geteuid() == 0:
    os.setuid(65534)
try:
    open_sqlite(path)
except StoreError as error:
    print(error)
"""

FILL_THE_DISK = """
async def main():
    store = open_sqlite(path)
    number = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    try:
        while True:
            await store.record(replace(sample, evaluation=f"BEFORE{number:06d}"))
            print(f"BEFORE{number:06d}")
            number += 1
    except StoreError as error:
        print("refused", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.record(replace(sample, evaluation="AFTER"))
    print("AFTER")
    await store.close()

asyncio.run(main())
"""

BEGIN_WITHOUT_ROOM = """
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    open_sqlite(path)
except StoreError as error:
    print(error)
"""

WRITE_UNTIL_KILLED = """
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.store.sealing import Sealing

sealing = Sealing(lambda origin: KeyNotary(origin or "log.example/1", PrivateKey(bytes(32))))

async def write(round_name):
    store = open_sqlite(path, sealing)
    async def one(lane):
        number = 0
        while True:
            name = f"{round_name}-{lane}-{number}"
            await store.record(replace(sample, evaluation=name))
            os.write(1, f"{name}\\n".encode())
            number += 1
    async with asyncio.TaskGroup() as group:
        for lane in range(4):
            group.create_task(one(lane))

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        asyncio.run(write(line.strip()))
    os.write(1, f"pid {child}\\n".encode())
    os.waitpid(child, 0)
    os.write(1, b"dead\\n")
"""


def stored(path: Path) -> dict[str, bytes]:
    """Return what the file holds, as another program sees it."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("SELECT id, body FROM entries ORDER BY seq"))


def assert_sealed(path: Path) -> None:
    """Verify every checkpoint in the file, of a log without a gap."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq, body, checkpoint FROM entries ORDER BY seq")
        ((public_key, size),) = connection.execute("SELECT public_key, size FROM log")
        trunk, key = Trunk(), VerifierKey.parse(public_key)
        for seq, body, checkpoint in rows:
            assert seq == trunk.size
            trunk = grow(trunk, [leaf_hash(body)])
            assert accepted(checkpoint, [key]).head == Head(trunk.size, root(trunk))
    assert size == trunk.size


def record(name: str) -> Record:
    """Return the sample as another evaluation."""
    return checked(replace(SAMPLE, evaluation=name)).record


def refusal(path: Path) -> str:
    """Return why the store at *path* cannot be opened: one line that names the file."""
    with pytest.raises(StoreError) as caught:
        open_sqlite(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert "\n" not in told
    assert "{" not in told
    return told


def move(source: Path, destination: Path) -> None:
    """Move a file as somebody does behind the store's back."""
    source.rename(destination)


def overwrite(path: Path, *, keep: int) -> None:
    """Overwrite all but the first bytes of a file."""
    with path.open("r+b") as file:
        file.seek(keep)
        file.write(b"\xa5" * (path.stat().st_size - keep))


async def read_once(path: Path) -> Record | None:
    """Open the store, ask for the last decision, and close it."""
    store = open_sqlite(path)
    try:
        return await store.latest("payment-service", "production")
    finally:
        await store.close()


def run(script: str, path: Path) -> list[str]:
    """Return the lines that *script* prints in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", PREAMBLE + script, str(path), str(BODY)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return told.stdout.splitlines()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the record is."""
    return tmp_path / "record.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[DatabaseStore]:
    """Return an open store that holds one decision."""
    store = open_sqlite(path)
    await store.record(SAMPLE)
    yield store
    await store.close()


def test_text_file_is_no_record(path: Path) -> None:
    """A file that is something else is refused and left as it was."""
    path.write_text("a shopping list, long enough to be looked at\n" * 100)
    before = path.read_bytes()

    assert "no SQLite database" in refusal(path)
    assert path.read_bytes() == before


def test_other_programs_database_is_no_record(path: Path) -> None:
    """Another program's database is refused and left as it was."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")

    assert refusal(path).endswith(
        "holds another program's tables, not a record; choose another file with --store"
    )


@pytest.mark.parametrize(
    "change",
    ["UPDATE alembic_version SET version_num = '9999'", "DELETE FROM alembic_version"],
    ids=["newer", "none"],
)
def test_newer_schema_is_refused(path: Path, change: str) -> None:
    """A record that a newer Director wrote is not touched; the way out is named."""
    open_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()

    assert "upgrade the Director" in refusal(path)


def test_folder_is_no_record(tmp_path: Path) -> None:
    """A folder given for the file is told from other trouble."""
    assert "must be a file, was a folder" in refusal(tmp_path)


def test_pipe_is_no_record(path: Path) -> None:
    """A pipe is refused at once: nobody waits for its other end."""
    os.mkfifo(path)

    assert "must be a plain file" in refusal(path)


def test_path_below_a_file_is_refused(tmp_path: Path) -> None:
    """A path that goes through a file cannot be made."""
    (tmp_path / "file").write_text("")

    assert "the record cannot be opened: " in refusal(tmp_path / "file" / "below" / "record.db")


def test_read_only_folder_is_refused(open_folder: Path) -> None:
    """Where no file can be made, nothing is opened."""
    open_folder.chmod(0o555)

    (told,) = run(OPEN_AS_NOBODY, open_folder / "record.db")

    assert told.startswith(f"{open_folder / 'record.db'}: ")
    assert "Permission denied" in told
    assert "--store" in told


def test_read_only_file_is_refused(open_folder: Path) -> None:
    """A record that can be read and not written is refused when it is opened, not later."""
    open_sqlite(open_folder / "record.db")
    (open_folder / "record.db").chmod(0o444)
    open_folder.chmod(0o555)

    (told,) = run(OPEN_AS_NOBODY, open_folder / "record.db")

    assert "no right to write" in told
    assert told.endswith("choose another file with --store")


def test_full_disk_is_never_acknowledged(path: Path) -> None:
    """When the disk takes no more, the decision is refused; with room again, work goes on."""
    lines = run(FILL_THE_DISK, path)

    acknowledged = [line for line in lines if not line.startswith("refused")]
    assert len(acknowledged) > 2
    assert acknowledged[-1] == "AFTER"
    (refused,) = (line for line in lines if line.startswith("refused"))
    assert re.search(
        r"record\.db: the record cannot be written: the disk (is full|does not)", refused
    )
    assert list(stored(path)) == acknowledged


async def test_locked_record_is_never_acknowledged(store: DatabaseStore, path: Path) -> None:
    """A lock that another process keeps is an error; when it goes, work goes on."""
    await store.close()
    impatient = open_sqlite(path)
    connections: list[object] = []

    def hurry(raw: sqlite3.Connection, _: object) -> None:
        raw.execute("PRAGMA busy_timeout = 1")
        connections.append(raw)

    event.listen(impatient._writing._engine, "connect", hurry)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"record\.db: .*another process keeps it locked"):
            await impatient.record(record("SECOND"))
        still_read = await impatient.latest("payment-service", "production")
        other.execute("ROLLBACK")
    again = await impatient.record(record("SECOND"))
    await impatient.close()

    assert still_read == SAMPLE
    assert again.record == record("SECOND")
    assert list(stored(path)) == [SAMPLE.evaluation, "SECOND"]
    assert len(connections) == 2  # After an error nothing is left to chance: a new one.


async def test_deleted_record_is_noticed(store: DatabaseStore, path: Path) -> None:
    """Nothing is acknowledged into a deleted file, nor is a new one begun behind one's back."""
    move(path, path.with_suffix(".away"))

    for _ in range(2):
        with pytest.raises(StoreError, match="deleted or replaced"):
            await store.record(record("SECOND"))
    with pytest.raises(StoreError, match="deleted or replaced"):
        await store.latest("payment-service", "production")

    assert not await asyncio.to_thread(path.exists)
    move(path.with_suffix(".away"), path)
    assert (await store.record(record("SECOND"))).record == record("SECOND")


async def test_replaced_record_is_noticed(store: DatabaseStore, path: Path) -> None:
    """A file put in the place of the record is not written to."""
    open_sqlite(path.with_suffix(".new"))
    move(path.with_suffix(".new"), path)

    with pytest.raises(StoreError, match="deleted or replaced"):
        await store.record(record("SECOND"))


async def test_damaged_pages_are_noticed(path: Path) -> None:
    """A file whose pages are overwritten answers with an error, never with a decision."""
    store = open_sqlite(path)
    for number in range(50):
        await store.record(record(f"N{number}"))
    await store.close()
    overwrite(path, keep=4096)

    with pytest.raises(StoreError, match=r"record\.db: .*(damaged|malformed)"):
        await read_once(path)


async def test_question_that_cannot_be_asked_is_refused_alone(store: DatabaseStore) -> None:
    """A name that is no text is an error for who asks; the same reader answers the others."""
    asked = [
        asyncio.create_task(store.environments(name)) for name in ("\udcff", "payment-service")
    ]
    await asyncio.wait(asked)

    assert isinstance(asked[0].exception(), StoreError)
    assert str(asked[0].exception()).isprintable()
    assert asked[1].result() == ("production",)
    assert await store.latest("payment-service", "production") == SAMPLE


def test_empty_file_is_no_new_record(path: Path) -> None:
    """A record that lost everything is not begun anew in silence; the way out is named."""
    path.touch()

    told = refusal(path)

    assert "must not be an empty file; restore it from a backup, delete it to begin anew" in told
    assert path.stat().st_size == 0


def test_empty_database_is_no_new_record(path: Path) -> None:
    """Nor is a database that has no tables left."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    assert path.stat().st_size > 0

    assert "must not be an empty database" in refusal(path)


async def test_log_without_its_record_is_no_new_record(store: DatabaseStore, path: Path) -> None:
    """Decisions that are left in the log of a deleted record are not mixed into a new one."""
    log = path.with_name("record.db-wal")
    left = await asyncio.to_thread(log.read_bytes)
    await store.close()
    await asyncio.to_thread(path.unlink)
    await asyncio.to_thread(log.write_bytes, left)

    assert f"the record is gone, but {log} is left of it" in refusal(path)
    assert not await asyncio.to_thread(path.exists)


def test_new_record_is_whole_or_not_there(open_folder: Path) -> None:
    """A record that could not be begun leaves nothing behind, and is named by its own name."""
    path = open_folder / "record.db"

    (told,) = run(BEGIN_WITHOUT_ROOM, path)

    assert told.startswith(f"{path}: the record cannot be ")
    assert list(open_folder.iterdir()) == []


def test_strange_name_stays_on_one_line(tmp_path: Path) -> None:
    """A path with line breaks, escapes and bytes that are no text is named in one line."""
    path = tmp_path / "a\nb\x1b[31m\u202e\udcff"
    path.touch()

    with pytest.raises(StoreError) as caught:
        open_sqlite(path)

    assert str(caught.value).isprintable()
    assert r"a\nb\x1b[31m\u202e\udcff" in str(caught.value)


@pytest.mark.parametrize("cut", [0, 1, 100, 5000])
async def test_truncated_record_is_noticed(path: Path, cut: int) -> None:
    """A file that lost its end is refused, when it is opened or when it is read."""
    store = open_sqlite(path)
    await store.record(SAMPLE)
    await store.close()
    os.truncate(path, cut)

    with pytest.raises(StoreError, match=r"record\.db: "):
        await read_once(path)


async def test_changed_body_is_noticed(store: DatabaseStore, path: Path) -> None:
    """A body that was made senseless in the file is refused by its record's name."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE entries SET body = ?",
            (checked(SAMPLE).body.replace(b'"no_go"', b"null", 1)[:-1],),
        )
        connection.commit()

    with pytest.raises(StoreError, match=f"record {SAMPLE.evaluation} is damaged"):
        await store.latest("payment-service", "production")


async def test_changed_condition_is_noticed(store: DatabaseStore, path: Path) -> None:
    """A due date that is no instant is refused, never taken for no due date."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE conditions SET due_at = 'never'")
        connection.commit()

    with pytest.raises(StoreError, match="must be an instant"):
        await store.standing("payment-service", "production")


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
def test_killed_writer_loses_nothing_acknowledged(path: Path, rounds: int) -> None:
    """Whenever the process is killed, what it acknowledged is stored, whole and once."""
    acknowledged: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + WRITE_UNTIL_KILLED, str(path), str(BODY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for number in range(rounds):
            nursery.stdin.write(f"R{number}\n")
            nursery.stdin.flush()
            writer, heard = 0, 0
            # A different moment each round, without a clock: after so many acknowledgements.
            for line in nursery.stdout:
                if line.startswith("pid "):
                    writer = int(line.removeprefix("pid "))
                elif line == "dead\n":
                    break
                else:
                    acknowledged.append(line.strip())
                    heard += 1
                if writer and heard == 1 + 7 * (number % 10):
                    os.kill(writer, signal.SIGKILL)
                    writer = 0
        nursery.stdin.close()

    found = stored(path)

    assert nursery.returncode == 0
    assert len(acknowledged) >= rounds
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= found.keys()
    assert all(body == checked(record(name)).body for name, body in found.items())
    assert_sealed(path)
