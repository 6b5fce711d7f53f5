"""Where a log goes: a file, or standard error."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from director.errors import Fault, SettingsError
from director.model.text import named


def open_file(path: Path, *, source: str) -> int:
    """Return a file descriptor that appends to *path*, which is created for its owner alone.

    A file that ends in the middle of a line, as a full disk leaves it, gets an end of line
    first, so that the next line is whole. A named pipe must have a reader.

    Args:
        path: Where the log goes.
        source: The flag or variable that says so, for the fault.

    Raises:
        SettingsError: Nothing can be appended there.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags, 0o600)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        problem = f"must be a file that can be appended to, got {named(path)}: {why}"
        raise SettingsError(Fault(source, 0, 0, problem)) from error
    if _ends_torn(path):
        # A disk that is still full is the sink's to count.
        with suppress(OSError):
            os.write(descriptor, b"\n")
    return descriptor


def open_stderr() -> int:
    """Return a file descriptor of its own for standard error; -1 if that is closed.

    Call it before any other file is opened: a closed standard error leaves its number to
    whatever is opened next.
    """
    try:
        return os.dup(2)
    except OSError:
        return -1


def _ends_torn(path: Path) -> bool:
    """Whether the file has a last line without an end."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        # Appending may be allowed where reading is not.
        return False
