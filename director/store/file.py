"""One SQLite file: made, opened with durable settings, and checked to be still the same."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import mkstemp
from time import monotonic
from typing import ClassVar

from director.errors import StoreError
from director.model.text import named
from director.model.value import dataclass
from director.store.link import Link
from director.store.schema import HEAD, REVISIONS
from director.store.trouble import ELSEWHERE, DatabaseTrouble, trouble

_BUSY_TIMEOUT_S = 5.0

_LEAST_BYTES = 512
"""SQLite's smallest page; it takes a smaller file for an empty one and would begin anew."""

_LOST = f"restore it from a backup, delete it to begin anew, or {ELSEWHERE}"
"""What to do about a record that has lost everything: we never take it for a new one."""

_LOGS = ("-wal", "-journal")
"""What SQLite adds to a database's name for the log that belongs to it."""

_SETTINGS = {
    # WAL with less than FULL may lose the last commits when the power goes.
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    # macOS: a plain fsync leaves the data in the drive's cache.
    "fullfsync": 1,
    "checkpoint_fullfsync": 1,
}


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database file and which file it was when it was opened.

    Attributes:
        path: Where, absolute.
        name: What to call it in a message.
        identity: Device and inode: what was acknowledged is in this file and no other.
    """

    path: Path
    name: str
    identity: tuple[int, int]

    dialect: ClassVar[str] = "sqlite"
    begin_writing: ClassVar[tuple[str, ...]] = ("BEGIN IMMEDIATE",)
    begin_reading: ClassVar[tuple[str, ...]] = ("BEGIN",)
    errors: ClassVar[tuple[type[Exception], ...]] = ()

    @classmethod
    def make(cls, path: Path) -> DatabaseFile:
        """Return the file at *path*, made with its folders if there is none.

        A new record begins only where no file is: one that is there and holds nothing has lost
        decisions and conditions that nobody would miss.

        Raises:
            StoreError: There can be no file that is written, or something else is there.
        """
        path = path.absolute()
        name = named(path)
        try:
            _make_folder(path.parent)
            # The logs first: they are there for a moment while another process begins.
            logs = [log for log in _logs(path) if os.path.lexists(log)]
            if not os.path.lexists(path):
                if logs:
                    raise StoreError(_widowed(name, logs))
                _make_record(path, name)
            found = path.stat()
        except (*DatabaseTrouble, ValueError) as error:
            raise trouble(name, "opened", error) from error
        file = cls(path, name, (found.st_dev, found.st_ino))
        file.check_usable(found)
        return file

    def check_usable(self, found: os.stat_result) -> None:
        """Refuse what cannot be a record that is read and written.

        Raises:
            StoreError: It is no plain file, it is cut off or empty, or there is no right to
                write it.
        """
        if stat.S_ISDIR(found.st_mode):
            raise StoreError(
                f"{self.name}: the record must be a file, was a folder; name a file in it"
            )
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"{self.name}: the record must be a plain file; {ELSEWHERE}")
        if found.st_size == 0:
            raise StoreError(f"{self.name}: the record must not be an empty file; {_LOST}")
        if found.st_size < _LEAST_BYTES:
            raise StoreError(
                f"{self.name}: the record is cut off, or no SQLite database; {ELSEWHERE}"
            )
        for place in (self.path, self.path.parent):
            if not os.access(place, os.R_OK | os.W_OK):
                raise StoreError(
                    f"{self.name}: the record cannot be written: no right to write "
                    f"{named(place)}; grant it, or {ELSEWHERE}"
                )

    def prepare(self) -> None:
        """Bring the schema up to date.

        Raises:
            StoreError: It is no record of ours, a newer Director wrote it, or it cannot be
                written.
        """
        try:
            with closing(self.connect()) as connection:
                revision = _revision(self.name, connection)
        except DatabaseTrouble as error:
            raise trouble(self.name, "opened", error) from error
        if revision != HEAD:
            self.upgrade()

    def connect(self) -> sqlite3.Connection:
        """Return a new connection with every setting asserted.

        Raises:
            StoreError: The file is another one by now, or SQLite does not take a setting.
            sqlite3.Error: SQLite refuses.
        """
        self.check_same()
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",  # rw: a deleted record is never begun anew
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,  # BEGIN and COMMIT are said, never implied
            check_same_thread=False,
        )
        try:
            _keep_log(self.name, connection)
            _settle(self.name, connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def check_same(self) -> None:
        """Refuse to go on if the file at the path is not the one that was opened.

        Raises:
            StoreError: It was deleted or replaced; what is written now would be lost with it.
        """
        try:
            found = self.path.stat()
            same = (found.st_dev, found.st_ino) == self.identity
        except FileNotFoundError:
            same = False
        if not same:
            raise StoreError(
                f"{self.name}: the record was deleted or replaced while it was open; "
                "put it back, or start the Director again to begin with what is there"
            )

    def settle(self, connection: sqlite3.Connection) -> None:
        """Move the log into the database, which writes anew what a sync that failed may have lost.

        After such a sync a commit is refused, and yet SQLite finds it in the log when it opens the
        database again.

        Raises:
            StoreError: A reader held it up.
            sqlite3.Error: The disk does not take it.
        """
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if busy:
            raise StoreError(
                f"{self.name}: the record cannot be brought to the disk: another process reads it "
                "all the time; wait for that process to end, then evaluate again"
            )

    def trouble(self, doing: str, error: Exception) -> StoreError:
        """Return what to tell about *error*, in one line, and what to do."""
        return trouble(self.name, doing, error)

    def is_lost(self, _: Exception) -> bool:
        """Return whether a connection was lost: never, there is no network in between."""
        return False

    def upgrade(self) -> None:
        """Run every migration that is missing; on an empty file, all of them.

        Raises:
            StoreError: It cannot be written.
        """
        # Alembic costs 130 ms and is needed once in the life of a database.
        from director.store.migrate import upgrade  # noqa: PLC0415

        link = Link(self)
        try:
            with link.transaction("brought up to date", writing=True) as connection:
                upgrade(connection)
        finally:
            link.close()


def _make_folder(folder: Path) -> None:
    """Make *folder* and those above it, each for the owner alone, and durable."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        try:
            _sync_folder(each.parent)
        except OSError:
            each.rmdir()  # Whoever finds it next would take its name for durable.
            raise


def _sync_folder(folder: Path) -> None:
    """Wait until the names in *folder* are on the disk; in its own, SQLite sees to that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_record(path: Path, name: str) -> None:
    """Make a new record at *path*, whole or not at all.

    It is made under another name, and linked to its own when it has its schema: no other process
    ever meets it half done, and a process that is killed leaves no empty record behind.
    """
    descriptor, made = mkstemp(prefix=".director-", dir=path.parent)  # for the owner alone
    os.close(descriptor)
    draft = Path(made)
    try:
        found = draft.stat()
        file = DatabaseFile(draft, name, (found.st_dev, found.st_ino))
        file.upgrade()
        with closing(file.connect()) as connection:
            file.settle(connection)  # Its log is not linked; closing leaves it if the disk fails.
        with suppress(FileExistsError):  # Another process was quicker; its record is as good.
            os.link(draft, path)
    finally:
        for each in (draft, *_logs(draft), Path(f"{draft}-shm")):
            each.unlink(missing_ok=True)


def _logs(path: Path) -> tuple[Path, ...]:
    return tuple(Path(f"{path}{ending}") for ending in _LOGS)


def _widowed(name: str, logs: Sequence[Path]) -> str:
    """Return what to tell about logs whose database is gone; SQLite would mix them into another."""
    found = ", ".join(map(named, logs))
    return (
        f"{name}: the record is gone, but {found} is left of it; restore the record, delete that "
        f"as well to begin anew, or {ELSEWHERE}"
    )


def _keep_log(name: str, connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, unless that was done before.

    The switch fails at once while another process does the same; BEGIN IMMEDIATE waits for it.
    """
    give_up_at = monotonic() + _BUSY_TIMEOUT_S
    while _pragma(connection, "journal_mode") != "wal":
        try:
            if _pragma(connection, "journal_mode = WAL") != "wal":
                raise StoreError(
                    f"{name}: this file system cannot hold a durable record (no write-ahead "
                    "log); choose a local disk with --store"
                )
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


def _settle(name: str, connection: sqlite3.Connection) -> None:
    """Make every setting, and read it back: SQLite ignores in silence what it does not know."""
    for setting, value in _SETTINGS.items():
        connection.execute(f"PRAGMA {setting} = {value}")
        if (found := _pragma(connection, setting)) != value:
            raise StoreError(f"{name}: SQLite must take {setting} = {value}, kept {found}")


def _pragma(connection: sqlite3.Connection, words: str) -> object:
    return connection.execute(f"PRAGMA {words}").fetchone()[0]


def _revision(name: str, connection: sqlite3.Connection) -> str:
    """Return the revision of the schema.

    Raises:
        StoreError: There are no tables, or they are somebody else's or of a newer Director.
    """
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        raise StoreError(f"{name}: the record must not be an empty database; {_LOST}")
    if "alembic_version" not in tables or "decisions" not in tables:
        raise StoreError(f"{name}: holds another program's tables, not a record; {ELSEWHERE}")
    found = [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    if len(found) != 1 or found[0] not in REVISIONS:
        raise StoreError(
            f"{name}: was written by a newer Director (schema {', '.join(map(str, found))}, "
            f"this one knows {HEAD}); upgrade the Director, or {ELSEWHERE}"
        )
    return str(found[0])
