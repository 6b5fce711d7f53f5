"""Lines as a strict reader sees them, and events to make them of."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from director.model.event import EvaluationStarted, Stamp, Subject
from director.sinks.render import Emitter
from director.sinks.schema import log_schema

_SUBJECT = Subject(
    evaluation="01JHEVAL0000000000000000AA",
    trigger="manual",
    service="checkout",
    environment="production",
    profile="standard",
    profile_digest="sha256:" + "a" * 64,
)


@pytest.fixture
def make_event() -> Callable[[int], EvaluationStarted]:
    """Build an event with a number that shows in its line."""

    def make(number: int) -> EvaluationStarted:
        stamp = Stamp(f"{number:026}", datetime(2026, 1, 15, 9, 30, tzinfo=UTC))
        return EvaluationStarted(stamp, _SUBJECT, planned=number)

    return make


@pytest.fixture
def emitter() -> Emitter:
    """A Director."""
    return Emitter(version="0.1.0", instance="director-0")


@pytest.fixture
def read_lines() -> Callable[[bytes], list[dict[str, Any]]]:
    """Read lines as the strictest reader would, and hold each against the schema."""
    validator = jsonschema.Draft202012Validator(log_schema())

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    def read(log: bytes) -> list[dict[str, Any]]:
        assert not log or log.endswith(b"\n")
        lines = [json.loads(line, parse_constant=refuse) for line in log.splitlines()]
        for line in lines:
            assert [error.message for error in validator.iter_errors(line)] == []
        return lines

    return read
