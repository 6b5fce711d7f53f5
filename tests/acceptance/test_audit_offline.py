"""director audit where it cannot do what is asked, and the second verifier, which is another's."""

from __future__ import annotations

import ast
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from director.audit.key import make_key
from director.audit.notary import KeyNotary
from director.store.codec import decode
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

HERE = Path(__file__).parent
SECOND = HERE / "second_verifier.py"
BODY = HERE.parent / "unit/store/record.json"
COMMANDS = {
    "verify": (),
    "key": (),
    "export": ("--output", "log.jsonl"),
    "erase": ("--older-than", "1d"),
}


def test_the_second_verifier_is_another() -> None:
    """It has at most 200 lines, and nothing of ours but the format: it imports no line of it."""
    text = SECOND.read_text(encoding="utf-8")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
        )
    }

    assert len(text.splitlines()) <= 200
    assert imported <= {*sys.stdlib_module_names, "cryptography"}
    assert not {"importlib", "runpy", "subprocess"} & imported


@pytest.mark.parametrize("command", COMMANDS)
async def test_records_that_are_none(director, home, command) -> None:
    """Nothing there, a folder, or something else is said in one line; nothing is made of it."""
    (home / "text").write_text("no record\n")
    exits = {"nowhere": 2, ".": 3, "text": 3}

    for name, exit_ in exits.items():
        ran = await director("audit", command, *COMMANDS[command], "--store", name)

        assert (name, ran.exit, ran.stdout) == (name, exit_, "")
        assert len(ran.stderr.splitlines()) == 1
        assert "internal error" not in ran.stderr
    assert sorted(path.name for path in home.iterdir() if path.suffix in (".jsonl", ".key")) == []
    assert (home / "text").read_text() == "no record\n"
    assert not (home / "nowhere").exists()


async def old(path: Path) -> None:
    """Record a decision of long ago, with evidence."""
    sample = decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")
    key = make_key(Path(f"{path}.key"))
    notary = KeyNotary("production-readiness-director/01JD9Z4S00000000000000000Z", key)
    store = open_sqlite(path, Sealing(lambda _: notary))
    await store.record(replace(sample, decided_at="2020-11-22T10:00:00.000000Z"))
    await store.close()


@pytest.mark.parametrize(
    ("more", "exit_"),
    [
        ((), 2),
        (("--older-than", "soon"), 2),
        (("--older-than", "0s"), 2),
        (("--older-than", "-1d"), 2),
        (("--older-than", "99999999d"), 2),
        (("--older-than", "1d", "--by", "\udcff"), 2),
        (("--older-than", "36500d"), 0),
    ],
    ids=lambda value: "_".join(value).replace("\udcff", "ff") if isinstance(value, tuple) else None,
)
async def test_evidence_that_stays(director, home, more, exit_) -> None:
    """What cannot be understood or told erases nothing, and so does a time before all."""
    await old(home / "r.db")

    ran = await director("audit", "erase", *more, "--store", "r.db")

    assert ran.exit == exit_
    assert "internal error" not in ran.stderr
    with closing(sqlite3.connect(home / "r.db")) as connection:
        ((kept,),) = connection.execute("SELECT count(*) FROM evidence WHERE facts IS NOT NULL")
        ((entries,),) = connection.execute("SELECT count(*) FROM entries")
    assert (kept, entries) == (1, 1)


async def test_the_key_is_the_public_one(director, home) -> None:
    """The key is one line, the same each time, and nothing of the private one."""
    await old(home / "r.db")

    first = await director("audit", "key", "--store", "r.db")
    again = await director("audit", "key", "--store", "r.db")
    verified = await director("audit", "verify", "--store", "r.db", "--key", first.stdout.strip())

    assert (first.exit, first.stderr) == (0, "")
    assert first.stdout == again.stdout
    assert first.stdout.startswith("production-readiness-director/01JD9Z4S00000000000000000Z+")
    assert len(first.stdout.splitlines()) == 1
    private = (home / "r.db.key").read_text().splitlines()[1]
    assert private not in first.stdout
    assert verified.exit == 0


async def test_a_signature_taken_for_another_is_found(director, home) -> None:
    """A checkpoint that was copied from another entry is found, and the entry is named."""
    await old(home / "r.db")
    store = ("--store", "r.db")
    await director("audit", "erase", "--older-than", "1d", "--by", "root", *store)
    with closing(sqlite3.connect(home / "r.db")) as connection, connection:
        connection.execute(
            "UPDATE entries SET checkpoint = (SELECT checkpoint FROM entries WHERE seq = 0)"
        )

    ran = await director("audit", "verify", *store)

    assert (ran.exit, ran.stdout) == (1, "")
    assert ran.stderr.startswith("r.db: entry 1: ") or "/r.db: entry 1: " in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
