"""The nineteen ways in which known gates are known to open for nothing, each tried once on ours.

The holes are those that other gates have, or had: Keptn, Argo Rollouts, Flagger, Kayenta, OpenSSF
Scorecard and Allstar, Backstage Tech Insights, CLOMonitor, Polaris, Cortex, Kyverno and others.
Where a hole lies in something that does not exist here yet, what corresponds to it today is
tried, and the docstring says so.
"""

# ruff: noqa: ANN401  # a JSON document has any shape

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.manifest import load_manifest
from director.loading.profile import builtin_folder, load_profile
from director.loading.settings import Settings
from director.model.record import Record
from director.model.standing import Standing, Waiver
from director.store.memory import MemoryStore
from director.testing import DemoService, FakeClock
from director.wiring import open_prober
from director.wiring.plugins import install

GATE = """
import asyncio
import sys
from dataclasses import make_dataclass

from director.plugin import (
    CheckSpec, Evidence, EvidenceKind, NotApplicable, Passed, Unknown, hookimpl,
)


def spec(name, deadline_s):
    return CheckSpec(
        id=f"gate.{name}", title=name, category="gate", why="w", remedy="r", deadline_s=deadline_s
    )


def inline(name, act):
    namespace = {"spec": spec(name, 10.0), "judge": lambda self, manifest: act()}
    return make_dataclass(name.title(), [], namespace=namespace, frozen=True)


def live(name, act, deadline_s):
    async def run(self, target, probe):
        return await act()

    namespace = {"spec": spec(name, deadline_s), "run": run}
    return make_dataclass(name.title(), [], namespace=namespace, frozen=True)


def crash():
    raise RuntimeError("out of order")


async def wait():
    await asyncio.Event().wait()


async def insist():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


def nan():
    facts = (("seconds", float("nan")),)
    return Passed("fast", evidence=(Evidence(EvidenceKind.DECLARED, "x", None, facts),))


CHECKS = [
    inline("good", lambda: Passed("it is so")),
    inline("crash", crash),
    inline("leave", lambda: sys.exit(0)),
    inline("nan", nan),
    inline("true", lambda: True),
    inline("nothing", lambda: None),
    inline("blind", lambda: Unknown("no data")),
    inline("exempt", lambda: NotApplicable("stateless")),
    live("wait", wait, 0.3),
    live("insist", insist, 0.3),
]


@hookimpl
def director_checks():
    return CHECKS
"""

BAD = ("crash", "leave", "nan", "true", "nothing", "blind", "wait", "insist", "absent")
"""Checks that give no usable answer, each in its own way; nobody offers the last one."""


@dataclass(frozen=True)
class Gate:
    """The command with a third party's plugin, and with an operator's policies in a folder."""

    home: Path
    director: Any

    def policy(self, name: str, checks: dict[str, dict[str, Any]], **spec: Any) -> Path:
        """Write a profile of *checks*, required and in one category unless they say otherwise."""
        path = self.home / "policies" / f"{name}.yaml"
        usual = {"category": "gate", "role": "required"}
        document = {
            "apiVersion": "readiness/v1",
            "kind": "Profile",
            "metadata": {"name": name},
            "spec": {
                "thresholds": {"go": 0.9, "conditional": 0.5},
                "checks": {check: usual | more for check, more in checks.items()},
                **spec,
            },
        }
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    async def evaluate(self, *arguments: str | Path, trusted: bool = True) -> Any:
        """Evaluate, and return how it ended."""
        return await self.director(
            "evaluate", *arguments, *(("--trust", "director-gate") if trusted else ()),
            "--profiles", "policies", "--format", "json", "--log", "off",
            variables={"PYTHONPATH": str(self.home)},
        )  # fmt: skip


@pytest.fixture
def gate(home: Path, director) -> Gate:
    """Install the third party's plugin."""
    (home / "gate_checks.py").write_text(GATE)
    (home / "policies").mkdir()
    folder = home / "director_gate-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: director-gate\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[director]\ngate = gate_checks\n")
    return Gate(home, director)


DECLARED: dict[str, dict[str, Any]] = {
    f"declared.{name}": {} for name in ("logging", "metrics", "alerts", "runbook")
}
"""Four required checks that the ready service passes."""


def shut(document: Any) -> bool:
    """Return whether nothing that opens a gate was decided."""
    return document["decision"] in ("no_go", None)


def codes(document: Any) -> set[str]:
    """Return the codes of the reasons."""
    return {reason["code"] for reason in document["reasons"]}


def checks_of(document: Any) -> dict[str, Any]:
    """Return every check of a report by its id."""
    return {check["id"]: check for c in document["categories"] for check in c["checks"]}


class WaivingStore(MemoryStore):
    """A store in which waivers were approved."""

    def __init__(self, *waivers: Waiver) -> None:
        super().__init__()
        self._waivers = waivers

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what stands, with the waivers."""
        return replace(await super().standing(service, environment), waivers=self._waivers)


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def waiver(check: str, **fields: Any) -> Waiver:
    """Return an approved waiver for *check*."""
    given = {
        "id": f"w-{check}", "check": check, "reason": "waiting for the rig", "ticket": "OPS-1",
        "requested_by": "ann", "approved_by": "bob", "expires_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return Waiver(**{**given, **fields})


async def judged(path: Path, *waivers: Waiver) -> Record:
    """Return what the Director with its real plugins says under ``baseline``."""
    settings, clock = Settings(store=None), FakeClock(NOW)
    installed = install(settings)
    director = Director(
        Tools(
            catalog=installed.catalog,
            classes=installed.classes,
            engine=Engine(open_prober(settings, clock), clock, Limits()),
            bus=Bus(),
            store=WaivingStore(*waivers),
            clock=clock,
            new_id=lambda at: f"01{at:%Y%m%d%H%M%S}0000000000",
            version="0",
        )
    )
    profile = load_profile("baseline", (builtin_folder(),))
    request = Request("01JD9Z4S00000000000000000A", load_manifest(path), None, profile)
    return (await director.evaluate(request)).record


async def test_hole_01_nothing_configured_passes(gate: Gate, write, ready, home: Path) -> None:
    """No manifest, no checks, only shadow checks or only silence: never a GO.

    Elsewhere: no SLO file, no objectives, no rules, nothing registered.
    """
    (home / "empty").mkdir()
    gate.policy("nothing", {})
    gate.policy("shadows", {check: {"role": "shadow"} for check in DECLARED})
    gate.policy("advisory", {check: {"role": "advisory"} for check in DECLARED})
    gate.policy("hollow", {f"declared.{name}": {} for name in ("x1", "x2", "x3", "x4")})
    gate.policy("exempted", {"gate.exempt": {}})

    assert (await gate.evaluate("empty")).exit == 2
    for policy, code in (
        ("nothing", 5), ("shadows", 2), ("advisory", 2), ("hollow", 1), ("exempted", 5),
    ):  # fmt: skip
        ran = await gate.evaluate(write("svc", ready, profile=policy))
        assert (ran.exit, shut(ran.document)) == (code, True)
    silent = await gate.evaluate(write("silent"), "--profile", "baseline")
    assert (silent.exit, silent.document["pass_rate"]) == (1, "0%")


async def test_hole_02_cancelled_or_never_measured_is_success(
    gate: Gate, start, write, ready
) -> None:
    """What was stopped before it was measured is no success: neither a check nor the whole run."""
    gate.policy("late", {**DECLARED, "gate.wait": {}})
    ran = await gate.evaluate(write("svc", ready, profile="late"))

    assert (ran.exit, shut(ran.document)) == (1, True)
    assert checks_of(ran.document)["gate.wait"]["outcome"] == "errored"
    assert "unproven" in codes(ran.document)

    async with DemoService.slow(30) as service:
        production = {"production": {"base_url": service.base_url}}
        path = write("stopped", ready, profile="standard", environments=production)
        process = await start(
            "evaluate", path, "--allow-address", "127.0.0.0/8", "--format", "json", "--log", "off"
        )
        async with asyncio.timeout(30):
            await service.asked(1)
            process.send_signal(signal.SIGTERM)
            stdout, _ = await process.communicate()
    assert (process.returncode, json.loads(stdout)["decision"]) == (143, None)


async def test_hole_03_a_crashed_check_is_left_out(gate: Gate, write, ready) -> None:
    """A check without a usable answer stays, earns nothing and is shown; it never helps."""
    cases = [(bad, role) for bad in BAD for role in ("blocker", "required", "advisory")]
    paths = []
    for bad, role in cases:
        gate.policy(f"{bad}-{role}", {**DECLARED, f"gate.{bad}": {"role": role}})
        paths.append(write(f"{bad}-{role}", ready, profile=f"{bad}-{role}"))

    ran = await gate.evaluate(*paths)

    assert ran.exit == 1
    for (bad, role), document in zip(cases, ran.document, strict=True):
        decision = "conditional_go" if role == "advisory" else "no_go"
        assert (document["decision"], document["score_exact"]) == (decision, "4/5")
        found = checks_of(document)[f"gate.{bad}"]
        assert found["outcome"] in ("errored", "unknown", "missing")
        reason = {"blocker": "blocker", "required": "unproven", "advisory": "below_go"}[role]
        assert reason in codes(document)


async def test_hole_04_a_category_without_data_is_perfect(gate: Gate, write, ready) -> None:
    """A category in which nothing could tell earns nothing, and nothing at all meets no floor."""
    gate.policy("blind", {**DECLARED, "gate.blind": {"category": "dark", "role": "advisory"}})
    floor = {"categories": {"dark": {"floor": 0.5}}}
    gate.policy("floor", {**DECLARED, "gate.exempt": {"category": "dark"}}, **floor)

    ran = await gate.evaluate(
        write("a", ready, profile="blind"), write("b", ready, profile="floor")
    )

    blind, floored = ran.document
    (dark,) = (category for category in blind["categories"] if category["name"] == "dark")
    assert (dark["score"], blind["score_exact"], blind["coverage"]) == (0, "1/2", 0.5)
    assert blind["decision"] == "conditional_go"
    assert shut(floored)
    assert "category_floor" in codes(floored)


async def test_hole_05_nan_passes(gate: Gate, write, ready) -> None:
    """No number that is none gets through: in a manifest, in a policy, or in what was measured."""
    gate.policy("measured", {**DECLARED, "gate.nan": {}})
    paths = [write("measured", ready, profile="measured")]
    for number, text in enumerate((".nan", ".inf", "-.inf", "NaN", "'NaN'", "1e999", "1e400")):
        manifest = write(f"m{number}", {**ready, "test_coverage_percent": 12345})
        manifest.write_text(manifest.read_text().replace("12345", text))
        limits = {"go": 12345, "conditional": 0.5}
        policy = gate.policy(f"p{number}", DECLARED, thresholds=limits)
        policy.write_text(policy.read_text().replace("12345", text))
        weighed = gate.policy(f"w{number}", {**DECLARED, "gate.good": {"weight": 12345}})
        weighed.write_text(weighed.read_text().replace("12345", text))
        paths.append(manifest)
        paths += [write(f"{kind}{number}", ready, profile=f"{kind}{number}") for kind in "pw"]

    ran = await gate.evaluate(*paths)

    assert ran.exit == 2
    assert all(map(shut, ran.document))
    measured, *others = ran.document
    assert checks_of(measured)["gate.nan"]["outcome"] == "errored"
    assert {document["decision"] for document in others} == {None}


async def test_hole_06_history_absent_passes(gate: Gate, write, ready, home: Path) -> None:
    """No history proves nothing: the first decision is made like every other.

    No check compares with earlier runs yet. What exists of history today: the last decision, the
    conditions, and a record that cannot be read, which leaves no decision at all.
    """
    store = ("--profile", "baseline", "--store", "record.db")
    bad, good = {**ready, "logging": False}, ready
    first = await gate.evaluate(write("svc", bad), *store)
    second = await gate.evaluate(write("svc", good), *store)
    third = await gate.evaluate(write("svc", bad), *store)

    assert (first.exit, second.exit, third.exit) == (1, 0, 1)
    assert first.document["reasons"] == third.document["reasons"]
    with closing(sqlite3.connect(home / "record.db")) as connection:
        connection.execute("UPDATE entries SET body = X'7B7D'")
        connection.commit()
    damaged = await gate.evaluate(write("svc", good), *store)
    assert (damaged.exit, damaged.document["decision"]) == (3, None)


TYPOS = {
    "blokcer": "blocker", "secruity_review": "security_review", "wieght": "weight",
    "max_aeg": "max_age", "fail_bugdet": "fail_budget", "365 dyas": "365d",
    "refsued": "refused", "thresolds": "thresholds", "Proflie": "Profile", "v11": "v1",
}  # fmt: skip


async def test_hole_07_silent_typos(gate: Gate, write, ready) -> None:
    """A slip of the pen in a policy is said; it never takes a check or a limit away."""
    review = {"role": "blocker", "weight": 2, "max_age": "365d", "not_applicable": "refused"}
    checks = {**DECLARED, "declared.security_review": review}
    gate.policy("sound", checks, fail_budget=0)
    paths = [write("sound", ready, profile="sound")]
    for number, (wrong, right) in enumerate(TYPOS.items()):
        policy = gate.policy(f"t{number}", checks, fail_budget=0)
        assert right in policy.read_text()
        policy.write_text(policy.read_text().replace(right, wrong))
        paths.append(write(f"t{number}", ready, profile=f"t{number}"))

    ran = await gate.evaluate(*paths)

    sound, *mistyped = ran.document
    assert sound["decision"] == "go"
    for wrong, document in zip(TYPOS, mistyped, strict=True):
        assert shut(document)
        assert wrong in json.dumps(document)


@pytest.mark.parametrize(
    "check",
    ["declared", "declared.", "declared.*", ".*", "*", "declared.log", "declared.logging2",
     "DECLARED.LOGGING", "declared.logging ", "^declared.logging$", "declared.%"],
)  # fmt: skip
async def test_hole_08_a_waiver_matches_too_much(write, ready, check: str) -> None:
    """A waiver is for the one check that it names, letter by letter; there are no patterns.

    Waivers are not approved from the command line yet: they stand in a store that is a peer.
    """
    path = write("svc", {**ready, "logging": False, "metrics": False})

    loose = await judged(path, waiver(check))
    exact = await judged(path, waiver("declared.logging"), waiver("declared.security_review"))

    assert loose.decision == "no_go"
    assert [(w.state) for w in loose.waivers] == ["no_match"]
    assert [r.check for r in exact.reasons if r.code == "failed"] == ["declared.metrics"]


@pytest.mark.parametrize(
    ("ends_in", "decision", "state"),
    [
        (timedelta(microseconds=1), "conditional_go", "in_effect"),
        (timedelta(0), "no_go", "expired"),
        (-timedelta(microseconds=1), "no_go", "expired"),
        (-timedelta(days=3650), "no_go", "expired"),
    ],
    ids=["before", "at", "after", "long after"],
)
async def test_hole_09_a_waiver_never_expires(
    gate: Gate, write, ready, ends_in: timedelta, decision: str, state: str
) -> None:
    """A waiver ends at its moment, no decision outlives it, and none can be asked for for ever.

    One rule decides for every road; approved waivers stand in a store that is a peer.
    """
    path = write("svc", {**ready, "logging": False})
    record = await judged(path, waiver("declared.logging", expires_at=NOW + ends_in))

    assert (record.decision, [w.state for w in record.waivers]) == (decision, [state])
    if state == "in_effect":
        assert record.valid_until <= (NOW + ends_in).isoformat(timespec="microseconds")[:26] + "Z"

    endless = {"check": "declared.logging", "reason": "later", "ticket": "OPS-1"}
    asked = write("asks", {**ready, "logging": False}, waivers=[endless])
    assert (await gate.evaluate(asked, "--profile", "baseline")).exit == 2


async def test_hole_10_a_waiver_approves_itself(gate: Gate, write, ready) -> None:
    """A manifest asks and never approves, and nobody approves what he asked for."""
    asked = {
        "check": "declared.logging", "reason": "later", "ticket": "OPS-1",
        "expires_at": "2099-12-31",
    }  # fmt: skip
    declared = {**ready, "logging": False}

    plain = write("asks", declared, waivers=[asked])
    signed = write("signs", declared, waivers=[{**asked, "approved_by": "me"}])
    ran = await gate.evaluate(plain, signed, "--profile", "baseline")

    assert ran.exit == 2
    assert [document["decision"] for document in ran.document] == ["no_go", None]
    assert "failed" in codes(ran.document[0])
    for name in ("ann", "Ann", " ann ", "ANN"):
        with pytest.raises(ValueError, match="somebody else"):
            waiver("declared.logging", approved_by=name)


async def test_hole_11_stale_evidence_counts_as_fresh(gate: Gate, write, ready) -> None:
    """Evidence that is too old, from the future or undated where a date is wanted is no answer."""
    limits = {"role": "blocker", "max_age": "30d"}
    gate.policy("loose", {**DECLARED, "declared.security_review": limits})
    dated = {**limits, "undated": "refused"}
    gate.policy("dated", {**DECLARED, "declared.security_review": dated})
    today = datetime.now(UTC).date()
    cases: list[tuple[str, dict[str, str], str, str]] = [
        ("loose", {"at": str(today)}, "go", ""),
        ("loose", {"at": str(today - timedelta(days=32))}, "no_go", "stale"),
        ("loose", {"at": "2001-01-01"}, "no_go", "stale"),
        ("loose", {"at": str(today + timedelta(days=30))}, "no_go", "future_evidence"),
        ("dated", {}, "no_go", "undated"),
    ]
    paths = []
    for number, (policy, at, _, _) in enumerate(cases):
        review = {"value": True, "evidence": "https://wiki/sec", **at}
        declares = {**ready, "security_review": review}
        paths.append(write(f"s{number}", declares, profile=policy))

    ran = await gate.evaluate(*paths)

    for (_, _, decision, code), document in zip(cases, ran.document, strict=True):
        found = checks_of(document)["declared.security_review"].get("code") or ""
        assert (document["decision"], found) == (decision, code)


async def test_hole_12_the_score_depends_on_what_ran(gate: Gate, write, ready) -> None:
    """Whatever keeps a check from telling, the denominator is the same, and so is the score."""
    paths = []
    for bad in BAD:
        gate.policy(bad, {**DECLARED, f"gate.{bad}": {"weight": 3}})
        paths.append(write(bad, ready, profile=bad))

    ran = await gate.evaluate(*paths)
    refused = await gate.evaluate(*paths, trusted=False)

    documents = [*ran.document, *refused.document]
    assert len(documents) == 2 * len(BAD)
    assert {(each["score_exact"], each["counts"]["counting"]) for each in documents} == {("4/7", 5)}


async def test_hole_13_weights_that_do_not_sum_up(gate: Gate, write, ready) -> None:
    """Weights are proportions: whatever they sum up to, all passed is 1 and a third is a third."""
    names = {"logging": "a", "metrics": "b", "alerts": "c"}
    checks = {
        f"declared.{check}": {"category": name, "role": "advisory"} for check, name in names.items()
    } | {"declared.security_review": {"category": "a", "role": "blocker"}}
    scales, wrong = (1, 100, 1e-6, 7, 0.1, 1 / 3), (-1, 0, "1e400", "NaN", "one")
    paths = []
    for number, weight in enumerate((*scales, *wrong)):
        categories = {name: {"weight": weight} for name in names.values()}
        gate.policy(f"w{number}", checks, categories=categories)
        paths.append(write(f"all{number}", ready, profile=f"w{number}"))
        less = {**ready, "alerts": False}
        paths.append(write(f"less{number}", less, profile=f"w{number}"))

    ran = await gate.evaluate(*paths)

    scores = [document.get("score_exact") for document in ran.document]
    assert scores == ["1", "2/3"] * len(scales) + [None] * 2 * len(wrong)


async def test_hole_14_float_edges(gate: Gate, write, ready) -> None:
    """All passed is exactly 1, and a score just under its threshold has not reached it."""
    advisory = {"role": "advisory"}
    checks = {
        "declared.security_review": {"role": "blocker", "weight": 0.1},
        "declared.logging": {"weight": 0.2, **advisory},
        "declared.metrics": {"weight": 0.7, **advisory},
        "declared.alerts": {"weight": 1.1, **advisory},
        "declared.runbook": {"weight": 0.3, **advisory},
    }
    gate.policy("full", checks, thresholds={"go": 1.0, "conditional": 0.5})
    for name, passing, failing in (("on", 0.3, 0.1), ("under", 0.299999999999, 0.100000000001)):
        edge = {
            "declared.security_review": {"role": "blocker", "weight": 0.6},
            "declared.logging": {"weight": 0, **advisory},
            "declared.metrics": {"weight": passing, **advisory},
            "declared.alerts": {"weight": failing, **advisory},
        }
        gate.policy(name, edge, warn_budget=1)
    less = {**ready, "alerts": False}

    ran = await gate.evaluate(
        write("a", ready, profile="full"),
        write("b", less, profile="on"),
        write("c", less, profile="under"),
    )

    full, on, under = ran.document
    assert (full["decision"], full["score_exact"]) == ("go", "1")
    assert (on["decision"], on["score_exact"]) == ("go", "9/10")
    assert (under["decision"], codes(under)) == ("conditional_go", {"below_go"})


async def test_hole_15_the_exit_code_loses_the_skip(gate: Gate, write, ready, home: Path) -> None:
    """What was not run, or does not exist, is in the exit code, whoever else is GO."""
    good, profile = write("good", ready), ("--profile", "baseline")
    (home / "file").write_text("")
    gate.policy("leaving", {**DECLARED, "gate.leave": {}})
    assert (await gate.evaluate(good, *profile)).exit == 0

    for arguments, code in (
        (("absent.yaml", good, *profile), 2),
        ((good, write("bad", dict.fromkeys(ready, False)), *profile), 1),
        ((good, write("two", ready, environments={"a": {}, "b": {}}), *profile), 2),
        ((good, *profile, "--environment", "nowhere"), 2),
        ((good, "--profile", "nobodys"), 2),
        ((good, "--profile", "leaving"), 1),
        ((good, *profile, "--store", "file/record.db"), 3),
    ):
        assert (await gate.evaluate(*arguments)).exit == code


async def test_hole_16_results_vanish(gate: Gate, write, ready) -> None:
    """Every planned check is in the report exactly once: shadow, exempt, broken and absent too."""
    checks = {f"gate.{name}": {"role": "advisory"} for name in (*BAD, "good", "exempt")}
    checks["gate.good"] = {"role": "shadow"}
    checks["http.health"] = {"when": "base_url"}
    gate.policy("p", {**DECLARED, **checks})

    ran = await gate.evaluate(write("svc", ready, profile="p"))

    shown = [check["id"] for c in ran.document["categories"] for check in c["checks"]]
    assert sorted(shown) == sorted({**DECLARED, **checks})
    assert all(check["outcome"] for check in checks_of(ran.document).values())
    assert ran.document["counts"]["counting"] == len(shown) - 3


async def test_hole_17_fail_fast_hides_the_rest(gate: Gate, write, ready, home: Path) -> None:
    """Everything that is wrong is said at once: reasons, faults of a file, and other targets."""
    bad = await gate.evaluate(write("bad", dict.fromkeys(ready, False)), "--profile", "baseline")
    named = {r["check"] for r in bad.document["reasons"] if r["level"] < 6}
    assert len(named) == 5
    assert codes(bad.document) >= {"blocker", "failed", "score"}

    (home / "two.yaml").write_text(
        "apiVersion: readiness/v2\nkind: Sevice\nmetadata: {nmae: x}\nspec: {declares: 3}\n"
    )
    faulty = await gate.evaluate("two.yaml")
    lines = {line.split(":")[1] for line in faulty.stderr.splitlines()}
    assert (faulty.exit, lines >= {"1", "2", "3", "4"}) == (2, True)

    (home / "three.yaml").write_text("a: [")
    several = await gate.evaluate("two.yaml", "three.yaml", write("good", ready))
    assert [item["decision"] for item in several.document][:2] == [None, None]
    assert "three.yaml" in several.stderr


async def test_hole_18_duplicates_inflate_the_count(gate: Gate, write, ready, home: Path) -> None:
    """One check counts once, however often it is offered, planned or asked for."""
    gate.policy("thin", {"declared.logging": {}, "declared.metrics": {}})
    doubled = gate.policy("doubled", {"declared.logging": {}, "declared.metrics": {}})
    doubled.write_text(doubled.read_text().replace("declared.metrics", "declared.logging"))
    gate.policy("offered", {"gate.good": {}, **DECLARED})
    (home / "gate_checks.py").write_text(GATE.replace("return CHECKS", "return CHECKS + CHECKS"))
    thin = write("thin", ready, profile="thin")

    ran = await gate.evaluate(
        thin, thin,
        write("doubled", ready, profile="doubled"),
        write("offered", ready, profile="offered"),
        write("asks", ready, profile="thin", checks={"declared.runbook": {}, "declared.sla": {}}),
    )  # fmt: skip

    few, twice, offered, asking = ran.document
    assert (shut(few), codes(few)) == (True, {"insufficient_checks"})
    assert twice["decision"] is None
    assert shut(offered)
    assert checks_of(offered)["gate.good"]["outcome"] == "missing"
    assert (shut(asking), codes(asking)) == (True, {"insufficient_checks"})


async def test_hole_19_waits_without_end(gate: Gate, write, ready, home: Path) -> None:
    """Nothing is waited for for ever: a check, or a file that has no end."""
    os.mkfifo(home / "pipe.yaml")
    gate.policy("p", {**DECLARED, "gate.wait": {}, "gate.insist": {}})
    began = time.monotonic()

    ran = await gate.evaluate(write("svc", ready, profile="p"), "pipe.yaml", "/dev/zero")

    assert [document["decision"] for document in ran.document] == ["no_go", None, None]
    found = checks_of(ran.document[0])
    assert {found[f"gate.{name}"]["code"] for name in ("wait", "insist")} == {"deadline"}
    assert time.monotonic() - began < 30
