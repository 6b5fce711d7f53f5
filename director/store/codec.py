"""A record as the exact bytes that are stored, and back: refused rather than guessed.

The facts of the evidence are apart: a list of them, one for each piece of evidence in the order of
the record, is kept under its digest, and the record names that. So facts can be erased while the
record stays, to the byte, what was signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from director.errors import StoreError
from director.model.decision import Verdict
from director.model.record import EvidenceEntry, Facts, Record
from director.model.value import dataclass
from director.store.shape import ShapeError, parse, reader_of, shallow

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_VERDICTS = frozenset(Verdict)
_ODD = (AttributeError, TypeError, ValueError, RecursionError)
"""What a record raises that holds something it must not."""

_FEW = 3
"""How many records are written before the fast writer is worth its making."""


def _bare(value: object) -> dict[str, Any]:
    """Return the fields of one dataclass, but for the facts of evidence."""
    found = shallow(value)
    if type(value) is EvidenceEntry:
        del found["facts"]
    return found


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_bare)
_read_record = reader_of(Record)
_read_facts = reader_of(tuple[Facts, ...])


@dataclass(frozen=True, slots=True)
class Encoded:
    """A record and its exact bytes: each is what the codec makes of the other.

    Attributes:
        record: It names the digest of its facts.
        body: Its bytes, without the facts.
        facts: The bytes of the facts; None if there are none.
    """

    record: Record
    body: bytes
    facts: bytes | None


class Encoder:
    """Turns records into bytes; one for each store, used from one thread at a time.

    What would not come back from the store as it went in is refused before it is written.
    """

    def __init__(self) -> None:
        self._written = 0
        self._write: Any = None

    def encode(self, record: Record) -> Encoded:
        """Return *record* ready to be stored.

        Raises:
            StoreError: It holds something that JSON cannot carry, or that would come back
                changed.
        """
        self._written += 1
        if self._written > _FEW:
            found = self._fast(record)
            if found is not None:
                return found
        return checked(record)

    def _fast(self, record: Record) -> Encoded | None:
        """Return *record* as bytes, or None if it is not certain that they are read back so."""
        # Compiling takes 6 ms, which a command that records one decision does without.
        from director.store.encoder import UncertainError, writer_of  # noqa: PLC0415

        if self._write is None:
            without: dict[type, frozenset[str]] = {EvidenceEntry: frozenset({"facts"})}
            self._write = writer_of(Record, without), writer_of(tuple[Facts, ...])
        write_record, write_facts = self._write
        try:
            pieces = tuple([piece.facts for piece in _pieces(record)])
            facts = write_facts(pieces) if any(pieces) else None
            named = replace(record, evidence=digest_of(facts))
            body = write_record(named)
            _check_meaning(named, record.evaluation)
        except (UncertainError, ShapeError, *_ODD):
            return None  # The slow way says why, if there is a reason at all.
        return Encoded(named, body, facts)


def checked(record: Record) -> Encoded:
    """Return *record* ready to be stored, after its bytes were read again and compared with it.

    Raises:
        StoreError: It holds something that JSON cannot carry, or that would come back changed.
    """
    name = record.evaluation
    try:
        pieces = [piece.facts for piece in _pieces(record)]
        facts = _JSON.encode(pieces).encode() if any(pieces) else None
        named = replace(record, evidence=digest_of(facts))
        body = _JSON.encode(named).encode()
    except _ODD as error:
        raise StoreError(f"record {name} cannot be stored: it is not JSON: {error}") from error
    try:
        # These bytes are our own: no key twice, no number without end, no need to look for them.
        copy = restored(json.loads(body), name)
        if facts is not None:
            _join(copy, _read_facts(json.loads(facts)))
    except ShapeError as error:
        raise StoreError(f"record {name} cannot be stored: {error}") from error
    if copy != named:
        raise StoreError(f"record {name} cannot be stored: it would come back changed")
    return Encoded(copy, body, facts)


def decode(body: bytes, evaluation: str, facts: bytes | None = None) -> Record:
    """Return the record in *body*.

    Args:
        body: What was stored.
        evaluation: The evaluation that *body* is kept under.
        facts: The facts that were stored with it; None if they were erased, or there are none.

    Raises:
        StoreError: *body* is no whole, well-typed record, the record of another evaluation, or
            *facts* are not its own.
    """
    try:
        record = restored(parse(body), evaluation)
        if facts is not None:
            _check_digest(record, facts)
            _join(record, _read_facts(parse(facts)))
    except ShapeError as error:
        raise StoreError(f"record {evaluation} is damaged: {error}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"record {evaluation} is damaged: it is not JSON: {error}") from error
    return record


def digest_of(facts: bytes | None) -> str:
    """Return what *facts* are kept under; nothing if there are none."""
    return "" if facts is None else f"sha256:{sha256(facts).hexdigest()}"


def instant(text: str) -> datetime:
    """Return the instant that a record writes as *text*, aware, in UTC.

    Raises:
        StoreError: *text* is not RFC 3339 in UTC with microseconds and ``Z``.
    """
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # Well-formed, but no day of the calendar or no time of the day.
    raise StoreError(f"must be an instant in UTC with microseconds and Z, was {text!r}")


def written(at: datetime) -> str:
    """Return the instant *at*, aware, as a record writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


def restored(value: object, evaluation: str) -> Record:
    """Return the record that a parsed JSON value is.

    Args:
        value: What ``parse`` returned.
        evaluation: The evaluation it must be of.

    Raises:
        ShapeError: It is no whole, well-typed record, or the record of another evaluation.
    """
    record: Record = _read_record(value)
    _check_meaning(record, evaluation)
    return record


def _pieces(record: Record) -> Iterator[EvidenceEntry]:
    """Yield every piece of evidence, in the order in which the facts are kept."""
    for category in record.categories:
        for check in category.checks:
            yield from check.evidence


def _check_digest(record: Record, facts: bytes) -> None:
    if digest_of(facts) != record.evidence:
        raise ShapeError("its facts must be what their digest says")


def _join(record: Record, facts: tuple[Facts, ...]) -> None:
    """Put *facts* where they belong in a record that was just read, and that nobody else has."""
    pieces = tuple(_pieces(record))
    if len(pieces) != len(facts):
        raise ShapeError(f"must have facts for {len(pieces)} pieces of evidence, has {len(facts)}")
    for piece, found in zip(pieces, facts, strict=True):
        piece.facts.update(found)


def _check_meaning(record: Record, evaluation: str) -> None:
    """Refuse what is well-typed and still means nothing to those who act on it."""
    if record.evaluation != evaluation:
        raise ShapeError(f"must be evaluation {evaluation}, was {record.evaluation}")
    if record.decision not in _VERDICTS:
        raise ShapeError(f"decision must be one of {', '.join(Verdict)}, was {record.decision!r}")
    try:
        for text in (record.decided_at, record.valid_until):
            instant(text)
        for condition in record.conditions:
            instant(condition.opened_at)
            instant(condition.due_at)
            if condition.closed_at is not None:
                instant(condition.closed_at)
    except StoreError as error:
        raise ShapeError(str(error)) from error
