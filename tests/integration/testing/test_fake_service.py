"""The kit's services, engine and log lines, with the real probe on a real socket."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import trustme

from director.plugin import (
    Answer,
    CheckSpec,
    Evidence,
    EvidenceKind,
    Failed,
    Manifest,
    Passed,
    Probe,
    Target,
)
from director.testing import (
    FakeClock,
    FakeProbe,
    FakeService,
    LogLines,
    Page,
    examine,
    loopback_prober,
    manifest,
    target,
)

SPEC = CheckSpec(id="acme.page", title="t", category="c", why="w", remedy="r", deadline_s=5.0)


@dataclass(frozen=True, slots=True)
class Asks:
    """A check that passes on whatever is complete, and says its size."""

    spec: ClassVar[CheckSpec] = SPEC

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        del target
        reply = await probe.get("/page", timeout_s=0.3)
        return Passed(f"{reply.status} {len(reply.body)} {dict(reply.headers).get('x-test', '')}")


@dataclass(frozen=True, slots=True)
class Says:
    """A check of the manifest that says what it was told to."""

    spec: ClassVar[CheckSpec] = SPEC
    answer: Any

    def judge(self, manifest: Manifest) -> Any:  # noqa: ANN401  # wrong ones are the point
        """Say it."""
        del manifest
        return self.answer


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page.reset(), "send_reset"),
        (Page.silent(), "ttfb_timeout"),
        (Page.huge(), "body_too_large"),
        (Page.dripping(b"x" * 100), "body_timeout"),
        (Page.redirect("http://127.0.0.1:1/"), "redirect_cross_origin"),
        (Page.redirect("/page"), "redirect_limit"),
    ],
)
async def test_a_service_is_as_ill_as_it_was_made(page: Page, code: str) -> None:
    """Each way to be ill is seen by the real probe as what it is."""
    async with FakeService({"/page": page}) as service:
        result = await examine(Asks(), target(service.base_url))

    assert getattr(result.outcome, "code", "passed") == code
    assert service.asked[0] == "/page"


async def test_a_page_is_answered_as_it_was_written() -> None:
    """Status, body and headers arrive, and the evidence says where from."""
    page = Page(status=203, body=b"12345", headers=(("X-Test", "yes"),))

    async with FakeService({"/page": page}) as service:
        url = f"{service.base_url}/page"
        result = await examine(Asks(), target(service.base_url))

    assert result.outcome == Passed("203 5 yes")
    assert [piece.kind for piece in result.evidence] == [EvidenceKind.PROBED]
    assert result.evidence[0].source == url
    assert service.asked == ["/page"]


async def test_what_is_not_known_is_not_found() -> None:
    """A path without a page is 404, and a service that is not entered has no address."""
    service = FakeService({"/other": Page()})

    async with service:
        result = await examine(Asks(), target(service.base_url))

    assert result.outcome == Passed("404 0 ")
    with pytest.raises(RuntimeError):
        assert service.base_url


async def test_a_dead_port_refuses() -> None:
    """Nobody listens, and nobody else can take the port."""
    async with FakeService.refusing() as service:
        result = await examine(Asks(), target(service.base_url))

    assert isinstance(result.outcome, Failed)
    assert result.outcome.code == "connect_refused"


async def test_a_service_can_speak_tls() -> None:
    """With a context of its own, and a prober that trusts its authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    ca_pem = authority.cert_pem.bytes().decode()

    async with FakeService(Page(), tls=context) as service:
        trusting = await examine(Asks(), target(service.base_url), loopback_prober(ca_pem))
        strange = await examine(Asks(), target(service.base_url))

    assert isinstance(trusting.outcome, Passed)
    assert getattr(strange.outcome, "code", "passed") == "tls_untrusted"


async def test_the_engine_judges_what_a_check_says() -> None:
    """There is no other road for tests: no answer is errored, a probe cannot be claimed."""
    evidence = Evidence(EvidenceKind.PROBED, "a wiki page")
    claimed = await examine(Says(Passed("said", evidence=(evidence,))), manifest())
    broken = await examine(Says("passed"), manifest())

    assert [piece.kind for piece in claimed.evidence] == [EvidenceKind.DECLARED]
    assert getattr(broken.outcome, "code", "") == "invalid_result"


async def test_times_come_from_the_clock_that_was_given() -> None:
    """A result is dated by the clock of the test."""
    at = datetime(2026, 5, 1, tzinfo=UTC)

    result = await examine(Says(Passed("said")), manifest(), clock=FakeClock(at))

    assert (result.started_at, result.duration_s) == (at, 0.0)


async def test_a_fake_probe_is_asked_instead() -> None:
    """Where a probe is given, no socket is opened."""
    probe = FakeProbe({})

    result = await examine(Asks(), target("http://service.test"), probe)

    assert [asked.what for asked in probe.asked] == ["/page"]
    assert getattr(result.outcome, "code", "") == "exception:LookupError"


async def test_lines_fit_the_published_schema() -> None:
    """The line of a result is what the log would write; one that does not fit is an error."""
    log = LogLines(("hunter2",))

    await examine(Says(Failed("the word is hunter2")), target(), log=log)

    (line,) = log.lines
    assert line["event.name"] == "director.check.completed"
    assert line["director.check.status"] == "failed"
    assert "hunter2" not in str(line)
    with pytest.raises(ValueError, match="schema"):
        log.offer(object())  # type: ignore[arg-type]  # the point
