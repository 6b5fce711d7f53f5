"""The story of a forced GO, as a VP would live it, from the NO_GO to the audit."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.consent.conftest import Consent

pytestmark = pytest.mark.needs("ssh-keygen")

SAID = "verride of NO_GO by jane until "  # A page begins it with a capital letter.
VERIFIER = Path(__file__).parents[1] / "second_verifier.py"


def test_the_story_of_an_override(machine: Consent, manifest: Path, home: Path) -> None:
    """NO_GO, requested, signed, applied, shown everywhere, expired, and proven a year later."""
    first = machine.call("evaluate", manifest)
    assert (first.exit, first.stdout.splitlines()[0].split()[:2]) == (1, ["pay", "NO_GO"])

    asked = machine.request("--expires-in", "36h")
    assert asked.exit == 0
    (id_,) = re.findall(r"override (\w{26}) of pay is requested", asked.stdout)
    assert (machine.call("evaluate", manifest)).exit == 1

    signed = machine.call("override", "sign", "o.json", "--key", "jane")
    assert signed.exit == 0
    assert "Force a GO for pay, which is NO_GO" in signed.stdout
    assert "- blocker declared.security_review security" in signed.stdout
    assert (machine.call("evaluate", manifest)).exit == 1

    applied = machine.call("override", "apply", "o.json")
    assert applied.exit == 0
    assert f"override {id_} of pay is in force\n  agreed by  jane\n" in applied.stdout

    shown_everywhere(machine, manifest)

    listed = machine.call("override", "list", "pay")
    assert [line.split()[:4] for line in listed.stdout.splitlines()[1:]] == [
        [id_, "pay", "in", "force"]
    ]
    shown = machine.call("override", "show", id_)
    assert "state       in force: agreed by jane" in shown.stdout
    happened = re.findall(r"^    \S+Z  (\w+)", shown.stdout, re.MULTILINE)
    assert happened == ["requested", "applied", "used"]

    # A day and a half later, and back again: the clock of this machine is behind what was seen.
    expired = machine.later(manifest, timedelta(hours=37))
    assert expired.verdict.value == "no_go"
    last = machine.call("evaluate", manifest)
    assert last.exit == 1
    assert SAID not in last.stdout
    assert "is not in force: it has expired on" in last.stdout
    shown = machine.call("override", "show", id_.lower())
    assert "state       expired" in shown.stdout
    assert re.findall(r"^    \S+Z  (\w+)", shown.stdout, re.MULTILINE)[-1] == "expired"

    key = (machine.call("audit", "key")).stdout.strip()
    assert (machine.call("audit", "export", "--output", "audit.jsonl")).exit == 0
    bundle = emptied(home)
    nothing = {"HOME": str(bundle.parent), "DIRECTOR_STORE": "", "DIRECTOR_SIGNERS": ""}
    verified = machine.call("audit", "verify", bundle, "--key", key, variables=nothing)
    assert verified.exit == 0
    assert "whole" in verified.stdout
    told = " ".join(verified.stdout.split())
    for kind in ("requested", "applied", "used", "expired"):
        assert f"1 override.{kind}" in told
    assert "by the keys that are said" in verified.stdout
    second_verifier(bundle, key)


def shown_everywhere(machine: Consent, manifest: Path) -> None:
    """Assert that whoever evaluates or reads sees both: the NO_GO, and the GO that was forced."""
    formats = ("--format", "text", "--format", "json=e.json")
    judged = machine.call("evaluate", manifest, *formats)
    assert judged.exit == 0
    assert SAID in judged.stdout
    document = (machine.home / "e.json").read_text()
    assert '"decision": "no_go"' in document
    assert '"effective_decision": "go"' in document
    for command in ("report", "explain", "history"):
        ran = machine.call(command, "pay")
        assert (ran.exit, SAID in ran.stdout) == (0, True), command
    for command in ("report", "history"):
        ran = machine.call(command, "pay", "--format", "html")
        assert SAID in ran.stdout, command


def emptied(home: Path) -> Path:
    """Return the export, in a folder that has nothing else, of a machine that has no record."""
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    for path in home.glob("r.db*"):
        path.unlink()
    return (home / "audit.jsonl").rename(elsewhere / "audit.jsonl")


def second_verifier(bundle: Path, key: str) -> None:
    """Assert that a verifier that shares no code with ours says so too."""
    command = [sys.executable, str(VERIFIER), str(bundle), key]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
