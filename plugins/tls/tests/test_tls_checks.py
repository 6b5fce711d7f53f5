"""tls.certificate, tls.protocol and tls.chain: what a handshake shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from director.plugin import (
    Failed,
    Handshake,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    Seen,
    TlsFacts,
    Unknown,
    Warned,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_tls import director_checks
from director_tls.certificate import Certificate
from director_tls.chain import Chain
from director_tls.protocol import Protocol

SERVICE = target("https://service.test:8443/api")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FACTS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    verify_code=0,
    subject="CN=service.test",
    issuer="CN=Intermediate,O=Authority",
    names=("service.test", "www.service.test"),
    not_before=NOW - timedelta(days=30),
    not_after=NOW + timedelta(days=90),
    chain_not_after=NOW + timedelta(days=90),
    chain=2,
    fingerprint="ab" * 32,
    seen_at=NOW,
)
ALL = (Certificate, Protocol, Chain)
CHECKS = pytest.mark.parametrize("check", ALL, ids=lambda check: check.spec.id)


def shaken(facts: TlsFacts = FACTS) -> FakeProbe:
    """Return a probe whose handshake with the base URL shows *facts*."""
    return FakeProbe(handshakes={"": Handshake(where="service.test:8443", tls=facts)})


def refused(reason: ProbeReason, facts: TlsFacts | None = FACTS) -> FakeProbe:
    """Return a probe whose handshake fails, after the peer showed *facts*."""
    error = ProbeError(reason, "the certificate is not accepted", seen=Seen(tls=facts))
    return FakeProbe(handshakes={"": error})


@CHECKS
async def test_a_good_handshake_passes(check: type[Certificate | Protocol | Chain]) -> None:
    """A current protocol, a trusted chain and a fresh certificate pass, with the host's name."""
    probe = shaken()

    outcome = await run_check(check(), SERVICE, probe)

    assert isinstance(outcome, Passed)
    assert "service.test" in outcome.reason
    assert probe.asked == [Asked("", how="handshake")]


@CHECKS
@pytest.mark.parametrize("base_url", [None, "http://service.test"])
async def test_without_tls_there_is_no_handshake(
    check: type[Certificate | Protocol | Chain], base_url: str | None
) -> None:
    """Where the service has no TLS to shake hands with, the check does not apply."""
    probe = FakeProbe()

    assert isinstance(await run_check(check(), target(base_url), probe), NotApplicable)
    assert probe.asked == []


@CHECKS
@pytest.mark.parametrize("base_url", [None, "http://service.test", "https://service.test"])
async def test_another_place_can_be_named(
    check: type[Certificate | Protocol | Chain], base_url: str | None
) -> None:
    """A database is shaken hands with in its own way, whatever the base URL is."""
    where = "db.test:5432"
    probe = FakeProbe(handshakes={where: Handshake(where=where, tls=FACTS)})

    outcome = await run_check(check(where=where, starttls="postgres"), target(base_url), probe)

    assert isinstance(outcome, Passed)
    assert where in outcome.reason
    assert probe.asked == [Asked(where, how="handshake", more=(("starttls", "postgres"),))]


@CHECKS
@pytest.mark.parametrize("starttls", ["ldap", "SMTP"])
def test_starttls_is_a_closed_set(
    check: type[Certificate | Protocol | Chain], starttls: str
) -> None:
    """A protocol that nobody speaks is said when the manifest is read."""
    with pytest.raises(ValueError, match="starttls must be"):
        check(starttls=starttls)


@CHECKS
@pytest.mark.parametrize(
    "reason",
    [
        ProbeReason.TLS_EXPIRED,
        ProbeReason.TLS_NOT_YET_VALID,
        ProbeReason.TLS_HOSTNAME_MISMATCH,
        ProbeReason.TLS_UNTRUSTED,
        ProbeReason.TLS_PROTOCOL,
    ],
)
async def test_what_was_not_accepted_is_described(
    check: type[Certificate | Protocol | Chain], reason: ProbeReason
) -> None:
    """A failure says for whom the certificate is, who signed it, and until when it is valid."""
    outcome = await run_check(check(), SERVICE, refused(reason))

    assert isinstance(outcome, Failed)
    assert outcome.code == reason.value
    for said in ("service.test, www.service.test", "CN=Intermediate", "2026-05-02", "2026-08-30"):
        assert said in outcome.reason


@CHECKS
@pytest.mark.parametrize("reason", [ProbeReason.TLS_TIMEOUT, ProbeReason.CONNECT_REFUSED])
async def test_no_handshake_is_left_to_the_engine(
    check: type[Certificate | Protocol | Chain], reason: ProbeReason
) -> None:
    """Where the peer showed nothing there is nothing to describe."""
    with pytest.raises(ProbeError):
        await run_check(check(), SERVICE, refused(reason, None))


@CHECKS
async def test_our_own_blindness_is_left_to_the_engine(
    check: type[Certificate | Protocol | Chain],
) -> None:
    """What we may not dial did not fail, whatever was seen before."""
    with pytest.raises(ProbeError):
        await run_check(check(), SERVICE, refused(ProbeReason.POLICY_DENIED))


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("chain", [False, True], ids=["leaf", "chain"])
@pytest.mark.parametrize(
    ("left", "kind", "code"),
    [
        (timedelta(days=90), Passed, ""),
        (timedelta(days=21), Passed, ""),
        (timedelta(days=21) - HOUR, Warned, ""),
        (timedelta(days=7), Warned, ""),
        (timedelta(days=7) - HOUR, Failed, "certificate_expiring"),
        (HOUR, Failed, "certificate_expiring"),
        (timedelta(0), Failed, "tls_expired"),
        (-HOUR, Failed, "tls_expired"),
    ],
)
async def test_days_left_are_counted(
    left: timedelta, kind: type, code: str, *, chain: bool
) -> None:
    """It warns under 21 days and fails under 7, for the leaf as for the rest of the chain."""
    ends = NOW + left
    facts = replace(FACTS, chain_not_after=ends, not_after=FACTS.not_after if chain else ends)

    outcome = await run_check(Certificate(), SERVICE, shaken(facts))

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    if left < FACTS.expires_in:
        assert ("the chain above the certificate" in outcome.reason) is chain


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (Certificate(warn_days=100), Warned),
        (Certificate(warn_days=100, fail_days=91), Failed),
        (Certificate(warn_days=100, fail_days=90), Warned),
        (Certificate(warn_days=0, fail_days=0), Passed),
    ],
)
async def test_days_can_be_set(check: Certificate, kind: type) -> None:
    """A stricter team warns and fails earlier."""
    assert isinstance(await run_check(check, SERVICE, shaken()), kind)


@pytest.mark.parametrize(("warn", "fail"), [(7.0, 8.0), (21.0, -1.0), (40_000.0, 7.0)])
def test_days_must_make_sense(warn: float, fail: float) -> None:
    """Nobody is warned after it failed."""
    with pytest.raises(ValueError, match="fail_days must be 0 to warn_days"):
        Certificate(warn_days=warn, fail_days=fail)


@pytest.mark.parametrize(
    ("version", "least", "kind"),
    [
        ("TLSv1.3", 1.2, Passed),
        ("TLSv1.2", 1.2, Passed),
        ("TLSv1.1", 1.2, Failed),
        ("TLSv1", 1.2, Failed),
        ("TLSv1.2", 1.3, Failed),
        ("TLSv1.3", 1.3, Passed),
        ("SSLv3", 1.2, Unknown),
        ("", 1.2, Unknown),
        ("TLSv9", 1.2, Unknown),
    ],
)
async def test_the_protocol_is_new_enough(version: str, least: float, kind: type) -> None:
    """What was agreed on is held against the least; what nobody knows does not pass."""
    facts = replace(FACTS, version=version)

    outcome = await run_check(Protocol(min_version=least), SERVICE, shaken(facts))

    assert isinstance(outcome, kind)
    if isinstance(outcome, Failed | Unknown):
        assert outcome.code == "tls_protocol"


@pytest.mark.parametrize("least", [1.0, 1.1, 1.4, 2.0])
def test_the_least_version_is_one(least: float) -> None:
    """A version that is none, or too old to be asked for, is refused."""
    with pytest.raises(ValueError, match=r"min_version must be 1\.2 or 1\.3"):
        Protocol(min_version=least)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(FACTS, verify_code=20, chain=1), "sends only its own certificate"),
        (replace(FACTS, verify_code=21, chain=1), "sends only its own certificate"),
        (replace(FACTS, verify_code=20), "sends 2 certificates"),
        (replace(FACTS, verify_code=20, chain=1, issuer=FACTS.subject), ""),
        (replace(FACTS, verify_code=19), ""),
    ],
)
async def test_a_missing_link_is_told_from_a_stranger(facts: TlsFacts, said: str) -> None:
    """A server that does not send its intermediate certificate is told to."""
    outcome = await run_check(Chain(), SERVICE, refused(ProbeReason.TLS_UNTRUSTED, facts))

    assert isinstance(outcome, Failed)
    assert ("it sends" in outcome.reason) is bool(said)
    assert said in outcome.reason
    assert bool(outcome.remedy) is bool(said)


async def test_an_untrusted_handshake_never_passes() -> None:
    """A handshake that was made without trust is no proof of trust."""
    outcome = await run_check(Chain(), SERVICE, shaken(replace(FACTS, verify_code=18)))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.observed) == ("tls_untrusted", "verify code 18")


async def test_a_certificate_without_names_is_said_to_have_none() -> None:
    """A sentence has no hole in it, however little the certificate says; many names are counted."""
    bare = await run_check(
        Chain(), SERVICE, refused(ProbeReason.TLS_UNTRUSTED, replace(FACTS, names=(), issuer=""))
    )
    many = await run_check(
        Chain(), SERVICE, shaken(replace(FACTS, names=tuple(f"{n}.test" for n in range(7))))
    )

    assert "for no name was signed by nobody" in bare.reason
    assert "4.test and 2 more" in many.reason


def test_the_plugin_offers_its_checks() -> None:
    """Every check of the plugin is a blocker of security where no profile says otherwise."""
    assert [check.spec.id for check in director_checks()] == [
        "tls.certificate",
        "tls.chain",
        "tls.protocol",
    ]
    assert {(c.spec.category, c.spec.role.value) for c in director_checks()} == {
        ("security", "blocker")
    }
