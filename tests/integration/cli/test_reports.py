"""director.cli.output, on real pipes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from director.cli.outlet import OutputError
from director.cli.output import Reports, Wanted
from director.model.report import Interrupted, Item

ITEM = Interrupted("a.yaml", "a")

LARGE = "x" * 1_000_000
"""More than any pipe holds."""


class Large:
    """A format in which every item is large."""

    def begin(self) -> str:
        """Return nothing."""
        return ""

    def item(self, item: Item) -> str:  # noqa: ARG002  # all are alike
        """Return much."""
        return LARGE

    def end(self) -> str:
        """Return the last line."""
        return "end\n"


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A named pipe, and the descriptor of a reader that does not read."""
    path = tmp_path / "report"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, reading
    os.close(reading)


async def test_a_reader_that_takes_nothing_is_an_error(pipe: tuple[Path, int]) -> None:
    """A report that is not read to its end is no report: it is never cut off in silence."""
    reports = Reports(((Large(), Wanted("text", pipe[0])),), patience_s=0.01)

    async with asyncio.timeout(10):
        with pytest.raises(OutputError, match="report: cannot be written: nobody reads it"):
            await reports.add(ITEM)


async def test_a_reader_that_takes_nothing_holds_no_loop(pipe: tuple[Path, int]) -> None:
    """While a report waits for its reader everything else goes on; then all of it arrives."""
    reports = Reports(((Large(), Wanted("text", pipe[0])),))
    loop = asyncio.get_running_loop()
    got = bytearray()
    ended = asyncio.Event()

    def read() -> None:
        got.extend(os.read(pipe[1], 65_536))
        if got.endswith(b"end\n"):
            ended.set()

    async with asyncio.timeout(10):
        adding = asyncio.ensure_future(reports.add(ITEM))
        await asyncio.wait({adding}, timeout=0)
        assert not adding.done()
        loop.add_reader(pipe[1], read)
        await adding
        await reports.close()
        await ended.wait()
    loop.remove_reader(pipe[1])

    assert got.decode() == LARGE + "end\n"


async def test_whoever_is_told_to_end_waits_only_a_moment(pipe: tuple[Path, int]) -> None:
    """A report that waits already waits no longer than a moment from then on."""
    reports = Reports(((Large(), Wanted("text", pipe[0])),), patience_s=1000)

    async with asyncio.timeout(10):
        adding = asyncio.ensure_future(reports.add(ITEM))
        await asyncio.wait({adding}, timeout=0)
        reports.hurry()
        with pytest.raises(OutputError):
            await adding


async def test_a_reader_that_leaves_ends_its_report_alone(
    tmp_path: Path, pipe: tuple[Path, int]
) -> None:
    """A reader may leave in the middle; the other reports go on."""
    other = tmp_path / "other"
    reports = Reports(((Large(), Wanted("text", pipe[0])), (Large(), Wanted("text", other))))

    async with asyncio.timeout(10):
        adding = asyncio.ensure_future(reports.add(ITEM))
        await asyncio.wait({adding}, timeout=0)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, pipe[1])
        os.close(nowhere)
        await adding
        await reports.close()

    assert other.read_text() == LARGE + "end\n"


async def test_two_reports_on_full_devices_say_which(tmp_path: Path) -> None:
    """A disk without room is an error that names the file and the reason."""
    reports = Reports(
        (
            (Large(), Wanted("text", Path("/dev/full"))),
            (Large(), Wanted("text", tmp_path / "other")),
        )
    )

    with pytest.raises(OutputError, match="/dev/full: cannot be written: No space left"):
        await reports.add(ITEM)
