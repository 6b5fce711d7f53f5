"""director plugins verify: the report card of an installed plugin."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

SPEC = """
from __future__ import annotations
import asyncio, os, sys, time
from dataclasses import dataclass
from typing import ClassVar
from director.plugin import *

def spec(name):
    return CheckSpec(
        id=f"acme.{name}", title="Has a thing", category="operations",
        why="Whoever is paged at night needs it.", remedy="Write it down, and declare it.")

@dataclass(frozen=True)
class Good:
    spec: ClassVar = spec("good")
    def judge(self, manifest):
        said = manifest.declaration("runbook")
        if getattr(said, "value", None) is True:
            return Passed("there is one")
        return Failed("there is none")
"""
OFFER = """
@hookimpl
def director_checks():
    return {names}
"""

LIVE = """
@dataclass(frozen=True)
class Live:
    spec: ClassVar = spec("live")
    async def run(self, target, probe):
        {body}
"""

BAD = LIVE.replace("Live", "Bad").replace("live", "bad")

MISBEHAVIOURS = {
    "all_false": """
@dataclass(frozen=True)
class Bad:
    spec: ClassVar = spec("bad")
    def judge(self, manifest):
        return Passed("fine")
""",
    "dead_refused": BAD.format(body='return Passed("fine")'),
    "answers_plainly": BAD.format(body='return "passed"'),
    "prints_nothing": BAD.format(body='print("hello"); return Failed("no")'),
    "is_deterministic": BAD.format(body="return Failed(str(time.monotonic()))"),
}
"""What each clause is broken by, also where the plugin runs in a process of its own."""


@pytest.fixture
def install(home: Path):
    """Put a plugin where the command finds it, and return the variables that it needs."""

    def put(code: str, names: str) -> dict[str, str]:
        site = home / "site"
        info = site / "director_acme-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: director-acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[director]\nacme = acme_plugin\n")
        text = SPEC + textwrap.dedent(code) + OFFER.format(names=names)
        (site / "acme_plugin.py").write_text(text)
        return {"PYTHONPATH": str(site)}

    return put


@pytest.mark.parametrize("trust", [(), ("--trust", "director-acme")], ids=["apart", "inside"])
async def test_a_good_plugin_gets_a_good_card(director, install, trust: tuple[str, ...]) -> None:
    """Every clause is told with its reason, wherever the plugin runs, and the exit is 0."""
    live = LIVE.format(
        body='return Passed("200") if (await probe.get("/")).status == 200 else Failed("no")'
    )
    variables = install(live, "[Good, Live]")

    ran = await director("plugins", "verify", "acme", *trust, variables=variables)
    told = await director(
        "plugins", "verify", "acme", "--format", "json", *trust, variables=variables
    )

    assert (ran.exit, ran.stderr, told.exit) == (0, "", 0)
    assert ran.stdout.startswith("acme, from director-acme 1.0\n")
    assert "FAILED" not in ran.stdout.replace("0 FAILED", "")
    card = told.document
    assert (card["plugin"], card["isolated"], card["state"]) == ("acme", not trust, "ok")
    assert [each["check"] for each in card["checks"]] == ["acme.good", "acme.live"]
    good, live_card = (
        {clause["clause"]: clause["state"] for clause in each["clauses"]} for each in card["checks"]
    )
    assert good["all_false"] == live_card["dead_hangs"] == "ok"
    assert live_card["all_false"] == "not_applicable"
    assert good["leaves_globals_alone"] == ("ok" if trust else "not_applicable")
    assert all(clause["promise"] for each in card["checks"] for clause in each["clauses"])


@pytest.mark.parametrize("trust", [(), ("--trust", "director-acme")], ids=["apart", "inside"])
@pytest.mark.parametrize("clause", MISBEHAVIOURS)
async def test_a_broken_promise_is_told(
    director, install, clause: str, trust: tuple[str, ...]
) -> None:
    """The clause that is broken has failed, the good neighbour keeps its own card, exit 1."""
    variables = install(MISBEHAVIOURS[clause], "[Bad, Good]")

    ran = await director(
        "plugins", "verify", "acme", "--format", "json", *trust, variables=variables
    )

    assert ran.exit == 1
    bad, good = ran.document["checks"]
    assert ran.document["state"] == bad["state"] == "failed"
    assert good["state"] == "ok"
    assert clause in [each["clause"] for each in bad["clauses"] if each["state"] == "failed"]


@pytest.mark.parametrize(
    ("code", "names", "said"),
    [
        ("raise RuntimeError('no')", "[Good]", "cannot be verified: RuntimeError: no"),
        ("", "[]", "cannot be verified: it offers no check"),
        ("sys.exit(0)", "[Good]", "cannot be verified: "),
    ],
    ids=["broken", "empty", "exits"],
)
async def test_what_does_not_load_is_not_verified(
    director, install, code: str, names: str, said: str
) -> None:
    """One clear line and exit 3: no card is better than a good one."""
    ran = await director("plugins", "verify", "acme", variables=install(code, names))

    assert (ran.exit, ran.stdout) == (3, "")
    assert ran.stderr.startswith("acme: ")
    assert said in ran.stderr


async def test_a_plugin_that_is_not_there_is_a_slip(director) -> None:
    """One clear line with the nearest name, exit 2."""
    ran = await director("plugins", "verify", "htpp")

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr == "NAME: must be an installed plugin, got 'htpp', did you mean 'http'?\n"


async def test_ours_are_verified(director) -> None:
    """A plugin that comes with the Director gets a card without a failure."""
    ran = await director("plugins", "verify", "declared")

    assert ran.exit == 0
    assert "12 checks: " in ran.stdout
    assert " 0 FAILED" in ran.stdout
