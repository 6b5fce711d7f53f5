"""From the names of other standards back to ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from director.model.log_names import (
    ECS_ADDED,
    ECS_NAMES,
    OTEL_ATTRIBUTES,
    OTEL_SEVERITY,
    Flat,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_ecs(line: Flat) -> Flat:
    """Return a line under the names of ECS as it is meant."""
    ours = {theirs: name for name, theirs in ECS_NAMES.items()}
    return {ours.get(key, key): value for key, value in line.items() if key not in ECS_ADDED}


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


def _instant(nanos: int) -> str:
    at = _EPOCH + timedelta(microseconds=nanos // 1_000)
    return at.isoformat(timespec="microseconds")[:26] + "Z"
