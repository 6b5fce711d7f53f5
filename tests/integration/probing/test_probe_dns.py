"""Resolving names, with resolvers that behave as a test wants."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from director.model.probe import ProbeError, ProbeReason
from director.ports import Clock
from director.probing.session import LiveSession
from director.testing import DemoService

Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]
Open: TypeAlias = Callable[..., LiveSession]


async def test_a_name_that_does_not_exist(fails: Fails) -> None:
    """The real resolver says no, or cannot say: never anything else."""
    error = await fails("http://no-such-name.invalid", request_limit_s=8)

    assert error.reason in {
        ProbeReason.DNS_NXDOMAIN,
        ProbeReason.DNS_SERVFAIL,
        ProbeReason.DNS_TIMEOUT,
    }
    assert error.seen.phases.dns_s > 0
    assert error.seen.address == ""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (socket.EAI_NONAME, ProbeReason.DNS_NXDOMAIN),
        (socket.EAI_NODATA, ProbeReason.DNS_NO_ADDRESS),
        (socket.EAI_FAMILY, ProbeReason.DNS_NO_ADDRESS),
        (socket.EAI_AGAIN, ProbeReason.DNS_SERVFAIL),
        (socket.EAI_FAIL, ProbeReason.DNS_SERVFAIL),
    ],
)
async def test_each_error_of_the_resolver_has_its_reason(
    fails: Fails, code: int, reason: ProbeReason
) -> None:
    """That a name does not exist is known; that name servers are silent is not the name's fault."""

    def lookup(*_: object) -> tuple[str, ...]:
        raise socket.gaierror(code, "said by the resolver")

    error = await fails("http://pay.example.test", lookup=lookup)

    assert error.reason is reason
    assert error.reason.blind is (reason is ProbeReason.DNS_SERVFAIL)


async def test_a_name_without_addresses(fails: Fails) -> None:
    """No answer at all is no address."""
    error = await fails("http://pay.example.test", lookup=lambda *_: ())

    assert error.reason is ProbeReason.DNS_NO_ADDRESS


async def test_a_silent_resolver_has_its_own_limit(fails: Fails) -> None:
    """A lookup that hangs ends at the limit for names, long before the request's."""
    hang = threading.Event()

    def lookup(*_: object) -> tuple[str, ...]:
        hang.wait(10)
        return ("127.0.0.1",)

    error = await fails("http://pay.example.test", lookup=lookup, dns_limit_s=0.1)
    hang.set()

    assert error.reason is ProbeReason.DNS_TIMEOUT
    assert error.seen.phases.dns_s == pytest.approx(0.1, abs=0.08)


async def test_a_tarpit_delays_nobody_else(open_session: Open, clock: Clock) -> None:
    """Names that hang neither hold up another name nor the threads of the event loop."""
    hang = threading.Event()

    def lookup(host: str, _: int) -> tuple[str, ...]:
        if host.startswith("tarpit"):
            hang.wait(10)
        return ("127.0.0.1",)

    async with DemoService.healthy() as service:
        session = open_session(service.base_url, lookup=lookup, dns_limit_s=1.0)
        view = session.view(clock.monotonic() + 5)
        port = service.base_url.rpartition(":")[2]
        stuck = [
            asyncio.create_task(view.get(f"http://tarpit{number}.example.test/"))
            for number in range(20)
        ]
        await asyncio.sleep(0)
        good = await view.get(f"http://pay.example.test:{port}/")
        await asyncio.to_thread(int)
        still_stuck = not any(task.done() for task in stuck)
        hang.set()
        await asyncio.wait(stuck)

    assert still_stuck
    assert good.status == 200
    assert good.phases.dns_s < 0.5
    assert all(isinstance(task.exception(), ProbeError) for task in stuck)
