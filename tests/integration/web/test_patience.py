"""web.patience: slow clients, many clients, and what no server should understand."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from aiohttp import ClientSession

from director.errors import SettingsError
from director.web.front import Limits, WebSettings
from director.web.listening import Listen, Listening
from director.web.patience import CROWD, Crowd
from director.web.server import make_app
from tests.integration.web.city import town

READYZ = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def listening(folder: Path, limits: Limits) -> AsyncIterator[tuple[int, Crowd]]:
    """Serve with *limits*; give the port, and the crowd."""
    async with town(folder, WebSettings(limits=limits)) as there:
        app = make_app(there.front)
        server = Listening(app)
        url = await server.begin(Listen(port=0))
        try:
            yield urlsplit(url).port or 0, app[CROWD]
        finally:
            await server.end()


async def said(port: int, data: bytes, patience_s: float = 5.0) -> bytes:
    """Return what is answered to *data*, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(patience_s):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /readyz HT",
        b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
        (
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        ),
        b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["silent", "half a line", "half a head", "half a body", "idle after an answer"],
)
async def test_nobody_is_waited_for_without_end(tmp_path: Path, sent: bytes) -> None:
    """Whoever says nothing more is let go: before, in and after the head, and in the body."""
    limits = Limits(header_s=0.2, body_s=0.2, idle_s=0.2)
    async with listening(tmp_path, limits) as (port, crowd):
        await said(port, sent)
        assert crowd.size == 0


async def test_a_dripped_head_has_one_deadline(tmp_path: Path) -> None:
    """A byte now and then does not buy more time."""
    async with listening(tmp_path, Limits(header_s=0.3)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        began = time.monotonic()
        while not reader.at_eof() and time.monotonic() - began < 5:
            try:
                writer.write(b"X-Drip: 1\r\n")
                async with asyncio.timeout(0.05):
                    await reader.read(1)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        lasted_s = time.monotonic() - began
        writer.close()

    assert lasted_s < 2


@pytest.mark.parametrize(
    "number", [200, pytest.param(1_000, marks=pytest.mark.long)], ids=["short", "long"]
)
async def test_slow_clients_do_not_keep_others_out(tmp_path: Path, number: int) -> None:
    """While many send half a head and fall silent, whether it is ready is said at once."""
    limits = Limits(connections=number // 2, connections_per_address=0, header_s=30)
    async with listening(tmp_path, limits) as (port, crowd):
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
        for _, writer in slow:
            writer.write(b"GET /readyz HTTP/1.1\r\nX-Slow: ")
        took_s = []
        for _ in range(50):
            began = time.monotonic()
            assert b" 200 OK\r\n" in await said(port, READYZ)
            took_s.append(time.monotonic() - began)
        assert crowd.size <= limits.connections
        for _, writer in slow:
            writer.close()

    # The bar holds in the long form, where nothing else runs; the short one asks who is answered.
    assert number < 1_000 or max(took_s) <= 0.25


async def test_one_address_has_so_many_places(tmp_path: Path) -> None:
    """Who comes from one address too often pushes out nobody but itself."""
    async with listening(tmp_path, Limits(connections_per_address=3)) as (port, crowd):
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
        assert b" 200 OK\r\n" in await said(port, READYZ)
        assert crowd.size <= 3
        for _, writer in slow:
            writer.close()


async def test_who_works_is_not_pushed_out(tmp_path: Path) -> None:
    """Where every place is taken by somebody who waits for us, who comes new is told so."""
    async with listening(tmp_path, Limits(connections=1)) as (port, crowd):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"hello")
        assert (await said(port, READYZ)).startswith(b"HTTP/1.1 503 ")
        assert crowd.turned_away == 1
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        (
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n"
            b"Content-Length: 4\r\n\r\nabc"
        ),
        b"GET /readyz HTTP/1.1\nHost: 127.0.0.1\n\n",
        b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\n\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n folded: x\r\n\r\n",
        b"GET http:// HTTP/9.9\r\n\r\n",
    ],
    ids=[
        "no host",
        "two hosts",
        "length and chunks",
        "two lengths",
        "bare line feeds",
        "a bare line feed in a header",
        "a blank before the colon",
        "a folded header",
        "another version",
    ],
)
async def test_what_can_be_understood_in_two_ways_is_refused(tmp_path: Path, sent: bytes) -> None:
    """A request that a proxy may read otherwise than we do is answered 400."""
    async with listening(tmp_path, Limits(header_s=1.0)) as (port, _):
        answer = await said(port, sent)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 421 ")), answer[:200]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG", "PUT"])
async def test_other_methods_are_refused(tmp_path: Path, method: str) -> None:
    """What nobody declared cannot be asked."""
    async with listening(tmp_path, Limits()) as (port, _):
        sent = f"{method} /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        answer = await said(port, sent.encode())

    assert answer.split(b" ")[1] in {b"400", b"404", b"405"}


async def test_a_large_body_is_refused(tmp_path: Path) -> None:
    """A body of more than a mebibyte is 413, and is not kept."""
    async with listening(tmp_path, Limits()) as (port, _):
        head = (
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: 1100000\r\n\r\n"
        )
        answer = await said(port, head + b" " * 1_100_000)

    assert answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("text", ["x", "127.0.0.1", "127.0.0.1:99999", "::1:80", "[::1:80", ":-1"])
def test_where_to_listen_must_be_clear(text: str) -> None:
    """What is no address and port is refused in one line."""
    with pytest.raises(SettingsError, match="must be HOST:PORT"):
        Listen.parse(text)


def test_where_to_listen() -> None:
    """A host and a port, or a port on loopback."""
    assert Listen.parse("9000") == Listen(port=9000)
    assert Listen.parse("[::1]:9000") == replace(Listen(port=9000), host="::1")
    assert Listen.parse("0.0.0.0:80") == replace(Listen(port=80), host="0.0.0.0")


async def test_it_speaks_tls(tmp_path: Path) -> None:
    """With a certificate it answers over TLS, says HSTS, and knows no old protocol."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with town(tmp_path, WebSettings(tls=True)) as there:
        server = Listening(make_app(there.front))
        listen = Listen(host="localhost", port=0, certificate=chain, key=key)
        url = await server.begin(listen)
        try:
            async with ClientSession() as client, client.get(f"{url}/livez", ssl=context) as answer:
                assert answer.status == 200
                assert "Strict-Transport-Security" in answer.headers
        finally:
            await server.end()

    assert url.startswith("https://localhost:")


async def test_what_is_no_certificate_is_said(tmp_path: Path) -> None:
    """A file that is none is refused in one line, and so is a port that is taken."""
    junk = tmp_path / "junk.pem"
    junk.write_bytes(b"no certificate")
    async with town(tmp_path) as there:
        server = Listening(make_app(there.front))
        with pytest.raises(SettingsError, match="must be a certificate"):
            await server.begin(Listen(port=0, certificate=junk))
        url = await server.begin(Listen(port=0))
        try:
            port = urlsplit(url).port or 0
            with pytest.raises(SettingsError, match="must be free"):
                await Listening(make_app(there.front)).begin(Listen(port=port))
            with pytest.raises(SettingsError, match="must be a loopback address"):
                await Listening(make_app(there.front)).begin(Listen(host="0.0.0.0", port=0))
        finally:
            await server.end()
