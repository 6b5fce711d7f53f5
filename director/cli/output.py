"""Where reports go: each format to its own place, as the items come."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from director.cli.outlet import unwritable
from director.errors import Fault, SettingsError
from director.formats.format import FORMATS, Format
from director.loading.words import shown
from director.model.report import Item
from director.model.text import named
from director.model.value import dataclass

_PATIENCE_S = 30.0
"""How long the reader of a named pipe may take nothing, in seconds. Stdout has all the time."""

_LAST_WORDS_S = 1.0
"""How long any reader may take nothing once we were told to end, in seconds."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report that was asked for.

    Attributes:
        format: Which format.
        path: Which file; None for stdout.
        appended: Whether the file is somebody's who collects what several write into it.
    """

    format: str
    path: Path | None = None
    appended: bool = False

    @property
    def encoding(self) -> str | None:
        """In which encoding; None for that of the terminal. Machines read UTF-8."""
        return None if self.path is None and self.format == "text" else "utf-8"


def wanted_reports(texts: tuple[str, ...], environ: Mapping[str, str]) -> tuple[Wanted, ...]:
    """Return the reports that ``--format`` asks for: ``NAME`` or ``NAME=FILE``, several times.

    ``github`` on stdout comes with the step's summary and outputs, where GitHub says in *environ*
    in which files it collects them.

    Raises:
        SettingsError: A format is unknown, or two reports go to one place.
    """
    reports = []
    for text in texts or ("text",):
        name, equals, path = text.partition("=")
        if name not in FORMATS or (equals and not path):
            known = ", ".join(FORMATS)  # All of them: the list is the help.
            raise SettingsError(
                Fault("--format", 0, 0, f"must be one of {known}, or NAME=FILE, got {shown(text)}")
            )
        reports.append(Wanted(name, Path(path) if path else None))
        if text == "github":
            reports += _collected_by_github(environ)
    if len({report.path for report in reports}) != len(reports):
        raise SettingsError(
            Fault("--format", 0, 0, "must name a different file for each report but one")
        )
    return tuple(reports)


_COLLECTED = {"markdown": "GITHUB_STEP_SUMMARY", "github-output": "GITHUB_OUTPUT"}


def _collected_by_github(environ: Mapping[str, str]) -> Iterator[Wanted]:
    for name, variable in _COLLECTED.items():
        if environ.get(variable):
            yield Wanted(name, Path(environ[variable]), appended=True)


class Reports:
    """Writes every item to every report.

    A reader that is slow holds the reports, never the loop.

    Args:
        formats: Each format with where it goes.
        patience_s: How long the reader of a named pipe may take nothing, in seconds.

    Raises:
        SettingsError: A file cannot be opened for writing.
    """

    def __init__(
        self, formats: tuple[tuple[Format, Wanted], ...], patience_s: float = _PATIENCE_S
    ) -> None:
        self._open = [(form, _page(wanted, patience_s)) for form, wanted in formats]

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


def _page(wanted: Wanted, patience_s: float) -> _Page:
    path = wanted.path
    if path is None:
        # Whoever closed stdout does not want to read.
        descriptor = None if sys.stdout is None else sys.stdout.fileno()
        terminals = "ascii" if sys.stdout is None else sys.stdout.encoding
        encoding = wanted.encoding or terminals
        return _Page("stdout", descriptor, encoding, patience_s=None)
    try:
        # A pipe that nobody reads must not hold us before we have begun.
        flags = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
        flags |= os.O_APPEND if wanted.appended else os.O_TRUNC
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
