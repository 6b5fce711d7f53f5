"""Every command of the tutorial, in its order, with what the tutorial shows of its output."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"

_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
_PORT = "8765"
_DONE = "--- done ---"
_LAUNCHER = """#!{python}
import sys
from {module} import {function}
sys.argv[0] = "{name}"
sys.argv[2:2] = {more}
sys.exit({function}())
"""


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield each file as its path and text, and each command as '$' and its lines."""
    for kind, title, body in _BLOCK.findall(text):
        if title:
            yield title, body
        elif kind == "console":
            yield from (("$", step) for step in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:])


def shown(expected: list[str], printed: str) -> str:
    """Return the first line that is shown but was not printed; an empty text if all were.

    In a line an ellipsis stands for anything; one alone for any number of lines.
    """
    lines = iter(printed.splitlines())
    for line in expected:
        if line.strip() == "…":
            continue
        pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
        if not any(re.search(pattern, found) for found in lines):
            return line
    return ""


@pytest.mark.parametrize(
    ("expected", "printed", "missing"),
    [
        (["a", "b"], "a\nb\n", ""),
        (["a", "c"], "a\nb\n", "c"),
        (["b", "a"], "a\nb\n", "a"),
        (["a … z"], "a b c z\n", ""),
        (["a … z"], "a b c\n", "a … z"),
        (["…", "b"], "a\nx\nb\n", ""),
    ],
)
def test_what_is_not_printed_is_noticed(expected: list[str], printed: str, missing: str) -> None:
    """A line that is shown must be printed, in its order."""
    assert shown(expected, printed) == missing


class Shell:
    """A shell as a new author has it: a virtual environment with the Director and its tools.

    Args:
        home: Where it begins.
    """

    def __init__(self, home: Path) -> None:
        venv = home / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        (site,) = venv.glob("lib/python*/site-packages")
        ours = next(path for path in sys.path if path.endswith("site-packages"))
        (site / "tools.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
        offline = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        for name, module, function, more in (
            ("director", "director.cli.main", "main", []),
            ("pytest", "pytest", "console_main", []),
            ("pip", "pip._internal.cli.main", "main", offline),
        ):
            launcher = venv / "bin" / name
            python = venv / "bin" / "python"
            launcher.write_text(
                _LAUNCHER.format(
                    python=python, module=module, function=function, name=name, more=more
                )
            )
            launcher.chmod(0o755)
        self._process = subprocess.Popen(
            ["/bin/bash"],
            cwd=home,
            env={
                "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
                "HOME": str(home),
                "LANG": "C.UTF-8",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """Return what *command* printed; ``$?`` stays that of the command."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{command}\n(code=$?; echo; echo '{_DONE}'; exit $code)\n")
        stdin.flush()
        lines: list[str] = []
        for line in stdout:
            if line.strip() == _DONE:
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended after {command}: {''.join(lines)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave, and end what still runs in the background."""
        self._process.communicate("kill $(jobs -p) 2>/dev/null; exit\n", timeout=30)


def test_every_command_does_what_is_shown(tmp_path: Path) -> None:
    """Files are written and commands run as they stand; what is shown is printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    text = TUTORIAL.read_text("utf-8").replace(_PORT, port)
    folder, ran = tmp_path / "director-acme", 0

    with Shell(tmp_path) as shell:
        for what, body in steps(text):
            if what != "$":
                (folder / what).parent.mkdir(exist_ok=True)
                (folder / what).write_text(body)
                continue
            command, *expected = body.splitlines()
            printed = shell.run(command)
            assert shown(expected, printed) == "", f"$ {command}\n{printed}"
            ran += 1

    assert ran >= 12
    assert text.count("\n$ ") == ran
