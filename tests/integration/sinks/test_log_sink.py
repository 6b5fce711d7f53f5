"""The log on real pipes, files and a full disk."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from director.engine.bus import Bus
from director.errors import SettingsError
from director.model.event import EvaluationStarted
from director.sinks.destination import open_file, open_stderr
from director.sinks.log import LogSettings, LogSink
from director.sinks.render import Emitter

MakeEvent = Callable[[int], EvaluationStarted]
ReadLines = Callable[[bytes], list[dict[str, Any]]]

SMALL = LogSettings(queue_events=50, patience_s=0.05, flush_s=0.1)


class Reader:
    """The other end of a pipe; reads when it is told to, until the log ends."""

    def __init__(self) -> None:
        self._end, self.descriptor = os.pipe()
        self._read = b""
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def wait_for(self, lines: int) -> bool:
        """Wait until so many lines have arrived; return whether they have."""
        with self._news:
            return self._news.wait_for(lambda: self._read.count(b"\n") >= lines, timeout=10)

    def rest(self) -> bytes:
        """Return everything that was written until the log ended."""
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        return self._read

    def _run(self) -> None:
        while piece := os.read(self._end, 65_536):
            with self._news:
                self._read += piece
                self._news.notify_all()
        os.close(self._end)


async def test_lines_arrive_whole_and_in_order(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """Every event is one valid line, in the order in which it was offered, without a gap."""
    reader = Reader()
    reader.start()
    sink = LogSink(reader.descriptor, emitter)

    assert all(sink.offer(make_event(number)) for number in range(1_000))
    await sink.close()

    lines = read_lines(reader.rest())
    assert [line["director.checks.planned"] for line in lines] == list(range(1_000))
    assert [line["director.seq"] for line in lines] == list(range(1, 1_001))
    assert sink.dropped == 0


async def test_stalled_reader_harms_nobody(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """A pipe that nobody reads fills up; publishing and closing go on, and losses are counted."""
    reader = Reader()
    sink = LogSink(reader.descriptor, emitter, SMALL)
    bus = Bus((sink,))

    async with asyncio.timeout(10):
        for number in range(2_000):
            await bus.publish(make_event(number))
        refused = bus.dropped
        await bus.close()
    lost = bus.dropped
    reader.start()

    lines = read_lines(reader.rest())
    assert refused > 1_000
    assert lost >= refused
    # What the writer held in its hands when the reader came back still arrived.
    events = [line for line in lines if line["event.name"] == "director.evaluation.started"]
    assert sink.dropped == 2_000 - len(events)
    assert lost >= sink.dropped
    seqs = [line["director.seq"] for line in lines]
    assert seqs == sorted(set(seqs))


async def test_stalled_reader_costs_patience_once(make_event: MakeEvent, emitter: Emitter) -> None:
    """Waiting in vain once is enough: until something is read again nobody waits."""
    reader = Reader()
    sink = LogSink(reader.descriptor, emitter, LogSettings(queue_events=50, flush_s=0.1))
    bus = Bus((sink,))
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    for number in range(1_000):
        await bus.publish(make_event(number))
    took_s = loop.time() - began_s
    impatient = sink.patience_s
    await bus.close()
    reader.start()
    reader.rest()

    assert impatient == 0.0
    assert took_s < 3.0


async def test_loss_is_told_when_room_returns(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """After a loss the log says how much is missing, and the gaps in the numbers agree."""
    reader = Reader()
    sink = LogSink(reader.descriptor, emitter, LogSettings(queue_events=50, patience_s=0.05))
    bus = Bus((sink,))
    for number in range(1_000):
        await bus.publish(make_event(number))
    assert sink.dropped > 0

    reader.start()
    assert await asyncio.to_thread(reader.wait_for, 1_000 - sink.dropped)
    assert sink.offer(make_event(1_000))
    await bus.close()

    lines = read_lines(reader.rest())
    told = [line for line in lines if line["event.name"] == "director.log.dropped"]
    seqs = [line["director.seq"] for line in lines]
    assert seqs == sorted(set(seqs))
    assert sum(line["director.log.dropped_count"] for line in told) == sink.dropped
    assert seqs[-1] - len(seqs) == sink.dropped
    assert lines[-1]["director.checks.planned"] == 1_000
    assert len({line["event.id"] for line in lines}) == len(lines)


async def test_loss_is_told_where_it_happened(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """The line about a loss stands before the event that follows it."""
    reader = Reader()
    reader.start()
    sink = LogSink(reader.descriptor, emitter)

    sink.drop(make_event(1))
    sink.drop(make_event(2))
    sink.offer(make_event(3))
    await sink.close()

    lines = read_lines(reader.rest())
    assert [line["director.seq"] for line in lines] == [3, 4]
    assert lines[0]["director.log.dropped_count"] == 2
    assert lines[1]["director.checks.planned"] == 3


async def test_loss_is_told_even_if_nothing_follows(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """A loss before the end of the log is told by its last line."""
    reader = Reader()
    reader.start()
    sink = LogSink(reader.descriptor, emitter)

    sink.offer(make_event(1))
    sink.drop(make_event(2))
    await sink.close()

    lines = read_lines(reader.rest())
    assert [line["event.name"] for line in lines] == [
        "director.evaluation.started",
        "director.log.dropped",
    ]
    assert [line["director.seq"] for line in lines] == [1, 3]
    assert sink.dropped == 1


async def test_reader_that_goes_away_ends_the_log(make_event: MakeEvent, emitter: Emitter) -> None:
    """A closed pipe raises nowhere; every line is counted as lost and nobody waits for it."""
    end, descriptor = os.pipe()
    os.close(end)
    sink = LogSink(descriptor, emitter)
    bus = Bus((sink,))

    async with asyncio.timeout(10):
        for number in range(100):
            await bus.publish(make_event(number))
        await bus.close()

    assert bus.dropped == 100
    assert bus.faults == ()
    assert sink.patience_s == 0.0
    assert not sink.offer(make_event(1))


async def test_full_disk_ends_the_log(make_event: MakeEvent, emitter: Emitter) -> None:
    """A disk without room raises nowhere; every line is counted as lost."""
    sink = LogSink(open_file(Path("/dev/full"), source="--log"), emitter)

    for number in range(100):
        if not sink.offer(make_event(number)):
            sink.drop(make_event(number))
    await sink.close()

    assert sink.dropped == 100


async def test_log_that_is_not_open_is_lost(make_event: MakeEvent, emitter: Emitter) -> None:
    """Without a standard error there is no log, and that is all."""
    sink = LogSink(-1, emitter)

    sink.offer(make_event(1))
    await sink.close()

    assert sink.dropped == 1


async def test_descriptor_that_does_not_block_is_waited_for(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines
) -> None:
    """A pipe that another process made non-blocking loses nothing while it is read."""
    reader = Reader()
    os.set_blocking(reader.descriptor, False)
    sink = LogSink(reader.descriptor, emitter)
    for number in range(1_000):
        assert sink.offer(make_event(number))

    reader.start()
    await sink.close()

    assert len(read_lines(reader.rest())) == 1_000
    assert sink.dropped == 0


async def test_stalled_descriptor_that_does_not_block_is_left(
    make_event: MakeEvent, emitter: Emitter
) -> None:
    """A writer that waits for a reader who never comes ends with the log."""
    reader = Reader()
    os.set_blocking(reader.descriptor, False)
    sink = LogSink(reader.descriptor, emitter, LogSettings(flush_s=0.1))
    for number in range(1_000):
        sink.offer(make_event(number))

    async with asyncio.timeout(10):
        await sink.close()
    sink._finished.result(timeout=10)
    lost = sink.dropped
    reader.start()

    whole = reader.rest().count(b"\n")
    assert lost == sink.dropped == 1_000 - whole


async def test_closing_twice_is_closing_once(make_event: MakeEvent, emitter: Emitter) -> None:
    """A log that is closed stays closed, takes nothing and counts what comes late."""
    reader = Reader()
    reader.start()
    sink = LogSink(reader.descriptor, emitter)
    bus = Bus((sink,))

    await bus.close()
    await bus.close()
    await bus.publish(make_event(1))

    assert reader.rest() == b""
    assert bus.dropped == 1


async def test_file_is_appended_to_for_its_owner_alone(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines, tmp_path: Path
) -> None:
    """A log file is created readable for its owner only, and a second run goes on behind it."""
    path = tmp_path / "director.log"

    for number in (1, 2):
        sink = LogSink(open_file(path, source="--log"), emitter)
        sink.offer(make_event(number))
        await sink.close()

    lines = read_lines(path.read_bytes())
    assert [line["director.checks.planned"] for line in lines] == [1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_torn_line_is_ended_first(
    make_event: MakeEvent, emitter: Emitter, read_lines: ReadLines, tmp_path: Path
) -> None:
    """The half line that a crash left does not swallow the next one."""
    path = tmp_path / "director.log"
    path.write_bytes(b'{"timestamp":"2026-01')

    sink = LogSink(open_file(path, source="--log"), emitter)
    sink.offer(make_event(1))
    await sink.close()

    torn, whole = path.read_bytes().split(b"\n", 1)
    assert torn == b'{"timestamp":"2026-01'
    assert len(read_lines(whole)) == 1


@pytest.mark.parametrize("kind", ["folder", "absent", "nul", "pipe"])
def test_place_that_takes_no_lines_is_refused(kind: str, tmp_path: Path) -> None:
    """A folder, a file in no folder and a pipe nobody reads are the operator's to mend."""
    os.mkfifo(tmp_path / "pipe")
    paths = {
        "folder": tmp_path,
        "absent": tmp_path / "no" / "log",
        "nul": Path("a\0b"),
        "pipe": tmp_path / "pipe",
    }

    with pytest.raises(SettingsError) as caught:
        open_file(paths[kind], source="--log")

    (fault,) = caught.value.faults
    assert str(fault).startswith("--log: must be a file that can be appended to, got ")
    assert "\n" not in str(fault)


def test_standard_error_gets_a_descriptor_of_its_own() -> None:
    """Closing the log does not close standard error."""
    descriptor = open_stderr()

    os.close(descriptor)

    assert descriptor > 2
    os.fstat(2)


_STALLED = """
import asyncio, os, sys
from datetime import UTC, datetime
from director.errors import Fault
from director.model.event import ConfigRejected, Stamp
from director.sinks.log import LogSettings, LogSink
from director.sinks.render import Emitter

async def main() -> None:
    settings = LogSettings(flush_s=0.1)
    sink = LogSink(os.dup(2), Emitter(version="1", instance="i"), settings)
    stamp = Stamp("0" * 26, datetime(2026, 1, 1, tzinfo=UTC))
    for number in range(2_000):
        sink.offer(ConfigRejected(stamp, Fault("here", 0, 0, "x" * 200)))
    await sink.close()
    print(sink.dropped > 0)

asyncio.run(main())
"""


def test_process_ends_beside_a_stalled_reader() -> None:
    """A reader that reads nothing cannot keep the process from ending, nor change its code."""
    end, descriptor = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _STALLED],
            stdout=subprocess.PIPE,
            stderr=descriptor,
            timeout=30,
            check=False,
        )
    finally:
        os.close(descriptor)
        os.close(end)

    assert done.returncode == 0
    assert done.stdout == b"True\n"
