"""Forced where a running service evaluates: whatever it answers amiss is no decision."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from director.cli.batch import Job
from director.cli.gate import Gate, exit_of
from director.cli.output import wanted_reports
from director.cli.remote import evaluate_there
from director.cli.runner import run
from director.loading.settings import Settings
from director.service.desk import Wishes
from director.web.client import Remote

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

NOWHERE = "http://127.0.0.1:9"


async def told(answer: Callable[[web.Request], Awaitable[web.Response]]) -> int:
    """Return the exit code where a server answers everything with *answer*."""
    app = web.Application()
    app.router.add_route("GET", "/{rest:.*}", answer)
    app.router.add_route("POST", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        item = await Remote(url=url, patience_s=0.5).evaluate("svc", None, "a test")
        return exit_of(item, Gate())
    finally:
        await runner.cleanup()


def report(**changes: object) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return what answers with an evaluation that has this in its report."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"evaluation": "E", "stage": "decided", "report": changes})

    return answer


async def server_is_of_no_use(_: Place) -> Answers:
    """It is not there, never decides, or says what is no document."""

    async def never(_: web.Request) -> web.Response:
        return web.json_response({"evaluation": "E", "stage": "running"})

    async def junk(_: web.Request) -> web.Response:
        return web.Response(text="GO")

    nobody = await Remote(url=NOWHERE).evaluate("svc", None, "a test")
    codes = [exit_of(nobody, Gate()), await told(never), await told(junk)]
    return [*codes, await told(report(decision="go"))]


def manifest_is_bad(place: Place) -> Answers:
    """The manifest that names the service cannot be used, or the report cannot be written."""
    bad = place.manifest("bad", "  unknown: 1\n")
    return [_there(bad, "text"), _there(place.manifest(), "json=/dev/full")]


def overrides_are_amiss(place: Place) -> Answers:
    """A report of a NO_GO says something of an override that is none."""
    path = place.path / "report.json"
    place.command(place.unready(), "--no-store", "--format", f"json={path}")
    found = json.loads(path.read_text())
    forced = {**found, "effective_decision": "go", "override": {"id": "x"}}
    return [asyncio.run(told(report(**forced)))]


def _there(path: Path, form: str) -> int:
    """Return the exit code of having a manifest evaluated by nobody."""
    wishes = Wishes(Settings(store=None))
    job = Job((path,), wishes, wanted_reports((form,), {}), Gate(), color=None)
    return run(lambda interruption: evaluate_there(job, Remote(url=NOWHERE), interruption))


TABLE: Table = {
    "web.client:Remote.evaluate:TimeoutError": server_is_of_no_use,
    "web.client:Remote.evaluate:(aiohttp.ClientError, OSError)": server_is_of_no_use,
    "web.client:Remote.evaluate:(NoAnswerError, StoreError)": server_is_of_no_use,
    "web.client:_parsed:(ValueError, RecursionError)": server_is_of_no_use,
    "web.client:_effective:(KeyError, TypeError, ValueError)": overrides_are_amiss,
    "cli.remote:_of_manifest:InputError": manifest_is_bad,
    "cli.remote:evaluate_there:OutputError": manifest_is_bad,
}
"""Each clause that is forced here, and by what."""


def test_what_a_server_does_not_decide_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
