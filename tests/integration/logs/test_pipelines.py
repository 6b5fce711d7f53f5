"""config/logs: each configuration, run by its own program on lines that a real evaluation wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.logs import programs
from tests.integration.logs.programs import CONFIG, DIRECTOR, run

QUOTED = 'it says \\"no\\" \\\\ and grüezi'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the log of an evaluation; one declaration holds what breaks readers."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "readiness.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: checkout}\n"
        f'spec: {{declares: {{logging: true, backup: {{not_applicable: "{QUOTED}"}}}}}}\n',
        encoding="utf-8",
    )
    log = folder / "director.jsonl"
    ran = subprocess.run(
        [DIRECTOR, "evaluate", folder / "readiness.yaml", "--no-store", "--log", log],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        env={"HOME": str(folder)},
    )
    assert ran.returncode == 1, ran.stderr
    return folder


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[dict[str, Any]]:
    """What the log says."""
    with (folder / "director.jsonl").open(encoding="utf-8") as log:
        lines = [json.loads(line) for line in log]
    assert any('"no" \\ and grüezi' in line["message"] for line in lines)
    return lines


@pytest.fixture(scope="module")
def decision(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The line of the decision."""
    (line,) = [line for line in lines if line["event.name"] == "director.decision.made"]
    return line


@pytest.mark.needs("jq")
def test_jq(folder: Path, decision: dict[str, Any]) -> None:
    """A row for each decision."""
    (row,) = run("jq", "-rf", CONFIG / "decisions.jq", "director.jsonl", folder=folder).splitlines()

    assert row.split("\t") == [
        decision["timestamp"],
        "checkout",
        "",
        decision["director.decision.outcome"],
        decision["director.decision.outcome"],
        decision["director.decision.pass_rate"],
        decision["director.evaluation.id"],
    ]


@pytest.mark.needs("lnav")
def test_lnav(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Every line is understood, with its level; fields are columns."""
    installed = folder / "lnav" / "formats" / "installed"
    installed.mkdir(parents=True)
    (installed / "director.json").write_text((CONFIG / "director.lnav.json").read_text("utf-8"))
    asked = (
        ';SELECT log_level AS level, "director.check.id" AS checked, count(*) AS many'
        " FROM director_log GROUP BY 1, 2"
    )
    said = run(
        *("lnav", "-I", folder / "lnav", "-n", "-c", asked, "-c", ":write-json-to -"),
        "director.jsonl",
        folder=folder,
    )
    rows = json.loads(said)

    assert sum(row["many"] for row in rows) == len(lines)
    assert {row["level"] for row in rows} == {line["level"] for line in lines}
    assert {row["checked"] for row in rows} - {None} == {
        line["director.check.id"] for line in lines if "director.check.id" in line
    }


@pytest.mark.needs("rsyslogd")
def test_rsyslog(folder: Path, lines: list[dict[str, Any]]) -> None:
    """What rsyslog passes on is what was written, types and all, with its metadata beside it."""
    passed = [json.loads(line) for line in programs.rsyslog(folder, len(lines))]

    assert all(line.pop("metadata")["filename"].endswith("director.jsonl") for line in passed)
    assert passed == lines
    assert not (folder / "director.rejected.log").exists()


@pytest.mark.needs("syslog-ng")
def test_syslog_ng(folder: Path, lines: list[dict[str, Any]]) -> None:
    """What syslog-ng passes on is nested, and numbers are text, but nothing is lost."""
    passed = [json.loads(line) for line in programs.syslog_ng(folder, len(lines))]

    assert [line["message"] for line in passed] == [line["message"] for line in lines]
    assert [line["director"]["seq"] for line in passed] == [
        str(line["director.seq"]) for line in lines
    ]
    assert not (folder / "director.rejected.log").exists()


def test_postgresql(
    folder: Path,
    lines: list[dict[str, Any]],
    decision: dict[str, Any],
    postgres: Any,  # noqa: ANN401  # of a conftest
) -> None:
    """Every line arrives as it is, once however often it is loaded, and decisions have a view."""
    dsn = postgres.database()
    for _ in range(2):
        programs.psql(folder, dsn, "-f", programs.CONFIG / "postgres.sql")
    asked = "SELECT line FROM director_lines ORDER BY (line ->> 'director.seq')::bigint"
    rows = programs.psql(folder, dsn, "-c", asked).split("\n")
    view = programs.psql(folder, dsn, "-c", "SELECT service, decision FROM director_decisions")

    assert [json.loads(row) for row in rows if row] == lines
    assert view.strip() == f"checkout|{decision['director.decision.outcome']}"


def test_duckdb(folder: Path, lines: list[dict[str, Any]], decision: dict[str, Any]) -> None:
    """Columns have types, and decisions a view."""
    asked = 'SELECT "message", "director.seq" AS seq FROM director_lines ORDER BY 2'
    rows = [json.loads(row) for row in programs.duckdb(folder, asked).splitlines()]
    asked = "SELECT service, decision, score FROM director_decisions"
    decided = json.loads(programs.duckdb(folder, asked))

    assert [(row["message"], row["seq"]) for row in rows] == [
        (line["message"], line["director.seq"]) for line in lines
    ]
    assert list(decided.values()) == [
        *("checkout", decision["director.decision.outcome"]),
        decision["director.decision.score"],
    ]


@pytest.mark.needs("chdb")
def test_clickhouse(folder: Path, lines: list[dict[str, Any]], decision: dict[str, Any]) -> None:
    """Every line is there once however often it is loaded, and decisions have a view."""
    query = "SELECT line FROM director_lines FINAL ORDER BY at, id"
    first, found = [programs.clickhouse(folder, query) for _ in range(2)]
    asked = "SELECT service, decision, score FROM director_decisions"
    decided = programs.clickhouse(folder, asked).split()

    assert first == found
    assert [json.loads(line) for line in found.splitlines()] == lines
    assert decided == [
        *("checkout", decision["director.decision.outcome"]),
        str(decision["director.decision.score"]),
    ]
