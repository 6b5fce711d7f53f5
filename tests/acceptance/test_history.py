"""director history, diff and simulate: what the record tells of the past, and of another policy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "config/services").glob("*.yaml"))
PROFILES = ("baseline", "standard", "strict")
QUIET = {"DIRECTOR_LOG": "off"}


@pytest.fixture
async def record(director, write, ready):
    """Three decisions on a service: its load test was missing, done, and its runbook lost."""
    evaluations = []
    for lacking in ({"load_test": False}, {}, {"runbook": False}):
        ran = await director(
            "evaluate", write("pay", {**ready, **lacking}), "--profile", "baseline",
            "--format", "json", variables=QUIET,
        )  # fmt: skip
        evaluations.append(ran.document)
    return evaluations


@pytest.mark.usefixtures("record")
async def test_a_history_is_told_newest_first(director) -> None:
    """What holds, how steady it is, since when the gap stands, and what changed when."""
    ran = await director("history", "pay", variables={"COLUMNS": "120"})

    assert (ran.exit, ran.stderr) == (0, "")
    head, chart, gaps, table = ran.stdout.split("\n\n")
    first, since, steady = head.splitlines()
    assert re.fullmatch(r"pay  (GO|CONDITIONAL_GO)  88%", first)
    assert ", 1 decision" in since or ", 2 decisions in a row" in since
    assert steady.endswith(" in the last 3")
    assert "     GO 90% │" in chart
    assert gaps == "Gaps\n  declared.runbook  failed (advisory), new this time"
    rows = table.splitlines()
    assert rows[0].split() == [
        "WHEN", "(UTC)", "DECISION", "PASS", "SCORE", "PROFILE", "VERSION", "WHAT", "CHANGED",
    ]  # fmt: skip
    assert "declared.runbook passed → failed" in rows[1]
    assert "declared.load_test failed → passed" in table
    assert rows[-1].endswith("the first decision")


async def test_a_history_for_machines(director, record) -> None:
    """One object for one target, with every decision; pages join where they end."""
    whole = (await director("history", "pay", "--format", "json")).document
    first = (await director("history", "pay", "--format", "json", "--limit", "2")).document
    rest = await director(
        "history", "pay", "--format", "json", "--limit", "2", "--before", first["older"].lower()
    )

    assert list(whole)[:3] == ["service", "decision", "pass_rate"]
    names = [each["evaluation"] for each in whole["decisions"]]
    assert names == [each["evaluation"] for each in reversed(record)]
    assert first["decisions"] + rest.document["decisions"] == whole["decisions"]
    assert (whole["older"], rest.document["older"], rest.document["findings"]) == (None, None, None)
    assert [(f["check"], f["new"], f["decisions"]) for f in whole["findings"]] == [
        ("declared.runbook", True, 1)
    ]


@pytest.mark.usefixtures("record")
async def test_a_history_as_a_page(director) -> None:
    """Complete in itself, in UTF-8 whatever the terminal does."""
    ran = await director(
        "history", "pay", "--format", "html", variables={"PYTHONIOENCODING": "ascii"}
    )

    assert ran.stdout.startswith("<!DOCTYPE html>")
    assert ran.stdout.endswith("</html>\n") or ran.stdout.endswith("</html>")
    assert "→" in ran.stdout
    assert "declared.runbook" in ran.stdout


@pytest.mark.usefixtures("record")
async def test_a_plain_terminal_gets_ascii(director) -> None:
    """Where the encoding knows no blocks, nothing but ASCII is written."""
    ran = await director("history", "pay", variables={"PYTHONIOENCODING": "ascii"})

    assert ran.stdout.isascii()
    assert "declared.runbook passed -> failed" in " ".join(ran.stdout.split())


async def test_environments_stand_apart(director, write, ready) -> None:
    """Each with its own history, or the one that is asked for."""
    path = write("pay", ready, environments={"b": {}, "a": {}})
    for name in ("a", "b"):
        ran = await director(
            "evaluate", path, "--profile", "baseline", "--environment", name, variables=QUIET
        )
        assert ran.exit == 0, ran.stderr

    both = await director("history", "pay", "--format", "json")
    one = await director("history", "pay", "--format", "json", "--environment", "b")

    assert [each["environment"] for each in both.document] == ["a", "b"]
    assert one.document == both.document[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("history", "nobody"), "SERVICE: must be a service with a recorded decision"),
        (("history", "pay", "--environment", "x"), "--environment: must be one of (none), got 'x'"),
        (("history", "pay", "--before", "x"), "--before: must be an evaluation of it, got 'x'"),
        (("history", "pay", "--limit", "0"), "--limit"),
        (("diff", "pay@@"), "A: must be EVALUATION or SERVICE[@ENVIRONMENT][@TIME]"),
        (("diff", "pay", "nobody"), "B: must be a service with a recorded decision"),
        (("diff", "pay@2020-01-01", "pay"), "A: must have a decision on pay until then"),
        (("simulate", "--profile", "nope"), "must be a profile (baseline, standard, strict)"),
        (("simulate",), "--profile"),
        (("simulate", "--profile", "strict", "nobody"), "SERVICE: must be SERVICE[@ENVIRONMENT]"),
    ],
)
@pytest.mark.usefixtures("record")
async def test_what_is_not_there_is_refused(director, arguments, said: str) -> None:
    """Exit 2, with what it must be."""
    ran = await director(*arguments)

    assert (ran.exit, ran.stdout) == (2, "")
    assert said in ran.stderr


@pytest.mark.parametrize(
    "command", [("history", "pay"), ("diff", "pay"), ("simulate", "--profile", "strict")]
)
async def test_reading_begins_no_record(director, home: Path, command) -> None:
    """Without one, there is nothing to tell, and nothing is made."""
    ran = await director(*command, "--store", "none.db")

    assert (ran.exit, ran.stdout) == (2, "")
    assert "--store: must be a database with decisions" in ran.stderr
    assert not (home / "none.db").exists()


async def test_two_decisions_are_compared(director, record) -> None:
    """By evaluation, by service, by time; alone, with the one before."""
    first, second, third = (each["evaluation"] for each in record)
    at = record[1]["decided_at"]

    alone = await director("diff", "pay", "--format", "json")
    named = await director("diff", second, third.lower(), "--format", "json")
    timed = await director("diff", f"pay@{at}", "pay", "--format", "json")
    back = await director("diff", third, first)

    assert alone.exit == 0
    assert alone.document == named.document == timed.document
    assert [(c["check"], c["turn"]) for c in alone.document["changes"]] == [
        ("declared.runbook", "worse")
    ]
    assert "Worse\n  ↓ declared.load_test  passed → failed" in back.stdout
    assert "Better\n  ↑ declared.runbook  failed → passed" in back.stdout


async def test_the_first_decision_has_none_before_it(director, record) -> None:
    """That is said, and no decision is compared with itself."""
    ran = await director("diff", record[0]["evaluation"])

    assert (ran.exit, ran.stdout) == (2, "")
    assert "A: must have a decision before it on pay, got the first one" in ran.stderr


@pytest.mark.usefixtures("record")
async def test_two_services_are_compared_only_when_asked(director, write, ready) -> None:
    """A slip in a name must not be read as progress."""
    await director("evaluate", write("cart", ready), "--profile", "baseline", variables=QUIET)

    refused = await director("diff", "pay", "cart")
    asked = await director("diff", "pay", "cart", "--across", "--format", "markdown")

    assert (refused.exit, refused.stdout) == (2, "")
    assert "must be decisions on one service, got pay and cart: --across" in refused.stderr
    assert asked.exit == 0
    assert "- **Better:** `declared.runbook` failed → passed" in asked.stdout
    assert "- service pay → cart" in asked.stdout


async def test_the_policy_of_then_changes_nobody(director) -> None:
    """Every sample, judged again by the very profile it was judged by."""
    for profile in PROFILES:
        store = ("--store", f"{profile}.db", "--format", "json")
        evaluated = await director(
            "evaluate", *SERVICES, "--profile", profile, *store, variables=QUIET
        )
        ran = await director("simulate", "--profile", profile, "--all", *store)

        documents = {each["evaluation"]: each for each in evaluated.document}
        found: list[dict[str, Any]] = ran.document["targets"]
        assert len(found) == ran.document["counts"]["unchanged"] == len(SERVICES)
        for one in found:
            then = documents[one["evaluation"]]
            for key in ("decision", "pass_rate", "score", "reasons"):
                assert one["simulated"][key] == then[key]
            assert (one["doubts"], one["not_asked"], one["dropped"]) == ([], [], [])


@pytest.mark.usefixtures("record")
async def test_who_would_change_is_shown(director) -> None:
    """A table of those alone, checks that nobody asked, and counts; nothing is recorded."""
    before = await director("history", "pay", "--format", "json")

    ran = await director("simulate", "--profile", "strict", variables={"COLUMNS": "120"})
    document = (await director("simulate", "--profile", "strict", "--format", "json")).document

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout.startswith("TARGET  THEN ")
    assert re.search(r"^pay     (GO|CONDITIONAL_GO) +NO_GO +", ran.stdout, re.MULTILINE)
    assert "1 target under profile strict: 0 unchanged, 1 worse, 0 better" in ran.stdout
    assert "missing, as nobody asked them then: declared.backup (1)" in ran.stdout
    (one,) = document["targets"]
    assert "declared.backup" in one["not_asked"]
    assert document["counts"]["worse"] == 1
    after = await director("history", "pay", "--format", "json")
    assert json.dumps(after.document) == json.dumps(before.document)


@pytest.mark.usefixtures("record")
async def test_an_edited_profile_needs_the_one_of_then(director, home: Path) -> None:
    """Roles are softened only where the profile of then tells that the team did not ask."""
    await director(
        "evaluate", ROOT / "config/services/unready-service.yaml", "--profile", "baseline",
        variables=QUIET,
    )  # fmt: skip
    built_in = ROOT / "director/builtin/profiles/baseline.yaml"
    (home / "profiles").mkdir()
    edited = built_in.read_text().replace("role: required", "role: advisory")
    (home / "profiles/baseline.yaml").write_text(f"{edited}\n# edited\n")
    told = "--profile", "baseline", "--profiles", "profiles", "--all", "--format", "json"

    blind = await director("simulate", *told)
    seeing = await director("simulate", *told, "--then", built_in)

    assert {bool(one["doubts"]) for one in blind.document["targets"]} == {True}
    assert {bool(one["doubts"]) for one in seeing.document["targets"]} == {False}
