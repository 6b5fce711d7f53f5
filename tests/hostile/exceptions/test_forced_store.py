"""Forced where decisions are kept and read back."""

# ruff: noqa: ANN401  # peers that return and raise anything

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine

from director.errors import StoreError
from director.store.codec import decode
from director.store.file import DatabaseFile, _keep_log, _make_record
from director.store.lane import Lane
from director.store.link import Link
from director.store.memory import MemoryStore
from director.store.migrate import upgrade
from director.store.sqlite import open_sqlite
from director.store.trouble import trouble
from director.wiring.record import read_report

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


SAMPLE = json.loads((Path(__file__).parents[2] / "unit/store/record.json").read_text("utf-8"))


def damaged(**changes: Any) -> bytes:
    """Return the sample record as bytes, as a GO and with *changes*."""
    return json.dumps({**SAMPLE, "decision": "go", **changes}).encode()


async def record_is_damaged(place: Place) -> Answers:
    """What is stored cannot be read back as what it was."""
    check = dict(SAMPLE["categories"][0]["checks"][0])
    piece = {"kind": "probed", "source": "x", "at": None, "facts": {"status": [200]}}
    deep = {**SAMPLE["categories"][0], "checks": [{**check, "evidence": [piece]}]}
    bodies = (
        b"{", b"[" * 200_000, damaged(decision="maybe"), damaged(reasons=[1]),
        damaged(categories=[deep]), damaged(decided_at="2026-13-01T00:00:00.000000Z"),
        damaged(evaluation=7),
    )  # fmt: skip
    answers = [place.said(lambda body=body: decode(body, SAMPLE["evaluation"])) for body in bodies]  # type: ignore[misc]
    answers += [place.said(lambda body=body: read_report(body)[0]) for body in bodies]  # type: ignore[misc]
    return answers


async def record_cannot_be_kept(place: Place) -> Answers:
    """What was decided cannot be written as it is."""
    record, store = await place.world().record(), MemoryStore()
    odd = (replace(record, decision="maybe"), replace(record, score=object()))  # type: ignore[arg-type]
    return [await place.waited(store.record(each)) for each in odd]


async def record_is_deleted(place: Place) -> Answers:
    """The file of the record is gone while it is open: for those who read and who write."""
    record = await place.world().record()
    store = open_sqlite(place.path / "record.db")
    await store.latest("a", "b")
    await store.record(replace(record, evaluation="FIRST"))
    (place.path / "record.db").unlink()
    answers = [await place.world(store=store).decided(), await place.waited(store.record(record))]
    answers.append(await place.waited(store.latest("a", "b")))
    await store.close()
    return answers


def record_is_no_database(place: Place) -> Answers:
    """There is something else where the record should be, or nothing can be."""
    (place.path / "notes.txt").write_text("a list of things to buy\n" * 500)
    (place.path / "file").write_text("")
    return [
        *place.reported(place.manifest(), "--store", place.path / "notes.txt"),
        *place.reported(place.manifest(), "--store", place.path / "file" / "record.db"),
    ]


def record_was_begun_by_another(place: Place) -> Answers:
    """Another process makes the record at the same time: its record stays."""
    path = place.path / "record.db"
    path.write_text("theirs")
    _make_record(path, "record.db")
    return [path.read_text()]


def log_cannot_be_kept(place: Place) -> Answers:
    """A database that cannot be written cannot be made durable."""
    path = place.path / "plain.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            _keep_log("plain.db", connection)
        except sqlite3.OperationalError as error:
            return [str(error)]
    return ["go"]


def connection_does_not_close(place: Place) -> Answers:
    """Tidying up fails after a transaction that failed; the failure is what is said."""

    class Connection:
        def begin(self) -> None:
            raise sqlite3.OperationalError("the disk is gone")

        def close(self) -> None:
            raise sqlite3.OperationalError("and so is the file")

    class File:
        name = "record.db"
        dialect = "sqlite"
        begin_reading = ("BEGIN",)
        errors = ()

        def trouble(self, doing: str, error: Exception) -> StoreError:
            return trouble(self.name, doing, error)

        def is_lost(self, _: Exception) -> bool:
            return False

        def connect(self) -> sqlite3.Connection:
            raise sqlite3.OperationalError("no file")

    link = Link(File())  # type: ignore[arg-type]  # a peer
    link._connection = Connection()  # type: ignore[assignment]  # a peer

    def work() -> str:
        with link.transaction("written"):
            return "go"

    return [place.said(work)]


def found_is_not_settled(place: Place) -> Answers:
    """What is there already cannot be brought to the disk: the record is gone."""
    path = place.path / "record.db"
    link = Link(DatabaseFile.make(path))
    path.unlink()

    def work() -> str:
        link.settle()
        return "go"

    return [place.said(work)]


def folder_is_not_durable(place: Place) -> Answers:
    """A folder is made where nobody may read what is there, so its name cannot be waited for."""
    user = os.geteuid()
    with TemporaryDirectory() as shut:  # The way to the place is for its owner alone.
        Path(shut).chmod(0o333)
        if user == 0:
            os.seteuid(65534)
        try:
            return [place.said(lambda: str(DatabaseFile.make(Path(shut) / "new/record.db")))]
        finally:
            os.seteuid(user)
            Path(shut).chmod(0o755)


def schema_is_newer(place: Place) -> Answers:
    """The database has a revision that nobody knows."""
    engine = create_engine(f"sqlite:///{place.path / 'newer.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
        answer = place.said(lambda: upgrade(connection))
    engine.dispose()
    return [answer]


async def store_hangs_or_breaks(place: Place) -> Answers:
    """The thread of the store does not answer, or what it does breaks."""
    release = threading.Event()

    def hang(_: Sequence[str]) -> Sequence[str]:
        release.wait(10)
        return ["go"]

    def break_(_: Sequence[str]) -> Sequence[str]:
        raise ZeroDivisionError

    slow: Lane[str, str] = Lane("slow", hang, lambda: None, 0.05)
    broken: Lane[str, str] = Lane("broken", break_, lambda: None, 5.0)
    answers = [await place.waited(slow.ask("x")), await place.waited(broken.ask("x"))]
    release.set()
    await slow.close()
    await broken.close()
    return answers


async def store_has_nothing_waiting(place: Place) -> Answers:
    """The queue of the store is empty, as it nearly always is; an unready service stays so."""
    store = open_sqlite(place.path / "record.db")
    answer = await place.unready_world(store=store).decided()
    await store.close()
    return [answer]


TABLE: Table = {
    "store.codec:_check_meaning:StoreError": record_is_damaged,
    "store.codec:decode:(ValueError, RecursionError)": record_is_damaged,
    "store.codec:decode:ShapeError": record_is_damaged,
    "store.codec:checked:_ODD": record_cannot_be_kept,
    "store.codec:checked:ShapeError": record_cannot_be_kept,
    "store.codec:instant:ValueError": record_is_damaged,
    "store.database:DatabaseStore._read:StoreError": record_is_deleted,
    "store.file:DatabaseFile.check_same:FileNotFoundError": record_is_deleted,
    "store.file:DatabaseFile.connect:BaseException": record_is_no_database,
    "store.file:DatabaseFile.make:(*DatabaseTrouble, ValueError)": record_is_no_database,
    "store.file:DatabaseFile.prepare:DatabaseTrouble": record_is_no_database,
    "store.link:Link.close:suppress(*DatabaseTrouble, *self._database.errors)": (
        connection_does_not_close
    ),
    "store.link:Link.transaction:BaseException": record_is_deleted,
    "store.link:Link.settle:BaseException": found_is_not_settled,
    "store.file:_make_folder:OSError": folder_is_not_durable,
    "store.file:_keep_log:sqlite3.OperationalError": log_cannot_be_kept,
    "store.file:_make_record:suppress(FileExistsError)": record_was_begun_by_another,
    "store.lane:Lane._next_group:Empty": store_has_nothing_waiting,
    "store.lane:Lane._served:Exception": store_hangs_or_breaks,
    "store.lane:Lane.ask:TimeoutError": store_hangs_or_breaks,
    "store.migrate:upgrade:CommandError": schema_is_newer,
    "store.report:decisions:(ValueError, RecursionError)": record_is_damaged,
    "store.report:decisions:ShapeError": record_is_damaged,
    "store.shape:_dataclass_reader.read:ShapeError": record_is_damaged,
    "store.shape:_mapping_reader.read:ShapeError": record_is_damaged,
    "store.shape:_tuple_reader.read:ShapeError": record_is_damaged,
    "store.writer:Writer._certain:StoreError": record_is_deleted,
}
"""Each clause that is forced here, and by what."""


def test_what_the_store_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_a_record_that_is_whole_is_go(place: Place) -> None:
    """Without anything forced a GO is kept and read back: nothing else keeps the gate shut."""
    store = open_sqlite(place.path / "record.db")

    assert decode(damaged(), SAMPLE["evaluation"]).decision == "go"
    assert await place.world(store=store).decided() == "go"
    await store.close()
