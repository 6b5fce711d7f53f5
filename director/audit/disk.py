"""Files that must outlive a power cut."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp


def write_new(path: Path, data: bytes) -> None:
    """Make a file for its owner alone, whole or not at all; one that is there stays as it is.

    It is written under another name and linked to its own when it is durable: nobody ever meets
    half of it, also if the process is killed.

    Raises:
        OSError: It cannot be made.
    """
    descriptor, draft = mkstemp(prefix=f".{path.name}-", dir=path.parent)  # O_EXCL, mode 0600
    try:
        try:
            if os.write(descriptor, data) != len(data):
                raise OSError(None, "the disk takes only a part of it")
            sync(descriptor)
        finally:
            os.close(descriptor)
        with suppress(FileExistsError):  # Somebody was quicker.
            os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make *folder* and those above it that are missing, each for its owner alone.

    Raises:
        OSError: One cannot be made.
    """
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def sync(descriptor: int) -> None:
    """Wait until what was written is on the disk itself.

    Raises:
        OSError: It is not certain that it is.
    """
    if sys.platform == "darwin":
        # A plain fsync leaves the data in the drive's cache; some file systems know no other.
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in *folder* are on the disk.

    Raises:
        OSError: It is not certain that they are.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
