"""The lines under other standards' names: renamed at the edge, after everything else was done.

The line itself is made, masked and bounded as always; only then are its keys renamed. ``ecs`` is
the Elastic Common Schema (https://www.elastic.co/docs/reference/ecs). ``otel`` is one OTLP/JSON
document in each line, as the OpenTelemetry file exporter writes it and a collector's
``otlpjsonfile`` receiver reads it without configuration
(https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeAlias

Flat: TypeAlias = dict[str, Any]
"""A line as it is meant: flat, under our own names."""

ECS_VERSION = "9.0.0"
ECS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "timestamp": "@timestamp",
        "level": "log.level",
        "event.name": "event.action",
        "director.seq": "event.sequence",
        "service.instance.id": "service.node.name",
        "trace_id": "trace.id",
        "span_id": "span.id",
    }
)
"""Our keys that ECS has another name for; every other key stays as it is."""

ECS_COPIES: Mapping[str, str] = MappingProxyType(
    {
        "director.subject.name": "service.target.name",
        "director.check.id": "rule.id",
        "director.check.category": "rule.category",
    }
)
"""Our keys that are said once more under the name that ECS has for something near."""

ECS_ADDED = (
    "ecs.version",
    "event.kind",
    "event.category",
    "event.type",
    "event.dataset",
    "event.outcome",
    "event.duration",
    *ECS_COPIES.values(),
)
"""Keys that a line has only in ECS, and that say nothing new."""

OTEL_ATTRIBUTES: Mapping[str, str] = MappingProxyType({"event.id": "log.record.uid"})
OTEL_RESOURCE = ("service.name", "service.version", "service.instance.id")
OTEL_SEVERITY: Mapping[str, int] = MappingProxyType(
    {"debug": 5, "info": 9, "warning": 13, "error": 17, "critical": 21}
)
"""The severity number of each level: the lowest of its range in the OTel log data model."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OUTCOMES = {
    "passed": "success",
    "warned": "success",
    "failed": "failure",
    "errored": "unknown",
    "missing": "unknown",
    "unknown": "unknown",
}
_DECIDED = {"go": "success", "conditional_go": "success", "no_go": "failure"}
_OF_THE_RECORD = ("timestamp", "level", "message", "event.name", "trace_id", "span_id")


def to_ecs(line: Flat) -> Flat:
    """Return *line* under the names of ECS, in the order that ECS asks loggers for."""
    found = {ECS_NAMES.get(key, key): value for key, value in line.items()}
    first = ("@timestamp", "log.level", "message")
    head: Flat = {key: found.pop(key) for key in first if key in found}
    name = str(line.get("event.name", ""))
    added: Flat = {
        "ecs.version": ECS_VERSION,
        "event.kind": "event",
        "event.category": ["configuration"],
        "event.type": ["change" if name.endswith(".changed") else "info"],
        "event.dataset": "director.log",
    }
    decided = _DECIDED.get(str(line.get("director.decision.outcome")))
    outcome = _OUTCOMES.get(str(line.get("director.check.status"))) or decided
    if outcome:
        added["event.outcome"] = outcome
    took = line.get("director.check.duration_ms")
    if isinstance(took, int | float):
        added["event.duration"] = round(took * 1_000_000)
    added |= {theirs: line[ours] for ours, theirs in ECS_COPIES.items() if ours in line}
    return {**head, **added, **found}


def from_ecs(line: Flat) -> Flat:
    """Return a line under the names of ECS as it is meant."""
    ours = {theirs: name for name, theirs in ECS_NAMES.items()}
    return {ours.get(key, key): value for key, value in line.items() if key not in ECS_ADDED}


def to_otel(line: Flat) -> Flat:
    """Return *line* as one OTLP/JSON document with one log record."""
    level, nanos = str(line.get("level", "")), _nanos(str(line.get("timestamp", "")))
    record: Flat = {
        "timeUnixNano": nanos,
        "observedTimeUnixNano": nanos,
        "severityNumber": OTEL_SEVERITY.get(level, 0),
        "severityText": level,
        "eventName": line.get("event.name", ""),
        "body": {"stringValue": line.get("message", "")},
        "attributes": [
            {"key": OTEL_ATTRIBUTES.get(key, key), "value": _valued(value)}
            for key, value in line.items()
            if key not in _OF_THE_RECORD and key not in OTEL_RESOURCE
        ],
    }
    for ours, theirs in (("trace_id", "traceId"), ("span_id", "spanId")):
        if ours in line:
            record[theirs] = line[ours]
    emitter = [{"key": key, "value": _valued(line[key])} for key in OTEL_RESOURCE if key in line]
    scope = {"scope": {"name": "director"}, "logRecords": [record]}
    return {"resourceLogs": [{"resource": {"attributes": emitter}, "scopeLogs": [scope]}]}


def from_otel(document: Flat) -> list[Flat]:
    """Return every log record of an OTLP/JSON document, as it is meant.

    Raises:
        ValueError: It is no such document.
    """
    try:
        return [
            _meant(record, resource.get("resource", {}).get("attributes", []))
            for resource in document["resourceLogs"]
            for scope in resource["scopeLogs"]
            for record in scope["logRecords"]
        ]
    except (AttributeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError("must be OTLP/JSON: resourceLogs, scopeLogs, logRecords") from error


def _meant(record: Flat, emitter: list[Flat]) -> Flat:
    ours = {theirs: name for name, theirs in OTEL_ATTRIBUTES.items()}
    numbers = {number: level for level, number in OTEL_SEVERITY.items()}
    found: Flat = {
        "timestamp": _instant(int(record["timeUnixNano"])),
        "level": record.get("severityText") or numbers.get(record.get("severityNumber", 0), ""),
        "message": _plain(record.get("body", {})),
    }
    if record.get("eventName"):
        found["event.name"] = record["eventName"]
    for theirs, name in (("traceId", "trace_id"), ("spanId", "span_id")):
        if record.get(theirs):
            found[name] = record[theirs]
    for each in (*emitter, *record.get("attributes", [])):
        found[ours.get(each["key"], each["key"])] = _plain(each["value"])
    return found


def _valued(value: object) -> Flat:
    """Return a value as OTLP/JSON has it: whole numbers are texts, as in every proto3 JSON."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_valued(each) for each in value]}}
    return {"stringValue": str(value)}


def _plain(value: Flat) -> Any:  # noqa: ANN401  # any JSON value
    for key, said in value.items():
        match key:
            case "intValue":
                return int(said)
            case "arrayValue":
                return [_plain(each) for each in said.get("values", [])]
            case _:
                return said
    return ""


def _nanos(text: str) -> str:
    return str((datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 1_000)


def _instant(nanos: int) -> str:
    at = _EPOCH + timedelta(microseconds=nanos // 1_000)
    return at.isoformat(timespec="microseconds")[:26] + "Z"
