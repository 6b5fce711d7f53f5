"""The file of a log, found again after somebody moved it away."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from director.errors import SettingsError
from director.sinks.destination import open_file


class LogFile:
    """Follows a path as log rotation wants it: what is moved away is written no more.

    Args:
        path: Where the log goes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def follow(self, descriptor: int) -> int:
        """Return where to write now: *descriptor*, or a new one in its place, which it closes.

        Where nothing can be opened at the path, what is open is as good as ever.
        """
        try:
            ours = os.fstat(descriptor)
            if not stat.S_ISREG(ours.st_mode) or self._names(ours):
                return descriptor
            fresh = open_file(self._path, source="--log")
        except (OSError, SettingsError):
            return descriptor
        os.close(descriptor)
        return fresh

    def _names(self, ours: os.stat_result) -> bool:
        try:
            theirs = self._path.stat()
        except FileNotFoundError:
            return False
        return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)
