"""A running ``director serve`` and a service on real sockets, for tests of both."""

# ruff: noqa: ANN401  # JSON documents have any shape

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

DIRECTOR = Path(sys.executable).parent / "director"
PROFILE = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: watched}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  minimum_checks: 3
  categories:
    c: {weight: 1, role: required}
  checks:
    declared.logging: {category: c, role: required}
    declared.metrics: {category: c, role: required}
    http.health: {category: c, role: blocker}
"""
ALLOWED = ("--allow-address", "127.0.0.0/8", "--allow-port", "1-65535")


@dataclass
class Shop:
    """A service on loopback that can fall over and get up again.

    Attributes:
        status: What its health page answers with.
        held: While it is clear, every answer waits.
    """

    port: int = 0
    status: int = 200
    held: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def health(self, _: web.Request) -> web.Response:
        """Answer."""
        self.asked.set()
        await self.held.wait()
        return web.json_response({"status": "pass"}, status=self.status)


@dataclass
class Served:
    """The command while it runs."""

    process: asyncio.subprocess.Process
    address: str
    client: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        """Return what the API answers."""
        async with self.client.get(f"{self.address}{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def row(self) -> Any:
        """Return what the API says of the shop."""
        (row,) = (await self.get("/api/v1/services/shop"))["environments"]
        return row

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Return the status and what the API answers."""
        headers = {"X-Requested-With": "test", "Origin": self.address}
        async with self.client.post(
            f"{self.address}{path}", json=body, headers=headers
        ) as response:
            return response.status, await response.json()

    async def make_badge(self) -> str:
        """Have a badge of the shop made as its page does, and return the address for shields.io."""
        page = f"{self.address}/services/shop"
        async with self.client.get(page) as response:
            csrf = re.findall(r'name="csrf" value="([0-9a-f]{64})"', await response.text())[0]
        form = {"environment": "production", "csrf": csrf}
        async with self.client.post(f"{page}/badge", data=form) as response:
            text = await response.text()
            assert response.status == 200, text
        (token,) = set(re.findall(r"/badge/([A-Za-z0-9_-]{32})\.svg", text))
        return f"/badge/{token}.json"

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what is left on stderr."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        async with asyncio.timeout(40):
            said = (await self.process.stderr.read()).decode()
            return await self.process.wait(), said

    @asynccontextmanager
    async def events(self) -> AsyncIterator[Events]:
        """Listen to the stream of events from now on."""
        timeout = aiohttp.ClientTimeout(total=60)
        async with self.client.get(f"{self.address}/api/v1/events", timeout=timeout) as response:
            assert response.status == 200
            yield Events(response)


@dataclass
class Events:
    """The stream of events."""

    response: aiohttp.ClientResponse

    async def until(self, name: str, **fields: str) -> dict[str, Any]:
        """Return the next event of a name with these fields; dots are written as two lines."""
        wanted = {key.replace("__", "."): value for key, value in fields.items()}
        async for raw in self.response.content:
            line = raw.decode()
            if line.startswith("data:"):
                event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                if event.get("event.name") == name and wanted.items() <= event.items():
                    return event
        raise AssertionError(f"the stream ended without {name}")


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """A service that is well."""
    shop = Shop()
    shop.held.set()
    app = web.Application()
    app.router.add_get("/{tail:.*}", shop.health)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.port = runner.addresses[0][1]
    try:
        yield shop
    finally:
        shop.held.set()
        await runner.cleanup()


def make_conf(home: Path, port: int) -> Path:
    """Return a folder of configuration with one manifest, that of the shop."""
    folder = home / "conf"
    (folder / "services").mkdir(parents=True)
    (folder / "profiles").mkdir()
    (folder / "profiles" / "watched.yaml").write_text(PROFILE)
    write_manifest(folder, "shop", port, "{every: 2s}")
    return folder


def write_manifest(folder: Path, name: str, port: int, schedule: str) -> None:
    """Write the manifest of a service at a port of loopback."""
    (folder / "services" / f"{name}.yaml").write_text(
        f"apiVersion: readiness/v1\nkind: Service\nmetadata: {{name: {name}, owner: team-shop}}\n"
        "spec:\n  profile: watched\n  declares: {logging: true, metrics: true}\n"
        f"  environments:\n    production: {{base_url: 'http://localhost:{port}'"
        f"{', schedule: ' + schedule if schedule else ''}}}\n"
    )


@asynccontextmanager
async def serving(
    home: Path, environment: Mapping[str, str], conf: Path, *arguments: str
) -> AsyncIterator[Served]:
    """Start ``director serve`` on *conf*, and wait until it is ready."""
    process = await asyncio.create_subprocess_exec(
        *(DIRECTOR, "serve", str(conf), "--listen", "127.0.0.1:0"),
        *("--store", str(home / "r.db"), "--log", str(home / "log.jsonl"), *ALLOWED, *arguments),
        cwd=home,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        jar = aiohttp.CookieJar(unsafe=True)  # what is served has no name, only an address
        async with asyncio.timeout(60), aiohttp.ClientSession(cookie_jar=jar) as client:
            line = (await process.stderr.readline()).decode()
            assert line.startswith("Serving at http://127.0.0.1:"), line
            served = Served(process, line.split()[2].rstrip(","), client)
            while not await is_ready(served):
                pass
            yield served
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def is_ready(served: Served) -> bool:
    """Return whether it says that it is ready."""
    async with served.client.get(f"{served.address}/readyz") as response:
        return response.status == 200
