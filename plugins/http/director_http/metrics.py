"""Can the service be measured: traffic, errors and latency?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    Role,
    Target,
    dataclass,
)
from director_http.asking import (
    NOWHERE,
    listed,
    read_headers,
    well,
    wrong_status,
)
from director_http.exposition import read_series

_RUNTIMES = ("go_", "process_", "python_", "jvm_", "nodejs_", "dotnet_", "promhttp_", "scrape_")
"""Series of the runtime and of the metrics page itself: they say nothing of the service's work."""

_STATUS_LABELS = frozenset(
    {
        "code",
        "status",
        "status_code",
        "http_status_code",
        "http_response_status_code",
        "response_code",
        "grpc_code",
        "error_type",
        "outcome",
    }
)
"""Labels by which errors are told apart among all requests."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Ask for the metrics, read them as Prometheus does, and look for the golden signals.

    Names are patterns between commas, in which ``*`` stands for anything. Errors are found by
    their own series, or by a label with the status on the series of traffic or latency. Series
    of the runtime do not count.

    Attributes:
        path: The metrics page, relative to the service's base URL.
        traffic: Series that count requests.
        errors: Series that count failures.
        latency: Series that measure how long requests take.
        request_headers: Headers to send, each in a line; secrets by reference.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.metrics",
        title="Metrics answer, parse and have the golden signals",
        category="observability",
        why="Without traffic, errors and latency nobody can set an alert on what users feel, and"
        " every incident begins with guessing.",
        remedy="Serve the metrics in the Prometheus text format, with a counter of requests by"
        " status and a histogram of their duration.",
        effort=Effort.MEDIUM,
        role=Role.ADVISORY,
        reads=("base_url",),
    )

    path: str = "/metrics"
    traffic: str = (
        "*requests_total, *request_count*, *requests_count, *requests_seconds_count,"
        " *request_duration*_count, *duration_seconds_count, *handled_total, *_rq_total,"
        " *messages_total"
    )
    errors: str = "*errors_total, *error_count*, *failures_total, *failed_total, *exceptions_total"
    latency: str = (
        "*duration_seconds*, *duration_milliseconds*, *duration_ms*, *latency*, *requests_seconds*,"
        " *response_time*, *handling_seconds*, *_rq_time*"
    )
    request_headers: str = ""

    def __post_init__(self) -> None:
        read_headers(self.request_headers)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        import asyncio  # noqa: PLC0415  # on first use: whoever only lists checks has no loop

        if target.base_url is None:
            return NOWHERE
        reply = await probe.get(self.path, headers=read_headers(self.request_headers))
        if not well(reply):
            return wrong_status(reply, self.path)
        kind = (reply.header("content-type") or "").strip().lower()
        try:
            series = await asyncio.to_thread(read_series, reply.text(), kind)
        except ValueError as error:
            return Failed(
                f"{self.path} is not in the Prometheus text format: {_short(error)}",
                observed=kind or "no content type",
                expected="Prometheus text format or OpenMetrics",
                code="metrics_invalid",
            )
        return self._judged(series)

    def _judged(self, series: Mapping[str, frozenset[str]]) -> Answer:
        own = {name: labels for name, labels in series.items() if not name.startswith(_RUNTIMES)}
        traffic, latency = _like(self.traffic, own), _like(self.latency, own)
        by_status = [n for n in (*traffic, *latency) if own[n] & _STATUS_LABELS]
        found = {
            "traffic": traffic,
            "errors": _like(self.errors, own) or by_status,
            "latency": latency,
        }
        lacking = [signal for signal, names in found.items() if not names]
        expected = "series for traffic, errors and latency"
        if lacking:
            return Failed(
                f"{self.path} has {len(own)} series of the service, and none for"
                f" {', '.join(lacking)}",
                observed=f"none for {', '.join(lacking)}",
                expected=expected,
                code="signals_missing",
            )
        shown = ", ".join(f"{signal} by {names[0]}" for signal, names in found.items())
        return Passed(f"{self.path} measures {shown}", shown, expected)


def _like(patterns: str, names: Mapping[str, frozenset[str]]) -> list[str]:
    """Return those of *names* that one of *patterns* fits, sorted."""
    each = [translate(pattern) for pattern in listed(patterns)]
    if not each:
        return []
    fits = re.compile("|".join(f"(?:{pattern})" for pattern in each)).match
    return sorted(name for name in names if fits(name))


def _short(error: ValueError) -> str:
    said = str(error)
    return said if len(said) <= 120 else f"{said[:120]}…"
