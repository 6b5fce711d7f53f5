"""Where reports go: each format to its own place, as the items come."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from pathlib import Path
from typing import Protocol

from director.cli.outlet import unwritable
from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.model.report import Item
from director.model.text import named
from director.model.value import dataclass

FORMATS = ("text", "json")

_PATIENCE_S = 30.0
"""How long the reader of a named pipe may take nothing, in seconds. Stdout has all the time."""

_LAST_WORDS_S = 1.0
"""How long any reader may take nothing once we were told to end, in seconds."""


class Format(Protocol):
    """What a report looks like."""

    def begin(self) -> str:
        """Return what stands before the first item."""
        ...

    def item(self, item: Item) -> str:
        """Return *item*, with what separates it from the one before."""
        ...

    def end(self) -> str:
        """Return what stands after the last item."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report that was asked for.

    Attributes:
        format: Which format.
        path: Which file; None for stdout.
    """

    format: str
    path: Path | None = None


def wanted_reports(texts: tuple[str, ...]) -> tuple[Wanted, ...]:
    """Return the reports that ``--format`` asks for: ``NAME`` or ``NAME=FILE``, several times.

    Raises:
        SettingsError: A format is unknown, or two reports go to one place.
    """
    reports = []
    for text in texts or ("text",):
        name, equals, path = text.partition("=")
        if name not in FORMATS or (equals and not path):
            known = ", ".join(FORMATS)
            raise SettingsError(
                Fault("--format", 0, 0, f"must be one of {known}, or NAME=FILE, got {shown(text)}")
            )
        reports.append(Wanted(name, Path(path) if path else None))
    if len({report.path for report in reports}) != len(reports):
        raise SettingsError(
            Fault("--format", 0, 0, "must name a different file for each report but one")
        )
    return tuple(reports)


class Reports:
    """Writes every item to every report.

    A reader that is slow holds the reports, never the loop.

    Args:
        formats: Each format with its place; None for stdout.
        patience_s: How long the reader of a named pipe may take nothing, in seconds.

    Raises:
        SettingsError: A file cannot be opened for writing.
    """

    def __init__(
        self, formats: tuple[tuple[Format, Path | None], ...], patience_s: float = _PATIENCE_S
    ) -> None:
        self._open = [(form, _page(path, patience_s)) for form, path in formats]

    async def begin(self) -> None:
        """Write what stands at the beginning.

        Raises:
            OutputError: A report cannot be written, for example because the disk is full.
        """
        for form, page in self._open:
            await page.write(form.begin())

    async def add(self, item: Item) -> None:
        """Write *item*.

        Raises:
            OutputError: As above.
        """
        for form, page in self._open:
            await page.write(form.item(item))

    async def close(self) -> None:
        """Write what stands at the end, and see to it that all is written.

        Raises:
            OutputError: As above.
        """
        for form, page in self._open:
            await page.write(form.end())
            page.close()

    def hurry(self) -> None:
        """Wait no longer than a moment for any reader from now on."""
        for _, page in self._open:
            page.hurry()


def _page(path: Path | None, patience_s: float) -> _Page:
    if path is None:
        # Whoever closed stdout does not want to read.
        descriptor = None if sys.stdout is None else sys.stdout.fileno()
        encoding = "ascii" if sys.stdout is None else sys.stdout.encoding
        return _Page("stdout", descriptor, encoding, patience_s=None)
    try:
        # A pipe that nobody reads must not hold us before we have begun.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
        return _Page(named(path), os.open(path, flags, 0o666), "utf-8", patience_s)
    except OSError as error:
        problem = f"must be a file that can be written, got {error.strerror}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error


class _Page:
    """One place that a report is written to, in pieces that find room without blocking.

    Args:
        place: What it is called in an error.
        descriptor: Where to write; None for nowhere.
        encoding: How; what it does not know is written in ASCII rather than not at all.
        patience_s: How long a reader may take nothing, in seconds; None for as long as it likes.
    """

    def __init__(
        self, place: str, descriptor: int | None, encoding: str, patience_s: float | None
    ) -> None:
        self._place = place
        self._descriptor = descriptor
        self._encoding = encoding
        self._patience_s = patience_s
        self._waiting: asyncio.Timeout | None = None

    async def write(self, text: str) -> None:
        """Write *text* at once, so that a reader sees each decision when it is made."""
        data = memoryview(text.encode(self._encoding, "backslashreplace"))
        try:
            while data and self._descriptor is not None:
                await self._find_room(self._descriptor)
                data = data[self._write(self._descriptor, data[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            self._descriptor = None  # The reader is gone, and that is the reader's choice.
        except OSError as error:
            self._descriptor = None
            raise unwritable(self._place, error) from error

    def close(self) -> None:
        """Close the file; stdout stays open for whoever comes next."""
        if self._place != "stdout" and self._descriptor is not None:
            try:
                os.close(self._descriptor)
            except OSError as error:
                raise unwritable(self._place, error) from error

    def hurry(self) -> None:
        """Wait no longer than a moment for the reader from now on."""
        self._patience_s = _LAST_WORDS_S
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time() + _LAST_WORDS_S)

    def _write(self, descriptor: int, piece: memoryview) -> int:
        try:
            return os.write(descriptor, piece)
        except BlockingIOError:
            return 0  # Somebody else who writes there was faster.

    async def _find_room(self, descriptor: int) -> None:
        """Wait until a piece can be written without blocking, or there is an error to be had.

        Raises:
            TimeoutError: The reader took nothing for too long.
        """
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        if poll.poll(0):
            return  # Always so for a file, which a loop could not wait for.
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        loop.add_writer(descriptor, room.set)
        try:
            async with asyncio.timeout(self._patience_s) as self._waiting:
                await room.wait()
        except TimeoutError:
            raise TimeoutError(None, "nobody reads it") from None
        finally:
            self._waiting = None
            loop.remove_writer(descriptor)
