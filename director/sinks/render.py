"""From a line to its bytes: a chain of structlog processors that never raises."""

from __future__ import annotations

import json
import math
import re
import secrets as entropy
from collections.abc import Callable
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any, TypeAlias

import structlog

from director.model.check import LONGEST_ID
from director.model.event import Event, Stamp
from director.model.value import dataclass
from director.sinks.fields import LIMITS, ORDER, SCHEMA_VERSION
from director.sinks.line import Line, instant, line
from director.sinks.quick import LARGEST_INTEGER, Quick
from director.sinks.redact import Redactor

LONGEST_LINE_BYTES = 8_000
"""Longest line, its newline included: a syslog message, half a container log line."""

_TRUNCATED = "director.truncated"
_CUT_ORDER = (
    "error.message",
    "director.check.observed",
    "director.check.expected",
    "message",
    "url.full",
    "director.config.source",
    "director.decision.conditions",
    "director.decision.recounted",
    "director.decision.gone",
    "director.decision.blockers",
)
_LEAST_BYTES = 64
"""No text has a lower limit, and none is cut further."""
_NO_LIMIT = LONGEST_LINE_BYTES
_LEAST_IDS = 3

_UNSAFE = re.compile(
    # C0, DEL and C1 controls; marks that turn the direction; line separators; lone surrogates;
    # characters nobody sees: a byte order mark, annotation and tag characters.
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_Event: TypeAlias = Any
"""What structlog hands from processor to processor: a mutable mapping, bytes at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """Who writes the lines.

    Attributes:
        version: The Director's version.
        instance: Which running Director; unique among all that write to one place.
        service: The name it goes by.
    """

    version: str
    instance: str
    service: str = "director"


@dataclass(frozen=True, slots=True)
class Loss:
    """So many lines were lost, the last of them at that time."""

    stamp: Stamp
    count: int


class Encoder:
    """Turns events into lines.

    Args:
        emitter: Who writes them.
        secrets: Values that must not appear in any line.
        longest_bytes: Longest line, its newline included.
    """

    def __init__(
        self,
        emitter: Emitter,
        secrets: tuple[str, ...] = (),
        longest_bytes: int = LONGEST_LINE_BYTES,
    ) -> None:
        self._emitter = emitter
        logger = structlog.wrap_logger(
            structlog.ReturnLogger(),
            processors=[_unfold, _Render(Redactor(secrets), longest_bytes)],
            wrapper_class=structlog.make_filtering_bound_logger(0),
            context_class=dict,
        ).bind(
            **{
                "service.name": emitter.service,
                "service.version": emitter.version,
                "service.instance.id": emitter.instance,
            }
        )
        self._log = {
            level: getattr(logger, level)
            for level in ("debug", "info", "warning", "error", "critical")
        }

    def encode(self, event: Event, seq: int) -> bytes:
        """Return the line of *event* with its newline; never raises.

        Args:
            event: What happened.
            seq: Its number among the events of this instance, from 1.
        """
        try:
            return self._encode(line(event), event.name, event.stamp, seq)
        except Exception as problem:  # noqa: BLE001  # what plugins say travels in events
            return self._last_resort(event, seq, problem)

    def encode_loss(self, loss: Loss, seq: int) -> bytes:
        """Return the line that says how many were lost; never raises."""
        lines = "1 log line was" if loss.count == 1 else f"{loss.count} log lines were"
        said = Line(
            "error",
            f"{lines} lost: the log was not read as fast as it was written",
            {"director.log.dropped_count": loss.count},
        )
        return self._encode(said, "director.log.dropped", loss.stamp, seq)

    def _encode(self, said: Line, name: str, stamp: Stamp, seq: int) -> bytes:
        envelope = {
            "timestamp": instant(stamp.at),
            "event.name": name,
            "event.id": stamp.id,
            "director.seq": seq,
        }
        encoded: bytes = self._log[said.level](said.message, envelope=envelope, fields=said.fields)
        return encoded

    def _last_resort(self, event: object, seq: int, problem: Exception) -> bytes:
        """Return a line made of nothing that could break again."""
        said = Line(
            "error",
            "an event could not be rendered",
            {
                "error.type": type(problem).__name__,
                "director.log.failed_event": str(getattr(type(event), "name", "unknown")),
            },
        )
        return self._encode(said, "director.log.render_failed", _own_stamp(event), seq)


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[{_ALPHABET}]{{26}}")
_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def sibling(stamp: Stamp) -> Stamp:
    """Return another identity at the time of *stamp*."""
    head = stamp.id[:10] if _ULID.fullmatch(stamp.id) else "0" * 10
    return Stamp(head + "".join(entropy.choice(_ALPHABET) for _ in range(16)), stamp.at)


def _own_stamp(event: object) -> Stamp:
    """Return an identity for what is said instead of *event*, whatever is wrong with it."""
    stamp = getattr(event, "stamp", None)
    if not isinstance(stamp, Stamp) or not isinstance(stamp.id, str):
        return sibling(Stamp("", _NEVER))
    try:
        instant(stamp.at)
    except Exception:  # noqa: BLE001  # a time of any shape
        return sibling(Stamp(stamp.id, _NEVER))
    return sibling(stamp)


def _unfold(_logger: Any, name: str, event: _Event) -> _Event:  # noqa: ANN401  # structlog
    """Lay the line out flat, in the order of the schema."""
    envelope = event["envelope"]
    return {
        "timestamp": envelope["timestamp"],
        "level": name,
        "message": event["event"],
        "event.name": envelope["event.name"],
        "event.id": envelope["event.id"],
        "director.schema": SCHEMA_VERSION,
        "director.seq": envelope["director.seq"],
        "service.name": event["service.name"],
        "service.version": event["service.version"],
        "service.instance.id": event["service.instance.id"],
        **event["fields"],
    }


class _Render:
    """Renders a line the short way, or the long one where anything in it is odd.

    Args:
        redactor: Masks secrets.
        longest_bytes: Longest line, its newline included.
    """

    def __init__(self, redactor: Redactor, longest_bytes: int) -> None:
        self._quick = Quick(redactor, longest_bytes)
        self._redactor = redactor
        self._fit = _Fit(structlog.processors.JSONRenderer(_strict_json()), longest_bytes)

    def __call__(self, logger: Any, name: str, event: _Event) -> bytes:  # noqa: ANN401  # structlog
        encoded = self._quick.line(event)
        if encoded is not None:
            return encoded
        # Masked before anything is cut or escaped: half a secret matches nothing. What comes
        # after only takes away.
        plain = _sanitise(logger, name, self._redactor(logger, name, event))
        return self._fit(logger, name, plain)


def _sanitise(_logger: Any, _name: str, event: _Event) -> _Event:  # noqa: ANN401  # structlog
    """Keep to what every JSON reader and every terminal takes, each text within its limit."""
    odd = []
    for key, value in event.items():
        kind = type(value)
        if kind is str:
            if (
                value.isascii()
                and value.isprintable()
                and (len(value) <= _LEAST_BYTES or len(value) <= LIMITS.get(key, _NO_LIMIT))
            ):
                continue
        elif kind is bool or (kind is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER):
            continue
        odd.append(key)
    for key in odd:
        _mend(event, key)
    return event


def _mend(event: _Event, key: str) -> None:
    """Make one value plain, or leave it out where that cannot be."""
    value = event[key]
    if isinstance(value, float):
        if not math.isfinite(value):
            del event[key]
    elif isinstance(value, list):
        event[key] = [_cut(_clean(str(item)), LONGEST_ID) for item in value]
    else:
        text = _digits(value) if isinstance(value, int) else _clean(str(value))
        event[key] = _cut(text, LIMITS.get(key, _NO_LIMIT))
        if event[key] is not text:
            _note(event, key)


def _clean(text: str) -> str:
    return text if text.isprintable() else _UNSAFE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    point = ord(char)
    return _SHORT_ESCAPES.get(char) or (f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}")


def _digits(number: int) -> str:
    """Return a large integer as text; Python refuses to write very large ones in decimal."""
    return str(number) if number.bit_length() < 512 else f"{hex(number)[:64]}…"


def _strict_json() -> Callable[..., str]:
    """Return a serializer for lines of plain values; it is given nothing else.

    Half of a line is keys, and there are few of them: each is escaped once.
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    heads = {key: f"{encode(key)}:" for key in ORDER}

    def dumps(event: _Event, **_fallback: Any) -> str:  # noqa: ANN401  # structlog passes its own
        parts = []
        for key, value in event.items():
            head = heads.get(key) or f"{encode(key)}:"
            kind = type(value)
            if kind is str:
                parts.append(head + encode_basestring(value))
            elif kind is int:
                parts.append(head + repr(value))
            else:
                parts.append(head + encode(value))
        text = "{" + ",".join(parts) + "}"
        # It begins a command where a pipeline's runner reads along; only texts can hold it.
        return text.replace("##", "#\\u0023") if "##" in text else text

    return dumps


class _Fit:
    """Renders, and shortens until the line is short enough."""

    def __init__(self, render: structlog.processors.JSONRenderer, longest_bytes: int) -> None:
        self._render = render
        self._longest = longest_bytes

    def __call__(self, logger: Any, name: str, event: _Event) -> bytes:  # noqa: ANN401  # structlog
        encoded = self._encoded(logger, name, event)
        for key in _CUT_ORDER:
            excess = len(encoded) - self._longest
            if excess <= 0:
                return encoded
            if key not in event or not _shorten(event, key, excess):
                continue
            _note(event, key)
            encoded = self._encoded(logger, name, event)
        if len(encoded) > self._longest:
            raise ValueError(f"the line must fit {self._longest} bytes, got {len(encoded)}")
        return encoded

    def _encoded(self, logger: Any, name: str, event: _Event) -> bytes:  # noqa: ANN401  # structlog
        text = self._render(logger, name, event)
        return (text.encode() if isinstance(text, str) else text) + b"\n"


def _shorten(event: _Event, key: str, excess: int) -> bool:
    """Cut *key* by about *excess* bytes; return whether it became shorter."""
    value = event[key]
    if isinstance(value, list):
        event[key] = value[:_LEAST_IDS]
        return len(value) > _LEAST_IDS
    size = len(value.encode())
    if size <= _LEAST_BYTES:
        return False
    # The name of the key will stand among those that were shortened.
    event[key] = _cut(value, max(_LEAST_BYTES, size - excess - len(key) - 32))
    return True


def _cut(text: str, most_bytes: int) -> str:
    """Return *text* cut to *most_bytes* of UTF-8, between two characters, with an ellipsis.

    >>> _cut("aéé", 5), _cut("aéé", 4)
    ('aéé', 'a…')
    """
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - 3].decode(errors="ignore") + "…"


def _note(event: _Event, key: str) -> None:
    cut = event.setdefault(_TRUNCATED, [])
    if key not in cut:
        cut.append(key)
