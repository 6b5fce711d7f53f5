"""director.probing.verdict: what one probe means by itself, the worst of everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from director.model.answers import DnsAnswer, DnsRecord, Greeting, Handshake, RecordType
from director.model.health import Component, HealthDocument, HealthFormat, HealthStatus
from director.model.judgement import Finding, Judgement, Verdict
from director.model.outcome import Failed, Passed, Unknown, Warned, word
from director.model.probe import Phases, ProbeError, ProbeReason, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts
from director.probing.verdict import verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
A_MOMENT = timedelta(seconds=1)

PHASES = Phases(connect_s=0.002, ttfb_s=0.01)
REPLY = Reply(url="http://pay.test/", status=200, phases=PHASES)


def tls(left: timedelta = 90 * DAY, chain: timedelta = 900 * DAY) -> TlsFacts:
    """Return what a peer shows whose certificates are valid for so long."""
    return TlsFacts(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        verify_code=0,
        subject="CN=pay.test",
        issuer="CN=ca",
        names=("pay.test",),
        not_before=NOW - DAY,
        not_after=NOW + left,
        chain_not_after=NOW + chain,
        chain=2,
        fingerprint="00",
        seen_at=NOW,
    )


def health(
    status: HealthStatus, said: str = "DOWN", agrees: bool = True, *names: str
) -> HealthDocument:
    """Return what a health document says, of a service whose parts are all like it."""
    parts = tuple(Component(name, status, said) for name in names)
    return HealthDocument(HealthFormat.SPRING, status, said, parts, agrees)


def finding(verdict: Verdict, observed: str = "503", code: str = "condition_failed") -> Judgement:
    """Return what became of an expectation of the status."""
    return Judgement(verdict, (Finding("status == 200", verdict, observed, code),))


MET = Judgement(Verdict.MET)
UNMET = finding(Verdict.UNMET)
BLIND = finding(Verdict.UNKNOWN, "", "condition_missing")
FINE = health(HealthStatus.PASS, "UP")
ILL = health(HealthStatus.FAIL)
LIMPING = health(HealthStatus.WARN, "DEGRADED")


@pytest.mark.parametrize("reason", list(ProbeReason))
def test_no_answer(reason: ProbeReason) -> None:
    """What the service did is a failure, and what we could not see is unknown; never a success."""
    outcome = verdict(ProbeError(reason, "so it was"), None, None)

    expected = Unknown if reason.blind else Failed
    assert type(outcome) is expected
    assert (outcome.reason, outcome.code) == ("so it was", reason.value)


RECORD = DnsRecord(type=RecordType.A, value="192.0.2.1", ttl_s=60)
DNS = DnsAnswer(
    name="pay.test", type=RecordType.A, resolver="192.0.2.53:53", rcode="NOERROR",
    records=(RECORD,), phases=PHASES,
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (REPLY, "answered 200 in 12 ms"),
        (replace(REPLY, status=503), "answered 503 in 12 ms"),
        (Handshake(where="pay.test:443", tls=tls(), phases=PHASES), "TLSv1.3 agreed on in 12 ms"),
        (Greeting(where="pay.test:25", phases=PHASES), "connected in 12 ms"),
        (DNS, "1 record in 12 ms"),
        (replace(DNS, records=(RECORD, RECORD)), "2 records in 12 ms"),
    ],
)
def test_an_answer_of_which_nothing_is_expected(answer: Seen, reason: str) -> None:
    """A complete answer passes by itself, and says how long it took."""
    assert verdict(answer, None, None) == Passed(reason)


@pytest.mark.parametrize(
    ("rcode", "code"), [("NXDOMAIN", "dns_nxdomain"), ("NOERROR", "dns_no_records")]
)
def test_no_records(rcode: str, code: str) -> None:
    """That there is nothing is an answer, and a failure."""
    outcome = verdict(replace(DNS, rcode=rcode, records=()), None, None)

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.observed) == (code, rcode)


def test_only_aliases_are_no_records() -> None:
    """Records of another type than was asked for do not answer the question."""
    alias = replace(RECORD, type=RecordType.CNAME)

    outcome = verdict(replace(DNS, records=(alias,)), None, None)

    assert isinstance(outcome, Failed)
    assert outcome.code == "dns_no_records"


@pytest.mark.parametrize(
    ("document", "outcome", "code", "reason"),
    [
        (FINE, "passed", "", "answered 200"),
        (LIMPING, "warned", "", "says that it is DEGRADED"),
        (ILL, "failed", "health_document_fail", "says that it is DOWN"),
        (health(HealthStatus.FAIL, "DOWN", True, "db"), "failed", "health_document_fail",
         "is DOWN, for db"),
        (health(HealthStatus.FAIL, "DOWN", True, *"abcde"), "failed", "health_document_fail",
         "for a, b, c and 2 more"),
        (health(HealthStatus.PASS, "UP", False), "failed", "health_document_mismatch",
         "says UP, and the status code says otherwise"),
        (health(HealthStatus.WARN, "WARN", False), "failed", "health_document_mismatch", "WARN"),
        (replace(FINE, fault="status is missing"), "failed", "health_document_invalid",
         "cannot be used: status is missing"),
    ],
)  # fmt: skip
def test_health_documents(document: HealthDocument, outcome: str, code: str, reason: str) -> None:
    """The service's own word counts, and so does that it contradicts its status."""
    found = verdict(REPLY, document, None)

    assert (word(found).value, getattr(found, "code", "")) == (outcome, code)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("left", "outcome"),
    [
        (21 * DAY, "passed"),
        (21 * DAY - A_MOMENT, "warned"),
        (7 * DAY, "warned"),
        (7 * DAY - A_MOMENT, "failed"),
        (timedelta(0), "failed"),
    ],
    ids=["21 d", "under 21 d", "7 d", "under 7 d", "none"],
)
@pytest.mark.parametrize("chain", [False, True], ids=["leaf", "chain"])
@pytest.mark.parametrize("page", [False, True], ids=["handshake", "page"])
def test_certificates_that_expire(left: timedelta, outcome: str, chain: bool, page: bool) -> None:
    """Who signed the certificate runs out as it does; the limits themselves are good enough."""
    facts = tls(90 * DAY, left) if chain else tls(left)
    answer = replace(REPLY, tls=facts) if page else Handshake(where="pay.test:443", tls=facts)

    found = verdict(answer, None, None)

    assert word(found).value == outcome
    assert ("a certificate of the chain" in found.reason) is (chain and outcome != "passed")
    assert (getattr(found, "code", "") == "certificate_expiring") is (outcome == "failed")


def test_a_day_is_one_day() -> None:
    """What people read is spelt for them."""
    assert verdict(replace(REPLY, tls=tls(DAY)), None, None).reason == (
        "the certificate expires in 1 day"
    )


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (MET, Passed("answered 200 in 12 ms")),
        (UNMET, Failed("not as expected: status == 200: was 503", code="condition_failed")),
        (BLIND, Unknown("not as expected: status == 200: no value", "condition_missing")),
        (Judgement(Verdict.UNMET), Failed("not as expected: ", code="condition_failed")),
        (Judgement(Verdict.UNKNOWN), Unknown("not as expected: ", "condition_failed")),
    ],
)
def test_what_was_expected(judgement: Judgement, expected: Passed | Failed | Unknown) -> None:
    """Only what is met passes, with the finding and what was seen instead."""
    assert verdict(REPLY, None, judgement) == expected


def test_three_findings_are_named() -> None:
    """What a person reads at a glance is short."""
    many = Judgement(Verdict.UNMET, UNMET.findings * 5)

    assert verdict(REPLY, None, many).reason.count("status == 200") == 3


SOON = replace(REPLY, tls=tls(5 * DAY))
LATER = replace(REPLY, tls=tls(10 * DAY))


@pytest.mark.parametrize(
    ("answer", "document", "judgement", "outcome", "code"),
    [
        (SOON, LIMPING, BLIND, "failed", "certificate_expiring"),
        (LATER, ILL, BLIND, "failed", "health_document_fail"),
        (LATER, LIMPING, UNMET, "failed", "condition_failed"),
        (LATER, LIMPING, BLIND, "unknown", "condition_missing"),
        (LATER, FINE, MET, "warned", ""),
        (SOON, ILL, UNMET, "failed", "condition_failed"),
        (REPLY, FINE, MET, "passed", ""),
    ],
)
def test_the_worst_counts(
    answer: Seen,
    document: HealthDocument,
    judgement: Judgement,
    outcome: str,
    code: str,
) -> None:
    """A known failure outweighs the unknown, and that a warning; of two, what was expected."""
    found = verdict(answer, document, judgement)

    assert (word(found).value, getattr(found, "code", "")) == (outcome, code)
    assert isinstance(found, Passed | Warned | Failed | Unknown)
