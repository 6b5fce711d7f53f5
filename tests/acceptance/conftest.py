"""Run the director command as a person or a pipeline would."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest

from director.sinks.schema import log_schema

COMMAND = Path(sys.executable).parent / "director"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of the command left behind."""

    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:  # noqa: ANN401  # a JSON document has any shape
        """Stdout as JSON."""
        return json.loads(self.stdout)


Director: TypeAlias = Callable[..., Awaitable[Ran]]

LogLines: TypeAlias = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder to run in, where nobody has run before."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """The variables the command sees: none of ours, and a home of its own."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
    return {**kept, "HOME": str(home)}


@pytest.fixture
def director(home: Path, environment: dict[str, str], log_lines: LogLines) -> Director:
    """Run ``director`` with the given arguments, wait for it, and check every line it logged."""

    async def run(*arguments: str | Path, variables: Mapping[str, str] | None = None) -> Ran:
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *map(str, arguments),
            cwd=home,
            env={**environment, **(variables or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            stdout, stderr = await process.communicate()
        assert process.returncode is not None
        ran = Ran(process.returncode, stdout.decode(), stderr.decode())
        assert "Traceback" not in ran.stderr
        log_lines("\n".join(line for line in ran.stderr.splitlines() if line.startswith("{")))
        return ran

    return run


@pytest.fixture
async def start(home: Path, environment: dict[str, str]):
    """Start ``director`` and leave it running; whatever is left at the end is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def run(
        *arguments: str | Path,
        stdout: int = PIPE,
        stderr: int = PIPE,
        variables: Mapping[str, str] | None = None,
    ) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *map(str, arguments),
            cwd=home,
            env={**environment, **(variables or {})},
            stdin=DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture(scope="session")
def log_lines() -> LogLines:
    """Return the JSON lines of a text, each held against the published schema."""
    validator = jsonschema.Draft202012Validator(log_schema())

    def read(text: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in text.splitlines() if line]
        for line in lines:
            validator.validate(line)
        return lines

    return read


Write: TypeAlias = Callable[..., Path]


@pytest.fixture
def write(home: Path) -> Write:
    """Write a manifest for the service *name*: declarations, and more of ``spec`` as given."""

    def manifest(name: str, declares: Mapping[str, object] = {}, **spec: object) -> Path:
        path = home / f"{name}.yaml"
        document = {
            "apiVersion": "readiness/v1",
            "kind": "Service",
            "metadata": {"name": name, "owner": "team-test"},
            "spec": {"declares": dict(declares), **spec},
        }
        path.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML.
        return path

    return manifest


@pytest.fixture
def ready() -> dict[str, object]:
    """Everything the profiles ask a team to declare, declared true."""
    plain = ("logging", "metrics", "alerts", "healthcheck", "load_test", "security_review")
    more = ("runbook", "on_call", "backup", "rollback_plan")
    return {
        **dict.fromkeys((*plain, *more), True),
        "test_coverage_percent": 90,
        "sla": {"availability_percent": 99.9, "latency_ms": 300},
    }


class Terminal:
    """A program on a terminal of its own, and what a person sees and types there."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self._process = process
        self._master = master
        self._seen = ""
        self._news = asyncio.Event()
        os.set_blocking(master, False)
        asyncio.get_running_loop().add_reader(master, self._read)

    def type(self, text: str) -> None:
        """Type *text*; a line ends with a carriage return."""
        self.send(text.encode())

    def send(self, keys: bytes) -> None:
        """Send *keys*, whether they are text or not."""
        os.write(self._master, keys)

    async def see(self, pattern: str) -> re.Match[str]:
        """Wait until *pattern* is seen, forget everything up to it, and return what it was."""
        async with asyncio.timeout(30):
            while (found := re.search(pattern, self._seen)) is None:
                self._news.clear()
                await self._news.wait()
        self._seen = self._seen[found.end() :]
        return found

    async def end(self) -> int:
        """Wait until the program ends, and return its exit code."""
        async with asyncio.timeout(30):
            return await self._process.wait()

    @property
    def rest(self) -> str:
        """Everything that was seen and not yet looked at."""
        self._read()
        return self._seen

    def close(self) -> None:
        """Turn the terminal off."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 4096):
                self._seen += data.decode(errors="replace")
        except OSError:  # There is nothing now, or nobody holds the other end any more.
            pass
        if self._process.returncode is not None:
            asyncio.get_running_loop().remove_reader(self._master)
        self._news.set()


@pytest.fixture
async def terminal(home: Path, environment: dict[str, str]):
    """Start a program on a terminal that it also takes signals from."""
    started: list[tuple[asyncio.subprocess.Process, Terminal]] = []

    async def run(*arguments: str | Path, variables: Mapping[str, str] | None = None) -> Terminal:
        master, slave = os.openpty()
        # What opens it first in a new session is ruled by it: Ctrl-C comes as a signal.
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>"$0"', os.ttyname(slave),
            *map(str, arguments),
            cwd=home,
            env={**environment, "TERM": "vt100", **(variables or {})},
            start_new_session=True,
        )  # fmt: skip
        seen = Terminal(process, master)
        started.append((process, seen))
        os.close(slave)
        return seen

    yield run
    for process, seen in started:
        if process.returncode is None:
            process.kill()
        await process.wait()
        seen.close()
