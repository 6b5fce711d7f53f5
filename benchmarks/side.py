"""A process that takes part in a benchmark: told what to do, it answers with what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


class Side:
    """A process that is told what to do and answers with what it measured.

    Args:
        line: The program and its arguments.
    """

    def __init__(self, *line: str | Path) -> None:
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_HERE
        )
        self.about: dict[str, Any] = self._said()

    def ask(self, what: str) -> dict[str, Any]:
        """Let it do *what* and return what it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return self._said()

    def stop(self) -> None:
        """End it."""
        self._process.communicate()

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended without an answer: exit {self._process.wait()}")
        said: dict[str, Any] = json.loads(line)
        return said


@contextmanager
def side(script: str, *arguments: object) -> Iterator[Side]:
    side = Side(sys.executable, _HERE / script, *map(str, arguments))
    try:
        yield side
    finally:
        side.stop()
