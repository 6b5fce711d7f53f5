"""Record → log → a real pipeline → director ingest → the same decisions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.logs import programs
from tests.integration.logs.programs import CONFIG, DIRECTOR, run

SERVICES = Path(__file__).parents[3] / "config" / "services"
AWKWARD = """\
apiVersion: readiness/v1
kind: Service
metadata: {name: awkward-service, owner: "a, b", description: '[1, 2]'}
spec:
  declares: {logging: true, backup: {not_applicable: 'it says "no" \\ and, "grüezi"'}}
  environments: {staging: {base_url: https://awkward.example.com}}
"""

Pipeline = Callable[[Path, list[str]], Iterable[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a record of decisions of every kind, and with the log of them."""
    return recorded(tmp_path, "director")


def recorded(folder: Path, names: str) -> Path:
    """Evaluate the sample services in *folder*; the log is under these names."""
    awkward = folder / "awkward.yaml"
    awkward.write_text(AWKWARD, encoding="utf-8")
    words: list[str | Path] = [DIRECTOR, "evaluate", *sorted(SERVICES.glob("*.yaml")), awkward]
    words += ["--profile", "baseline", "--store", folder / "r.db"]
    words += ["--log", folder / "director.jsonl", "--log-format", names]
    ran = subprocess.run(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env={"HOME": str(folder)},
    )
    assert ran.returncode == 1, ran.stderr
    return folder


def ingested(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the decisions that are read back; the record of *folder* has the very same."""
    ran = subprocess.run(
        [
            *(DIRECTOR, "ingest", folder / name, "--format", "json", "--strict"),
            *("--against-record", "--store", folder / "r.db"),
        ],
        capture_output=True,
        check=False,
        env={"HOME": str(folder)},
    )
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)["decisions"]
    return found


def by_jq(folder: Path, _: list[str]) -> Iterable[str]:
    """Return the lines as jq nests them."""
    nest = 'reduce to_entries[] as $each ({}; setpath($each.key / "."; $each.value))'
    return run("jq", "-c", nest, "director.jsonl", folder=folder).splitlines()


def by_rsyslog(folder: Path, lines: list[str]) -> Iterable[str]:
    """Return the lines as rsyslog passes them on."""
    return programs.rsyslog(folder, len(lines))


def by_syslog_ng(folder: Path, lines: list[str]) -> Iterable[str]:
    """Return the lines as syslog-ng passes them on: nested, everything as text."""
    return programs.syslog_ng(folder, len(lines))


def by_duckdb(folder: Path, _: list[str]) -> Iterable[str]:
    """Return the rows of DuckDB: times and numbers are what it made of them."""
    return programs.duckdb(folder, "SELECT * FROM director_lines").splitlines()


def by_clickhouse(folder: Path, _: list[str]) -> Iterable[str]:
    """Return the rows of ClickHouse that inferred the types itself: times without a zone."""
    asked = "SELECT * FROM file('director.jsonl', 'JSONEachRow') FORMAT JSONEachRow"
    return programs.clickhouse(folder, asked).splitlines()


def by_clickhouse_lines(folder: Path, _: list[str]) -> Iterable[str]:
    """Return the lines that our table of ClickHouse keeps."""
    return programs.clickhouse(folder, "SELECT line FROM director_lines FINAL").splitlines()


@pytest.mark.parametrize(
    "pipeline",
    [
        pytest.param(by_jq, marks=pytest.mark.needs("jq")),
        pytest.param(by_rsyslog, marks=pytest.mark.needs("rsyslogd")),
        pytest.param(by_syslog_ng, marks=pytest.mark.needs("syslog-ng")),
        by_duckdb,
        pytest.param(by_clickhouse, marks=pytest.mark.needs("chdb")),
        pytest.param(by_clickhouse_lines, marks=pytest.mark.needs("chdb")),
    ],
)
def test_a_pipeline_and_back(folder: Path, pipeline: Pipeline) -> None:
    """Every decision with every check comes back as it was, whatever the program made of it."""
    lines = (folder / "director.jsonl").read_text("utf-8").splitlines()
    passed = list(pipeline(folder, lines))
    (folder / "passed.jsonl").write_text("".join(line.rstrip("\n") + "\n" for line in passed))
    before = ingested(folder, "director.jsonl")

    assert len(passed) == len(lines)
    assert {each["decision"] for each in before} == {"go", "conditional_go", "no_go"}
    assert ingested(folder, "passed.jsonl") == before


def test_postgresql_and_back(
    folder: Path,
    postgres: Any,  # noqa: ANN401  # of a conftest
) -> None:
    """The rows of PostgreSQL, whose keys stand in another order."""
    dsn = postgres.database()
    programs.psql(folder, dsn, "-f", CONFIG / "postgres.sql")
    rows = programs.psql(folder, dsn, "-c", "SELECT line FROM director_lines ORDER BY random()")
    (folder / "passed.jsonl").write_text(rows)

    assert ingested(folder, "passed.jsonl") == ingested(folder, "director.jsonl")


@pytest.mark.parametrize("names", ["ecs", "otel"])
def test_other_names_and_back(tmp_path: Path, names: str) -> None:
    """What was written under the names of another standard is what the record has."""
    found = ingested(recorded(tmp_path, names), "director.jsonl")

    assert len(found) == 5
    assert all(each["checks"] for each in found)


@pytest.mark.needs("syslog-ng")
def test_other_names_through_a_pipeline(tmp_path: Path) -> None:
    """Lines of ECS, nested and made text by syslog-ng."""
    folder = recorded(tmp_path, "ecs")
    lines = (folder / "director.jsonl").read_text("utf-8").splitlines()
    (folder / "passed.jsonl").write_text("".join(programs.syslog_ng(folder, len(lines))))

    assert ingested(folder, "passed.jsonl") == ingested(folder, "director.jsonl")
