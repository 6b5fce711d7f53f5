"""formats.probe_text and formats.probe_json: one probe, for people and for machines."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.formats.probe_json import probe_document
from director.formats.probe_text import probe_text
from director.formats.text import Look
from director.model.answers import DnsAnswer, DnsRecord, Greeting, Handshake, RecordType
from director.model.evidence import Evidence, EvidenceKind
from director.model.health import Component, HealthDocument, HealthFormat, HealthStatus
from director.model.judgement import Finding, Judgement, Verdict
from director.model.outcome import Failed, Passed, Unknown, Warned
from director.model.probe import Hop, Phase, Phases, ProbeError, ProbeReason, Reply
from director.model.probe import Seen as SeenBefore
from director.model.probed import Probed, Seen
from director.model.tls import TlsFacts

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PHASES = Phases(
    dns_s=0.001, connect_s=0.002, tls_s=0.01, send_s=0.0005, ttfb_s=0.05, transfer_s=0.001
)
REPLY = Reply(
    url="https://pay.test/",
    status=200,
    body=b"ok",
    phases=PHASES,
    address="192.0.2.1:443",
    hops=(Hop(url="https://pay.test/", status=200, phases=PHASES, address="192.0.2.1:443"),),
)
FACTS = (("director.probe.total_ms", 64.5), ("http.response.status_code", 200))
EVIDENCE = Evidence(EvidenceKind.PROBED, "https://pay.test/", NOW, FACTS)
GOOD = Passed("answered 200 in 64 ms")
PLAIN = Look(colour=False, width=80)
HEAD = "PASSED  https://pay.test/\n  answered 200 in 64 ms\n"


def tls(
    left: timedelta = 60 * DAY, chain: timedelta = 900 * DAY, begun: timedelta = DAY
) -> TlsFacts:
    """Return what a peer shows whose certificates are valid for so long."""
    return TlsFacts(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        verify_code=0,
        subject="CN=pay.test",
        issuer="CN=ca",
        names=("pay.test", "b.test", "c.test", "d.test"),
        not_before=NOW - begun,
        not_after=NOW + left,
        chain_not_after=NOW + chain,
        chain=2,
        fingerprint="00",
        seen_at=NOW,
    )


def probed(
    answer: Seen | ProbeError = REPLY,
    outcome: Passed | Warned | Failed | Unknown = GOOD,
    **more: object,
) -> Probed:
    """Return one probe of a page."""
    asked = "https://pay.test/"
    return Probed(asked=asked, answer=answer, outcome=outcome, evidence=EVIDENCE, **more)  # type: ignore[arg-type]


def text(answer: Seen | ProbeError = REPLY, **more: object) -> str:
    """Return one probe as a person sees it, without colours."""
    return probe_text(probed(answer, **more), PLAIN)  # type: ignore[arg-type]


def test_a_page_at_a_glance() -> None:
    """The verdict, who answered, and where the time went, in this order."""
    lines = text().splitlines()

    assert "\n".join(lines[:3]) == HEAD + "  192.0.2.1:443  HTTP/1.1  2 bytes"
    assert re.fullmatch(r"  dc+t+sf+r", lines[3])
    assert lines[4:] == [
        "  d dns            1.0 ms",
        "  c connect        2.0 ms",
        "  t tls           10.0 ms",
        "  s send           0.5 ms",
        "  f ttfb          50.0 ms",
        "  r transfer       1.0 ms",
        "  = total         64.5 ms",
    ]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (GOOD, "PASSED"),
        (Warned("soon"), "WARNED"),
        (Failed("bad", code="http_status"), "FAILED"),
        (Unknown("dark", "policy_denied"), "UNKNOWN"),
    ],
)
@pytest.mark.parametrize("colour", [False, True])
def test_the_verdict_is_a_word(outcome: Passed, said: str, colour: bool) -> None:
    """A word says what a colour says, and a reason of the closed set says why."""
    drawn = probe_text(probed(outcome=outcome), Look(colour=colour, width=80))

    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    assert plain.startswith(f"{said}  https://pay.test/\n  {outcome.reason}\n")
    assert (drawn != plain) is colour
    code = getattr(outcome, "code", "")
    assert (f"\n  reason {code}\n" in plain) is bool(code)


def test_with_colours_a_phase_is_a_block() -> None:
    """In colours the bar is drawn with blocks, and its legend with the same."""
    drawn = probe_text(probed(), Look(colour=True, width=80))

    bar = re.sub(r"\x1b\[[0-9;]*m", "", drawn).splitlines()[3]
    assert set(bar.strip()) == {"█"}


times = st.one_of(st.just(0.0), st.floats(1e-6, 100))


@given(st.lists(times, min_size=7, max_size=7), st.integers(20, 200))
def test_the_bar_fits(lengths: list[float], width: int) -> None:
    """No bar is wider than the screen, and what took any time at all is in it."""
    names = [f"{phase}_s" for phase in Phase]
    phases = Phases(**dict(zip(names, lengths, strict=True)))
    answer = Greeting(where="a:1", phases=phases, address="192.0.2.1:1")

    lines = probe_text(probed(answer), Look(colour=False, width=width)).splitlines()

    bars = [line.strip() for line in lines if re.fullmatch(r"  [dctsfro]+", line)]
    assert len(bars) == (1 if any(lengths) else 0)
    for bar in bars:
        assert len(bar) <= min(width - 4, 60)
        assert len(set(bar)) == sum(length > 0 for length in lengths)


def test_where_it_failed() -> None:
    """The phase that was running is marked, also if it took no time at all."""
    seen = SeenBefore(
        phases=Phases(dns_s=0.1, connect_s=0.2), phase=Phase.TLS, address="192.0.2.1:443"
    )
    error = ProbeError(ProbeReason.TLS_PROTOCOL, "no", seen=seen)

    drawn = text(error, outcome=Failed("no", code="tls_protocol"))

    marked = [line for line in drawn.splitlines() if line.endswith("failed here")]
    assert marked == ["  t tls            0.0 ms  failed here"]
    assert "nothing was sent" not in drawn


def test_nothing_was_sent() -> None:
    """Where nobody was asked, nobody waits for a bar."""
    error = ProbeError(ProbeReason.POLICY_DENIED, "denied")

    drawn = text(error, outcome=Unknown("denied", "policy_denied"))

    assert drawn == (
        "UNKNOWN  https://pay.test/\n  denied\n  reason policy_denied\n  nothing was sent\n"
    )


def test_each_request_on_the_way() -> None:
    """Redirects are listed with what each answered; one request needs no list."""
    first = Hop(url="https://pay.test/", status=301, phases=PHASES, address="192.0.2.1:443")
    last = Hop(url="https://pay.test/home", address="192.0.2.2:443")

    error = ProbeError(ProbeReason.TTFB_TIMEOUT, "late", seen=SeenBefore(
        phases=PHASES, phase=Phase.TTFB, address="192.0.2.2:443", hops=(first, last)))  # fmt: skip

    drawn = text(error, outcome=Failed("late", code="ttfb_timeout"))

    assert "  1. https://pay.test/  301  64.5 ms  192.0.2.1:443\n" in drawn
    assert "  2. https://pay.test/home  no answer  0.0 ms  192.0.2.2:443\n" in drawn
    assert "1. " not in text()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (tls(), "certificate expires 2027-01-21, in 60 days"),
        (tls(-2 * DAY - timedelta(hours=1)), "certificate expired 2026-11-20, 2 days ago"),
        (tls(begun=-DAY), "certificate valid only from 2026-11-23"),
        (tls(chain=3 * DAY), "in 60 days; its chain on 2026-11-25"),
    ],
)
def test_the_certificate(facts: TlsFacts, said: str) -> None:
    """Who signed it, for whom, and until when; the chain where it ends before."""
    drawn = text(Handshake(where="pay.test:443", tls=facts, address="192.0.2.1:443"))

    assert "  TLSv1.3  for pay.test, b.test, c.test …  signed by CN=ca\n" in drawn
    assert said in drawn


def test_a_certificate_that_was_not_accepted() -> None:
    """What the peer showed is said though the probe failed."""
    seen = SeenBefore(phases=PHASES, phase=Phase.TLS, address="192.0.2.1:443", tls=tls())

    assert "signed by CN=ca" in text(ProbeError(ProbeReason.TLS_UNTRUSTED, "no", seen=seen))


def test_what_is_said_of_health() -> None:
    """The service's own word comes with its parts, the first twenty."""
    parts = tuple(Component(f"part{number}", HealthStatus.PASS, "UP") for number in range(22))
    health = HealthDocument(HealthFormat.SPRING, HealthStatus.PASS, "UP", parts)

    drawn = text(health=health)

    assert "  says of its health: UP (spring)\n    part0: UP\n" in drawn
    assert "    part19: UP\n    and 2 more\n" in drawn
    assert "part20" not in drawn


def test_dns_records() -> None:
    """Each record stands by itself, with who said it; the first twenty."""
    records = tuple(
        DnsRecord(type=RecordType.A, value=f"192.0.2.{number}", ttl_s=60) for number in range(21)
    )
    answer = DnsAnswer(
        name="pay.test", type=RecordType.A, resolver="192.0.2.53:53", rcode="NOERROR",
        records=records,
    )  # fmt: skip

    drawn = text(answer)

    assert "  answered by 192.0.2.53:53\n  A  192.0.2.0  for 60 s\n" in drawn
    assert "  A  192.0.2.19  for 60 s\n  and 1 more\n" in drawn


HOSTILE = "\x1b[2J\r\n::error::x\u202e##[group]"


def test_what_a_peer_says_does_nothing() -> None:
    """No word of a peer moves a cursor, begins a line, or is obeyed by a pipeline."""
    part = Component(HOSTILE, HealthStatus.PASS, HOSTILE)
    health = HealthDocument(HealthFormat.SPRING, HealthStatus.PASS, HOSTILE, (part,))
    facts = replace(tls(), names=(HOSTILE,), issuer=HOSTILE)
    reply = Reply(url=HOSTILE, status=200, version=HOSTILE, address=HOSTILE, tls=facts)
    banner = Greeting(where="a:1", banner=HOSTILE.encode(), address="192.0.2.1:1")

    for answer in (reply, banner):
        drawn = probe_text(
            Probed(asked=HOSTILE, answer=answer, outcome=Failed(HOSTILE, code="x"),
                   evidence=EVIDENCE, health=health),
            PLAIN,
        )  # fmt: skip
        assert all(line.isprintable() for line in drawn.split("\n"))
        assert not re.search(r"(?m)^\s*::", drawn)
        assert "##[" not in drawn


def test_as_json() -> None:
    """What matters comes first, and every fact of the evidence is there."""
    document = probe_document(probed())

    assert document == {
        "target": "https://pay.test/",
        "outcome": "passed",
        "reason": "answered 200 in 64 ms",
        "code": None,
        "at": "2026-11-22T12:00:00.000000Z",
        "facts": {"director.probe.total_ms": 64.5, "http.response.status_code": 200},
    }
    assert list(document)[:3] == ["target", "outcome", "reason"]


def test_as_json_with_everything() -> None:
    """Health and what was expected stand there where there was any."""
    health = HealthDocument(
        HealthFormat.HEALTH_JSON, HealthStatus.FAIL, "fail",
        (Component("db", HealthStatus.FAIL, "down", "4 ms"),), agrees=False, fault="odd",
    )  # fmt: skip
    finding = Finding("status == 200", Verdict.UNMET, "503", "condition_failed")
    judged = Judgement(Verdict.UNMET, (finding,))

    document = probe_document(
        probed(outcome=Failed("no", code="condition_failed"), health=health, judgement=judged)
    )

    assert document["code"] == "condition_failed"
    assert document["health"] == {
        "format": "health_json",
        "status": "fail",
        "said": "fail",
        "agrees": False,
        "fault": "odd",
        "components": [{"name": "db", "status": "fail", "said": "down"}],
    }
    assert document["expected"] == {
        "verdict": "unmet",
        "findings": [
            {
                "text": "status == 200",
                "verdict": "unmet",
                "observed": "503",
                "code": "condition_failed",
            }
        ],
    }
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_as_json_without_a_time() -> None:
    """Evidence that nobody dated has no time, and not a wrong one."""
    undated = Evidence(EvidenceKind.PROBED, "https://pay.test/")

    document = probe_document(Probed(asked="a", answer=REPLY, outcome=GOOD, evidence=undated))

    assert document["at"] is None
    assert document["facts"] == {}
