"""cli.keyboard: lines, ends, and signals that come at any moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import FrameType

import click
import pytest

from director.cli.keyboard import Keyboard


@pytest.fixture
def wire() -> Iterator[tuple[int, int]]:
    """Both ends of what is typed on."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_lines_come_one_by_one(wire: tuple[int, int]) -> None:
    """What was typed ahead waits for its question, and the last line needs no end."""
    reading, writing = wire
    os.write(writing, "é\n\nlast".encode())
    os.close(writing)
    keyboard = Keyboard(reading, "utf-8")

    assert [keyboard.line() for _ in range(3)] == ["é", "", "last"]
    with pytest.raises(click.Abort):
        keyboard.line()


def test_what_is_no_text_can_be_told(wire: tuple[int, int]) -> None:
    """Bytes that make no character arrive as surrogates, which no input may contain."""
    reading, writing = wire
    os.write(writing, b"\xff\n")
    os.close(writing)

    assert Keyboard(reading, "utf-8").line() == "\udcff"


def test_a_signal_before_the_wait_is_noticed(wire: tuple[int, int]) -> None:
    """A signal wakes the wait, whenever it came, and its handler runs at once."""
    reading, writing = wire

    def came(_: int, __: FrameType | None) -> None:
        os.write(writing, b"from the handler\n")

    before = signal.signal(signal.SIGALRM, came)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        assert Keyboard(reading, "utf-8").line() == "from the handler"
    finally:
        signal.signal(signal.SIGALRM, before)
        os.close(writing)


def test_the_wakeup_of_others_is_kept(wire: tuple[int, int]) -> None:
    """Whoever else is woken by signals still is, afterwards."""
    reading, writing = wire
    os.write(writing, b"a\n")
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    try:
        Keyboard(reading, "utf-8").line()
    finally:
        assert signal.set_wakeup_fd(-1) == writing
        os.close(writing)
