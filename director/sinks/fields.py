"""Every key that a log line may have, in the order in which it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from director.model.catalog import Disposition
from director.model.check import LONGEST_ID, Role
from director.model.decision import Verdict
from director.model.outcome import Word

Field: TypeAlias = dict[str, Any]

SCHEMA_VERSION = "1.0"
LEVELS = ("debug", "info", "warning", "error", "critical")
MOST_IDS = 20
"""Longest list of checks in a line; the store has the whole of it."""

_INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z$"
_VERDICTS = tuple(verdict.value for verdict in Verdict)


def _text(description: str, longest: int = 128) -> Field:
    return {"description": description, "type": "string", "maxLength": longest}


def _pattern(description: str, pattern: str, longest: int) -> Field:
    return {**_text(description, longest), "pattern": pattern}


def _word(description: str, *words: str) -> Field:
    return {"description": description, "type": "string", "enum": list(words)}


def _number(description: str) -> Field:
    return {"description": description, "type": "number", "minimum": 0}


def _count(description: str, least: int = 0) -> Field:
    return {"description": description, "type": "integer", "minimum": least}


def _flag(description: str) -> Field:
    return {"description": description, "type": "boolean"}


def _texts(description: str, most: int) -> Field:
    return {
        "description": description,
        "type": "array",
        "items": {"type": "string", "maxLength": LONGEST_ID},
        "maxItems": most,
    }


_ENVELOPE: dict[str, Field] = {
    "timestamp": _pattern(
        "When it happened: RFC 3339, UTC, six fractional digits.",
        r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
        27,
    ),
    "level": _word("How urgent the line is; not the decision.", *LEVELS),
    "message": _text("One sentence for people; its form is the same for every such event.", 512),
    "event.name": _pattern("What kind of event it is.", r"^director(\.[a-z][a-z0-9_]*){2,3}$", 64),
    "event.id": _pattern(
        "A ULID; the same id is the same event, everywhere.", r"^[0-9A-HJKMNP-TV-Z]{26}$", 26
    ),
    "director.schema": _pattern("The version of this schema.", r"^1\.\d+$", 8),
    "director.seq": _count("Counts the events of one instance; a gap means lost lines.", 1),
    "service.name": _text("Who writes the line: always the Director."),
    "service.version": _text("The Director's version."),
    "service.instance.id": _text("Which running Director."),
    "trace_id": _pattern("The trace it belongs to.", r"^[0-9a-f]{32}$", 32),
    "span_id": _pattern("The span it belongs to.", r"^[0-9a-f]{16}$", 16),
}

_EVALUATION: dict[str, Field] = {
    "director.evaluation.id": _text("Which evaluation; the id that ties its lines together."),
    "director.evaluation.trigger": _text(
        "What asked for it: manual, pipeline, event, schedule or other.", 64
    ),
    "director.subject.name": _text("The service that is judged."),
    "director.subject.version": _text("The version of it that is launched."),
    "director.subject.owner": _text("The team that answers for it."),
    "director.subject.tier": {
        "description": "How critical it is; 0 is most critical.",
        "type": "integer",
        "minimum": 0,
        "maximum": 4,
    },
    "deployment.environment.name": _text("Where the judged service runs."),
    "director.profile.name": _text("The profile it is judged by."),
    "director.profile.digest": _text("The digest of that profile."),
    "director.manifest.digest": _text("The digest of the manifest."),
    "director.artifact.digest": _text("The digest of what exactly is launched."),
    "director.evaluation.reason": _text("Why it ended without a decision.", 256),
}

_CHECK: dict[str, Field] = {
    "director.check.id": _pattern("Which check.", r"^[a-z0-9_]+(\.[a-z0-9_-]+)+$", LONGEST_ID),
    "director.check.category": _text("The category it counts in."),
    "director.check.role": _word(
        "What its failure means under the profile.", *(role.value for role in Role)
    ),
    "director.check.status": _word("The outcome of the check.", *(word.value for word in Word)),
    "director.check.reason": _text("Why, as a machine word, for example connect_refused.", 64),
    "director.check.observed": _text("The measured value with its unit.", 256),
    "director.check.expected": _text("The value it was held against, with its unit.", 256),
    "director.check.duration_ms": _number("How long the check took, in milliseconds."),
}

_SOURCES: dict[str, Field] = {
    "director.plugin.name": _text(
        "The distribution of the plugin; empty if none offers the check."
    ),
    "director.plugin.version": _text("The version of that distribution."),
    "director.plugin.phase": _text(
        "How far loading came: discovery, admission, import, handshake or offer.", 64
    ),
    "director.plugin.disposition": _word(
        "What became of the plugin.", *(each.value for each in Disposition), "quarantined"
    ),
    "director.plugin.reason": _text("Why, as a machine word, for example import_failed.", 64),
    "director.plugin.stream": _word("Where the plugin wrote it.", "stdout", "stderr"),
    "director.plugin.output": _text("What the plugin wrote, or the end of it.", 2048),
    "director.plugin.lost_bytes": _count("How much before it is not told, in bytes."),
    "director.plugin.orphans_killed": _count("Processes that the plugin left, now killed."),
    "director.config.source": _text("The file, variable or flag that was read.", 512),
    "director.config.line": _count("Line of the offending value, counted from 1.", 1),
    "director.config.column": _count("Column of the offending value, counted from 1.", 1),
    "url.full": _text("What was probed, without user info, query values and fragment.", 1024),
    "server.address": _text("The host that was probed.", 255),
    "server.port": _count("The port that was probed."),
    "http.response.status_code": _count("The status code that came back."),
    "error.type": _text("What went wrong on our side or a plugin's, as a machine word."),
    "error.message": _text("The same in a sentence.", 1024),
}

_DECISION: dict[str, Field] = {
    "director.decision.outcome": _word("The decision.", *_VERDICTS),
    "director.decision.effective": _word(
        "The decision that gates act on: GO where an override is in force.", *_VERDICTS
    ),
    "director.decision.override": _text("The override in force, as the id that it has in the log."),
    "director.decision.held": _word(
        "The decision that is held true of a running service from now on; one evaluation may say"
        " otherwise.",
        *_VERDICTS,
    ),
    "director.decision.previous": _word(
        "The decision before this one; absent for the first.", *_VERDICTS
    ),
    "director.decision.changed": _flag("Whether it differs from the previous one."),
    "director.decision.expires_at": _pattern(
        "After it every gate is closed: RFC 3339, UTC.", _INSTANT, 27
    ),
    "director.decision.decided_at": _pattern(
        "When it was decided, as the record has it: RFC 3339, UTC.", _INSTANT, 27
    ),
    "director.decision.recorded": _flag("Whether the decision is in the record."),
    "director.decision.pass_rate": _pattern(
        "Passed of counting checks as a whole percent.", r"^\d{1,3}%$", 4
    ),
    "director.decision.score": {**_number("Weighted credit, 0 to 1."), "maximum": 1},
    "director.checks.planned": _count("How many checks must answer."),
    "director.checks.completed": _count("How many have a result."),
    "director.checks.counting": _count("How many count."),
    **{f"director.checks.{word.value}": _count(f"How many are {word.value}.") for word in Word},
    "director.decision.blockers": _texts("Blockers that neither passed nor warned.", MOST_IDS),
    "director.decision.conditions": _texts(
        "Checks with a condition that stands after the decision.", MOST_IDS
    ),
    "director.decision.recounted": _texts(
        "Checks that count as another word than they said, each as check=word.", MOST_IDS
    ),
    "director.decision.gone": _texts(
        "Checks that the last decision planned and this one does not.", MOST_IDS
    ),
    "director.policy.digest": _text("The digest of the policy that decided: the profile's."),
    "director.audit.size": _count("How many entries the audit log has with this decision.", 1),
    "director.audit.log": _text("Which audit log: the origin of its checkpoints."),
    "director.audit.root": _pattern(
        "The root of the tree of that size.", r"^[A-Za-z0-9+/]{43}=$", 44
    ),
    "director.audit.signature": _pattern(
        "The log's signature over its origin, size and root, each in a line of its own, as in a"
        " C2SP checkpoint; kept elsewhere, the four are an anchor.",
        r"^[A-Za-z0-9+/]+=*$",
        256,
    ),
}

_SERVICE: dict[str, Field] = {
    "director.target.level": _word("How the target is held to be.", "pass", "warn", "fail"),
    "director.target.changed_percent": _number("How much of the last results changed, weighted."),
    "director.target.seen_at": _pattern("When there was evidence last.", _INSTANT, 27),
    "director.schedule.text": _text("When the target is evaluated again, in words.", 256),
    "director.schedule.missed": _count("How many evaluations did not begin."),
    "director.schedule.targets": _count("How many targets were to be watched."),
    "director.schedule.since_at": _pattern("When the first of them was due.", _INSTANT, 27),
    "director.schedule.until_at": _pattern("When the last of them was due.", _INSTANT, 27),
    "director.schedule.reason": _word(
        "Why they did not begin.", "late", "overlap", "overload", "down", "suspended", "clock"
    ),
    "director.case.kind": _text("What happened, for example override.applied.", 64),
    "director.case.subject": _text("The waiver or the override that it is about."),
    "director.case.entry": _text("The entry of the audit log that tells of it."),
    "director.notification.endpoint": _text("The receiver, as the operator named it."),
    "director.notification.event": _text("The event that was to be told.", 64),
    "director.notification.id": _text("The id of that event."),
    "director.notification.attempts": _count("How often it was tried."),
    "client.address": _text("Where a request came from."),
    "user.name": _text("Who it was, as far as that was proven."),
    "director.access.action": _text("What was done or tried.", 512),
    "director.access.reason": _text("Why somebody was turned away, as a machine word.", 64),
}

_LOG: dict[str, Field] = {
    "director.origin": _word(
        "How the line came here, if not from the Director itself: it was read back from a log.",
        "replay",
    ),
    "director.log.dropped_count": _count("Log lines lost, of this instance."),
    "director.log.failed_event": _text("The event that could not be rendered.", 64),
    "director.truncated": _texts("The keys that were shortened to keep the line short.", 64),
}

FIELDS: Mapping[str, Field] = MappingProxyType(
    {**_ENVELOPE, **_EVALUATION, **_CHECK, **_SERVICE, **_SOURCES, **_DECISION, **_LOG}
)
"""The schema of each key, in the order of the line."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        key: "instant" if field.get("pattern", "").startswith(r"^\d{4}-") else field["type"]
        for key, field in FIELDS.items()
    }
)
"""What each key is: its type, or ``instant``."""

ORDER: tuple[str, ...] = tuple(FIELDS)

LIMITS: Mapping[str, int] = MappingProxyType(
    {
        key: field["maxLength"]
        for key, field in FIELDS.items()
        if field["type"] == "string" and "maxLength" in field and "pattern" not in field
    }
)
"""Longest text of each key that may be cut, in bytes of UTF-8."""
