"""director.probing.conditions: what an answer must meet."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director.model.answers import DnsAnswer, DnsRecord, Greeting, Handshake, RecordType
from director.model.health import Component, HealthDocument, HealthFormat, HealthStatus
from director.model.judgement import Judgement, Verdict
from director.model.probe import Phases, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts
from director.probing.conditions import ExpectationError, compile_expectation

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TLS = TlsFacts(
    version="TLSv1.2",
    cipher="ECDHE",
    verify_code=0,
    subject="CN=pay.example.com",
    issuer="CN=Example CA",
    names=("pay.example.com", "pay.example.org"),
    not_before=NOW - timedelta(days=30),
    not_after=NOW + timedelta(days=60),
    chain_not_after=NOW + timedelta(days=20),
    chain=2,
    fingerprint="00",
    seen_at=NOW,
)
BODY = {
    "status": "ok",
    "count": 3,
    "ratio": 0.5,
    "ready": True,
    "nothing": None,
    "parts": [{"name": "db", "ms": 4}, {"name": "queue", "ms": 90}],
    "empty": [],
    "deep": {"er": {"est": "x"}},
    "digits": "123",
}
REPLY = Reply(
    url="https://pay.example.com/healthz",
    status=200,
    headers=(("content-type", "application/json"), ("x-a", "1"), ("x-a", "2"), ("x-empty", "")),
    body=json.dumps(BODY).encode(),
    phases=Phases(dns_s=0.002, connect_s=0.001, tls_s=0.01, ttfb_s=0.066, transfer_s=0.001),
    address="10.1.2.3:443",
    tls=TLS,
)
DNS = DnsAnswer(
    name="example.com",
    type=RecordType.A,
    resolver="192.0.2.53:53",
    rcode="NOERROR",
    records=(
        DnsRecord(type=RecordType.A, value="192.0.2.1", ttl_s=300),
        DnsRecord(type=RecordType.A, value="192.0.2.2", ttl_s=60),
    ),
)
HEALTH = HealthDocument(
    HealthFormat.SPRING, HealthStatus.PASS, "UP", (Component("db", HealthStatus.PASS, "UP"),)
)

MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN


def judged(text: str, answer: Seen = REPLY, health: HealthDocument | None = HEALTH) -> Judgement:
    """Return what becomes of *text*."""
    return compile_expectation(text).judge(answer, lambda _: health)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("status == 200", MET),
        ("status != 200", UNMET),
        ("status in 200-299", MET),
        ("status in 200", MET),
        ("status in 301, 302", UNMET),
        ("status in [301, 200-204]", MET),
        ("status in 100-199, 201-299", UNMET),
        ("status < 400", MET),
        ("status >= 200 and status <= 200", MET),
        ("not status == 404", MET),
        ("not not status == 200", MET),
        ("status == 404 or status == 200", MET),
        ("status == 404 or (status == 200 and status == 201)", UNMET),
        ('header("Content-Type") like "application/*"', MET),
        ('header("content-type") == "application/json"', MET),
        ('header("x-a") == "2"', MET),
        ('header("x-a") != "2"', UNMET),
        ('header("x-a") in "0", "1"', MET),
        ('len(header("x-a")) == 2', MET),
        ('header("x-empty") == ""', MET),
        ('header("x-none") == ""', UNKNOWN),
        ('header("x-none") != "debug"', UNKNOWN),
        ('not header("x-none") contains "debug"', UNKNOWN),
        ('header("x-none") absent', MET),
        ('header("x-none") present', UNMET),
        ('header("x-a") present', MET),
        ('not header("x-a") absent', MET),
        ('body contains "status"', MET),
        (r'body matches "\"count\": \\d+"', MET),
        ("size > 10", MET),
        ("len(body) > 10", MET),
        ('json("$.status") == "ok"', MET),
        ('json("$.status") in "ok", "up"', MET),
        ('json("$.status") == 200', UNKNOWN),
        ('json("$.digits") == 123', UNKNOWN),
        ('json("$.digits") < 200', UNKNOWN),
        ('json("$.count") == 3', MET),
        ('json("$.count") == 3.0', MET),
        ('json("$.count") == "3"', UNKNOWN),
        ('json("$.ratio") < 1', MET),
        ('json("$.ready") == true', MET),
        ('json("$.ready") == 1', UNKNOWN),
        ('json("$.nothing") == null', MET),
        ('json("$.nothing") != null', UNMET),
        ('json("$.status") != null', MET),
        ('json("$.nothing") == "ok"', UNMET),
        ('json("$.missing") < 100', UNKNOWN),
        ('not json("$.missing") < 100', UNKNOWN),
        ('json("$.missing") absent', MET),
        ('json("$.empty") == "x"', UNKNOWN),
        ('json("$.empty[*]") == "x"', UNKNOWN),
        ('each(json("$.empty[*]")) == "x"', UNKNOWN),
        ('len(json("$.parts")) == 2', MET),
        ('json("$.parts[*].ms") < 100', UNKNOWN),
        ('each(json("$.parts[*].ms")) < 100', MET),
        ('each(json("$.parts[*].ms")) < 50', UNMET),
        ('some(json("$.parts[*].ms")) < 50', MET),
        ("each(json(\"$.parts[?@.name == 'db'].ms\")) < 50", MET),
        ('json("$.deep.er.est") == "x"', MET),
        ('json("$..est") == "x"', MET),
        ('json("$.parts") contains "db"', UNMET),
        ("total < 100ms", MET),
        ("total < 0.05s", UNMET),
        ("ttfb <= 66ms", MET),
        ("tls < 20ms and dns < 5ms and other == 0s", MET),
        ("tls.version >= 1.2", MET),
        ("tls.version >= 1.3", UNMET),
        ('tls.version == "TLSv1.2"', MET),
        ("tls.trusted == true", MET),
        ('tls.issuer contains "Example"', MET),
        ('tls.names like "*.example.org"', MET),
        ("tls.expires_in > 21d", MET),
        ("tls.chain_expires_in > 21d", UNMET),
        ("redirects == 0", MET),
        ('address like "10.*"', MET),
        ('version == "HTTP/1.1"', MET),
        ('health.status == "pass"', MET),
        ('health("db") in "pass", "warn"', MET),
        ('health("cache") == "pass"', UNKNOWN),
        ('dns.rcode == "NOERROR"', UNKNOWN),
        ("banner present", UNKNOWN),
        ("banner absent", UNKNOWN),
    ],
)
def test_what_a_reply_meets(text: str, verdict: Verdict) -> None:
    """Each subject is held against each operator; what is not there is unknown, also under not."""
    assert judged(text).verdict is verdict


@pytest.mark.parametrize(
    ("text", "answer", "verdict"),
    [
        ('dns.rcode == "NOERROR" and dns.count == 2', DNS, MET),
        ('dns.values == "192.0.2.2"', DNS, MET),
        ('dns.values != "192.0.2.9"', DNS, MET),
        ("dns.ttl >= 60s and dns.ttl < 61s", DNS, MET),
        ('dns.resolver like "192.0.2.53*"', DNS, MET),
        ("status == 200", DNS, UNKNOWN),
        ("status absent", DNS, UNKNOWN),
        ("tls.trusted == true", DNS, UNKNOWN),
        ('banner like "220 *"', Greeting(where="a:25", banner=b"220 hello"), MET),
        ("tls.version >= 1.2", Handshake(where="a:443", tls=TLS), MET),
        ("tls.version present", Reply(url="http://a/", status=200), UNMET),
        ("tls.expires_in > 1d", Reply(url="http://a/", status=200), UNKNOWN),
        ('json("$.a") == 1', Reply(url="", status=200, body=b"<html>"), UNKNOWN),
        ('json("$.a") == 1', Reply(url="", status=200, body=b'{"a": NaN}'), UNKNOWN),
        ('json("$.a") == 1', Reply(url="", status=200, body=b"[" * 100_000), UNKNOWN),
    ],
)
def test_other_answers(text: str, answer: Seen, verdict: Verdict) -> None:
    """What an answer of its kind cannot have is unknown, even where it is to be absent."""
    assert judged(text, answer).verdict is verdict


def test_no_health_document_is_unknown() -> None:
    """A page that is no health document says nothing of health."""
    assert judged('health.status == "pass"', health=None).verdict is UNKNOWN
    assert judged('not health.status == "fail"', health=None).verdict is UNKNOWN
    broken = HealthDocument(HealthFormat.SPRING, HealthStatus.FAIL, "?", fault="no status")
    assert judged('health.status == "fail"', health=broken).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("text", "at", "part"),
    [
        ("", 0, "must be what of the answer"),
        ("statsu == 200", 0, "did you mean 'status'?"),
        ("status", 6, "must be one of =="),
        ("status == ", 10, "must be a number, got the end"),
        ('status == "200"', 10, "must be a number"),
        ("status = 200", 7, "cannot be read"),
        ("status in 299-200", 10, "lower end"),
        ("status in []", 12, "at least one"),
        ("status == 200 status == 1", 14, "must be 'and', 'or' or the end"),
        ("(status == 200", 14, "must be ')'"),
        ("status == 200)", 13, "must be 'and'"),
        ("total < 500", 8, "must have a unit of ms"),
        ("status == 200ms", 10, "must have no unit"),
        ("total < 5w", 8, "must have a unit"),
        ('status matches "2.."', 7, "must be of a text"),
        ('body < "x"', 5, "must be of something ordered"),
        ('json("$.a") < "x"', 14, "must be a number"),
        ('body matches "("', 13, "no RE2"),
        (r'body matches "(a)\\1"', 13, "no RE2"),
        ('body like "a]"', 10, "bracket"),
        ('body like "[a"', 10, "bracket"),
        ('json("asdf") == 1', 5, "JSONPath"),
        ("json(\"$[?match(@.a, 'a')]\") == 1", 5, "JSONPath"),
        ('json("$..*..*") == 1', 5, "at most one"),
        ('json("") == 1', 5, "must not be empty"),
        ("json == 1", 5, "an argument"),
        ('header(x) == "1"', 7, "a text in double quotes"),
        ('each(header("a")) == "1"', 0, "must be of json"),
        ("len(status) == 1", 0, "len must be of"),
        ("tls.version >= 9", 15, "TLS version"),
        ('body contains ""', 14, "must not be empty"),
        ("not" + " not" * 40 + " status == 1", 132, "at most 32 deep"),
        (" and ".join(["status == 1"] * 101), 1600, "at most 100 parts"),
    ],
)
def test_what_cannot_be_understood(text: str, at: int, part: str) -> None:
    """A fault is found when it is compiled, with its place, what it must be, and what it was."""
    with pytest.raises(ExpectationError) as caught:
        compile_expectation(text)

    assert part in caught.value.problem
    assert caught.value.at == at


def test_why_it_is_not_met() -> None:
    """Each part that decided is named, with what was seen instead."""
    judgement = judged('status in 500-599 and json("$.missing") == 1 and total < 1s')

    assert judgement.verdict is UNMET
    assert [(one.text, one.verdict, one.observed, one.code) for one in judgement.findings] == [
        ("status in 500-599", UNMET, "200", "condition_failed"),
        ('json("$.missing") == 1', UNKNOWN, "", "condition_missing"),
    ]
    assert judged("not status == 200").findings[0].text == "not status == 200"
    assert judged('json("$.digits") < 5').findings[0].code == "condition_type"
    assert judged("status == 200").findings == ()


def test_a_pattern_that_would_hang_elsewhere() -> None:
    """Nested repetition takes time in proportion to the text."""
    reply = Reply(url="", status=200, body=b"a" * 500_000 + b"!")

    assert judged('body matches "^(a+)+$"', reply).verdict is UNMET


def test_work_is_bounded() -> None:
    """A path that selects very much is unknown, and so is every expectation that needs it."""
    reply = Reply(url="", status=200, body=json.dumps([1] * 2_000).encode())

    judgement = judged('each(json("$[*]")) == 1', reply)

    assert judgement.verdict is UNKNOWN
    assert judgement.findings[0].code == "condition_budget"


LEAVES = (
    "status == 200",
    "status < 500",
    'header("x") != "a"',
    'header("x") == "a"',
    'json("$.a") == 1',
    'json("$.a") < 100',
    "tls.expires_in > 1d",
    'dns.rcode != "NXDOMAIN"',
    'health.status != "fail"',
    'banner like "*"',
)
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) and ({parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) or ({parts[1]})"),
    ),
    max_leaves=8,
)
BLANK: tuple[Seen, ...] = (
    Greeting(where="a:1"),
    DnsAnswer(name="a", type=RecordType.A, resolver="", rcode=""),
)


@given(trees)
def test_a_leaf_that_is_unknown_never_decides_for_success(text: str) -> None:
    """Where nothing an expectation speaks of can be there, no tree over it is ever met."""
    page = text.replace("banner", "body").replace("dns.rcode", 'header("y")')
    assert judged(page, Greeting(where="a:1", banner=b"")).verdict is UNKNOWN


@pytest.mark.long
@settings(max_examples=20_000)
@given(trees, st.sampled_from(["", "not ", "not not "]))
def test_what_was_not_seen_is_never_a_success(text: str, turned: str) -> None:
    """The same for many more trees, each turned around as well."""
    page = text.replace("banner", "body").replace("dns.rcode", 'header("y")')
    greeting = Greeting(where="a:1", banner=b"")

    assert judged(f"{turned}({page})", greeting).verdict is UNKNOWN
    assert judged(f"({page}) and ({page})", greeting).verdict is UNKNOWN


@given(trees)
def test_not_is_its_own_opposite(text: str) -> None:
    """Not turns met into unmet, leaves unknown alone, and twice is nothing."""
    plain, turned = judged(text).verdict, judged(f"not ({text})").verdict

    assert {plain, turned} in ({MET, UNMET}, {UNKNOWN})
    assert judged(f"not (not ({text}))").verdict is plain


def faults(text: str) -> ExpectationError | None:
    """Return what is wrong with *text*, or None if it compiles."""
    try:
        compile_expectation(text)
    except ExpectationError as error:
        return error
    return None


@given(st.text(max_size=60))
def test_any_text_compiles_or_says_why(text: str) -> None:
    """Whatever is written, it compiles or its fault has a place; nothing else is raised."""
    fault = faults(text)

    assert fault is None or (fault.problem != "" and 0 <= fault.at <= len(text))


@given(
    st.lists(st.sampled_from([*LEAVES, "(", ")", "not", "and", "or", "in", "1-2", '"', "[", ","]))
)
def test_any_words_compile_or_say_why(words: list[str]) -> None:
    """Whatever words follow each other, nothing but a fault with its place is raised."""
    fault = faults(" ".join(words))

    assert fault is None or fault.problem != ""


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_document_is_judged(value: object) -> None:
    """Whatever a body holds, an expectation of it has a verdict."""
    reply = Reply(url="", status=200, body=json.dumps({"a": value}).encode())

    for text in ('json("$.a") == 1', 'json("$.a") contains "x"', 'len(json("$.a")) > 0'):
        assert judged(text, reply).verdict in Verdict
