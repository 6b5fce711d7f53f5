"""director.store.codec."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.errors import StoreError
from director.model.decision import Verdict
from director.model.record import Record
from director.store.codec import Encoder, checked, decode, digest_of, instant, written

BODY = (Path(__file__).parent / "record.json").read_bytes()
EVALUATION = "01JD9Z4S00000000000000000A"
SAMPLE = checked(decode(BODY, EVALUATION)).record

SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    NoneType: st.none(),
}
INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)).map(  # noqa: DTZ001  # hypothesis asks for naive bounds
    lambda at: at.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
)


def values(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # a type hint has no type
    """Return a strategy for every value that *hint* allows."""
    if hint in SCALARS:
        return SCALARS[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        return members(hint)
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(SCALARS[str], values(inner[1]), max_size=3)
    return st.one_of(*(values(member) for member in inner))


def members(kind: type) -> st.SearchStrategy[Any]:
    """Return a strategy for the dataclass *kind*, with instants where instants stand."""
    hints = get_type_hints(kind)
    known: dict[str, st.SearchStrategy[Any]] = {}
    for field in fields(kind):
        known[field.name] = values(hints[field.name])
        if field.name.endswith("_at") or field.name == "valid_until":
            optional = NoneType in get_args(hints[field.name])
            known[field.name] = st.none() | INSTANTS if optional else INSTANTS
    if kind is Record:
        known["decision"] = st.sampled_from([verdict.value for verdict in Verdict])
    return st.builds(kind, **known)


def changed(path: str, value: object) -> bytes:
    """Return the sample's bytes with *value* at *path*."""
    document = json.loads(BODY)
    place = document
    *above, last = path.split("/")
    for step in above:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return json.dumps(document).encode()


@settings(max_examples=30, deadline=None)
@given(members(Record))
def test_what_went_in_comes_out(record: Record) -> None:
    """A record survives its bytes, and the same record always has the same bytes."""
    encoded = checked(record)

    back = decode(encoded.body, record.evaluation, encoded.facts)

    assert back == encoded.record == replace(record, evidence=digest_of(encoded.facts))
    assert checked(back) == encoded


@settings(max_examples=30, deadline=None)
@given(members(Record))
def test_fast_way_writes_the_same(record: Record) -> None:
    """A record that is written without being read again has the bytes that it always has."""
    encoder = Encoder()

    found = [encoder.encode(record) for _ in range(5)]

    assert found == [checked(record)] * 5


def test_bytes_are_the_public_document() -> None:
    """The bytes are compact UTF-8 JSON, in the order of the public document, without facts."""
    document = asdict(SAMPLE)
    for category in document["categories"]:
        for check in category["checks"]:
            for piece in check["evidence"]:
                del piece["facts"]
    expected = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    assert checked(SAMPLE).body == expected
    assert expected.startswith(b'{"service":"payment-service","decision":"conditional_go","pass_')


def test_facts_are_a_list_under_their_digest() -> None:
    """The facts of all evidence are one list, in the order of the record, named by its digest."""
    encoded = checked(SAMPLE)

    assert encoded.facts == (
        b'[{"status":200,"total_s":0.0125,"reused":false,"body":"{\\"status\\":\\"UP\\"}"},{}]'
    )
    assert encoded.record.evidence == f"sha256:{sha256(encoded.facts).hexdigest()}"
    assert checked(encoded.record) == encoded


def test_record_without_facts_names_none() -> None:
    """Where there is nothing to keep there is no digest."""
    bare = replace(SAMPLE, categories=())

    assert checked(bare).facts is None
    assert checked(bare).record.evidence == ""
    assert checked(replace(bare, evidence="sha256:claimed")).record.evidence == ""


@pytest.mark.parametrize(
    "facts",
    [b"[{},{}]", b'[{"status":200,"total_s":0.0125,"reused":false,"body":""},{}]', b"", b"null"],
)
def test_other_facts_are_refused(facts: bytes) -> None:
    """Facts that are not those that the record names are never joined to it."""
    encoded = checked(SAMPLE)

    with pytest.raises(StoreError, match="its facts must be what their digest says"):
        decode(encoded.body, EVALUATION, facts)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (b"[{}]", "must have facts for 2 pieces of evidence, has 1"),
        (b"{}", "must be a list"),
        (b'[{"a":[]},{}]', "0.a: must be"),
        (b"[", "not JSON"),
    ],
)
def test_facts_that_fit_nothing_are_refused(facts: bytes, told: str) -> None:
    """Facts that a record does name, and that are none of its own, are refused all the same."""
    digest = SAMPLE.evidence.encode()
    body = checked(SAMPLE).body.replace(digest, digest_of(facts).encode())

    with pytest.raises(StoreError, match=told):
        decode(body, EVALUATION, facts)


def test_record_from_before_facts_were_apart_reads() -> None:
    """An older record has its facts in its own bytes and names no digest."""
    record = decode(BODY, EVALUATION)

    assert record.evidence == ""
    assert record.checks[1].evidence[0].facts["status"] == 200


def test_moment_is_written_in_one_way() -> None:
    """A moment is written in UTC with microseconds, so that texts sort as moments do."""
    at = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=2)))

    assert written(at) == "2026-11-22T10:00:00.000000Z"
    assert written(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"
    assert instant(written(at)) == at


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("score", "0.8", "score: must be a number, was '0.8'"),
        ("tier", 1.0, "tier: must be a whole number or null, was 1.0"),
        ("tier", True, "tier: must be a whole number or null, was True"),
        ("changed", 1, "changed: must be true or false, was 1"),
        ("service", None, "service: must be a text, was None"),
        ("counts", [], "counts: must be a mapping, was []"),
        ("reasons", {}, "reasons: must be a list, was {}"),
        ("fixes", "none", "fixes: must be a list, was 'none'"),
        ("counts/passed", "2", "counts.passed: must be a whole number, was '2'"),
        ("categories/0/checks/1/role", 1, "categories.0.checks.1.role: must be a text, was 1"),
        (
            "categories/0/checks/1/evidence/0/facts/status",
            None,
            "categories.0.checks.1.evidence.0.facts.status: must be",
        ),
        ("policy", 0.9, "policy: must be a mapping, was 0.9"),
        ("policy/thresholds/go", "0.9", "policy.thresholds.go: must be a number, was '0.9'"),
        ("policy/warn_budget", None, "policy.warn_budget: must be a whole number, was None"),
        ("counts/extra", 1, "counts: must not have 'extra'"),
        ("blessed", True, "must not have 'blessed'"),
        ("decision", "maybe", "decision must be one of go, conditional_go, no_go, was 'maybe'"),
        ("valid_until", "tomorrow", "must be an instant"),
        ("conditions/0/due_at", "2026-02-30T00:00:00.000000Z", "must be an instant"),
        ("conditions/0/closed_at", "", "must be an instant"),
    ],
)
def test_wrong_shape_is_refused(path: str, value: object, told: str) -> None:
    """A value of another type, an unknown key or a senseless word is refused with its place."""
    with pytest.raises(StoreError) as caught:
        decode(changed(path, value), EVALUATION)

    assert f"record {EVALUATION} is damaged: " in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (BODY[:-1], "not JSON"),
        (BODY + b"x", "not JSON"),
        (BODY.replace(b"payment", b"\xff"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "must be a mapping"),
        (BODY.replace(b'"tier":1', b'"tier":1,"tier":1'), "must not have a key twice"),
        (BODY.replace(b'"score":0.833333', b'"score":NaN'), "finite"),
        (BODY.replace(b'"score":0.833333', b'"score":-Infinity'), "finite"),
        (BODY.replace(b'"score":0.833333', b'"score":1e999'), "finite"),
        (BODY.replace(b'"tier":1', b'"tier":' + b"9" * 5000), "not JSON"),
        (BODY.replace(b"team-payments", b"team\\ud800"), "surrogate"),
        (BODY.replace(b'"tier":1,', b""), "must have tier"),
    ],
    ids=range(13),
)
def test_broken_bytes_are_refused(body: bytes, told: str) -> None:
    """Bytes that are not exactly one whole record are refused, never repaired."""
    with pytest.raises(StoreError, match=told):
        decode(body, EVALUATION)


def test_record_of_another_evaluation_is_refused() -> None:
    """A record that stands under another record's id is refused."""
    with pytest.raises(StoreError, match="must be evaluation 01OTHER"):
        decode(BODY, "01OTHER")


def test_field_with_a_default_may_be_absent() -> None:
    """A record from before a field existed reads as its default."""
    document = json.loads(BODY)
    del document["categories"][0]["checks"][1]["evidence"]

    record = decode(json.dumps(document).encode(), EVALUATION)

    assert record.categories[0].checks[1].evidence == ()


def test_record_from_before_policies_were_kept_reads() -> None:
    """An older record has no policy, and its checks and categories have the defaults."""
    document = json.loads(BODY)
    del document["policy"]
    for category in document["categories"]:
        del category["minimum_checks"]
        for check in category["checks"]:
            del check["when_unproven"], check["max_age_s"]

    record = decode(json.dumps(document).encode(), EVALUATION)

    assert record.policy is None
    assert {category.minimum_checks for category in record.categories} == {0}
    assert {(check.when_unproven, check.max_age_s) for check in record.checks} == {("no_go", None)}


def test_surrogate_pair_is_one_character() -> None:
    """An escaped pair is the character it stands for."""
    body = BODY.replace(b"team-payments", b"team\\ud83d\\ude00")

    assert decode(body, EVALUATION).owner == "team😀"


@pytest.mark.parametrize(
    "change",
    [
        {"score": float("nan")},
        {"duration_ms": float("inf")},
        {"owner": "half \ud800"},
        {"reasons": []},
        {"tier": True},
        {"service": 7},
        {"owner": {1, 2}},
        {"decision": "maybe"},
        {"decided_at": "2026-11-22T10:00:00Z"},
    ],
    ids=str,
)
def test_what_would_not_survive_is_not_stored(change: dict[str, Any]) -> None:
    """A record that would not come back as it is never reaches the database."""
    record = replace(decode(BODY, EVALUATION), **change)

    encoder = Encoder()
    for _ in range(5):
        with pytest.raises(StoreError, match=f"record {EVALUATION} cannot be stored"):
            encoder.encode(record)


def test_key_that_json_would_change_is_not_stored() -> None:
    """A fact whose key is no text would come back under another key, so it is refused."""
    record = decode(BODY, EVALUATION)
    record.checks[1].evidence[0].facts[1] = "one"  # type: ignore[index]  # the point

    encoder = Encoder()
    for _ in range(5):
        with pytest.raises(StoreError, match=r"come back changed|must be a text"):
            encoder.encode(record)


def test_instant_keeps_its_microseconds() -> None:
    """An instant is read in UTC to the microsecond."""
    at = datetime(2026, 11, 22, 10, 0, 0, 1, tzinfo=UTC)

    assert instant("2026-11-22T10:00:00.000001Z") == at
    assert instant("2026-11-22T10:00:00.000001Z").tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:00.000001+00:00",
        "2026-11-22T10:00:00Z",
        "2026-11-22 10:00:00.000001Z",
        "2026-13-22T10:00:00.000001Z",
        "٢٠٢٦-11-22T10:00:00.000001Z",
        "",
    ],
)
def test_another_way_to_write_an_instant_is_refused(text: str) -> None:
    """There is one way to write an instant, so that texts sort as times do."""
    with pytest.raises(StoreError, match="must be an instant"):
        instant(text)
