"""http.readiness: "I am alive" and "I can work" are two pages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from director.plugin import (
    Component,
    Failed,
    HealthDocument,
    HealthFormat,
    HealthStatus,
    NotApplicable,
    Passed,
    ProbeError,
    ProbeReason,
    Reply,
    Unknown,
    Warned,
)
from director.testing import FakeProbe, run_check, target
from director_http.asking import NOBODYS_PATH
from director_http.readiness import Readiness

SERVICE = target("http://service.test")
CLOSED = ProbeError(ProbeReason.CONNECT_REFUSED, "the connection was refused")


class Documents(FakeProbe):
    """A probe that finds the components that a body names, one word each."""

    def health(self, reply: Reply) -> HealthDocument | None:
        """Return a document for a body in brackets."""
        words = reply.text().removeprefix("[").removesuffix("]").split()
        if not reply.text().startswith("["):
            return None
        parts = tuple(Component(word, HealthStatus.PASS, "UP") for word in words)
        return HealthDocument(HealthFormat.SPRING, HealthStatus.PASS, "UP", parts)


def answer(path: str, status: int = 200, body: bytes = b"ok") -> Reply:
    """Return what *path* answers."""
    return Reply(url=f"http://service.test{path}", status=status, body=body)


def service(
    live: Reply | ProbeError, ready: Reply | ProbeError, other: Reply | ProbeError | None = None
) -> FakeProbe:
    """Return a probe of a service with these pages; any other is not found."""
    pages: Mapping[str, Reply | ProbeError] = {
        "/livez": live,
        "/readyz": ready,
        NOBODYS_PATH: other or answer(NOBODYS_PATH, 404, b"no such page"),
    }
    return Documents(pages)


@pytest.mark.parametrize(
    ("live", "ready"),
    [(b"ok", b"ok"), (b"ok", b"[db]"), (b"[ping]", b"[ping db]"), (b"[]", b"[]")],
)
async def test_two_pages_pass(live: bytes, ready: bytes) -> None:
    """Two pages that answer are two pages; that both say ok proves nothing against them."""
    probe = service(answer("/livez", body=live), answer("/readyz", body=ready))

    assert isinstance(await run_check(Readiness(), SERVICE, probe), Passed)


@pytest.mark.parametrize(
    ("live", "ready", "path"), [(200, 404, "/readyz"), (404, 200, "/livez"), (503, 503, "/readyz")]
)
async def test_each_page_must_answer(live: int, ready: int, path: str) -> None:
    """A page that is missing or ill is named."""
    probe = service(answer("/livez", live), answer("/readyz", ready))

    outcome = await run_check(Readiness(), SERVICE, probe)

    assert isinstance(outcome, Failed)
    assert outcome.code == "http_status"
    assert outcome.reason.startswith(path)


async def test_one_path_is_one_page() -> None:
    """Whoever names the same page twice has one, and nobody need be asked."""
    probe = FakeProbe({})

    outcome = await run_check(Readiness("/healthz", "/healthz"), SERVICE, probe)

    assert isinstance(outcome, Failed)
    assert outcome.code == "same_page"
    assert probe.asked == []


async def test_a_page_that_leads_to_the_other_is_the_other() -> None:
    """A redirect from one to the other makes them one."""
    probe = service(answer("/livez"), answer("/livez"))

    outcome = await run_check(Readiness(), SERVICE, probe)

    assert isinstance(outcome, Failed)
    assert outcome.code == "same_page"


async def test_the_same_components_warn() -> None:
    """Liveness that looks at what readiness looks at restarts the service for others' faults."""
    probe = service(answer("/livez", body=b"[db mq]"), answer("/readyz", body=b"[mq db]"))

    outcome = await run_check(Readiness(), SERVICE, probe)

    assert isinstance(outcome, Warned)
    assert "db, mq" in outcome.reason


@pytest.mark.parametrize(
    ("other", "kind"), [(b"ok", Unknown), (b"another page", Passed)], ids=["alike", "unlike"]
)
async def test_who_answers_everything_alike_proves_nothing(other: bytes, kind: type) -> None:
    """Where a page that is not there gets the same answer, there may be no such page."""
    probe = service(answer("/livez"), answer("/readyz"), answer(NOBODYS_PATH, 200, other))

    assert isinstance(await run_check(Readiness(), SERVICE, probe), kind)


async def test_a_page_that_is_not_there_need_not_answer() -> None:
    """Only an answer can be alike."""
    probe = service(answer("/livez"), answer("/readyz"), CLOSED)

    assert isinstance(await run_check(Readiness(), SERVICE, probe), Passed)


@pytest.mark.parametrize("dead", ["/livez", "/readyz"])
async def test_no_word_of_either_is_left_to_the_engine(dead: str) -> None:
    """What the probe could not find out is let through."""
    pages = {path: CLOSED if path == dead else answer(path) for path in ("/livez", "/readyz")}

    with pytest.raises(ProbeError):
        await run_check(Readiness(), SERVICE, service(pages["/livez"], pages["/readyz"]))


async def test_without_a_base_url_readiness_does_not_apply() -> None:
    """A service that cannot be asked is not asked."""
    assert isinstance(await run_check(Readiness(), target(), FakeProbe({})), NotApplicable)
