"""The lines of the JSON log, captured and held against the published schema."""

from __future__ import annotations

import json
from typing import Any

from director import __version__
from director.engine.clock import SystemClock, new_ulid
from director.model.event import CheckCompleted, Event, Stamp, Subject
from director.model.manifest import Target
from director.model.plan import PlannedCheck
from director.model.result import Result

_NOT_RENDERED = "director.log.render_failed"


class LogLines:
    """Keeps the line of every event it hears of, as the log would write it.

    Args:
        secrets: Values that must not appear in any line.

    Raises:
        ImportError: jsonschema is not installed; the extra ``testing`` brings it.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415  # of the extra "testing"

        from director.sinks.render import Emitter, Encoder  # noqa: PLC0415  # structlog is slow
        from director.sinks.schema import log_schema  # noqa: PLC0415  # as above

        self._validator = Draft202012Validator(log_schema())
        self._encoder = Encoder(Emitter(version=__version__, instance="test"), secrets)
        self.lines: list[dict[str, Any]] = []
        """Every line so far, in order."""

    def offer(self, event: Event) -> bool:
        """Keep the line of *event*; always takes it.

        Raises:
            ValueError: It does not fit the published schema.
        """
        line: dict[str, Any] = json.loads(self._encoder.encode(event, len(self.lines) + 1))
        faults = [error.message for error in self._validator.iter_errors(line)]
        if faults or line["event.name"] == _NOT_RENDERED:
            raise ValueError(f"a line must fit the published schema, got {faults or line}")
        self.lines.append(line)
        return True

    def hear(self, target: Target, planned: PlannedCheck, result: Result) -> None:
        """Keep the line that an evaluation of *target* writes about *result*.

        Raises:
            ValueError: It does not fit the published schema.
        """
        self.offer(completed(target, planned, result))


def completed(target: Target, planned: PlannedCheck, result: Result) -> CheckCompleted:
    """Return the event that an evaluation of *target* publishes about *result*."""
    now = SystemClock().now()
    subject = Subject(
        evaluation=new_ulid(now),
        trigger="manual",
        service=target.manifest.name,
        environment=target.environment.name if target.environment else "",
        owner=target.manifest.owner,
        manifest_digest=target.manifest.digest,
    )
    return CheckCompleted(Stamp(new_ulid(now), now), subject, planned, result)
