"""A record with everything in it that can be tampered with, and what was made of it."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from director.audit.anchor import FileAnchor
from director.audit.bundle import BundleHead, head_line, table_line
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.audit.tables import Inspector, LogRow
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor, Verified
from director.model.audit import Head, TableRow
from director.model.ledger import Entry, Kind, Signature
from director.model.override import OverrideStatement
from director.model.record import ConditionEntry, Record
from director.model.waiver import WaiverCode, WaiverStatement
from director.ports import Store
from director.rules.moment import instant
from director.rules.statements import OVERRIDE_NAMESPACE, WAIVER_NAMESPACE, statement_text
from director.store.codec import checked, decode
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

LOG = "production-readiness-director/01JD9Z4S00000000000000000Z"
BODY = Path(__file__).parents[2] / "unit/store/record.json"
SAMPLE = checked(decode(BODY.read_bytes(), "01JD9Z4S00000000000000000A")).record
BEGAN = datetime(2026, 11, 1, 10, tzinfo=UTC)
DECISIONS = 50
ERASED_AFTER = 20
"""After how many decisions the oldest evidence is erased."""


def ulid(number: int, kind: str) -> str:
    """Return an identity."""
    return f"01JD9Z{number:019d}{kind}"


class Signing:
    """Jane's key in software, as ssh-keygen makes it, and what she signs with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / "jane"))
        self.fingerprint = self._run("-l", "-f", str(folder / "jane.pub")).split()[1]

    def signature(self, text: str, namespace: str) -> Signature:
        """Return her signature over *text*."""
        armor = self._run(
            "-Y", "sign", "-f", str(self._folder / "jane"), "-n", namespace, text=text
        )
        return Signature(
            principal="jane@example.com",
            person="jane",
            roles=("vp",),
            key=self.fingerprint,
            armor=armor,
        )

    def _run(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            ["ssh-keygen", *arguments],  # noqa: S607  # wherever it is
            input=text,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout


def decision(number: int) -> Record:
    """Return a decision: of three services in turn, with evidence, most with a condition."""
    check = SAMPLE.checks[1]
    piece = replace(check.evidence[0], facts={"status": 200, "total_s": number // 2 + 0.25})
    categories = (replace(SAMPLE.categories[0], checks=(replace(check, evidence=(piece,)),)),)
    at = BEGAN + timedelta(hours=number)
    condition = ConditionEntry(
        check=f"declared.load_test_{number % 2}",
        owner="team-pay",
        opened_at=instant(at),
        due_at=instant(at + timedelta(days=14)),
        closed_at=instant(at + timedelta(days=1)) if number % 5 == 0 else None,
    )
    return replace(
        SAMPLE,
        evaluation=ulid(number, "D"),
        service=f"pay-{number % 3}",
        decision="no_go" if number % 7 == 0 else SAMPLE.decision,
        score=0.8125 + number / 1024,
        categories=categories,
        decided_at=instant(at),
        valid_until=instant(at + timedelta(days=1)),
        conditions=(condition,) if number % 4 else (),
    )


def entries(number: int, record: Record, jane: Signing) -> Iterator[Entry]:
    """Yield what happened after a decision, the last of it recorded with the next one."""
    at = datetime.fromisoformat(record.decided_at)
    if number % 7 == 0:
        override = OverrideStatement(
            id=ulid(number, "V"),
            log=LOG,
            service=record.service,
            environment=record.environment,
            evaluation=record.evaluation,
            record_digest=f"sha256:{number:064x}",
            manifest_digest=record.manifest.digest,
            profile_digest=record.profile.digest,
            grounds=(),
            reason="the launch cannot wait – überfällig",
            ticket="OPS-1",
            requested_by="bob",
            requested_at=at,
            not_before=at,
            expires_at=at + timedelta(days=2),
        )
        text = statement_text(override)
        about = partial(_about, record, override.id)
        yield about(Kind.OVERRIDE_REQUESTED, number, "R", by="bob", statement=text)
        signed = (jane.signature(text, OVERRIDE_NAMESPACE),)
        yield about(
            Kind.OVERRIDE_APPLIED, number, "A", by="jane", statement=text, signatures=signed
        )
    if number % 11 == 3:
        waiver = WaiverStatement(
            id=ulid(number, "W"),
            log=LOG,
            service=record.service,
            environment=record.environment,
            check="declared.security_review",
            code=next(iter(WaiverCode)),
            reason="a reason",
            ticket="OPS-2",
            requested_by="bob",
            requested_at=at,
            expires_at=at + timedelta(days=30),
        )
        text = statement_text(waiver)
        about = partial(_about, record, waiver.id)
        signed = (jane.signature(text, WAIVER_NAMESPACE),)
        yield about(Kind.WAIVER_APPROVED, number, "P", by="jane", statement=text, signatures=signed)


def _about(
    record: Record, subject: str, kind: Kind, number: int, letter: str, **more: object
) -> Entry:
    return Entry(
        id=ulid(number, letter),
        kind=kind,
        service=record.service,
        environment=record.environment,
        at=record.decided_at,
        subject=subject,
        **more,  # type: ignore[arg-type]  # fields of several types
    )


async def fill(store: Store, folder: Path) -> None:
    """Record everything; half way, keep a copy of the record as ``early.db``."""
    jane = Signing(folder)
    for number in range(DECISIONS):
        if number == DECISIONS // 2:
            with (
                closing(sqlite3.connect(folder / "record.db")) as now,
                closing(sqlite3.connect(folder / "early.db")) as early,
            ):
                now.backup(early)
        record = decision(number)
        used: tuple[Entry, ...] = ()
        if number % 7 == 3:  # Three services in turn: the one whose NO_GO was overridden.
            used = (_about(record, ulid(number - 3, "V"), Kind.OVERRIDE_USED, number, "U"),)
        await store.record(record, used)
        for entry in entries(number, record, jane):
            await store.act(entry.service, entry.environment, partial(_only, entry))
        if number == ERASED_AFTER:
            before = BEGAN + timedelta(hours=6)
            await store.erase_evidence(before, partial(_erased, instant(before), record.decided_at))


def _only(entry: Entry, _: Sequence[Entry]) -> Sequence[Entry]:
    return (entry,)


def _erased(before: str, at: str, count: int) -> Entry:
    return Entry(
        id=ulid(0, "E"),
        kind=Kind.EVIDENCE_ERASED,
        service="",
        environment="",
        at=at,
        subject=before,
        by="root",
        text=f"{count} sets of facts",
    )


@dataclass(frozen=True)
class SealedLog:
    """A record, what is in it, and what was kept elsewhere.

    Attributes:
        path: The database, without a write-ahead log beside it.
        key: The public key, kept elsewhere.
        rows: What its tables have.
        bundle: The lines of its bundle.
        anchor: Its last tree, kept elsewhere.
    """

    path: Path
    key: VerifierKey
    rows: Sequence[TableRow]
    bundle: Sequence[bytes]
    anchor: Head

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.anchor.size

    def examine(self, rows: Sequence[TableRow], *anchors: Head) -> Verified:
        """Return what rows show to who has the key.

        Raises:
            TamperedError: They are not what was sealed.
        """
        inspector, rest = self.begin(rows, *anchors)
        for row in rest:
            inspector.take(row)
        return inspector.end()

    def begin(
        self, rows: Sequence[TableRow], *anchors: Head
    ) -> tuple[Inspector, Sequence[TableRow]]:
        """Return who looks at rows, after the first, and the rest of them."""
        log = LogRow.of(rows[0] if rows else None)
        if (log.origin, log.key) != (self.key.name, self.key):
            raise TamperedError(None, "another key")
        return Inspector(Auditor(log.key, anchors), log), rows[1:]

    def fresh(self, name: str) -> Path:
        """Return a copy of the database."""
        path = self.path.with_name(name)
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        path.write_bytes(self.path.read_bytes())
        return path


def sealed_log(folder: Path) -> SealedLog:
    """Make a record in *folder*, with the file ``anchor`` and the bundle ``log.jsonl`` beside."""
    notary = KeyNotary(LOG, PrivateKey(b"s" * 32))
    key = VerifierKey.parse(notary.public_key)
    anchor = FileAnchor(folder / "anchor", key)
    path = folder / "record.db"

    async def made() -> tuple[TableRow, ...]:
        store = open_sqlite(path, Sealing(lambda _: notary, lambda _: anchor))
        await fill(store, folder)
        await store.close()
        return await rows_of(path)

    rows = asyncio.run(made())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    kept = anchor.last()
    assert kept is not None
    lines = [head_line(BundleHead(LOG, key, kept.size)), *filter(None, map(table_line, rows))]
    (folder / "log.jsonl").write_bytes(b"".join(lines))
    return SealedLog(path, key, rows, lines, kept)


async def rows_of(path: Path) -> tuple[TableRow, ...]:
    """Return what the tables of a database have."""
    store = open_sqlite(path)
    try:
        async with aclosing(store.table_rows()) as pages:
            return tuple([row async for page in pages for row in page])
    finally:
        await store.close()
