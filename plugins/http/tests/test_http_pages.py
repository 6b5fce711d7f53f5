"""http.status, http.expect, http.headers and http.latency: one page, held against a wish."""

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
    Phases,
    ProbeError,
    ProbeReason,
    Redirects,
    Reply,
    Unknown,
    Verdict,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_http import director_checks
from director_http.expect import Expect
from director_http.headers import Headers
from director_http.latency import Latency
from director_http.status import Status

SERVICE = target("https://service.test")
URL = "https://service.test/"
WISH = Expectation("status == 200")


class Decided(FakeProbe):
    """A probe that judges every answer as it was told to."""

    def __init__(self, verdict: Verdict, code: str = "", observed: str = "") -> None:
        super().__init__({"/": Reply(url=URL, status=200)})
        findings = (Finding("status == 200", verdict, observed, code),) if code else ()
        self._judgement = Judgement(verdict, findings)

    def judge(
        self, answer: Reply | Handshake | Greeting | DnsAnswer, expectation: str
    ) -> Judgement:
        """Return what it was told to."""
        assert isinstance(answer, Reply)
        assert expectation == WISH
        return self._judgement


def page(status: int = 200, *headers: tuple[str, str], phases: Phases | None = None) -> FakeProbe:
    """Return a probe that knows the first page."""
    reply = Reply(url=URL, status=status, headers=headers, phases=phases or Phases())
    return FakeProbe({"/": reply})


ALL = (Status(), Expect(expect=WISH), Headers(present="x"), Latency())


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.spec.id)
async def test_without_a_base_url_no_page_is_asked_for(
    check: Status | Expect | Headers | Latency,
) -> None:
    """A service that cannot be asked is not asked."""
    probe = page()

    assert isinstance(await run_check(check, target(), probe), NotApplicable)
    assert probe.asked == []


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.spec.id)
async def test_no_page_is_left_to_the_engine(check: Status | Expect | Headers | Latency) -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.DNS_TIMEOUT, "no answer")

    with pytest.raises(ProbeError):
        await run_check(check, SERVICE, FakeProbe({"/": error}))


@pytest.mark.parametrize(
    ("statuses", "status", "passes"),
    [
        ("200-299", 199, False),
        ("200-299", 200, True),
        ("200-299", 299, True),
        ("200-299", 300, False),
        ("301", 301, True),
        ("301", 302, False),
        ("200-299, 301", 301, True),
        ("200 - 204 ,404", 404, True),
        ("200 - 204 ,404", 205, False),
    ],
)
async def test_statuses_are_ranges_with_both_ends(statuses: str, status: int, passes: bool) -> None:
    """A status is right if it is in one of the ranges, ends included."""
    outcome = await run_check(Status(statuses=statuses), SERVICE, page(status))

    assert isinstance(outcome, Passed if passes else Failed)
    assert (outcome.observed, outcome.expected) == (f"status {status}", f"status {statuses}")
    if isinstance(outcome, Failed):
        assert outcome.code == "http_status"


@pytest.mark.parametrize("statuses", ["", ",", "ok", "20", "2xx", "299-200", "600", "200-299-300"])
def test_statuses_that_are_none_are_refused(statuses: str) -> None:
    """A slip in the statuses is said when the manifest is read, with the option's name."""
    with pytest.raises(ValueError, match="statuses must"):
        Status(statuses=statuses)


@pytest.mark.parametrize(
    ("statuses", "redirects"),
    [
        ("200-299", Redirects.SAME_ORIGIN),
        ("200-300", Redirects.NEVER),
        ("308", Redirects.NEVER),
        ("404", Redirects.SAME_ORIGIN),
        ("399-500", Redirects.NEVER),
    ],
)
async def test_redirects_are_an_answer_where_one_is_expected(
    statuses: str, redirects: Redirects
) -> None:
    """Who expects a redirect wants to see it, not where it leads."""
    probe = page()

    await run_check(Status(statuses=statuses), SERVICE, probe)

    more = () if redirects is Redirects.SAME_ORIGIN else (("redirects", str(redirects)),)
    assert probe.asked == [Asked("/", more=more)]


async def test_a_met_expectation_passes() -> None:
    """What was expected is said with what was seen."""
    outcome = await run_check(Expect(expect=WISH), SERVICE, Decided(Verdict.MET))

    assert outcome == Passed(
        "/ answered 200 as expected: status == 200", "status 200", "status == 200"
    )


async def test_an_unmet_expectation_fails_with_its_part() -> None:
    """A failure names the part that does not hold, and what was there instead."""
    probe = Decided(Verdict.UNMET, "condition_failed", "200")

    outcome = await run_check(Expect(expect=WISH), SERVICE, probe)

    assert isinstance(outcome, Failed)
    assert outcome.code == "condition_failed"
    assert (outcome.observed, outcome.expected) == ("200", "status == 200")
    assert "status == 200 (was 200)" in outcome.reason


@pytest.mark.parametrize("code", ["condition_missing", "condition_type", "condition_budget"])
async def test_what_cannot_be_judged_is_unknown(code: str) -> None:
    """An operand that is missing or of another kind neither passes nor fails."""
    outcome = await run_check(Expect(expect=WISH), SERVICE, Decided(Verdict.UNKNOWN, code))

    assert isinstance(outcome, Unknown)
    assert outcome.code == code


@pytest.mark.parametrize("verdict", [Verdict.UNMET, Verdict.UNKNOWN])
async def test_a_verdict_without_findings_is_no_success(verdict: Verdict) -> None:
    """Only a met expectation passes, whatever else is said of it."""
    outcome = await run_check(Expect(expect=WISH), SERVICE, Decided(verdict))

    assert isinstance(outcome, Failed | Unknown)


@pytest.mark.parametrize("check", [Expect(), Expect(expect=Expectation("  ")), Headers()])
async def test_who_expects_nothing_learns_nothing(check: Expect | Headers) -> None:
    """A check without an expectation stays unknown, says what to set, and asks nothing."""
    probe = page()

    outcome = await run_check(check, SERVICE, probe)

    assert isinstance(outcome, Unknown)
    assert outcome.code == "no_expectation"
    assert f"checks.{check.spec.id}" in outcome.reason
    assert probe.asked == []


@pytest.mark.parametrize(
    ("check", "code", "observed"),
    [
        (Headers(present="Cache-Control"), "", ""),
        (Headers(present="cache-control, ETag"), "header_missing", "ETag is missing"),
        (Headers(absent="x-debug"), "", ""),
        (Headers(absent="Cache-Control"), "header_present", "Cache-Control is there"),
        (
            Headers(present="etag", absent="cache-control"),
            "header_missing",
            "etag is missing, cache-control is there",
        ),
    ],
)
async def test_headers_are_there_or_not(check: Headers, code: str, observed: str) -> None:
    """Headers are found whatever their case; each wrong one is named."""
    outcome = await run_check(check, SERVICE, page(200, ("cache-control", "no-store")))

    if code:
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.observed) == (code, observed)
    else:
        assert isinstance(outcome, Passed)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [(Verdict.MET, Passed), (Verdict.UNMET, Failed), (Verdict.UNKNOWN, Unknown)],
)
async def test_rules_about_values_count_as_well(verdict: Verdict, kind: type) -> None:
    """What else is expected is judged once the headers are right."""
    check = Headers(absent="x-debug", expect=WISH)

    assert isinstance(await run_check(check, SERVICE, Decided(verdict)), kind)
    wrong = Headers(present="x-debug", expect=WISH)
    assert isinstance(await run_check(wrong, SERVICE, Decided(verdict)), Failed)


PHASES = Phases(dns_s=0.1, connect_s=0.1, tls_s=0.2, ttfb_s=0.5, transfer_s=0.1)


@pytest.mark.parametrize(
    ("budget_s", "kind"),
    [(1.001, Passed), (PHASES.total_s, Passed), (0.999, Failed)],
    ids=["over", "exactly", "under"],
)
async def test_the_total_is_held_against_its_budget(budget_s: float, kind: type) -> None:
    """A page that takes exactly its budget is in time, and both say where the time went."""
    check = Latency(budget_s=budget_s)

    outcome = await run_check(check, SERVICE, page(phases=PHASES))

    assert isinstance(outcome, kind)
    assert isinstance(outcome, Passed | Failed)
    assert "waiting for the first byte took most, 0.500 s or 50%" in outcome.reason


@pytest.mark.parametrize(
    ("check", "observed"),
    [
        (Latency(dns_budget_s=0.09), "dns 0.100 s"),
        (Latency(connect_budget_s=0.09), "connect 0.100 s"),
        (Latency(tls_budget_s=0.1), "tls 0.200 s"),
        (Latency(ttfb_budget_s=0.1, tls_budget_s=0.1), "tls 0.200 s, ttfb 0.500 s"),
        (Latency(transfer_budget_s=0.0), "transfer 0.100 s"),
        (Latency(budget_s=0.5, dns_budget_s=0.0), "total 1.000 s, dns 0.100 s"),
    ],
)
async def test_each_phase_has_its_budget(check: Latency, observed: str) -> None:
    """Each phase over its own budget is named with its time."""
    outcome = await run_check(check, SERVICE, page(phases=PHASES))

    assert isinstance(outcome, Failed)
    assert (outcome.observed, outcome.code) == (observed, "latency")


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_a_quick_error_is_not_quick(status: int) -> None:
    """How soon an error comes says nothing about the page."""
    outcome = await run_check(Latency(), SERVICE, page(status))

    assert isinstance(outcome, Failed)
    assert outcome.code == "http_status"


async def test_a_time_that_is_no_number_is_late() -> None:
    """Not a number is not within a budget."""
    probe = page(phases=Phases(ttfb_s=float("nan")))

    assert isinstance(await run_check(Latency(), SERVICE, probe), Failed)


def test_the_plugin_offers_every_check() -> None:
    """The hook offers each check once, under the plugin's word."""
    ids = [check.spec.id for check in director_checks()]

    assert len(set(ids)) == len(ids) == 13
    assert all(each.startswith("http.") for each in ids)
    by_category = {check.spec.id: check.spec for check in director_checks()}
    security = {i for i, spec in by_category.items() if spec.category == "security"}
    assert security == {i for i in ids if i.startswith("http.security-")}
    assert {by_category[i].role.value for i in security} == {"blocker"}
