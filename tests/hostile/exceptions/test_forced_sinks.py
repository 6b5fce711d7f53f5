"""Forced where the log is written; it says nothing of a service."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from director.model.event import CheckCompleted, Stamp
from director.sinks.destination import _ends_torn, open_file, open_stderr
from director.sinks.log import LogSink
from director.sinks.log_file import LogFile
from director.sinks.render import Emitter, Encoder

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def log_of(descriptor: int) -> LogSink:
    """Return a log that writes there."""
    return LogSink(descriptor, Emitter(version="0", instance="here"))


async def log_is_closed(place: Place) -> Answers:
    """The log has no file any more; an unready service stays so."""
    sink = log_of(-1)
    answer = await place.unready_world(sinks=(sink,)).decided()
    await sink.close()
    return [answer, f"{sink.dropped} lost" if sink.dropped else "go"]


async def log_has_no_room(place: Place) -> Answers:
    """Somebody made the log's pipe non-blocking, and nobody reads it for a while."""
    with place.full_pipe() as (reading, writing):
        sink = log_of(os.dup(writing))
        answer = await place.unready_world(sinks=(sink,)).decided()
        await asyncio.to_thread(
            place.witness.await_clause, "sinks.log:LogSink._write:BlockingIOError"
        )
        os.read(reading, 1 << 20)
        await sink.close()
    return [answer]


def line_cannot_be_rendered(_: Place) -> Answers:
    """An event holds what no line can say, its own time included."""
    encoder = Encoder(Emitter(version="0", instance="here"))
    lines = [
        encoder.encode(CheckCompleted(stamp, None, None, None), 1)  # type: ignore[arg-type]
        for stamp in (Stamp("0" * 26, NOW), Stamp("0" * 26, "noon"))  # type: ignore[arg-type]
    ]
    names = [json.loads(line)["event.name"] for line in lines]
    return ["go" if b'"go"' in line else name for line, name in zip(lines, names, strict=True)]


def log_cannot_be_opened(place: Place) -> Answers:
    """The log is asked for where no file can be."""
    return [place.command(place.manifest(), "--log", place.path / "absent" / "log.jsonl")]


def log_is_torn(place: Place) -> Answers:
    """The log ends in the middle of a line and the disk is still full; unready stays unready."""
    torn, unready = place.path / "torn.jsonl", place.unready()
    torn.write_text("x" * 100_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        answers = place.reported(unready, "--log", torn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with place.no_descriptors():
        answers.append("as it is" if not _ends_torn(torn) else "go")
    return answers


async def stderr_is_closed(place: Place) -> Answers:
    """There is no standard error to log to; an unready service stays so."""
    kept = os.dup(2)
    os.close(2)
    try:
        descriptor = open_stderr()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    sink = log_of(descriptor)
    answer = await place.unready_world(sinks=(sink,)).decided()
    await sink.close()
    return [answer]


async def log_is_moved_out_of_reach(place: Place) -> Answers:
    """The folder of the log was moved away: there is nothing at its path, and no way to make it."""
    folder, moved = place.path / "logs", place.path / "moved"
    folder.mkdir()
    path = folder / "log.jsonl"
    emitter = Emitter(version="0", instance="here")
    sink = LogSink(open_file(path, source="--log"), emitter, file=LogFile(path))
    folder.rename(moved)
    answer = await place.unready_world(sinks=(sink,)).decided()
    await sink.close()
    lines = (moved / "log.jsonl").read_bytes().splitlines()
    return [answer, f"{len(lines)} written" if lines and not sink.dropped else "go"]


TABLE: Table = {
    "sinks.destination:_ends_torn:OSError": log_is_torn,
    "sinks.destination:open_file:(OSError, ValueError)": log_cannot_be_opened,
    "sinks.destination:open_file:suppress(OSError)": log_is_torn,
    "sinks.destination:open_stderr:OSError": stderr_is_closed,
    "sinks.log:LogSink._run:suppress(OSError)": log_is_closed,
    "sinks.log:LogSink._write:BlockingIOError": log_has_no_room,
    "sinks.log:LogSink._write:OSError": log_is_closed,
    "sinks.log:_is_file:OSError": log_is_closed,
    "sinks.log_file:LogFile._names:FileNotFoundError": log_is_moved_out_of_reach,
    "sinks.log_file:LogFile.follow:(OSError, SettingsError)": log_is_moved_out_of_reach,
    "sinks.render:Encoder.encode:Exception": line_cannot_be_rendered,
    "sinks.render:_own_stamp:Exception": line_cannot_be_rendered,
}
"""Each clause that is forced here, and by what."""


def test_what_the_log_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []
