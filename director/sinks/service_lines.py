"""What the log says about the running service itself. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

from director.model.service_event import (
    AccessDenied,
    AccessGranted,
    CaseRecorded,
    DecisionHeard,
    DirectorDegraded,
    DirectorRecovered,
    NotificationDelivered,
    NotificationDisabled,
    NotificationFailed,
    ScheduleMissed,
    ServiceEvent,
    Spot,
    TargetFlapping,
    TargetRegistered,
    TargetReminded,
    TargetRemoved,
    TargetSightLost,
    TargetSightRegained,
    TargetSteady,
    WatchInterrupted,
)

Value: TypeAlias = str | int | float | bool | list[str]
Fields: TypeAlias = dict[str, Value]
Said: TypeAlias = tuple[str, str, Fields]
"""The level, the message and the fields of a line."""

_Target: TypeAlias = (
    TargetRegistered
    | TargetRemoved
    | TargetReminded
    | TargetFlapping
    | TargetSteady
    | TargetSightLost
    | TargetSightRegained
)


def about_service(event: ServiceEvent) -> Said:
    """Return what the log says about the service."""
    match event:
        case ScheduleMissed():
            return _missed(event)
        case DirectorDegraded() | DirectorRecovered() | WatchInterrupted():
            return _director(event)
        case CaseRecorded() | DecisionHeard():
            return _recorded(event)
        case NotificationDelivered() | NotificationFailed() | NotificationDisabled():
            return _notification(event)
        case AccessGranted() | AccessDenied():
            return _access(event)
        case _:
            return _target(event)


def _director(event: DirectorDegraded | DirectorRecovered | WatchInterrupted) -> Said:
    if isinstance(event, WatchInterrupted):
        said = f"nobody watched {event.targets} targets: {event.reason}"
        counted: Fields = {
            "director.schedule.missed": event.missed,
            "director.schedule.targets": event.targets,
            "director.schedule.since_at": _instant(event.since_at),
            "director.schedule.until_at": _instant(event.until_at),
            "director.schedule.reason": event.reason,
        }
        return "warning", f"{said}, {event.missed} evaluations were due", counted
    fields: Fields = {"error.type": event.reason, "error.message": event.detail}
    if isinstance(event, DirectorDegraded):
        return "error", f"the Director is degraded: {event.detail}", fields
    return "info", f"the Director has recovered: {event.detail}", fields


def _about(spot: Spot) -> Fields:
    fields: Fields = {"director.subject.name": spot.service}
    if spot.owner:
        fields["director.subject.owner"] = spot.owner
    if spot.environment:
        fields["deployment.environment.name"] = spot.environment
    return fields


def _shown(spot: Spot) -> str:
    return f"{spot.service}@{spot.environment}" if spot.environment else spot.service


def _target(event: _Target) -> Said:
    fields, name = _about(event.spot), _shown(event.spot)
    level, said = "info", ""
    match event:
        case TargetRegistered(source=source, schedule=schedule):
            fields["director.schedule.text"] = schedule
            fields["director.config.source"] = source
            said = f"{name} is watched: {schedule or 'on request'}"
        case TargetRemoved(source=source):
            fields["director.config.source"] = source
            level, said = "warning", f"{name} is no longer watched"
        case TargetReminded():
            fields = {"director.evaluation.id": event.evaluation, **fields}
            fields["director.target.level"] = event.level.value
            level, said = "warning", f"{name} is still not well"
        case TargetFlapping(percent=percent):
            fields["director.target.changed_percent"] = percent
            level, said = "warning", f"{name} changes too often: changes are recorded, not told"
        case TargetSteady(percent=percent):
            fields["director.target.changed_percent"] = percent
            said = f"{name} is steady again: changes are told"
        case TargetSightLost(since_at=since_at):
            fields["director.target.seen_at"] = _instant(since_at)
            level, said = "error", f"{name} cannot be seen: what was well is held true no more"
        case TargetSightRegained():
            fields["director.target.level"] = event.level.value
            said = f"{name} can be seen again"
    return level, said, fields


def _missed(event: ScheduleMissed) -> Said:
    fields = _about(event.spot)
    fields["director.schedule.missed"] = event.count
    fields["director.schedule.since_at"] = _instant(event.since_at)
    fields["director.schedule.until_at"] = _instant(event.until_at)
    fields["director.schedule.reason"] = event.reason
    runs = "1 evaluation" if event.count == 1 else f"{event.count} evaluations"
    return "warning", f"{runs} of {_shown(event.spot)} missed: {event.reason}", fields


def _recorded(event: CaseRecorded | DecisionHeard) -> Said:
    if isinstance(event, DecisionHeard):
        record = event.record
        heard: Fields = {"director.evaluation.id": record.evaluation, **_about(event.spot)}
        heard["director.decision.outcome"] = record.decision
        said = f"{_shown(event.spot)}: {record.decision.upper()}, decided by somebody else"
        return "info", said, heard
    entry = event.entry
    fields = _about(Spot(entry.service, entry.environment))
    fields["director.case.kind"] = entry.kind.value
    fields["director.case.subject"] = entry.subject
    fields["director.case.entry"] = entry.id
    said = f"{entry.kind.value} for {_shown(Spot(entry.service, entry.environment))}"
    return "warning", said, fields


def _notification(event: NotificationDelivered | NotificationFailed | NotificationDisabled) -> Said:
    if isinstance(event, NotificationDisabled):
        fields: Fields = {
            "director.notification.endpoint": event.endpoint,
            "error.message": event.detail,
        }
        said = f"notifications to {event.endpoint} are disabled: {event.detail}"
        return "error", said, fields
    delivery = event.delivery
    fields = {
        "director.notification.endpoint": delivery.endpoint,
        "director.notification.event": delivery.event,
        "director.notification.id": delivery.id,
        "director.notification.attempts": len(delivery.attempts),
    }
    if delivery.attempts and delivery.attempts[-1].status:
        fields["http.response.status_code"] = delivery.attempts[-1].status
    if isinstance(event, NotificationDelivered):
        return "info", f"{delivery.event} delivered to {delivery.endpoint}", fields
    if delivery.attempts:
        fields["error.message"] = delivery.attempts[-1].detail
    return "error", f"{delivery.event} could not be delivered to {delivery.endpoint}", fields


def _access(event: AccessGranted | AccessDenied) -> Said:
    fields: Fields = {"client.address": event.address}
    if event.who:
        fields["user.name"] = event.who
    fields["director.access.action"] = event.action
    who = event.who or "somebody"
    if isinstance(event, AccessGranted):
        return "info", f"{who}: {event.action}", fields
    fields["director.access.reason"] = event.reason
    return "warning", f"{who} was turned away: {event.action} ({event.reason})", fields


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
