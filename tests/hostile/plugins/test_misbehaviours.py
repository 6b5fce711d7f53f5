"""A plugin that does what it should not changes its own result, and nothing else."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from director.cli.commands import call
from director.cli.interruption import Interruption

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside

HERE = Path(__file__).parent
SECRET = "hunter2hunter2"
DECLARED = ("declared.logging", "declared.metrics", "declared.alerts")
GOOD = tuple(f"fine.good{n}" for n in range(20))
CHANGING = ("started_at", "duration_ms")
EXITS = {"go": 0, "conditional_go": 0, "no_go": 1}


@dataclass(frozen=True)
class Came:
    """What came of one evaluation: exit code, the report, and the log."""

    code: int
    report: dict[str, Any]
    log: str

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results by check, without times and durations."""
        return {
            result["id"]: {key: value for key, value in result.items() if key not in CHANGING}
            for category in self.report["categories"]
            for result in category["checks"]
        }

    def events(self) -> list[str]:
        """Return the name of each line of the log."""
        return [json.loads(line)["event.name"] for line in self.log.splitlines()]


@pytest.fixture(scope="module")
def misbehaviours(beside: Beside) -> ModuleType:
    """The plugins."""
    return beside(HERE / "misbehaviours.py")


@contextlib.contextmanager
def site_in(place: Path, misbehaviours: ModuleType) -> Iterator[Path]:
    """Yield a folder where plugins can be installed; one with twenty good checks is there."""
    folder = place / "site"
    fine = misbehaviours.Row(0, misbehaviours.WELL, (), deadline_s=30.0)
    misbehaviours.install(folder, "fine", misbehaviours.module("fine", fine, many=20))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))


def evaluated(place: Path, checks: dict[str, str]) -> Came:
    """Evaluate a service with *checks*, each with its role, as the command does.

    Three that it declares are required as well, and hold.
    """
    (place / "secrets.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Secrets\n"
        "spec: {secrets: {word: {env: DIRECTOR_TEST_WORD, hosts: [example.com]}}}\n"
    )
    (place / "svc.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: svc, owner: team-test}\n"
        "spec: {declares: {logging: true, metrics: true, alerts: true}}\n"
    )
    wanted = {**dict.fromkeys(DECLARED, "required"), **checks}
    spec = {
        "thresholds": {"go": 0.9, "conditional": 0.5},
        "checks": {check: {"category": "c", "role": role} for check, role in wanted.items()},
    }
    head = {"apiVersion": "readiness/v1", "kind": "Profile", "metadata": {"name": "gate"}}
    (place / "gate.yaml").write_text(json.dumps({**head, "spec": spec}))
    (place / "log.jsonl").unlink(missing_ok=True)
    before, sys.argv = sys.argv, ["director", "evaluate", str(place / "svc.yaml"), "--no-store"]
    sys.argv += ["--profile", str(place / "gate.yaml"), "--log", str(place / "log.jsonl")]
    sys.argv += ["--secrets", str(place / "secrets.yaml")]
    sys.argv += ["--format", f"json={place / 'report.json'}"]
    os.environ |= {"DIRECTOR_TEST_WORD": SECRET, "TMPDIR": str(place)}
    try:
        code = call(Interruption())
    finally:
        sys.argv = before
        del os.environ["DIRECTOR_TEST_WORD"], os.environ["TMPDIR"]
    return Came(
        code, json.loads((place / "report.json").read_text()), (place / "log.jsonl").read_text()
    )


def left(place: Path) -> dict[str, object]:
    """Return what there is that a plugin could leave: processes, descriptors, threads, folders."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(1.0)  # One that is about to end may do so.
    return {
        "processes": sorted(_descendants(os.getpid())),
        "descriptors": sorted(each.name for each in Path("/dev/fd").iterdir()),
        "threads": sorted(each.name for each in threading.enumerate()),
        "folders": sorted(each.name for each in place.glob("director-*")),
    }


def _descendants(pid: int) -> set[int]:
    """Return everything that descends from *pid*, where the kernel shows it."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory, misbehaviours: ModuleType) -> dict[str, Any]:
    """The results of what is good, without anything that is not."""
    place = tmp_path_factory.mktemp("usual")
    with site_in(place, misbehaviours):
        return evaluated(place, dict.fromkeys(GOOD, "required")).results


def behaved(came: Came, row: Any, name: str, role: str) -> None:  # noqa: ANN401  # a Row
    """Assert that *came* is what must come of it."""
    bad = came.results[f"{name}.bad"]
    said = f"{bad['outcome']} {bad['code']}"
    assert said.startswith(row.words), (said, bad["reason"])
    decision = came.report["decision"]
    if bad["outcome"] == "passed":
        assert decision == "go"
    elif role == "advisory":
        assert decision != "go"
    else:
        assert decision == "no_go"
    assert came.code == EXITS[decision]
    assert len(bad["reason"]) <= 2200
    for heard in row.heard:
        assert heard in came.log
    assert came.events().count("director.decision.made") == 1
    assert SECRET not in came.log + json.dumps(came.report)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every plugin a role, in turn; the long form has every one with every role."""
    if "case" in metafunc.fixturenames:
        sys.path.insert(0, str(HERE))
        rows = importlib.import_module("misbehaviours").ROWS
        sys.path.remove(str(HERE))
        roles = ("required", "blocker", "advisory")
        cases = []
        for index, name in enumerate(rows):
            for turn, role in enumerate(roles):
                for beside in (True, False):
                    short = beside and turn == index % len(roles)
                    marks = () if short else (pytest.mark.long,)
                    words = f"{name}-{role}-{'beside' if beside else 'alone'}"
                    cases.append(pytest.param((name, role, beside), id=words, marks=marks))
        metafunc.parametrize("case", cases)


def test_nobody_else_notices(
    case: tuple[str, str, bool],
    tmp_path: Path,
    misbehaviours: ModuleType,
    usual: dict[str, Any],
) -> None:
    """Its own result says what it did; every other is what it would be, and nothing is left."""
    name, role, beside = case
    row = misbehaviours.ROWS[name]
    good = GOOD if beside else ()
    before = left(tmp_path)

    with site_in(tmp_path, misbehaviours) as site:
        misbehaviours.install(site, name, misbehaviours.module(name, row))
        if row.twin:
            text = misbehaviours.module(name, row)
            misbehaviours.install(site, name, text, distribution="dist-twin")
        came = evaluated(tmp_path, {f"{name}.bad": role, **dict.fromkeys(good, "required")})

    behaved(came, row, name, role)
    others = {check: came.results[check] for check in (*DECLARED, *good)}
    assert others == {check: usual[check] for check in others}
    assert left(tmp_path) == before


SIBLINGS = ("exits_hard", "reads_nowhere", "spins", "takes_all_memory", "stops_the_loop", "exits")


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_sibling_pays_nothing(name: str, tmp_path: Path, misbehaviours: ModuleType) -> None:
    """Checks of the same plugin, in the same process, say what they would say."""
    row = replace(misbehaviours.ROWS[name], deadline_s=3.0)
    before = left(tmp_path)

    with site_in(tmp_path, misbehaviours) as site:
        misbehaviours.install(site, name, misbehaviours.module(name, row, many=5))
        siblings = [f"{name}.good{n}" for n in range(5)]
        came = evaluated(tmp_path, dict.fromkeys([f"{name}.bad", *siblings], "required"))

    behaved(came, row, name, "required")
    assert [came.results[each]["outcome"] for each in siblings] == ["passed"] * 5
    assert left(tmp_path) == before


@pytest.mark.parametrize(
    "rounds", [pytest.param(8, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)]
)
def test_memory_does_not_grow(rounds: int, tmp_path: Path, misbehaviours: ModuleType) -> None:
    """Evaluation after evaluation, each with five bad plugins, leaves nothing behind."""
    chance = random.Random(20261123)  # noqa: S311  # the same five every time
    names = sorted(set(misbehaviours.ROWS) - {"sleeps_at_import", "is_there_twice"})
    sizes: list[int] = []

    with site_in(tmp_path, misbehaviours) as site:
        for name in names:
            misbehaviours.install(
                site / name, name, misbehaviours.module(name, misbehaviours.ROWS[name])
            )
        before = left(tmp_path)
        for _ in range(rounds):
            chosen = chance.sample(names, 5)
            sys.path[:0] = [str(site / name) for name in chosen]
            importlib.invalidate_caches()
            roles = {f"{name}.bad": "advisory" for name in chosen}
            came = evaluated(tmp_path, {**roles, **dict.fromkeys(GOOD, "required")})
            del sys.path[:5]
            for name in chosen:
                bad = came.results[f"{name}.bad"]
                said = f"{bad['outcome']} {bad['code']}"
                assert said.startswith(misbehaviours.ROWS[name].words), (name, said)
            assert {came.results[each]["outcome"] for each in GOOD} == {"passed"}
            gc.collect()
            sizes.append(resident())
        assert left(tmp_path) == before

    warm = sizes[len(sizes) // 4 : len(sizes) // 2]
    assert median(sizes[-len(warm) :]) <= median(warm) * 1.05


def resident() -> int:
    """Return the memory that this process has, in pages."""
    return int(Path("/proc/self/statm").read_text().split()[1])
