"""Lines that a person types."""

from __future__ import annotations

import os
import select
import signal
import sys

import click


class Keyboard:
    """Reads lines from a terminal so that no signal comes unnoticed.

    A read that blocks would sleep through a signal that came just before it.

    Args:
        descriptor: Where to read.
        encoding: How it is written; bytes that are no text become surrogates, which nothing that
            is read here may contain.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._typed = b""

    def line(self) -> str:
        """Return the next line, without its end.

        Raises:
            click.Abort: There is none: the terminal was closed, or Ctrl-D was typed.
        """
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            while b"\n" not in self._typed and self._more(reading):
                pass
        finally:
            signal.set_wakeup_fd(before)
            os.close(reading)
            os.close(writing)
        if not self._typed:
            raise click.Abort
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(self._encoding, "surrogateescape")

    def _more(self, signals: int) -> bool:
        """Wait for keys or a signal; return whether there may be more."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(signals, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll()}
        if signals in ready:
            os.read(signals, 64)  # Its handler runs now, and ends the process if it is to end.
        if self._descriptor not in ready:
            return True
        data = os.read(self._descriptor, 4096)
        self._typed += data
        return data != b""


def standard_keyboard() -> Keyboard:
    """Return the keyboard of the terminal that the command was typed on."""
    return Keyboard(sys.stdin.fileno(), sys.stdin.encoding)
