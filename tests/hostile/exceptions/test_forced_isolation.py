"""Forced where plugins run in processes of their own."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import socket
import sys
from time import monotonic
from typing import TYPE_CHECKING

from director.errors import CheckBrokeError, PluginError
from director.isolation.breaker import Breaker
from director.isolation.ends import drained, given, given_all, shut, taken
from director.isolation.forks import Forks, Parts
from director.isolation.guest import Guest
from director.isolation.worker import Worker

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place

PARTS = Parts("director.loading.hosted:load", "director.probing.judging:Judging")

MODULE = """
import asyncio, os, socket, struct, sys, time
from dataclasses import make_dataclass
from director.plugin import CheckSpec, Evidence, EvidenceKind, Passed, ProbeError, hookimpl

spec = CheckSpec(id="far.good", title="t", category="c", why="w", remedy="r", deadline_s=1.0)

def say(text):
    # A plugin can find the pipe to its host, and say there what it likes.
    data = text.encode()
    for number in range(3, 64):
        try:
            socket.socket(fileno=os.dup(number)).send(struct.pack(">I", len(data)) + data)
        except OSError:
            continue

async def run(self, target, probe):
    {body}

{top}

Good = make_dataclass("Good", [], frozen=True, namespace={{"spec": spec, "run": run}})

@hookimpl
def director_checks():
    return (Good,)
"""

WELL = 'return Passed("so")'


def planted(place: Place, body: str, top: str = "") -> list[object]:
    """Return what comes of a plugin that is not trusted, installed and required.

    Everything else the service needs is ready.
    """
    folder = place.path / "site"
    info = folder / "far-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: far\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[director]\nfar = far_forced\n")
    (folder / "far_forced.py").write_text(MODULE.format(body=body, top=top))
    checks = {
        f"declared.{each}": {"category": "c", "role": "required"}
        for each in ("logging", "metrics", "alerts")
    } | {"far.good": {"category": "c", "role": "required"}}
    profile = {
        "apiVersion": "readiness/v1",
        "kind": "Profile",
        "metadata": {"name": "gate"},
        "spec": {"thresholds": {"go": 0.9, "conditional": 0.5}, "checks": checks},
    }
    path = place.path / "gate.yaml"
    path.write_text(json.dumps(profile))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        url = "  environments: {production: {base_url: 'http://127.0.0.1:9'}}\n"
        return place.reported(place.manifest("shop", url), profile=str(path))
    finally:
        sys.path.remove(str(folder))


def check_breaks(place: Place) -> Answers:
    """A check raises."""
    return planted(place, "sys.exit(0)")


def check_gets_no_answer(place: Place) -> Answers:
    """The probe of a check may not go where the check asks."""
    return planted(place, 'return Passed((await probe.get("/")).text)')


def check_asks_nonsense(place: Place) -> Answers:
    """A check asks the probe for what nobody can ask for."""
    return planted(place, 'return Passed((await probe.get("/", headers={"host": "x"})).text)')


def check_does_not_stop(place: Place) -> Answers:
    """A check goes on after its deadline, and the plugin has more to do after that."""
    return planted(place, "await asyncio.sleep(3600)")


def check_leaves_work(place: Place) -> Answers:
    """A check leaves work that keeps its process from ending."""
    body = "asyncio.get_running_loop().call_soon(time.sleep, 60); raise MemoryError"
    return planted(place, body)


def check_says_no_message(place: Place) -> Answers:
    """A check sends what is no JSON."""
    return planted(place, f"say('{{'); {WELL}")


def check_says_no_answer(place: Place) -> Answers:
    """A check says by itself what came of it, and nobody knows what that is."""
    return planted(place, """say('{"run":1,"said":{"Passed":[1,2,3,4,5,6]}}'); """ + WELL)


def check_ends_strangely(place: Place) -> Answers:
    """A check ends its process by a signal that has no name."""
    return planted(place, "os.kill(os.getpid(), 35)")


def plugin_does_not_load(place: Place) -> Answers:
    """A plugin is broken."""
    return planted(place, WELL, "raise ImportError")


def plugin_offers_nonsense(place: Place) -> Answers:
    """A plugin says by itself what it offers, and nobody knows what that is."""
    return planted(place, WELL, """say('{"offers":{"Nothing":[]}}')""")


def there_are_no_descriptors(place: Place) -> Answers:
    """A process for a plugin cannot be started, as this one may open nothing more."""
    with place.no_descriptors():
        try:
            Forks(PARTS).fork()
        except PluginError as error:
            return [error.code]
    return ["go"]


def there_are_no_descriptors_for_any(place: Place) -> Answers:
    """No process can be started for any plugin."""
    from director.isolation.pool import Pool  # noqa: PLC0415  # only here
    from director.model.catalog import Plugin  # noqa: PLC0415
    from director.ports.outside import Wanted  # noqa: PLC0415

    pool = Pool(PARTS)
    wanted = Wanted(Plugin(name="far", distribution="far", version="1"), "far_forced")
    with place.no_descriptors():
        finish = pool.begin([wanted])
    came = finish()
    pool.end()
    return [type(each).__name__ for each in came]


def fork_server_does_not_end(_: Place) -> Answers:
    """The process that workers come from hears nothing any more."""
    forks = Forks(PARTS)
    forks.fork().close()
    server = forks._server
    assert server is not None
    os.kill(server.pid, signal.SIGSTOP)
    forks.close()
    return [server.returncode or "go"]


class Deaf:
    """Hears of workers, and does nothing."""

    async def printed(self, worker: Worker) -> None:
        """Hear that it printed."""

    async def ended(self, worker: Worker, *, opened: bool) -> None:
        """Hear that it ended."""


async def worker_cannot_be_had(_: Place) -> Answers:
    """A second worker cannot be started; or does not load; or nobody waits for it any more."""

    def refuses() -> Worker:
        raise PluginError("no_worker", "there is none")

    forks = Forks(PARTS)

    def says_nothing() -> Worker:
        return Worker(forks.fork())

    def is_gone() -> Worker:
        worker = says_nothing()
        load = {"name": "far", "value": "nothing_of_the_kind", "definitions": []}
        worker.send_first({"load": load})
        return worker

    answers: list[object] = []
    for start, load_s in ((refuses, 1.0), (says_nothing, 0.05), (is_gone, 10.0)):
        guest = Guest("far", start, Breaker(monotonic), Deaf(), load_s)
        try:
            answers.append(await guest.examine(b'"check":"far.good"', 1.0, None))  # type: ignore[arg-type]
        except CheckBrokeError as error:
            answers.append(error.code)
        await guest.close()
    guest = Guest("far", says_nothing, Breaker(monotonic), Deaf())
    waiting = asyncio.create_task(guest.examine(b'"check":"far.good"', 1.0, None))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    await guest.close()
    forks.close()
    return [*answers, "cancelled" if waiting.cancelled() else "go"]


def ends_are_closed(_: Place) -> Answers:
    """Nothing has come yet, nothing more can be sent, and then the other side is gone."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    waits = [taken(ours, 1), drained(reading, 1)]
    while given(ours, b"x" * 4096):
        pass
    theirs.close()
    ours.close()
    os.close(reading)
    os.close(writing)
    shut(ours)
    ours, theirs = socket.socketpair()
    theirs.close()
    given_all(ours, b"x")
    ours.close()
    return [*waits, taken(ours, 1) or "nothing", given(ours, b"x") or "go"]


TABLE: Table = {
    "engine.attempt:_contained:CheckBrokeError": check_breaks,
    "isolation.calls:Calls._answer:Exception": check_asks_nonsense,
    "isolation.calls:Calls._answer:ProbeError": check_gets_no_answer,
    "isolation.codec:unpacked:(ValueError, RecursionError)": check_says_no_message,
    "isolation.codec:value_of:(TypeError, ValueError, KeyError, AttributeError)": (
        check_says_no_answer
    ),
    "isolation.ends:drained:BlockingIOError": ends_are_closed,
    "isolation.ends:given:BlockingIOError": ends_are_closed,
    "isolation.ends:given:OSError": ends_are_closed,
    "isolation.ends:given_all:suppress(OSError)": ends_are_closed,
    "isolation.ends:shut:suppress(OSError)": ends_are_closed,
    "isolation.ends:taken:BlockingIOError": ends_are_closed,
    "isolation.ends:taken:OSError": ends_are_closed,
    "isolation.forks:Forks.close:subprocess.TimeoutExpired": fork_server_does_not_end,
    "isolation.forks:Forks.fork:OSError": there_are_no_descriptors,
    "isolation.guest:Guest._load:(DefinitionError, PluginError)": worker_cannot_be_had,
    "isolation.guest:Guest._load:PluginError": worker_cannot_be_had,
    "isolation.guest:Guest._load:TimeoutError": worker_cannot_be_had,
    "isolation.guest:Guest._load:asyncio.CancelledError": worker_cannot_be_had,
    "isolation.guest:Guest._run:asyncio.CancelledError": check_does_not_stop,
    "isolation.guest:_answer:(CodecError, KeyError, TypeError, ValueError, RecursionError)": (
        check_says_no_answer
    ),
    "isolation.guest:_ended:TimeoutError": check_leaves_work,
    "isolation.pool:Pool._first:PluginError": there_are_no_descriptors_for_any,
    "isolation.pool:Pool._housed:(DefinitionError, PluginError)": plugin_does_not_load,
    "isolation.first_word:offered:(CodecError, KeyError, TypeError, ValueError, RecursionError)": (
        plugin_offers_nonsense
    ),
    "isolation.worker:Worker.read_channel:(CodecError, FrameError, TypeError, KeyError,"
    " AttributeError)": check_says_no_message,
    "isolation.worker:_signal_name:ValueError": check_ends_strangely,
}
"""Each clause that is forced here, and by what."""


def test_what_isolation_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


def test_a_plugin_that_is_well_made_is_go(place: Place) -> None:
    """Without anything forced such a plugin opens the gate: nothing else keeps it shut."""
    assert planted(place, WELL) == [0, "go"]
