"""http.health: healthy by its own word, and quick to say so."""

from __future__ import annotations

import pytest

from director.plugin import (
    Component,
    Failed,
    HealthDocument,
    HealthFormat,
    HealthStatus,
    NotApplicable,
    Passed,
    Phases,
    ProbeError,
    ProbeReason,
    Reply,
    Seen,
    Unknown,
    Warned,
)
from director.testing import Asked, FakeProbe, run_check, target
from director_http.health import Health

SERVICE = target("http://service.test")


def reply(status: int = 200, elapsed_s: float = 0.1) -> Reply:
    """Return an answer that took *elapsed_s*."""
    return Reply(url="http://service.test/healthz", status=status, phases=Phases(ttfb_s=elapsed_s))


@pytest.mark.parametrize(
    ("elapsed_s", "expected"),
    [(0.499, Passed), (0.500, Passed), (0.501, Failed)],
    ids=["under", "exactly", "over"],
)
async def test_the_budget_is_inclusive(elapsed_s: float, expected: type) -> None:
    """An answer that takes exactly the budget is within the budget."""
    probe = FakeProbe({"/healthz": reply(elapsed_s=elapsed_s)})

    outcome = await run_check(Health(budget_s=0.5), SERVICE, probe)

    assert isinstance(outcome, expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (199, Failed),
        (200, Passed),
        (204, Passed),
        (299, Passed),
        (300, Failed),
        (404, Failed),
        (503, Failed),
    ],
)
async def test_only_2xx_is_healthy(status: int, expected: type) -> None:
    """Any status but 200 to 299 is a failure, however quick it came."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(status)}))

    assert isinstance(outcome, expected)


async def test_a_wrong_status_is_said_with_the_wanted_one() -> None:
    """A failure carries what was measured, what was expected, and a code."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(503)}))

    assert outcome == Failed(
        "/healthz answered with status 503, wanted 200 to 299",
        observed="status 503",
        expected="status 200 to 299",
        code="http_status",
    )


async def test_a_slow_answer_is_said_with_its_budget() -> None:
    """A late answer names both times, and what to do."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply(elapsed_s=1.25)}))

    assert isinstance(outcome, Failed)
    assert outcome.reason == "/healthz answered 200 in 1.250 s, budget 1.000 s"
    assert (outcome.observed, outcome.expected) == ("1.250 s", "at most 1.000 s")
    assert outcome.code == "latency"
    assert outcome.remedy


async def test_a_pass_says_what_was_seen() -> None:
    """A pass carries its measurement too."""
    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": reply()}))

    assert outcome == Passed(
        "/healthz answered 200 in 0.100 s, budget 1.000 s",
        observed="0.100 s",
        expected="at most 1.000 s",
    )


async def test_it_asks_once_for_its_page() -> None:
    """One request, for the page it was told, with no timeout of its own."""
    probe = FakeProbe({"/ready": reply()})

    await run_check(Health(path="/ready"), SERVICE, probe)

    assert probe.asked == [Asked("/ready")]


async def test_without_a_base_url_it_does_not_apply() -> None:
    """A service that cannot be asked is not asked."""
    probe = FakeProbe({})

    outcome = await run_check(Health(), target(), probe)

    assert isinstance(outcome, NotApplicable)
    assert probe.asked == []


async def test_no_answer_is_left_to_the_engine() -> None:
    """What the probe could not find out is let through."""
    error = ProbeError(ProbeReason.CONNECT_REFUSED, "the connection was refused")

    with pytest.raises(ProbeError):
        await run_check(Health(), SERVICE, FakeProbe({"/healthz": error}))


class Documented(FakeProbe):
    """A probe that reads the same health document out of every answer."""

    def __init__(self, document: HealthDocument, status: int = 200, elapsed_s: float = 0.1) -> None:
        super().__init__({"/healthz": reply(status, elapsed_s)})
        self._document = document

    def health(self, reply: Reply) -> HealthDocument | None:
        """Return the document."""
        assert reply.url
        return self._document


DOWN = Component("db/primary", HealthStatus.FAIL, "DOWN")
SLOW = Component("queue", HealthStatus.WARN, "UNKNOWN")
FINE = Component("disk", HealthStatus.PASS, "UP")


def document(
    status: HealthStatus, *parts: Component, agrees: bool = True, fault: str = ""
) -> HealthDocument:
    """Return a document of Spring Boot with *parts*."""
    said = {"pass": "UP", "warn": "UNKNOWN", "fail": "DOWN"}[status]
    return HealthDocument(HealthFormat.SPRING, status, said, parts, agrees, fault)


@pytest.mark.parametrize(
    ("probe", "kind", "code"),
    [
        (Documented(document(HealthStatus.PASS, FINE)), Passed, ""),
        (Documented(document(HealthStatus.WARN, SLOW)), Warned, ""),
        (Documented(document(HealthStatus.FAIL, DOWN)), Failed, "health_document_fail"),
        (
            Documented(document(HealthStatus.FAIL, DOWN, agrees=False)),
            Failed,
            "health_document_mismatch",
        ),
        (
            Documented(document(HealthStatus.PASS, agrees=False), 503),
            Failed,
            "health_document_mismatch",
        ),
        (Documented(document(HealthStatus.FAIL, DOWN), 503), Failed, "http_status"),
        (
            Documented(document(HealthStatus.PASS, fault="must be an object")),
            Failed,
            "health_document_invalid",
        ),
        (Documented(document(HealthStatus.WARN), elapsed_s=1.5), Failed, "latency"),
    ],
    ids=["up", "warn", "down", "down with 200", "up with 503", "503", "unsound", "warn and late"],
)
async def test_the_document_has_its_word(probe: FakeProbe, kind: type, code: str) -> None:
    """A health document counts as well as the status, and one that disagrees with it fails."""
    outcome = await run_check(Health(), SERVICE, probe)

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("agrees", [True, False])
async def test_components_that_fail_are_named(status: int, agrees: bool) -> None:
    """The reason names each component that fails, and none that does not."""
    down = document(HealthStatus.FAIL, FINE, DOWN, SLOW, agrees=agrees)

    outcome = await run_check(Health(), SERVICE, Documented(down, status))

    assert isinstance(outcome, Failed)
    assert "db/primary is DOWN" in outcome.reason
    assert "disk" not in outcome.reason
    assert "queue" not in outcome.reason


async def test_a_warning_names_what_is_not_well() -> None:
    """A service that passes with concerns says which."""
    outcome = await run_check(
        Health(), SERVICE, Documented(document(HealthStatus.WARN, FINE, SLOW))
    )

    assert isinstance(outcome, Warned)
    assert outcome.reason == "/healthz says UNKNOWN; queue is UNKNOWN"


async def test_many_components_are_counted() -> None:
    """A sentence names ten components and counts the others."""
    parts = [Component(f"c{number}", HealthStatus.FAIL, "DOWN") for number in range(12)]

    outcome = await run_check(Health(), SERVICE, Documented(document(HealthStatus.FAIL, *parts)))

    assert outcome.reason.endswith("c9 is DOWN and 2 more")


@pytest.mark.parametrize(
    ("body", "kind", "status", "expected"),
    [
        ('{"status": "pass"}', "application/health+json", 200, Passed),
        ('{"status": "warn"}', "application/health+json", 200, Warned),
        ('{"status": "fail"}', "application/health+json", 200, Failed),
        ('{"status": "UP"}', "application/json", 200, Passed),
        ('{"status": "DOWN"}', "application/vnd.spring-boot.actuator.v3+json", 200, Failed),
        ("Healthy", "text/plain", 200, Passed),
        ("Degraded", "text/plain", 200, Warned),
        ("Unhealthy", "text/plain", 200, Failed),
        ("all systems nominal", "text/plain", 200, Passed),
    ],
)
async def test_real_documents_are_read(body: str, kind: str, status: int, expected: type) -> None:
    """Documents of every known format are understood; a page that is none goes by its status."""
    said = Reply(
        url="http://service.test/healthz",
        status=status,
        headers=(("content-type", kind),),
        body=body.encode(),
    )

    outcome = await run_check(Health(), SERVICE, FakeProbe({"/healthz": said}))

    assert isinstance(outcome, expected)


REFUSED = ProbeError(
    ProbeReason.CONNECT_REFUSED, "the connection was refused", seen=Seen(address="10.0.0.2:80")
)
BLIND = ProbeError(
    ProbeReason.CONNECT_UNREACHABLE, "no route", seen=Seen(address="[2001:db8::1]:80")
)
WELL, ILL = reply(200), reply(503)


@pytest.mark.parametrize(
    ("addresses", "came", "expected"),
    [
        ("all", (WELL, WELL), Passed),
        ("all", (WELL, ILL), Failed),
        ("all", (WELL, REFUSED), Failed),
        ("all", (WELL, BLIND), Unknown),
        ("all", (BLIND, ILL), Failed),
        ("any", (WELL, WELL), Passed),
        ("any", (WELL, ILL), Warned),
        ("any", (REFUSED, WELL), Warned),
        ("any", (BLIND, WELL), Warned),
        ("any", (ILL, REFUSED), Failed),
        ("any", (BLIND, BLIND), Unknown),
        ("any", (BLIND, ILL), Failed),
        ("all", (ILL,), Failed),
        ("any", (WELL,), Passed),
    ],
)
async def test_addresses_are_asked_one_by_one(
    addresses: str, came: tuple[Reply | ProbeError, ...], expected: type
) -> None:
    """``all`` needs every address, ``any`` one, and then it warns about the others."""
    probe = FakeProbe(each={"/healthz": came})

    outcome = await run_check(Health(addresses=addresses), SERVICE, probe)

    assert isinstance(outcome, expected)
    assert [each.how for each in probe.asked] == ["get_each"]


async def test_the_address_that_is_ill_is_named() -> None:
    """Whoever is woken reads which address it is."""
    outcome = await run_check(
        Health(addresses="any"), SERVICE, FakeProbe(each={"/healthz": (WELL, REFUSED)})
    )

    assert isinstance(outcome, Warned)
    assert "1 of 2 addresses" in outcome.reason
    assert "10.0.0.2:80" in outcome.reason


@pytest.mark.parametrize("addresses", ["", "both", "All"])
def test_addresses_are_a_closed_set(addresses: str) -> None:
    """A slip is said when the manifest is read."""
    with pytest.raises(ValueError, match="addresses must be one, any or all"):
        Health(addresses=addresses)
