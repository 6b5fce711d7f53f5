"""Opens a file that may be large and may be anything: never waits for a pipe, reads no device."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from director.errors import Fault, SettingsError
from director.model.text import named


@contextmanager
def plain_file(path: Path) -> Iterator[BinaryIO]:
    """Give the plain file at *path*, open for reading.

    Raises:
        SettingsError: It cannot be read, also later on, or is no plain file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor is no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                problem = "must be a plain file, was a pipe, socket or device"
                raise SettingsError(Fault(named(path), 0, 0, problem))
            yield file
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error
