"""What every test folder shares: whether the programs are there that some tests need."""

from __future__ import annotations

import os
import shutil
from collections import Counter

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a program that is not there; in CI it stays, and fails."""
    if os.environ.get("CI"):
        return
    lacking = {item: program for item in items if (program := _lacking(item))}
    config.stash[_LEFT_OUT] = Counter(lacking.values())
    config.hook.pytest_deselected(items=list(lacking))
    items[:] = [item for item in items if item not in lacking]


def _lacking(item: pytest.Item) -> str | None:
    """Return the program that *item* needs and that is not there; None if it can be run."""
    if item.get_closest_marker("browser") and not _chromium():
        return "Chromium (or the variable CHROMIUM with its path)"
    needs = item.get_closest_marker("needs")
    return None if needs is None or shutil.which(needs.args[0]) else str(needs.args[0])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out."""
    for program, number in config.stash.get(_LEFT_OUT, Counter()).items():
        terminalreporter.write_line(f"left out: {number} tests that need {program}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium."""
    found = _chromium()
    assert found is not None, "no Chromium was found; install it, or set CHROMIUM to its path"
    return found
