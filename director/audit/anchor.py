"""Checkpoints kept in a file elsewhere, best on another disk, that tell an older log.

The file has a line of JSON for each checkpoint, in ASCII, and is only ever appended to::

    {"checkpoint":"<the signed note>"}

Each log has its own: a record that was deleted and begun anew is another log, and finds here that
it is older than its anchor. A line that was cut off when the power went is the beginning of a line;
the next one begins after a newline of its own. Anything else is not ours.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from director.audit.checkpoint import Checkpoint, accepted
from director.audit.disk import sync, sync_folder
from director.audit.note import NoteError, VerifierKey
from director.errors import StoreError
from director.model.audit import Head
from director.model.text import named

_BEGIN, _END = b'{"checkpoint":"', b"}"
_PARTED = "\n\n"
_TAIL_BYTES = 8 * 1024
"""How much is read at a time, from the end; more than the longest line, and some 25 of ours."""

_ELSEWHERE = "name another file with --audit-anchor"


class FileAnchor:
    """Keeps the checkpoints of one log in a file.

    Args:
        path: The file; it is made with the first checkpoint, its folder is not: a disk that is
            not mounted is noticed.
        key: What the log's checkpoints are verified with; its name is the log.
    """

    def __init__(self, path: Path, key: VerifierKey) -> None:
        self._path = path
        self._name = named(path)
        self._key = key
        self._is_named = False

    def last(self) -> Head | None:
        """Return the largest tree that was kept of the log, or None if there is none.

        Only the end of the file is read, back to the first part that has a checkpoint.
        Of several that are as large, the one kept first counts.

        Raises:
            StoreError: The file cannot be read, holds something else or checkpoints of another
                log, or one that the log's key did not sign.
        """
        try:
            with self._opened(os.O_RDONLY) as descriptor:
                found = self._largest(descriptor)
        except FileNotFoundError:
            self._check_folder()
            return None
        if found is None:
            return None
        try:
            return accepted(found, [self._key]).head
        except NoteError as error:
            raise StoreError(
                f"{self._name}: the anchor holds a checkpoint that cannot be accepted: {error}; "
                f"somebody changed it: find out who, then {_ELSEWHERE}"
            ) from error

    def keep(self, checkpoint: str) -> None:
        """Append *checkpoint* and wait until it is durable.

        Raises:
            StoreError: It is not certain that it is durable, or the file holds something else.
            ValueError: It is no checkpoint of the log.
        """
        if not checkpoint.startswith(f"{self._key.name}\n"):
            raise ValueError(f"the checkpoint must be one of {self._key.name}")
        self._check_folder()
        line = _BEGIN + json.dumps(checkpoint).encode("ascii")[1:] + _END + b"\n"
        with self._opened(os.O_RDWR | os.O_APPEND | os.O_CREAT) as descriptor:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):
                raise OSError(None, "the disk takes only a part of it")
            sync(descriptor)
            if not self._is_named:  # By whoever made it, perhaps in vain.
                sync_folder(self._path.parent)
                self._is_named = True

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        """Give the file open, if it is one of ours; turn what goes wrong into a StoreError."""
        doing = "read" if flags == os.O_RDONLY else "written"
        try:
            descriptor = os.open(self._path, flags | os.O_NONBLOCK | os.O_NOCTTY, 0o644)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise OSError(None, "it must be a plain file, was something else")
                self._check_line(os.pread(descriptor, len(_BEGIN), 0).partition(b"\n")[0])
                yield descriptor
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError) and doing == "read":
                raise
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise StoreError(
                f"{self._name}: the anchor cannot be {doing}: {reason}; make it readable and "
                f"writable with room to grow, or {_ELSEWHERE}"
            ) from error

    def _check_folder(self) -> None:
        if not self._path.parent.is_dir():
            raise StoreError(
                f"{self._name}: the anchor's folder is not there; mount or make it, or {_ELSEWHERE}"
            )

    def _largest(self, descriptor: int) -> str | None:
        """Return the largest checkpoint in the last part of the file that has any."""
        start = os.fstat(descriptor).st_size
        rest = b""
        while start:
            taken = min(start, _TAIL_BYTES)
            start -= taken
            lines = (os.pread(descriptor, taken, start) + rest).split(b"\n")
            if start:
                rest = lines.pop(0)
                if len(rest) > _TAIL_BYTES:
                    raise self._foreign()
            ours = [found for line in lines if (found := self._ours(line))]
            if ours:
                return max(ours, key=lambda found: found[0])[1]
        return None

    def _ours(self, line: bytes) -> tuple[int, str] | None:
        """Return the size and the note of a checkpoint, None for a line that was cut off."""
        line = self._check_line(line)
        if not line.endswith(_END):
            return None
        try:
            note: str = json.loads(line[len(_BEGIN) - 1 : -len(_END)])  # From its quote on.
            checkpoint = Checkpoint.parse(f"{note.rpartition(_PARTED)[0]}\n")
        except ValueError as error:
            raise self._foreign() from error
        if checkpoint.origin != self._key.name:
            raise StoreError(
                f"{self._name}: the anchor is that of another log, {named(checkpoint.origin)}: "
                f"if the record was lost, restore it; if it is a new one, {_ELSEWHERE}"
            )
        return checkpoint.head.size, note

    def _check_line(self, line: bytes) -> bytes:
        """Return *line* without the zeros that a power cut leaves behind, if it may be ours."""
        line = line.rstrip(b"\0")
        if not (line.startswith(_BEGIN) or _BEGIN.startswith(line)):
            raise self._foreign()
        return line

    def _foreign(self) -> StoreError:
        return StoreError(
            f"{self._name}: the anchor holds something else than checkpoints; {_ELSEWHERE}"
        )
