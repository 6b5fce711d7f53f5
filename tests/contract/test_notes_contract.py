"""What every keeper of notes promises: memory, SQLite and PostgreSQL are the same to its users."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.store.codec import checked, decode
from director.store.database import DatabaseStore
from director.store.memory import MemoryStore
from director.store.postgres import open_postgres
from director.store.sqlite import open_sqlite

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "unit/store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
TOKEN, TARGET = NoteKind.TOKEN, NoteKind.TARGET

Again = Callable[[], "DatabaseStore | MemoryStore"]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Again]:
    """Each store in turn; called again, it opens the same one again (memory: goes on)."""
    opened: list[DatabaseStore | MemoryStore] = []
    dsn = request.getfixturevalue("postgres").database() if request.param == "postgres" else ""

    def opens() -> DatabaseStore | MemoryStore:
        match request.param:
            case "memory":
                store: DatabaseStore | MemoryStore = opened[0] if opened else MemoryStore()
            case "sqlite":
                store = open_sqlite(tmp_path / "record.db")
            case _:
                store = open_postgres(dsn)
        opened.append(store)
        return store

    yield opens
    for store in opened:
        await store.close()


async def test_a_note_is_there_until_it_is_replaced_or_forgotten(again: Again) -> None:
    """One thing has one note."""
    notes = again().notes
    assert await notes.one(TOKEN, "a") is None

    await notes.write([Note(TOKEN, "a", b"1"), Note(TARGET, "a", b"\x00\xff")])
    assert await notes.one(TOKEN, "a") == Note(TOKEN, "a", b"1")
    assert await notes.one(TARGET, "a") == Note(TARGET, "a", b"\x00\xff")

    await notes.write([Note(TOKEN, "a", b"2")])
    assert await notes.one(TOKEN, "a") == Note(TOKEN, "a", b"2")

    await notes.write([Note(TOKEN, "a", None), Note(TOKEN, "never", None)])
    assert await notes.one(TOKEN, "a") is None
    assert await notes.one(TARGET, "a") is not None


async def test_of_two_notes_about_one_thing_the_last_counts(again: Again) -> None:
    """Also where both are written together."""
    notes = again().notes

    await notes.write([Note(TOKEN, "a", b"1"), Note(TOKEN, "a", None), Note(TOKEN, "a", b"3")])

    assert await notes.page(TOKEN) == (Note(TOKEN, "a", b"3"),)


async def test_pages_are_sorted_by_bytes(again: Again) -> None:
    """Upper case before lower case, letters of other alphabets last, in every database."""
    notes = again().notes
    keys = ["Z", "a", "a.b", "a/b", "a@b", "a\u00e9", "b", "\u4e2d", "_"]
    await notes.write([Note(TOKEN, key, key.encode()) for key in keys])
    in_order = sorted(keys, key=str.encode)

    assert [note.key for note in await notes.page(TOKEN)] == in_order
    assert [note.key for note in await notes.page(TOKEN, limit=4)] == in_order[:4]
    assert [note.key for note in await notes.page(TOKEN, in_order[3], 3)] == in_order[4:7]
    assert await notes.page(TOKEN, in_order[-1]) == ()


async def test_notes_outlive_their_store(again: Again) -> None:
    """What was acknowledged is there for the next one who opens it."""
    first = again()
    await first.notes.write([Note(TARGET, "a@b", b"state")])
    second = again()

    assert await second.notes.one(TARGET, "a@b") == Note(TARGET, "a@b", b"state")


async def test_notes_and_decisions_do_not_mind_each_other(again: Again) -> None:
    """They share their transactions, and each is as it would be alone."""
    store = again()
    async with asyncio.TaskGroup() as group:
        for number in range(40):
            record = replace(SAMPLE, evaluation=f"01JD9Z4S000000000000000{number:03}")
            group.create_task(store.record(record))
            group.create_task(store.notes.write([Note(TARGET, f"{number:03}", b"x")]))

    assert len(await store.notes.page(TARGET)) == 40
    assert (await store.log()).size == 40


async def test_a_closed_store_keeps_no_notes(again: Again) -> None:
    """Nobody is told that something is kept which is not."""
    store = again()
    await store.close()

    with pytest.raises(StoreError):
        await store.notes.write([Note(TARGET, "a", b"x")])
    with pytest.raises(StoreError):
        await store.notes.one(TARGET, "a")
