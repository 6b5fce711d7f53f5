"""Where a sample of a log comes from: a file on this machine, of which the end is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 1_048_576
"""So much of the end of a file is read, in bytes."""


def read_end(path: Path) -> str:
    """Return the whole lines at the end of the file at *path*, of at most 1 MiB.

    A last line without its end is left out: somebody is writing it.

    Raises:
        OSError: It cannot be read, or is no file.
    """
    # A pipe without a writer must not hold anybody up, nor a device be read without end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("must be a file")
        first = max(facts.st_size - MOST_BYTES, 0)
        file.seek(first)
        found = file.read(MOST_BYTES)
    if first:
        found = found.partition(b"\n")[2]
    return (found.rpartition(b"\n")[0]).decode("utf-8", errors="replace")
