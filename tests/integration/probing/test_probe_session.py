"""One evaluation's probe, on real sockets: one request for many askers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from director.model.evidence import EvidenceKind
from director.model.probe import ProbeError, ProbeReason
from director.ports import Clock
from director.probing.session import LiveSession
from director.testing import DemoService

Serve: TypeAlias = Callable[..., Awaitable[Any]]
Open: TypeAlias = Callable[..., LiveSession]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_six_askers_one_request(open_session: Open, clock: Clock) -> None:
    """Checks that ask the same thing cause one request and share one piece of evidence."""
    async with DemoService.slow(0.05) as service:
        session = open_session(service.base_url)
        views = [session.view(clock.monotonic() + 5) for _ in range(6)]
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(view.get("/healthz")) for view in views]
        late = session.view(clock.monotonic() + 5)
        await late.get("healthz")

        assert service.requests == 1

    assert len({id(task.result()) for task in asked}) == 1
    assert len({id(view.evidence[0]) for view in [*views, late]}) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/other", None), ("/healthz?x=1", None), ("/healthz", {"Accept": "text/plain"})],
)
async def test_another_question_is_another_request(
    open_session: Open, clock: Clock, path: str, headers: dict[str, str] | None
) -> None:
    """Another page, query or header is another question."""
    async with DemoService.healthy() as service:
        view = open_session(service.base_url).view(clock.monotonic() + 5)
        await view.get("/healthz")
        await view.get(path, headers=headers)

        assert service.requests == 2
        assert len(view.evidence) == 2


async def test_the_order_of_headers_does_not_matter(open_session: Open, clock: Clock) -> None:
    """The same headers in another order and case are the same question."""
    async with DemoService.healthy() as service:
        view = open_session(service.base_url).view(clock.monotonic() + 5)
        await view.get("/", headers={"A": "1", "b": "2"})
        await view.get("/", headers={"B": "2", "a": "1"})

        assert service.requests == 1
        assert len(view.evidence) == 1


async def test_a_failure_is_shared_too(open_session: Open, clock: Clock) -> None:
    """Everybody who asked hears the same reason, each in an exception of its own."""
    async with DemoService.refusing() as service:
        session = open_session(service.base_url)
        errors = []
        for _ in range(2):
            with pytest.raises(ProbeError) as caught:
                await session.view(clock.monotonic() + 5).get("/")
            errors.append(caught.value)

    assert errors[0] is not errors[1]
    assert {error.reason for error in errors} == {ProbeReason.CONNECT_REFUSED}


async def test_sessions_share_nothing(open_session: Open, clock: Clock) -> None:
    """The next evaluation asks anew."""
    async with DemoService.healthy() as service:
        for _ in range(2):
            await open_session(service.base_url).view(clock.monotonic() + 5).get("/")

        assert service.requests == 2


async def test_evidence_of_an_answer(open_session: Open, clock: Clock) -> None:
    """Evidence says what was seen, in sorted semantic-convention names, without secrets."""
    async with DemoService.failing() as service:
        view = open_session(service.base_url).view(clock.monotonic() + 5)
        reply = await view.get("/healthz?token=hunter2")
        port = int(service.base_url.rpartition(":")[2])

    (evidence,) = view.evidence
    facts = dict(evidence.facts)
    assert evidence.kind is EvidenceKind.PROBED
    assert evidence.source == f"{service_url(port)}/healthz?token=REDACTED" == facts["url.full"]
    assert evidence.at is not None
    assert list(evidence.facts) == sorted(evidence.facts)
    assert "hunter2" not in repr(evidence)
    assert facts["http.response.status_code"] == 503
    assert facts["http.response.body.size"] == len(reply.body)
    assert (facts["server.address"], facts["server.port"]) == ("127.0.0.1", port)
    assert (facts["network.peer.address"], facts["network.peer.port"]) == ("127.0.0.1", port)
    phases = ("dns", "connect", "tls", "send", "ttfb", "transfer", "other")
    total_ms = sum(float(facts[f"director.probe.{phase}_ms"]) for phase in phases)
    assert total_ms == pytest.approx(float(facts["director.probe.total_ms"]), abs=0.1)


def service_url(port: int) -> str:
    """Return where a service on loopback answers."""
    return f"http://127.0.0.1:{port}"


async def test_evidence_of_a_failure(open_session: Open, clock: Clock) -> None:
    """A failed probe is evidence as well, with its reason and where its time went."""
    async with DemoService.refusing() as service:
        view = open_session(service.base_url).view(clock.monotonic() + 5)
        with pytest.raises(ProbeError):
            await view.get("/")

    facts = dict(view.evidence[0].facts)
    assert facts["director.probe.reason"] == "connect_refused"
    assert float(facts["director.probe.connect_ms"]) > 0
    assert "http.response.status_code" not in facts


async def test_evidence_of_what_was_not_asked(open_session: Open, clock: Clock) -> None:
    """That a URL was refused is evidence too."""
    view = open_session("http://127.0.0.1:1").view(clock.monotonic() + 5)
    with pytest.raises(ProbeError):
        await view.get("http://u:hunter2@127.1/?x=y")

    (evidence,) = view.evidence
    assert evidence.source == "http://127.1/?x=REDACTED"
    assert dict(evidence.facts)["director.probe.reason"] == "invalid_url"


async def test_own_patience(open_session: Open, clock: Clock) -> None:
    """Each asker waits as long as it wants; the request goes on for the others."""
    async with DemoService.slow(0.3) as service:
        session = open_session(service.base_url)
        hasty, patient = session.view(clock.monotonic() + 5), session.view(clock.monotonic() + 5)
        whole = asyncio.create_task(patient.get("/"))
        with pytest.raises(ProbeError) as caught:
            await hasty.get("/", timeout_s=0.1)
        reply = await whole

        assert service.requests == 1

    assert caught.value.reason is ProbeReason.TTFB_TIMEOUT
    assert 0.05 < caught.value.seen.phases.total_s < 0.25
    assert caught.value.seen.address == reply.address
    assert dict(hasty.evidence[0].facts)["director.probe.reason"] == "ttfb_timeout"
    assert reply.status == 200


async def test_the_deadline_of_the_check_is_patience_too(open_session: Open, clock: Clock) -> None:
    """A view never waits past its check's deadline, whatever the check asks for."""
    async with DemoService.slow(5) as service:
        begun = clock.monotonic()
        view = open_session(service.base_url).view(begun + 0.1)
        with pytest.raises(ProbeError) as caught:
            await view.get("/", timeout_s=60)

    assert caught.value.reason is ProbeReason.TTFB_TIMEOUT
    assert 0.09 < clock.monotonic() - begun < 0.5


async def test_without_time_nothing_is_asked(open_session: Open, clock: Clock) -> None:
    """After its deadline a check causes no request any more."""
    async with DemoService.healthy() as service:
        session = open_session(service.base_url)
        with pytest.raises(ProbeError) as caught:
            await session.view(clock.monotonic() - 1).get("/late")
        await session.view(clock.monotonic() + 5).get("/in-time")

        assert service.requests == 1

    assert caught.value.reason.blind


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf")])
async def test_a_timeout_is_positive_and_finite(
    open_session: Open, clock: Clock, timeout_s: float
) -> None:
    """A timeout that is none is the check's mistake."""
    view = open_session("http://127.0.0.1:1").view(clock.monotonic() + 5)

    with pytest.raises(ValueError, match="timeout_s"):
        await view.get("/", timeout_s=timeout_s)


async def test_cancelling_one_asker_does_not_cancel_the_others(
    open_session: Open, serve: Serve, clock: Clock
) -> None:
    """The request belongs to the evaluation, not to who asked first."""
    arrived, release = asyncio.Event(), asyncio.Event()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await release.wait()
        writer.write(OK)

    server = await serve(script)
    session = open_session(server.url)
    first = asyncio.create_task(session.view(clock.monotonic() + 5).get("/"))
    second = asyncio.create_task(session.view(clock.monotonic() + 5).get("/"))
    await arrived.wait()
    first.cancel()
    await asyncio.wait({first})
    release.set()

    assert (await second).status == 200
    assert first.cancelled()
    assert server.connections == 1


async def test_closing_stops_what_still_runs(
    open_session: Open, serve: Serve, clock: Clock
) -> None:
    """After close no request runs and none can begin."""
    gone = asyncio.Event()

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()

    server = await serve(script)
    session = open_session(server.url)
    with pytest.raises(ProbeError):
        await session.view(clock.monotonic() + 0.05).get("/")
    async with asyncio.timeout(1):  # far less than the request would take by itself
        await session.close()
        await gone.wait()

    with pytest.raises(RuntimeError, match="closed"):
        await session.view(clock.monotonic() + 5).get("/other")


async def test_requests_to_one_host_are_limited(
    open_session: Open, serve: Serve, clock: Clock
) -> None:
    """No more than the limit run at once, and the wait for a slot is not measured."""
    running: list[int] = []
    busy = 0
    release = asyncio.Event()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy
        busy += 1
        running.append(busy)
        if busy == 2 or len(running) > 2:
            release.set()
        await release.wait()
        busy -= 1
        writer.write(OK)

    server = await serve(script)
    session = open_session(server.url, per_host=2)
    view = session.view(clock.monotonic() + 5)
    begun = clock.monotonic()
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(view.get(f"/{number}")) for number in range(6)]
    wall_s = clock.monotonic() - begun

    assert max(running) == 2
    assert sum(task.result().elapsed_s for task in asked) <= 2 * wall_s + 0.01


async def test_waiting_for_a_slot_is_not_the_services_fault(
    open_session: Open, serve: Serve, clock: Clock
) -> None:
    """Whose patience ends before anything was sent could not tell."""
    arrived, release = asyncio.Event(), asyncio.Event()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await release.wait()
        writer.write(OK)

    server = await serve(script)
    session = open_session(server.url, per_host=1)
    first = asyncio.create_task(session.view(clock.monotonic() + 5).get("/first"))
    await arrived.wait()
    with pytest.raises(ProbeError) as caught:
        await session.view(clock.monotonic() + 0.1).get("/second")
    release.set()

    assert (await first).status == 200
    assert caught.value.reason.blind
    assert caught.value.seen.phases.total_s == 0
