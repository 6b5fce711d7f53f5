"""sinks.metrics: what is counted, what is asked, and how it is written."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from director.model.catalog import Disposition, Plugin
from director.model.decision import Verdict
from director.model.event import (
    CheckCompleted,
    DecisionMade,
    EvaluationCancelled,
    Event,
    Stamp,
    Subject,
)
from director.model.notification import EndpointHealth
from director.model.outcome import Failed
from director.model.override import Effective, Override, OverrideStatement
from director.model.record import Record
from director.model.service import (
    Gate,
    GateCode,
    GateState,
    Health,
    Intake,
    Latest,
    PluginHealth,
    Progress,
    RefusalCode,
    Refused,
    Wanted,
    Watched,
)
from director.sinks.gauges import HELP
from director.sinks.metrics import COUNTED, MOST_CHECKS, OPENMETRICS, TEXT, MetricsSink
from director.testing import FakeClock
from director.wiring.metrics import open_metrics

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
MakeRecord = Callable[..., Record]
MakeCheck = Callable[..., CheckCompleted]
Sample = tuple[str, tuple[tuple[str, str], ...]]


class Service:
    """A service that knows what it is given.

    Args:
        targets: What it watches.
        plugins: What is installed.
    """

    def __init__(
        self, targets: tuple[Watched, ...] = (), plugins: tuple[PluginHealth, ...] = ()
    ) -> None:
        self.watched = targets
        self.installed = plugins
        self.asked: dict[str, Progress] = {}

    def targets(self) -> tuple[Watched, ...]:
        """Return every target."""
        return self.watched

    def target(self, service: str, environment: str) -> Watched | None:
        """Return one target."""
        found = (t for t in self.watched if (t.service, t.environment) == (service, environment))
        return next(found, None)

    async def gate(self, service: str, environment: str) -> Gate:
        """Return the gate."""
        found = self.target(service, environment)
        return found.gate if found else _gate()

    async def submit(self, wanted: Wanted) -> Intake:
        """Refuse."""
        return Refused(RefusalCode.STOPPING, wanted.service)

    async def progress(self, evaluation: str) -> Progress | None:
        """Return what was asked for: nothing."""
        return self.asked.get(evaluation)

    def plugins(self) -> tuple[PluginHealth, ...]:
        """Return every plugin."""
        return self.installed

    def health(self) -> Health:
        """It is late."""
        return Health(ready=True, lateness_s=0.25)


class Post:
    """A courier with two receivers."""

    def endpoints(self) -> tuple[EndpointHealth, ...]:
        """Return them."""
        return (
            EndpointHealth(name="chat", url="", waiting=0),
            EndpointHealth(name="pager", url="", waiting=3),
        )

    async def deliveries(self, endpoint: str, before: str = "", limit: int = 50) -> tuple[()]:
        """There are none."""
        del endpoint, before, limit
        return ()

    async def redeliver(self, endpoint: str, delivery: str) -> bool:
        """There are none."""
        del endpoint, delivery
        return False


def _gate(override: str = "") -> Gate:
    return Gate(state=GateState.CLOSED, code=GateCode.NO_GO, text="NO_GO", override=override)


def watched(service: str = "checkout", **changes: Any) -> Watched:  # noqa: ANN401  # any field
    """Return a target on which NO_GO is held true."""
    latest = Latest(
        evaluation="01JHEVAL0000000000000000AA",
        decision=Verdict.NO_GO,
        pass_rate="88%",
        score=0.9,
        decided_at=NOW,
        valid_until=NOW,
    )
    held = Watched(
        service=service,
        environment="production",
        tier=1,
        held=Verdict.NO_GO,
        gate=_gate(),
        latest=latest,
        next_at=NOW + timedelta(minutes=5),
    )
    return replace(held, **changes)


@pytest.fixture
def metrics() -> MetricsSink:
    """Return a sink with nothing in it."""
    return open_metrics(FakeClock())


def samples(metrics: MetricsSink) -> dict[Sample, float]:
    """Return every sample, as both formats have it."""
    plain, kind = metrics.exposition("text/plain")
    assert kind == TEXT
    strict, kind = metrics.exposition("application/openmetrics-text; version=1.0.0")
    assert kind == OPENMETRICS
    found = dict(_samples(text_string_to_metric_families(plain.decode())))
    again = openmetrics_families(strict.decode())  # type: ignore[no-untyped-call]
    assert found == dict(_samples(again))
    return found


def _samples(families: Any) -> Iterator[tuple[Sample, float]]:  # noqa: ANN401  # not typed
    for family in families:
        for sample in family.samples:
            yield (sample.name, tuple(sorted(sample.labels.items()))), sample.value


def named(metrics: MetricsSink, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of one name, by the values of their labels, sorted by label."""
    return {
        tuple(value for _, value in labels): number
        for (found, labels), number in samples(metrics).items()
        if found == name
    }


def test_checks_are_counted(metrics: MetricsSink, make_check: MakeCheck) -> None:
    """Each result counts once, with how long it took."""
    for _ in range(3):
        assert metrics.offer(make_check(Failed("answered 503")))

    counted = named(metrics, "director_check_results_total")
    assert counted == {("http.health", "director-http", "failed"): 3}
    buckets = named(metrics, "director_check_duration_seconds_bucket")
    assert (buckets["http.health", "0.025"], buckets["http.health", "0.05"]) == (0, 3)


def test_the_number_of_checks_is_bounded(metrics: MetricsSink, make_check: MakeCheck) -> None:
    """Beyond a number of checks the rest is counted together: series are not free."""
    event = make_check(Failed("answered 503"))
    for number in range(MOST_CHECKS + 10):
        metrics.offer(replace(event, result=replace(event.result, check=f"a.c{number}")))

    counted = named(metrics, "director_check_results_total")
    assert len(counted) == MOST_CHECKS + 1
    assert counted["other", "other", "failed"] == 10


def test_evaluations_are_counted(
    metrics: MetricsSink, make_record: MakeRecord, subject: Subject, stamp: Stamp
) -> None:
    """By what came of them; a trigger that nobody knows makes no series of its own."""
    metrics.offer(DecisionMade(stamp, subject, make_record(), recorded=True))
    metrics.offer(EvaluationCancelled(stamp, replace(subject, trigger="x" * 99), "no", 0, 1))

    assert named(metrics, "director_evaluations_total") == {
        ("no_go", "manual"): 1,
        ("cancelled", "other"): 1,
    }
    assert named(metrics, "director_evaluation_duration_seconds_sum") == {("manual",): 0.0412}


def test_every_event_is_taken(metrics: MetricsSink, event: Event) -> None:
    """No event is refused, and none breaks what is written."""
    assert metrics.offer(event)
    assert samples(metrics)
    assert metrics.dropped == 0


def test_deliveries_are_counted(metrics: MetricsSink, event: Event) -> None:
    """The end of each delivery counts for its receiver."""
    metrics.offer(event)

    counted = named(metrics, "director_webhook_deliveries_total")
    results = {
        "NotificationDelivered": "delivered",
        "NotificationFailed": "failed",
        "NotificationDisabled": "disabled",
    }
    result = results.get(type(event).__name__)
    assert counted == ({("pager", result): 1} if result else {})


def test_a_decision_is_a_state_set(metrics: MetricsSink) -> None:
    """One series per state, exactly one of them 1; nothing held true is a state, too."""
    metrics.attach(Service((watched(), watched("new", held=None, tier=None, latest=None))))

    found = named(metrics, "director_decision")

    assert {key[1]: value for key, value in found.items() if key[2] == "checkout"} == {
        "go": 0,
        "conditional_go": 0,
        "no_go": 1,
        "unknown": 0,
    }
    assert {key for key, value in found.items() if value} == {
        ("production", "no_go", "checkout", "1"),
        ("production", "unknown", "new", ""),
    }


def test_moments_are_seconds_since_the_epoch(metrics: MetricsSink) -> None:
    """When it was decided on last, and when it is evaluated next; absent where there is none."""
    metrics.attach(Service((watched(), watched("new", latest=None, next_at=None))))

    target = ("production", "checkout")
    last = named(metrics, "director_last_evaluation_timestamp_seconds")
    assert last == {target: NOW.timestamp()}
    following = named(metrics, "director_next_evaluation_timestamp_seconds")
    assert following == {target: NOW.timestamp() + 300}


def test_overrides_have_an_end(
    metrics: MetricsSink, make_record: MakeRecord, subject: Subject, stamp: Stamp
) -> None:
    """An override in force is 1 and says when it ends; without it, there is no end."""
    statement = OverrideStatement(
        id="01JH0000000000000000000003",
        log="l",
        service="checkout",
        environment="production",
        evaluation=subject.evaluation,
        record_digest="",
        manifest_digest="",
        profile_digest="",
        grounds=(),
        reason="r",
        ticket="t",
        requested_by="jane",
        requested_at=NOW,
        not_before=NOW,
        expires_at=NOW + timedelta(hours=72),
    )
    forced = Effective(Verdict.GO, Override(statement=statement, text=""))
    metrics.offer(DecisionMade(stamp, subject, make_record(), recorded=True, effective=forced))
    metrics.attach(Service((watched(gate=_gate("01JH")), watched("other"))))

    assert named(metrics, "director_overrides_active") == {
        ("production", "checkout"): 1,
        ("production", "other"): 0,
    }
    ends = named(metrics, "director_override_expiry_timestamp_seconds")
    assert ends == {("production", "checkout"): NOW.timestamp() + 72 * 3600}
    checks = named(metrics, "director_checks")
    assert checks["production", "passed", "checkout"] == 7
    assert ("production", "passed", "other") not in checks


def test_what_else_is_asked(metrics: MetricsSink) -> None:
    """Plugins, queues of receivers, lateness, and lost lines of the log."""
    fine = Plugin(name="http", distribution="director-http", version="1")
    broken = replace(fine, name="acme", disposition=Disposition.BROKEN)
    plugins = (
        PluginHealth(plugin=fine),
        PluginHealth(plugin=broken),
        PluginHealth(plugin=replace(fine, name="shy"), trouble="its process is ended"),
    )
    metrics.attach(Service(plugins=plugins), Post(), lambda: 17)

    assert named(metrics, "director_plugin_up") == {("http",): 1, ("acme",): 0, ("shy",): 0}
    assert named(metrics, "director_webhook_queue_length") == {("chat",): 0, ("pager",): 3}
    assert named(metrics, "director_schedule_lag_seconds") == {(): 0.25}
    ends = named(metrics, "director_webhook_deliveries_total")
    assert ends["pager", "failed"] == 0, "a series that begins with 1 has no increase"
    assert named(metrics, "director_log_records_dropped_total") == {(): 17}


def test_every_metric_is_said_and_explained(metrics: MetricsSink) -> None:
    """The table of metrics is what is written: no more, no less."""
    metrics.attach(Service((watched(),)), Post())

    text = metrics.exposition()[0].decode()

    said = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert said == set(HELP) | set(COUNTED)


def test_labels_cannot_break_out(metrics: MetricsSink) -> None:
    """A name with quotes, backslashes and line ends is a value like any other."""
    wild = 'a"} 1\n# EOF\nb\\'
    metrics.attach(Service((watched(wild),)))

    assert ("production", wild) in named(metrics, "director_last_evaluation_timestamp_seconds")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1,text/plain", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.9", TEXT),
        ("application/openmetrics-text;version=garbage", TEXT),
        ("application/openmetrics-text;q=nan", TEXT),
        (";;;,,,=;q==", TEXT),
    ],
)
def test_the_client_chooses(metrics: MetricsSink, accept: str, expected: str) -> None:
    """OpenMetrics for who prefers it, and the text format for everybody else."""
    assert metrics.exposition(accept)[1] == expected


def test_two_directors_in_one_process_do_not_meet() -> None:
    """There is no registry but one's own."""
    first, second = open_metrics(FakeClock()), open_metrics(FakeClock())

    first.attach(Service(), None, lambda: 1)

    assert named(first, "director_log_records_dropped_total") == {(): 1}
    assert named(second, "director_log_records_dropped_total") == {(): 0}


def test_ten_thousand_targets_are_quick(
    metrics: MetricsSink, make_record: MakeRecord, subject: Subject, stamp: Stamp
) -> None:
    """A look at 10,000 targets holds nobody up: it takes well under a second."""
    record = make_record()
    for number in range(10_000):
        one = replace(record, service=f"service-{number}")
        metrics.offer(DecisionMade(stamp, subject, one, recorded=True))
    metrics.attach(Service(tuple(watched(f"service-{number}") for number in range(10_000))))

    begun_s = time.perf_counter()
    body, _ = metrics.exposition()

    assert time.perf_counter() - begun_s < 1.0
    assert body.count(b"\ndirector_decision{") == 40_000


def test_what_is_no_longer_watched_is_forgotten(
    metrics: MetricsSink, make_record: MakeRecord, subject: Subject, stamp: Stamp
) -> None:
    """Targets that come and go do not fill the memory."""
    record = make_record()
    for number in range(500):
        one = replace(record, service=f"service-{number}")
        metrics.offer(DecisionMade(stamp, subject, one, recorded=True))
    metrics.attach(Service((watched("service-7"),)))

    metrics.exposition()

    assert list(metrics._counts) == [("service-7", "production")]


@pytest.mark.needs("promtool")
def test_promtool_finds_nothing_amiss(metrics: MetricsSink, event: Event) -> None:
    """Prometheus's own linter takes what is written, names and types."""
    metrics.offer(event)
    metrics.attach(Service((watched(),)), Post())

    ran = subprocess.run(
        ["promtool", "check", "metrics"],  # noqa: S607  # wherever it is
        input=metrics.exposition()[0],
        capture_output=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


async def test_the_loop_is_watched(metrics: MetricsSink) -> None:
    """Watching begins and ends with the service."""
    metrics.start()
    await metrics.close()
    await metrics.close()

    assert named(metrics, "director_event_loop_lag_seconds_count") == {(): 0}
