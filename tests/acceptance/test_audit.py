"""director audit: the log is exported, verified elsewhere, and what is wrong with it is said."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from director.audit.ed25519 import PrivateKey
from director.audit.key import make_key
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.store.codec import decode
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "director"
BODY = HERE.parent / "unit/store/record.json"
DECLARED = (
    "logging", "metrics", "alerts", "healthcheck", "load_test", "security_review", "runbook",
    "on_call",
)  # fmt: skip
STORE = ("--store", "r.db", "--log", "off")

ELSEWHERE = str(VerifierKey("elsewhere/log", PrivateKey(b"e" * 32).public))


def run(folder: Path, program: str | Path, *arguments: str | Path) -> str:
    """Run a program in *folder*, which must do well, and return what it says."""
    variables = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a folder with a record of four decisions, its anchor, key and bundle."""
    folder = tmp_path_factory.mktemp("kept")
    for name in ("pay", "pay", "shop", "pay"):
        declares = dict.fromkeys(DECLARED, True) | {"load_test": name != "pay"}
        document = {
            "apiVersion": "readiness/v1",
            "kind": "Service",
            "metadata": {"name": name, "owner": "team-test"},
            "spec": {"declares": declares},
        }
        (folder / f"{name}.yaml").write_text(json.dumps(document))
        judge = ("evaluate", f"{name}.yaml", "--profile", "baseline", "--audit-anchor", "anchor")
        run(folder, COMMAND, *judge, *STORE)
    (folder / "director.pub").write_text(run(folder, COMMAND, "audit", "key", "--store", "r.db"))
    run(folder, COMMAND, "audit", "export", "--store", "r.db", "--output", "log.jsonl")
    return folder


@pytest.fixture
def decided(home, kept):
    """Copy that folder to where the command is run."""
    shutil.copytree(kept, home, dirs_exist_ok=True)
    (home / "r.db.key").chmod(0o600)
    return home


@pytest.fixture
def bundle(decided):
    """Return the bundle in it."""
    return decided / "log.jsonl"


def test_a_bundle_is_its_record(decided) -> None:
    """What export says names where the key is to be taken from, and not the key."""
    said = run(decided, COMMAND, "audit", "export", "--store", "r.db", "--output", "log.jsonl")

    assert (decided / "log.jsonl").stat().st_mode & 0o777 == 0o644
    assert [*decided.glob(".director-*")] == []
    assert said.startswith("log.jsonl: 4 entries of production-readiness-director/")
    assert "director audit verify log.jsonl --key KEY" in said
    assert "as it was kept elsewhere" in said
    assert (decided / "director.pub").read_text().strip() not in said


@pytest.mark.usefixtures("decided")
async def test_a_bundle_is_verified_where_nothing_else_is(director, bundle, home) -> None:
    """With the bundle and the key alone, the log is whole: by us and by the second verifier."""
    for path in home.glob("r.db*"):
        path.unlink()

    ran = await director("audit", "verify", bundle, "--key", "director.pub", "--anchor", "anchor")
    key = (home / "director.pub").read_text().strip()
    other = run(home, sys.executable, HERE / "second_verifier.py", bundle, key)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ": whole\n" in ran.stdout
    assert "entries     4: 4 decision" in ran.stdout
    assert "given with --key" in ran.stdout
    assert "of 4 entries, contained" in ran.stdout
    assert other == "4 entries, 0 signatures, 0 pieces of evidence erased\n"


@pytest.mark.usefixtures("decided")
async def test_a_record_is_verified_with_its_tables(director) -> None:
    """The record itself is verified, and the answer says what a key of its own is worth."""
    own = await director("audit", "verify", "--store", "r.db")
    given = await director("audit", "verify", "--store", "r.db", "--key", "director.pub")
    found = await director("audit", "verify", "--store", "r.db", "--format", "json")

    assert (own.exit, given.exit, found.exit) == (0, 0, 0)
    assert "tables      say what the entries say" in own.stdout
    assert "its own: it shows only that the log agrees with itself" in own.stdout
    assert "none: what was cut off at the end cannot be told" in own.stdout
    assert "given with --key" in given.stdout
    assert found.document["whole"] is True
    assert found.document["key_trusted"] is False
    assert found.document["tables_verified"] is True


@pytest.mark.usefixtures("decided")
async def test_a_later_due_date_is_found(director, home) -> None:
    """Whoever gives a condition more time in the database is found out; the entry is named."""
    with closing(sqlite3.connect(home / "r.db")) as connection, connection:
        connection.execute("UPDATE conditions SET due_at = '2099-01-01T00:00:00.000000Z'")

    ran = await director("audit", "verify", "--store", "r.db", "--key", "director.pub")

    assert (ran.exit, ran.stdout) == (1, "")
    assert "entry 3: due_at in the table conditions must be" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


async def test_a_changed_bundle_is_found(director, bundle) -> None:
    """A word changed in an entry is found, and the entry is named."""
    lines = bundle.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"conditional_go", b"go", 1)
    bundle.write_bytes(b"".join(lines))

    ran = await director("audit", "verify", bundle, "--key", "director.pub")

    assert (ran.exit, ran.stdout) == (1, "")
    assert "log.jsonl: entry 1: it, or one before it, is not what was sealed" in ran.stderr


async def test_an_older_copy_is_found_by_the_anchor(director, bundle, home) -> None:
    """A bundle from before the anchor's last checkpoint lacks what came after it."""
    path = home / "shop.yaml"
    await director("evaluate", path, "--profile", "baseline", *STORE, "--audit-anchor", "anchor")

    alone = await director("audit", "verify", bundle, "--key", "director.pub")
    held = await director("audit", "verify", bundle, "--key", "director.pub", "--anchor", "anchor")

    assert (alone.exit, held.exit) == (0, 1)
    assert "entry 4: is missing, as an anchor has 5 entries" in held.stderr


@pytest.mark.parametrize(
    ("anchor", "exit_", "words"),
    [
        ("nowhere", 2, "--anchor: must hold a checkpoint, nowhere has none"),
        ("empty", 2, "--anchor: must hold a checkpoint, empty has none"),
        ("director.pub", 3, "the anchor holds something else than checkpoints"),
        ("foreign", 3, "the anchor is that of another log, elsewhere/log"),
        (".", 3, "the anchor cannot be read"),
        ("/dev/zero", 3, "the anchor cannot be read: it must be a plain file"),
    ],
)
async def test_anchors_that_show_nothing(director, bundle, home, anchor, exit_, words) -> None:
    """An anchor that is none is never passed over: nothing was verified, and why is said."""
    (home / "empty").touch()
    root = "A" * 43 + "="
    note = f"elsewhere/log\n1\n{root}\n\n— elsewhere/log {'A' * 92}\n"
    (home / "foreign").write_text(json.dumps({"checkpoint": note}, separators=(",", ":")) + "\n")

    ran = await director("audit", "verify", bundle, "--anchor", anchor)

    assert (ran.exit, ran.stdout) == (exit_, "")
    assert words in ran.stderr


async def test_keys_in_every_form(director, bundle, home) -> None:
    """The key is taken as text, from a file, and in PEM."""
    text = (home / "director.pub").read_text().strip()
    (home / "director.pem").write_text(pem(VerifierKey.parse(text).public))

    for key in (text, "director.pub", "director.pem"):
        ran = await director("audit", "verify", bundle, "--key", key)
        assert (ran.exit, "given with --key" in ran.stdout) == (0, True)


def pem(public: bytes) -> str:
    """Return a public key as OpenSSL writes it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("key", "exit_", "words"),
    [
        (ELSEWHERE, 1, "and the key is that of elsewhere/log"),
        ("stranger", 1, "its key is another than the one that was given"),
        ("stranger.pem", 1, "its key is another than the one that was given"),
        ("r.db.key", 2, "--key: a key in PEM must be one Ed25519 public key"),
        ("nowhere", 2, "nowhere: must be a file, got nothing"),
        (".", 2, "it is a directory"),
        ("pipe", 2, "it is a pipe"),
        ("/dev/zero", 2, "it is a pipe, socket or device"),
        ("latin", 2, "must be UTF-8"),
        ("empty", 2, "--key: a key must be written name+id+base64"),
        ("a+b", 2, "--key: a key must be written name+id+base64"),
        ("+" * 5000, 2, "--key: a key must be written name+id+base64"),
    ],
    ids=range(12),
)
async def test_keys_that_are_none(director, bundle, home, key, exit_, words) -> None:
    """A key of another log, or what is no key, is refused in a line that says so."""
    name = (home / "director.pub").read_text().partition("+")[0]
    stranger = PrivateKey(b"s" * 32).public
    (home / "stranger").write_text(str(VerifierKey(name, stranger)))
    (home / "stranger.pem").write_text(pem(stranger))
    (home / "latin").write_bytes("schlüssel".encode("latin-1"))
    (home / "empty").touch()
    os.mkfifo(home / "pipe")

    ran = await director("audit", "verify", bundle, "--key", key)

    assert (ran.exit, ran.stdout) == (exit_, "")
    assert words in ran.stderr
    assert "PRIVATE KEY" not in ran.stderr


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "must begin with a line of type"),
        (b"\n", "its line is no JSON"),
        (b"\xff\xfe{}\n", "its line is no JSON"),
        ("{}\n".encode("utf-16"), "its line is no JSON"),
        (b"[]\n", "its line is not as it was written"),
        (b"{}\n", "must begin with a line of type"),
        (b'{"decision":"go"}\n', "must begin with a line of type"),
        (b"[" * 100_000 + b"\n", "its line is no JSON"),
        (b'{"a":1,"a":1}\n', "its line is not as it was written"),
        (b'{"bundle":"production-readiness-director/audit/v1"}\n', "must have bundle, origin"),
        (b'{"a":' + b"9" * 5000 + b"}\n", "its line is "),
    ],
    ids=range(11),
)
async def test_files_that_are_no_bundle(director, home, data, words) -> None:
    """A file that is something else is not whole, and one line says why."""
    (home / "what").write_bytes(data)

    ran = await director("audit", "verify", "what")

    assert (ran.exit, ran.stdout) == (1, "")
    assert words in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", "nowhere: cannot be read: No such file or directory"),
        (".", ".: cannot be read: Is a directory"),
        ("pipe", "pipe: must be a plain file"),
        ("/dev/zero", "/dev/zero: must be a plain file"),
    ],
)
async def test_what_is_no_file(director, home, path, words) -> None:
    """A folder, a pipe or a device is refused at once."""
    os.mkfifo(home / "pipe")

    ran = await director("audit", "verify", path)

    assert (ran.exit, ran.stdout) == (2, "")
    assert words in ran.stderr


async def test_a_line_of_a_gigabyte(director, home) -> None:
    """A line without an end is given up after 64 MiB."""
    with (home / "long").open("wb") as file:
        file.truncate(2**30)

    ran = await director("audit", "verify", "long")

    assert (ran.exit, ran.stdout) == (1, "")
    assert "its line is no JSON" in ran.stderr


async def test_a_record_without_a_log(director, home) -> None:
    """Where nothing was sealed yet, nothing is said to be whole, exported or a key."""
    await open_sqlite(home / "r.db").close()

    key = await director("audit", "key", "--store", "r.db")
    verified = await director("audit", "verify", "--store", "r.db")
    exported = await director("audit", "export", "--store", "r.db", "--output", "log.jsonl")
    nowhere = await director("audit", "verify", "--store", "nowhere.db")

    assert (key.exit, verified.exit, exported.exit, nowhere.exit) == (3, 1, 3, 2)
    assert "has no key yet" in key.stderr
    assert "nothing in it is sealed" in verified.stderr
    assert "cannot be exported: nothing in it is sealed" in exported.stderr
    assert not (home / "log.jsonl").exists()


@pytest.mark.usefixtures("decided")
async def test_a_damaged_record_is_not_exported(director, home) -> None:
    """What cannot be written as a bundle is said, and an older bundle stays as it is."""
    (home / "log.jsonl").write_text("before")
    with closing(sqlite3.connect(home / "r.db")) as connection, connection:
        connection.execute("UPDATE entries SET body = x'ff' WHERE seq = 2")

    ran = await director("audit", "export", "--store", "r.db", "--output", "log.jsonl")

    assert (ran.exit, ran.stdout) == (3, "")
    assert "entry 2: a row of the table entries is damaged" in ran.stderr
    assert (home / "log.jsonl").read_text() == "before"
    assert [*home.glob(".director-*")] == []


@pytest.mark.usefixtures("decided")
async def test_where_a_bundle_cannot_be_written(director) -> None:
    """A folder that is not there, and a disk that is full, are said; nothing is left."""
    missing = await director("audit", "export", "--store", "r.db", "--output", "no/log.jsonl")

    assert missing.exit == 3
    assert "no/log.jsonl: cannot be written" in missing.stderr


async def record_of_old(path: Path) -> None:
    """Record a decision of long ago, with evidence, as the command would have then."""
    sample = decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")
    key = make_key(Path(f"{path}.key"))
    notary = KeyNotary("production-readiness-director/01JD9Z4S00000000000000000Z", key)
    store = open_sqlite(path, Sealing(lambda _: notary))
    await store.record(replace(sample, decided_at="2020-11-22T10:00:00.000000Z"))
    await store.close()


async def test_erased_evidence_is_said(director, home) -> None:
    """Once evidence was erased the log still verifies, by record and by bundle, and says so."""
    await record_of_old(home / "r.db")
    store = ("--store", "r.db")
    before = await director("audit", "verify", *store)
    erased = await director("audit", "erase", "--older-than", "90d", "--by", "root", *store)
    again = await director("audit", "erase", "--older-than", "1s", *store)
    record = await director("audit", "verify", *store)
    await director("audit", "export", *store, "--output", "log.jsonl")
    bundle = await director("audit", "verify", "log.jsonl")

    assert (before.exit, erased.exit, again.exit) == (0, 0, 0)
    assert erased.stdout.startswith("erased 1 set of facts from before ")
    assert again.stdout.startswith("erased 0 sets of facts")
    assert "evidence    1 kept, 0 erased" in before.stdout
    for ran in (record, bundle):
        assert ran.exit == 0
        assert "evidence    0 kept, 1 erased" in ran.stdout
        assert "entries     2: 1 decision, 1 evidence.erased" in ran.stdout


@pytest.mark.parametrize("name", [" ", "\u200b", "root\nerased 0 sets", "\x1b[2K"])
async def test_who_erases_has_a_name(director, home, name: str) -> None:
    """A name that nobody sees, or that would draw on a terminal, erases nothing."""
    await record_of_old(home / "r.db")

    ran = await director("audit", "erase", "--older-than", "90d", "--by", name, "--store", "r.db")
    record = await director("audit", "verify", "--store", "r.db")

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("--by: must be a name in one line that people can see, was '")
    assert "evidence    1 kept, 0 erased" in record.stdout


async def test_evidence_that_somebody_took_away_is_missed(director, home) -> None:
    """Facts that are gone without an entry that says so are missed, in the entry that has them."""
    await record_of_old(home / "r.db")
    with closing(sqlite3.connect(home / "r.db")) as connection, connection:
        connection.execute("DELETE FROM evidence")

    ran = await director("audit", "verify", "--store", "r.db")

    assert (ran.exit, ran.stdout) == (1, "")
    assert "entry 0: its evidence sha256:" in ran.stderr
    assert "is gone, and no entry says why" in ran.stderr


async def test_export_while_others_append(director, start, write, ready) -> None:
    """A bundle is the log at one moment, also while another process records decisions."""
    paths = [write(f"svc-{number}", ready) for number in range(60)]
    first = await director("evaluate", paths[0], "--profile", "baseline", *STORE)
    assert first.exit == 0
    writing = await start(
        "evaluate", *paths, "--profile", "baseline", *STORE, stdout=asyncio.subprocess.DEVNULL
    )

    sizes: list[int] = []
    while writing.returncode is None or not sizes:
        out = await director("audit", "export", "--store", "r.db", "--output", "log.jsonl")
        ran = await director("audit", "verify", "log.jsonl", "--format", "json")
        record = await director("audit", "verify", "--store", "r.db")
        assert (out.exit, ran.exit, record.exit) == (0, 0, 0), ran.stderr + record.stderr
        sizes.append(ran.document["size"])
    last = await director("audit", "verify", "--store", "r.db", "--format", "json")

    assert sizes == sorted(sizes)
    assert last.document["size"] == 61
