"""Forced where a live service is asked: the service, its address, its name, its answers."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TYPE_CHECKING

import trustme

from director.engine.limits import Limiter, Limits
from director.model.outcome import Failed, Passed
from director.ports import Probe
from director.probing.gate import HostGate
from director.probing.guard import AddressPolicy

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


async def fetch(probe: Probe) -> Passed:
    """Ask, and pass whatever the answer is."""
    return Passed(f"answered {(await probe.get('/')).status}")


def fetching(path: str) -> Callable[[Probe], Awaitable[Passed]]:
    """Return an act that asks for *path* and passes whatever the answer is."""

    async def act(probe: Probe) -> Passed:
        return Passed(f"answered {(await probe.get(path)).status}")

    return act


async def service_is_down(place: Place) -> Answers:
    """Nobody listens where the service should be."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return [await place.asked(fetch, f"http://127.0.0.1:{taken.getsockname()[1]}")]


async def answers_are_broken(place: Place) -> Answers:
    """The body is no gzip, the redirect leads nowhere, or there is no answer at all."""
    garbage = place.reply_of(
        "200 OK", "Content-Encoding: gzip", body=gzip.compress(b"x")[:-8] + b"\0" * 9
    )
    nowhere = place.reply_of("302 Found", "Location: ftp://example.com/")
    answers = []
    for answer in (garbage, nowhere, None):
        async with place.serving(answer) as port:
            answers.append(
                await place.asked(fetch, f"http://127.0.0.1:{port}", request_limit_s=0.3)
            )
    return answers


async def connection_is_reset(place: Place) -> Answers:
    """The peer hears the question and resets the connection."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return [await place.asked(fetch, f"http://127.0.0.1:{port}")]


async def whoever_waits_is_told_to_stop(_: Place) -> Answers:
    """A check waits for its turn, and is cancelled while it does."""
    limiter, gate = Limiter(Limits(at_once=1, per_plugin=2)), HostGate(1)
    answers = []
    async with limiter.slot("http"), gate.slot("127.0.0.1"):
        for slot in (limiter.slot("http"), gate.slot("127.0.0.1")):
            waiting = asyncio.ensure_future(slot.__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait({waiting})
            answers.append("cancelled" if waiting.cancelled() else "go")
    return answers


async def address_is_denied(place: Place) -> Answers:
    """The address may not be dialled, or is none."""
    policy = AddressPolicy()
    denied = await place.asked(fetch, policy=policy)
    return [denied, "go" if policy.check("not an address") is None else "denied"]


async def place_is_none(probe: Probe) -> Passed:
    """Ask what is no place, and no URL."""
    return Passed((await probe.handshake("nowhere")).where)


async def url_is_none(place: Place) -> Answers:
    """A check asks for what is no URL, in each way there is to write one."""
    urls = (
        "http://127.1/", "http://[::zz]/", f"http://{'ａ' * 70}.example/", "http://exa mple/",
    )  # fmt: skip
    answers = [await place.asked(fetching(url)) for url in urls]
    return [*answers, await place.asked(place_is_none)]


async def name_has_no_address(place: Place) -> Answers:
    """The name servers know nothing, or do not know how to read the name."""

    def unknown(_: str, __: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    return [await place.asked(fetch, "http://service.test", lookup=unknown)]


def name_server_is_slow(place: Place) -> Answers:
    """The name servers answer when nobody waits any more, and even the loop is gone."""
    release = threading.Event()

    def late(_: str, __: int) -> tuple[str, ...]:
        release.wait(10)
        return ("127.0.0.1",)

    answer = asyncio.run(place.asked(fetch, "http://service.test", lookup=late, dns_limit_s=0.05))
    release.set()
    for thread in threading.enumerate():
        if thread.name == "director-dns":
            thread.join(10)
    return [answer]


async def peer_says_no_goodbye(place: Place) -> Answers:
    """A TLS connection is closed by us first; it says nothing of a service that is not ready."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("service.test").configure_cert(context)

    async def status(probe: Probe) -> Passed | Failed:
        reply = await probe.get("/")
        return Passed("so") if reply.status == 200 else Failed(f"status {reply.status}")

    async with place.serving(place.reply_of("503 Unavailable"), context) as port:
        answer = await place.asked(
            status,
            f"https://service.test:{port}",
            lookup=lambda *_: ("127.0.0.1",),
            ca_pem=authority.cert_pem.bytes().decode(),
        )
    return [answer]


TABLE: Table = {
    "engine.attempt:_asked:ProbeError": service_is_down,
    "engine.limits:_Slot.__aenter__:BaseException": whoever_waits_is_told_to_stop,
    "probing.body:Body._inflate:zlib.error": answers_are_broken,
    "probing.dial:dial:BaseException": service_is_down,
    "probing.dial:is_address:ValueError": name_has_no_address,
    "probing.exchange:_next:UrlError": answers_are_broken,
    "probing.gate:_Slot.__aenter__:asyncio.CancelledError": whoever_waits_is_told_to_stop,
    "probing.guard:AddressPolicy.check:ValueError": address_is_denied,
    "probing.limit:limited:PolicyDenied": address_is_denied,
    "probing.limit:limited:ProbeError": service_is_down,
    "probing.limit:limited:TimeoutError": answers_are_broken,
    "probing.memo:Memo._run:ProbeError": service_is_down,
    "probing.resolver:Resolver._asked:(OSError, UnicodeError)": name_has_no_address,
    "probing.resolver:Resolver._resolution.work:suppress(RuntimeError)": name_server_is_slow,
    "probing.resolver:Resolver.addresses:TimeoutError": name_server_is_slow,
    "probing.tls:_Session.unwrap:ssl.SSLWantReadError": peer_says_no_goodbye,
    "probing.url:_ascii:UnicodeError": url_is_none,
    "probing.url:_ipv4:ValueError": url_is_none,
    "probing.url:_ipv6:ValueError": url_is_none,
    "probing.url:scrub:UrlError": url_is_none,
    "probing.view:LiveView._place:UrlError": url_is_none,
    "probing.view:LiveView._url:UrlError": url_is_none,
    "probing.wire:PlainWire._more:OSError": connection_is_reset,
}
"""Each clause that is forced here, and by what."""


def test_what_a_probe_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_a_live_service_is_go(place: Place) -> None:
    """Without anything forced a service that answers opens the gate: nothing else keeps it shut."""
    async with place.serving(place.reply_of("200 OK", body=b"{}")) as port:
        assert await place.asked(fetch, f"http://127.0.0.1:{port}") == "go"
