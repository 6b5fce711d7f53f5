"""A record as the exact bytes that are stored, and back: refused rather than guessed."""

from __future__ import annotations

import json
import re
from datetime import datetime

from director.errors import StoreError
from director.model.decision import Verdict
from director.model.record import Record
from director.model.value import dataclass
from director.store.shape import ShapeError, parse, reader_of, shallow

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_VERDICTS = frozenset(Verdict)
_JSON = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=shallow
)
_read_record = reader_of(Record)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and its exact bytes: each is what the codec makes of the other."""

    record: Record
    body: bytes


def entry(record: Record) -> Entry:
    """Return *record* ready to be stored.

    What would not come back from the store as it went in is refused before it is written.

    Raises:
        StoreError: It holds something that JSON cannot carry, or that would come back changed.
    """
    body = encode(record)
    try:
        # These bytes are our own: no key twice, no number without end, no need to look for them.
        copy = restored(json.loads(body), record.evaluation)
    except ShapeError as error:
        raise StoreError(f"record {record.evaluation} cannot be stored: {error}") from error
    if copy != record:
        raise StoreError(f"record {record.evaluation} cannot be stored: it would come back changed")
    return Entry(copy, body)


def encode(record: Record) -> bytes:
    """Return *record* as compact UTF-8 JSON in the public order.

    Raises:
        StoreError: It holds something that JSON cannot carry.
    """
    try:
        return _JSON.encode(record).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(
            f"record {record.evaluation} cannot be stored: it is not JSON: {error}"
        ) from error


def decode(body: bytes, evaluation: str) -> Record:
    """Return the record in *body*.

    Args:
        body: What ``encode`` returned.
        evaluation: The evaluation that *body* is kept under.

    Raises:
        StoreError: *body* is no whole, well-typed record, or the record of another evaluation.
    """
    try:
        return restored(parse(body), evaluation)
    except ShapeError as error:
        raise StoreError(f"record {evaluation} is damaged: {error}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"record {evaluation} is damaged: it is not JSON: {error}") from error


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
