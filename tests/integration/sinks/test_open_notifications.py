"""wiring.notifications: what the operator sets, put together with the real address policy."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from director.engine.clock import new_ulid
from director.loading.settings import Settings
from director.model.event import Event, Stamp
from director.model.receiver import Receiver
from director.model.service_event import DirectorDegraded
from director.store.memory_notes import MemoryNotes
from director.testing import FakeClock
from director.wiring.notifications import Surroundings, open_notifications, read_notified

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


async def quiet(_event: Event) -> None:
    """Tell nobody."""


def settings(path: Path, *allowed: str) -> Settings:
    """Return settings with a notifications file."""
    ranges = tuple(ip_network(each) for each in allowed)
    return Settings(store=None, notifications=path, allow_addresses=ranges)


@pytest.mark.parametrize("allowed", [(), ("127.0.0.0/8",)], ids=["denied", "allowed"])
async def test_the_policy_of_probes_holds_for_deliveries(
    tmp_path: Path, allowed: tuple[str, ...]
) -> None:
    """Loopback is told only where the operator lifts it; localhost is loopback, too."""
    came: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    path = tmp_path / "n.yaml"
    path.write_text(
        "apiVersion: readiness/v1\nkind: Notifications\nspec:\n  receivers:\n"
        f"    pager: {{url: 'http://localhost:{port}/', plaintext: true,"
        " secrets: [{file: key}]}\n"
    )
    (tmp_path / "key").write_text(SECRET)
    for file in (path, tmp_path / "key"):
        file.chmod(0o600)
    chosen = settings(path, *allowed)
    around = Surroundings(notes=MemoryNotes(), clock=FakeClock(), publish=quiet)
    office = open_notifications(chosen, read_notified(chosen), around)
    now = datetime.now(UTC)
    office.courier.offer(DirectorDegraded(Stamp(new_ulid(now), now), "offline", "nothing"))
    try:
        await office.courier.step()
        (delivery,) = await office.courier.deliveries("pager")
    finally:
        await office.courier.close()
        await office.close()
        await runner.cleanup()

    assert len(came) == len(allowed)
    detail = delivery.attempts[0].detail
    assert detail == "answered 204" if allowed else "denied by the address policy" in detail


def test_without_a_file_nobody_is_told() -> None:
    """No file, no receivers, and nothing to mask."""
    nobody = read_notified(Settings(store=None))

    assert nobody.receivers == tuple[Receiver, ...]()
    assert nobody.values == ()
