"""Metrics for Prometheus: counted from events, and asked of the service when somebody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from director.model.event import CheckCompleted, DecisionMade, EvaluationCancelled, Event
from director.model.outcome import word
from director.model.record import Counts
from director.model.service_event import (
    NotificationDelivered,
    NotificationDisabled,
    NotificationFailed,
)
from director.model.value import dataclass
from director.ports import Clock
from director.ports.service import Courier, Daemon
from director.sinks.gauges import Target, service_lines, target_lines

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

MOST_CHECKS = 2_000
"""How many checks are told apart; of more, the rest is counted together."""

MOST_TARGETS = 200_000
REST = "other"

TRIGGERS = frozenset({"manual", "pipeline", "event", "schedule", "other"})

RESULTS = ("delivered", "failed", "disabled")
"""How a delivery ends."""

_CHECK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_EVALUATION_BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LOOK_S = 0.5

COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "director_build_info": "Which Director runs.",
        "director_check_results_total": "Results of checks, by what they said.",
        "director_check_duration_seconds": "How long checks took.",
        "director_evaluations_total": "Evaluations, by what came of them.",
        "director_evaluation_duration_seconds": "How long evaluations took.",
        "director_webhook_deliveries_total": "Deliveries that came to an end, by which.",
        "director_log_records_dropped_total": "Log lines that were lost.",
        "director_event_loop_lag_seconds": "How late the event loop wakes up.",
    }
)
"""Every metric that is counted as things happen, and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Which Director runs.

    Attributes:
        version: Its version.
        python: The version of Python.
        plugin_api: The version of the door for plugins.
    """

    version: str
    python: str
    plugin_api: int


class Tallies:
    """What is counted as things happen.

    Args:
        registry: Where it is registered; the caller's own.
        build: Which Director runs.
    """

    def __init__(self, registry: CollectorRegistry, build: Build) -> None:
        def counter(name: str, *labels: str) -> Counter:
            return Counter(name, COUNTED[name], labels, registry=registry)

        def histogram(name: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, COUNTED[name], labels, registry=registry, buckets=buckets)

        about = Gauge(
            "director_build_info",
            COUNTED["director_build_info"],
            ("version", "python", "plugin_api"),
            registry=registry,
        )
        about.labels(build.version, build.python, str(build.plugin_api)).set(1)
        self.results = counter("director_check_results_total", "check", "plugin", "status")
        self.check_s = histogram("director_check_duration_seconds", _CHECK_BUCKETS_S, "check")
        self.evaluations = counter("director_evaluations_total", "trigger", "outcome")
        self.evaluation_s = histogram(
            "director_evaluation_duration_seconds", _EVALUATION_BUCKETS_S, "trigger"
        )
        self.deliveries = counter("director_webhook_deliveries_total", "endpoint", "result")
        self.lag_s = histogram("director_event_loop_lag_seconds", _LAG_BUCKETS_S)


class MetricsSink:
    """Counts events, and renders what is known.

    Args:
        tallies: What is counted.
        registry: The registry that the tallies are in.
        clock: Where time comes from.
    """

    name = "metrics"
    patience_s = 0.0
    dropped = 0

    def __init__(self, tallies: Tallies, registry: CollectorRegistry, clock: Clock) -> None:
        self._tallies = tallies
        self._registry = registry
        self._clock = clock
        self._checks: set[str] = set()
        self._counts: dict[Target, Counts] = {}
        self._expiries: dict[Target, datetime] = {}
        self._daemon: Daemon | None = None
        self._courier: Courier | None = None
        self._log_dropped: Callable[[], int] = int
        self._watch: asyncio.Task[None] | None = None

    def attach(
        self,
        daemon: Daemon,
        courier: Courier | None = None,
        log_dropped: Callable[[], int] = int,
    ) -> None:
        """Ask these from now on when somebody looks.

        Args:
            daemon: The running service.
            courier: Who brings notifications; None if nobody does.
            log_dropped: Returns how many log lines were lost.
        """
        self._daemon, self._courier, self._log_dropped = daemon, courier, log_dropped
        for endpoint in courier.endpoints() if courier is not None else ():
            for result in RESULTS:
                # A series that begins with its first failure would show no increase.
                self._tallies.deliveries.labels(endpoint.name, result)

    def offer(self, event: Event) -> bool:
        """Count *event*; there is always room."""
        match event:
            case CheckCompleted():
                self._check(event)
            case DecisionMade():
                self._decision(event)
            case EvaluationCancelled(subject=subject):
                self._tallies.evaluations.labels(_trigger(subject.trigger), "cancelled").inc()
            case NotificationDelivered(delivery=delivery):
                self._tallies.deliveries.labels(delivery.endpoint, "delivered").inc()
            case NotificationFailed(delivery=delivery):
                self._tallies.deliveries.labels(delivery.endpoint, "failed").inc()
            case NotificationDisabled(endpoint=endpoint):
                self._tallies.deliveries.labels(endpoint, "disabled").inc()
            case _:
                pass
        return True

    def drop(self, event: Event) -> None:
        """Nothing is ever lost here."""

    def start(self) -> None:
        """Begin to watch how late the event loop wakes up; one must run."""
        self._watch = asyncio.create_task(self._watch_loop())

    async def close(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
            self._watch = None

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Return everything that is known, and its content type; changes nothing.

        Args:
            accept: What the client takes, as its header ``Accept`` says; OpenMetrics 1.0 if it
                prefers that, else the text format of Prometheus, which everybody reads.
        """
        openmetrics = prefers_openmetrics(accept)
        encode = generate_openmetrics if openmetrics else generate_latest
        counted = encode(_Steady(self._registry)).decode()
        ending = "# EOF\n" if openmetrics else ""
        parts = [counted.removesuffix("# EOF\n"), *self._log_lines(openmetrics=openmetrics)]
        if self._daemon is not None:
            targets = self._daemon.targets()
            endpoints = self._courier.endpoints() if self._courier is not None else ()
            parts += target_lines(targets, self._counts, self._expiries)
            parts += service_lines(self._daemon.health(), self._daemon.plugins(), endpoints)
            self._forget(len(targets), {(each.service, each.environment) for each in targets})
        return "".join((*parts, ending)).encode(), OPENMETRICS if openmetrics else TEXT

    def _check(self, event: CheckCompleted) -> None:
        check, plugin = event.result.check, event.planned.plugin
        if check not in self._checks:
            if len(self._checks) < MOST_CHECKS:
                self._checks.add(check)
            else:
                check = plugin = REST
        said = word(event.result.outcome).value
        self._tallies.results.labels(check, plugin, said).inc()
        self._tallies.check_s.labels(check).observe(event.result.duration_s)

    def _decision(self, event: DecisionMade) -> None:
        trigger, record = _trigger(event.subject.trigger), event.record
        self._tallies.evaluations.labels(trigger, record.decision).inc()
        self._tallies.evaluation_s.labels(trigger).observe(record.duration_ms / 1000)
        target = (record.service, record.environment)
        if target in self._counts or len(self._counts) < MOST_TARGETS:
            self._counts[target] = record.counts
            override = event.effective.override if event.effective else None
            if override is None:
                self._expiries.pop(target, None)
            else:
                self._expiries[target] = override.statement.expires_at

    def _forget(self, watched: int, targets: set[Target]) -> None:
        """Forget targets that nobody watches any more, once there are many of them."""
        if len(self._counts) > 2 * watched + 100:
            self._counts = {key: each for key, each in self._counts.items() if key in targets}
            self._expiries = {key: each for key, each in self._expiries.items() if key in targets}

    def _log_lines(self, *, openmetrics: bool) -> Iterator[str]:
        name = "director_log_records_dropped_total"
        family = name.removesuffix("_total") if openmetrics else name
        yield f"# HELP {family} {COUNTED[name]}\n# TYPE {family} counter\n"
        yield f"{name} {self._log_dropped()}\n"

    async def _watch_loop(self) -> None:
        while True:
            begun_s = self._clock.monotonic()
            await asyncio.sleep(_LOOK_S)
            self._tallies.lag_s.observe(max(0.0, self._clock.monotonic() - begun_s - _LOOK_S))


def prefers_openmetrics(accept: str) -> bool:
    """Return whether *accept* prefers OpenMetrics 1.0 to the text format (RFC 9110, 12.5.1).

    >>> prefers_openmetrics("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3")
    True
    >>> prefers_openmetrics("application/openmetrics-text;version=0.0.1,*/*")
    False
    """
    best = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for item in accept.lower().split(","):
        kind, *given = (part.strip() for part in item.split(";"))
        parameters = dict(each.partition("=")[::2] for each in given)
        if kind not in best or parameters.get("version") not in _VERSIONS[kind]:
            continue
        best[kind] = max(best[kind], _quality(parameters.get("q", "1")))
    return best["application/openmetrics-text"] > 0 and (
        best["application/openmetrics-text"] >= best["text/plain"]
    )


_VERSIONS = {
    "application/openmetrics-text": (None, "1.0.0"),
    "text/plain": (None, "0.0.4", "1.0.0"),
}


def _quality(text: str) -> float:
    """Return the weight *text*; 0 if it is none."""
    digits = text.replace(".", "", 1)
    return min(1.0, float(text)) if digits.isascii() and digits.isdigit() else 0.0


def _trigger(text: str) -> str:
    return text if text in TRIGGERS else REST


class _Steady(Collector):
    """A registry without the moments at which its series began, which nobody asks for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not _is_birth(each.name)]
            yield metric


def _is_birth(name: str) -> bool:
    return name.endswith("_created")
