"""loading.log_lines and log_history: lines as pipelines leave them, and the history in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.engine.clock import new_ulid
from director.loading.log_history import Rebuild
from director.loading.log_lines import LONGEST_BYTES, Rejected, read_line
from director.model.event import DecisionMade, Stamp, Subject
from director.model.record import Record
from director.model.replay import Replay
from director.sinks.fields import KINDS
from director.sinks.render import Emitter, Encoder
from director.sinks.standard_names import to_ecs, to_otel
from director.store.codec import checked, decode

SAMPLE = replace(
    checked(
        decode(
            (Path(__file__).parents[1] / "store/record.json").read_bytes(),
            "01JD9Z4S00000000000000000A",
        )
    ).record,
    decided_at="2026-11-22T10:00:00.120000Z",
    valid_until="2026-11-23T10:00:00Z",
)
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
Mangle = Callable[[dict[str, Any]], Any]


def line(seq: int, record: Record, *, instance: str = "director-0") -> dict[str, Any]:
    """Return the line of a decision, as the log has it."""
    subject = Subject(
        evaluation=record.evaluation,
        trigger="manual",
        service=record.service,
        environment=record.environment,
        version=record.version,
        profile=record.profile.name,
        profile_digest=record.profile.digest,
        manifest_digest=record.manifest.digest,
    )
    at = NOW + timedelta(seconds=seq)
    stamp = Stamp(f"{new_ulid(at)[:10]}{seq:016}", at)
    event = DecisionMade(stamp, subject, record, recorded=True)
    encoder = Encoder(Emitter(version="0.1.0", instance=instance), ())
    found: dict[str, Any] = json.loads(encoder.encode(event, seq))
    return found


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return dotted keys as objects, as syslog-ng and Elasticsearch make them."""
    found: dict[str, Any] = {}
    for key, value in flat.items():
        *way, last = key.split(".")
        place = found
        for part in way:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def stringified(flat: dict[str, Any]) -> dict[str, Any]:
    """Return every value as text."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in flat.items()
    }


def timed(flat: dict[str, Any], way: Callable[[str], str]) -> dict[str, Any]:
    """Return a row of a table: times in another *way*, and every column there is."""
    row: dict[str, Any] = dict.fromkeys(KINDS)
    for key, value in flat.items():
        row[key] = way(value) if KINDS[key] == "instant" else value
    return row


def of_duckdb(at: str) -> str:
    """Return a time with its zone, without what it does not need."""
    return at.replace("T", " ").removesuffix("Z").rstrip("0").rstrip(".") + "+00"


def of_clickhouse(at: str) -> str:
    """Return a time of the server's zone, here UTC."""
    whole, _, fraction = at.replace("T", " ").removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<9}"


MANGLED: dict[str, Mangle] = {
    "flat": lambda flat: flat,
    "nested": nested,
    "stringified": stringified,
    "nested and stringified": lambda flat: nested(stringified(flat)),
    "ecs": to_ecs,
    "ecs, nested": lambda flat: nested(to_ecs(flat)),
    "otel": to_otel,
    "docker": lambda flat: {"log": json.dumps(flat) + "\n", "stream": "stderr", "time": "x"},
    "journald": lambda flat: {"MESSAGE": json.dumps(flat), "_PID": "7", "PRIORITY": "6"},
    "google": lambda flat: {"jsonPayload": nested(flat), "insertId": "x", "severity": "INFO"},
    "google, text": lambda flat: {"textPayload": json.dumps(flat), "logName": "x"},
    "datadog": lambda flat: {"attributes": nested(flat), "service": "director", "message": "x"},
    "elasticsearch": lambda flat: {"_index": "x", "_id": "1", "_source": nested(flat)},
    "cloudevents": lambda flat: {"specversion": "1.0", "id": "x", "type": "y", "data": flat},
    "docker, elasticsearch": lambda flat: {"_source": {"log": json.dumps(flat)}},
    "duckdb": lambda flat: timed(flat, of_duckdb),
    "clickhouse": lambda flat: timed(flat, of_clickhouse),
    "rsyslog": lambda flat: {"metadata": {"filename": "/x", "fileoffset": "0"}, **flat},
}


def as_bytes(document: Any) -> bytes:  # noqa: ANN401  # any JSON value
    """Return a line of a file."""
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def rebuilt(lines: list[bytes]) -> Replay:
    """Return the history in *lines*."""
    rebuild = Rebuild()
    for raw in lines:
        found = read_line(raw, KINDS)
        if isinstance(found, Rejected):
            rebuild.reject()
            continue
        for each in found:
            rebuild.take(each)
    return rebuild.result()


@pytest.mark.parametrize("how", MANGLED)
def test_every_envelope(how: str) -> None:
    """Whatever was wrapped around it, the line says what it said."""
    ours = line(1, SAMPLE)

    found = read_line(as_bytes(MANGLED[how](ours)), KINDS)

    assert not isinstance(found, Rejected), found
    (back,) = found
    assert back == ours


def test_cri() -> None:
    """The prefix of Kubernetes' log files."""
    ours = line(1, SAMPLE)
    raw = b"2026-01-15T09:30:00.1Z stderr F " + as_bytes(ours)

    assert read_line(raw, KINDS) == (ours,)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "must be a JSON object"),
        (b"hello", "must be a JSON object"),
        (b"[1]", "must be a JSON object"),
        (b"\xff\xfe", "must be UTF-8"),
        (b"{}", "must have event.name"),
        (b'{"a": NaN}', "must be JSON, got NaN"),
        (b'{"a": ' + b"9" * 5000 + b"}", "must have whole numbers of at most 20 digits"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "must be at most 32 levels deep"),
        (b'{"a":' * 200_000, "must be"),
        (b"x" * (LONGEST_BYTES + 1), f"must be at most {LONGEST_BYTES} bytes"),
        (
            as_bytes({f"k{number}": number for number in range(2000)}),
            "must have at most 1000 keys",
        ),
        (as_bytes({"resourceLogs": 7}), "must be OTLP/JSON"),
        (as_bytes({"log": "{oops"}), "must be a JSON object"),
    ],
)
def test_what_is_no_line(raw: bytes, reason: str) -> None:
    """Each is rejected with its reason."""
    found = read_line(raw, KINDS)

    assert isinstance(found, Rejected)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("director.schema", "2.0", "must be of schema 1, got '2.0': upgrade the Director"),
        ("director.seq", "seven", "must have a whole number as director.seq"),
        ("director.seq", True, "must have a whole number as director.seq"),
        ("event.id", "x", "must have a ULID as event.id"),
        ("timestamp", "yesterday", "must have a time as timestamp"),
        ("timestamp", 1768469400, "must have a time as timestamp"),
        ("timestamp", "2026-13-01T00:00:00.000000Z", "must have a time as timestamp"),
        ("timestamp", "0001-01-01T00:00:00+14:00", "must have a time as timestamp"),
        ("timestamp", None, "must have timestamp"),
        (
            "timestamp",
            "2026-01-15 10:30:01.000000",
            "must have a time with its zone as timestamp: it is not that in UTC",
        ),
        (
            "director.decision.decided_at",
            "soon",
            "must have a time as director.decision.decided_at",
        ),
    ],
)
def test_what_is_no_line_of_this_director(key: str, value: object, reason: str) -> None:
    """A newer one is told from a broken one."""
    found = read_line(as_bytes(line(1, SAMPLE) | {key: value}), KINDS)

    assert found == Rejected(reason)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_breaks_the_reader(raw: bytes) -> None:
    """Any bytes are a line or rejected."""
    found = read_line(raw, KINDS)
    assert isinstance(found, Rejected | tuple)


RECORDS = st.builds(
    lambda number, service, environment, decision: replace(
        SAMPLE,
        evaluation=f"01JD9Z4S0000000000000{number:05}",
        service=service,
        environment=environment,
        decision=decision,
    ),
    st.integers(0, 99_999),
    st.sampled_from(["checkout", "search", "grüezi"]),
    st.sampled_from(["", "production"]),
    st.sampled_from(["go", "conditional_go", "no_go"]),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(RECORDS, max_size=8, unique_by=lambda record: record.evaluation), st.randoms())
def test_log_and_back(records: list[Record], random: Any) -> None:  # noqa: ANN401  # hypothesis
    """Decisions → log → any pipeline, in any order, some lines twice → the same decisions."""
    raw = [
        as_bytes(random.choice(list(MANGLED.values()))(line(seq, record)))
        for seq, record in enumerate(records, 1)
    ]
    twice = random.sample(raw, len(raw) // 2)
    arrived = raw + twice
    random.shuffle(arrived)
    replay = rebuilt(arrived)

    assert (replay.duplicates, replay.rejected, replay.gaps) == (len(twice), 0, ())
    said = {
        each.evaluation: (each.service, each.environment, each.decision, each.pass_rate)
        for each in replay.decisions
    }
    assert said == {
        each.evaluation: (each.service, each.environment, each.decision, each.pass_rate)
        for each in records
    }
    for each in replay.decisions:
        assert (each.decided_at, each.valid_until) == (SAMPLE.decided_at, SAMPLE.valid_until)
        assert (each.score, each.profile) == (round(SAMPLE.score, 6), SAMPLE.profile.name)


def test_gaps_and_duplicates_are_counted() -> None:
    """For each instance by itself; what is before the first line is nobody's loss."""
    lines = [as_bytes(line(seq, SAMPLE)) for seq in (3, 4, 7, 9)]
    lines += [as_bytes(line(seq, SAMPLE, instance="other")) for seq in (15, 16)]
    replay = rebuilt([*lines, lines[0], b"{}"])

    assert (replay.read, replay.accepted, replay.duplicates, replay.rejected) == (8, 6, 1, 1)
    assert [(gap.instance, gap.first, gap.last) for gap in replay.gaps] == [
        ("director-0", 5, 6),
        ("director-0", 8, 8),
    ]
    assert replay.missing == 3
