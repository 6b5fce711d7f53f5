"""What the values of a log line were before a pipeline made texts or other texts of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from director.model.log_names import Flat

Kinds: TypeAlias = Mapping[str, str]
"""What each key of ours is: ``string integer number boolean array instant``."""

_ALIKE = timedelta(minutes=1)
"""How far the time of a line and that in its identity may be apart."""

_CROCKFORD = {letter: value for value, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def typed(line: Flat, kinds: Kinds) -> Flat:
    """Return *line* with only keys of ours, and what became text as what it was.

    Databases write times in their own ways, some without the zone. Those are taken as UTC, which
    we write, only where the line's identity (a ULID, which begins with its time) says the same:
    a server that shows its local time would move every decision by hours.

    Args:
        line: Flat, under our own names.
        kinds: What each key of ours is.

    Raises:
        ValueError: A time cannot be understood; the text says which.
    """
    found = {key: _meant(value, kinds[key]) for key, value in line.items() if key in kinds}
    found = {key: value for key, value in found.items() if value is not None}
    made_at = _made_at(found.get("event.id"))
    for key in [key for key in found if kinds[key] == "instant"]:
        found[key] = _instant(key, found[key], made_at)
    return found


def _meant(value: Any, kind: str) -> Any:  # noqa: ANN401  # any JSON value
    if value is None:
        # A column that this line does not have.
        return None
    if kind == "array":
        return _texts(value)
    if isinstance(value, str) and kind in _FROM_TEXT:
        read = _FROM_TEXT[kind]
        try:
            return read(value)
        except (ValueError, KeyError):
            return value
    if kind == "string" and isinstance(value, bool | int | float):
        return json.dumps(value)
    return value


def _texts(value: Any) -> list[str]:  # noqa: ANN401  # any JSON value
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.startswith("[") else value.split(",")
        except ValueError:
            value = [value]
    return [str(each) for each in value] if isinstance(value, list) else []


_FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "integer": lambda text: int(text[:20]) if len(text) <= 20 else text,
    "number": float,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


def _made_at(identity: object) -> datetime | None:
    """Return the time in a ULID; None if it is none."""
    head = identity[:10] if isinstance(identity, str) else ""
    if len(head) < 10 or any(letter not in _CROCKFORD for letter in head) or head[0] > "7":
        return None
    millis = 0
    for letter in head:
        millis = millis * 32 + _CROCKFORD[letter]
    try:
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return None


def _instant(key: str, value: object, made_at: datetime | None) -> str:
    """Return a time as we write it."""
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"must have a time as {key}")
    if _OURS.fullmatch(str(value)):
        return str(value)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
        if key == "timestamp" and (made_at is None or abs(found - made_at) > _ALIKE):
            raise ValueError("must have a time with its zone as timestamp: it is not that in UTC")
    try:
        found = found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"must have a time as {key}") from error
    exact = "microseconds" if key == "timestamp" else "auto"
    return found.replace(tzinfo=None).isoformat(timespec=exact) + "Z"
