"""Forced in the command: what it says and to whom, what it compares with, and its end."""

# peers that return and raise anything

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from director.cli import baseline, batch, output
from director.cli.commands import call
from director.cli.exits import Exit
from director.cli.gate import Gate, exit_of
from director.cli.interruption import Interruption
from director.cli.outlet import Outlet
from director.cli.runner import run
from director.cli.say import say
from director.engine.bus import Bus
from director.engine.clock import SystemClock
from director.errors import StoreError
from director.formats.place import Repository, repository
from director.loading.settings import Settings
from director.model.audit import Kept
from director.model.ledger import Entry
from director.model.record import Record
from director.service.desk import Desk, Wishes
from director.store.memory import MemoryStore
from director.wiring import House

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


DRIVER = """
import json, sys
wanted = {(file, line): key for file, line, key in json.loads(sys.argv[1])}
files, seen, place = {file for file, _ in wanted}, set(), sys.argv[2]
def inside(frame, event, arg):
    key = wanted.get((frame.f_code.co_filename, frame.f_lineno))
    if key and event == "line":
        seen.add(key)
    return inside
sys.settrace(lambda frame, event, arg: inside if frame.f_code.co_filename in files else None)
sys.argv = ["director", *sys.argv[3:]]
from director.cli.main import main
try:
    main()
finally:
    sys.settrace(None)
    with open(place, "w") as file:
        json.dump(sorted(seen), file)
"""


def process(place: Place, *arguments: str | Path, **variables: str) -> int:
    """Run ``director`` in a process of its own, watched, with *variables*; return its exit code."""
    lines = [(c.file, c.lines[0], c.key) for c in place.witness.watched if c.caught]
    seen = place.path / "seen.json"
    environment = {**os.environ, "HOME": str(place.path), **variables}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(lines), seen, *map(str, arguments)],
        check=False,
        env=environment,
        cwd=place.path,
        timeout=60,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    place.witness.seen |= set(json.loads(seen.read_text()))
    return done.returncode


def folder_is_gone(place: Place) -> Answers:
    """The working folder was removed; names of files are then no more than names."""
    gone, unready, before = place.path / "gone", place.unready(), Path.cwd()
    gone.mkdir()
    os.chdir(gone)
    try:
        gone.rmdir()
        found = repository()
    finally:
        os.chdir(before)
    uri, _ = found.uri(str(unready))
    odd, _ = Repository().uri("\ud800")
    return [uri, odd, place.command(unready)]


def report_has_no_room(place: Place) -> Answers:
    """The report cannot be written: the disk is full, or there can be no file."""
    full = os.open("/dev/full", os.O_WRONLY)
    outlet = Outlet(full, "stdout", vital=True)
    answers = [
        place.command(place.manifest(), "--format", "json=/dev/full"),
        place.command(place.manifest(), "--format", f"json={place.path / 'absent' / 'x.json'}"),
        place.said(lambda: outlet.write(b"GO")),
        place.said(output._Page("x", 1_000_000, "utf-8", None).close),
    ]
    os.close(full)
    return answers


async def reader_is_slow_or_gone(place: Place) -> Answers:
    """Those who read the report are slow, leave, or never come; unready stays unready."""
    loop = asyncio.get_running_loop()
    with place.full_pipe() as (_, writing):
        page = output._Page("a pipe", os.dup(writing), "utf-8", 0.05)
        answers: list[object] = [await place.waited(page.write("GO"))]
        taken = output._Page("a pipe", None, "utf-8", None)._write(writing, memoryview(b"x" * 8))
        answers.append(f"took {taken} bytes")
    fifo, unready = place.path / "fifo", place.unready()
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    left = output._page(output.Wanted("json", fifo), 1.0)
    os.close(reading)
    await left.write("NO_GO")
    answers.append(await loop.run_in_executor(None, lambda: process(place, "evaluate", unready)))
    return answers


def baseline_is_none(place: Place) -> Answers:
    """What decisions are to be held against is not there, or is no report."""
    junk = place.path / "junk.json"
    junk.write_text("{}")
    with place.no_descriptors():
        unreadable = place.said(lambda: baseline._read(junk, "junk.json"))
    return [
        unreadable,
        *(
            place.command(place.manifest(), "--diff-against", wanted)
            for wanted in (str(junk), "absent.json", "x" * 5000)
        ),
    ]


async def target_breaks(place: Place) -> Answers:
    """A target has a bad manifest, no record, or breaks something of ours: a clock that fails."""

    class Clock(SystemClock):
        def monotonic(self) -> float:
            raise OverflowError("time is over")

    class Broken(MemoryStore):
        async def record(self, _: Record, entries: Sequence[Entry] = ()) -> Kept:  # noqa: ARG002  # a peer
            raise StoreError("the disk is full")

    desk = Desk(Wishes(Settings(store=None), "baseline"))
    bad = place.manifest("bad", "  unknown: 1\n")
    answers: list[object] = []
    for path, world in (
        (bad, place.world()),
        (place.manifest(), place.world(store=Broken())),
        (place.manifest(), place.world(clock=Clock())),
    ):
        director = world.director()
        house = House(
            director, director._tools.catalog, director._tools.engine, Bus(), None, SystemClock()
        )
        item = await batch._item(path, "01JD9Z4S00000000000000000A", desk, house)
        answers.append(exit_of(item, Gate()))
    return answers


def streams_are_closed(place: Place) -> Answers:
    """The standard streams are closed; an absent manifest is still no GO."""
    closed = io.StringIO()
    closed.close()
    with contextlib.redirect_stderr(closed):
        answers = [
            place.command(place.path / "absent.yaml", "--log", "off"),
            place.said(lambda: say("x")),
        ]
        sys.argv, before = ["director", "evaluate", str(place.unready()), "--no-store"], sys.argv
        answers.append(call(Interruption()))
        sys.argv = before
    with contextlib.redirect_stdout(closed):
        report = place.path / "report.txt"
        answers.append(place.command(place.unready(), "--format", f"text={report}"))
    return answers


def installation_is_broken(place: Place) -> Answers:
    """A library that the command needs cannot be imported."""
    (place.path / "click.py").write_text("raise SystemExit(0)\n")
    return [process(place, "evaluate", place.manifest(), PYTHONPATH=str(place.path))]


def loop_is_cancelled(_: Place) -> Answers:
    """The work is cancelled by a signal, or by nobody knows whom."""

    async def signalled(interruption: Interruption) -> int:
        interruption.exit = Exit.SIGTERM
        raise asyncio.CancelledError

    async def cancelled(_: Interruption) -> int:
        raise asyncio.CancelledError

    answers: list[object] = [run(signalled)]
    try:
        answers.append(run(cancelled))
    except asyncio.CancelledError:
        answers.append("cancelled")
    return answers


TABLE: Table = {
    "cli.baseline:_is_file:(OSError, ValueError)": baseline_is_none,
    "cli.baseline:_is_file:FileNotFoundError": baseline_is_none,
    "cli.baseline:_read:OSError": baseline_is_none,
    "cli.baseline:_read:StoreError": baseline_is_none,
    "cli.batch:_evaluate:OutputError": report_has_no_room,
    "cli.batch:_item:Exception": target_breaks,
    "cli.batch:_item:InputError": target_breaks,
    "cli.batch:_item:StoreError": target_breaks,
    "cli.look:_coloured:ValueError": streams_are_closed,
    "cli.main:_run:BaseException": installation_is_broken,
    "cli.options:default_log:ValueError": streams_are_closed,
    "cli.outlet:Outlet.write:OSError": report_has_no_room,
    "cli.output:_Page._find_room:TimeoutError": reader_is_slow_or_gone,
    "cli.output:_Page._write:BlockingIOError": reader_is_slow_or_gone,
    "cli.output:_Page.close:OSError": report_has_no_room,
    "cli.output:_Page.write:BrokenPipeError": reader_is_slow_or_gone,
    "cli.output:_Page.write:OSError": report_has_no_room,
    "cli.output:_page:OSError": report_has_no_room,
    "cli.runner:run:asyncio.CancelledError": loop_is_cancelled,
    "cli.say:say:(OSError, ValueError)": streams_are_closed,
    "formats.place:_bytes:UnicodeEncodeError": folder_is_gone,
    "formats.place:repository:OSError": folder_is_gone,
}
"""Each clause that is forced here, and by what."""


def test_what_the_command_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


def test_a_ready_service_is_go(place: Place) -> None:
    """Without anything forced the command opens the gate: nothing else keeps it shut."""
    assert place.reported(place.manifest()) == [0, "go"]
    assert place.reported(place.unready()) == [1, "no_go"]
    assert process(place, "evaluate", place.manifest(), "--profile", "baseline") == 0
