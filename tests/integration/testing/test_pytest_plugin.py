"""The kit's plugin of pytest, as an author's run of pytest loads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from director.plugin import CheckSpec, Failed, Passed
from director.testing import Page, manifest, target


@dataclass(frozen=True)
class Answers:
    spec: ClassVar = CheckSpec(id="acme.x", title="t", category="c", why="w", remedy="r")

    async def run(self, target, probe):
        reply = await probe.get("/")
        return Passed("yes") if reply.status == 200 else Failed("no")


@pytest.mark.parametrize(("status", "word"), [(200, "passed"), (503, "failed")])
async def test_them(run_check, fake_service, virtual_clock, log_lines, status, word):
    virtual_clock.advance(60)
    async with fake_service(Page(status=status)) as service:
        result = await run_check(Answers(), target(service.base_url))
    assert result.started_at == virtual_clock.now()
    assert [line["director.check.status"] for line in log_lines.lines] == [word]
"""

LOADED = """
import sys, pytest
pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"])
found = sorted(name for name in sys.modules if name.partition(".")[0] == "director")
print("loaded:", " ".join(found))
"""


def run(*words: str, cwd: Path) -> str:
    """Run Python as an author would, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_fixtures_work_together(tmp_path: Path) -> None:
    """A check, a service, a clock and the lines of the log, without an import of ours."""
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )

    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)

    assert "2 passed" in said


def test_a_run_without_us_pays_for_nothing(tmp_path: Path) -> None:
    """Where no test asks for a fixture of ours, nothing but the plugin itself is imported."""
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")

    said = run("-c", LOADED, cwd=tmp_path)

    (line,) = [line for line in said.splitlines() if line.startswith("loaded:")]
    assert line == "loaded: director director.testing director.testing.pytest_plugin"
