"""Forced where the log grows, and where it is kept on a server."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from director.errors import StoreError
from director.model.ledger import Entry, Kind
from director.store.append import Recording, Refusal, answers
from director.store.codec import Encoder, checked, decode
from director.store.database import DatabaseStore
from director.store.leaf import entry_leaf, entry_of
from director.store.link import LostConnectionError, UnknownOutcomeError
from director.store.memory import MemoryStore
from director.store.sealing import Sealer, head_of
from director.store.server import DatabaseServer
from director.store.sqlite import open_sqlite
from director.store.writer import Writer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
ENTRY = Entry(
    id="E1", kind=Kind.WAIVER_REQUESTED, service="shop", environment="", subject="W1",
    at="2026-11-22T10:00:00.000000Z",
)  # fmt: skip


class Unlucky:
    """A link of which the next transactions that write end badly; a peer.

    Args:
        store: Whose link works otherwise.
        troubles: What each transaction ends with; None for one that works.
    """

    def __init__(self, store: DatabaseStore, *troubles: StoreError | None) -> None:
        self._link = store._writing
        self._troubles = list(troubles)

    @contextmanager
    def transaction(self, doing: str, *, writing: bool = False) -> Iterator[Connection]:
        """Do what is done inside, and say that it ended badly where that is due."""
        trouble = self._troubles.pop(0) if self._troubles and writing else None
        if isinstance(trouble, LostConnectionError):
            raise trouble
        with self._link.transaction(doing, writing=writing) as connection:
            yield connection
            if type(trouble) is StoreError:
                raise trouble
        if trouble is not None:
            raise trouble

    def settle(self) -> None:
        """Put on the disk what was found after all."""
        self._link.settle()

    def serve(self, store: DatabaseStore) -> None:
        """Let *store* write over this link."""
        writer = Writer(self, Sealer("record.db", None))  # type: ignore[arg-type]  # a peer
        store._writer._serve = writer.serve


async def outcome_is_never_known(place: Place) -> Answers:
    """Nobody can say whether a decision was committed: it is not taken for one that was."""
    told = []
    troubles: tuple[list[StoreError], ...] = (
        [UnknownOutcomeError("in commit"), StoreError("the disk is gone")],
        [LostConnectionError("idle"), LostConnectionError("gone")],
    )
    for number, each in enumerate(troubles):
        store = open_sqlite(place.path / f"{number}.db")
        Unlucky(store, *each).serve(store)
        told.append(await place.world(store=store).decided())
        await store.close()
    return told


async def server_comes_back(place: Place) -> Answers:
    """The server is lost in the commit and comes back: an unready service stays unready."""
    store = open_sqlite(place.path / "record.db")
    Unlucky(store, UnknownOutcomeError("in commit"), LostConnectionError("starting")).serve(store)
    answer = await place.unready_world(store=store).decided()
    await store.close()
    return [answer]


async def evaluation_is_recorded_otherwise(place: Place) -> Answers:
    """A decision is recorded already with other content, or it cannot be read back."""
    record, store = await place.world().record(), MemoryStore()
    await store.record(replace(record, trigger="other"))
    recording = Recording(record, (), Encoder())
    recording.prepare()
    lost = answers([recording], [None], {})
    told = [str(each.error) for each in lost if isinstance(each, Refusal)]
    return [await place.waited(store.record(record)), *told]


async def decision_cannot_be_written(place: Place) -> Answers:
    """A decision holds a number that is none: the thread that writes refuses it."""
    record, store = await place.world().record(), open_sqlite(place.path / "record.db")
    told = await place.waited(store.record(replace(record, score=float("nan"))))
    await store.close()
    return [told]


def fast_way_is_not_certain(place: Place) -> Answers:
    """What the fast writer does not know is looked at more slowly, and refused."""
    encoder = Encoder()
    odd = replace(SAMPLE, score=object())  # type: ignore[arg-type]  # the point
    told = [place.said(lambda: encoder.encode(odd).record.decision) for _ in range(5)]
    half = replace(SAMPLE, owner="half \ud800")
    told.append(place.said(lambda: encoder.encode(half).record.decision))
    SAMPLE.checks[1].evidence[0].facts["odd"] = None  # type: ignore[assignment]  # the point
    told.append(place.said(lambda: encoder.encode(SAMPLE).record.decision))
    del SAMPLE.checks[1].evidence[0].facts["odd"]
    return told


def entry_is_damaged(place: Place) -> Answers:
    """An entry is no entry when it is written, or when it is read."""
    body = json.loads(entry_leaf(ENTRY).body)
    bodies = (
        b"{", b"[" * 200_000, b"{}", json.dumps({**body, "kind": "go"}).encode(),
        json.dumps({**body, "at": "today"}).encode(),
    )  # fmt: skip
    told = [place.said(lambda body=body: entry_of(body, "E1").kind.value) for body in bodies]  # type: ignore[misc]
    odd = replace(ENTRY, text="half \ud800")
    return [*told, place.said(lambda: entry_leaf(odd).kind)]


def checkpoint_is_none(place: Place) -> Answers:
    """What should be a checkpoint is something else."""
    return [place.said(lambda: str(head_of("go")))]


async def facts_are_damaged(place: Place) -> Answers:
    """The facts that are stored cannot be unpacked."""
    path = place.path / "record.db"
    store = open_sqlite(path)
    await store.record(SAMPLE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE evidence SET facts = x'00'")
        connection.commit()
    answer = await place.waited(store.evaluation(SAMPLE.evaluation))
    await store.close()
    return [answer]


def server_is_none(place: Place) -> Answers:
    """The address is none, or the library for it is not there."""
    told = [place.said(lambda: DatabaseServer.of("postgresql://%zz").name)]
    library = sys.modules["psycopg"]
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        told.append(place.said(lambda: DatabaseServer.of("postgresql://db/x").name))
    finally:
        sys.modules["psycopg"] = library
    return told


TABLE: Table = {
    "store.append:answers:StoreError": evaluation_is_recorded_otherwise,
    "store.append:append:DirectorError": evaluation_is_recorded_otherwise,
    "store.append:prepared:DirectorError": decision_cannot_be_written,
    "store.codec:Encoder._fast:(UncertainError, ShapeError, *_ODD)": fast_way_is_not_certain,
    "store.encoder:writer_of.write:PydanticSerializationError": fast_way_is_not_certain,
    "store.leaf:_restored:StoreError": entry_is_damaged,
    "store.leaf:entry_leaf:(TypeError, ValueError, RecursionError, ShapeError)": entry_is_damaged,
    "store.leaf:entry_of:(ValueError, RecursionError)": entry_is_damaged,
    "store.leaf:entry_of:ShapeError": entry_is_damaged,
    "store.sealing:head_of:ValueError": checkpoint_is_none,
    "store.server:DatabaseServer.of:ImportError": server_is_none,
    "store.server:DatabaseServer.of:ProgrammingError": server_is_none,
    "store.table_pages:_unpacked:zlib.error": facts_are_damaged,
    "store.writer:Writer._append:LostConnectionError": outcome_is_never_known,
    "store.writer:Writer._found:LostConnectionError": server_comes_back,
    "store.writer:Writer._looked_up:StoreError": outcome_is_never_known,
    "store.writer:Writer._served:UnknownOutcomeError": outcome_is_never_known,
}
"""Each clause that is forced here, and by what."""


def test_what_the_log_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_a_decision_that_was_committed_is_go(place: Place) -> None:
    """A GO that was committed although nobody said so is found, and is one."""
    store = open_sqlite(place.path / "record.db")
    Unlucky(store, UnknownOutcomeError("in commit")).serve(store)

    assert await place.world(store=store).decided() == "go"
    await store.close()
