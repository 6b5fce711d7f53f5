"""Standard output and error whose failures mean the same in every command."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import Any, TextIO

from director.errors import DirectorError


class OutputError(DirectorError):
    """What was asked for cannot be written, so nobody could act on it; exit 3."""


class Outlet(io.FileIO):
    """A file descriptor that is written to, whoever reads it.

    A reader who leaves does so by choice: what follows goes nowhere, and nothing is said. One who
    is slow is waited for, also where somebody else has made the descriptor non-blocking.

    Args:
        descriptor: Where to write; it stays open.
        name: What it is called in an error.
        vital: Whether what cannot be written is an error; if not, it is nobody's loss.
    """

    def __init__(self, descriptor: int, name: str, *, vital: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._called = name
        self._vital = vital
        self._over = False

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # any buffer
        """Write *data*, or a first part of it, and return how many bytes are dealt with.

        Raises:
            OutputError: It cannot be written, for example because the disk is full. It is
                raised once; what follows goes nowhere, so that ending does not fail again.
        """
        while not self._over:
            try:
                written: int | None = super().write(data)
            except OSError as error:
                self._over = True
                if self._vital and error.errno != errno.EPIPE:
                    raise unwritable(self._called, error) from error
            else:
                if written is not None:
                    return written
                self._await_reader()
        return memoryview(data).nbytes

    def _await_reader(self) -> None:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLOUT)
        poll.poll()


def unwritable(place: object, error: OSError) -> OutputError:
    """Return the error that says why *place* cannot be written."""
    return OutputError(f"{place}: cannot be written: {error.strerror or error}")


def guard_streams() -> None:
    """Put an outlet under stdout and stderr, before anything is written or opened.

    A standard descriptor that is closed is opened on nothing: otherwise the next file, which may
    be the record, would get its number and whatever some library complains of.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:  # stderr is the last
        pass
    os.close(spare)
    sys.stdout = _guarded(sys.stdout, "stdout", vital=True)
    sys.stderr = _guarded(sys.stderr, "stderr", vital=False)


def _guarded(stream: TextIO | None, name: str, *, vital: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # type: ignore[return-value]  # None, if it was closed from the start
    return io.TextIOWrapper(
        io.BufferedWriter(Outlet(stream.fileno(), name, vital=vital)),
        encoding=stream.encoding,
        # A terminal of another age: say it in ASCII rather than not at all.
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
    )
