"""director.store.trouble."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import InvalidRequestError, OperationalError

from director.store.trouble import trouble

PATH = "/data/record.db"


def full() -> sqlite3.Error:
    """Return what SQLite says when there is no more room."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("CREATE TABLE t (b BLOB)")
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    return caught.value


def test_full_disk_is_said() -> None:
    """A full disk is named, with the file and what to do, whoever wraps the error."""
    told = trouble(PATH, "written", full())

    assert str(told) == (
        "/data/record.db: the record cannot be written: the disk is full (database or disk is "
        "full); free some space, then evaluate again"
    )
    assert str(trouble(PATH, "written", OperationalError("INSERT", {}, full()))) == str(told)


def test_file_system_trouble_is_said() -> None:
    """What the file system says is passed on without its number."""
    told = trouble(PATH, "opened", OSError(errno.EROFS, "Read-only file system"))

    assert str(told) == (
        "/data/record.db: the record cannot be opened: Read-only file system; "
        "choose another file with --store"
    )


def test_unknown_trouble_is_one_line() -> None:
    """An error without a number still ends as one line."""
    told = trouble(PATH, "read", InvalidRequestError("two\nlines"))

    assert "two lines" in str(told)
    assert "\n" not in str(told)
