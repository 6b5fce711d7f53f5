"""cli.init_finds: what answers tell, and what they leave open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from director.cli.init_finds import Find, Seen, finds, notes
from director.cli.init_survey import ASKED, FIRST, NOBODYS, Came, Survey
from director.model.health import Component, HealthDocument, HealthFormat, HealthStatus
from director.model.probe import ProbeError, ProbeReason, Reply
from director.model.tls import TlsFacts

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FOUND, ABSENT, UNKNOWN = Seen.FOUND, Seen.ABSENT, Seen.UNKNOWN
TLS = TlsFacts(
    version="TLSv1.3", cipher="c", verify_code=0, subject="CN=pay", issuer="CN=ca",
    names=("pay.test",), not_before=NOW, not_after=NOW + timedelta(days=40),
    chain_not_after=NOW + timedelta(days=400), chain=2, fingerprint="00", seen_at=NOW,
)  # fmt: skip
SILENT = ProbeError(ProbeReason.TTFB_TIMEOUT, "it was late")
UP = HealthDocument(HealthFormat.SPRING, HealthStatus.PASS, "UP")


def reply(status: int, body: str = "", path: str = "", **headers: str) -> Reply:
    """Return an answer; a header is named with underscores."""
    return Reply(
        url=f"https://pay.test{path}",
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body.encode(),
        address="192.0.2.1:443",
        tls=TLS,
    )


def survey(
    came: Mapping[str, Came] = {},
    documents: Mapping[str, HealthDocument] = {},
    plain: Came | None = SILENT,
    base_url: str = "https://pay.test",
) -> Survey:
    """Return what a service answers that has nothing but the given pages."""
    all_ = {path: reply(404, "no", path) for path in ASKED}
    return Survey(base_url=base_url, came={**all_, **came}, documents=dict(documents), plain=plain)


def find(what: str, found: Survey) -> Find:
    """Return the one find about *what*."""
    (one,) = [each for each in finds(found) if each.what == what]
    return one


@pytest.mark.parametrize(
    ("plain", "seen", "said"),
    [
        (reply(301, location="https://pay.test/"), FOUND, "plain http leads to https://pay.test"),
        (reply(301, location="https://u:secret@pay.test/"), FOUND, "leads to https://pay.test"),
        (reply(301, location="http://pay.test/x"), ABSENT, "answers 301 and does not lead"),
        (reply(301, location="//["), ABSENT, "answers 301 and does not lead"),
        (reply(301), ABSENT, "answers 301 and does not lead"),
        (reply(200), ABSENT, "answers 200 and does not lead"),
        (ProbeError(ProbeReason.CONNECT_REFUSED, "no"), FOUND, "port 80 takes no connection"),
        (ProbeError(ProbeReason.CONNECT_RESET, "no"), FOUND, "port 80 takes no connection"),
        (ProbeError(ProbeReason.CONNECT_TIMEOUT, "late"), UNKNOWN, "port 80 gave no answer: late"),
        (SILENT, UNKNOWN, "port 80 gave no answer: it was late"),
    ],
)
def test_what_port_80_does(plain: Came, seen: Seen, said: str) -> None:
    """It leads to https, is shut, or does neither; silence proves nothing."""
    one = find("redirect", survey(plain=plain))

    assert one.seen is seen
    assert said in one.said
    assert "secret" not in one.said


def test_a_plain_base_url() -> None:
    """Where the base URL leads to https, that is said; else that it does not."""
    to = reply(301, location="https://www.pay.test/home")
    leading = find("https", survey({FIRST: to}, plain=None, base_url="http://pay.test"))
    alone = finds(survey(plain=None, base_url="http://pay.test"))

    assert (leading.seen, "https://www.pay.test" in leading.said) == (FOUND, True)
    assert [each.seen for each in alone if each.what == "https"] == [ABSENT]
    assert not {"TLS", "HSTS", "redirect"} & {each.what for each in alone}


def test_tls_and_hsts() -> None:
    """Who the certificate is for and until when, and what browsers are told."""
    sent = reply(200, strict_transport_security="max-age=1")

    assert find("TLS", survey()).said == (
        "TLSv1.3, a certificate for pay.test that expires in 40 days"
    )
    assert find("HSTS", survey()).seen is ABSENT
    assert find("HSTS", survey({FIRST: sent})).said == "/ sends max-age=1"
    assert find("HSTS", survey({FIRST: SILENT})).seen is UNKNOWN


@pytest.mark.parametrize(
    ("came", "seen", "paths"),
    [
        ({}, ABSENT, None),
        ({"/admin": reply(401)}, FOUND, "/admin"),
        ({"/admin": reply(403), "/metrics": reply(401)}, FOUND, "/metrics, /admin"),
        ({"/admin": reply(200)}, ABSENT, None),
        ({FIRST: reply(401)}, ABSENT, None),
        ({"/admin": reply(401), NOBODYS: reply(401)}, UNKNOWN, None),
        ({"/admin": reply(401), NOBODYS: SILENT}, UNKNOWN, None),
    ],
)
def test_protected_pages(came: Mapping[str, Came], seen: Seen, paths: str | None) -> None:
    """A page is protected if it refuses strangers and one that is not there does not."""
    one = find("protection", survey(came))

    assert one.seen is seen
    assert one.options.get("paths") == paths


OK = {"/health": reply(200, "ok", "/health")}


@pytest.mark.parametrize(
    ("came", "documents", "seen", "path"),
    [
        (OK, {}, FOUND, "/health"),
        ({**OK, "/healthz": reply(200, "ok", "/healthz")}, {}, FOUND, "/healthz"),
        (
            {**OK, "/actuator/health": reply(200, "{}", "/actuator/health")},
            {"/actuator/health": UP},
            FOUND,
            "/actuator/health",
        ),
        ({"/health": reply(200, "ok", "/health/")}, {}, FOUND, "/health"),
        ({"/health": reply(200, "ok", "/login")}, {}, ABSENT, None),
        ({"/health": reply(204, "", "/health")}, {}, FOUND, "/health"),
        ({"/health": reply(429, "", "/health")}, {"/health": UP}, ABSENT, None),
        ({"/health": reply(500, "{}", "/health")}, {"/health": UP}, FOUND, "/health"),
        ({"/health": reply(502, "ill", "/health")}, {}, UNKNOWN, None),
        ({"/health": SILENT}, {}, UNKNOWN, None),
        ({**OK, NOBODYS: SILENT}, {}, UNKNOWN, None),
        ({**OK, NOBODYS: reply(200, "ok")}, {}, UNKNOWN, None),
        ({**OK, NOBODYS: reply(200, "not ok")}, {}, UNKNOWN, None),
        ({**OK, NOBODYS: reply(200, "not ok")}, {"/health": UP}, FOUND, "/health"),
        ({**OK, NOBODYS: reply(200, "ok")}, {"/health": UP}, UNKNOWN, None),
    ],
)
def test_health_pages(
    came: Mapping[str, Came],
    documents: Mapping[str, HealthDocument],
    seen: Seen,
    path: str | None,
) -> None:
    """A document, or an answer that other pages do not get; what cannot be told stays open."""
    one = find("health", survey(came, documents))

    assert one.seen is seen
    assert one.options.get("path") == path


def test_a_pair_is_a_pair() -> None:
    """One of two pages alone tells nothing apart."""
    live, ready = reply(200, "a", "/livez"), reply(200, "b", "/readyz")

    assert find("readiness", survey({"/livez": live})).seen is ABSENT
    both = find("readiness", survey({"/livez": live, "/readyz": ready}))
    assert both.options == {"liveness_path": "/livez", "readiness_path": "/readyz"}


def test_what_a_document_says() -> None:
    """Its word, its parts and its faults are told, and that it contradicts its status."""
    came = {"/health": reply(200, "{}", "/health")}
    parts = (Component("db", HealthStatus.PASS, "UP"), Component("mq", HealthStatus.FAIL, "DOWN"))
    down = HealthDocument(HealthFormat.SPRING, HealthStatus.FAIL, "DOWN", parts, agrees=False)
    odd = HealthDocument(HealthFormat.SPRING, HealthStatus.FAIL, "", fault="status is missing")

    assert find("health", survey(came, {"/health": down})).said == (
        "/health answers 200 and says DOWN of 2 parts (spring), which contradict each other"
    )
    assert find("health", survey(came, {"/health": odd})).said == (
        "/health answers 200 with a document that cannot be used: status is missing"
    )


def test_silence() -> None:
    """A service is silent if nothing came; why is that of the first question."""
    denied = ProbeError(ProbeReason.POLICY_DENIED, "denied")
    quiet, refused = (survey(dict.fromkeys(ASKED, error)) for error in (SILENT, denied))

    assert (quiet.silence, quiet.refused) == (SILENT, False)
    assert (refused.silence, refused.refused) == (denied, True)
    assert survey({path: SILENT for path in ASKED if path != NOBODYS}).silence is None


def test_comments_are_ours() -> None:
    """What could not be found is a comment with what was asked, and no word of the peer."""
    hostile = reply(404, "x\n# evil", location="\x1b[2J")

    said = notes(finds(survey({"/health": hostile})))

    assert [each.partition(":")[0] for each in said] == [
        "http.health", "http.readiness", "http.metrics",
    ]  # fmt: skip
    assert said[0] == (
        "http.health: not found; asked for /healthz, /health, /actuator/health, /q/health."
    )
