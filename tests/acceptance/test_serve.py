"""director serve, as an operator runs it: a process of its own, and services on real sockets."""

# ruff: noqa: ANN401  # JSON documents have any shape

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

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
SIGNED_WITH = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
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


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
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
    yield shop
    shop.held.set()
    await runner.cleanup()


@pytest.fixture
def conf(home, shop):
    """A folder of configuration with one manifest, that of the shop."""
    folder: Path = home / "conf"
    (folder / "services").mkdir(parents=True)
    (folder / "profiles").mkdir()
    (folder / "profiles" / "watched.yaml").write_text(PROFILE)
    write_manifest(folder, "shop", shop.port, "{every: 2s}")
    return folder


def write_manifest(folder: Path, name: str, port: int, schedule: str) -> None:
    """Write the manifest of a service at a port of loopback."""
    (folder / "services" / f"{name}.yaml").write_text(
        f"apiVersion: readiness/v1\nkind: Service\nmetadata: {{name: {name}, owner: team-shop}}\n"
        "spec:\n  profile: watched\n  declares: {logging: true, metrics: true}\n"
        f"  environments:\n    production: {{base_url: 'http://localhost:{port}'"
        f"{', schedule: ' + schedule if schedule else ''}}}\n"
    )


@pytest.fixture
def serve(home, environment, conf):
    """Start ``director serve`` and wait until it is ready."""

    @asynccontextmanager
    async def run(*arguments: str) -> AsyncIterator[Served]:
        process = await asyncio.create_subprocess_exec(
            Path(__import__("sys").executable).parent / "director",
            *("serve", str(conf), "--listen", "127.0.0.1:0", "--store", str(home / "r.db")),
            *("--log", str(home / "log.jsonl"), *ALLOWED, *arguments),
            cwd=home,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(60), aiohttp.ClientSession() as client:
                line = (await process.stderr.readline()).decode()
                assert line.startswith("Serving at http://127.0.0.1:"), line
                served = Served(process, line.split()[2].rstrip(","), client)
                while not await _is_ready(served):
                    pass
                yield served
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    return run


async def _is_ready(served: Served) -> bool:
    async with served.client.get(f"{served.address}/readyz") as response:
        return response.status == 200


@dataclass
class Receiver:
    """Takes notifications.

    Attributes:
        told: What came, in its order.
    """

    port: int = 0
    told: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        """Take one, if its signature is right."""
        Webhook(SIGNED_WITH).verify(await request.read(), dict(request.headers))
        self.told.put_nowait(json.loads(await request.read()))
        return web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who is to be notified."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.port = runner.addresses[0][1]
    yield receiver
    await runner.cleanup()


@pytest.fixture
def notifications(home, environment, receiver):
    """The operator's file that has them notified."""
    environment["SIGNED_WITH"] = SIGNED_WITH
    path = home / "notifications.yaml"
    path.write_text(
        "apiVersion: readiness/v1\nkind: Notifications\nspec:\n  receivers:\n    pager:\n"
        f"      url: http://127.0.0.1:{receiver.port}/\n      plaintext: true\n"
        "      secrets: [{env: SIGNED_WITH}]\n"
    )
    return str(path)


async def metric(served: Served, outcome: str) -> str:
    """Return what the metric of the shop's decision says of an outcome."""
    async with served.client.get(f"{served.address}/metrics") as response:
        (line,) = [
            line
            for line in (await response.text()).splitlines()
            if line.startswith("director_decision{") and f'outcome="{outcome}"' in line
        ]
    return line.rpartition(" ")[2]


async def test_a_service_falls_over_and_gets_up(
    serve, shop, home, log_lines, receiver, notifications
):
    """Stream, API, gate, metric, webhook and log say so; it gets up, and they say so."""
    gate = "/api/v1/services/shop/decision?environment=production"
    async with serve("--notifications", notifications) as served:
        async with served.events() as events:
            await events.until("director.decision.made", director__decision__outcome="go")
            shop.status = 503
            fell = await events.until("director.decision.changed")
            assert fell["director.decision.held"] == "no_go"
            assert fell["director.decision.previous"] == "go"
            assert fell["director.subject.name"] == "shop"
            closed = await served.get(gate)
            assert (closed["gate"], closed["open"], closed["code"]) == ("closed", False, "no_go")
            row = await served.row()
            assert (row["held"], row["shown"]) == ("no_go", "bad")
            assert (await metric(served, "no_go"), await metric(served, "go")) == ("1", "0")
            told = await receiver.told.get()
            assert (told["type"], told["id"]) == (fell["event.name"], fell["event.id"])
            assert told["data"]["director.decision.held"] == "no_go"
            shop.status = 200
            rose = await events.until("director.decision.changed")
            assert (rose["director.decision.held"], rose["director.decision.previous"]) == (
                "go",
                "no_go",
            )
            opened = await served.get(gate)
            assert (opened["gate"], opened["open"]) == ("open", True)
            assert (await metric(served, "no_go"), await metric(served, "go")) == ("0", "1")
            assert (await receiver.told.get())["id"] == rose["event.id"]
        code, said = await served.stop()
    assert (code, said) == (0, "")
    lines = log_lines((home / "log.jsonl").read_text())
    held = [line["director.decision.held"] for line in lines if "director.decision.held" in line]
    assert held == ["no_go", "go"]
    assert "director.target.registered" in {line["event.name"] for line in lines}


async def test_what_is_taken_survives_a_kill(serve, shop):
    """An evaluation that was accepted is made after kill -9 and another start."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made")
        shop.held.clear()
        shop.asked.clear()
        await shop.asked.wait()
        body = {"service": "shop", "environment": "production"}
        status, answer = await served.post("/api/v1/evaluations", body)
        assert status == 202, answer
        await served.stop(signal.SIGKILL)
    shop.held.set()
    async with serve() as served:
        path = f"/api/v1/evaluations/{answer['evaluation']}"
        stage = ""
        while stage not in {"decided", "failed"}:
            stage = (await served.get(path)).get("stage", "decided")
        assert stage == "decided"
        await served.stop()


async def test_what_others_record_is_heard(serve, director, conf, home, shop):
    """A decision of the command line is in the stream's view of the target, and in its history."""
    write_manifest(conf, "shop", shop.port, "")
    async with serve() as served:
        async with served.events() as events:
            ran = await director(
                *("evaluate", conf / "services" / "shop.yaml", "--store", home / "r.db", *ALLOWED),
                *("--profiles", conf / "profiles", "--format", "json"),
            )
            assert ran.exit == 0, ran.stderr
            heard = await events.until("director.decision.heard")
            assert heard["director.evaluation.id"] == ran.document["evaluation"]
        found = (await served.row())["latest"]
        assert found["evaluation"] == ran.document["evaluation"]
        assert found["decision"] == "go"
        await served.stop()


async def test_a_broken_manifest_is_said_and_the_last_good_one_kept(serve, conf):
    """The page of the service shows the fault with its place, and it is watched on."""
    async with serve() as served:
        async with served.events() as events:
            await events.until("director.decision.made")
            path = conf / "services" / "shop.yaml"
            path.write_text(path.read_text().replace("declares:", "declaers:"))
            said = await events.until("director.config.rejected")
            assert said["director.config.line"] == 6
            await events.until("director.decision.made")
        row = await served.row()
        assert "did you mean 'declares'" in row["fault"]
        await served.stop()


async def test_bad_starts_end_with_one_line(director, conf, home):
    """Each with its exit code: nothing is served that should not be."""
    store = ("--store", home / "r.db", "--log", home / "l")
    cases = [
        (2, ("serve", home / "nowhere", *store), "must be a folder of manifests, got nothing"),
        (2, ("serve", conf, *store, "--listen", "0.0.0.0:0"), "--access tokens"),
        (2, ("serve", conf, *store, "--listen", "0.0.0.0:0", "--access", "tokens"), "without TLS"),
        (2, ("serve", conf, *store, "--listen", "here"), "must be HOST:PORT"),
        (2, ("serve", conf, *store, "--online-check", "here"), "must be HOST:PORT"),
        (3, ("serve", conf, "--store", conf, "--log", home / "l"), "must be a file"),
    ]
    for code, arguments, said in cases:
        ran = await director(*arguments)
        assert (ran.exit, ran.stdout) == (code, ""), ran
        assert said in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr


async def test_a_port_that_is_taken(serve, director, conf, home):
    """The second one says so and ends; the first goes on."""
    async with serve() as served:
        listen = served.address.removeprefix("http://")
        ran = await director(
            *("serve", conf, "--listen", listen, "--store", home / "other.db", "--log", "off")
        )
        assert ran.exit == 2
        assert "must be free, got 127.0.0.1:" in ran.stderr
        assert (await served.get("/readyz"))["ready"] is True
        await served.stop()
