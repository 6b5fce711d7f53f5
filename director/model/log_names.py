"""The names that other standards have for what stands in a line.

``ecs`` is the Elastic Common Schema (https://www.elastic.co/docs/reference/ecs). ``otel`` is one
OTLP/JSON document in each line, as the OpenTelemetry file exporter writes it and a collector's
``otlpjsonfile`` receiver reads it without configuration
(https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/).
"""

from __future__ import annotations

from collections.abc import Mapping
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
