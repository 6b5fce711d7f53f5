"""What a worker is given, what it may do, and what becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from director.errors import CheckBrokeError
from director.model.catalog import Disposition
from director.model.outcome import Passed
from director.model.probe import ProbeError, ProbeReason, Reply
from director.testing import FakeProbe

if TYPE_CHECKING:
    from tests.integration.isolation.conftest import Far, Install

Listen = Callable[["Far"], Awaitable[None]]

SAYS_BIRTH = """
BORN = time.monotonic()

@check
async def born(self, target, probe):
    return Passed(str(BORN))
"""
CRASHES = """
@check
async def crash(self, target, probe):
    os._exit(0)

@check
async def fine(self, target, probe):
    await asyncio.sleep(0.1)
    return Passed("so")
"""


def server_of(far: Far) -> int:
    """Return the process that the workers of a plugin come from."""
    pool = far.workers._pool
    assert pool is not None
    server = pool._forks._server
    assert server is not None
    return server.pid


async def broke(awaitable: Awaitable[object]) -> str:
    """Return the code with which a check broke."""
    with pytest.raises(CheckBrokeError) as raised:
        await awaitable
    return raised.value.code


async def test_a_worker_stays_warm(install: Install) -> None:
    """One worker serves one evaluation after the other, and is told apart from us."""
    far = install(SAYS_BIRTH)

    first, second = await far.ask("born"), await far.ask("born")

    assert isinstance(first, Passed)
    assert first == second
    assert far.plugin.isolated
    assert far.plugin.disposition is Disposition.LOADED


async def test_the_environment_is_clean(install: Install) -> None:
    """No variable of ours but a few, a private folder, a session, descriptors and a mask."""
    os.environ["DIRECTOR_SECRET_OF_OURS"] = "hunter2"
    try:
        far = install("""
@check
async def look(self, target, probe):
    old = os.umask(0)
    return Passed(repr((
        sorted(os.environ), os.getcwd(), os.environ["HOME"], os.listdir("."), oct(old),
        os.getsid(0) == os.getpid(), sorted(map(int, os.listdir("/dev/fd")))[:3],
        sys.flags.isolated, os.path.exists("/proc/self/environ")
        and b"hunter2" in open("/proc/self/environ", "rb").read(),
    )))
""")
        said = (await far.ask("look")).reason
    finally:
        del os.environ["DIRECTOR_SECRET_OF_OURS"]

    names, folder, home, listed, mask, leads, descriptors, isolated, leaked = eval(said)  # noqa: S307  # ours
    known = {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "MALLOC_ARENA_MAX", "PATH", "TMPDIR", "TZ"}
    assert set(names) <= known
    assert folder == home
    assert (listed, mask, leads, descriptors, isolated) == ([], "0o77", True, [0, 1, 2], 1)
    assert not leaked
    await far.workers.close()
    assert not os.path.exists(folder)  # noqa: ASYNC240, PTH110  # at once


async def test_options_arrive(install: Install) -> None:
    """A check is made with its options, in the worker."""
    far = install("""
async def told(self, target, probe):
    return Passed(f"{self.path} {self.budget_s} {target.manifest.name}")

check(told, path="/", budget_s=0.5)
""")

    assert await far.ask("told", path="/x") == Passed("/x 0.5 shop")


async def test_options_can_be_refused(install: Install) -> None:
    """A check that does not take its options has broken, and says which it does not take."""
    far = install("""
class Picky:
    def __post_init__(self):
        if self.path != "/":
            raise ValueError("path must be /, got " + self.path)

async def picky(self, target, probe):
    return Passed("so")

async def run(self, target, probe):
    return await picky(self, target, probe)

spec = CheckSpec(id="far.picky", title="t", category="c", why="w", remedy="r")
CHECKS.append(make_dataclass(
    "P", [("path", str, "/")], bases=(Picky,), frozen=True, namespace={"spec": spec, "run": run}
))
""")

    assert await far.ask("picky") == Passed("so")
    assert await broke(far.ask("picky", path="/x")) == "bad_option"


async def test_the_host_probes(install: Install) -> None:
    """What a check asks is asked by our probe, and answered by it."""
    far = install("""
@check
async def look(self, target, probe):
    page = await probe.get("/healthz", headers={"accept": "text/plain"})
    try:
        await probe.get("/gone")
    except ProbeError as error:
        return Passed(f"{page.status} {error.reason.value} {error.detail}")
""")
    probe = FakeProbe(
        {
            "/healthz": Reply(url="https://shop.test/healthz", status=204),
            "/gone": ProbeError(ProbeReason.CONNECT_REFUSED, "nobody there"),
        }
    )

    assert await far.ask("look", probe) == Passed("204 connect_refused nobody there")


async def test_what_the_probe_says_can_be_left_to_the_engine(install: Install) -> None:
    """A check need not handle the probe's error: it arrives as it was."""
    far = install("""
@check
async def look(self, target, probe):
    await probe.get("/")
""")

    with pytest.raises(ProbeError) as raised:
        await far.ask("look", FakeProbe({"/": ProbeError(ProbeReason.TLS_EXPIRED, "long ago")}))

    assert (raised.value.reason, raised.value.detail) == (ProbeReason.TLS_EXPIRED, "long ago")


async def test_the_guilty_one_is_named(install: Install, listen: Listen) -> None:
    """Of those that share a worker that dies, only the one that ended it has broken."""
    far = install(CRASHES)
    await listen(far)

    fine, crash = await asyncio.gather(far.ask("fine"), broke(far.ask("crash")))  # noqa: TID251  # both

    await far.workers.close()
    assert fine == Passed("so")
    assert crash == "crash:exit_without_result"
    assert far.ended == [("crash:exit_without_result", 0)] * 2


async def test_a_plugin_that_keeps_crashing_is_not_asked_any_more(
    install: Install, listen: Listen
) -> None:
    """The third crash in five minutes opens the breaker, for all of its checks."""
    far = install(CRASHES)
    await listen(far)

    codes = [await broke(far.ask("crash")) for _ in range(4)]

    assert codes == ["crash:exit_without_result"] * 3 + ["breaker_open"]
    assert await broke(far.ask("fine")) == "breaker_open"
    await far.workers.close()
    assert [code for code, _ in far.ended][-1] == "breaker_open"


async def test_a_worker_that_died_is_started_anew(install: Install, listen: Listen) -> None:
    """Somebody kills a worker that has nothing to do: the next run does not notice."""
    far = install(SAYS_BIRTH)
    await listen(far)
    first = await far.ask("born")
    workers = [pid for pid in _descendants(server_of(far)) if not _children(pid)]

    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    second = await far.ask("born")

    assert isinstance(second, Passed)
    assert first != second


async def test_one_that_holds_up_others_is_left_alone(install: Install) -> None:
    """A check that gives nobody their turn has its time; its siblings are moved."""
    far = install("""
@check
async def holds(self, target, probe):
    time.sleep(2)
    return Passed("slept")

@check
async def waits(self, target, probe):
    await asyncio.sleep(0.01)
    return Passed("so")
""")
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def waited() -> float:
        assert await far.ask("waits") == Passed("so")
        return loop.time() - began

    holds, took_s = await asyncio.gather(far.ask("holds"), waited())  # noqa: TID251  # both

    assert holds == Passed("slept")
    assert took_s < loop.time() - began


async def test_a_cancelled_run_leaves_a_warm_worker(install: Install, listen: Listen) -> None:
    """One that stops when it is told to costs nobody their worker."""
    far = install(
        SAYS_BIRTH
        + """
@check
async def waits(self, target, probe):
    await asyncio.sleep(60)
"""
    )
    await listen(far)
    before = await far.ask("born")

    waiting = asyncio.create_task(far.ask("waits"))
    await asyncio.wait({waiting}, timeout=0.1)
    waiting.cancel()
    await asyncio.wait({waiting})

    assert await far.ask("born") == before
    assert far.ended == []


async def test_what_is_printed_is_told(install: Install, listen: Listen) -> None:
    """Both streams, while it is loaded too; of a flood the end, and how much came before it."""
    far = install("""
os.write(1, b"loading\\n")
@check
async def talks(self, target, probe):
    print("hello"); print("x" * 10_000, file=sys.stderr); os.write(2, b"the end")
    return Passed("so")
""")
    await listen(far)

    await far.ask("talks")

    assert far.output[0] == ("stdout", "loading | hello")
    stream, text = far.output[1]
    assert (stream, text.endswith("x | the end")) == ("stderr", True)
    assert len(text) <= 2000


async def test_processes_that_are_left_are_killed(install: Install, listen: Listen) -> None:
    """They are counted; one that hid in a session of its own is as well."""
    far = install("""
import subprocess
@check
async def leaves(self, target, probe):
    for _ in range(3):
        subprocess.Popen(["sleep", "3600"], start_new_session=True)
    return Passed("so")
""")
    await listen(far)
    await far.ask("leaves")
    below = _descendants(server_of(far))

    await far.workers.close()

    assert far.ended == [("closed", 3)]
    assert len(below) > 3
    assert [pid for pid in below if _runs(pid)] == []


async def test_a_sink_is_not_for_strangers(install: Install) -> None:
    """A plugin that offers a sink is refused as a whole unless it is trusted."""
    far = install("""
@hookimpl
def director_sinks():
    class Sink:
        name = "s"; patience_s = 0.0; dropped = 0
        def offer(self, event): return True
        def drop(self, event): pass
        async def close(self): pass
    return [Sink()]
""")

    assert (far.plugin.disposition, far.plugin.code) == (Disposition.BROKEN, "untrusted_sink")


def test_nothing_survives_us(site: Path, tmp_path: Path) -> None:
    """When the Director is killed, its workers and all that they started are killed as well."""
    (site / "far-1.0.dist-info").mkdir()
    (site / "far-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: far\nVersion: 1.0\n"
    )
    (site / "far-1.0.dist-info" / "entry_points.txt").write_text("[director]\nfar = far_plugin\n")
    (site / "far_plugin.py").write_text(
        "import os, subprocess, sys\n"
        "from director.plugin import hookimpl\n"
        "subprocess.Popen(['sleep', '4242'], start_new_session=True)\n"
        "@hookimpl\ndef director_checks(): return ()\n"
    )
    script = (
        "import sys, time\n"
        f"sys.path.insert(0, {str(site)!r})\n"
        "from director.loading.catalog import discover\n"
        "from director.wiring.plugins import Workers\n"
        "workers = Workers()\n"
        "found = discover(frozenset(), None, workers)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    below = _descendants(process.pid)
    process.kill()
    process.wait()

    for _ in range(200):
        if not any(_runs(pid) for pid in below) and not list(tmp_path.glob("director-worker-*")):
            break
        process.stdout.read(1)  # Ends when everybody who holds it is gone.
        signal.sigtimedwait([], 0.02)

    assert [pid for pid in below if _runs(pid)] == []
    assert list(tmp_path.glob("director-worker-*")) == []
    process.stdout.close()


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def _children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def _descendants(pid: int) -> list[int]:
    mine = _children(pid)
    return mine + [each for child in mine for each in _descendants(child)]


async def test_who_asks_without_listening_is_not_heard(install: Install, listen: Listen) -> None:
    """A flood of questions fills neither our memory nor our time; its deadline ends it."""
    far = install("""
import socket, struct
@check
async def floods(self, target, probe):
    data = b'{"ask":"get","run":1,"call":7,"given":{"path":"/"}}'
    for number in range(3, 64):
        try:
            end = socket.socket(fileno=os.dup(number))
            end.setblocking(True)
            while True:
                end.sendall(struct.pack(">I", len(data)) + data)
        except OSError:
            continue
    return Passed("so")
""")
    await listen(far)
    page = Reply(url="https://shop.test/", status=200, body=b"x" * 200_000)
    asking = asyncio.create_task(far.ask("floods", FakeProbe({"/": page})))

    await asyncio.wait({asking}, timeout=1.0)
    (guest,) = far.workers._pool._guests  # type: ignore[union-attr]
    (worker,) = guest._vigils
    waiting = len(worker._outbox)
    asking.cancel()
    await asyncio.wait({asking})
    await far.workers.close()

    assert waiting < 16 << 20
    assert asking.cancelled()
    assert [code for code, _ in far.ended] == ["deadline"]


@pytest.mark.parametrize(
    "said",
    [
        """'{"run":1,"said":' + "[" * 1 + "[]," * 300_000 + '[]]}'""",
        """'{"ask":"get","run":1}'""",
        """'[]'""",
        """'{"run":[],"said":1}'""",
    ],
    ids=["many_lists", "no_number", "a_list", "strange_run"],
)
async def test_what_is_no_message_ends_the_worker(
    install: Install, listen: Listen, said: str
) -> None:
    """A plugin that speaks for its worker breaks its own check, and nothing is left unsaid."""
    far = install(f"""
import socket, struct
@check
async def lies(self, target, probe):
    data = ({said}).encode()
    for number in range(3, 64):
        try:
            end = socket.socket(fileno=os.dup(number))
            end.setblocking(True)
            end.sendall(struct.pack(">I", len(data)) + data)
        except OSError:
            continue
    await asyncio.sleep(5)
""")
    await listen(far)

    assert await broke(far.ask("lies")) == "bad_message"
    await far.workers.close()
    assert far.ended == [("bad_message", 0)]


async def test_a_plugin_that_does_not_load_again_is_said(install: Install, site: Path) -> None:
    """What it offers is looked at as closely as the first time."""
    far = install(CRASHES)
    assert await broke(far.ask("crash")) == "crash:exit_without_result"

    (site / "far_plugin.py").write_text("import nothing_of_the_kind\n")

    assert await broke(far.ask("fine")) == "import_failed"
