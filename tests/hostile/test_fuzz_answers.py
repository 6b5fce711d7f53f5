"""Answers that were broken at random: each ends in a reply or in a reason, and is measured."""

from __future__ import annotations

import asyncio
import gzip
import random
import time
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import count

import pytest

from director.model.probe import Hop, Phases, ProbeError, Redirects, Reply
from director.probing.guard import AddressPolicy
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.testing import target

LIMIT_S = 0.5
AT_ONCE = 8

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

SEEDS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
    CHUNKED + b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\nuntil the end",
    b"HTTP/1.1 302 Found\r\nLocation: /next?a=b#c\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    % (len(packed := gzip.compress(b'{"status": "UP"}' * 99, mtime=0)), packed),
    b"HTTP/1.1 503 Unavailable\r\nConnection: keep-alive\r\nRetry-After: 1\r\n\r\n",
)
"""Answers that are right; what is tried is these, broken."""

PIECES = (
    b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"\t", b"\xff", b"Content-Length: 0\r\n", b"-1",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"ffffffff\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Encoding: deflate\r\n", b"HTTP/1.1 ",
    b"Location: file:///etc/passwd\r\n", b"Location: //\r\n", b"Upgrade: h2c\r\n", b"A" * 9000,
)  # fmt: skip
"""What is put in at some place."""


class Clock:
    """The real time."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return what the event loop counts with."""
        return time.monotonic()


def broken(chance: random.Random) -> bytes:
    """Return an answer that was right, and was changed at a few places."""
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at : at + chance.randint(1, 9)] = b""
            case 1:
                data[at:at] = chance.choice(PIECES)
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            case _:
                del data[at:]
    return bytes(data)


def assert_measured(phases: Phases, hops: tuple[Hop, ...]) -> None:
    """Assert that every moment is in one phase, of one hop."""
    parts = (
        phases.dns_s, phases.connect_s, phases.tls_s, phases.send_s, phases.ttfb_s,
        phases.transfer_s, phases.other_s,
    )  # fmt: skip
    assert min(parts) >= 0
    assert abs(sum(parts) - phases.total_s) < 1e-4
    assert abs(sum(hop.phases.total_s for hop in hops) - phases.total_s) < 1e-4


async def tried(seed: int, times: int) -> Counter[str]:
    """Ask for so many broken answers; return how often each thing came of it."""
    chance, numbers = random.Random(seed), count()  # noqa: S311  # to be repeated
    answers: dict[str, bytes] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(answers.get(request.split(b" ")[1].decode(), SEEDS[0]))
            if chance.random() < 0.9:  # some peers never hang up
                writer.write_eof()
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    policy = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))
    settings = ProbeSettings(policy=policy, request_limit_s=LIMIT_S, per_host=AT_ONCE)
    prober = LiveProber(settings, Clock())
    came: Counter[str] = Counter()

    async def worker() -> None:
        while (number := next(numbers)) < times:
            path = f"/{number}"
            answers[path] = broken(chance)
            session = prober.session(target(f"http://127.0.0.1:{port}"))
            try:
                reply: Reply = await session.view(time.monotonic() + 9).get(
                    path, redirects=Redirects.ANYWHERE
                )
            except ProbeError as error:
                came[error.reason.value] += 1
                assert_measured(error.seen.phases, error.seen.hops)
            else:
                came["reply"] += 1
                assert 100 <= reply.status <= 599
                assert_measured(reply.phases, reply.hops)
            finally:
                await session.close()
                del answers[path]

    async with server, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())
    await prober.close()
    return came


async def test_a_broken_answer_ends_in_a_reply_or_a_reason() -> None:
    """Whatever is wrong with an answer, the probe says what, and nothing else is raised."""
    came = await tried(20261123, 400)

    assert came.total() == 400
    assert came["reply"] > 0
    assert came["http_protocol"] > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
async def test_many_broken_answers(seed: int) -> None:
    """The same, many times, and each run breaks in its own ways."""
    came = await tried(seed, 3_000)

    assert came.total() == 3_000
    assert len(came) >= 5
