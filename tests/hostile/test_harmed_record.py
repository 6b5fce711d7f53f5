"""``director evaluate`` on a record that came to harm: 3 and one line; with the cause gone, 0."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

DIRECTOR = Path(sys.executable).parent / "director"
READY = {
    "apiVersion": "readiness/v1",
    "kind": "Service",
    "metadata": {"name": "svc", "owner": "team-svc"},
    "spec": {
        "declares": dict.fromkeys(
            (
                *("logging", "metrics", "alerts", "healthcheck", "load_test", "security_review"),
                *("runbook", "on_call", "backup", "rollback_plan"),
            ),
            True,
        )
    },
}
Harm: TypeAlias = Callable[[Path], AbstractContextManager[None]]


class Place:
    """A folder with a record of three decisions, and an anchor elsewhere.

    Before the last decision, a copy of the record was put into ``backup``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = 0
        (folder / "elsewhere").mkdir(parents=True)
        (folder / "svc.yaml").write_text(json.dumps(READY))
        self.evaluate()
        self.evaluate()
        shutil.copytree(folder / "data", folder / "backup")
        self.evaluate()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command, and return what came of it."""
        return subprocess.run(
            [DIRECTOR, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def evaluate(self) -> subprocess.CompletedProcess[str]:
        """Decide on the service."""
        ran = self.run(
            *("evaluate", "svc.yaml", "--profile", "baseline", "--log", "off", "--format", "json"),
            *("--store", "data/record.db", "--audit-anchor", "elsewhere/anchor"),
        )
        self.kept += ran.returncode == 0
        return ran

    def entries(self) -> int:
        """Return how many entries the record has."""
        with closing(sqlite3.connect(self.folder / "data/record.db")) as connection:
            found: int = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
            return found

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Verify the record against its anchor."""
        where = ("--store", "data/record.db", "--anchor", "elsewhere/anchor")
        return self.run("audit", "verify", *where, "--format", "json")


@contextmanager
def moved(path: Path) -> Iterator[None]:
    """Move a file or a folder away, and back."""
    path.rename(path.with_suffix(".away"))
    yield
    path.with_suffix(".away").rename(path)


@contextmanager
def replaced(path: Path, data: bytes) -> Iterator[None]:
    """Put something else in the place of a file, and the file back."""
    with moved(path):
        path.write_bytes(data)
        yield
        path.unlink()


def truncated(folder: Path) -> AbstractContextManager[None]:
    """Cut the record in the middle."""
    data = (folder / "data/record.db").read_bytes()
    return replaced(folder / "data/record.db", data[: len(data) // 2])


def emptied(folder: Path) -> AbstractContextManager[None]:
    """Cut the record down to nothing."""
    return replaced(folder / "data/record.db", b"")


def older(folder: Path) -> AbstractContextManager[None]:
    """Put a backup in the place of the record, from before the last decision."""
    return replaced(folder / "data/record.db", (folder / "backup/record.db").read_bytes())


@contextmanager
def begun_anew(folder: Path) -> Iterator[None]:
    """Delete the record: a new one is begun, with another log."""
    with moved(folder / "data/record.db"):
        yield
        (folder / "data/record.db").unlink()


def without_key(folder: Path) -> AbstractContextManager[None]:
    """Lose the key."""
    return moved(folder / "data/record.db.key")


def without_anchor_disk(folder: Path) -> AbstractContextManager[None]:
    """Unmount the disk of the anchor."""
    return moved(folder / "elsewhere")


def foreign_anchor(folder: Path) -> AbstractContextManager[None]:
    """Put something else in the place of the anchor."""
    return replaced(folder / "elsewhere/anchor", b"a list of things to buy\n")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let another process begin to write, and not end."""
    with closing(sqlite3.connect(folder / "data/record.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


HARMS: dict[str, tuple[Harm, str]] = {
    "truncated": (truncated, "it is damaged"),
    "emptied": (emptied, "must not be an empty file; restore it from a backup"),
    "older": (older, "the record is older than its anchor: it has 2 sealed entries"),
    "begun anew": (begun_anew, "the anchor is that of another log"),
    "without its key": (without_key, "the audit key is missing"),
    "without the anchor's disk": (without_anchor_disk, "the anchor's folder is not there"),
    "anchor replaced": (foreign_anchor, "the anchor holds something else than checkpoints"),
    "locked": (locked, "another process keeps it locked"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a record that each test leaves whole, which is verified at the end."""
    place = Place(tmp_path_factory.mktemp("harmed") / "place")
    yield place
    verified = place.verify()
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["size"] == place.kept


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long if name == "locked" else ()) for name in HARMS],
)
def test_a_harmed_record_is_exit_3(place: Place, name: str) -> None:
    """Nothing is decided, why and what to do is said in one line; and then it works again."""
    harm, reason = HARMS[name]
    with harm(place.folder):
        failed = place.evaluate()

    said = json.loads(failed.stdout)["error"]["reason"]
    assert failed.returncode == 3
    assert json.loads(failed.stdout)["decision"] is None
    assert reason in said
    assert said.isprintable()
    assert "Traceback" not in failed.stderr
    again = place.evaluate()
    assert (again.returncode, json.loads(again.stdout)["decision"]) == (0, "go")
    assert place.entries() == place.kept


def test_a_record_without_its_log_is_older_than_its_anchor(place: Place) -> None:
    """A log that is deleted after a crash takes decisions with it: the anchor tells."""
    record, log = (place.folder / f"data/record.db{ending}" for ending in ("", "-wal"))
    with closing(sqlite3.connect(record)) as reader:
        reader.execute("SELECT * FROM entries")  # Who reads meanwhile keeps the log where it is.
        place.evaluate()
        crashed, left = record.read_bytes(), log.read_bytes()
    record.write_bytes(crashed)

    failed = place.evaluate()
    log.write_bytes(left)

    assert failed.returncode == 3
    assert "older than its anchor" in json.loads(failed.stdout)["error"]["reason"]
    place.evaluate()
    assert place.entries() == place.kept
