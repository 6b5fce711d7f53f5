"""Forced where the log is sealed, anchored and read as a whole: nothing of it passes for sound."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import sys
from contextlib import aclosing, closing
from pathlib import Path
from typing import TYPE_CHECKING

from director.audit.anchor import FileAnchor
from director.audit.checkpoint import Checkpoint, accepted
from director.audit.disk import sync, write_new
from director.audit.ed25519 import PrivateKey
from director.audit.key import make_key, read_key
from director.audit.note import Note, NoteError, NoteSignature, Signer, VerifierKey
from director.errors import StoreError
from director.model.audit import Head
from director.store.codec import decode
from director.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

BODY = Path(__file__).parents[2] / "unit/store/record.json"
SIGNER = Signer("log.example/1", PrivateKey(b"k" * 32))
TEXT = str(Checkpoint("log.example/1", Head(1, b"r" * 32)))


def checkpoint(text: str = TEXT, over: str = TEXT) -> str:
    """Return a checkpoint whose signature is over another text, if so wished."""
    return str(Note(text, (SIGNER.sign(over),)))


def refused(act: Callable[[], object]) -> str:
    """Return what *act* raised, or ``go`` if it took what it must not."""
    try:
        act()
    except (NoteError, StoreError) as error:
        return type(error).__name__
    return "go"


def checkpoints_are_forged(_: Place) -> Answers:
    """A signature is over something else, is no base64, or the text is none."""
    other = str(Checkpoint("log.example/1", Head(2, b"r" * 32)))
    keys = [SIGNER.verifier]
    return [
        refused(lambda: accepted(checkpoint(other), keys)),
        refused(lambda: accepted(f"{TEXT}\n— log.example/1 *\n", keys)),
        refused(lambda: accepted(f"{TEXT}\ud800\n\n— log.example/1 AAAA\n", keys)),
    ]


def anchor_shows_nothing(place: Place) -> Answers:
    """The anchor is gone, is a folder, or holds what nobody signed."""
    path = place.path / "anchor"

    def last(key: VerifierKey = SIGNER.verifier) -> str:
        return refused(lambda: FileAnchor(path, key).last())

    told = [] if FileAnchor(path, SIGNER.verifier).last() is None else ["go"]
    path.mkdir()
    told.append(last())
    path.rmdir()
    forged = Note(TEXT, (NoteSignature("log.example/1", SIGNER.verifier.id, bytes(64)),))
    path.write_text(json.dumps({"checkpoint": str(forged)}, separators=(",", ":")) + "\n")
    told.append(last())
    path.write_text('{"checkpoint":"log.example/1"}\n')
    told.append(last())
    return told


def key_is_none(place: Place) -> Answers:
    """The key is not there, is no key, or is where no file can be."""
    path = place.path / "key"
    told = [refused(lambda: read_key(path))]
    path.write_text("-----BEGIN PRIVATE KEY-----\nA=A=A\n-----END PRIVATE KEY-----\n")
    path.chmod(0o600)
    told.append(refused(lambda: read_key(path)))
    told.append(refused(lambda: read_key(path / "below")))
    told.append(refused(lambda: make_key(path / "below")))
    return told


def somebody_was_quicker(place: Place) -> Answers:
    """A file that is made meanwhile stays as it is."""
    path = place.path / "file"
    path.write_bytes(b"first")
    write_new(path, b"second")
    return ["go" if path.read_bytes() != b"first" else "first"]


def disk_knows_no_full_sync(place: Place) -> Answers:
    """A file system that knows no other way is synced in the plain one."""
    path = place.path / "file"
    platform, name = sys.platform, "F_FULLFSYNC"
    known = getattr(fcntl, name, None)
    sys.platform = "darwin"  # as if it were
    setattr(fcntl, name, -1)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
        sys.platform = platform
        if known is None:
            delattr(fcntl, name)
        else:
            setattr(fcntl, name, known)
    return ["synced"]


async def tables_are_damaged(place: Place) -> Answers:
    """The facts cannot be unpacked, so that they are none; or a table is gone."""
    path = place.path / "record.db"
    store = open_sqlite(path)
    await store.record(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A"))
    told: list[object] = []
    for words in ("UPDATE evidence SET facts = x'ffff'", "DROP TABLE conditions"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(words)
        try:
            async with aclosing(store.table_rows()) as pages:
                rows = [row async for page in pages for row in page]
            told += [row.values["facts"] for row in rows if row.table == "evidence"]
        except StoreError as error:
            told.append(type(error).__name__)
    await store.close()
    assert told == [None, "StoreError"]
    return told


TABLE: Table = {
    "audit.anchor:FileAnchor._opened:(OSError, ValueError)": anchor_shows_nothing,
    "audit.anchor:FileAnchor._ours:ValueError": anchor_shows_nothing,
    "audit.anchor:FileAnchor.last:FileNotFoundError": anchor_shows_nothing,
    "audit.anchor:FileAnchor.last:NoteError": anchor_shows_nothing,
    "audit.disk:sync:suppress(OSError)": disk_knows_no_full_sync,
    "audit.disk:write_new:suppress(FileExistsError)": somebody_was_quicker,
    "audit.ed25519:Verifier.is_signed:self._invalid": checkpoints_are_forged,
    "audit.key:_seed:ValueError": key_is_none,
    "audit.key:make_key:(OSError, ValueError)": key_is_none,
    "audit.key:read_key:(OSError, ValueError)": key_is_none,
    "audit.key:read_key:FileNotFoundError": key_is_none,
    "audit.note:_is_plain:UnicodeEncodeError": checkpoints_are_forged,
    "audit.note:from_base64:ValueError": checkpoints_are_forged,
    "store.snapshot:snapshot.turned:StoreError": tables_are_damaged,
    "store.table_rows:_facts:zlib.error": tables_are_damaged,
}
"""Each clause that is forced here, and by what."""


def test_what_the_audit_catches_opens_nothing(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and nothing is taken for what was sealed."""
    came = force(forcing, TABLE)

    assert came.opened == []
    assert came.missed == []
