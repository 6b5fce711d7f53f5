"""Events as CloudEvents: what they are about, and their envelope. Pure.

Format: CloudEvents 1.0, JSON in structured mode, with the extensions ``correlationid`` and
``severitynumber``, ``severitytext`` of https://github.com/cloudevents/spec
"""

from __future__ import annotations

import json
from typing import Any

from director.model.event import DecisionChanged, DecisionMade, Event
from director.model.receiver import Concern
from director.model.record import ReasonEntry
from director.model.service_event import CaseRecorded
from director.model.text import printable
from director.sinks.line import instant
from director.sinks.redact import Redactor
from director.sinks.render import Emitter, Encoder
from director.sinks.schema import SCHEMA_ID

MOST_REASONS = 10
LONGEST_TEXT = 512
_SEVERITY = {"debug": 5, "info": 9, "warning": 13, "error": 17, "critical": 21}
"""The numbers of OpenTelemetry's log data model."""

_OWN_PLACE = frozenset({"timestamp", "event.id", "event.name", "director.seq", "director.schema"})
"""What stands in the envelope, or means nothing outside the log."""


def concern(event: Event) -> Concern:
    """Return what *event* is about."""
    subject = getattr(event, "subject", None)
    if subject is not None:
        return Concern(
            service=subject.service,
            environment=subject.environment,
            owner=subject.owner,
            tier=subject.tier,
        )
    spot = getattr(event, "spot", None)
    if spot is not None:
        return Concern(service=spot.service, environment=spot.environment, owner=spot.owner)
    if isinstance(event, CaseRecorded):
        return Concern(service=event.entry.service, environment=event.entry.environment)
    return Concern()


class Envelopes:
    """Puts events into envelopes.

    Args:
        source: Who sends them, as a URI or a path, for example ``/director/director-0``.
        emitter: Who would write the line of the log.
        secrets: Values that must not appear.
    """

    def __init__(self, source: str, emitter: Emitter, secrets: tuple[str, ...] = ()) -> None:
        self._source = source
        self._encoder = Encoder(emitter, secrets)
        self._redactor = Redactor(secrets)

    def wrap(self, event: Event) -> bytes:
        """Return *event* as a CloudEvent in JSON.

        The data are the fields of the log's line of the event, masked and bounded as there, and
        of a decision also its first reasons.
        """
        line: dict[str, Any] = json.loads(self._encoder.encode(event, 1))
        data = {key: value for key, value in line.items() if key not in _OWN_PLACE}
        if isinstance(event, DecisionMade | DecisionChanged):
            data["reasons"] = [self._reason(each) for each in event.record.reasons[:MOST_REASONS]]
        envelope = {
            "specversion": "1.0",
            "id": event.stamp.id,
            "source": self._source,
            "type": event.name,
            "time": instant(event.stamp.at),
            "datacontenttype": "application/json",
            "dataschema": SCHEMA_ID,
        }
        if subject := concern(event).subject:
            envelope["subject"] = printable(self._redactor.text(subject))
        if evaluation := str(line.get("director.evaluation.id", "")):
            envelope["correlationid"] = evaluation
        level = str(line["level"])
        severity = {"severitytext": level, "severitynumber": _SEVERITY[level]}
        return json.dumps({**envelope, **severity, "data": data}, ensure_ascii=False).encode()

    def _reason(self, reason: ReasonEntry) -> dict[str, str | int]:
        texts = {"code": reason.code, "check": reason.check, "category": reason.category}
        texts |= {"text": reason.text, "remedy": reason.remedy}
        return {
            "level": reason.level,
            **{
                key: printable(self._redactor.text(value)[:LONGEST_TEXT])
                for key, value in texts.items()
                if value
            },
        }
