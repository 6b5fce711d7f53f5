"""The JSON Schema of a log line, as it is published."""

from __future__ import annotations

from typing import Any

from director.sinks.fields import FIELDS

SCHEMA_ID = "urn:director:schema:log:1.0"

_REQUIRED = (
    "timestamp",
    "level",
    "message",
    "event.name",
    "event.id",
    "director.schema",
    "director.seq",
    "service.name",
    "service.instance.id",
)
_SUBJECT = ("director.evaluation.id", "director.subject.name")
_DECISION = (
    *_SUBJECT,
    "director.decision.outcome",
    "director.decision.changed",
    "director.policy.digest",
)
_REQUIRED_BY_EVENT: dict[str, tuple[str, ...]] = {
    "director.evaluation.requested": _SUBJECT,
    "director.evaluation.started": (*_SUBJECT, "director.checks.planned"),
    "director.evaluation.cancelled": (*_SUBJECT, "director.evaluation.reason"),
    "director.check.completed": (
        *_SUBJECT,
        "director.check.id",
        "director.check.status",
        "director.check.role",
        "director.check.duration_ms",
        "director.plugin.name",
        "director.plugin.version",
    ),
    "director.decision.made": _DECISION,
    "director.decision.changed": _DECISION,
    "director.plugin.load_failed": (
        "director.plugin.name",
        "director.plugin.phase",
        "director.plugin.disposition",
        "error.type",
    ),
    "director.plugin.output": (
        "director.plugin.name",
        "director.plugin.stream",
        "director.plugin.output",
    ),
    "director.plugin.worker_ended": (
        "director.plugin.name",
        "director.plugin.reason",
        "director.plugin.orphans_killed",
        "error.type",
    ),
    "director.config.rejected": ("director.config.source", "error.message"),
    "director.target.registered": ("director.subject.name", "director.config.source"),
    "director.target.removed": ("director.subject.name", "director.config.source"),
    "director.target.reminded": (*_SUBJECT, "director.target.level"),
    "director.target.flapping": ("director.subject.name", "director.target.changed_percent"),
    "director.target.steady": ("director.subject.name", "director.target.changed_percent"),
    "director.target.sight_lost": ("director.subject.name", "director.target.seen_at"),
    "director.target.sight_regained": ("director.subject.name", "director.target.level"),
    "director.schedule.missed": (
        "director.subject.name",
        "director.schedule.missed",
        "director.schedule.since_at",
        "director.schedule.until_at",
        "director.schedule.reason",
    ),
    "director.watch.interrupted": (
        "director.schedule.missed",
        "director.schedule.targets",
        "director.schedule.since_at",
        "director.schedule.until_at",
        "director.schedule.reason",
    ),
    "director.director.degraded": ("error.type", "error.message"),
    "director.director.recovered": ("error.type",),
    "director.decision.heard": (*_SUBJECT, "director.decision.outcome"),
    "director.case.recorded": (
        "director.subject.name",
        "director.case.kind",
        "director.case.subject",
        "director.case.entry",
    ),
    "director.notification.delivered": (
        "director.notification.endpoint",
        "director.notification.event",
        "director.notification.id",
    ),
    "director.notification.failed": (
        "director.notification.endpoint",
        "director.notification.event",
        "director.notification.id",
    ),
    "director.notification.disabled": ("director.notification.endpoint", "error.message"),
    "director.access.granted": ("client.address", "director.access.action"),
    "director.access.denied": (
        "client.address",
        "director.access.action",
        "director.access.reason",
    ),
    "director.log.dropped": ("director.log.dropped_count",),
    "director.log.render_failed": ("director.log.failed_event", "error.type"),
}
_OVERRIDE = (
    "director.override.id",
    "director.override.reason",
    "user.name",
    "director.audit.hash",
    "director.audit.prev_hash",
)


def log_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one log line.

    Within version 1 keys and events are only added; a reader ignores those it does not know.
    That no key is both a value and the beginning of another key cannot be said in JSON Schema.
    """
    rules = [_rule({"const": name}, required) for name, required in _REQUIRED_BY_EVENT.items()]
    rules.append(_rule({"pattern": r"^director\.override\."}, _OVERRIDE))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Production Readiness Director log line",
        "description": "One line of NDJSON: one event, flat dotted keys, at most 8,000 bytes.",
        "type": "object",
        "required": list(_REQUIRED),
        "properties": {key: dict(field) for key, field in FIELDS.items()},
        "patternProperties": {
            r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$": {
                "type": ["string", "number", "boolean", "array"],
                "items": {"type": "string"},
            }
        },
        "additionalProperties": False,
        "dependentRequired": {"span_id": ["trace_id"]},
        "allOf": rules,
    }


def _rule(name: dict[str, str], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "if": {"properties": {"event.name": name}},
        "then": {"required": list(required)},
    }
