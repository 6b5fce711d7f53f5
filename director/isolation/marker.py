"""What a worker is busy with, in memory that its host can read whatever the worker does."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from pathlib import Path
from time import monotonic

_NUMBER = struct.Struct("<q")
_SECONDS = struct.Struct("<d")

SIZE = _NUMBER.size + 2 * _SECONDS.size
"""The number of the run that is at work, since when, and when the event loop last turned."""

_SINCE = _NUMBER.size
_BEAT = _NUMBER.size + _SECONDS.size

NOBODY = 0
"""The number while no run is at work; runs are counted from 1."""


def new_memory() -> int:
    """Return a descriptor of new memory for a marker, which no other name leads to."""
    if hasattr(os, "memfd_create"):
        memory = os.memfd_create("director-marker", os.MFD_CLOEXEC)
    else:
        memory, path = tempfile.mkstemp(prefix="director-marker-")
        Path(path).unlink()
    os.ftruncate(memory, SIZE)
    return memory


class Marker:
    """Says which run is at work; times are on the machine's monotonic clock, in seconds.

    Args:
        memory: A descriptor of what ``new_memory`` returned; it may be closed afterwards.
    """

    def __init__(self, memory: int) -> None:
        self._map = mmap.mmap(memory, SIZE)

    def begin(self, number: int) -> None:
        """Note that the run *number* is at work from now on."""
        _SECONDS.pack_into(self._map, _SINCE, monotonic())
        _NUMBER.pack_into(self._map, 0, number)

    def end(self) -> None:
        """Note that no run is at work."""
        _NUMBER.pack_into(self._map, 0, NOBODY)

    def beat(self) -> None:
        """Note that the event loop turned."""
        _SECONDS.pack_into(self._map, _BEAT, monotonic())

    @property
    def at_work(self) -> int:
        """The number of the run that is at work, or ``NOBODY``."""
        number: int = _NUMBER.unpack_from(self._map, 0)[0]
        return number

    @property
    def since(self) -> float:
        """Since when it is."""
        seconds: float = _SECONDS.unpack_from(self._map, _SINCE)[0]
        return seconds

    @property
    def beaten(self) -> float:
        """When the event loop last turned."""
        seconds: float = _SECONDS.unpack_from(self._map, _BEAT)[0]
        return seconds

    def close(self) -> None:
        """Let go of the memory."""
        self._map.close()
