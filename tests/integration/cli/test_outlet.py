"""director.cli.outlet, on real pipes."""

from __future__ import annotations

import asyncio
import io
import os
import select

import pytest

from director.cli.outlet import Outlet, OutputError

LARGE = b"x" * 1_000_000
"""More than any pipe holds."""


async def test_a_non_blocking_pipe_that_is_full_is_waited_for() -> None:
    """What does not fit is written when there is room: nothing is lost, and nothing fails."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    stream = io.BufferedWriter(Outlet(writing, "stdout", vital=True))
    room = select.poll()
    room.register(writing, select.POLLOUT)

    def write() -> None:
        stream.write(LARGE)
        stream.flush()
        os.close(writing)

    async with asyncio.timeout(30):
        task = asyncio.ensure_future(asyncio.to_thread(write))
        while await asyncio.to_thread(room.poll, 0):
            pass  # It is not full yet.
        with os.fdopen(reading, "rb") as reader:
            got = await asyncio.to_thread(reader.read)
        await task

    assert got == LARGE


def test_a_reader_who_left_is_told_nothing() -> None:
    """What follows goes nowhere, and that is no error."""
    reading, writing = os.pipe()
    os.close(reading)
    outlet = Outlet(writing, "stdout", vital=True)

    assert [outlet.write(b"abc"), outlet.write(memoryview(b"de"))] == [3, 2]
    os.close(writing)


def test_a_full_disk_is_an_error_once() -> None:
    """The first failure is told with its reason; ending does not fail again."""
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123  # unbuffered
        outlet = Outlet(full.fileno(), "stdout", vital=True)

        with pytest.raises(OutputError, match="stdout: cannot be written: No space left on device"):
            outlet.write(b"abc")
        assert outlet.write(b"abc") == 3


def test_what_is_not_vital_never_fails() -> None:
    """Nobody's exit code hangs on words for people."""
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123  # unbuffered
        assert Outlet(full.fileno(), "stderr", vital=False).write(b"abc") == 3
