"""Settings that somebody makes hostile: one printable, bounded line for each fault."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import click
import pytest

from director.errors import DirectorError, InputError

LONGEST_LINE = 2_500
"""A path may fill 2,000 characters; our own words come on top."""

HOSTILE = {
    "newline": "x\nGO  100%",
    "escape": "\x1b[2J\x1b[31mx",
    "bidi": "x\u202e\u2066y",
    "bytes": "x\udcff",
    "long": "x" * 10_000,
}

SETTINGS = (
    ("evaluate", "--profile"),
    ("evaluate", "--environment"),
    ("evaluate", "--profiles"),
    ("evaluate", "--least-profile"),
    ("evaluate", "--store"),
    ("evaluate", "--log"),
    ("evaluate", "--address-policy"),
    ("evaluate", "--allow-address"),
    ("evaluate", "--config"),
    ("evaluate", ""),
    ("doctor", "--signers"),
    ("explain", "--store"),
    ("explain", "--environment"),
    ("explain", ""),
    ("plan", ""),
    ("validate", ""),
    ("profiles", "show"),
    ("checks", "show"),
)
"""Commands, and what of them takes the value: an option, a subcommand, or the command itself."""

Faults: TypeAlias = Callable[..., list[str]]

MANIFEST = """
apiVersion: readiness/v1
kind: Service
metadata: {name: svc}
spec: {environments: {production: {}}}
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Return a manifest in a folder where nothing else is."""
    path = tmp_path / "svc.yaml"
    path.write_text(MANIFEST)
    return path


@pytest.fixture
def faults(capfd: pytest.CaptureFixture[str]) -> Faults:
    """Run a command in this process, and return what it complains of, line by line."""

    def run(name: str, *arguments: str | Path) -> list[str]:
        command: click.Command = import_module(f"director.cli.{name}").command
        told = ""
        try:
            command.main([*map(str, arguments)], standalone_mode=False)
        except InputError as error:
            told = "\n".join(str(fault) for fault in error.faults)
        except click.ClickException as error:
            told = error.format_message()
        except DirectorError as error:
            told = str(error)
        out, err = capfd.readouterr()
        assert out.replace("\n", "").isprintable()
        return [line for line in f"{told}\n{err}".split("\n") if line]

    return run


@pytest.fixture
def recorded(faults: Faults, manifest: Path) -> Path:
    """Return a store that holds a decision."""
    store = manifest.parent / "record.db"
    faults("evaluate", manifest, "--profile", "baseline", "--store", store, "--log", "off")
    return store


def arguments(command: str, taker: str, value: str, manifest: Path) -> list[str | Path]:
    """Return how *value* is given to what takes it."""
    if taker == "show":
        return ["show", value]
    store: list[str | Path] = ["--store", manifest.parent / "record.db"]
    usual: dict[str, list[str | Path]] = {
        "evaluate": ["--profile", "baseline", "--log", "off", *store],
        "explain": store,
        "doctor": store,
    }
    if taker == "--signers":
        return [*usual[command], taker, value]
    if not taker:
        return [value, *usual.get(command, [])]
    # Below a file, a store or a log cannot be made by accident.
    given = f"{manifest}/{value}" if taker in ("--store", "--log") else value
    return [manifest if command == "evaluate" else "svc", *usual[command], taker, given]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(("command", "taker"), SETTINGS)
@pytest.mark.usefixtures("recorded")
def test_hostile_setting_is_one_line(
    faults: Faults, manifest: Path, command: str, taker: str, value: str
) -> None:
    """Whatever a setting holds, its fault is one line that can be printed and read."""
    told = faults(command, *arguments(command, taker, value, manifest))

    lines = [line for line in told if not line.startswith("{")]
    assert len(lines) <= 1
    assert all(line.isprintable() for line in lines)
    assert all(len(line) <= LONGEST_LINE for line in lines)
    # The report of these says it.
    assert lines or (command, taker) in {("evaluate", "--store"), ("doctor", "--signers")}
