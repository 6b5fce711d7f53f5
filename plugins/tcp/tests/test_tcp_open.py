"""tcp.open: somebody takes connections there."""

from __future__ import annotations

import pytest

from director.plugin import (
    DnsAnswer,
    Expectation,
    Failed,
    Finding,
    Greeting,
    Handshake,
    Judgement,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Unknown,
    Verdict,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_tcp import director_checks
from director_tcp.open import Open

MAIL = "mail.test:25"
WISH = Expectation('banner contains "ESMTP"')


class Decided(FakeProbe):
    """A probe that judges every banner as it was told to."""

    def __init__(self, verdict: Verdict, code: str = "") -> None:
        super().__init__(greetings={MAIL: Greeting(where=MAIL, banner=b"220 mail.test ready")})
        findings = (Finding(WISH, verdict, "", code),) if code else ()
        self._judgement = Judgement(verdict, findings)

    def judge(
        self, answer: Reply | Handshake | Greeting | DnsAnswer, expectation: str
    ) -> Judgement:
        """Return what it was told to."""
        assert isinstance(answer, Greeting)
        assert expectation == WISH
        return self._judgement


@pytest.mark.parametrize(
    ("base_url", "where", "asked"),
    [
        ("https://service.test", "", "service.test:443"),
        ("http://service.test/api", "", "service.test:80"),
        ("http://service.test:8080", "", "service.test:8080"),
        ("http://[2001:db8::1]", "", "[2001:db8::1]:80"),
        ("https://service.test", MAIL, MAIL),
        (None, MAIL, MAIL),
    ],
)
async def test_an_open_port_passes(base_url: str | None, where: str, asked: str) -> None:
    """One connection, to the place that is named or to that of the base URL, without a banner."""
    probe = FakeProbe(greetings={asked: Greeting(where=asked, address="10.1.2.3:25")})

    outcome = await run_check(Open(where), target(base_url), probe)

    assert isinstance(outcome, Passed)
    assert asked in outcome.reason
    assert "10.1.2.3:25" in outcome.reason
    assert probe.asked == [Asked(asked, how="connect")]


@pytest.mark.parametrize(
    ("verdict", "code", "kind"),
    [
        (Verdict.MET, "", Passed),
        (Verdict.UNMET, "condition_failed", Failed),
        (Verdict.UNMET, "", Failed),
        (Verdict.UNKNOWN, "condition_type", Unknown),
        (Verdict.UNKNOWN, "", Unknown),
    ],
)
async def test_the_banner_is_held_against_a_wish(verdict: Verdict, code: str, kind: type) -> None:
    """Only a banner that meets what is expected passes, and what was said is shown."""
    probe = Decided(verdict, code)

    outcome = await run_check(Open(MAIL, WISH), target(), probe)

    assert isinstance(outcome, kind)
    assert "220 mail.test ready" in outcome.reason
    assert probe.asked == [Asked(MAIL, how="connect", more=(("banner", "True"),))]
    if code and isinstance(outcome, Failed | Unknown):
        assert outcome.code == code


async def test_a_shut_port_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.CONNECT_REFUSED, "refused")

    with pytest.raises(ProbeError):
        await run_check(Open(MAIL), target(), FakeProbe(greetings={MAIL: error}))


async def test_without_a_place_it_does_not_apply() -> None:
    """Nobody is asked where nobody is named."""
    assert isinstance(await run_check(Open(), target(), FakeProbe()), NotApplicable)


def test_the_plugin_offers_its_check() -> None:
    """The hook offers the check under the plugin's word."""
    assert [check.spec.id for check in director_checks()] == ["tcp.open"]
