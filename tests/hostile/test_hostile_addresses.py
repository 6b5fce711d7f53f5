"""Every way to an address that must not be dialled, and no packet sent to any of them.

Nothing leaves this machine: a hook of the interpreter (``sys.addaudithook``) sees each connection
before it is made, and refuses those to anywhere but the stand-ins on loopback. So a denied
address must not even come so far, and an allowed one has passed every guard when it does.
"""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import json
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

import dns.message
import dns.query
import dns.rdatatype
import pytest

from director.model.answers import StartTls
from director.model.probe import ProbeError, ProbeReason, Redirects, Reply
from director.ports import ProbeView
from director.probing.guard import AddressPolicy, Reach
from director.probing.resolver import Lookup
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.testing import target

HERE = Path(__file__).parent

STAND_IN = "127.0.0.9"
"""Where a server listens that may be dialled, as if it were public."""

OUTSIDE = errno.ENETUNREACH
"""What a connection to anywhere else gets."""


def _loaded(path: Path) -> Any:  # noqa: ANN401  # a module
    """Return the module at *path*; tests are no package, so no statement can import it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _loaded(HERE / "addresses.py")
DNS = _loaded(HERE.parent / "integration" / "probing" / "dns_server.py")
INTERNAL, PUBLIC_ONLY = TABLE.INTERNAL, TABLE.PUBLIC_ONLY

Call: TypeAlias = Callable[[ProbeView, str], Awaitable[Any]]


class Clock:
    """The real time."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return what the event loop counts with."""
        return monotonic()


@dataclass
class Watch:
    """Sees where this process connects to while a test runs.

    Attributes:
        armed: Whether it looks at all.
        seen: Where a connection was begun to, or a packet sent.
        sockets: How many sockets of the Internet were made.
        name_server: Where a name server of the test listens, which is nobody's business.
    """

    armed: bool = False
    seen: list[tuple[str, int]] = field(default_factory=list)
    sockets: int = 0
    name_server: tuple[str, int] | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note a connection, and refuse one that would leave this machine."""
        if not self.armed:
            return
        if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
            self.sockets += 1
        if event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            return
        address = arguments[1]
        if not isinstance(address, tuple):
            return
        if self.name_server in (address, arguments[0].getsockname()):  # asked, or answering
            return
        self.seen.append(address[:2])
        if address[0] != STAND_IN:
            raise OSError(OUTSIDE, "not from a test")


WATCH = Watch()


@pytest.fixture(scope="module", autouse=True)
def hooked() -> None:
    """Let the interpreter tell of every connection; a hook stays, and is quiet when not armed."""
    sys.addaudithook(WATCH)


@pytest.fixture
def connections() -> Iterator[list[tuple[str, int]]]:
    """Where connections were begun to during a test."""
    WATCH.seen.clear()
    WATCH.sockets = 0
    WATCH.name_server = None
    WATCH.armed = True
    yield WATCH.seen
    WATCH.armed = False


@dataclass
class Stage:
    """Servers on loopback: one that may be dialled, and canaries that must hear nothing."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    heard: int = 0
    requests: list[bytes] = field(default_factory=list)
    port: int = 0
    packets: int = 0
    service: int = 0

    async def canary(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count whoever comes."""
        self.heard += 1
        writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what is to be answered."""
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        writer.close()

    def redirects(self, location: str) -> None:
        """Let the server redirect from now on."""
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        self.answer = head.encode()


class Packets(asyncio.DatagramProtocol):
    """Counts whatever comes over UDP.

    Args:
        stage: Where it is counted.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.gone = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  # of the protocol
        """Count a packet."""
        self._stage.heard += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # of the protocol
        """Know that the port is free again."""
        self.gone.set()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Start the server, two canaries that share a port, and one that takes packets."""
    made = Stage()
    first = await asyncio.start_server(made.canary, "127.0.0.1", 0)
    made.port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(made.canary, "::1", made.port)
    service = await asyncio.start_server(made.serve, STAND_IN, 0)
    made.service = service.sockets[0].getsockname()[1]
    packets = Packets(made)
    udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: packets, local_addr=("127.0.0.1", 0)
    )
    made.packets = udp.get_extra_info("sockname")[1]
    yield made
    udp.close()
    await packets.gone.wait()
    for server in (first, second, service):
        server.close()
        await server.wait_closed()


Names: TypeAlias = dict[str, tuple[str, ...]]
Ask: TypeAlias = Callable[..., Any]


async def follow(view: ProbeView, url: str) -> object:
    """Ask for a page, and follow its redirects anywhere."""
    return await view.get(url, redirects=Redirects.ANYWHERE)


@pytest.fixture
async def ask(stage: Stage) -> AsyncIterator[Ask]:
    """Ask for a URL, or in another way, with names that resolve as they are told to.

    What comes of it is an answer or an error; the policy is the lax one if nothing is said.
    """
    opened: list[tuple[LiveProber, Any]] = []

    async def once(
        url: str,
        names: Names | None = None,
        policy: str = "internal",
        lookup: Lookup | None = None,
        call: Call = follow,
    ) -> object:
        known = {"service.test": (STAND_IN,), **(names or {})}

        def told(host: str, _: int) -> tuple[str, ...]:
            return known[host.lower().rstrip(".")]

        allowed = AddressPolicy(Reach(policy), (ip_network(f"{STAND_IN}/32"),))
        prober = LiveProber(
            ProbeSettings(policy=allowed, request_limit_s=3.0), Clock(), lookup or told
        )
        session = prober.session(target(f"http://service.test:{stage.service}"))
        opened.append((prober, session))
        try:
            return await call(session.view(monotonic() + 5), url)
        except ProbeError as error:
            return error

    yield once
    for prober, session in opened:
        await session.close()
        await prober.close()


def refused(came: object, reason: str, rule: str = "") -> None:
    """Assert that *came* is a refusal, with the rule where there is one."""
    assert isinstance(came, ProbeError)
    assert came.reason.value == reason
    if reason == "policy_denied":
        assert re.search(r" is denied by the address policy \([a-z_]+\)$", came.detail)
        assert came.seen.hops[-1].address == ""
    if rule:
        assert f"({rule})" in came.detail


def policies(row: Any) -> tuple[str, ...]:  # noqa: ANN401  # a row of the table
    """Return the policies that deny a row: a strict one denies whatever a lax one does."""
    return ("public_only",) if row.policy == "public_only" else ("internal", "public_only")


def names(row: Any) -> Names:  # noqa: ANN401  # a row of the table
    """Return what the host of a row resolves to, if it is a name."""
    return {row.host.lower().rstrip("."): row.answers} if row.answers else {}


EVERY = (*TABLE.DENIED, *TABLE.BESIDES)
ROWS = pytest.mark.parametrize("row", EVERY, ids=[row.host for row in EVERY])


@ROWS
async def test_denied_as_a_url(
    row: Any,  # noqa: ANN401  # a row of the table
    stage: Stage,
    ask: Ask,
    connections: list[tuple[str, int]],
) -> None:
    """A URL with such a host is refused: no socket is made, and nothing is sent to anybody."""
    for policy in policies(row):
        came = await ask(f"http://{row.host}:{stage.port}/", names(row), policy)

        refused(came, row.reason, row.rule if policy == row.policy else "")
    assert connections == []
    assert WATCH.sockets == 0
    assert stage.heard == 0


@ROWS
async def test_denied_as_the_answer_of_a_name_server(
    row: Any,  # noqa: ANN401  # a row of the table
    stage: Stage,
    ask: Ask,
    connections: list[tuple[str, int]],
) -> None:
    """A name that leads there is refused; what is no address, no name server can answer."""
    answers = row.addresses or ("127.0.0.1",)
    for policy in policies(row):
        came = await ask(f"http://rebound.test:{stage.port}/", {"rebound.test": answers}, policy)

        refused(came, "policy_denied", row.rule if policy == row.policy else "")
    assert connections == []
    assert WATCH.sockets == 0
    assert stage.heard == 0


@ROWS
async def test_denied_as_the_target_of_a_redirect(
    row: Any,  # noqa: ANN401  # a row of the table
    stage: Stage,
    ask: Ask,
    connections: list[tuple[str, int]],
) -> None:
    """A redirect that leads there is not followed, though it may lead anywhere else."""
    for policy in policies(row):
        stage.redirects(f"http://{row.host}:{stage.port}/")
        came = await ask("/", names(row), policy)

        assert isinstance(came, ProbeError)
        if row.rule:
            refused(came, "policy_denied", row.rule if policy == row.policy else "")
        else:  # it leads to no URL at all
            refused(came, "redirect_cross_origin")
    assert {address for address, _ in connections} == {STAND_IN}
    assert stage.heard == 0


WAYS: dict[str, Call] = {
    "each": lambda view, where: view.get_each(f"http://{where}/"),
    "handshake": lambda view, where: view.handshake(where),
    "starttls": lambda view, where: view.handshake(where, starttls=StartTls.SMTP),
    "connect": lambda view, where: view.connect(where, banner=True),
}
"""How else a service can be asked."""


@ROWS
@pytest.mark.parametrize("way", WAYS)
async def test_denied_in_every_other_way(
    row: Any,  # noqa: ANN401  # a row of the table
    way: str,
    stage: Stage,
    ask: Ask,
    connections: list[tuple[str, int]],
) -> None:
    """The policy is one for all sockets: no handshake, no greeting, no second address."""
    for policy in policies(row):
        came = await ask(f"{row.host}:{stage.port}", names(row), policy, call=WAYS[way])

        first = came[0] if isinstance(came, tuple) else came
        refused(first, row.reason, row.rule if policy == row.policy else "")
    assert connections == []
    assert WATCH.sockets == 0
    assert stage.heard == 0


@ROWS
async def test_denied_as_a_name_server(
    row: Any,  # noqa: ANN401  # a row of the table
    stage: Stage,
    ask: Ask,
    connections: list[tuple[str, int]],
) -> None:
    """A name server that a check chooses is dialled by the same rules; it has no name."""

    async def resolve(view: ProbeView, resolver: str) -> object:
        return await view.resolve("pay.test", resolver=resolver)

    for policy in policies(row):
        came = await ask(f"{row.host}:{stage.packets}", names(row), policy, call=resolve)

        if row.rule and not row.answers:
            refused(came, "policy_denied", row.rule if policy == row.policy else "")
        else:
            refused(came, "invalid_url")
    assert connections == []
    assert WATCH.sockets == 0
    assert stage.heard == 0


@pytest.mark.parametrize("url", TABLE.TRICKS.values(), ids=TABLE.TRICKS)
async def test_tricks_with_urls(
    url: str, stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """What two programs could read differently, or is not HTTP, is refused as it is written."""
    came = await ask(url.format(port=stage.port))

    refused(came, "invalid_url")
    assert connections == []
    assert stage.heard == 0


@pytest.mark.parametrize("url", TABLE.TRICKS.values(), ids=TABLE.TRICKS)
async def test_tricks_with_redirects(
    url: str, stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """The same, where a service redirects there: it goes no further than the service."""
    location = url.format(port=stage.port).partition("\r")[0]
    stage.redirects(location)

    came = await ask("/")

    assert isinstance(came, ProbeError)  # a fragment leads to the name before it, and no further
    assert {address for address, _ in connections} == {STAND_IN}
    assert stage.heard == 0


@pytest.mark.parametrize("port", TABLE.PORTS)
async def test_ports_of_other_protocols(
    port: int, stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """No HTTP is spoken where it could be taken for a command; not after a redirect either."""
    directly = await ask(f"http://service.test:{port}/")
    assert connections == []
    stage.redirects(f"http://service.test:{port}/")
    redirected = await ask("/")

    refused(directly, "policy_denied", "port")
    refused(redirected, "policy_denied", "port")
    assert connections == [(STAND_IN, stage.service)]


async def test_a_header_that_breaks_the_line(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """A header with a line break is refused before anything is asked."""

    async def split(view: ProbeView, url: str) -> object:
        return await view.get(url, headers={"X": "y\r\nHost: 127.0.0.1"})

    with pytest.raises(ValueError, match="must be printable ASCII"):
        await ask("/", call=split)

    assert connections == []
    assert stage.requests == []


def asking(server: Any) -> Lookup:  # noqa: ANN401  # of a module that is loaded
    """Return a lookup that asks a name server of the test, as the system's resolver does."""
    WATCH.name_server = ("127.0.0.1", server.port)

    def lookup(host: str, _: int) -> tuple[str, ...]:
        question = dns.message.make_query(host, "A")
        answer = dns.query.udp(question, "127.0.0.1", port=server.port, timeout=3)
        kinds = (records for records in answer.answer if records.rdtype == dns.rdatatype.A)
        return tuple(record.address for records in kinds for record in records)

    return lookup


async def test_a_name_that_turns(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """What was looked at is what is dialled: a name that answers otherwise later gains nothing.

    Its answers may not be remembered for a second, so that it can turn between two questions.
    """
    said: list[str] = []

    def turning(asked: Any) -> list[bytes]:  # noqa: ANN401  # as above
        said.append("127.0.0.1" if said else STAND_IN)
        return [DNS.answer(asked, [f"turning.test. 0 IN A {said[-1]}"])]

    url = f"http://turning.test:{stage.service}/"
    async with DNS.DnsServer(turning) as server:
        first = await ask(url, lookup=asking(server))
        second = await ask(url, lookup=asking(server))

    assert isinstance(first, Reply)
    assert first.status == 200
    refused(second, "policy_denied", "loopback")
    assert said == [STAND_IN, "127.0.0.1"]
    assert connections == [(STAND_IN, stage.service)]
    assert stage.heard == 0


async def test_an_alias_that_leads_inside(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """However a name comes by its address, it is the address that is judged."""
    lines = ("pay.test. 60 IN CNAME inside.test.", "inside.test. 60 IN A 127.0.0.1")
    async with DNS.DnsServer(DNS.saying(*lines)) as server:
        came = await ask(f"http://pay.test:{stage.port}/", lookup=asking(server))

    refused(came, "policy_denied", "loopback")
    assert connections == []
    assert stage.heard == 0


async def test_two_addresses_in_one_answer(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """The first address is the one; a denied one that comes first is not passed over."""
    url = f"http://both.test:{stage.service}/"
    good = await ask(url, {"both.test": (STAND_IN, "127.0.0.1")})
    bad = await ask(url, {"both.test": ("127.0.0.1", STAND_IN)})

    assert isinstance(good, Reply)
    refused(bad, "policy_denied", "loopback")
    assert connections == [(STAND_IN, stage.service)]


async def test_a_chain_of_redirects(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """However many hops come before it, the one that leads inside is not made."""
    hops = iter(["/1", "/2", f"http://127.0.0.1:{stage.port}/"])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {next(hops)}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        writer.close()

    server = await asyncio.start_server(serve, STAND_IN, 0)
    port = server.sockets[0].getsockname()[1]
    came = await ask(f"http://service.test:{port}/")
    server.close()
    await server.wait_closed()

    refused(came, "policy_denied", "loopback")
    assert isinstance(came, ProbeError)
    assert [hop.status for hop in came.seen.hops] == [302, 302, 302, None]
    assert connections == [(STAND_IN, port)] * 3
    assert stage.heard == 0


async def test_a_proxy_of_the_environment_is_not_used(
    stage: Stage, ask: Ask, connections: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``http_proxy`` would send every request somewhere else, past the policy."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{stage.port}")

    came = await ask("/")

    assert isinstance(came, Reply)
    assert connections == [(STAND_IN, stage.service)]
    assert stage.heard == 0


@pytest.mark.parametrize("policy", [INTERNAL, PUBLIC_ONLY])
@pytest.mark.parametrize("host", TABLE.ALLOWED)
async def test_allowed_in_every_role(
    host: str, policy: str, stage: Stage, ask: Ask, connections: list[tuple[str, int]]
) -> None:
    """A neighbour of what is denied passes every guard: the connection is begun."""
    address = host.strip("[]")
    came = [await ask(f"http://{host}/", {}, policy)]
    came.append(await ask("http://near.test/", {"near.test": (address,)}, policy))
    stage.redirects(f"http://{host}/")
    came.append(await ask("/", {}, policy))

    for each in came:
        assert isinstance(each, ProbeError)
        assert each.reason is ProbeReason.CONNECT_UNREACHABLE
    away = [place for place in connections if place[0] != STAND_IN]
    assert away == [(address, 80)] * 3


async def test_what_the_operator_lifts_is_dialled(
    stage: Stage, connections: list[tuple[str, int]]
) -> None:
    """A range that the operator allows is allowed, for the strict policy as well, and no more."""
    policy = AddressPolicy(Reach.PUBLIC_ONLY, (ip_network("10.20.0.0/16"),))
    prober = LiveProber(ProbeSettings(policy=policy), Clock(), lambda *_: ("10.20.0.5",))
    session = prober.session(target("http://inside.test"))
    view = session.view(monotonic() + 5)
    reasons = []
    for url in ("http://10.20.0.5:443/", "http://10.21.0.5:443/", "/"):
        with pytest.raises(ProbeError) as error:
            await view.get(url)
        reasons.append(error.value.reason.value)
    await session.close()
    await prober.close()

    assert reasons == ["connect_unreachable", "policy_denied", "connect_unreachable"]
    assert connections == [("10.20.0.5", 443), ("10.20.0.5", 80)]
    assert stage.heard == 0


def test_the_table_is_whole() -> None:
    """Sixty are denied and twenty allowed, each once; every trick has its test."""
    hosts = [row.host for row in EVERY]

    assert len(TABLE.DENIED) + (len(TABLE.TRICKS) - 1) + len(TABLE.TESTED) == 60
    assert len(set(hosts)) == len(hosts)
    assert len(set(TABLE.ALLOWED)) == 20
    assert all(callable(globals()[name]) for name in TABLE.TESTED.values())


async def test_the_log_says_which_rule(stage: Stage, tmp_path: Path) -> None:
    """An evaluation of a denied address logs reason and rule, and the gate stays closed."""
    manifest = tmp_path / "m.yaml"
    manifest.write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: shop, owner: team}\n"
        f'spec: {{environments: {{live: {{base_url: "http://127.0.0.1:{stage.port}"}}}}}}\n'
    )
    command = Path(sys.executable).with_name("director")
    process = await asyncio.create_subprocess_exec(
        *map(str, (command, "evaluate", manifest, "--environment", "live")),
        *("--profile", "standard", "--no-store", "--log", str(tmp_path / "log")),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 1

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (health,) = [line for line in lines if line.get("director.check.id") == "http.health"]
    assert health["director.check.status"] == "unknown"
    assert health["director.check.reason"] == "policy_denied"
    assert "(loopback)" in health["message"]
    assert stage.heard == 0
