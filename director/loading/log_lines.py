"""One line of a log, however a pipeline has wrapped it, as the flat keys that were written.

Envelopes that are understood: Docker's ``{"log": …}``, CRI's ``TIME stdout F …``, journald's
``MESSAGE``, Google Cloud's ``jsonPayload`` or ``textPayload``, Datadog's ``attributes``,
Elasticsearch's ``_source``, OTLP/JSON, and the ``data`` of a CloudEvent. What was nested is made
flat again, and what became text is what the schema says it is.
"""

from __future__ import annotations

import json
import re

from director.loading.log_values import Kinds, typed
from director.loading.standard_names import from_ecs, from_otel
from director.model.log_names import Flat
from director.model.value import dataclass

LONGEST_BYTES = 1 << 20
"""Our lines have at most 8,000 bytes; what a pipeline adds is less than that."""

_DEEPEST = 32
_MOST_KEYS = 1000
_CRI = re.compile(r"\S+ (?:stdout|stderr) [FP] (?=\{)")
_TEXTS = ("log", "MESSAGE", "textPayload", "message")
_WITHIN = ("jsonPayload", "attributes", "_source", "data", "log", "MESSAGE", "fields")
_NEEDED = (
    "event.name",
    "event.id",
    "director.schema",
    "director.seq",
    "service.instance.id",
    "timestamp",
)
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is none of ours, or broken.

    Attributes:
        reason: Why, in one clause.
    """

    reason: str


class NoLineError(ValueError):
    """What was read is no line of ours; the text says why."""


def read_line(raw: bytes, kinds: Kinds) -> tuple[Flat, ...] | Rejected:
    """Return what *raw* says: one line, of an OTLP document maybe several, or why it is none.

    Args:
        raw: One line, with or without its newline.
        kinds: What each key of ours is.
    """
    if len(raw) > LONGEST_BYTES:
        return Rejected(f"must be at most {LONGEST_BYTES} bytes")
    try:
        found = _documents(_parsed(raw.decode("utf-8")))
        return tuple(_checked(_typed(line, kinds)) for line in found)
    except UnicodeDecodeError:
        return Rejected("must be UTF-8")
    except RecursionError:
        return Rejected(f"must be at most {_DEEPEST} levels deep")
    except NoLineError as error:
        return Rejected(str(error))


def _parsed(text: str) -> Flat:
    text = text.strip().removeprefix("\ufeff")
    text = text[found.end() :] if (found := _CRI.match(text)) else text
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_whole)
    except ValueError as error:
        if isinstance(error, NoLineError):
            raise
        raise NoLineError("must be a JSON object") from error
    if not isinstance(value, dict):
        raise NoLineError("must be a JSON object")
    return value


def _refuse(word: str) -> float:
    raise NoLineError(f"must be JSON, got {word}")


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise NoLineError("must have whole numbers of at most 20 digits")
    return int(digits)


def _documents(value: Flat) -> list[Flat]:
    """Return the lines inside of whatever a pipeline made of them."""
    for _ in range(4):
        if "resourceLogs" in value:
            return [_unwrapped(each) for each in _of_otel(value)]
        inner = _inner(value)
        if inner is None:
            break
        value = inner
    return [_unwrapped(value)]


def _of_otel(value: Flat) -> list[Flat]:
    try:
        return from_otel(value)
    except ValueError as error:
        raise NoLineError(str(error)) from error


def _inner(value: Flat) -> Flat | None:
    """Return what an envelope holds; None if *value* is no envelope."""
    flat = _flat(value)
    if "event.name" in flat or "event.action" in flat:
        return None
    for key in _WITHIN:
        if isinstance(value.get(key), dict):
            inner: Flat = value[key]
            return inner
    for key in _TEXTS:
        text = value.get(key)
        if isinstance(text, str) and text.lstrip().startswith("{"):
            return _parsed(text)
    return None


def _unwrapped(value: Flat) -> Flat:
    """Return *value* flat, under our own names."""
    flat = _flat(value)
    return from_ecs(flat) if "@timestamp" in flat and "event.action" in flat else flat


def _flat(value: Flat, before: str = "", depth: int = 0) -> Flat:
    """Return nested objects as dotted keys."""
    if depth > _DEEPEST:
        raise NoLineError(f"must be at most {_DEEPEST} levels deep")
    found: Flat = {}
    for key, each in value.items():
        if isinstance(each, dict):
            found |= _flat(each, f"{before}{key}.", depth + 1)
        else:
            found[before + key] = each
        if len(found) > _MOST_KEYS:
            raise NoLineError(f"must have at most {_MOST_KEYS} keys")
    return found


def _typed(line: Flat, kinds: Kinds) -> Flat:
    try:
        return typed(line, kinds)
    except ValueError as error:
        raise NoLineError(str(error)) from error


def _checked(line: Flat) -> Flat:
    """Return *line* if it is one of ours."""
    for key in _NEEDED:
        if key not in line:
            raise NoLineError(f"must have {key}")
    schema = str(line["director.schema"])
    if not schema.startswith("1."):
        raise NoLineError(f"must be of schema 1, got {schema[:20]!r}: upgrade the Director")
    if not isinstance(line["director.seq"], int) or isinstance(line["director.seq"], bool):
        raise NoLineError("must have a whole number as director.seq")
    if not isinstance(line["event.id"], str) or not _ULID.fullmatch(line["event.id"]):
        raise NoLineError("must have a ULID as event.id")
    return line
