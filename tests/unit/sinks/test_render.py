"""From a line to its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.errors import Fault
from director.model.event import (
    CheckCompleted,
    ConfigRejected,
    DecisionMade,
    EvaluationCancelled,
    Event,
    Stamp,
    Subject,
)
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import Errored, Failed, Passed
from director.model.record import ConditionEntry, Record
from director.sinks.fields import ORDER
from director.sinks.render import Emitter, Encoder, Loss, sibling

MakeCheck = Callable[..., CheckCompleted]
MakeRecord = Callable[..., Record]
ReadLine = Callable[[bytes], dict[str, Any]]

HOSTILE = st.builds(
    lambda text, times: text * times,
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from([1, 1, 1, 30, 3000]),
)


@pytest.fixture(scope="module")
def encoder(emitter: Emitter) -> Encoder:
    """An encoder that knows one secret."""
    return Encoder(emitter, ("correct horse battery staple",))


def test_keys_stand_in_the_order_of_the_schema(
    event: Event, encoder: Encoder, read_line: ReadLine
) -> None:
    """The line begins with the time, then the level, then the message, then the rest in order."""
    keys = list(read_line(encoder.encode(event, 1)))

    assert keys[:3] == ["timestamp", "level", "message"]
    assert keys == [key for key in ORDER if key in keys]


def test_same_event_gives_the_same_bytes(event: Event, encoder: Encoder) -> None:
    """Rendering is a pure function of event and number."""
    assert encoder.encode(event, 4) == encoder.encode(event, 4)


def test_envelope(encoder: Encoder, read_line: ReadLine, make_check: MakeCheck) -> None:
    """Who wrote the line, which event it is and when it happened stand first."""
    fields = read_line(encoder.encode(make_check(Passed("ok")), 42))

    assert list(fields.items())[:10] == [
        ("timestamp", "2026-01-15T09:30:00.123456Z"),
        ("level", "info"),
        ("message", "http.health passed: ok"),
        ("event.name", "director.check.completed"),
        ("event.id", "01JH0000000000000000000001"),
        ("director.schema", "1.0"),
        ("director.seq", 42),
        ("service.name", "director"),
        ("service.version", "0.1.0"),
        ("service.instance.id", "director-0"),
    ]


@settings(deadline=None, max_examples=150)
@given(reason=HOSTILE, observed=HOSTILE, expected=HOSTILE, name=HOSTILE, url=HOSTILE)
def test_hostile_check_gives_a_whole_line(
    encoder: Encoder,
    read_line: ReadLine,
    make_check: MakeCheck,
    subject: Subject,
    **texts: str,
) -> None:
    """Whatever a check says, its line is strict JSON, valid, safe to print and short."""
    evidence = Evidence(EvidenceKind.PROBED, texts["url"], None, (("url.full", texts["url"]),))
    outcome = Failed(
        texts["reason"], observed=texts["observed"], expected=texts["expected"], code=texts["name"]
    )
    event = make_check(
        outcome,
        evidence=(evidence,),
        plugin=texts["name"],
        version=texts["name"],
        subject=replace(subject, service=texts["name"], owner=texts["name"], version=texts["url"]),
    )

    fields = read_line(encoder.encode(event, 1))

    assert fields["event.name"] in {"director.check.completed", "director.log.render_failed"}
    for value in fields.values():
        assert not any(_steers(char) for char in str(value))


def _steers(char: str) -> bool:
    """Whether a terminal or a reader would do something at *char* instead of showing it."""
    point = ord(char)
    return (
        point < 0x20
        or 0x7F <= point < 0xA0
        or char in "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\ufeff"
        or 0x2066 <= point <= 0x2069
        or 0xD800 <= point < 0xE000
    )


@settings(deadline=None, max_examples=60)
@given(text=HOSTILE, number=st.integers(min_value=0, max_value=30))
def test_hostile_decision_gives_a_whole_line(
    *,
    encoder: Encoder,
    read_line: ReadLine,
    make_record: MakeRecord,
    subject: Subject,
    stamp: Stamp,
    text: str,
    number: int,
) -> None:
    """Whatever stands in a record, its line is whole and short."""
    conditions = tuple(
        ConditionEntry(check=text, owner="", opened_at="", due_at="", closed_at=None)
        for _ in range(number)
    )
    record = make_record(conditions=conditions, service=text, artifact=text)

    read_line(encoder.encode(DecisionMade(stamp, subject, record, recorded=True), 1))


@settings(deadline=None, max_examples=60)
@given(source=HOSTILE, problem=HOSTILE)
def test_hostile_fault_gives_a_whole_line(
    encoder: Encoder, read_line: ReadLine, stamp: Stamp, source: str, problem: str
) -> None:
    """Whatever stands in a manifest, its line is whole and short."""
    read_line(encoder.encode(ConfigRejected(stamp, Fault(source, 1, 1, problem)), 1))


@pytest.mark.parametrize(("size", "cut"), [(511, False), (512, False), (513, True)])
def test_message_has_at_most_512_bytes(
    *, size: int, cut: bool, encoder: Encoder, read_line: ReadLine, stamp: Stamp, subject: Subject
) -> None:
    """A message of exactly 512 bytes stays whole; a longer one is cut, and the line says so."""
    said = "evaluation of checkout@production ended without a decision: "
    event = EvaluationCancelled(stamp, subject, "x" * (size - len(said)), 0, 1)

    fields = read_line(encoder.encode(event, 1))

    assert len(fields["message"].encode()) <= 512
    assert fields["message"].endswith("…") == cut
    assert ("message" in fields.get("director.truncated", ())) == cut


def test_cut_stands_between_two_characters(
    encoder: Encoder, read_line: ReadLine, make_check: MakeCheck
) -> None:
    """A text of wide characters is cut to bytes without breaking one."""
    fields = read_line(encoder.encode(make_check(Passed("ok", observed="日本" * 200)), 1))

    assert fields["director.check.observed"].strip("日本") == "…"
    assert 252 <= len(fields["director.check.observed"].encode()) <= 256
    assert fields["director.truncated"] == ["director.check.observed"]


def test_long_line_loses_the_least_useful_first(
    encoder: Encoder, read_line: ReadLine, make_check: MakeCheck, subject: Subject
) -> None:
    """A line over 8,000 bytes is cut in the order error message, observed and expected, message."""
    quotes = '"' * 2000
    wide = Evidence(EvidenceKind.PROBED, quotes, None, (("url.full", quotes),))
    names: dict[str, Any] = dict.fromkeys(
        ("service", "version", "owner", "environment", "profile", "profile_digest"),
        quotes,
    )
    event = make_check(
        Errored(quotes, code=quotes),
        evidence=(wide,),
        plugin=quotes,
        version=quotes,
        subject=replace(subject, manifest_digest=quotes, evaluation=quotes, **names),
    )

    line = encoder.encode(event, 1)
    fields = read_line(line)

    assert fields["event.name"] == "director.check.completed"
    assert len(line) > 6_000
    assert len(fields["error.message"].encode()) < 1_000
    assert "error.message" in fields["director.truncated"]


def test_secret_is_masked_before_the_text_is_cut(
    encoder: Encoder, read_line: ReadLine, make_check: MakeCheck
) -> None:
    """No half of a secret is left where a text is cut."""
    for start in range(215, 260):
        said = Passed("ok", observed="x" * start + " correct horse battery staple")
        fields = read_line(encoder.encode(make_check(said), 1))

        assert "corr" not in fields["director.check.observed"]


def test_control_characters_are_shown_not_sent(
    encoder: Encoder, read_line: ReadLine, make_check: MakeCheck
) -> None:
    """What would steer a terminal or turn the text around is written out."""
    said = Passed("a\nb\r\t\x1b[31m\x9b\u202e\u2028\ud800\U000e0041z")

    fields = read_line(encoder.encode(make_check(said), 1))

    assert fields["message"] == (
        r"http.health passed: a\nb\r\t\x1b[31m\x9b\u202e\u2028\ud800\ue0041z"
    )


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (2**53, 2**53),
        (-(2**53), -(2**53)),
        (2**53 + 1, "9007199254740993"),
        (10**5000, None),
        (float("nan"), ...),
        (float("inf"), ...),
    ],
    ids=["largest", "least", "larger", "huge", "nan", "inf"],
)
def test_numbers_are_safe_for_every_reader(
    number: float, shown: object, encoder: Encoder, stamp: Stamp, subject: Subject
) -> None:
    """Integers over 2**53 are texts, and what is no finite number is left out."""
    event = EvaluationCancelled(stamp, subject, "why", completed=number, planned=3)  # type: ignore[arg-type]  # what a plugin could cause

    fields = json.loads(encoder.encode(event, 1))

    if shown is ...:
        assert "director.checks.completed" not in fields
    elif shown is None:
        assert fields["director.checks.completed"].startswith("0x")
        assert len(fields["director.checks.completed"]) < 100
    else:
        assert fields["director.checks.completed"] == shown


class _Mute:
    """Something whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __format__ = None  # type: ignore[assignment]  # as bad as it gets


@pytest.mark.parametrize(
    "stamp_id", ["01JH0000000000000000000001", "no ulid", _Mute()], ids=["ulid", "odd", "mute"]
)
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
        _Mute(),
    ],
    ids=["now", "before-time", "mute"],
)
def test_rendering_never_raises(
    stamp_id: Any,  # noqa: ANN401  # what a plugin could cause
    at: Any,  # noqa: ANN401  # what a plugin could cause
    encoder: Encoder,
    read_line: ReadLine,
    subject: Subject,
) -> None:
    """What cannot be rendered becomes a valid line that says so."""
    event = EvaluationCancelled(Stamp(stamp_id, at), subject, _Mute(), 0, 1)  # type: ignore[arg-type]  # what a plugin could cause

    fields = read_line(encoder.encode(event, 3))

    assert fields["event.name"] == "director.log.render_failed"
    assert fields["director.log.failed_event"] == "director.evaluation.cancelled"
    assert fields["director.seq"] == 3
    assert fields["error.type"] in {"RuntimeError", "TypeError"}


def test_line_too_long_to_shorten_is_replaced(
    encoder: Encoder, read_line: ReadLine, make_record: MakeRecord, stamp: Stamp, subject: Subject
) -> None:
    """A line that stays too long however it is cut gives way to one that says so."""
    record = make_record(valid_until="9" * 9000, pass_rate="9" * 9000)

    fields = read_line(encoder.encode(DecisionMade(stamp, subject, record, recorded=True), 1))

    assert fields["event.name"] == "director.log.render_failed"


def test_loss_is_told(encoder: Encoder, read_line: ReadLine, stamp: Stamp) -> None:
    """How many lines were lost is a line of its own."""
    fields = read_line(encoder.encode_loss(Loss(stamp, 3), 9))

    assert fields["event.name"] == "director.log.dropped"
    assert fields["level"] == "error"
    assert fields["director.log.dropped_count"] == 3
    assert fields["message"].startswith("3 log lines were lost")


def test_sibling_has_its_own_id(stamp: Stamp) -> None:
    """Another event at the same time sorts beside the first and is not it."""
    other = sibling(stamp)

    assert other.at == stamp.at
    assert other.id[:10] == stamp.id[:10]
    assert other.id != stamp.id
    assert len(other.id) == 26


def test_emitter_is_redacted_too(read_line: ReadLine, make_check: MakeCheck) -> None:
    """A secret does not even show in the name of the instance."""
    encoder = Encoder(Emitter(version="1", instance="host-hunter22-1"), ("hunter22",))

    fields = read_line(encoder.encode(make_check(Passed("ok")), 1))

    assert fields["service.instance.id"] == "host-***-1"
