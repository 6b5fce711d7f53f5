"""The record in PostgreSQL when its server or its connections come to harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from director.audit.checkpoint import accepted
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.audit.tree import grow, leaf_hash, root
from director.errors import StoreError
from director.model.audit import Trunk
from director.model.record import Record
from director.store.codec import checked, decode
from director.store.database import DatabaseStore
from director.store.postgres import open_postgres
from director.store.sealing import Sealing

if TYPE_CHECKING:
    from tests.conftest import PostgresServer

BODY = Path(__file__).parents[1] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
KEY = PrivateKey.generate()
SEALING = Sealing(lambda origin: KeyNotary(origin or "log.example/1", KEY))


def record(name: str) -> Record:
    """Return the sample as another evaluation."""
    return replace(SAMPLE, evaluation=name)


@pytest.fixture
def dsn(postgres: PostgresServer) -> str:
    """Return an empty database."""
    return postgres.database()


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[DatabaseStore]:
    """Return an open store that holds one decision."""
    store = open_postgres(dsn, SEALING)
    await store.record(SAMPLE)
    yield store
    await store.close()


async def verified(store: DatabaseStore) -> list[str]:
    """Return the ids in the log, after every checkpoint in it was verified."""
    log, trunk, ids = await store.log(), Trunk(), list[str]()
    key = VerifierKey.parse(log.public_key)
    while page := await store.leaves(len(ids)):
        for leaf in page:
            trunk = grow(trunk, [leaf_hash(leaf.body)])
            head = accepted(leaf.checkpoint, [key]).head
            assert (head.size, head.root) == (trunk.size, root(trunk))
            ids.append(leaf.id)
    assert log.size == len(ids) == len(set(ids))
    return ids


class Tally:
    """What was acknowledged so far."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._news = asyncio.Condition()

    async def reach(self, number: int) -> None:
        """Return when so many were acknowledged."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.names) >= number)

    async def write(self, store: DatabaseStore, name: str, enough: int) -> None:
        """Record one decision after the other until enough were acknowledged by anybody."""
        number = 0
        while len(self.names) < enough:
            number += 1
            with suppress(StoreError):
                await store.record(record(f"{name}-{number}"))
                self.names.append(f"{name}-{number}")
                async with self._news:
                    self._news.notify_all()


def refused(dsn: str, told: str) -> str:
    """Return why a database cannot be opened: one line without secrets."""
    with pytest.raises(StoreError, match=told) as caught:
        open_postgres(dsn)
    assert str(caught.value).isprintable()
    assert "secret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.long)])
async def test_restarted_server_loses_nothing_acknowledged(
    postgres: PostgresServer, store: DatabaseStore, rounds: int
) -> None:
    """Stopped at once in the middle of commits, the server has what was acknowledged, once."""
    tally = Tally()
    for number in range(rounds):
        begun = len(tally.names)
        writers = [
            asyncio.create_task(tally.write(store, f"R{number}-{one}", begun + 20))
            for one in range(4)
        ]
        await tally.reach(begun + 1 + number % 7)
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        await asyncio.wait(writers)

    found = await verified(store)

    assert len(tally.names) >= 20 * rounds
    assert set(tally.names) <= set(found)


@pytest.mark.parametrize("rounds", [5, pytest.param(20, marks=pytest.mark.long)])
async def test_ended_connections_lose_nothing_acknowledged(
    dsn: str, store: DatabaseStore, rounds: int
) -> None:
    """A connection that the server ends is replaced, and nothing is stored twice."""
    tally = Tally()
    writers = [asyncio.create_task(tally.write(store, f"T{one}", 20 * rounds)) for one in range(4)]
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        for number in range(rounds):
            await tally.reach(20 * number + number % 7)
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'director' AND datname = current_database()"
            )
    await asyncio.wait(writers)

    assert set(tally.names) <= set(await verified(store))


async def test_idle_connection_that_ended_is_not_noticed(dsn: str, store: DatabaseStore) -> None:
    """A connection that was lost between two decisions costs nobody a decision."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'director' AND datname = current_database()"
        )

    assert (await store.record(record("NEXT"))).record == record("NEXT")


async def test_stopped_server_is_said_and_comes_back(
    postgres: PostgresServer, store: DatabaseStore
) -> None:
    """While the server is away nothing is acknowledged; when it is back, work goes on."""
    await asyncio.to_thread(postgres.stop)
    try:
        with pytest.raises(StoreError, match=r"it cannot be reached .*; start it"):
            await store.record(record("AWAY"))
        with pytest.raises(StoreError, match="it cannot be reached"):
            await store.latest("payment-service", "production")
    finally:
        await asyncio.to_thread(postgres.start)

    await store.record(record("BACK"))
    assert await verified(store) == [SAMPLE.evaluation, "BACK"]


async def test_lock_of_another_is_said(dsn: str, store: DatabaseStore) -> None:
    """A lock that somebody keeps is an error in time; when it goes, work goes on."""
    impatient = open_postgres(f"{dsn}&options=-c%20statement_timeout%3D100ms", SEALING)
    async with await psycopg.AsyncConnection.connect(dsn) as other:
        await other.execute("SELECT pg_advisory_xact_lock(%s)", (0x0DEC1DE,))
        with pytest.raises(StoreError, match="another process keeps it locked"):
            await impatient.record(record("SECOND"))
        assert await impatient.latest("payment-service", "production") == SAMPLE
        await other.rollback()

    await impatient.record(record("SECOND"))
    assert await verified(store) == [SAMPLE.evaluation, "SECOND"]
    await impatient.close()


async def test_several_processes_share_one_log(dsn: str) -> None:
    """Stores that begin and append at once make one log without a gap or a fork."""
    stores = await _opened(dsn, 4)
    tally = Tally()
    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(stores):
            group.create_task(tally.write(one, f"S{number}", 40))

    found = await verified(stores[0])
    assert sorted(found) == sorted(tally.names)
    for one in stores:
        await one.close()


async def _opened(dsn: str, number: int) -> list[DatabaseStore]:
    tasks = [
        asyncio.create_task(asyncio.to_thread(open_postgres, dsn, SEALING)) for _ in range(number)
    ]
    await asyncio.wait(tasks)
    return [task.result() for task in tasks]


def test_unreachable_server_is_said(tmp_path: Path) -> None:
    """A server that is not there is named without its password, with the way out."""
    dsn = f"postgresql://director:secret@/db?host={tmp_path}&port=6000"

    told = refused(dsn, "it cannot be reached")

    assert told.startswith(f"postgresql://{tmp_path}:6000/db: the record cannot be opened: ")


def test_address_that_is_none_is_refused() -> None:
    """What is no address is refused, and what is in it is not repeated."""
    refused("postgresql://director:secret@[/db", "must be postgresql://user@host/database")


def test_missing_database_is_said(postgres: PostgresServer) -> None:
    """A database that is not there is not made in silence."""
    refused(postgres.dsn("nowhere"), r"does not let us in .* does not exist\); look at its address")


def test_other_encoding_is_refused(postgres: PostgresServer) -> None:
    """A database that cannot hold every text is refused when it is opened."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")

    refused(postgres.dsn("ascii"), "needs server_encoding = UTF8, the server has SQL_ASCII")


async def test_newer_schema_is_refused(dsn: str, store: DatabaseStore) -> None:
    """A record that a newer Director wrote is not touched."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        await other.execute("UPDATE alembic_version SET version_num = '9999'")

    await asyncio.to_thread(refused, dsn, r"was written by a newer Director .*upgrade the Director")
    assert await store.latest("payment-service", "production") == SAMPLE
