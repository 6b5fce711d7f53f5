"""Standard streams that are closed, full, slow, or read by nobody, in every command."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from director.testing import DemoService

PRINTING = [
    ("--help",), ("--version",), ("validate", "svc.yaml"), ("plan", "svc.yaml"), ("checks",),
    ("plugins",), ("profiles",), ("schema", "log"), ("doctor",),
    ("completion", "bash"),
]  # fmt: skip
"""Commands that print, with arguments that work."""


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
async def test_a_full_disk_under_stdout_is_exit_3(
    start, write, ready, arguments: Sequence[str]
) -> None:
    """What was asked for cannot be given: one line says why, and it is no success."""
    write("svc", ready)
    full = os.open("/dev/full", os.O_WRONLY)
    process = await start(*arguments, stdout=full)
    os.close(full)

    async with asyncio.timeout(30):
        _, stderr = await process.communicate()

    assert process.returncode == 3
    assert stderr == b"stdout: cannot be written: No space left on device\n"


@pytest.mark.parametrize("arguments", [*PRINTING, ("validate", "svc.yaml", "bad.yaml")])
async def test_a_reader_that_left_has_chosen_so(
    start, director, write, ready, arguments: Sequence[str]
) -> None:
    """Without a reader a command ends as with one: the same exit code, and no more words."""
    write("svc", ready)
    write("bad", metdata={})
    with_reader = await director(*arguments)
    reading, writing = os.pipe()
    os.close(reading)
    process = await start(*arguments, stdout=writing)
    os.close(writing)

    async with asyncio.timeout(30):
        _, stderr = await process.communicate()

    assert (process.returncode, stderr.decode()) == (with_reader.exit, with_reader.stderr)


@pytest.mark.parametrize("arguments", [("bogus",), ("validate", "--bogus")], ids=" ".join)
async def test_an_unwritable_stderr_changes_no_exit_code(start, arguments: Sequence[str]) -> None:
    """A usage error stays one, where it cannot be said: above all it is no closed gate."""
    full = os.open("/dev/full", os.O_WRONLY)
    process = await start(*arguments, stderr=full)
    os.close(full)

    async with asyncio.timeout(30):
        await process.communicate()

    assert process.returncode == 2


async def test_a_file_never_takes_the_number_of_a_closed_stream() -> None:
    """What is opened after the start is no standard stream, where all three were closed."""
    code = (
        "import os, sys\nfrom director.cli.outlet import guard_streams\nguard_streams()\n"
        "sys.exit(os.open(os.devnull, os.O_RDONLY))\n"
    )
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code
    )

    async with asyncio.timeout(30):
        assert await process.wait() == 3


async def test_closed_streams_do_not_hold_a_decision(
    environment: dict[str, str], director, write, ready, home: Path
) -> None:
    """With all three streams closed the gate answers, and the record is whole."""
    path = write("svc", ready)
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", 'exec "$0" evaluate "$1" --profile baseline <&- >&- 2>&-',
        Path(sys.executable).parent / "director", path, cwd=home, env=environment,
    )  # fmt: skip

    async with asyncio.timeout(30):
        assert await process.wait() == 0

    assert (await director("explain", "svc", "--format", "json")).document["decision"] == "go"


async def test_a_broken_installation_is_no_closed_gate(director, home: Path) -> None:
    """A library that cannot be imported is exit 3, in one line."""
    (home / "click.py").write_text("raise ImportError('half of it is missing')\n")

    ran = await director("evaluate", variables={"PYTHONPATH": str(home)})

    assert ran.exit == 3
    assert ran.stderr.startswith("internal error: ImportError: half of it is missing")


@pytest.mark.parametrize("command", ["schema", "evaluate"])
async def test_a_slow_reader_of_a_non_blocking_stdout_gets_all(
    start, write, ready, command: str
) -> None:
    """A stdout that somebody made non-blocking, and that is full, is waited for."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    try:
        while True:
            filled += os.write(writing, b" " * 4096)
    except BlockingIOError:
        pass
    arguments = ("log",)
    if command == "evaluate":
        paths = [write(f"svc-{i:03}", ready) for i in range(20)]
        arguments = (*paths, "--profile", "baseline", "--format", "json", "--no-store")
    process = await start(command, *arguments, stdout=writing)
    os.close(writing)

    async with asyncio.timeout(30):
        with os.fdopen(reading, "rb") as reader:
            text = await asyncio.to_thread(reader.read)
        await process.communicate()

    assert process.returncode == 0
    assert json.loads(text[filled:])


async def test_a_report_that_fails_lets_nothing_vanish_from_the_log(
    start, write, ready, log_lines, home: Path
) -> None:
    """What is still being evaluated when a report cannot be written is logged as cancelled."""
    async with DemoService.slow(30) as service:
        there = {"production": {"base_url": service.base_url}}
        full = os.open("/dev/full", os.O_WRONLY)
        process = await start(
            "evaluate", write("a", ready), write("b", ready, environments=there),
            "--profile", "standard", "--allow-address", "127.0.0.0/8", "--log", "log.jsonl",
            stdout=full,
        )  # fmt: skip
        os.close(full)
        async with asyncio.timeout(30):
            await process.communicate()

    lines = log_lines((home / "log.jsonl").read_text())
    ended = {
        (line["director.subject.name"], line["event.name"].rpartition(".")[2])
        for line in lines
        if line["event.name"] in ("director.decision.made", "director.evaluation.cancelled")
    }
    assert process.returncode == 3
    assert ended == {("a", "made"), ("b", "cancelled")}


async def test_a_named_pipe_gets_the_whole_report(start, write, ready, home: Path) -> None:
    """A report that is larger than the pipe arrives whole, however slowly it is read."""
    pipe = home / "report"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    paths = [write(f"svc-{i:03}", ready) for i in range(40)]
    process = await start(
        "evaluate", *paths, "--profile", "baseline", "--format", f"json={pipe}", "--no-store",
        "--log", "log.jsonl",
    )  # fmt: skip

    async with asyncio.timeout(30):
        # It is readable once a writer came; a read before that would be at an end.
        await asyncio.to_thread(select.select, [reading], [], [])
        with os.fdopen(reading, "rb") as reader:
            text = await asyncio.to_thread(reader.read)
        await process.communicate()

    assert process.returncode == 0
    assert len(text) > 65_536
    assert len(json.loads(text)) == 40
