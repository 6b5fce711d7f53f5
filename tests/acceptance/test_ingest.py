"""director ingest, as an operator runs it on logs of real evaluations."""

from __future__ import annotations

import gzip
import json

import pytest


@pytest.fixture
async def log(director, home):
    """The log of two evaluations, which are recorded, too."""
    for name, said in (("good", "true"), ("bad", "false")):
        (home / f"{name}.yaml").write_text(
            f"apiVersion: readiness/v1\nkind: Service\nmetadata: {{name: {name}}}\n"
            "spec: {profile: baseline, declares: {logging: true, metrics: true, alerts: true, "
            f"healthcheck: true, load_test: true, security_review: {said}, runbook: true, "
            "on_call: true}}\n"
        )
        ran = await director(
            *("evaluate", home / f"{name}.yaml", "--store", home / "r.db"),
            *("--log", home / "log.jsonl"),
        )
        assert ran.exit in {0, 1}, ran.stderr
    return home / "log.jsonl"


async def test_history_is_rebuilt(director, log):
    """Each decision with its checks, and the sums in the last line."""
    ran = await director("ingest", log)
    good, bad = ran.stdout.splitlines()
    assert ran.exit == 0
    assert "good  GO  100%" in good
    assert "bad  NO_GO" in bad
    assert "8 checks" in bad
    assert "0 rejected, 0 gaps; 2 decisions, read back from a log" in ran.stderr


async def test_what_a_pipeline_did_is_undone(director, log, home):
    """Compressed, wrapped by Docker, some lines twice, some lost, some broken."""
    lines = log.read_text().splitlines()
    del lines[3]
    wrapped = [json.dumps({"log": line}) for line in (*lines, lines[0], "oops")]
    (home / "log.gz").write_bytes(gzip.compress("\n".join(wrapped).encode()))
    ran = await director(
        *("ingest", home / "log.gz", "--strict", "--format", "json"),
        *("--rejects", home / "rejects.jsonl"),
    )
    assert ran.exit == 1
    found = ran.document
    assert found["origin"] == "replay"
    assert (found["duplicates"], found["rejected"], found["missing"]) == (1, 1, 1)
    assert [each["decision"] for each in found["decisions"]] == ["go", "no_go"]
    (reject,) = [json.loads(line) for line in (home / "rejects.jsonl").read_text().splitlines()]
    assert (reject["line"], reject["reason"]) == (len(wrapped), "must have event.name")


async def test_a_lost_record_is_seen(director, log, home):
    """A decision that was recorded and is not in the record is said, with exit 1."""
    ran = await director("ingest", log, "--against-record", "--store", home / "r.db")
    assert ran.exit == 0, ran.stderr
    other = home / "other.db"
    made = await director(
        "evaluate", home / "good.yaml", "--store", other, "--log", "off", "--profile", "baseline"
    )
    assert made.exit == 0
    ran = await director("ingest", log, "--against-record", "--store", other)
    assert ran.exit == 1
    assert ran.stderr.count("is not in the record") == 2


async def test_bad_input(director, log, home):
    """Each with one line and its exit code."""
    (home / "empty").write_text("")
    cases = [
        (2, ("ingest",), "must be given, or --follow"),
        (2, ("ingest", log, "--follow", log), "must be without other files"),
        (2, ("ingest", home / "nowhere"), "must be a file that can be read, got No such file"),
        (2, ("ingest", home), "must be a file that can be read, got Is a directory"),
        (2, ("ingest", log, "--rejects", log), "must be a file that is not there yet"),
        (3, ("ingest", home / "empty"), "0 read, 0 accepted"),
    ]
    for code, words, said in cases:
        ran = await director(*words)
        assert (ran.exit, ran.stdout) == (code, ""), ran
        assert said in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1
