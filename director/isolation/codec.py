"""Values as plain JSON and back, on both sides of the wall.

A value is an object of one key, the name of its class, with the values of its fields in their
order; a tuple is an array. Only listed classes are written or read: no class of a plugin crosses,
and nothing that is read can name code.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Any

from director.model.answers import DnsAnswer, DnsRecord, Greeting, Handshake, RecordType, StartTls
from director.model.catalog import Offer, OptionKind, OptionSpec
from director.model.check import CheckSpec, Effort, Role, Tighter
from director.model.definition import Definition, Flaw, frozen
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import (
    CheckRequest,
    Claim,
    Environment,
    Exemption,
    Grown,
    Manifest,
    Schedule,
    Sla,
    Target,
    WaiverRequest,
)
from director.model.outcome import Failed, NotApplicable, Passed, Unknown, Warned
from director.model.probe import Hop, Phase, Phases, ProbeError, ProbeReason, Redirects, Reply, Seen
from director.model.tls import TlsFacts

_VALUES = (
    CheckRequest, CheckSpec, Claim, DnsAnswer, DnsRecord, Environment, Evidence, Exemption, Failed,
    Flaw, Greeting, Grown, Handshake, Hop, Manifest, NotApplicable, Offer, OptionSpec, Passed,
    Phases, Reply, Schedule, Seen, Sla, Target, TlsFacts, Unknown, WaiverRequest, Warned,
)  # fmt: skip
_WORDS = (
    Effort, EvidenceKind, OptionKind, Phase, ProbeReason, RecordType, Redirects, Role, StartTls,
    Tighter,
)  # fmt: skip

_PLAIN = frozenset({str, int, bool, type(None)})

MOST_DEPTH = 64
"""How deep a value may be nested."""

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


class CodecError(Exception):
    """A value cannot cross, or what came across is no value; says what it must be and was."""


def packed(message: Any) -> bytes:  # noqa: ANN401  # any JSON
    """Return *message*, made of plain values, as JSON."""
    return _encode(message).encode("ascii")


def unpacked(data: bytes | bytearray) -> Any:  # noqa: ANN401  # any JSON
    """Return the JSON *data* as plain values.

    Raises:
        CodecError: It is not JSON.
    """
    try:
        return _decode(bytes(data).decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise CodecError(f"must be JSON, got {type(error).__name__}") from None


def plain(value: object) -> Any:  # noqa: ANN401  # any JSON
    """Return *value* as what JSON has.

    Raises:
        CodecError: It is, or holds, something that does not cross.
    """
    return _plain(value, MOST_DEPTH)


def _plain(value: Any, depth: int) -> Any:  # noqa: ANN401  # any value, any JSON
    if depth == 0:
        raise CodecError(f"must be at most {MOST_DEPTH} deep, and not hold itself")
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return [_plain(each, depth - 1) for each in value]
    if kind is float:
        if not math.isfinite(value):
            raise CodecError(f"must be finite, got {value}")
        return value
    write = _WRITERS.get(kind)
    if write is None:
        raise CodecError(f"must be made of plain values, got {kind.__name__}")
    return {kind.__name__: write(value, depth - 1)}


def value_of(given: Any) -> Any:  # noqa: ANN401  # any JSON, any value
    """Return what *given*, plain JSON, stands for.

    Raises:
        CodecError: It stands for nothing.
    """
    if isinstance(given, list):
        return tuple([value_of(each) for each in given])
    if not isinstance(given, dict):
        return given
    if len(given) != 1:
        raise CodecError("must have one key")
    ((name, held),) = given.items()
    read = _READERS.get(name)
    if read is None:
        raise CodecError(f"must be a known class, got {name!r:.100}")
    try:
        return read(held)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise CodecError(f"{name} is not well-formed: {error!s:.200}") from None


def _fields_of(kind: type) -> Callable[[Any, int], list[Any]]:
    names = [field.name for field in fields(kind)]
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda value, depth: [_plain(only(value), depth)]
    read = attrgetter(*names)
    return lambda value, depth: [_plain(each, depth) for each in read(value)]


def _made(kind: type) -> Callable[[Any], Any]:
    names = [field.name for field in fields(kind)]

    def made(held: Any) -> Any:  # noqa: ANN401  # any JSON, any value
        values = [value_of(each) for each in held]
        return kind(**dict(zip(names, values, strict=True)))

    return made


def _definition_parts(definition: Definition, depth: int) -> list[Any]:
    return [_plain(definition.spec, depth), _thawed(definition.body), definition.digest]


def _thawed(value: Any) -> Any:  # noqa: ANN401  # plain values of any shape
    if isinstance(value, Mapping):
        return {key: _thawed(each) for key, each in value.items()}
    return [_thawed(each) for each in value] if isinstance(value, tuple) else value


def _definition(held: Any) -> Definition:  # noqa: ANN401  # any JSON
    spec, body, digest = held
    return Definition(value_of(spec), frozen(body), digest)


def _word(kind: type[Enum]) -> Callable[[Any], Any]:
    return kind


def _fault(held: Any) -> ProbeError:  # noqa: ANN401  # any JSON
    reason, detail, url, seen = map(value_of, held)
    return ProbeError(ProbeReason(reason), str(detail), url=str(url), seen=seen)


def _fault_parts(error: ProbeError, depth: int) -> list[Any]:
    # A check can raise one of its own, and then it may hold anything.
    seen = error.seen if type(error.seen) is Seen else Seen()
    return [str(error.reason), f"{error.detail}"[:2000], f"{error.url}"[:2000], _plain(seen, depth)]


_WRITERS: dict[type, Callable[[Any, int], Any]] = {
    bytes: lambda value, _: b64encode(value).decode("ascii"),
    datetime: lambda value, _: value.isoformat(),
    Definition: _definition_parts,
    ProbeError: _fault_parts,
    **{kind: _fields_of(kind) for kind in _VALUES},
    **{kind: lambda value, _: value.value for kind in _WORDS},
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda held: b64decode(held, validate=True),
    "datetime": datetime.fromisoformat,
    "Definition": _definition,
    "ProbeError": _fault,
    **{kind.__name__: _made(kind) for kind in _VALUES},
    **{kind.__name__: _word(kind) for kind in _WORDS},
}
