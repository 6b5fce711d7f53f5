"""Forced where a live service is asked: the service, its address, its name, its answers."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING

import trustme

from director.model.outcome import Failed, Passed
from director.ports import Probe
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


@asynccontextmanager
async def serving(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Answer every request with the same bytes, or with nothing at all; yields the port.

    Over TLS it waits for the other side to say goodbye.
    """
    over = asyncio.Event()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await over.wait()
            else:
                writer.write(answer)
                await writer.drain()
                if tls is not None:
                    await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()


def reply_of(status: str, *headers: str, body: bytes = b"") -> bytes:
    """Return the bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def service_is_down(place: Place) -> Answers:
    """Nobody listens where the service should be."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return [await place.asked(fetch, f"http://127.0.0.1:{taken.getsockname()[1]}")]


async def answers_are_broken(place: Place) -> Answers:
    """The body is no gzip, the redirect leads nowhere, or there is no answer at all."""
    garbage = reply_of(
        "200 OK", "Content-Encoding: gzip", body=gzip.compress(b"x")[:-8] + b"\0" * 9
    )
    nowhere = reply_of("302 Found", "Location: ftp://example.com/")
    answers = []
    for answer in (garbage, nowhere, None):
        async with serving(answer) as port:
            answers.append(
                await place.asked(fetch, f"http://127.0.0.1:{port}", request_limit_s=0.3)
            )
    return answers


async def address_is_denied(place: Place) -> Answers:
    """The address may not be dialled, or is none."""
    policy = AddressPolicy()
    denied = await place.asked(fetch, policy=policy)
    return [denied, "go" if policy.check("not an address") is None else "denied"]


async def url_is_none(place: Place) -> Answers:
    """A check asks for what is no URL, in each way there is to write one."""
    urls = (
        "http://127.1/", "http://[::zz]/", f"http://{'ａ' * 70}.example/", "http://exa mple/",
    )  # fmt: skip
    return [await place.asked(fetching(url)) for url in urls]


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

    async with serving(reply_of("503 Unavailable"), context) as port:
        answer = await place.asked(
            status,
            f"https://service.test:{port}",
            lookup=lambda *_: ("127.0.0.1",),
            ca_pem=authority.cert_pem.bytes().decode(),
        )
    return [answer]


TABLE: Table = {
    "engine.attempt:_asked:ProbeError": service_is_down,
    "probing.body:Body._inflate:zlib.error": answers_are_broken,
    "probing.exchange:Exchange.ask:PolicyDenied": address_is_denied,
    "probing.exchange:Exchange.ask:ProbeError": service_is_down,
    "probing.exchange:Exchange.ask:TimeoutError": answers_are_broken,
    "probing.exchange:_next:UrlError": answers_are_broken,
    "probing.faults:explained:(aiohttp.ClientError, OSError)": service_is_down,
    "probing.guard:AddressPolicy.check:ValueError": address_is_denied,
    "probing.http:HttpSession._run:ProbeError": service_is_down,
    "probing.http:HttpSession.ask:UrlError": url_is_none,
    "probing.resolver:Resolver._asked:(OSError, UnicodeError)": name_has_no_address,
    "probing.resolver:Resolver._resolution.work:suppress(RuntimeError)": name_server_is_slow,
    "probing.resolver:Resolver.resolve:TimeoutError": name_server_is_slow,
    "probing.tls:_Session.unwrap:ssl.SSLWantReadError": peer_says_no_goodbye,
    "probing.url:_ascii:UnicodeError": url_is_none,
    "probing.url:_ipv4:ValueError": url_is_none,
    "probing.url:_ipv6:ValueError": url_is_none,
    "probing.url:scrub:UrlError": url_is_none,
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
    async with serving(reply_of("200 OK", body=b"{}")) as port:
        assert await place.asked(fetch, f"http://127.0.0.1:{port}") == "go"
