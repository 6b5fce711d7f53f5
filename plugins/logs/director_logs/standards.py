"""What the usual standards of structured logs call the parts of a line.

``ecs``: https://www.elastic.co/docs/reference/ecs; ``otel``: the log data model,
https://opentelemetry.io/docs/specs/otel/logs/data-model/, flat or a log record of OTLP/JSON;
``gcp``: https://cloud.google.com/logging/docs/structured-logging; ``datadog``:
https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/. ``any`` takes
all of their names, and those that most libraries write of themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from director.plugin import dataclass


@dataclass(frozen=True, slots=True)
class Standard:
    """Under which keys a standard has each part of a line.

    Attributes:
        times: When it happened.
        levels: How grave it is.
        messages: What happened, for people.
        traces: Which request it belongs to.
    """

    times: tuple[str, ...]
    levels: tuple[str, ...]
    messages: tuple[str, ...]
    traces: tuple[str, ...]


_ECS = Standard(("@timestamp",), ("log.level",), ("message",), ("trace.id",))
_OTEL = Standard(
    ("timestamp", "timeUnixNano", "observedTimeUnixNano"),
    ("severity_text", "severityText", "severity_number", "severityNumber"),
    ("body", "body.stringValue", "message"),
    ("trace_id", "traceId"),
)
_GCP = Standard(
    ("time", "timestamp", "timestampSeconds", "timestamp.seconds"),
    ("severity",),
    ("message", "textPayload"),
    ("logging.googleapis.com/trace", "trace"),
)
_DATADOG = Standard(
    ("timestamp", "date", "@timestamp", "published_date", "syslog.timestamp"),
    ("status", "severity", "level", "syslog.severity"),
    ("message", "msg", "log"),
    ("dd.trace_id", "trace_id", "contextMap.dd.trace_id"),
)
_USUAL = Standard(
    ("ts", "t", "asctime", "datetime", "eventTime"),
    ("lvl", "levelname", "loglevel", "logLevel"),
    ("msg", "event", "text"),
    ("traceid", "trace-id", "traceparent", "request_id", "correlation_id"),
)
_ALL = (_ECS, _OTEL, _GCP, _DATADOG, _USUAL)

STANDARDS: Mapping[str, Standard] = MappingProxyType(
    {
        "any": Standard(
            tuple(dict.fromkeys(name for each in _ALL for name in each.times)),
            tuple(dict.fromkeys(name for each in _ALL for name in each.levels)),
            tuple(dict.fromkeys(name for each in _ALL for name in each.messages)),
            tuple(dict.fromkeys(name for each in _ALL for name in each.traces)),
        ),
        "ecs": _ECS,
        "otel": _OTEL,
        "gcp": _GCP,
        "datadog": _DATADOG,
    }
)
"""Each standard that can be asked for, by the word that asks for it."""

LEVELS = frozenset(
    {
        *("trace", "debug", "info", "notice", "warn", "warning", "error", "err", "critical"),
        *("crit", "fatal", "alert", "emergency", "emerg", "panic", "dpanic", "default", "ok"),
        *("information", "informational", "verbose", "fine", "finer", "finest", "severe"),
        *("config", "success", "silly", "http"),
        *(f"{word}{n}" for word in ("trace", "debug", "info", "warn", "error", "fatal")
          for n in (2, 3, 4)),
    }
)  # fmt: skip
"""The words for how grave a line is, in lower case, of the standards and of common libraries."""
