"""From our names to those of other standards: after everything else was done.

The line itself is made, masked and bounded as always; only then are its keys renamed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from director.model.log_names import (
    ECS_COPIES,
    ECS_NAMES,
    ECS_VERSION,
    OTEL_ATTRIBUTES,
    OTEL_RESOURCE,
    OTEL_SEVERITY,
    Flat,
)

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


def _nanos(text: str) -> str:
    return str((datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 1_000)
