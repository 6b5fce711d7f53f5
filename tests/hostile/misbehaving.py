"""Servers that do what they should not, by name, and what a probe of each says.

The fifty-two of ``ROWS`` are those that other probers were measured with; ``MORE`` are variants
that went wrong in some program or other.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

Script: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FOUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One server.

    Attributes:
        script: What it does once it has read the request.
        reason: Why there is no answer; empty if there is one.
        expect: What holds of the answer, if there is one.
        fails: What is not met by it, though a careless reader would say so.
        tls: How it speaks TLS; empty if it does not.
        asked: Whether it is asked over TLS.
        waits: Whether it reads a whole request before it begins.
    """

    script: Script
    reason: str = ""
    expect: str = "status == 200"
    fails: str = ""
    tls: str = ""
    asked: bool = False
    waits: bool = True

    @property
    def limit_s(self) -> float:
        """The deadline of the probe: short where it is what ends it."""
        return 1.0 if self.reason.endswith("_timeout") else 10.0


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
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return script


def half_closes(data: bytes) -> Script:
    """Return a script that sends *data*, ends its own half, and goes on listening."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.write_eof()
        await reader.read()

    return script


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer."""
    await reader.read()


async def complains(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer whatever comes in plain HTTP."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


def bakes(cookies: bytes) -> Script:
    """Return a script that redirects with *cookies* to a page that wants none of them back."""
    pages: list[int] = []

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pages.append(1)
        if len(pages) % 2:
            writer.write(FOUND + b"Location: /eaten\r\n" + cookies + b"\r\n")
        else:
            writer.write(OK + b"Content-Length: 0\r\n" + cookies + b"\r\n")
        await writer.drain()

    return script


def answers(body: bytes, kind: bytes = b"application/json") -> Script:
    """Return a script that sends a page."""
    return says(OK + b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body)) + body)


def packed(body: bytes, encoding: bytes = b"gzip") -> bytes:
    """Return an answer whose body is compressed."""
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body)) + body


def bomb(size_mib: int) -> bytes:
    """Return the beginning of a gzip stream that unpacks to *size_mib* MiB of nothing.

    A block that begins with an empty dictionary can follow itself; so nobody packs all of it.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * size_mib


SLOW_BODY = repeats(OK + b"Content-Length: 1000\r\n\r\n", b"a", every_s=0.05)
GARBAGE = bytes(range(128, 256)) * 9
DEEP = b'{"status": "ok", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
COOKIES = b"".join(b"Set-Cookie: c%d=%s\r\n" % (n, b"x" * 4080) for n in range(110))

GOOD = Row(answers(b'{"status": "ok"}'), expect='json("$.status") == "ok"')
WARMING = (GOOD, replace(GOOD, tls="good", asked=True))
"""Nothing is wrong with these."""

UNTIMELY = {
    "slow_headers": Row(repeats(OK, b"X-A: b\r\n", every_s=0.05), "ttfb_timeout"),
    "no_response": Row(silent, "ttfb_timeout"),
    "slow_body": Row(SLOW_BODY, "body_timeout"),
    "flood_of_1xx": Row(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000), "ttfb_timeout"),
}

TOO_MUCH = {
    "infinite_body": Row(repeats(OK + b"\r\n", b"a" * 65536), "body_too_large"),
    "infinite_chunked": Row(
        repeats(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"), "body_too_large"
    ),
    "one_byte_chunks": Row(repeats(CHUNKED, b"1\r\na\r\n" * 10_000), "body_too_large"),
    "gzip_bomb": Row(says(packed(bomb(512))), "body_too_large"),
    "brotli_bomb": Row(says(packed(b"\xff" * 405, b"br")), "body_encoding"),
    "header_of_10_mb": Row(says(OK + b"X: " + b"a" * 10**7 + b"\r\n\r\n"), "http_protocol"),
    "headers_100_thousand": Row(says(OK + b"X-A: b\r\n" * 100_000 + b"\r\n"), "http_protocol"),
    "endless_headers": Row(repeats(OK, b"X-A: b\r\n" * 500), "http_protocol"),
    "status_line_of_5_mb": Row(says(b"HTTP/1.1 200 " + b"a" * 5 * 10**6), "http_protocol"),
    "cookies_of_half_a_mb": Row(bakes(COOKIES), expect="status == 200 and redirects == 1"),
}

FRAMING = {
    "corrupt_gzip": Row(says(packed(b"\x1f\x8b" + b"x" * 50)), "body_encoding"),
    "bad_chunk_size": Row(says(CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"), "http_protocol"),
    "negative_chunk_size": Row(says(CHUNKED, b"-3\r\nabc\r\n0\r\n\r\n"), "http_protocol"),
    "overflowing_chunk_size": Row(says(CHUNKED, b"f" * 40 + b"\r\nabc"), "http_protocol"),
    "length_too_long": Row(says(OK + b"Content-Length: 99\r\n\r\nabc"), "body_incomplete"),
    "negative_length": Row(says(OK + b"Content-Length: -1\r\n\r\nabc"), "http_protocol"),
    "two_lengths": Row(
        says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "http_protocol"
    ),
    "length_and_chunks": Row(
        says(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        "http_protocol",
    ),
    "reset_in_the_body": Row(resets(OK + b"Content-Length: 99\r\n\r\nabc"), "body_incomplete"),
    "closes_at_once": Row(says(b""), "http_protocol"),
    "half_closes_in_the_body": Row(
        half_closes(OK + b"Content-Length: 99\r\n\r\nabc"), "body_incomplete"
    ),
}

LEADING_AWAY = {
    "redirect_loop": Row(says(FOUND + b"Location: /\r\n\r\n"), "redirect_limit"),
    "redirect_to_metadata": Row(
        says(FOUND + b"Location: http://169.254.169.254/\r\n\r\n"), "redirect_cross_origin"
    ),
    "redirect_to_a_file": Row(
        says(FOUND + b"Location: file:///etc/passwd\r\n\r\n"), "redirect_cross_origin"
    ),
}

NO_HTTP = {
    "random_bytes": Row(says(GARBAGE), "http_protocol"),
    "ssh_banner": Row(says(b"SSH-2.0-OpenSSH_9.6\r\n"), "http_protocol"),
    "http_0_9": Row(says(b"<html>hello</html>"), "http_protocol"),
    "http_2_preface": Row(says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), "http_protocol"),
    "nul_in_a_header": Row(says(OK + b"X: a\x00b\r\n\r\n"), "http_protocol"),
    "status_000": Row(says(b"HTTP/1.1 000 X\r\n\r\n"), "http_protocol"),
    "status_999": Row(says(b"HTTP/1.1 999 X\r\n\r\n"), "http_protocol"),
    "status_101": Row(
        says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\0\0"),
        "http_protocol",
    ),
}

ANSWERED = {
    "escape_and_0xff_in_a_header": Row(
        says(OK + b"X-A: \x1b[31mred\xff\r\nContent-Length: 0\r\n\r\n"),
        expect='status == 200 and header("x-a") contains "[31mred"',
    ),
    "invalid_utf_8": Row(
        answers(b"sta\xfftus: ok\xc3", b"text/plain; charset=utf-8"),
        expect='status == 200 and body contains "tus: ok"',
    ),
    "unknown_charset": Row(
        answers(b"status: ok", b"text/plain; charset=klingon"),
        expect='status == 200 and body == "status: ok"',
    ),
    "json_200_thousand_deep": Row(answers(DEEP), fails='json("$.status") == "ok"'),
    "json_with_nan": Row(
        answers(b'{"status": "ok", "load": NaN}'), fails='json("$.status") == "ok"'
    ),
    "status_204_with_a_body": Row(
        says(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        expect="status == 204 and size == 0",
        fails="status == 200",
    ),
}

TLS = {
    "tls_expired": Row(silent, "tls_expired", tls="expired", asked=True),
    "tls_not_yet_valid": Row(silent, "tls_not_yet_valid", tls="not yet valid", asked=True),
    "tls_self_signed": Row(silent, "tls_untrusted", tls="self-signed", asked=True),
    "tls_wrong_host": Row(silent, "tls_hostname_mismatch", tls="wrong host", asked=True),
    "tls_unknown_ca": Row(silent, "tls_untrusted", tls="unknown CA", asked=True),
    "tls_incomplete_chain": Row(silent, "tls_untrusted", tls="incomplete chain", asked=True),
    "tls_1_1_only": Row(silent, "tls_protocol", tls="1.1 only", asked=True),
    "tls_stalled": Row(silent, "tls_timeout", asked=True),
    "tls_plain_http": Row(complains, "tls_protocol", asked=True, waits=False),
    "tls_100_certificates": Row(silent, "tls_untrusted", tls="100 certificates", asked=True),
}

ROWS = {**UNTIMELY, **TOO_MUCH, **FRAMING, **LEADING_AWAY, **NO_HTTP, **ANSWERED, **TLS}
"""Fifty-two servers."""

MORE = {
    "half_a_header": Row(repeats(b"HTTP/1.1 2", b"", every_s=0.05), "ttfb_timeout"),
    "slow_chunks": Row(repeats(CHUNKED, b"1\r\na\r\n", every_s=0.02), "body_timeout"),
    "slow_gzip": Row(
        repeats(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b", b"", every_s=0.05), "body_timeout"
    ),
    "slow_body_over_tls": Row(SLOW_BODY, "body_timeout", tls="good", asked=True),
    "infinite_body_over_tls": Row(
        repeats(OK + b"\r\n", b"a" * 65536), "body_too_large", tls="good", asked=True
    ),
    "gzip_bomb_over_tls": Row(says(packed(bomb(512))), "body_too_large", tls="good", asked=True),
    "tls_1_0_only": Row(silent, "tls_protocol", tls="1.0 only", asked=True),
    "endless_trailers": Row(
        repeats(CHUNKED + b"3\r\nabc\r\n0\r\n", b"X-A: b\r\n" * 500), "http_protocol"
    ),
    "endless_chunk_extension": Row(repeats(CHUNKED + b"3;", b"a=b;" * 10_000), "body_timeout"),
    "gzip_of_nothing": Row(says(packed(gzip.compress(b"") * 60_000)), "body_encoding"),
    "deflate_of_nothing": Row(
        repeats(OK + b"Content-Encoding: deflate\r\n\r\n", b"\0\0\0\xff\xff" * 9999),
        "body_too_large",
    ),
    "half_a_gzip": Row(says(packed(gzip.compress(b"whole" * 99)[:-9])), "body_incomplete"),
    "deflate_in_gzip": Row(says(packed(zlib.compress(b"x" * 99))), "body_encoding"),
    "half_an_answer": Row(says(OK + b"X: a"), "http_protocol"),
    "half_closes_in_the_headers": Row(half_closes(OK + b"X: a"), "http_protocol"),
    "resets_at_once": Row(resets(), "send_reset"),
    "no_last_chunk": Row(says(CHUNKED + b"3\r\nabc\r\n"), "body_incomplete"),
    "long_chunk": Row(says(CHUNKED, b"3\r\nabcd\r\n0\r\n\r\n"), "http_protocol"),
    "framed_wrongly_at_once": Row(says(CHUNKED + b"zz\r\nabc\r\n"), "http_protocol"),
    "redirect_with_garbage": Row(
        says(FOUND + b"Location: \x1b]0;\xff\\\r\n\r\n"), "redirect_cross_origin"
    ),
    "redirect_nowhere": Row(says(FOUND + b"\r\n"), "redirect_no_location"),
    "json_with_a_huge_number": Row(
        answers(b'{"status": "ok", "x": ' + b"9" * 500_000 + b"}"), fails='json("$.x") < 1'
    ),
}
"""Others."""
