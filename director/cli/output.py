"""Where reports go: each format to its own place, as the items come."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol, TextIO

from director.cli.say import give_up_stdout
from director.errors import DirectorError, Fault, SettingsError
from director.model.report import Item
from director.model.value import dataclass

FORMATS = ("text", "json")


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


class OutputError(DirectorError):
    """A report cannot be written, so nobody could act on it; exit 3."""


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
                Fault("--format", 0, 0, f"must be one of {known}, or NAME=FILE, got {text!r}")
            )
        reports.append(Wanted(name, Path(path) if path else None))
    if len({report.path for report in reports}) != len(reports):
        raise SettingsError(
            Fault("--format", 0, 0, "must name a different file for each report but one")
        )
    return tuple(reports)


class Reports:
    """Writes every item to every report.

    Args:
        formats: Each format with its place; None for stdout.
    """

    def __init__(self, formats: tuple[tuple[Format, Path | None], ...]) -> None:
        self._open: list[tuple[Format, _Page]] = []
        for form, path in formats:
            page = _Page(path)
            self._open.append((form, page))
            page.write(form.begin())

    def add(self, item: Item) -> None:
        """Write *item*.

        Raises:
            OutputError: A report cannot be written, for example because the disk is full.
        """
        for form, page in self._open:
            page.write(form.item(item))

    def close(self) -> None:
        """Write what stands at the end, and see to it that all is written.

        Raises:
            OutputError: As above.
        """
        for form, page in self._open:
            page.write(form.end())
            page.close()


class _Page:
    """One place that a report is written to."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: TextIO | None
        if path is None:
            self._stream = sys.stdout
        else:
            try:
                # A pipe that nobody reads must not hold us before we have begun.
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
                self._stream = open(os.open(path, flags, 0o666), "w", encoding="utf-8")  # noqa: PTH123, SIM115
            except OSError as error:
                problem = f"must be a file that can be written, got {error.strerror}"
                raise SettingsError(Fault(str(path), 0, 0, problem)) from error

    def write(self, text: str) -> None:
        """Write *text* at once, so that a reader sees each decision when it is made."""
        if self._stream is None:
            return  # stdout was closed from the start: nobody wants to read.
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self._abandon()
        except UnicodeEncodeError:
            # A terminal of another age: say it in ASCII rather than not at all.
            self._stream.write(text.encode("ascii", "backslashreplace").decode())
        except (OSError, ValueError) as error:
            self._abandon()
            place = self._path or "stdout"
            raise OutputError(f"{place}: the report cannot be written: {error}") from error

    def close(self) -> None:
        """Close the file; stdout stays open for whoever comes next."""
        if self._path is not None and self._stream is not None:
            try:
                self._stream.close()
            except OSError as error:
                message = f"{self._path}: the report cannot be written: {error}"
                raise OutputError(message) from error

    def _abandon(self) -> None:
        """Write no more here: the reader is gone, and that is the reader's choice."""
        self._stream = None
        if self._path is None:
            give_up_stdout()
