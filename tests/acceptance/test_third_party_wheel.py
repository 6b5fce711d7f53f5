"""A wheel of another team, in an environment of its own beside the Director, judges a service."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSED_OVER = shutil.ignore_patterns(
    "__pycache__", "*.egg-info", "build", "dist", "tests", ".*", "benchmarks", "node_modules"
)
PROFILE = """
apiVersion: readiness/v1
kind: Profile
metadata: {name: acme}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  checks:
    declared.logging: {category: observability, role: required}
    declared.metrics: {category: observability, role: required}
    acme.answers: {category: reliability, role: blocker}
"""
MANIFEST = """
apiVersion: readiness/v1
kind: Service
metadata: {name: pay, owner: team-pay}
spec:
  declares: {logging: true, metrics: true}
  environments: {production: {base_url: "http://127.0.0.1:%d"}}
"""


def ran(*words: str | Path, cwd: Path, expected: int = 0) -> str:
    """Run a program, and return what it printed; nothing of ours is in its environment."""
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8"}
    done = subprocess.run(
        words, cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment: wheels of the Director and of the new plugin."""
    place = tmp_path_factory.mktemp("elsewhere")
    director = Path(sys.executable).with_name("director")
    ran(director, "plugins", "new", "acme", cwd=place)
    sources = [place / "director-acme"]
    sources.append(place / "root")
    shutil.copytree(ROOT, place / "root", ignore=PASSED_OVER)
    for plugin in sorted((ROOT / "plugins").iterdir()):
        if (plugin / "pyproject.toml").exists():
            sources.append(place / plugin.name)
            shutil.copytree(plugin, sources[-1], ignore=PASSED_OVER)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps"]
    wheel = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", "wheels"]
    ran(*wheel, *sources, cwd=place)
    venv.create(place / "env", with_pip=False, symlinks=True)
    python = place / "env" / "bin" / "python"
    wheels = sorted((place / "wheels").glob("*.whl"))
    ran(*pip, "--python", python, "install", *offline, *wheels, cwd=place)
    # What the wheels depend on comes from where the tests run.
    libraries = sysconfig.get_path("purelib")
    (site,) = (place / "env" / "lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text(f"{libraries}\n")
    return python.parent


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Answer every request well; yields the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def judged(beside: Path, place: Path, *, expected: int) -> tuple[dict[str, Any], list[Any]]:
    """Evaluate the service, and return the report and the log."""
    (place / "log.jsonl").unlink(missing_ok=True)
    said = await asyncio.to_thread(
        ran, beside / "director", "evaluate", "readiness.yaml", "--profile", "acme.yaml",
        "--allow-address", "127.0.0.0/8", "--format", "json", "--log", "log.jsonl",
        "--store", "record.db",
        cwd=place, expected=expected,
    )  # fmt: skip
    log = [json.loads(line) for line in (place / "log.jsonl").read_text().splitlines()]
    return json.loads(said), log


def of(report: dict[str, Any], check: str) -> dict[str, Any]:
    """Return the result of *check*."""
    results = [each for category in report["categories"] for each in category["checks"]]
    (result,) = [each for each in results if each["id"] == check]
    return dict(result)


async def test_a_wheel_of_another_team_judges_a_live_service(beside: Path, tmp_path: Path) -> None:
    """It is found, runs in a worker, probes, and closes the gate when the service is gone."""
    (tmp_path / "acme.yaml").write_text(PROFILE)
    listed = json.loads(
        await asyncio.to_thread(
            ran, beside / "director", "plugins", "--format", "json", cwd=tmp_path
        )
    )
    (acme,) = [each for each in listed if each["name"] == "acme"]
    assert (acme["disposition"], acme["isolated"]) == ("loaded", True)
    assert all(not each["isolated"] for each in listed if each is not acme)

    async with serving() as port:
        (tmp_path / "readiness.yaml").write_text(MANIFEST % port)
        report, log = await judged(beside, tmp_path, expected=0)
    gone, _ = await judged(beside, tmp_path, expected=1)

    assert report["decision"] == "go"
    answers = of(report, "acme.answers")
    assert answers["outcome"] == "passed"
    assert [piece["kind"] for piece in answers["evidence"]] == ["probed"]
    completed = [line for line in log if line["event.name"] == "director.check.completed"]
    (line,) = [line for line in completed if line["director.check.id"] == "acme.answers"]
    assert line["director.plugin.name"] == "director-acme"
    assert line["http.response.status_code"] == 200
    assert gone["decision"] == "no_go"
    assert of(gone, "acme.answers")["code"] == "connect_refused"


async def test_it_verifies(beside: Path, tmp_path: Path) -> None:
    """The report card of the wheel is clean."""
    card = await asyncio.to_thread(
        ran, beside / "director", "plugins", "verify", "acme", "--format", "json", cwd=tmp_path
    )

    assert "acme.answers" in card
