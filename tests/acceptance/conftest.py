"""Run the director command as a person or a pipeline would."""

from __future__ import annotations

import asyncio
import json
import os
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
