"""Records of an older Director: brought up to date whole, or left as they were."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from director.audit.checkpoint import accepted
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.audit.tree import grow, leaf_hash, root
from director.errors import StoreError
from director.model.audit import Trunk
from director.model.record import Record
from director.store.codec import checked, decode
from director.store.migrate import configured
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

BODY = (Path(__file__).parents[2] / "unit/store/record.json").read_bytes()
SAMPLE = decode(BODY, "01JD9Z4S00000000000000000A")

KILL_AT_EACH_STATEMENT = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from director.store.sqlite import open_sqlite

old, path = map(Path, sys.argv[1:])
number = 0
while True:
    shutil.copy(old, path)
    child = os.fork()
    if child == 0:
        left = number
        def count(*about):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(Engine, "before_cursor_execute", count)
        open_sqlite(path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(number, status, flush=True)
    open_sqlite(path)
    sys.stdin.readline()
    if status == 0:
        break
    number += 1
"""


def body(name: str) -> bytes:
    """Return the bytes of a decision as they were stored when facts were a part of them."""
    return BODY.replace(b"01JD9Z4S00000000000000000A", name.encode())


def record(name: str) -> Record:
    """Return the same decision as it is read."""
    return replace(SAMPLE, evaluation=name)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a record of the first schema, with three decisions and gaps between them."""
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        command.upgrade(configured(connection), "0001")
        connection.commit()
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        for seq, name in ((3, "C"), (5, "A"), (9, "B")):
            connection.execute(
                "INSERT INTO decisions VALUES (?, ?, 'payment-service', 'production', "
                "'conditional_go', '2026-11-22T10:00:00.000000Z', '2026-11-23T10:00:00.000000Z', "
                "'sha256:m', 'baseline', 'sha256:p', ?)",
                (seq, name, body(name)),
            )
        connection.execute(
            "INSERT INTO conditions VALUES ('payment-service', 'production', 'a.b', 'team', "
            "'2026-11-22T10:00:00.000000Z', '2026-12-06T10:00:00.000000Z', NULL)"
        )
        connection.commit()
    return path


async def test_older_record_is_brought_up_to_date(old: Path) -> None:
    """Every decision is there in its order, to the byte; conditions stand; nothing is sealed."""
    store = open_sqlite(old)

    assert [(leaf.index, leaf.id, leaf.body) for leaf in await store.leaves()] == [
        (0, "C", body("C")), (1, "A", body("A")), (2, "B", body("B")),
    ]  # fmt: skip
    assert {leaf.checkpoint for leaf in await store.leaves()} == {""}
    assert await store.latest("payment-service", "production") == record("B")
    assert await store.evaluation("A") == record("A")
    standing = await store.standing("payment-service", "production")
    assert [condition.check for condition in standing.conditions] == ["a.b"]
    assert standing.seen_at is not None
    (line, *_) = await store.history("payment-service", limit=1)
    assert (line.seq, line.version, line.pass_rate, line.score) == (2, "2.7.1", "67%", 0.833333)
    assert (line.decision, line.effective, line.override) == 2 * ("conditional_go",) + ("",)
    await store.close()


async def test_older_decisions_are_sealed_by_the_next(old: Path) -> None:
    """The first append seals everything before it; each checkpoint is that of its tree."""
    key = PrivateKey.generate()
    store = open_sqlite(old, Sealing(lambda origin: KeyNotary(origin or "log.example/1", key)))
    new = checked(record("NEW"))

    kept = await store.record(new.record)

    leaves = await store.leaves()
    verifier = VerifierKey.parse((await store.log()).public_key)
    trunk = Trunk()
    for leaf in leaves:
        trunk = grow(trunk, [leaf_hash(leaf.body)])
        head = accepted(leaf.checkpoint, [verifier]).head
        assert (head.size, head.root) == (trunk.size, root(trunk))
    assert [leaf.id for leaf in leaves] == ["C", "A", "B", "NEW"]
    assert kept.seal is not None
    assert kept.seal.checkpoint == leaves[-1].checkpoint
    await store.close()


async def test_damaged_body_does_not_keep_the_record_shut(old: Path) -> None:
    """A body that is no JSON is moved as it is, and refused when it is read; others are fine."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE decisions SET body = ? WHERE id = 'A'", (b"{",))
        connection.commit()
    store = open_sqlite(old)

    assert await store.evaluation("B") == record("B")
    with pytest.raises(StoreError, match="record A is damaged"):
        await store.evaluation("A")
    await store.close()


def test_killed_migration_leaves_old_or_new(old: Path, tmp_path: Path) -> None:
    """Killed before any statement of it, the record is the old one or the new, and then opens."""
    path = tmp_path / "copy.db"
    line = [sys.executable, "-c", KILL_AT_EACH_STATEMENT, str(old), str(path)]
    ended = []
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for told in nursery.stdout:
            ended.append(int(told.split()[1]))
            nursery.stdin.write("on\n")
            nursery.stdin.flush()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = dict(connection.execute("SELECT id, body FROM entries ORDER BY seq"))

    assert nursery.returncode == 0
    assert len(ended) > 10
    assert (ended[0], ended[-1]) == (9, 0)
    assert found == {name: body(name) for name in ("C", "A", "B")}
    assert json.loads(found["A"])["evaluation"] == "A"
