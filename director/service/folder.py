"""A folder of manifests, looked at again and again: what is new, what changed, what is gone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from director.app import Request
from director.errors import Fault, InputError
from director.service.desk import LOCK_NAME, Desk

_ENDINGS = (".yaml", ".yml")
_DEEPEST = 16

Mark = tuple[int, int, int, int]
"""Device, inode, size and time of change: another mark is another text."""


@dataclass(slots=True)
class Sheet:
    """One file with what it asked for when it could last be read.

    Attributes:
        path: Which file.
        marks: Of the file, and of the lock beside it.
        requests: What its last good text asks for; one for each environment.
        faults: Why its newest text is not used; none if it is.
        absent: How many looks in a row it was not there.
    """

    path: Path
    marks: tuple[Mark | None, ...]
    requests: tuple[Request, ...] = ()
    faults: tuple[Fault, ...] = ()
    absent: int = 0


@dataclass(slots=True)
class Seen:
    """What one look at the folder found.

    Attributes:
        sheets: Every file, sorted by path.
        changed: Those whose text, or whose fault, is another than at the last look.
        trouble: Why the folder cannot be looked at; empty if it can.
    """

    sheets: tuple[Sheet, ...]
    changed: tuple[Sheet, ...]
    trouble: str = ""


@dataclass(slots=True)
class Folder:
    """Looks at manifests; blocks meanwhile.

    Attributes:
        root: The folder.
        others: Files and folders that requests depend on besides: profiles, a lock.
        make_desk: Makes what reads manifests, with nothing remembered.
        examine: Returns what is wrong with a request that was read, raising ``InputError``.
    """

    root: Path
    others: Sequence[Path]
    make_desk: Callable[[], Desk]
    examine: Callable[[Request], object]
    _sheets: dict[Path, Sheet] = field(default_factory=dict)
    _surroundings: tuple[Mark | None, ...] = ()

    def look(self) -> Seen:
        """Return what is there now.

        A file that cannot be used keeps what its last good text asked for. One that is not there
        is gone at the second look: editors replace files, and volumes are mounted late.
        """
        surroundings = tuple(_mark(path) for other in self.others for path in _with_inside(other))
        anew, self._surroundings = surroundings != self._surroundings, surroundings
        desk = self.make_desk()  # It reads each profile and each lock once.
        try:
            paths = sorted(_manifests(self.root))
        except OSError as error:
            why = f"{self.root}: cannot be looked at: {error.strerror or error}"
            return Seen(self._known(), (), why)
        changed = [sheet for path in paths if (sheet := self._read(path, desk, anew=anew))]
        for path in self._sheets.keys() - set(paths):
            self._sheets[path].absent += 1
            if self._sheets[path].absent > 1:
                changed.append(self._sheets.pop(path))
        return Seen(self._known(), tuple(changed))

    def _known(self) -> tuple[Sheet, ...]:
        return tuple(self._sheets[path] for path in sorted(self._sheets))

    def _read(self, path: Path, desk: Desk, *, anew: bool) -> Sheet | None:
        """Read *path* if it is another text than before; return it then."""
        marks = _mark(path), _mark(path.parent / LOCK_NAME)
        sheet = self._sheets.get(path)
        if sheet is None:
            sheet = self._sheets[path] = Sheet(path, ())
        sheet.absent = 0
        if sheet.marks == marks and not anew:
            return None
        sheet.marks = marks
        try:
            requests = desk.targets(path)
            for request in requests:
                self.examine(request)
        except InputError as error:
            sheet.faults = tuple(error.faults)
        else:
            sheet.requests, sheet.faults = requests, ()
        return sheet


def _manifests(root: Path) -> Iterator[Path]:
    """Yield every YAML file under *root* but hidden ones, or *root* itself if it is a file.

    Raises:
        OSError: The folder cannot be read.
    """
    if root.is_file():
        yield root
        return
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name.endswith(_ENDINGS) and not entry.is_dir():
                    yield Path(entry.path)
                elif depth < _DEEPEST and entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), depth + 1))


def _with_inside(path: Path) -> Iterator[Path]:
    """Yield *path*, and what is directly in it if it is a folder."""
    yield path
    try:
        yield from sorted(path.iterdir())
    except OSError:
        return  # A file, or nothing: its own mark says so.


def _mark(path: Path) -> Mark | None:
    """Return the mark of *path*; None if nothing is there, or nobody may look."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
