"""director evaluate when the world is against it: never GO, never exit 0 by accident."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from director.testing import DemoService


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
async def test_an_interrupted_evaluation_reports_what_it_has(
    start, write, ready, log_lines, home: Path, number: signal.Signals, code: int
) -> None:
    """The partial report says that it is one, and no decision is made or recorded."""
    async with DemoService.slow(30) as service:
        path = write(
            "svc",
            ready,
            profile="standard",
            environments={"production": {"base_url": service.base_url}},
        )
        process = await start(
            "evaluate", path, "--allow-address", "127.0.0.0/8", "--format", "json",
            "--log", "log.jsonl",
        )  # fmt: skip
        async with asyncio.timeout(30):
            await service.asked(1)
            process.send_signal(number)
            stdout, stderr = await process.communicate()

    document = json.loads(stdout)
    assert process.returncode == code
    assert b"Traceback" not in stderr
    assert (document["service"], document["decision"], document["partial"]) == ("svc", None, True)
    heard = {result["check"] for result in document["error"]["results"]}
    assert "declared.logging" in heard
    assert "http.health" not in heard
    names = [line["event.name"] for line in log_lines((home / "log.jsonl").read_text())]
    assert names[-1] == "director.evaluation.cancelled"
    assert "director.decision.made" not in names


async def test_a_reader_that_goes_away_changes_nothing(start, write, ready, home: Path) -> None:
    """A closed stdout neither hangs nor kills a decision: it is recorded, and the exit holds."""
    reading, writing = os.pipe()
    os.close(reading)
    process = await start(
        "evaluate", write("svc", dict.fromkeys(ready, False)), "--profile", "baseline",
        stdout=writing,
    )  # fmt: skip
    os.close(writing)

    async with asyncio.timeout(30):
        _, stderr = await process.communicate()

    assert process.returncode == 1
    assert b"Traceback" not in stderr
    assert b"BrokenPipe" not in stderr
    assert (home / ".local/share/director/director.db").is_file()


async def test_a_stalled_log_reader_does_not_hold_a_decision(start, write, ready) -> None:
    """Nobody reads the log; the decision is made all the same, and the command ends."""
    reading, writing = os.pipe()
    paths = [write(f"svc-{i:03}", ready) for i in range(60)]
    process = await start("evaluate", *paths, "--profile", "baseline", stderr=writing)
    os.close(writing)

    async with asyncio.timeout(50):
        stdout, _ = await process.communicate()
    os.close(reading)

    assert process.returncode == 0
    assert stdout.count(b" GO  100%") == 60


async def test_a_full_disk_under_the_report_is_no_go(start, write, ready) -> None:
    """A report that cannot be written is no answer: exit 3, never 0."""
    full = os.open("/dev/full", os.O_WRONLY)
    process = await start("evaluate", write("svc", ready), "--profile", "baseline", stdout=full)
    os.close(full)

    async with asyncio.timeout(30):
        _, stderr = await process.communicate()

    assert process.returncode == 3
    assert b"cannot be written" in stderr


async def test_a_store_that_cannot_be_written_is_exit_3(director, write, ready, home: Path) -> None:
    """No record, no GO."""
    (home / "file").write_text("not a folder")

    ran = await director(
        "evaluate", write("svc", ready), "--profile", "baseline", "--store", "file/director.db",
        "--format", "json",
    )  # fmt: skip

    assert ran.exit == 3
    assert ran.document["decision"] is None
    assert ran.document["recorded"] is False
    assert ran.document["error"]["reason"]


async def test_a_store_that_is_no_database_is_exit_3(director, write, ready, home: Path) -> None:
    """Something else under the name of the store is left as it is."""
    (home / "director.db").write_text("these are my notes, please keep them" * 200)

    ran = await director(
        "evaluate", write("svc", ready), "--profile", "baseline", "--store", "director.db"
    )

    assert ran.exit == 3
    assert "GO  100%" not in ran.stdout
    assert (home / "director.db").read_text().startswith("these are my notes")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (None, "svc.yaml:"),
        (b"", "svc.yaml:"),
        (b"a: [", "svc.yaml:1:4"),
        (b"\xff\xfe\x00", "svc.yaml"),
        (b"- 1\n- 2\n", "svc.yaml:1:1"),
        (b"apiVersion: readiness/v1\nkind: Sevice\nmetadata: {name: x}\n", "svc.yaml:2:7"),
        (b"apiVersion: readiness/v1\nkind: Service\nmetdata: {name: x}\n", "svc.yaml:3:1"),
        (b"apiVersion: readiness/v1\nkind: Service\nmetadata: {name: x, name: y}\n", "svc.yaml:3:"),
    ],
    ids=["absent", "empty", "syntax", "utf-16", "list", "kind", "unknown key", "duplicate key"],
)
async def test_a_manifest_that_cannot_be_used_is_exit_2(
    director, home: Path, content: bytes | None, where: str
) -> None:
    """One line for each fault with its place, no traceback, no decision."""
    if content is not None:
        (home / "svc.yaml").write_bytes(content)

    ran = await director("evaluate", "svc.yaml", "--log", "off")

    assert ran.exit == 2
    assert all(line.startswith(where.partition(":")[0]) for line in ran.stderr.splitlines())
    assert where in ran.stderr


async def test_many_services_at_once_are_all_answered(director, write, ready, home: Path) -> None:
    """Concurrent evaluations keep their order and lose nobody."""
    names = [f"svc-{i:03}" for i in range(40)]
    for name in names:
        write(name, {**ready, "load_test": name.endswith("7")})

    ran = await director("evaluate", home, "--profile", "baseline", "--format", "json")

    assert [item["service"] for item in ran.document] == names
    decided = {item["service"]: item["decision"] for item in ran.document}
    assert {name for name, word in decided.items() if word == "go"} == {
        name for name in names if name.endswith("7")
    }


async def test_nothing_untrusted_is_imported_on_the_way(director, home: Path) -> None:
    """A distribution that hooks into a library of ours gets no foot in the door."""
    (home / "intruder.py").write_text("open('intruder-was-here', 'w').close()\nplugin = None\n")
    folder = home / "intruder-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[pydantic]\nintruder = intruder:plugin\n[director]\nintruder = intruder\n"
    )
    (home / "svc.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: svc}\n"
    )

    ran = await director("evaluate", "svc.yaml", variables={"PYTHONPATH": str(home)})
    listed = await director("plugins", variables={"PYTHONPATH": str(home)})

    assert ran.exit == 1
    assert "broken" in listed.stdout  # It was asked in its own process, which is gone.
    assert not (home / "intruder-was-here").exists()
