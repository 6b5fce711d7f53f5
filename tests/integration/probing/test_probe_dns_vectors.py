"""Cases from other systems, restated: which addresses are probed, and how names are resolved."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from director.model.answers import StartTls
from director.model.outcome import Failed, Passed, Warned
from director.model.probe import Phase, ProbeError, ProbeReason, Reply
from director.ports import Clock
from director.probing.dial import dial
from director.probing.guard import AddressPolicy
from director.probing.limit import limited
from director.probing.session import LiveSession
from director.probing.settings import ProbeSettings
from director.probing.starttls import begin
from director.probing.timeline import Timeline
from director.testing import target
from director_http.health import Health

Open: TypeAlias = Callable[..., LiveSession]
Vector: TypeAlias = Mapping[str, Any]

FOLDER: Final = Path(__file__).parents[2] / "vectors"
AREAS: Final = {"dns", "dns.addresses", "tcp"}
VECTORS: Final[Mapping[str, Vector]] = {
    case["id"]: case
    for case in json.loads((FOLDER / "probe.json").read_text(encoding="utf-8"))["vectors"]
    if case["area"] in AREAS
}
NOT_APPLICABLE: Final[Mapping[str, str]] = json.loads(
    (FOLDER / "probe_not_applicable.d" / "dns_tcp.json").read_text(encoding="utf-8")
)
TESTED: Final = {
    "dns-007",
    "dns-008",
    "dns.addresses-001",
    "dns.addresses-002",
    "dns.addresses-005",
    "dns.addresses-006",
    "tcp-007",
}

LIVE, DEAD, OTHER = "127.0.0.1", "127.0.0.2", "127.0.0.3"
LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
NAME = "pay.example.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def expected(case: str) -> Any:  # noqa: ANN401  # as the vectors have it
    """Return what a case asks of us."""
    vector = VECTORS[case]
    return vector["recommended_expect" if vector["recommend"] == "differ" else "expect"]


def test_every_case_is_accounted_for() -> None:
    """Each case of these areas is tested, or left out with a reason."""
    assert not TESTED & NOT_APPLICABLE.keys()
    assert VECTORS.keys() == TESTED | NOT_APPLICABLE.keys()
    assert all(NOT_APPLICABLE.values())


@pytest.fixture
async def ports() -> AsyncIterator[tuple[int, list[str]]]:
    """Serve pages at two of three addresses, one port; yield it, and where calls arrived."""
    arrived: list[str] = []
    talks: set[asyncio.Task[None]] = set()

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            arrived.append(writer.get_extra_info("sockname")[0])
            writer.write(MOVED if head.startswith(b"GET /here ") else OK)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(page(reader, writer)))

    first = await asyncio.start_server(connected, LIVE, 0)
    port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(connected, OTHER, port)
    yield port, arrived
    for server in (first, second):
        server.close()
        await server.wait_closed()
    if talks:
        await asyncio.wait(talks)


@pytest.mark.parametrize("dead_first", [True, False])
async def test_dns_007(
    open_session: Open, clock: Clock, ports: tuple[int, list[str]], dead_first: bool
) -> None:
    """Of two addresses one is dead: whoever asks for all fails, for any is warned, in any order."""
    wanted = expected("dns-007")
    order = (DEAD, LIVE) if dead_first else (LIVE, DEAD)
    base_url = f"http://{NAME}:{ports[0]}"
    view = open_session(base_url, lookup=lambda *_: order).view(clock.monotonic() + 5)

    came = await view.get_each("/healthz")
    everywhere = await Health(addresses="all").run(target(base_url), view)
    anywhere = await Health(addresses="any").run(target(base_url), view)

    lives = [isinstance(one, Reply) for one in came]
    assert (lives if dead_first else lives[::-1]) == wanted["policy_all"]["per_address"]
    assert isinstance(everywhere, Passed) is wanted["policy_all"]["success"]
    assert isinstance(everywhere, Failed)
    assert isinstance(anywhere, Warned) is wanted["policy_any"]["degraded"]


async def test_dns_008(open_session: Open, clock: Clock, ports: tuple[int, list[str]]) -> None:
    """Names that hang keep no other name waiting."""
    stuck = VECTORS["dns-008"]["given"]["stuck"]
    hang = threading.Event()

    def lookup(host: str, _: int) -> tuple[str, ...]:
        if host.startswith("stuck"):
            hang.wait(10)
        return (LIVE,)

    view = open_session(f"http://{NAME}", lookup=lookup).view(clock.monotonic() + 5)
    asking = [
        asyncio.create_task(view.get(f"http://stuck{number}.example.test/"))
        for number in range(max(stuck, 4 * (os.cpu_count() or 1)))
    ]
    await asyncio.sleep(0)
    reply = await view.get(f"http://{NAME}:{ports[0]}/")
    still = [task for task in asking if not task.done()]
    hang.set()
    await asyncio.wait(asking)

    assert len(still) == len(asking)
    assert reply.phases.dns_s <= expected("dns-008")["fast_lookup_waited_s_max"]
    assert all(isinstance(task.exception(), ProbeError) for task in asking)


async def test_dns_addresses_001(
    open_session: Open, clock: Clock, ports: tuple[int, list[str]]
) -> None:
    """Whoever asks once asks at one address, however many there are."""
    port, arrived = ports
    session = open_session(f"http://{NAME}:{port}", lookup=lambda *_: (LIVE, OTHER))

    reply = await session.view(clock.monotonic() + 5).get("/healthz")

    assert len(reply.hops) == expected("dns.addresses-001")["results"]
    assert arrived == [LIVE]


async def test_dns_addresses_002(
    open_session: Open, clock: Clock, ports: tuple[int, list[str]]
) -> None:
    """Whoever asks everywhere gets a result for each address, and one failure is a failure."""
    wanted = expected("dns.addresses-002")
    base_url = f"http://{NAME}:{ports[0]}"
    view = open_session(base_url, lookup=lambda *_: (LIVE, DEAD)).view(clock.monotonic() + 5)

    came = await view.get_each("/healthz")
    outcome = await Health(addresses="all").run(target(base_url), view)

    assert len(came) == wanted["results"]
    assert isinstance(outcome, Failed) is (wanted["summary"] == "down")


def test_dns_addresses_005() -> None:
    """A way to choose addresses that nobody knows is refused before anything runs."""
    mode = VECTORS["dns.addresses-005"]["given"]["mode"]

    assert expected("dns.addresses-005")["config_error"]
    with pytest.raises(ValueError, match="one, any or all"):
        Health(addresses=mode)


async def test_dns_addresses_006(
    open_session: Open, clock: Clock, ports: tuple[int, list[str]]
) -> None:
    """The first request goes to each address; where a redirect leads is resolved as usual."""
    port, arrived = ports
    session = open_session(f"http://{NAME}:{port}", lookup=lambda *_: (LIVE, OTHER))

    came = await session.view(clock.monotonic() + 5).get_each("/here")

    assert expected("dns.addresses-006")["per_address"]
    hops = [[hop.address for hop in reply.hops] for reply in came if isinstance(reply, Reply)]
    assert hops == [[f"{LIVE}:{port}"] * 2, [f"{OTHER}:{port}", f"{LIVE}:{port}"]]
    assert sorted(arrived) == [LIVE, LIVE, LIVE, OTHER]


async def test_tcp_007(clock: Clock) -> None:
    """A peer that takes the connection and is silent is not waited for beyond the deadline."""
    given, wanted = VECTORS["tcp-007"]["given"]["probe"], expected("tcp-007")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(silent, LIVE, 0)
    settings = ProbeSettings(policy=LOOPBACK, request_limit_s=given["deadline_s"])
    timeline = Timeline(clock, "")

    async def work() -> None:
        port = server.sockets[0].getsockname()[1]
        sock = await dial(LIVE, port, settings.policy, timeline)
        await begin(sock, StartTls(given["starttls"]), timeline)
        sock.close()

    began = clock.monotonic()
    with pytest.raises(ProbeError) as caught:
        await limited(work(), settings, timeline, "")
    took_s = clock.monotonic() - began
    await gone.wait()
    server.close()
    await server.wait_closed()

    assert took_s <= wanted["returns_within_s"]
    assert caught.value.reason is ProbeReason.TTFB_TIMEOUT
    assert caught.value.seen.phase is Phase.TTFB
