"""director serve, as an operator runs it: a process of its own, and services on real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.acceptance.served import (
    ALLOWED,
    Served,
    Shop,
    make_conf,
    open_shop,
    serving,
    write_manifest,
)

SIGNED_WITH = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A service that is well."""
    async with open_shop() as shop:
        yield shop


@pytest.fixture
def conf(home, shop):
    """A folder of configuration with one manifest, that of the shop."""
    return make_conf(home, shop.port)


@pytest.fixture
def serve(home, environment, conf):
    """Start ``director serve`` and wait until it is ready."""
    return lambda *arguments: serving(home, environment, conf, *arguments)


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
    """Stream, API, gate, metric, webhook, badge and log say so; it gets up, and they say so."""
    gate = "/api/v1/services/shop/decision?environment=production"
    async with serve("--notifications", notifications) as served:
        async with served.events() as events:
            await events.until("director.decision.made", director__decision__outcome="go")
            badge = await served.make_badge()
            assert (await served.get(badge))["message"] == "GO"
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
            drawn = await served.get(badge)
            assert (drawn["message"], drawn["isError"]) == ("NO_GO", True)
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
            assert (await served.get(badge))["message"] == "GO"
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
