"""SIGINT and SIGTERM at every moment of the director command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

both = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)

WAITING = "open('here', 'w').close()\nopen('go_on').close()\n"
"""A module that tells when it is being imported, and is so until it is let go."""


@pytest.fixture
def moments(home: Path) -> Path:
    """The two named pipes that ``WAITING`` knows."""
    os.mkfifo(home / "here")
    os.mkfifo(home / "go_on")
    return home


@pytest.fixture
def trusted(home: Path) -> dict[str, str]:
    """A distribution whose plugin waits while it is imported; the variables that trust it."""
    (home / "waiting.py").write_text(WAITING + "plugin = None\n")
    folder = home / "waiting-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: waiting\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[director]\nwaiting = waiting\n")
    return {"PYTHONPATH": str(home), "DIRECTOR_TRUST": "waiting"}


async def is_here(home: Path) -> None:
    """Return once somebody runs ``WAITING``."""
    reading = os.open(home / "here", os.O_RDONLY | os.O_NONBLOCK)
    # At its end, as soon as a writer was there.
    await asyncio.to_thread(select.select, [reading], [], [], 20)
    os.close(reading)


@contextlib.contextmanager
def let_go(home: Path) -> Iterator[None]:
    """Let everybody go on who runs ``WAITING`` in the block."""
    # For reading too: so it does not matter whether somebody is still waiting.
    both_ends = os.open(home / "go_on", os.O_RDWR)
    yield
    os.close(both_ends)


@pytest.fixture
def stalled():
    """The writing end of a pipe that is full, and that nobody reads."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for size in (65_536, 1):
        try:
            while True:
                os.write(writing, b" " * size)
        except BlockingIOError:
            pass
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


@both
async def test_a_signal_during_the_first_imports_is_one_line(
    start, moments: Path, number: signal.Signals, code: int
) -> None:
    """Before there is anything to report a signal ends the command at once, without a trace."""
    (moments / "click.py").write_text(WAITING)
    process = await start("evaluate", variables={"PYTHONPATH": str(moments)})

    async with asyncio.timeout(30):
        await is_here(moments)
        process.send_signal(number)
        stdout, stderr = await process.communicate()

    assert process.returncode == code
    assert stderr.decode() == f"interrupted by {number.name}\n"
    assert stdout == b""


@both
async def test_a_signal_before_the_first_check_is_not_lost(
    start, write, ready, moments: Path, trusted: dict[str, str], number: signal.Signals, code: int
) -> None:
    """What comes while plugins are imported is heard when the evaluation would begin."""
    process = await start(
        "evaluate", write("svc", ready), "--format", "json", "--log", "off", variables=trusted
    )

    async with asyncio.timeout(30):
        await is_here(moments)
        process.send_signal(number)
        with let_go(moments):
            stdout, _ = await process.communicate()

    document = json.loads(stdout)
    assert process.returncode == code
    assert (document["decision"], document["partial"]) == (None, True)


async def test_a_loop_that_stands_still_does_not_hold_a_signal(
    start, write, ready, moments: Path, trusted: dict[str, str]
) -> None:
    """A plugin that never comes back cannot keep the command from ending."""
    process = await start("evaluate", write("svc", ready), variables=trusted)

    async with asyncio.timeout(30):
        await is_here(moments)
        process.send_signal(signal.SIGINT)
        _, stderr = await process.communicate()

    assert process.returncode == 130
    assert stderr == b"interrupted by SIGINT: not everything was reported\n"


async def decided(process: asyncio.subprocess.Process) -> str:
    """Return what *process* logs until it has made a decision, which it then wants to report."""
    assert process.stderr is not None
    lines = ""
    while "director.decision.made" not in lines:
        line = await process.stderr.readline()
        assert line, lines
        lines += line.decode()
    return lines


@both
async def test_a_stalled_reader_does_not_hold_a_signal(
    start, director, write, ready, log_lines, stalled: int, number: signal.Signals, code: int
) -> None:
    """Nobody reads the report: a signal still ends the command, with log and record complete."""
    process = await start("evaluate", write("svc", ready), "--profile", "baseline", stdout=stalled)

    async with asyncio.timeout(30):
        lines = await decided(process)
        process.send_signal(number)
        _, rest = await process.communicate()
    told = rest.decode().splitlines()
    recorded = await director("explain", "svc", "--format", "json")

    assert process.returncode == code
    assert "stdout: cannot be written: nobody reads it" in told
    assert log_lines(lines + "\n".join(line for line in told if line.startswith("{")))
    assert recorded.document["decision"] == "go"


async def test_two_signals_end_the_command_at_once(start, write, ready, stalled: int) -> None:
    """The first of two signals names the exit code, and the second waits for nothing."""
    process = await start("evaluate", write("svc", ready), "--profile", "baseline", stdout=stalled)

    async with asyncio.timeout(30):
        await decided(process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, stderr = await process.communicate()

    assert process.returncode == 130
    assert stderr.splitlines()[-1] == b"interrupted by SIGINT: not everything was reported"
    assert b"nobody reads" not in stderr


async def test_an_interrupted_demo_leaves_nothing_behind(start, home: Path) -> None:
    """The demo's temporary folder goes, also when a signal ends it."""
    folder = home / "tmp"
    folder.mkdir()
    process = await start("demo", variables={"TMPDIR": str(folder)})

    async with asyncio.timeout(30):
        await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = await process.communicate()

    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert list(folder.iterdir()) == []


@both
async def test_a_signal_after_the_last_word_changes_nothing(
    start, moments: Path, trusted: dict[str, str], number: signal.Signals, code: int
) -> None:
    """Once all is said a signal ends the command with its own code, or comes too late for that."""
    (moments / "waiting.py").write_text(
        "class Last:\n"
        "    def __del__(self, open=open):\n"
        "        open('here', 'w').close()\n"
        "        open('go_on').close()\n"
        "import sys\n"
        "sys.kept_to_the_last = Last()\n"
        "plugin = None\n"
    )
    process = await start("plugins", variables=trusted)

    async with asyncio.timeout(30):
        await is_here(moments)
        process.send_signal(number)
        with let_go(moments):
            await process.communicate()

    assert process.returncode in (3, code)
