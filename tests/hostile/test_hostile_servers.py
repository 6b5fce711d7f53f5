"""Servers that do what they should not: every probe of one ends in time, and with a reason."""

from __future__ import annotations

import asyncio
import gc
import gzip
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TypeAlias

import pytest

from director.model.probe import ProbeError, ProbeReason
from director.probing.guard import AddressPolicy
from director.probing.http import HttpProber
from director.probing.settings import ProbeSettings
from director.testing import target

Script: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

DEADLINE_S = 0.5
SLACK_S = 0.15  # a loaded machine, for probes of half a second
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MIB = 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """A socket that was not closed warns when it is collected, and warnings are errors."""
    yield
    gc.collect()


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return what the event loop counts with."""
        return time.monotonic()


def says(*parts: bytes) -> Script:
    """Return a script that sends *parts*, each in a packet of its own, and closes."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            if part is not parts[-1]:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await reader.read()

    return script


def repeats(head: bytes, piece: bytes, *, every_s: float = 0.0) -> Script:
    """Return a script that sends *head* and then *piece* for ever."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        gone = asyncio.create_task(reader.read())
        try:
            while not gone.done():
                writer.write(piece)
                await writer.drain()
                await asyncio.wait({gone}, timeout=every_s)
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await gone

    return script


def resets(data: bytes = b"") -> Script:
    """Return a script that sends *data* and resets the connection."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(1, 13, linger)  # SOL_SOCKET, SO_LINGER
        writer.transport.abort()

    return script


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer."""
    await reader.read()


def packed(body: bytes) -> bytes:
    """Return an answer whose body is compressed."""
    return OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


HOSTILE: dict[str, tuple[Script, ProbeReason]] = {
    "silent": (silent, ProbeReason.TTFB_TIMEOUT),
    "dripped_headers": (repeats(OK, b"X-A: b\r\n", every_s=0.05), ProbeReason.TTFB_TIMEOUT),
    "half_a_header": (repeats(b"HTTP/1.1 2", b"", every_s=0.05), ProbeReason.TTFB_TIMEOUT),
    "dripped_body": (
        repeats(OK + b"Content-Length: 1000\r\n\r\n", b"a", every_s=0.02),
        ProbeReason.BODY_TIMEOUT,
    ),
    "dripped_chunks": (repeats(CHUNKED, b"1\r\na\r\n", every_s=0.02), ProbeReason.BODY_TIMEOUT),
    "continue_for_ever": (
        repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, every_s=0.001),
        ProbeReason.TTFB_TIMEOUT,
    ),
    "endless_body": (repeats(OK + b"\r\n", b"a" * 65536), ProbeReason.BODY_TOO_LARGE),
    "endless_chunks": (
        repeats(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        ProbeReason.BODY_TOO_LARGE,
    ),
    "gzip_bomb": (says(packed(gzip.compress(bytes(64 * MIB)))), ProbeReason.BODY_TOO_LARGE),
    "gzip_of_nothing": (
        says(packed(gzip.compress(b"") * 60_000)),
        ProbeReason.BODY_ENCODING,
    ),
    "deflate_of_nothing": (
        repeats(OK + b"Content-Encoding: deflate\r\n\r\n", b"\0\0\0\xff\xff" * 9999),
        ProbeReason.BODY_TOO_LARGE,
    ),
    "corrupt_gzip": (says(packed(b"\x1f\x8b" + b"x" * 50)), ProbeReason.BODY_ENCODING),
    "half_a_gzip": (says(packed(gzip.compress(b"whole" * 99)[:-9])), ProbeReason.BODY_INCOMPLETE),
    "brotli_unasked": (
        says(OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
        ProbeReason.BODY_ENCODING,
    ),
    "deflate_in_gzip": (says(packed(zlib.compress(b"x" * 99))), ProbeReason.BODY_ENCODING),
    "long_header": (says(OK + b"X: " + b"a" * MIB + b"\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "endless_headers": (repeats(OK, b"X-A: b\r\n" * 500), ProbeReason.HTTP_PROTOCOL),
    "long_status": (says(b"HTTP/1.1 200 " + b"a" * MIB), ProbeReason.HTTP_PROTOCOL),
    "nul_in_header": (says(OK + b"X: a\x00b\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "status_000": (says(b"HTTP/1.1 000 X\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "status_999": (says(b"HTTP/1.1 999 X\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "random_bytes": (says(bytes(range(128, 256)) * 9), ProbeReason.HTTP_PROTOCOL),
    "ssh_banner": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), ProbeReason.HTTP_PROTOCOL),
    "http_0_9": (says(b"<html>hello</html>"), ProbeReason.HTTP_PROTOCOL),
    "http_2_preface": (says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), ProbeReason.HTTP_PROTOCOL),
    "closes_at_once": (says(b""), ProbeReason.HTTP_PROTOCOL),
    "half_an_answer": (says(OK + b"X: a"), ProbeReason.HTTP_PROTOCOL),
    "resets_at_once": (resets(), ProbeReason.SEND_RESET),
    "resets_in_the_body": (
        resets(OK + b"Content-Length: 99\r\n\r\nabc"),
        ProbeReason.BODY_INCOMPLETE,
    ),
    "short_body": (says(OK + b"Content-Length: 99\r\n\r\nabc"), ProbeReason.BODY_INCOMPLETE),
    "no_last_chunk": (says(CHUNKED + b"3\r\nabc\r\n"), ProbeReason.BODY_INCOMPLETE),
    "bad_chunk_size": (says(CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "negative_chunk": (says(CHUNKED, b"-3\r\nabc\r\n0\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "huge_chunk_size": (says(CHUNKED, b"f" * 40 + b"\r\nabc"), ProbeReason.HTTP_PROTOCOL),
    "long_chunk": (says(CHUNKED, b"3\r\nabcd\r\n0\r\n\r\n"), ProbeReason.HTTP_PROTOCOL),
    "framed_wrongly_at_once": (says(CHUNKED + b"zz\r\nabc\r\n"), ProbeReason.HTTP_PROTOCOL),
    "negative_length": (says(OK + b"Content-Length: -1\r\n\r\nabc"), ProbeReason.HTTP_PROTOCOL),
    "two_lengths": (
        says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        ProbeReason.HTTP_PROTOCOL,
    ),
    "redirect_loop": (
        says(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
        ProbeReason.REDIRECT_LIMIT,
    ),
    "redirect_to_metadata": (
        says(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n"),
        ProbeReason.REDIRECT_CROSS_ORIGIN,
    ),
    "redirect_to_a_file": (
        says(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"),
        ProbeReason.REDIRECT_CROSS_ORIGIN,
    ),
    "redirect_with_garbage": (
        says(b"HTTP/1.1 302 Found\r\nLocation: \x1b]0;\xff\\\r\n\r\n"),
        ProbeReason.REDIRECT_CROSS_ORIGIN,
    ),
}


async def probed(script: Script) -> tuple[ProbeError, float]:
    """Probe a server that plays *script*; return why there is no answer, and after how long."""
    players: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        player = asyncio.current_task()
        assert player is not None
        players.add(player)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await reader.readuntil(b"\r\n\r\n")
                await script(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = ProbeSettings(
        policy=AddressPolicy(allow=(ip_network("127.0.0.1/32"),)), request_limit_s=DEADLINE_S
    )
    prober = HttpProber(settings, SystemClock())
    session = prober.session(target(f"http://127.0.0.1:{port}"))
    begun = time.monotonic()
    try:
        with pytest.raises(ProbeError) as caught:
            await session.view(begun + 30).get("/?token=hunter2")
        return caught.value, time.monotonic() - begun
    finally:
        await session.close()
        await prober.close()
        server.close()
        for player in players:
            player.cancel()
        if players:
            await asyncio.wait(players)


@pytest.mark.parametrize("name", HOSTILE)
async def test_every_probe_ends_in_time_with_a_reason(name: str) -> None:
    """Whatever a server does, the probe ends by its deadline, says why, and repeats no secret."""
    script, reason = HOSTILE[name]

    error, elapsed_s = await probed(script)

    assert error.reason is reason
    assert elapsed_s <= DEADLINE_S * 1.1 + SLACK_S
    assert error.phases.total_s <= elapsed_s
    assert "hunter2" not in f"{error!r} {error} {error.url}"
    assert f"{error}".isprintable()
