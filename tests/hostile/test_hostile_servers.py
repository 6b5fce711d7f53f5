"""Servers that do what they should not: every probe of one ends in time, and with a reason.

The servers run here; the prober has a process of its own (``observer.py``), so that what it costs
can be measured.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import ssl
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

HERE = Path(__file__).parent
NAME = "pay.example.test"

MOST_LATE = 0.1
"""How far beyond its deadline a probe may end, as a share of it."""
MOST_STALL_S = 0.1
"""How long a probe may keep the event loop from anything else."""
MOST_MEMORY_BYTES = 32 * 1024 * 1024
"""How much memory a probe may need."""


def _loaded(path: Path) -> Any:  # noqa: ANN401  # a module
    """Return the module at *path*; tests are no package, so no statement can import it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _loaded(HERE / "misbehaving.py")
CERTIFICATES = _loaded(HERE.parent / "integration" / "probing" / "certificates.py")
EVERY = {**TABLE.ROWS, **TABLE.MORE}

Context: TypeAlias = Callable[[str], ssl.SSLContext | None]
Observe: TypeAlias = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """A socket that was not closed warns when it is collected, and warnings are errors."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def root() -> Any:  # noqa: ANN401  # of a module that is loaded
    """Return the authority that the prober trusts."""
    return CERTIFICATES.issued("root", authority=True)


@pytest.fixture(scope="module")
def context(root: Any) -> Context:  # noqa: ANN401  # as above
    """Return how a server speaks TLS, by what is wrong with it."""
    issued, speaking = CERTIFICATES.issued, CERTIFICATES.context

    def outdated(version: ssl.TLSVersion) -> ssl.SSLContext:
        made: ssl.SSLContext = speaking(issued(NAME, root))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
            made.minimum_version = made.maximum_version = version
        made.set_ciphers("ALL:@SECLEVEL=0")
        return made

    made: dict[str, Callable[[], ssl.SSLContext | None]] = {
        "": lambda: None,
        "good": lambda: speaking(issued(NAME, root)),
        "expired": lambda: speaking(issued(NAME, root, days=(-9, -1))),
        "not yet valid": lambda: speaking(issued(NAME, root, days=(1, 9))),
        "self-signed": lambda: speaking(issued(NAME)),
        "wrong host": lambda: speaking(issued("other.example.test", root)),
        "unknown CA": lambda: speaking(issued(NAME, issued("stranger", authority=True))),
        "incomplete chain": lambda: speaking(CERTIFICATES.line_of(3, NAME, root)[0]),
        "1.1 only": lambda: outdated(ssl.TLSVersion.TLSv1_1),
        "1.0 only": lambda: outdated(ssl.TLSVersion.TLSv1),
        "100 certificates": lambda: speaking(*CERTIFICATES.line_of(104, NAME, root)[:-1]),
    }
    return lambda wrong: made[wrong]()


@pytest.fixture(scope="module")
def observe(root: Any) -> Iterator[Observe]:  # noqa: ANN401  # as above
    """Let a process of its own probe one URL, and tell what came of it and what it cost."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", HERE / "observer.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, answered = process.stdin, process.stdout
        told.write(json.dumps(root.pem) + "\n")

        def once(url: str, limit_s: float, expect: str) -> dict[str, Any]:
            told.write(json.dumps({"url": url, "limit_s": limit_s, "expect": expect}) + "\n")
            told.flush()
            result: dict[str, Any] = json.loads(answered.readline())
            return result

        yield once
        told.close()
        assert process.wait(10) == 0


@asynccontextmanager
async def playing(row: Any, tls: ssl.SSLContext | None) -> AsyncIterator[tuple[int, list[bytes]]]:  # noqa: ANN401  # a row of the table
    """Listen and do what *row* does; yield the port, and the requests as they come."""
    players: set[asyncio.Task[None]] = set()
    requests: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        player = asyncio.current_task()
        assert player is not None
        players.add(player)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if row.waits:
                    requests.append(await reader.readuntil(b"\r\n\r\n"))
                await row.script(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], requests
    finally:
        server.close()
        for player in players:
            player.cancel()
        if players:
            await asyncio.wait(players)


@pytest.fixture(scope="module")
def start_bytes(observe: Observe, context: Context) -> int:
    """Return how much memory the prober has after it has probed good servers, by both schemes."""

    async def warm() -> int:
        peak_bytes = 0
        for limit_s, row in product((1.0, 10.0), TABLE.WARMING):
            seen = await observed(row, context, observe, limit_s)
            assert seen["verdict"] == "met"
            peak_bytes = seen["peak_bytes"]
        return peak_bytes

    with asyncio.Runner() as runner:
        return runner.run(warm())


async def observed(
    row: Any,  # noqa: ANN401  # a row of the table
    context: Context,
    observe: Observe,
    limit_s: float = 0.0,
) -> dict[str, Any]:
    """Return what came of a probe of *row*, with the requests that the server got."""
    async with playing(row, context(row.tls)) as (port, requests):
        url = f"{'https' if row.asked else 'http'}://{NAME}:{port}"
        seen = await asyncio.to_thread(
            observe, url, limit_s or row.limit_s, row.fails or row.expect
        )
        return seen | {"requests": list(requests)}


@pytest.mark.parametrize("name", EVERY)
async def test_every_probe_ends_in_time_with_a_reason(
    name: str, observe: Observe, context: Context, start_bytes: int
) -> None:
    """Whatever a server does, the probe ends by its deadline, says why, and costs little.

    It ends when the event loop would serve a timer for the deadline, and a tenth of it later at
    most; it repeats no secret of ours and nothing that would steer a terminal.
    """
    row = EVERY[name]

    seen = await observed(row, context, observe)

    assert seen["reason"] == row.reason
    assert "hunter2" not in seen["shown"]
    assert seen["shown"].isprintable()
    assert seen["late_s"] <= row.limit_s * MOST_LATE
    assert seen["stall_s"] <= MOST_STALL_S
    assert seen["peak_bytes"] - start_bytes <= MOST_MEMORY_BYTES
    assert 0 < seen["total_s"] <= seen["elapsed_s"]
    if row.reason:
        assert seen["phase_s"] > 0  # the phase that was running is billed
        assert row.reason.endswith("_timeout") == (seen["elapsed_s"] >= row.limit_s)
    else:
        assert (seen["verdict"] == "met") == (not row.fails)
        assert all(value.isprintable() for pair in seen["headers"] for value in pair)
    assert not any(b"\r\ncookie:" in request.lower() for request in seen["requests"])


def test_the_table_is_whole() -> None:
    """There are fifty-two servers, ten of them with something wrong in their TLS, and others."""
    assert len(TABLE.ROWS) == 52
    assert len(TABLE.TLS) == 10
    assert len(EVERY) == len(TABLE.ROWS) + len(TABLE.MORE)
