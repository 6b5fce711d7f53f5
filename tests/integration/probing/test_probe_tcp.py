"""TCP connections and what is said in the open, with real peers on loopback."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_network
from typing import Any, TypeAlias

import pytest
import trustme

from director.model.answers import Greeting, StartTls
from director.model.probe import Phase, Phases, ProbeError, ProbeReason
from director.ports import Clock
from director.probing.dial import dial
from director.probing.faults import explained
from director.probing.guard import AddressPolicy
from director.probing.handshake import greet
from director.probing.inquiry import Knock
from director.probing.limit import limited
from director.probing.settings import ProbeSettings
from director.probing.starttls import begin
from director.probing.tcp import knock
from director.probing.timeline import Timeline

Script: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Listen: TypeAlias = Callable[[Script], Awaitable[int]]
Call: TypeAlias = Callable[..., Awaitable[Greeting]]
Secure: TypeAlias = Callable[..., Awaitable[str]]
Fails: TypeAlias = Callable[..., Awaitable[ProbeError]]

NAME = "mail.example.test"
LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
QUICK_S = 0.3


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Listen on loopback and play a script for each connection; return the port."""
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def start(script: Script) -> int:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with suppress(OSError, asyncio.IncompleteReadError):
                    await script(reader, writer)
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.create_task(talk(reader, writer)))

        servers.append(await asyncio.start_server(connected, "127.0.0.1", 0))
        port: int = servers[-1].sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()
    for talk in talks:
        talk.cancel()
    if talks:
        await asyncio.wait(talks)
    for server in servers:
        await server.wait_closed()


@pytest.fixture
def call(clock: Clock) -> Call:
    """Call one port, within its limits."""

    async def once(
        port: int,
        *,
        banner: bool = True,
        **settings: Any,  # noqa: ANN401  # whatever ProbeSettings takes
    ) -> Greeting:
        chosen = ProbeSettings(**{"policy": LOOPBACK, "request_limit_s": 3.0, **settings})
        inquiry = Knock(NAME, port, banner)
        timeline = Timeline(clock, inquiry.place.shown)
        work = knock(inquiry, "127.0.0.1", chosen.policy, timeline)
        return await measured(limited(work, chosen, timeline, inquiry.place.shown))

    return once


async def measured(work: Awaitable[Greeting]) -> Greeting:
    """Return what comes of *work*, whose phases sum to the time it took, whatever comes of it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    phases = Phases()
    try:
        greeting = await work
        phases = greeting.phases
    except ProbeError as error:
        phases = error.seen.phases
        raise
    finally:
        assert phases.total_s == pytest.approx(loop.time() - began, abs=0.1)
    return greeting


@pytest.fixture
def fails(call: Call) -> Fails:
    """Call a port in vain, and return why."""

    async def once(*args: Any, **kwargs: Any) -> ProbeError:  # noqa: ANN401  # as call takes
        with pytest.raises(ProbeError) as caught:
            await call(*args, **kwargs)
        return caught.value

    return once


def saying(*pieces: bytes) -> Script:
    """Return a script that says something and waits until the peer hangs up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await reader.read()

    return script


def hanging_up(said: bytes) -> Script:
    """Return a script that says something and hangs up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.write_eof()
        await reader.read()

    return script


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say one letter after the other, for ever."""
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say a MiB without the end of a line."""
    for _number in range(16):
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_a_connection_and_nothing_else(listen: Listen, call: Call) -> None:
    """Whoever expects nothing to be said does not wait for it."""
    gone = asyncio.Event()

    async def watching(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""
        gone.set()

    port = await listen(watching)

    greeting = await call(port, banner=False)
    await gone.wait()

    assert (greeting.where, greeting.address) == (f"{NAME}:{port}", f"127.0.0.1:{port}")
    assert greeting.banner == b""
    assert greeting.phases.connect_s > 0
    assert greeting.phases.ttfb_s == greeting.phases.transfer_s == 0


@pytest.mark.parametrize(
    ("pieces", "banner"),
    [
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], b"SSH-2.0-OpenSSH_9.6"),
        ([b"220 ready\n"], b"220 ready"),
        ([b"+OK one\r\n+OK two\r\n"], b"+OK one"),
        ([b"\r\n"], b""),
        ([b"\xff\x00\r\r\n"], b"\xff\x00\r"),
        ([b"x" * 4095 + b"\n"], b"x" * 4095),
    ],
)
async def test_the_first_line(
    listen: Listen, call: Call, pieces: Sequence[bytes], banner: bytes
) -> None:
    """The first line is the banner, byte for byte, without its end and what follows it."""
    greeting = await call(await listen(saying(*pieces)))

    assert greeting.banner == banner
    assert greeting.phases.ttfb_s > 0


@pytest.mark.parametrize(
    ("script", "reason", "phase"),
    [
        (saying(b"x" * 4096 + b"\n"), ProbeReason.BODY_TOO_LARGE, Phase.TRANSFER),
        (endless, ProbeReason.BODY_TOO_LARGE, Phase.TRANSFER),
        (saying(), ProbeReason.TTFB_TIMEOUT, Phase.TTFB),
        (saying(b"220 rea"), ProbeReason.BODY_TIMEOUT, Phase.TRANSFER),
        (trickle, ProbeReason.BODY_TIMEOUT, Phase.TRANSFER),
        (hanging_up(b""), ProbeReason.BODY_INCOMPLETE, Phase.TTFB),
        (hanging_up(b"220 rea"), ProbeReason.BODY_INCOMPLETE, Phase.TRANSFER),
        (reset, ProbeReason.SEND_RESET, Phase.TTFB),
    ],
    ids=["4 KiB", "1 MiB", "silent", "half", "trickle", "closed", "closed in it", "reset"],
)
async def test_there_is_no_whole_line(
    listen: Listen, fails: Fails, script: Script, reason: ProbeReason, phase: Phase
) -> None:
    """A part of a line is no banner, however the rest is withheld, and the limit holds."""
    error = await fails(await listen(script), request_limit_s=QUICK_S)

    assert (error.reason, error.seen.phase) == (reason, phase)
    assert error.seen.phases.total_s < QUICK_S + 0.25


async def test_nobody_listens(fails: Fails) -> None:
    """A port that refuses is told from one that does not answer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await fails(taken.getsockname()[1])

    assert error.reason is ProbeReason.CONNECT_REFUSED
    assert error.seen.phase is Phase.CONNECT


async def test_the_policy_holds(listen: Listen, fails: Fails) -> None:
    """A denied address gets no packet."""
    connections = []

    async def counted(*streams: object) -> None:
        connections.append(streams)

    error = await fails(await listen(counted), policy=AddressPolicy())

    assert error.reason is ProbeReason.POLICY_DENIED
    assert error.seen.address == ""
    assert connections == []


async def test_who_is_called_off_leaves_nothing(listen: Listen, call: Call) -> None:
    """A call that is called off hangs up at once."""
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def watching(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        gone.set()

    calling = asyncio.ensure_future(call(await listen(watching)))
    await arrived.wait()
    calling.cancel()
    await asyncio.wait({calling})
    gc.collect()

    assert calling.cancelled()
    async with asyncio.timeout(2):
        await gone.wait()


# What is said in the open before TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that the probes of this module trust."""
    return trustme.CA()


@pytest.fixture(scope="module")
def servers_tls(authority: trustme.CA) -> ssl.SSLContext:
    """How the servers of this module speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    return context


@pytest.fixture
def secure(clock: Clock, authority: trustme.CA) -> Secure:
    """Talk to a port until TLS protects the connection; return the version of it."""
    context = ssl.create_default_context()
    authority.configure_trust(context)

    async def once(port: int, protocol: StartTls, limit_s: float = 3.0) -> str:
        settings = ProbeSettings(policy=LOOPBACK, request_limit_s=limit_s)
        timeline = Timeline(clock, "")

        async def work() -> str:
            with explained(timeline):
                sock = await dial("127.0.0.1", port, settings.policy, timeline)
                await begin(sock, protocol, timeline)
                session = await greet(sock, context, NAME)
            return session.version() or ""

        return await limited(work(), settings, timeline, "")

    return once


@pytest.fixture
def insecure(secure: Secure) -> Fails:
    """Talk to a port in vain, and return why."""

    async def once(*args: Any, **kwargs: Any) -> ProbeError:  # noqa: ANN401  # as secure takes
        with pytest.raises(ProbeError) as caught:
            await secure(*args, **kwargs)
        return caught.value

    return once


Turn: TypeAlias = tuple[bytes, bytes]
"""What a server waits for, and what it then says."""

EHLO = b"EHLO [127.0.0.1]\r\n"
SSL_REQUEST = bytes.fromhex("0000000804d2162f")

GOOD: dict[StartTls, list[list[Turn]]] = {
    StartTls.SMTP: [
        [
            (b"", b"220 mail ESMTP\r\n"),
            (EHLO, b"250-mail\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n"),
            (b"STARTTLS\r\n", b"220 go ahead\r\n"),
        ],
        [
            (b"", b"220-mail\r\n220 \r\n"),
            (EHLO, b"250-mail\r\n250 starttls\r\n"),
            (b"STARTTLS\r\n", b"220\r\n"),
        ],
    ],
    StartTls.IMAP: [
        [(b"", b"* OK ready\r\n"), (b"a1 STARTTLS\r\n", b"a1 OK begin\r\n")],
        [
            (b"", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
            (b"a1 STARTTLS\r\n", b"* CAPABILITY IMAP4rev1\r\n* OK wait\r\nA1 ok\r\n"),
        ],
    ],
    StartTls.POP3: [
        [(b"", b"+OK POP3 <1@mail>\r\n"), (b"STLS\r\n", b"+OK begin\r\n")],
        [(b"", b"+OK\r\n"), (b"STLS\r\n", b"+OK\r\n")],
    ],
    StartTls.FTP: [
        [(b"", b"220 ftp\r\n"), (b"AUTH TLS\r\n", b"234 go\r\n")],
        [
            (b"", b"220-welcome\r\n  220 to all\r\n220-again\r\n\r\n220 ftp\r\n"),
            (b"AUTH TLS\r\n", b"234-one\r\nmore\r\n234 go\r\n"),
        ],
    ],
    StartTls.POSTGRES: [[(SSL_REQUEST, b"S")]],
}
FORMS = [(protocol, turns) for protocol, forms in GOOD.items() for turns in forms]


def playing(
    turns: Sequence[Turn], context: ssl.SSLContext | None, heard: asyncio.Queue[bytes] | None = None
) -> Script:
    """Return a script that plays *turns*, and then speaks TLS, or waits if it has no context."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for wanted, said in turns:
            got = await reader.readexactly(len(wanted))
            assert got == wanted
            writer.write(said)
            await writer.drain()
        if context is not None:
            await writer.start_tls(context)
        rest = await reader.read()
        if heard is not None:
            heard.put_nowait(rest)

    return script


@pytest.mark.parametrize(("protocol", "turns"), FORMS)
async def test_tls_begins_after_the_dialogue(
    listen: Listen,
    secure: Secure,
    servers_tls: ssl.SSLContext,
    protocol: StartTls,
    turns: list[Turn],
) -> None:
    """After the dialogue of each protocol, the same connection is protected."""
    port = await listen(playing(turns, servers_tls))

    assert await secure(port, protocol) == "TLSv1.3"


@pytest.mark.parametrize(("protocol", "turns"), FORMS)
async def test_a_dialogue_in_single_bytes(
    listen: Listen,
    secure: Secure,
    servers_tls: ssl.SSLContext,
    protocol: StartTls,
    turns: list[Turn],
) -> None:
    """However what is said is cut into pieces, it is understood."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for wanted, said in turns:
            await reader.readexactly(len(wanted))
            for byte in said:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(0)
        await writer.start_tls(servers_tls)
        await reader.read()

    assert await secure(await listen(script), protocol) == "TLSv1.3"


@pytest.mark.parametrize(
    ("protocol", "turns"),
    [
        (StartTls.SMTP, [(b"", b"554 go away\r\n")]),
        (StartTls.SMTP, [(b"", b"220 mail\r\n"), (EHLO, b"502 what\r\n")]),
        (StartTls.SMTP, [(b"", b"220 mail\r\n"), (EHLO, b"250-mail\r\n250 HELP\r\n")]),
        (StartTls.SMTP, [(b"", b"220 mail\r\n"), (EHLO, b"250 STARTTLS\r\n")]),
        (StartTls.SMTP, [(b"", b"220 mail\r\n"), (EHLO, b"250-mail\r\n250 XSTARTTLS\r\n")]),
        (StartTls.SMTP, [*GOOD[StartTls.SMTP][0][:2], (b"STARTTLS\r\n", b"454 not now\r\n")]),
        (StartTls.SMTP, [*GOOD[StartTls.SMTP][0][:2], (b"STARTTLS\r\n", b"250 fine\r\n")]),
        (StartTls.IMAP, [(b"", b"* BYE\r\n")]),
        (StartTls.IMAP, [(b"", b"* PREAUTH in\r\n")]),
        (StartTls.IMAP, [(b"", b"* OK\r\n"), (b"a1 STARTTLS\r\n", b"a1 NO\r\n")]),
        (StartTls.IMAP, [(b"", b"* OK\r\n"), (b"a1 STARTTLS\r\n", b"a1 BAD what\r\n")]),
        (StartTls.POP3, [(b"", b"-ERR\r\n")]),
        (StartTls.POP3, [(b"", b"+OK\r\n"), (b"STLS\r\n", b"-ERR no\r\n")]),
        (StartTls.FTP, [(b"", b"421 full\r\n")]),
        (StartTls.FTP, [(b"", b"120 later\r\n")]),
        (StartTls.FTP, [(b"", b"220 ftp\r\n"), (b"AUTH TLS\r\n", b"534 no\r\n")]),
        (StartTls.FTP, [(b"", b"220 ftp\r\n"), (b"AUTH TLS\r\n", b"334 what\r\n")]),
        (StartTls.POSTGRES, [(SSL_REQUEST, b"N")]),
        (StartTls.POSTGRES, [(SSL_REQUEST, b"E\0\0\0\x08SXX\0")]),
    ],
)
async def test_a_peer_that_refuses(
    listen: Listen, insecure: Fails, protocol: StartTls, turns: list[Turn]
) -> None:
    """Whatever is not a clear yes is a refusal, and no handshake is tried in the open."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    error = await insecure(await listen(playing(turns, None, heard)), protocol)

    assert error.reason is ProbeReason.STARTTLS_REFUSED
    assert not error.reason.blind
    assert error.seen.phase is Phase.TTFB
    assert await heard.get() == b""


@pytest.mark.parametrize(("protocol", "turns"), FORMS)
@pytest.mark.parametrize("injected", [b"\r\n", b"250 hello\r\n", b"\x15\x03\x03\0\x02\x01\0"])
async def test_what_is_appended_to_the_last_word(
    listen: Listen, insecure: Fails, protocol: StartTls, turns: list[Turn], injected: bytes
) -> None:
    """Plain text that somebody injects before the handshake is never read after it."""
    *before, (wanted, said) = turns
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    port = await listen(playing([*before, (wanted, said + injected)], None, heard))

    error = await insecure(port, protocol)

    assert error.reason is ProbeReason.TLS_PROTOCOL
    assert "more than it was asked" in error.detail
    assert await heard.get() == b""


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        (StartTls.SMTP, b"220 mail\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n"),
        (StartTls.IMAP, b"* OK\r\na1 OK\r\n"),
        (StartTls.POP3, b"+OK\r\n+OK\r\n"),
        (StartTls.FTP, b"220 ftp\r\n234 go\r\n"),
    ],
)
async def test_answers_before_the_question(
    listen: Listen, insecure: Fails, protocol: StartTls, said: bytes
) -> None:
    """An answer that came before it was asked for is none."""
    error = await insecure(await listen(playing([(b"", said)], None)), protocol)

    assert error.reason is ProbeReason.TLS_PROTOCOL


async def test_postgres_that_speaks_first(listen: Listen, insecure: Fails) -> None:
    """What a PostgreSQL server says is not cut off after its first byte."""
    error = await insecure(await listen(playing([(b"", b"SS")], None)), StartTls.POSTGRES, 1.0)

    assert error.reason is ProbeReason.TLS_PROTOCOL


@pytest.mark.parametrize(
    ("protocol", "turns"),
    [
        *((protocol, [(b"", b"SSH-2.0-x\r\n")]) for protocol in list(StartTls)[:4]),
        *((protocol, [(b"", b"\0" * 20_000)]) for protocol in StartTls),
        *((protocol, [(b"", b"x\r\n" * 500)]) for protocol in list(StartTls)[:4]),
        (StartTls.SMTP, [(b"", b"220 mail\n")]),
        (StartTls.SMTP, [(b"", b"220-mail\r\n250 mail\r\n")]),
        (StartTls.SMTP, [(b"", b"220-mail\r\nmail\r\n220 x\r\n")]),
        (StartTls.SMTP, [(b"", b"220-mail\r\n" * 200)]),
        (StartTls.SMTP, [(b"", b"220mail\r\n")]),
        (StartTls.FTP, [(b"", b"220-ftp\r\n" + b"x\r\n" * 200)]),
        (StartTls.IMAP, [(b"", b"*\r\n")]),
        (StartTls.IMAP, [(b"", b"* NO\r\n")]),
        (StartTls.IMAP, [(b"", b"* OK\r\n"), (b"a1 STARTTLS\r\n", b"* x\r\n" * 200)]),
        (StartTls.IMAP, [(b"", b"* OK\r\n"), (b"a1 STARTTLS\r\n", b"a2 OK\r\n")]),
        (StartTls.IMAP, [(b"", b"* OK\r\n"), (b"a1 STARTTLS\r\n", b"a1\r\n")]),
        (StartTls.POP3, [(b"", b"+OKAY\r\n")]),
        (StartTls.POSTGRES, [(SSL_REQUEST, b"H")]),
    ],
)
async def test_a_peer_that_speaks_something_else(
    listen: Listen, insecure: Fails, protocol: StartTls, turns: list[Turn]
) -> None:
    """Another protocol, or an endless one, is told from a refusal, and ends."""
    error = await insecure(await listen(playing(turns, None)), protocol, 1.0)

    assert error.reason is ProbeReason.TLS_PROTOCOL


@pytest.mark.parametrize("protocol", StartTls)
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (saying(), ProbeReason.TTFB_TIMEOUT),
        (hanging_up(b""), ProbeReason.TLS_PROTOCOL),
        (reset, ProbeReason.SEND_RESET),
    ],
    ids=["silent", "closed", "reset"],
)
async def test_a_peer_that_says_nothing(
    listen: Listen, insecure: Fails, protocol: StartTls, script: Script, reason: ProbeReason
) -> None:
    """A peer that is silent, or goes away, is not waited for beyond the limit."""
    error = await insecure(await listen(script), protocol, limit_s=QUICK_S)

    assert error.reason is reason
    assert error.seen.phase is Phase.TTFB
    assert error.seen.phases.total_s < QUICK_S + 0.25


async def test_a_dialogue_that_is_called_off(listen: Listen, secure: Secure) -> None:
    """Whoever is called off in the middle of a dialogue hangs up at once."""
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def watching(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        gone.set()

    talking = asyncio.ensure_future(secure(await listen(watching), StartTls.SMTP))
    await arrived.wait()
    talking.cancel()
    await asyncio.wait({talking})
    gc.collect()

    assert talking.cancelled()
    async with asyncio.timeout(2):
        await gone.wait()
