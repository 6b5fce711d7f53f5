"""Programs that are really run: what they say, what they leave, and when they are ended."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Definition,
    Failed,
    Passed,
    Unknown,
    Warned,
)
from director.testing import run_check, target
from director_exec import director_checks
from director_exec.running import ENVIRONMENT, GRACE_S, signal_name
from director_exec.strays import descendants

SPEC = CheckSpec(id="exec.x", title="t", category="c", why="w", remedy="r")
PLUGINS = Path("/usr/lib/nagios/plugins")
SHOWN = pytest.mark.needs("/proc/self/exe")
"""Only /proc shows who left the session, and what is open."""


def check(*command: str, **body: Any) -> Check:  # noqa: ANN401  # of any shape
    """Return the check that runs *command*."""
    body = {"command": command, **body}
    (made,) = director_checks((Definition(SPEC, MappingProxyType(body)),))
    return made()


def shell(script: str, **body: Any) -> Check:  # noqa: ANN401  # as above
    """Return the check that runs a shell script."""
    return check("/bin/sh", "-c", script.replace("$", "$$"), **body)


async def asked(script: str, **body: Any) -> Answer:  # noqa: ANN401  # as above
    """Return the answer of a shell script."""
    async with asyncio.timeout(20):
        return await run_check(shell(script, **body), target("http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("script", "kind", "code"),
    [
        ("echo fine; exit 0", Passed, ""),
        ("echo poor; exit 1", Warned, ""),
        ("echo bad; exit 2", Failed, "failed"),
        ("echo blind; exit 3", Unknown, "unknown"),
        ("echo odd; exit 4", Unknown, "exit_status"),
        ("echo odd; exit 127", Unknown, "exit_status"),
        ("echo odd; exit 255", Unknown, "exit_status"),
        ("echo odd; kill -SEGV $$", Unknown, "signal"),
        ("echo odd; kill -KILL $$", Unknown, "signal"),
        ("exit 0", Unknown, "no_output"),
        ("exit 1", Unknown, "no_output"),
        ("echo broken >&2; exit 2", Unknown, "no_output"),
        ("echo; echo later; exit 0", Unknown, "no_output"),
    ],
)
async def test_how_it_ends_is_the_answer(script: str, kind: type, code: str) -> None:
    """Four numbers mean something, if something is said; all else is unknown."""
    answer = await asked(script)

    assert type(answer) is kind
    if isinstance(answer, Failed | Unknown):
        assert answer.code == code


async def test_the_first_line_is_the_reason() -> None:
    """What follows, and what was measured, is no part of it."""
    answer = await asked("echo 'LOAD OK - 0.1|load=0.10;1;2;0'; echo more; exit 1")

    assert isinstance(answer, Warned)
    assert answer.reason == "LOAD OK - 0.1"
    program, load = answer.evidence
    assert program.at is not None
    assert program.at == load.at
    assert dict(program.facts)["exec.exit_status"] == 1
    assert dict(load.facts) == {
        "perfdata.label": "load",
        "perfdata.value": 0.1,
        "perfdata.warn": "0:1",
        "perfdata.crit": "0:2",
        "perfdata.min": 0,
    }


async def test_what_it_complains_of_is_shown_where_it_cannot_tell() -> None:
    """Whoever mends it sees the last line of stderr."""
    answer = await asked("echo first >&2; echo 'no such host' >&2; exit 3")

    assert isinstance(answer, Unknown)
    assert "no such host" in answer.reason


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("time=0.10s", Passed),
        ("time=100ms", Passed),
        ("time=101ms", Warned),
        ("time=0.51s", Failed),
        ("time=U", Unknown),
        ("time=5", Unknown),
        ("time=5B", Unknown),
        ("time=x", Unknown),
        ("tim=0.01s", Unknown),
        ("", Unknown),
    ],
)
async def test_thresholds_are_held_against_what_was_measured(said: str, kind: type) -> None:
    """Units are compared as what they are; what was not measured is unknown."""
    thresholds = {"time": {"unit": "ms", "warning": 100, "critical": 500}}

    assert type(await asked(f"echo 'fine|{said}'", thresholds=thresholds)) is kind


async def test_the_worse_holds() -> None:
    """A threshold never makes better what the program itself says."""
    thresholds = {"x": {"warning": 10}}

    assert type(await asked("echo 'w|x=1'; exit 1", thresholds=thresholds)) is Warned
    assert type(await asked("echo 'c'; exit 2", thresholds=thresholds)) is Failed
    assert type(await asked("echo 'u|x=1'; exit 3", thresholds=thresholds)) is Unknown
    assert type(await asked("echo 'w'; exit 1", thresholds=thresholds)) is Unknown


@pytest.mark.parametrize("program", ["/no/such/program", "no-such-program", "/etc/passwd", "/"])
async def test_what_cannot_be_started_is_unknown(program: str) -> None:
    """It says nothing about the service."""
    answer = await run_check(check(program), target())

    assert isinstance(answer, Unknown)
    assert answer.code == "not_started"
    assert program in answer.reason


async def test_it_sees_nothing_of_ours() -> None:
    """Its environment is clean but for what is defined, it reads nothing, and lies in /."""
    script = "env | cut -d= -f1 | sort | tr '\\n' ' '; pwd; cat"
    answer = await asked(script, variables={"MINE": "1"})

    assert isinstance(answer, Passed)
    names = {*ENVIRONMENT, "MINE", "EXEC_MARK", "PWD", "/"}
    assert set(answer.reason.split()) - {"_", "OLDPWD", "SHLVL"} == names


async def test_arguments_are_no_shell() -> None:
    """What a shell would take for its own is text."""
    answer = await run_check(check("echo", "$$(id) ; `id` | * $service$"), target())

    assert isinstance(answer, Passed)
    assert answer.reason == "$(id) ; `id`"


async def test_a_flood_is_ended() -> None:
    """Whoever says more than 64 KiB is ended at once, and nothing is judged of it."""
    answer = await asked("echo 'bad'; while :; do echo 0123456789; echo 0123456789 >&2; done")

    assert isinstance(answer, Unknown)
    assert answer.code == "output_too_large"


async def test_exactly_the_limit_is_heard() -> None:
    """64 KiB are read whole; one more is too much."""
    fine = await asked(f"printf 'bad%{64 * 1024 - 3}s' x; exit 2")
    much = await asked(f"printf 'bad%{64 * 1024 - 2}s' x; exit 2")

    assert isinstance(fine, Failed)
    assert isinstance(much, Unknown)
    assert much.code == "output_too_large"


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    """What cannot be decoded is replaced."""
    answer = await asked("printf 'ok \\377\\n'")

    assert isinstance(answer, Passed)
    assert answer.reason == "ok \ufffd"


def until_gone(*pids: int) -> None:
    """Wait until these processes have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                assert poll.poll(5_000), f"{pid} still runs"
            finally:
                os.close(descriptor)


TREE = """
sleep 60 & a=$!
setsid sleep 60 & b=$!
c=$(setsid sh -c 'sleep 60 >/dev/null 2>&1 & echo $!')
d=$(env -i sh -c 'sleep 60 >/dev/null 2>&1 & echo $!')
echo "$a $b $c $d $$ $e" > "$1"
"""
"""Starts a child, one in a session of its own, one that has lost its parent as well, and one that
has lost its parent and cleared its environment.
"""

HIDDEN = "setsid env -i sleep 60 & e=$!\n"
"""Starts one that is only known by its parent."""


def tree(pipe: Path, script: str) -> Check:
    """Return a check that runs *script*, which writes the numbers of processes into *pipe*."""
    os.mkfifo(pipe)
    return check("/bin/sh", "-c", script.replace("$", "$$"), "sh", str(pipe))


@SHOWN
async def test_the_whole_tree_is_ended_at_the_deadline(tmp_path: Path) -> None:
    """When the engine gives up, nothing goes on: no child, no daemon."""
    pipe = tmp_path / "pids"
    task = asyncio.create_task(run_check(tree(pipe, f"{HIDDEN}{TREE}wait"), target()))
    pids = [int(pid) for pid in (await asyncio.to_thread(pipe.read_text)).split()]

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert len(pids) == 6
    until_gone(*pids)


@SHOWN
async def test_nothing_is_left_by_a_program_that_ended(tmp_path: Path) -> None:
    """Whoever answers and leaves something behind is cleaned up after, and still heard."""
    pipe = tmp_path / "pids"
    task = asyncio.create_task(run_check(tree(pipe, f"{TREE}echo fine; exit 0"), target()))
    pids = [int(pid) for pid in (await asyncio.to_thread(pipe.read_text)).split()]

    assert isinstance(await task, Passed)
    until_gone(*pids)


@SHOWN
async def test_what_hides_is_not_waited_for(tmp_path: Path) -> None:
    """A process that cleared its environment and lost its parent is not found, and not trusted."""
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    script = 'setsid env -i sh -c \'sleep 60 & echo $! > "$1"\' sh "$1"; echo fine; exit 0'
    made = check("/bin/sh", "-c", script.replace("$", "$$"), "sh", str(pipe))
    task = asyncio.create_task(run_check(made, target()))
    pid = int(await asyncio.to_thread(pipe.read_text))

    answer = await task

    os.kill(pid, signal.SIGKILL)
    assert isinstance(answer, Unknown)
    assert answer.code == "stray_process"


def open_files() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@SHOWN
async def test_no_descriptor_is_left() -> None:
    """Run after run, the same number of files is open."""
    await asked("echo fine")
    before = open_files()

    for _ in range(5):
        await asked("echo fine; exit 2")
        await run_check(check("/no/such/program"), target())

    assert open_files() == before


async def test_many_run_at_once() -> None:
    """Programs do not wait for each other."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answers = await asyncio.wait_for(
        asyncio.create_task(_all(20)),
        20,
    )

    assert all(isinstance(answer, Passed) for answer in answers)
    assert loop.time() - began < 20 * 0.3


async def _all(count: int) -> list[Answer]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asked("sleep 0.3; echo fine")) for _ in range(count)]
    return [task.result() for task in tasks]


def test_our_own_children_are_found() -> None:
    """A process without children has none."""
    assert descendants(2**22 + 1) == frozenset()
    assert GRACE_S > 0
    assert signal_name(9) == "SIGKILL"
    assert signal_name(99) == "signal 99"


def real(name: str) -> pytest.MarkDecorator:
    """Return the mark of a test that needs a plugin of the package monitoring-plugins-basic."""
    return pytest.mark.needs(str(PLUGINS / name))


@real("check_dummy")
@pytest.mark.parametrize(
    ("state", "kind"), [("0", Passed), ("1", Warned), ("2", Failed), ("3", Unknown), ("9", Unknown)]
)
async def test_a_real_plugin_answers(state: str, kind: type) -> None:
    """A plugin of the package is found by its name and understood."""
    answer = await run_check(check("check_dummy", state, "said so"), target())

    assert type(answer) is kind
    assert state == "9" or "said so" in answer.reason


@real("check_tcp")
async def test_a_real_plugin_asks_a_service() -> None:
    """check_tcp finds a port open or shut, and measures the time."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = check(
        *("check_tcp", "-H", "$host$", "-p", "$port$"),
        thresholds={"time": {"unit": "s", "critical": 10}},
    )
    async with server:
        open_ = await run_check(made, target(f"http://127.0.0.1:{port}"))
    shut = await run_check(made, target(f"http://127.0.0.1:{port}"))

    assert isinstance(open_, Passed)
    assert dict(open_.evidence[1].facts)["perfdata.unit"] == "seconds"
    assert isinstance(shut, Failed)
    assert "refused" in shut.reason


@real("check_load")
async def test_a_real_plugin_measures() -> None:
    """check_load's three numbers are read, with its own ranges."""
    answer = await run_check(
        check("check_load", "-w", "900,900,900", "-c", "999,999,999"), target()
    )

    assert isinstance(answer, Passed)
    labels = [dict(piece.facts)["perfdata.label"] for piece in answer.evidence[1:]]
    assert labels == ["load1", "load5", "load15"]
    assert dict(answer.evidence[1].facts)["perfdata.warn"] == "0:900"


@real("check_disk")
async def test_a_real_plugin_that_is_misused_is_unknown() -> None:
    """A wrong argument says nothing about the service."""
    assert isinstance(await run_check(check("check_disk", "--no-such"), target()), Unknown)
