"""What a log line says about each event: flat, dotted keys in their order. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from director.model.audit import Seal
from director.model.check import Role
from director.model.decision import Verdict
from director.model.event import (
    CheckCompleted,
    ConfigRejected,
    DecisionChanged,
    DecisionMade,
    EvaluationCancelled,
    EvaluationRequested,
    EvaluationStarted,
    Event,
    PluginLoadFailed,
    PluginOutput,
    Subject,
    WorkerEnded,
)
from director.model.evidence import EvidenceKind
from director.model.outcome import Word, word
from director.model.record import CheckEntry, Record
from director.model.result import Result
from director.model.value import dataclass
from director.sinks.fields import MOST_IDS
from director.sinks.plugin_lines import about_plugin

Value: TypeAlias = str | int | float | bool | list[str]
Fields: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Line:
    """What one event becomes, before it is redacted, bounded and rendered.

    Attributes:
        level: A word of ``debug info warning error critical``.
        message: One sentence for people.
        fields: Everything else, with what does not apply left out.
    """

    level: str
    message: str
    fields: Fields


def line(event: Event) -> Line:
    """Return what the log says about *event*."""
    match event:
        case EvaluationRequested() | EvaluationStarted() | EvaluationCancelled():
            return _evaluation(event)
        case CheckCompleted():
            return _check(event)
        case DecisionMade() | DecisionChanged():
            return _decision(event)
        case PluginLoadFailed() | PluginOutput() | WorkerEnded():
            return Line(*about_plugin(event))
        case ConfigRejected():
            return _config(event)
        case _:
            from director.sinks.service_lines import about_service  # noqa: PLC0415  # daemon only

            return Line(*about_service(event))


def instant(at: datetime) -> str:
    """Return *at* as RFC 3339 in UTC with six fractional digits.

    >>> instant(datetime(2026, 1, 15, 9, 30, tzinfo=UTC))
    '2026-01-15T09:30:00.000000Z'
    """
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def target(subject: Subject) -> str:
    """Return the target for people: ``service`` or ``service@environment``."""
    if subject.environment:
        return f"{subject.service}@{subject.environment}"
    return subject.service


_ALWAYS = ("director.evaluation.id", "director.subject.name")


def about(subject: Subject) -> Fields:
    """Return which evaluation of which target a line is about."""
    fields: dict[str, Value | None] = {
        "director.evaluation.id": subject.evaluation,
        "director.evaluation.trigger": subject.trigger,
        "director.subject.name": subject.service,
        "director.subject.version": subject.version,
        "director.subject.owner": subject.owner,
        "director.subject.tier": subject.tier,
        "deployment.environment.name": subject.environment,
        "director.profile.name": subject.profile,
        "director.profile.digest": subject.profile_digest,
        "director.manifest.digest": subject.manifest_digest,
    }
    # What was not given is left out, but a line without an id or a name could be anybody's.
    return {
        key: value
        for key, value in fields.items()
        if value is not None and (value != "" or key in _ALWAYS)
    }


def _evaluation(event: EvaluationRequested | EvaluationStarted | EvaluationCancelled) -> Line:
    subject, fields, level = event.subject, about(event.subject), "info"
    said = f"evaluation of {target(subject)} requested ({subject.trigger})"
    match event:
        case EvaluationRequested():
            pass
        case EvaluationStarted(planned=planned):
            fields["director.checks.planned"] = planned
            checks = "1 check" if planned == 1 else f"{planned} checks"
            said = f"evaluation started for {target(subject)} (profile {subject.profile}, {checks})"
        case EvaluationCancelled(reason=reason):
            fields["director.evaluation.reason"] = reason
            fields["director.checks.planned"] = event.planned
            fields["director.checks.completed"] = event.completed
            said = f"evaluation of {target(subject)} ended without a decision: {reason}"
            level = "warning"  # Somebody waits for a decision that will not come.
    return Line(level, said, fields)


def _check(event: CheckCompleted) -> Line:
    planned, result = event.planned, event.result
    outcome, said = result.outcome, word(result.outcome)
    fields = about(event.subject)
    fields["director.check.id"] = result.check
    fields["director.check.category"] = planned.policy.category
    fields["director.check.role"] = planned.policy.role.value
    fields["director.check.status"] = said.value
    for name, key in (
        ("code", "director.check.reason"),
        ("observed", "director.check.observed"),
        ("expected", "director.check.expected"),
    ):
        if value := getattr(outcome, name, ""):
            fields[key] = value
    fields["director.check.duration_ms"] = round(result.duration_s * 1000, 3)
    fields["director.plugin.name"] = planned.plugin
    fields["director.plugin.version"] = planned.version
    if result.evidence:
        fields |= _probed(result)
    if said is Word.ERRORED or said is Word.MISSING:
        fields["error.type"] = getattr(outcome, "code", "") or said.value
        fields["error.message"] = outcome.reason
    message = f"{result.check} {said.value}: {outcome.reason}"
    return Line(_check_level(said, planned.policy.role), message, fields)


def _check_level(said: Word, role: Role) -> str:
    match said:
        case Word.PASSED | Word.NOT_APPLICABLE:
            return "info"
        case Word.WARNED | Word.UNKNOWN:
            return "warning"
        case Word.FAILED:
            return "error" if role is Role.BLOCKER else "warning"
        case Word.ERRORED | Word.MISSING:
            return "error"


def _probed(result: Result) -> Fields:
    """Return where the first probe went and what status came back.

    Facts arrive as a plugin may have written them, so the type of each is looked at.
    """
    for piece in result.evidence:
        if piece.kind is not EvidenceKind.PROBED:
            continue
        facts = dict(piece.facts)
        fields: Fields = {}
        for key in ("url.full", "server.address"):
            text = facts.get(key)
            if isinstance(text, str) and text:
                fields[key] = text
        for key in ("server.port", "http.response.status_code"):
            number = facts.get(key)
            if type(number) is int and number >= 0:
                fields[key] = number
        if "url.full" not in fields and "://" in piece.source:
            fields["url.full"] = piece.source
        return fields
    return {}


_VERDICT_LEVELS = {
    Verdict.GO.value: "info",
    Verdict.CONDITIONAL_GO.value: "warning",
    Verdict.NO_GO.value: "error",
}


_COUNTED = tuple(
    (each.value, f"director.checks.{each.value}", each.value.replace("_", " ")) for each in Word
)
"""Of each word of a result: its name among the counts, its key, and how people read it."""


def _decision(event: DecisionMade | DecisionChanged) -> Line:
    record = event.record
    fields = about(event.subject)
    if record.artifact:
        fields["director.artifact.digest"] = record.artifact
    fields["director.decision.outcome"] = record.decision
    if isinstance(event, DecisionMade) and event.effective is not None:
        fields["director.decision.effective"] = event.effective.verdict.value
        if event.effective.override is not None:
            fields["director.decision.override"] = event.effective.override.statement.id
    previous, decision = record.previous, record.decision
    changed = record.changed
    if isinstance(event, DecisionChanged) and event.held is not None:
        previous, changed, decision = event.was, True, event.held.value
        fields["director.decision.held"] = decision
    if previous:
        fields["director.decision.previous"] = str(previous)
    fields["director.decision.changed"] = changed
    fields["director.decision.expires_at"] = record.valid_until
    if isinstance(event, DecisionMade):
        fields["director.decision.decided_at"] = record.decided_at
        fields["director.decision.recorded"] = event.recorded
    fields["director.decision.pass_rate"] = record.pass_rate
    if math.isfinite(record.score):
        fields["director.decision.score"] = record.score
    fields["director.checks.counting"] = record.counts.counting
    counts = record.counts
    for name, key, _ in _COUNTED:
        fields[key] = getattr(counts, name)
    gone = event.gone if isinstance(event, DecisionMade) else ()
    fields |= _named_checks(record, gone)
    fields["director.policy.digest"] = record.profile.digest
    fields |= _sealed(event.seal if isinstance(event, DecisionMade) else None)
    fields["director.log.dropped_count"] = record.log_dropped

    was = f" (was {previous.upper()})" if previous else ""
    level, word = _VERDICT_LEVELS[decision], decision.upper()
    if "director.decision.override" in fields:
        level, word = "warning", f"GO, override of {word}"
    if isinstance(event, DecisionMade):
        message = f"{record.target}: {word}{was}: {_tally(record)}"
        if gone:
            message += f"; {len(gone)} checks fewer planned than before"
            level = "warning" if level == "info" else level
    else:
        message = f"{record.target} changed to {word}{was}"
    return Line(level, message, fields)


def _sealed(seal: Seal | None) -> Fields:
    """Return a checkpoint in parts, none of which has a line break; nothing without one."""
    if seal is None or not seal.checkpoint:
        return {}
    origin, size, root, _, signature, *_ = seal.checkpoint.split("\n")
    return {
        "director.audit.size": int(size),
        "director.audit.log": origin,
        "director.audit.root": root,
        "director.audit.signature": signature.rpartition(" ")[2],
    }


def _tally(record: Record) -> str:
    counts = record.counts
    parts = [f"{number} {said}" for name, _, said in _COUNTED if (number := getattr(counts, name))]
    return f"{record.pass_rate}, {', '.join(parts)}" if parts else record.pass_rate


def _named_checks(record: Record, gone: Sequence[str]) -> Fields:
    blockers = [reason.check for reason in record.reasons if reason.code == "blocker"]
    standing = [each.check for each in record.conditions if each.closed_at is None]
    found: dict[str, Sequence[str]] = {
        "director.decision.blockers": blockers,
        "director.decision.conditions": standing,
    }
    if counted := [f"{check.id}={check.outcome}" for check in record.checks if _is_other(check)]:
        found["director.decision.recounted"] = counted
    if gone:
        found["director.decision.gone"] = gone
    fields: Fields = {key: list(ids[:MOST_IDS]) for key, ids in found.items()}
    if cut := [key for key, ids in found.items() if len(ids) > MOST_IDS]:
        fields["director.truncated"] = cut
    return fields


def _is_other(check: CheckEntry) -> bool:
    """Whether the check's own line does not tell what it counts as, or it has no line."""
    return check.said is not None or check.outcome == Word.MISSING.value


def _config(event: ConfigRejected) -> Line:
    fault = event.fault
    fields: Fields = {"director.config.source": fault.source}
    if fault.line > 0:
        fields["director.config.line"] = fault.line
    if fault.column > 0:
        fields["director.config.column"] = fault.column
    fields["error.message"] = fault.problem
    return Line("error", f"configuration rejected: {fault}", fields)
