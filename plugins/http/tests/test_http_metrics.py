"""http.metrics: traffic, errors and latency can be measured."""

from __future__ import annotations

import pytest

from director.plugin import Failed, NotApplicable, Passed, ProbeError, ProbeReason, Reply
from director.testing import FakeProbe, run_check, target
from director_http.exposition import LONGEST_LINE, MOST_BYTES, OPEN_METRICS, read_series
from director_http.metrics import Metrics

SERVICE = target("http://service.test")


def fault(text: str, kind: str) -> str:
    """Return what is wrong with *text*, or which series it has."""
    try:
        return str(sorted(read_series(text, kind)))
    except ValueError as error:
        return str(error)


COUNTER = '# TYPE http_requests_total counter\nhttp_requests_total{code="200"} 5\n'
PLAIN_COUNTER = "# TYPE http_requests_total counter\nhttp_requests_total 5\n"
ERRORS = "# TYPE app_errors_total counter\napp_errors_total 0\n"
HISTOGRAM = (
    "# TYPE http_request_duration_seconds histogram\n"
    'http_request_duration_seconds_bucket{le="+Inf"} 5\n'
    "http_request_duration_seconds_sum 1\nhttp_request_duration_seconds_count 5\n"
)
SPRING = (
    "# TYPE http_server_requests_seconds summary\n"
    'http_server_requests_seconds_count{status="200"} 5\n'
    'http_server_requests_seconds_sum{status="200"} 1\n'
)
GO = (
    "# TYPE go_gc_duration_seconds summary\ngo_gc_duration_seconds_count 5\n"
    "# TYPE promhttp_metric_handler_requests_total counter\n"
    'promhttp_metric_handler_requests_total{code="200"} 5\n'
)


def exposed(text: str, status: int = 200, kind: str = "text/plain") -> FakeProbe:
    """Return a probe of a service whose metrics are *text*."""
    headers = (("content-type", kind),)
    reply = Reply(url="", status=status, headers=headers, body=text.encode())
    return FakeProbe({"/metrics": reply})


@pytest.mark.parametrize(
    "text",
    [COUNTER + HISTOGRAM, PLAIN_COUNTER + ERRORS + HISTOGRAM, SPRING, GO + SPRING],
    ids=["by status", "own errors", "spring", "beside the runtime"],
)
async def test_the_golden_signals_pass(text: str) -> None:
    """Traffic, errors and latency are found under the usual names."""
    outcome = await run_check(Metrics(), SERVICE, exposed(text))

    assert isinstance(outcome, Passed)
    assert all(word in outcome.observed for word in ("traffic by", "errors by", "latency by"))


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("", "traffic, errors, latency"),
        (GO, "traffic, errors, latency"),
        (COUNTER, "latency"),
        (PLAIN_COUNTER + HISTOGRAM, "errors"),
        (ERRORS, "traffic, latency"),
        ("up 1\n", "traffic, errors, latency"),
    ],
    ids=["nothing", "runtime alone", "no latency", "no errors", "errors alone", "something else"],
)
async def test_a_signal_that_is_missing_is_named(text: str, lacking: str) -> None:
    """What cannot be measured is said; what the runtime measures of itself does not count."""
    outcome = await run_check(Metrics(), SERVICE, exposed(text))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.observed) == ("signals_missing", f"none for {lacking}")


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><html></html>\n",
        '{"status": "pass"}\n',
        "ok\n",
        "a{\n",
        'a{b="c"\n',
        "a b c\n",
    ],
)
async def test_what_is_no_exposition_fails(text: str) -> None:
    """A page that Prometheus cannot read is no metrics page."""
    outcome = await run_check(Metrics(), SERVICE, exposed(text))

    assert isinstance(outcome, Failed)
    assert outcome.code == "metrics_invalid"


@pytest.mark.parametrize(("end", "kind"), [("", Failed), ("# EOF\n", Passed)])
async def test_open_metrics_has_an_end(end: str, kind: type) -> None:
    """A text that calls itself OpenMetrics is read by its rules: without an end it was cut off."""
    text = HISTOGRAM.replace("_count 5", '_count{code="1"} 5').replace("_sum 1", '_sum{code="1"} 1')
    text = text.replace('le="+Inf"', 'code="1",le="+Inf"') + end
    kinds = f"{OPEN_METRICS}; version=1.0.0; charset=utf-8"

    assert isinstance(await run_check(Metrics(), SERVICE, exposed(text, kind=kinds)), kind)


async def test_names_can_be_set() -> None:
    """Who names the series otherwise says so."""
    text = "jobs_done 1\njobs_broken 0\njobs_age 3\n"
    check = Metrics(traffic="*_done", errors="x, *_broken", latency="jobs_age")

    assert isinstance(await run_check(check, SERVICE, exposed(text)), Passed)
    none = Metrics(traffic="", errors="*_broken", latency="jobs_age")
    assert isinstance(await run_check(none, SERVICE, exposed(text)), Failed)


async def test_a_metrics_page_that_does_not_answer_fails() -> None:
    """A wrong status is said before anything is read."""
    outcome = await run_check(Metrics(), SERVICE, exposed(COUNTER + HISTOGRAM, 404))

    assert isinstance(outcome, Failed)
    assert outcome.code == "http_status"


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("a" * (LONGEST_LINE - 2) + " 1", True),
        ("a" * (LONGEST_LINE - 1) + " 1", False),
        ('a{b="' + '\\"' * (LONGEST_LINE // 2) + '"} 1', False),
        ("a 1\n" * (MOST_BYTES // 4), True),
        ("a 1\n" * (MOST_BYTES // 4) + "\n", False),
    ],
    ids=["longest line", "longer line", "quotes", "longest text", "longer text"],
)
def test_what_would_take_too_long_is_not_read(text: str, fine: bool) -> None:
    """Length of text and lines is bounded, for the work grows with the square of a line."""
    if fine:
        assert read_series(text, "")
    else:
        with pytest.raises(ValueError, match="must"):
            read_series(text, "")


@pytest.mark.parametrize(
    "text", ["# HELP\n", "# TYPE\n", 'a{="', "{", "}", '"', 'a{b="c', "#", "\\"]
)
@pytest.mark.parametrize("kind", ["", OPEN_METRICS])
def test_a_broken_line_is_one_kind_of_fault(text: str, kind: str) -> None:
    """Whatever the parser stumbles over, it is the text that is at fault."""
    assert fault(text, kind) != ""


async def test_no_metrics_are_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.BODY_TOO_LARGE, "more than 1 MiB")

    with pytest.raises(ProbeError):
        await run_check(Metrics(), SERVICE, FakeProbe({"/metrics": error}))


async def test_without_a_base_url_there_are_no_metrics() -> None:
    """A service that cannot be asked is not asked."""
    assert isinstance(await run_check(Metrics(), target(), FakeProbe({})), NotApplicable)
