"""What is appended to the log: a decision or an entry, with its bytes and what finds it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from director.errors import StoreError
from director.model.decision import Verdict
from director.model.ledger import Entry, Kind
from director.model.record import Record
from director.model.value import dataclass
from director.store.codec import Encoded, instant
from director.store.shape import Reader, ShapeError, parse, reader_of, shallow

CASEWORK = ("waiver.", "override.")
"""How the kinds begin that waivers and overrides are made of."""

_JSON = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=shallow
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One leaf of the log, before it has its place.

    Attributes:
        id: The evaluation or the entry; there is one of each.
        kind: What it tells.
        service: The service; empty if it is about none.
        environment: Where; empty if the manifest names no environment.
        subject: The evaluation, waiver or override it is about.
        at: When; RFC 3339, UTC, microseconds.
        body: Its exact bytes.
        decision: What is known of a decision besides; None for another entry.
        entry: The entry; None for a decision.
    """

    id: str
    kind: str
    service: str
    environment: str
    subject: str
    at: str
    body: bytes
    decision: Decided | None = None
    entry: Entry | None = None

    @property
    def evidence(self) -> str:
        """The digest of a decision's facts; empty if there are none."""
        return "" if self.decision is None else self.decision.record.evidence

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return f"{'entry' if self.decision is None else 'evaluation'} {self.id}"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, with what gates act on.

    Attributes:
        record: The decision.
        facts: The bytes of its facts; None if there are none.
        override: The override that gates act on; empty if none.
    """

    record: Record
    facts: bytes | None
    override: str = ""

    @property
    def effective(self) -> str:
        """What gates act on."""
        return Verdict.GO.value if self.override else self.record.decision


def decision_leaf(encoded: Encoded, entries: Sequence[Entry]) -> Leaf:
    """Return the leaf of a decision.

    Args:
        encoded: The decision and its bytes.
        entries: What is recorded with it.

    Raises:
        StoreError: It has a text that no database can find again.
    """
    record = encoded.record
    used = [entry.subject for entry in entries if entry.kind is Kind.OVERRIDE_USED]
    texts = (
        record.evaluation, record.service, record.environment, record.version, record.pass_rate,
        record.profile.name, record.profile.digest, record.manifest.digest, *_conditions(record),
    )  # fmt: skip
    if any("\0" in text for text in texts):
        raise StoreError(
            f"record {record.evaluation} cannot be stored: it must not have a null character"
        )
    return Leaf(
        id=record.evaluation,
        kind=Kind.DECISION.value,
        service=record.service,
        environment=record.environment,
        subject=record.evaluation,
        at=record.decided_at,
        body=encoded.body,
        decision=Decided(record, encoded.facts, used[-1] if used else ""),
    )


def entry_leaf(entry: Entry) -> Leaf:
    """Return the leaf of an entry.

    Raises:
        StoreError: It holds something that would not come back as it is.
    """
    if entry.kind is Kind.DECISION:
        raise StoreError(f"entry {entry.id} cannot be stored: a decision is a record")
    try:
        body = _JSON.encode(entry).encode()
        copy = _restored(body, entry.id)
    except (TypeError, ValueError, RecursionError, ShapeError) as error:
        raise StoreError(f"entry {entry.id} cannot be stored: {error}") from error
    if copy != entry:
        raise StoreError(f"entry {entry.id} cannot be stored: it would come back changed")
    if any("\0" in text for text in (entry.id, entry.service, entry.environment, entry.subject)):
        raise StoreError(f"entry {entry.id} cannot be stored: it must not have a null character")
    return Leaf(
        id=entry.id,
        kind=entry.kind.value,
        service=entry.service,
        environment=entry.environment,
        subject=entry.subject,
        at=entry.at,
        body=body,
        entry=copy,
    )


def entry_of(body: bytes, id_: str) -> Entry:
    """Return the entry in *body*.

    Args:
        body: What was stored.
        id_: The entry that *body* is kept under.

    Raises:
        StoreError: *body* is no whole, well-typed entry, or another one.
    """
    try:
        return _restored(body, id_)
    except ShapeError as error:
        raise StoreError(f"entry {id_} is damaged: {error}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"entry {id_} is damaged: it is not JSON: {error}") from error


def is_casework(kind: str) -> bool:
    """Return whether entries of a kind are about waivers or overrides."""
    return kind.startswith(CASEWORK)


@cache
def _reader() -> Reader:
    """Return what reads entries; a store that meets none does not pay for it."""
    return reader_of(Entry)


def _restored(body: bytes, id_: str) -> Entry:
    entry: Entry = _reader()(parse(body))
    if entry.id != id_:
        raise ShapeError(f"must be entry {id_}, was {entry.id}")
    try:
        instant(entry.at)
    except StoreError as error:
        raise ShapeError(str(error)) from error
    return entry


def _conditions(record: Record) -> tuple[str, ...]:
    return tuple(
        text for condition in record.conditions for text in (condition.check, condition.owner)
    )
