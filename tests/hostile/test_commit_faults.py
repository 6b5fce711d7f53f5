"""The record when a call to the disk fails: nothing acknowledged is lost, or there twice.

A shim of C, loaded before every library, counts what the program does to its folder and lets the
call of a number fail: with an error, with every call after it, or with the end of the process. It
needs a C compiler and nothing else. ``strace`` can do the same, and is left alone: it needs the
right to trace, which containers often withhold, and starts the program anew for each fault; the
shim is told what to do in a process that forks, so that a fault takes a twentieth of the time.

Where nothing is killed, the program must refuse what failed, and keep it when told once more. In
any case the record is opened again without the shim, verified as ``director audit verify`` does,
and appended to.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import cycle, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest

from director.store.codec import checked
from director.wiring.record import open_store

pytestmark = pytest.mark.needs("cc" if sys.platform == "linux" else "ld.so")

FAULTS = Path(__file__).parent / "faults"
SCENES = ("begin", "append", "read", "full")
"""A new record; one that is there; one that is read meanwhile; one whose log is moved over."""

WANTED = ("S0", "S1", "G0", "G1", "G2", "S2", "AFTER")
COMMIT = {
    ("fdatasync", "data/record.db-wal"),
    ("write", "elsewhere/anchor"),
    ("fsync", "elsewhere/anchor"),
}
KINDS = ("EIO", "ENOSPC", "dead", "full", "unsynced", "unlogged", "killed", "torn")
READY = {
    "apiVersion": "readiness/v1",
    "kind": "Service",
    "metadata": {"name": "svc", "owner": "team-svc"},
    "spec": {
        "declares": dict.fromkeys(
            (
                *("logging", "metrics", "alerts", "healthcheck", "load_test", "security_review"),
                *("runbook", "on_call", "backup", "rollback_plan"),
            ),
            True,
        )
    },
}
ROWS = {("pwrite64", "data/record.db"), ("pwrite64", "data/record.db-shm")}
"""Pages that are written in a row, of which only some are tried."""

_STRIDE = 25


class Ground:
    """Where scenes are done, and what must hold after each."""

    def __init__(self, bench: Any, kit: ModuleType, writer: ModuleType, folder: Path) -> None:  # noqa: ANN401  # modules beside a test have no types
        self.bench = bench
        self.kit = kit
        self.writer = writer
        self.folder = folder
        self._templates: dict[str, Path | None] = {"begin": None}

    def template(self, scene: str) -> Path | None:
        """Return what a scene begins with."""
        made = "fill" if scene == "full" else "prepare"
        if scene not in self._templates:
            folder = self.kit.fresh(self.folder / f"template-{scene}", None)
            assert self.bench.run(folder, made).code == 0
            self._templates[scene] = folder
        return self._templates[scene]

    def play(self, scene: str, kind: str = "none", number: int = 0) -> Any:  # noqa: ANN401  # an outcome
        """Do a scene with a fault, look at everything, and return how it went."""
        place = self.kit.fresh(self.folder / "place", self.template(scene))
        outcome = self.bench.run(place, scene, kind, number)
        try:
            self.look(outcome, kind)
            asyncio.run(self.look_again(place, outcome.kept))
        except Exception as error:
            hit = next((call for call in outcome.calls if call.result.startswith("!")), None)
            error.add_note(f"{scene}, {kind} at {number}: {hit}; {outcome.errors}")
            raise
        return outcome

    def look(self, outcome: Any, kind: str) -> None:  # noqa: ANN401  # an outcome
        """Assert that what was acknowledged was durable, and that nothing else went wrong."""
        assert outcome.errors == ""
        assert list(self.kit.unsynced(outcome.calls)) == []
        assert len(set(outcome.kept)) == len(outcome.kept)
        if outcome.fired and kind in self.kit.DEADLY:
            assert outcome.code == -9
        else:
            assert outcome.code == 0
            refused = {told.partition(" ")[0] for told in outcome.said("refused")}
            assert {*refused, "AFTER"} <= set(outcome.kept)  # Every other one is there at once.
            assert [call.name for call in outcome.calls][-1] == "end"
        for told in (*outcome.said("refused"), *outcome.said("closed")):
            assert "; " in told, told
            assert told.isprintable()

    async def look_again(self, place: Path, kept: list[str]) -> None:
        """Assert that everything acknowledged is there once, and that work goes on."""
        where = self.writer.settings(place)
        if where.store.exists():
            with closing(sqlite3.connect(where.store)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        else:
            assert kept == []
        anchored, ids, bodies = await self.kit.audit(where)
        assert len(set(ids)) == len(ids)
        for name in kept:
            assert ids.index(name) < anchored
        for name in WANTED:
            if name in ids:
                assert ids[ids.index(name) + 1] == f"{name}-REFUSED"
                assert bodies[name] == checked(self.writer.decision(name)).body
            else:
                assert f"{name}-REFUSED" not in ids
        store = open_store(where)
        for name in (*WANTED, "LATER"):
            await store.record(self.writer.decision(name), (self.writer.attempt(name),))
        await store.close()
        anchored, after, bodies = await self.kit.audit(where)
        assert after[: len(ids)] == ids
        assert len(set(after)) == len(after) == anchored
        assert {*WANTED, "LATER"} <= bodies.keys()


@pytest.fixture(scope="module")
def ground(beside: Any) -> Iterator[Ground]:  # noqa: ANN401  # its type lives in a conftest
    """Return where scenes are done: in memory if possible, as only the order of calls counts."""
    kit, memory = beside(FAULTS / "bench.py"), "/dev/shm"  # noqa: S108  # a folder of our own in it
    where = memory if os.access(memory, os.W_OK) else None
    with TemporaryDirectory(prefix="faults-", dir=where) as folder:
        bench = kit.Bench(Path(folder))
        yield Ground(bench, kit, beside(FAULTS / "writer.py"), Path(folder))
        bench.close()


@pytest.mark.parametrize("scene", SCENES)
def test_every_call_is_seen(ground: Ground, scene: str) -> None:
    """Without a fault everything is kept in its order, by calls that the shim sees."""
    outcome = ground.play(scene)

    assert outcome.kept == list(WANTED)
    assert outcome.said("refused") == outcome.said("closed") == []
    assert {call.sort for call in outcome.armed} >= COMMIT
    assert ("pwrite64", "data/record.db") in {call.sort for call in outcome.armed}


@pytest.mark.parametrize("scene", ["begin", pytest.param("append", marks=pytest.mark.long)])
def test_one_call_of_each_sort_fails(ground: Ground, scene: str) -> None:
    """Wherever a call fails, in whatever way, nothing acknowledged is lost or there twice."""
    calls = ground.play(scene).armed
    kinds = cycle(ground.kit.KINDS)
    last = {call.sort: number for number, call in enumerate(calls, 1)}
    fired = [ground.play(scene, next(kinds), number).fired for number in last.values()]

    assert len(fired) >= 8
    assert sum(fired) >= len(fired) * 2 // 3  # A disk that is full only refuses what takes space.


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_of_a_commit_fails(ground: Ground, kind: str) -> None:
    """The sync of the log, and the line in the anchor, fail in every way."""
    calls = ground.play("read").armed
    first = {call.sort: place for place, call in reversed([*enumerate(calls, 1)])}

    for sort in sorted(COMMIT):
        outcome = ground.play("read", kind, first[sort])
        assert outcome.fired
        assert kind in ground.kit.DEADLY or outcome.said("refused")


@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        ("begin", "unsynced"),
        pytest.param("append", "unsynced", marks=pytest.mark.long),
        ("append", "unlogged"),
    ],
)
def test_no_sync_succeeds_any_more(ground: Ground, scene: str, kind: str) -> None:
    """What was written and not synced is found again, and is not taken for kept.

    SQLite finds in its log what it has said it could not commit, if its last connection could not
    tidy up; and a new record whose log could not be moved into it is empty.
    """
    calls = ground.play(scene).armed
    syncs = [place for place, call in enumerate(calls, 1) if call.call in ground.kit.SYNCS]

    assert len(syncs) >= 12
    fired = sum(ground.play(scene, kind, place).fired for place in syncs[::2])
    assert fired >= len(syncs[::2]) - 2  # How many syncs a group shares is not always the same.


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES)
def test_every_call_fails(ground: Ground, scene: str, kind: str) -> None:
    """The first call fails, then the second, and so on, until there is none left."""
    calls = ground.play(scene).armed
    number, count = 1, 0
    while ground.play(scene, kind, number).fired:
        count += 1
        row = sum(1 for _ in takewhile(ROWS.__contains__, (call.sort for call in calls[number:])))
        number += min(_STRIDE, row) or 1

    assert count >= 80
    assert number > len(calls) * 3 // 4 or kind in {"full", "unsynced", "unlogged"}


def test_a_group_shares_its_sync(ground: Ground) -> None:
    """A commit is one sync of the log and one of the anchor, for one decision or for many."""
    outcome = ground.play("crowd")
    log, anchor = ground.kit.LOG, ground.kit.ANCHOR
    synced = Counter(call.name for call in outcome.armed if call.call in ground.kit.SYNCS)
    groups = sum(call.name == anchor for call in outcome.armed if call.call == "write")

    assert sorted(outcome.kept) == sorted(("S0", *ground.writer.CROWD, "AFTER"))
    assert 3 <= groups <= 2 + len(ground.writer.CROWD) // 2
    assert synced[anchor] == groups
    assert groups <= synced[log] <= groups + 2  # A new log has a header, and is moved at the end.


def test_a_decision_alone_is_synced_before_it_is_acknowledged(ground: Ground) -> None:
    """Between one acknowledgement and the next there is one sync of the log, then of the anchor."""
    calls = [call for call in ground.play("read").calls if call.call in {"say", *ground.kit.SYNCS}]
    begun, after = (calls.index(said(calls, f"kept {name}")) for name in ("S0", "S1"))

    assert [(call.call, call.name) for call in calls[begun + 1 : after]] == [
        ("fdatasync", ground.kit.LOG),
        ("fsync", ground.kit.ANCHOR),
    ]


def said(calls: Sequence[Any], words: str) -> Any:  # noqa: ANN401  # a call
    """Return where the program told something."""
    return next(call for call in calls if (call.call, call.name) == ("say", words))


LOG_FAILS, ANCHOR_FAILS = "the disk does not read or write", "the anchor cannot be written"
REFUSALS = [
    (False, ("unsynced", "fdatasync", "data/record.db-wal", 2, LOG_FAILS)),
    (False, ("EIO", "write", "elsewhere/anchor", 1, ANCHOR_FAILS)),
    (True, ("dead", "fdatasync", "data/record.db-wal", 2, LOG_FAILS)),
    (True, ("full", "pwrite64", "data/record.db-wal", 1, "the disk is full")),
    (True, ("unsynced", "fsync", "elsewhere/anchor", 1, ANCHOR_FAILS)),
]
"""What fails, how, at which call, and what is said; whether only the long form does it."""


@pytest.mark.parametrize(
    ("kind", "call", "name", "number", "reason"),
    [
        pytest.param(*each, id=" ".join(each[:2]), marks=pytest.mark.long if long else ())
        for long, each in REFUSALS
    ],
)
def test_the_command_says_no_go(
    ground: Ground, kind: str, call: str, name: str, number: int, reason: str
) -> None:
    """Where a commit fails, ``director evaluate`` ends with 3 and one line; then it works again."""
    place = ground.kit.fresh(ground.folder / "place", ground.template("read"))
    fault = {"KIND": kind, "CALL": call, "NAME": name, "AT": str(number), "FOLDER": str(place)}
    trace = place.with_suffix(".trace")

    failed = evaluate(ground, place, {**fault, "TRACE": str(trace)})
    document = json.loads(failed.stdout)

    assert any(each.result.startswith("!") for each in ground.kit.read_trace(trace))
    assert failed.returncode == 3
    assert (document["decision"], document["recorded"]) == (None, False)
    assert reason in document["error"]["reason"]
    assert document["error"]["reason"].isprintable()
    assert "Traceback" not in failed.stderr
    again = evaluate(ground, place, {})
    assert again.returncode == 0
    assert json.loads(again.stdout)["decision"] == "go"
    anchored, ids, _ = asyncio.run(ground.kit.audit(ground.writer.settings(place)))
    assert len(set(ids)) == len(ids) == anchored


def evaluate(
    ground: Ground, place: Path, fault: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the command on a service that is ready, with a fault in its way or none."""
    where = ground.writer.settings(place)
    preload = {"LD_PRELOAD": str(ground.bench.shim)} if fault else {}
    manifest = ground.folder / "svc.yaml"
    manifest.write_text(json.dumps(READY))
    return subprocess.run(
        [
            *(Path(sys.executable).parent / "director", "evaluate", manifest),
            *("--profile", "baseline"),
            *("--store", where.store, "--audit-anchor", where.audit_anchor, "--log", "off"),
            *("--format", "json"),
        ],
        env={**os.environ, **preload, **{f"FAULT_{name}": text for name, text in fault.items()}},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
