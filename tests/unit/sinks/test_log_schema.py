"""The published schema of a log line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from director.model.event import Event
from director.sinks.fields import ORDER
from director.sinks.log import encode_event
from director.sinks.render import Emitter
from director.sinks.schema import log_schema

ReadLine = Callable[[bytes], dict[str, Any]]


def _errors(line: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(log_schema())
    return [error.message for error in validator.iter_errors(line)]


def test_schema_is_a_schema() -> None:
    """The schema is valid 2020-12, has an id and describes every key."""
    schema = log_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == "urn:director:schema:log:1.0"
    assert all(field["description"] for field in schema["properties"].values())
    assert list(schema["properties"]) == list(ORDER)
    json.dumps(schema, allow_nan=False)


def test_each_schema_is_a_new_one() -> None:
    """Changing the schema one was given changes nobody else's."""
    log_schema()["properties"]["level"]["enum"] = []

    assert "info" in log_schema()["properties"]["level"]["enum"]


def test_every_event_validates(event: Event, emitter: Emitter, read_line: ReadLine) -> None:
    """The line of every kind of event is valid and names it."""
    fields = read_line(encode_event(event, 7, emitter))

    assert fields["event.name"] == event.name
    assert fields["director.seq"] == 7


def test_missing_key_is_refused(event: Event, emitter: Emitter, read_line: ReadLine) -> None:
    """The keys that every event and this event must have are missed."""
    fields = read_line(encode_event(event, 1, emitter))
    rules = log_schema()["allOf"]
    required = set(log_schema()["required"])
    for rule in rules:
        if rule["if"]["properties"]["event.name"].get("const") == event.name:
            required |= set(rule["then"]["required"])

    assert len(required) > 9
    for key in required:
        assert _errors({k: v for k, v in fields.items() if k != key}), key


@pytest.mark.parametrize(
    "addition",
    [
        {"Bad Key": "x"},
        {"director.check.status": "ok"},
        {"director.decision.outcome": "GO"},
        {"director.check.data": {"nested": 1}},
        {"director.seq": 0},
        {"director.seq": "1"},
        {"span_id": "00f067aa0ba902b7"},
        {"timestamp": "2026-01-15T09:30:00Z"},
        {"event.id": "not-a-ulid"},
        {"message": "x" * 513},
        {"director.schema": "2.0"},
    ],
    ids=str,
)
def test_wrong_value_is_refused(addition: dict[str, Any], event: Event, emitter: Emitter) -> None:
    """A key, a word or a type that is not ours does not validate."""
    fields = json.loads(encode_event(event, 1, emitter))

    assert _errors(fields | addition)


def test_unknown_key_is_taken(event: Event, emitter: Emitter) -> None:
    """A later minor version may add keys."""
    fields = json.loads(encode_event(event, 1, emitter))

    assert _errors(fields | {"director.later.addition": ["a"], "director.later.count": 3}) == []


def test_override_needs_its_trail() -> None:
    """A line about an override names who, why and its place in the audit log."""
    line = {
        "timestamp": "2026-01-15T09:30:00.123456Z",
        "level": "warning",
        "message": "override approved",
        "event.name": "director.override.approved",
        "event.id": "01JH0000000000000000000006",
        "director.schema": "1.0",
        "director.seq": 6,
        "service.name": "director",
        "service.instance.id": "director-0",
    }
    trail = {
        "director.override.id": "ovr_1",
        "director.override.reason": "drill booked",
        "user.name": "alice",
        "director.audit.hash": "sha256:c",
        "director.audit.prev_hash": "sha256:b",
    }

    assert _errors(line | trail) == []
    assert len(_errors(line)) == len(trail)
