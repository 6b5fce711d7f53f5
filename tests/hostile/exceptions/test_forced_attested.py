"""Forced where a decision that left the record is to open a gate elsewhere: it opens none."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from director.audit.ed25519 import PrivateKey
from director.audit.envelope import sealed
from director.audit.key import read_key
from director.audit.override_statement import override_statement
from director.audit.sealed import SealedEntry
from director.audit.vsa import decision_statement
from director.model.audit import Seal
from director.model.override import Override, OverrideStatement
from director.model.record import Source
from director.rules.statements import statement_text
from director.store.codec import checked, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
SEALED = SealedEntry("log.example/1", Seal(0, b"h" * 32, "checkpoint"), b"{}")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Gate:
    """A gate elsewhere, which a decision that is GO would open.

    Args:
        place: Where the record is that the decision left.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._file = place.path / "a.json"
        self.record = place.path / "r.db"
        assert place.command(place.manifest(), "--store", self.record) == 0
        assert self.attested() == 0
        self.envelope = self._file.read_text()
        self.key = read_key(Path(f"{self.record}.key"))
        (place.path / "key").write_text(
            sqlite3.connect(self.record).execute("SELECT public_key FROM log").fetchone()[0]
        )

    def attested(self) -> int:
        """Return how it ends when the decision is written for others."""
        return self._place.called("attest", "svc", "--store", self.record, "--output", self._file)

    def opened(self, text: str | bytes, *more: str | Path, key: str | Path | None = None) -> int:
        """Return how it ends when *text* is handed in; 0 is open."""
        self._file.write_bytes(text.encode() if isinstance(text, str) else text)
        held = ("--key", key or self._place.path / "key")
        return self._place.called("attest", "--verify", self._file, *held, *more)


def gate(place: Place) -> Gate:
    """Return a gate that the decision opens as it is."""
    found = Gate(place)
    assert found.opened(found.envelope) == 0
    return found


def envelope_is_none(place: Place) -> Answers:
    """What should be an envelope is no text, no JSON, no base64, or is signed by somebody else."""
    at = gate(place)
    changed = json.loads(at.envelope)
    signature = changed["signatures"][0]
    letter = "B" if signature["sig"][0] == "A" else "A"
    signature["sig"] = letter + signature["sig"][1:]
    payload = b'{"_type": "x", "predicateType": "y"}'
    return [
        at.opened(b"\xff"),
        at.opened("{"),
        at.opened("[" * 200_000),
        at.opened(json.dumps({**json.loads(at.envelope), "payload": "*"})),
        at.opened(json.dumps(changed)),
        at.opened(sealed(payload, PrivateKey(b"x" * 32))),
    ]


def statement_is_none(place: Place) -> Answers:
    """What is signed is no statement, or has a key twice."""
    at = gate(place)
    return [
        at.opened(sealed(payload, at.key))
        for payload in (b"[]", b"{}", b"{", b"[" * 200_000, b'{"a":1,"a":1}')
    ]


def key_is_none(place: Place) -> Answers:
    """What should be a key is none, or is where no file can be."""
    at = gate(place)
    (place.path / "pem").write_text("-----BEGIN PUBLIC KEY-----\nA=A=A\n-----END PUBLIC KEY-----\n")
    keys = ("a+b", "+" * 5_000, place.path / "pem", place.path / "absent")
    return [at.opened(at.envelope, key=key) for key in keys]


def moment_is_none(place: Place) -> Answers:
    """Nobody can say whether a decision holds at a moment that is none."""
    at = gate(place)
    return [at.opened(at.envelope, "--at", moment) for moment in ("today", "2026-13-01")]


def record_is_damaged(place: Place) -> Answers:
    """A decision whose seal was taken for another's does not leave the record."""
    at = gate(place)
    with closing(sqlite3.connect(at.record)) as connection, connection:
        connection.execute("UPDATE entries SET checkpoint = 'log.example/1'")
    return [at.attested()]


def written(place: Place, act: Callable[[], bytes]) -> str:
    """Return what came of writing a statement; ``go`` if it was written."""
    return "go" if place.said(act).startswith("b'") else "refused"


def digests_are_none(place: Place) -> Answers:
    """A decision and an override with a digest that is none are not attested."""
    stated = OverrideStatement(
        id="01O", log="log.example/1", service="pay", environment="", evaluation="01E",
        record_digest="none", manifest_digest="none", profile_digest="none", grounds=(),
        reason="r", ticket="t", requested_by="ann", requested_at=NOW, not_before=NOW,
        expires_at=NOW,
    )  # fmt: skip
    override = Override(statement=stated, text=statement_text(stated), applied_at=NOW)
    record = replace(SAMPLE, manifest=Source(name="pay", digest="none"))
    return [
        written(place, lambda: override_statement(override, SEALED)),
        written(place, lambda: decision_statement(record, SEALED)),
    ]


TABLE: Table = {
    "audit.attested:read:(ValueError, TypeError, KeyError, RecursionError)": statement_is_none,
    "audit.attested:read:StatementError": statement_is_none,
    "audit.envelope:_bytes:ValueError": envelope_is_none,
    "audit.envelope:_document:(ValueError, RecursionError)": envelope_is_none,
    "audit.envelope:opened:UnverifiedSignatureError": envelope_is_none,
    "audit.override_statement:override_statement:ValueError": digests_are_none,
    "audit.public_key:_opened:ValueError": key_is_none,
    "audit.sealed:sealed_entry:NoteError": record_is_damaged,
    "audit.vsa:decision_statement:(ValueError, KeyError, TypeError)": digests_are_none,
    "cli.approvals:read_text:UnicodeDecodeError": envelope_is_none,
    "cli.attest_verify:_key:(OSError, ValueError)": key_is_none,
    "cli.attest_verify:_key:NoteError": key_is_none,
    "cli.attest_verify:_moment:ValueError": moment_is_none,
    "cli.attest_verify:verify:(EnvelopeError, StatementError)": envelope_is_none,
    "cli.attest_verify:verify:SignatureError": envelope_is_none,
    "cli.plain_file:plain_file:OSError": key_is_none,
}
"""Each clause that is forced here, and by what."""


def test_what_verifying_catches_opens_nothing(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and the gate elsewhere stays shut."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
