"""What the tables of every store have is what was sealed, and the same in all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.tables import Inspector, LogRow
from director.audit.verify import Auditor, Verified
from director.errors import StoreError
from director.model.audit import TableRow
from director.model.ledger import Entry, Kind
from director.model.record import ConditionEntry, Record
from director.ports import Store
from director.store.codec import checked, decode
from director.store.deferred import DeferredStore
from director.store.memory import MemoryStore
from director.store.postgres import open_postgres
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

BODY = Path(__file__).parents[1] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
AT = "2026-11-22T10:00:00.000000Z"
LATER = "2026-12-06T10:00:00.000001Z"


@pytest.fixture(params=["memory", "sqlite", "postgres", "deferred"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each store in turn, with the same key."""
    sealing = Sealing(lambda origin: KeyNotary(origin or "log.example/1", PrivateKey(b"k" * 32)))
    match request.param:
        case "memory":
            store: Store = MemoryStore(sealing)
        case "sqlite":
            store = open_sqlite(tmp_path / "record.db", sealing)
        case "deferred":
            store = DeferredStore(lambda: open_sqlite(tmp_path / "record.db", sealing))
        case _:
            store = open_postgres(request.getfixturevalue("postgres").database(), sealing)
    yield store
    await store.close()


def entry(id_: str, kind: Kind, subject: str = "") -> Entry:
    """Return an entry about the sample's target."""
    return Entry(
        id=id_,
        kind=kind,
        service=SAMPLE.service,
        environment=SAMPLE.environment,
        at=AT,
        subject=subject,
    )


def condition(check: str, closed_at: str | None = None) -> ConditionEntry:
    """Return what a record says of one condition."""
    return ConditionEntry(
        check=check, owner="team-ü", opened_at=AT, due_at=LATER, closed_at=closed_at
    )


def record(number: int, *conditions: ConditionEntry) -> Record:
    """Return the decision of one evaluation."""
    return replace(SAMPLE, evaluation=f"01JD9Z{number:020d}", conditions=conditions)


async def fill(store: Store) -> None:
    """Record decisions, more than one page of entries, and an erasure."""
    await store.record(record(1, condition("b"), condition("A")))
    await store.record(
        replace(record(2, condition("b", AT)), decision="no_go"),
        (entry("U1", Kind.OVERRIDE_USED, subject="V1"),),
    )
    many = [entry(f"W{number:03}", Kind.WAIVER_DENIED) for number in range(300)]
    await store.act(SAMPLE.service, SAMPLE.environment, lambda _: many)
    before = datetime(2026, 11, 23, tzinfo=UTC)
    await store.erase_evidence(before, lambda _: entry("E1", Kind.EVIDENCE_ERASED, subject=LATER))
    await store.record(replace(record(3), decided_at=LATER))


async def table_rows(store: Store) -> list[TableRow]:
    """Return every row of every table."""
    async with aclosing(store.table_rows()) as pages:
        return [row async for page in pages for row in page]


def inspected(rows: list[TableRow]) -> Verified:
    """Return what the tables show."""
    log = LogRow.of(rows[0])
    inspector = Inspector(Auditor(log.key), log)
    for row in rows[1:]:
        inspector.take(row)
    return inspector.end()


async def test_the_tables_are_what_was_sealed(store: Store) -> None:
    """Every column of every table can be told from the log, whatever was recorded."""
    await fill(store)

    found = inspected(await table_rows(store))

    assert dict(found.kinds) == {
        "decision": 3, "override.used": 1, "waiver.denied": 300, "evidence.erased": 1
    }  # fmt: skip
    assert (found.evidence, found.erased) == (1, 0)


async def test_all_stores_have_the_same(store: Store) -> None:
    """A row of one store is that of another, to the type of each value."""
    reference = MemoryStore(
        Sealing(lambda origin: KeyNotary(origin or "log.example/1", PrivateKey(b"k" * 32)))
    )
    await fill(store)
    await fill(reference)

    def shown(rows: list[TableRow]) -> list[str]:
        return sorted(f"{row.table} {sorted(row.values.items())!r}" for row in rows)

    assert shown(await table_rows(store)) == shown(await table_rows(reference))


async def test_a_page_is_of_one_moment(store: Store) -> None:
    """What is recorded after the first page was read is in none of the others."""
    await fill(store)

    async with aclosing(store.table_rows()) as pages:
        rows = list(await anext(pages))
        await store.record(record(4, condition("new")))
        rows += [row async for page in pages for row in page]

    assert inspected(rows).head.size == 305
    assert inspected(await table_rows(store)).head.size == 306


async def test_not_all_has_to_be_taken(store: Store) -> None:
    """Whoever stops after one page leaves a store that works."""
    await fill(store)

    for _ in range(3):
        async with aclosing(store.table_rows()) as pages:
            assert await anext(pages)
    assert (await store.record(record(4))).seal is not None


async def test_a_store_without_entries_has_its_log(store: Store) -> None:
    """Nothing but the row of the log is there, and it says that nothing is sealed."""
    (row,) = await table_rows(store)

    assert (row.table, row.values["size"], row.values["origin"]) == ("log", 0, "")


async def test_tables_that_are_gone(tmp_path: Path) -> None:
    """A record that cannot be read says so."""
    store = open_sqlite(tmp_path / "record.db")
    (tmp_path / "record.db").unlink()
    with pytest.raises(StoreError, match="deleted or replaced"):
        await table_rows(store)
    await store.close()
