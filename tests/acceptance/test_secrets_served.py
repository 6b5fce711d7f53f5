"""Secrets of forty services that the daemon watches: sent to each, and shown by no sink."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from tests.acceptance.served import Served, serving

NUMBER = 40
HOOK_SECRET = "whsec_" + base64.b64encode(b"c4nary/of+the?webhook&itself=1!!").decode()
ODD = '/+"\\&?=<>%é'
"""What encodings write in other ways."""

PROFILE = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: secretive}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  minimum_checks: 3
  categories: {c: {weight: 1}}
  checks:
    http.status: {category: c, role: blocker}
    http.expect: {category: c, role: required}
    http.headers: {category: c, role: required}
"""
MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {{name: shop{number:02}, owner: team}}
spec:
  profile: secretive
  environments: {{production: {{base_url: "http://127.0.0.1:{port}"}}}}
  checks:
    http.status:
      path: /private
      statuses: "204"
      request_headers: "X-Pay: ${{secret:pay-{number:02}}}"
    http.expect:
      path: /private
      expect: 'header("x-echo") == "nobody"'
      request_headers: "Authorization: Bearer ${{secret:pay-{number:02}}}"
    http.headers:
      path: /gone
      present: etag
      request_headers: "X-Pay: ${{secret:pay-{number:02}}}"
"""
PAGES = (
    *("/", "/plugins", "/schedule", "/cases", "/notifications", "/metrics", "/readyz"),
    *("/api/v1/services?limit=100", "/api/v1/schedule", "/api/v1/notifications"),
)


def canary(number: int) -> str:
    """Return a value that every encoding writes in another way; headers must be ASCII."""
    odd = ODD.replace("é", "")
    return f"c4n{number:02}{odd[number % len(odd) :]}pass{odd}{number * 7919}"


def spellings(value: str) -> tuple[str, ...]:
    """Return *value* in five encodings."""
    return (
        value,
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode().rstrip("="),
        value.encode().hex(),
        json.dumps(value)[1:-1],
    )


class Echo:
    """Sends back what it was sent, in every way there is."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: set[str] = set()

    async def answer(self, request: web.Request) -> web.Response:
        """Send back the secret that came, in header and body."""
        value = str(request.headers.get("X-Pay") or request.headers.get("Authorization", ""))
        value = value.removeprefix("Bearer ")
        self.heard.add(value)
        seen = list(spellings(value)) if value else []
        echo = quote(value, safe="")
        return web.json_response({"seen": seen}, headers={"X-Echo": f"{value} {echo}"})


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    """A service that echoes, and a receiver of webhooks that keeps what came."""
    echo = Echo()
    app = web.Application()
    app.router.add_get("/{tail:.*}", echo.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    echo.port = runner.addresses[0][1]
    yield echo
    await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[int, list[str]]]:
    """A receiver of webhooks: its port, and every body that came."""
    came: list[str] = []

    async def take(request: web.Request) -> web.Response:
        came.append(f"{dict(request.headers)} {await request.text()}")
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], came
    await runner.cleanup()


@pytest.mark.parametrize("names", ["director", "ecs", "otel"])
async def test_no_sink_shows_a_secret(home, environment, echo, receiver, names) -> None:
    """Forty values in five encodings: in no page, answer, event, metric, webhook, line or row."""
    conf, hook = home / "conf", receiver[0]
    write_conf(conf, echo.port)
    environment |= {f"PAY_{number:02}": canary(number) for number in range(NUMBER)}
    environment["HOOK"] = HOOK_SECRET
    (home / "secrets.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Secrets\nspec:\n  secrets:\n"
        + "".join(
            f"    pay-{number:02}: {{env: PAY_{number:02}, hosts: ['127.0.0.1:{echo.port}'],"
            " plaintext: true}\n"
            for number in range(NUMBER)
        )
    )
    (home / "notifications.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Notifications\nspec:\n  receivers:\n    all:\n"
        f"      url: http://127.0.0.1:{hook}/\n      plaintext: true\n"
        "      events: [director.decision.made]\n      secrets: [{env: HOOK}]\n"
    )
    options = ("--secrets", str(home / "secrets.yaml"), "--log-format", names)
    more = ("--notifications", str(home / "notifications.yaml"))
    async with serving(home, environment, conf, *options, *more) as served:
        shown = [part async for part in everything_shown(served)]
        code, said = await served.stop()
    shown += [said, *receiver[1], *written(home)]

    assert code == 0
    assert echo.heard == {canary(number) for number in range(NUMBER)}
    everything = "\n".join(shown)
    assert "***" in everything
    leaked = [
        spelling
        for value in (*(canary(number) for number in range(NUMBER)), HOOK_SECRET)
        for spelling in spellings(value)
        if spelling in everything
    ]
    assert leaked == []


def write_conf(conf: Path, port: int) -> None:
    """Write forty services, each of which is sent a secret of its own."""
    (conf / "services").mkdir(parents=True)
    (conf / "profiles").mkdir()
    (conf / "profiles" / "secretive.yaml").write_text(PROFILE)
    for number in range(NUMBER):
        text = MANIFEST.format(number=number, port=port)
        (conf / "services" / f"shop{number:02}.yaml").write_text(text)


async def everything_shown(served: Served) -> AsyncIterator[str]:
    """Yield all that the service answers once every target is decided, and what is told of it."""
    async with served.client.get(f"{served.address}/api/v1/events") as stream:
        while True:
            rows = (await served.get("/api/v1/services?limit=100"))["items"]
            if len(rows) == NUMBER and all(row["latest"] for row in rows):
                break
        for row in rows:
            name, evaluation = row["service"], row["latest"]["evaluation"]
            for path in (
                f"/services/{name}?environment=production",
                f"/evaluations/{evaluation}",
                f"/api/v1/evaluations/{evaluation}",
                f"/api/v1/evaluations/{evaluation}/results",
            ):
                yield await read(served, path)
        for path in PAGES:
            yield await read(served, path)
        body = {"service": "shop00", "environment": "production"}
        status, _ = await served.post("/api/v1/evaluations", body)
        assert status == 202
        told = b""
        while told.count(b"event: director.decision.made") < 1:
            told += await stream.content.readany()
        async for piece in rest_of(stream):
            told += piece
        yield told.decode()


async def rest_of(stream: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield what has come already."""
    while (piece := stream.content.read_nowait(-1)) != b"":
        yield piece


async def read(served: Served, path: str) -> str:
    """Return an answer with its headers."""
    async with served.client.get(f"{served.address}{path}") as answer:
        return f"{dict(answer.headers)} {await answer.text()}"


def written(home: Path) -> Iterator[str]:
    """Yield every file below *home*, and the record unpacked."""
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.name == "secrets.yaml":
            continue
        yield path.read_bytes().decode("utf-8", errors="replace")
        if path.suffix == ".db":
            yield from unpacked(path)


def unpacked(path: Path) -> Iterator[str]:
    """Yield every value in the database *path*, those that are compressed as they were."""
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        for table in tables:
            try:
                rows = list(database.execute(f'SELECT * FROM "{table}"'))  # noqa: S608  # of the schema
            except sqlite3.Error:
                continue
            for value in (each for row in rows for each in row if isinstance(each, bytes)):
                for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
                    try:
                        plain = zlib.decompressobj(window).decompress(value)
                    except zlib.error:
                        continue
                    yield plain.decode("utf-8", errors="replace")
