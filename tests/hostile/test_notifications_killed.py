"""kill -9 while a notification is under way: it is delivered after the next start, once more."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

CHILD = """\
import asyncio, sys
from ipaddress import ip_network
from pathlib import Path

from director.engine.clock import SystemClock
from director.loading.settings import Settings
from director.testing import decision_changed
from director.wiring.notes import open_record
from director.wiring.notifications import Surroundings, open_notifications, read_notified


async def quiet(event):
    print(event.name, flush=True)


async def main(store, document, tells):
    settings = Settings(
        store=Path(store),
        notifications=Path(document),
        allow_addresses=(ip_network("127.0.0.0/8"),),
    )
    record, notes = open_record(settings)
    around = Surroundings(notes=notes, clock=SystemClock(), publish=quiet)
    office = open_notifications(settings, read_notified(settings), around)
    await office.courier.start()
    if tells:
        office.courier.offer(decision_changed())
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:3], sys.argv[3] == "tells"))
"""


class Receiver:
    """Keeps what came; answers nothing until it is let."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.let = asyncio.Event()
        self.port = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        body = json.loads(await request.read())
        await self.came.put((request.headers["webhook-id"], body["type"]))
        await self.let.wait()
        return web.Response(status=204)


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        receiver.let.set()
        await runner.cleanup()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Return where the notifications file goes; its secret lies beside it."""
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + base64.b64encode(os.urandom(32)).decode())
    secret.chmod(0o600)
    return tmp_path / "notifications.yaml"


async def test_what_was_under_way_comes_after_the_next_start(document: Path) -> None:
    """Killed while the receiver still thinks, the Director asks it again, with the same id."""
    async with listening() as receiver:
        write(document, receiver.port)
        with child(document, "tells") as first:
            try:
                async with asyncio.timeout(30):
                    told = await receiver.came.get()
            finally:
                first.send_signal(signal.SIGKILL)
        receiver.let.set()
        with child(document, "quiet") as second:
            try:
                async with asyncio.timeout(30):
                    again = await receiver.came.get()
                    said = await asyncio.to_thread(line_of, second)
            finally:
                second.send_signal(signal.SIGKILL)

    assert told == again == ("01JH0000000000000000000000", "director.decision.changed")
    assert said == "director.notification.delivered"
    assert receiver.came.empty()


def write(document: Path, port: int) -> None:
    """Write who is told."""
    document.write_text(
        "apiVersion: readiness/v1\nkind: Notifications\nspec:\n  receivers:\n"
        f"    pager: {{url: 'http://127.0.0.1:{port}/', plaintext: true,"
        " secrets: [{file: secret}]}\n"
    )
    document.chmod(0o600)


def child(document: Path, what: str) -> subprocess.Popen[bytes]:
    """Start a process that brings notifications."""
    store = document.parent / "director.db"
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, store, document, what], stdout=subprocess.PIPE
    )


def line_of(process: subprocess.Popen[bytes]) -> str:
    """Return the next line that *process* prints."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()
