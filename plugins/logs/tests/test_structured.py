"""logs.structured: a sample of a log is read as a pipeline would read it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from director.plugin import (
    Answer,
    Failed,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Target,
    Unknown,
    Warned,
)
from director.testing import FakeProbe, run_check, target
from director_logs.sample import MOST_BYTES
from director_logs.structured import MOST_LINES, Structured

SERVICE = target("http://service.test")
TRACE = "0af7651916cd43dd8448eb211c80319c"
PLAIN = {"timestamp": "2026-11-24T06:00:00Z", "level": "info", "message": "hello"}
TRACED = {**PLAIN, "trace_id": TRACE}

BY_STANDARD: dict[str, dict[str, Any]] = {
    "ecs": {
        "@timestamp": "2026-11-24T06:00:00.123Z", "log": {"level": "INFO"}, "message": "a",
        "trace": {"id": TRACE},
    },
    "otel": {
        "timeUnixNano": "1795500000000000000", "severityNumber": 9,
        "body": {"stringValue": "a"}, "traceId": TRACE,
    },
    "gcp": {
        "time": "2026-11-24T06:00:00.123456789Z", "severity": "NOTICE", "message": "a",
        "logging.googleapis.com/trace": f"projects/shop/traces/{TRACE}",
    },
    "datadog": {
        "date": 1795500000000, "status": "warn", "message": "a", "dd": {"trace_id": "81234567890"},
    },
}  # fmt: skip


async def said(text: str, status: int = 200, **options: Any) -> Answer:  # noqa: ANN401  # any
    """Return what is said of a service whose page shows *text*."""
    page = Reply(url="", status=status, headers=(), body=text.encode())
    check = Structured(path="/log", **{"min_lines": 1, **options})
    return await run_check(check, SERVICE, FakeProbe({"/log": page}))


def lines(*each: object) -> str:
    """Return *each* as a line of JSON; texts stand as they are."""
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in each)


@pytest.mark.parametrize("asked", ["own", "any"])
@pytest.mark.parametrize("standard", BY_STANDARD)
async def test_the_standards_are_known(standard: str, asked: str) -> None:
    """A line of each standard passes under its own names, and where any will do."""
    wanted = standard if asked == "own" else "any"
    outcome = await said(lines(BY_STANDARD[standard]), standard=wanted)

    assert isinstance(outcome, Passed)
    assert outcome.observed == "1 of 1 lines"


@pytest.mark.parametrize("other", [name for name in BY_STANDARD if name != "ecs"])
async def test_another_standard_is_not_the_one_asked_for(other: str) -> None:
    """Whose pipeline reads ECS is not helped by other names."""
    outcome = await said(lines(BY_STANDARD[other]), standard="ecs")

    assert isinstance(outcome, Failed)
    assert outcome.code == "log_unstructured"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Starting on port 8080", "not JSON"),
        ('{"level": "info"', "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a": NaN}', "not JSON: NaN"),
        ('{"level": "info", "level": "error"}', "a key stands twice"),
        ("[" * 5_000, "not JSON"),
        ({**TRACED, "pad": "x" * 16_384}, "longer than 16384 bytes"),
        ({**TRACED, "timestamp": None}, "a timestamp without its zone"),
        ({**TRACED, "timestamp": "2026-11-24 06:00:00"}, "a timestamp without its zone"),
        ({**TRACED, "timestamp": True}, "a timestamp without its zone"),
        ({**TRACED, "timestamp": "Nov 24 06:00:00"}, "a timestamp without its zone"),
        ({**TRACED, "level": "loud"}, "a level that nobody knows"),
        ({**TRACED, "level": False}, "a level that nobody knows"),
        ({**TRACED, "message": ""}, "no message"),
        ({"level": "info", "message": "a"}, "no timestamp"),
        ({"timestamp": "2026-11-24T06:00:00+01:00", "message": "a"}, "no level"),
    ],
)
async def test_what_is_wrong_with_a_line_is_said(line: object, fault: str) -> None:
    """One bad line of three fails, with what is wrong, how often, and where first."""
    outcome = await said(lines(TRACED, line, TRACED))

    assert isinstance(outcome, Failed)
    assert outcome.code == "log_unstructured"
    assert outcome.observed == "2 of 3 lines"
    assert f"{fault} (1×, first in line 2)" in outcome.reason


async def test_a_share_of_lines_may_be_enough() -> None:
    """Who lives with the crash reports of a runtime says how many."""
    sample = lines("panic: x", *[TRACED] * 9)

    assert isinstance(await said(sample, min_share=0.9), Passed)
    assert isinstance(await said(sample, min_share=0.91), Failed)


async def test_kinds_of_faults_are_counted() -> None:
    """The three most frequent are named, the rest is counted."""
    outcome = await said(lines("a", "b", "[1]", "[2]", '{"a": NaN}', {"message": "a"}))

    assert isinstance(outcome, Failed)
    assert "not JSON (2×, first in line 1), not a JSON object (2×, first in line 3)" in (
        outcome.reason
    )
    assert outcome.reason.endswith(", and 2 more kinds")


@pytest.mark.parametrize(
    "line",
    [
        f'{{"log": {json.dumps(json.dumps(TRACED) + chr(10))}, "stream": "stdout", "time": "x"}}',
        f"2026-11-24T06:00:00.1Z stdout F {json.dumps(TRACED)}",
        f"2026-11-24T06:00:00.123456789+01:00 stderr F {json.dumps(TRACED)}",
    ],
    ids=["docker", "cri", "cri, with an offset"],
)
async def test_what_a_runtime_wraps_around_is_taken_off(line: str) -> None:
    """The service is judged for what it wrote."""
    assert isinstance(await said(lines(line)), Passed)


SECRETS = [
    {**TRACED, "password": "hunter22"},
    {**TRACED, "http": {"headers": {"Authorization": "s3cr3t-value"}}},
    {**TRACED, "users": [{"api_key": "0123456789abcdef"}]},
    {**TRACED, "session_id": ["abcdef012345"]},
    {**TRACED, "message": "signed in with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"},
    {**TRACED, "message": "dialing postgres://shop:hunter22@db.test/shop"},
    {**TRACED, "message": "header was Bearer abcdef0123456789abcd"},
    {**TRACED, "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE"},
    "not JSON, but AKIAABCDEFGHIJKLMNOP",
    "2026 pushing with ghp_0123456789abcdefABCDEF",
]  # fmt: skip


@pytest.mark.parametrize("line", SECRETS)
async def test_a_secret_in_a_line_fails_and_is_not_repeated(line: object) -> None:
    """One is enough, however many lines are good; nothing of it is quoted."""
    outcome = await said(lines(*[TRACED] * 50, line), min_share=0.5)

    assert isinstance(outcome, Failed)
    assert outcome.code == "log_secret"
    assert "first in line 51" in outcome.reason
    everything = f"{outcome}"
    assert not [
        word for word in ("hunter22", "s3cr3t", "0123456", "eyJ", "AKIA") if word in everything
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"password": "***"},
        {"password": "[REDACTED]"},
        {"authorization": "Bearer ****"},
        {"token": "<masked>"},
        {"token_type": "Bearer-plus"},
        {"tokenCount": "1000000"},
        {"tokens": 4_711_123},
        {"secret": None},
        {"passwordExpires": "2026-12-01T00:00:00Z"},
        {"message": "the password of alice was changed"},
        {"url": "https://shop.test/?page=2"},
        {"url": "postgres://shop:***@db.test/shop"},
    ],
)
async def test_what_is_masked_or_only_speaks_of_a_secret_passes(more: dict[str, object]) -> None:
    """A gate that cries at every mask would soon be switched off."""
    assert isinstance(await said(lines({**TRACED, **more})), Passed)


async def test_no_request_in_any_line_is_a_warning() -> None:
    """Such a log can be read, but nobody finds what belongs together."""
    assert isinstance(await said(lines(PLAIN, PLAIN)), Warned)
    assert isinstance(await said(lines({**PLAIN, "trace_id": "0" * 32})), Warned)
    assert isinstance(await said(lines(PLAIN, TRACED)), Passed)


async def test_too_few_lines_are_no_sample() -> None:
    """Nothing is said of a log that holds next to nothing; empty lines are none."""
    outcome = await said("\n\n" + lines(*[TRACED] * 9) + "\n" * 10, min_lines=10)

    assert isinstance(outcome, Unknown)
    assert outcome.code == "sample_too_small"
    assert isinstance(await said("", min_lines=1), Unknown)


async def test_the_last_lines_are_read() -> None:
    """What a service wrote before it was mended is not held against it."""
    assert isinstance(await said(lines("old", *[TRACED] * MOST_LINES)), Passed)
    assert isinstance(await said(lines("old", *[TRACED] * (MOST_LINES - 1))), Failed)


async def test_without_a_sample_nothing_is_known() -> None:
    """Nobody said where it is, nobody can be asked, or the page has none."""
    page = FakeProbe({"/log": Reply(url="", status=404, headers=(), body=b"")})

    for check, where in (
        (Structured(), SERVICE),
        (Structured(path="/log"), target()),
        (Structured(path="/log"), SERVICE),
        (Structured(file="/nowhere/$service$.log"), SERVICE),
        (Structured(file="/nowhere/\0"), SERVICE),
    ):
        outcome = await run_check(check, where, page)
        assert isinstance(outcome, Unknown)
        assert outcome.code == "no_sample"


async def test_what_the_probe_could_not_do_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.BODY_TOO_LARGE, "more than 1 MiB")

    with pytest.raises(ProbeError):
        await run_check(Structured(path="/log"), SERVICE, FakeProbe({"/log": error}))


async def test_a_file_is_read_at_its_end(tmp_path: Path) -> None:
    """The file of the service, without the line that is being written, nor a half one before."""
    good = lines(TRACED)
    body = "x" * 100 + "\n" + good * (MOST_BYTES // len(good)) + '{"half'
    (tmp_path / "sample-service.production.log").write_text(body)
    check = Structured(file=f"{tmp_path}/$service$.$environment$.log")

    assert isinstance(await run_check(check, SERVICE, FakeProbe({})), Passed)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "unreadable name"])
async def test_what_is_no_file_is_no_sample(kind: str, tmp_path: Path) -> None:
    """Nothing hangs on a pipe that nobody writes, nor on a device without an end."""
    os.mkfifo(tmp_path / "pipe")
    places = {"folder": tmp_path, "pipe": tmp_path / "pipe", "device": Path("/dev/zero")}
    place = places.get(kind, tmp_path / ("x" * 300))

    outcome = await run_check(Structured(file=str(place)), SERVICE, FakeProbe({}))

    assert isinstance(outcome, Unknown)
    assert outcome.reason == "no sample of the log can be read from the file"


async def test_a_target_without_environment_has_no_file_of_one() -> None:
    """The word cannot be filled."""
    nowhere = Target(SERVICE.manifest, None)

    outcome = await run_check(Structured(file="/var/$environment$.log"), nowhere, FakeProbe({}))

    assert isinstance(outcome, Unknown)
    assert "$environment$ is needed" in outcome.reason


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"standard": "syslog"}, "standard must be one of any, ecs, otel, gcp, datadog"),
        ({"min_share": 0.0}, "min_share must be more than 0 and at most 1"),
        ({"min_share": float("nan")}, "min_share must be more than 0 and at most 1"),
        ({"min_share": 1.1}, "min_share must be more than 0 and at most 1"),
        ({"min_lines": 0}, "min_lines must be from 1 to 1000"),
        ({"min_lines": 1_001}, "min_lines must be from 1 to 1000"),
        ({"path": "log"}, "path must begin with one slash"),
        ({"path": "//evil.test/log"}, "path must begin with one slash"),
        ({"path": "/log", "file": "/x"}, "file must be a whole path, and stand without path"),
        ({"file": "x.log"}, "file must be a whole path, and stand without path"),
        ({"file": "/x/$home$"}, "file must have $service$ and $environment$ as its only words"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], rule: str) -> None:
    """Each with what it must be."""
    with pytest.raises(ValueError, match="must") as refused:
        Structured(**options)

    assert str(refused.value) == rule


async def test_hostile_samples_take_no_time() -> None:
    """Runs of what begins a secret, deep nesting and long keys are read once."""
    deep = '{"a":' * 900 + "1" + "}" * 900
    for line in (
        "eyJ" * 5_000,
        "bearer " * 2_000,
        "://" * 5_000,
        "://a:" * 3_000,
        deep,
        "-" * 16_000,
    ):
        outcome = await said(lines(*[line] * 60))
        assert isinstance(outcome, Failed)
        assert outcome.code in {"log_unstructured", "log_secret"}
