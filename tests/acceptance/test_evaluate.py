"""director evaluate, from a file to an exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from director.loading.profile import builtin_folder

SERVICES = builtin_folder().parent / "services"
PAYMENT = SERVICES / "payment-service.yaml"


async def test_the_payment_service_is_conditional(director) -> None:
    """Ready but for its load test, it is conditional at 88 % under baseline, and the gate opens."""
    ran = await director("evaluate", PAYMENT, "--profile", "baseline", "--format", "json")

    assert ran.exit == 0
    assert list(ran.document)[:3] == ["service", "decision", "pass_rate"]
    assert ran.document["service"] == "payment-service"
    assert ran.document["decision"] == "conditional_go"
    assert ran.document["pass_rate"] == "88%"
    assert ran.document["score_exact"] == "13/15"
    assert ran.document["recorded"] is True
    assert [fix["check"] for fix in ran.document["fixes"]] == ["declared.load_test"]
    assert [c["check"] for c in ran.document["conditions"]] == ["declared.load_test"]


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ([], 0),
        (["--fail-on", "conditional"], 1),
        (["--detailed-exitcode"], 4),
        (["--fail-on", "conditional", "--detailed-exitcode"], 1),
    ],
)
async def test_the_caller_says_what_a_condition_means(director, flags, code) -> None:
    """A CONDITIONAL_GO opens the gate unless the caller wants otherwise."""
    ran = await director("evaluate", PAYMENT, "--profile", "baseline", *flags)

    assert ran.exit == code
    assert "CONDITIONAL_GO" in ran.stdout


async def test_all_false_is_no_go_with_every_reason(director, write, ready) -> None:
    """A service that declares everything false is told everything."""
    path = write("unready", dict.fromkeys(ready, False))

    ran = await director("evaluate", path, "--profile", "baseline", "--format", "json")

    assert ran.exit == 1
    assert ran.document["decision"] == "no_go"
    assert ran.document["pass_rate"] == "0%"
    said = {reason["check"] for reason in ran.document["reasons"]}
    blocking = {"security_review", "logging", "metrics", "healthcheck", "on_call"}
    assert said >= {f"declared.{name}" for name in blocking}
    assert all(reason["remedy"] for reason in ran.document["reasons"] if reason["level"] < 6)


async def test_security_blocks_whatever_the_pass_rate(director, write, ready) -> None:
    """One failed blocker outweighs everything that passed."""
    path = write("insecure", {**ready, "security_review": False})

    ran = await director("evaluate", path, "--profile", "baseline", "--format", "json")

    assert ran.exit == 1
    assert ran.document["pass_rate"] == "88%"
    assert ran.document["reasons"][0]["code"] == "blocker"


async def test_everything_ready_is_go(director, write, ready) -> None:
    """All passed is GO at exactly 100 %."""
    path = write("ready", ready)

    ran = await director("evaluate", path, "--profile", "baseline", "--format", "json")

    assert ran.exit == 0
    assert (ran.document["decision"], ran.document["pass_rate"]) == ("go", "100%")
    assert (ran.document["score"], ran.document["reasons"]) == (1.0, [])


async def test_nothing_planned_is_never_go(director, write, ready, home: Path) -> None:
    """Asking nothing proves nothing: NO_GO, 0 %, exit 5."""
    profile = home / "empty.yaml"
    profile.write_text(
        "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: empty}\n"
        "spec: {thresholds: {go: 0.9, conditional: 0.7}, categories: {}, checks: {}}\n"
    )

    ran = await director("evaluate", write("svc", ready), "--profile", profile, "--format", "json")

    assert ran.exit == 5
    assert (ran.document["decision"], ran.document["pass_rate"]) == ("no_go", "0%")


async def test_fewer_than_three_conclusive_checks_fail(director, write) -> None:
    """Two answers are not enough to decide on."""
    path = write("thin", {"logging": True, "metrics": True})

    ran = await director("evaluate", path, "--profile", "baseline", "--format", "json")

    assert ran.exit == 1
    assert "insufficient_checks" in [reason["code"] for reason in ran.document["reasons"]]


async def test_without_a_store_a_decision_says_so(director) -> None:
    """What is not recorded is for looking, not for gating."""
    text = await director("evaluate", PAYMENT, "--profile", "baseline", "--no-store")
    ran = await director(
        "evaluate", PAYMENT, "--profile", "baseline", "--no-store", "--format", "json"
    )

    assert "unrecorded" in text.stdout
    assert ran.document["recorded"] is False


async def test_the_second_decision_knows_the_first(director, write, ready, home: Path) -> None:
    """What was recorded is there for the next evaluation."""
    first = await director("evaluate", write("svc", ready), "--profile", "baseline")
    path = write("svc", {**ready, "security_review": False})

    ran = await director("evaluate", path, "--profile", "baseline", "--format", "json")

    assert first.exit == 0
    assert (ran.document["previous"], ran.document["changed"]) == ("go", True)
    assert (home / ".local/share/director/director.db").is_file()


async def test_several_targets_are_an_array_and_the_worst_counts(
    director, write, ready, home: Path
) -> None:
    """One bad manifest does not stop the others, and the worst of all is the exit code."""
    write("a-ready", ready)
    write("b-unready", dict.fromkeys(ready, False))
    (home / "c-broken.yaml").write_text("kind: [}")

    ran = await director("evaluate", home, "--profile", "baseline", "--format", "json")

    assert ran.exit == 2
    assert [item["decision"] for item in ran.document] == ["go", "no_go", None]
    assert ran.document[2]["error"]["faults"][0]["column"] == 8
    assert "c-broken.yaml:1:8" in ran.stderr


async def test_reports_go_where_they_are_sent(director, home: Path) -> None:
    """Formats can be given several times, with a file each."""
    ran = await director(
        "evaluate", PAYMENT, "--profile", "baseline", "--format", "text",
        "--format", "json=out.json",
    )  # fmt: skip

    assert ran.stdout.startswith("payment-service@production  CONDITIONAL_GO  88%")
    assert json.loads((home / "out.json").read_text())["pass_rate"] == "88%"


async def test_several_environments_need_a_choice(director, write, ready) -> None:
    """A manifest with several environments leaves open which one is meant."""
    path = write("svc", ready, environments={"staging": {}, "production": {}})

    open_ = await director("evaluate", path, "--profile", "baseline")
    chosen = await director("evaluate", path, "--profile", "baseline", "--environment", "staging")
    slip = await director("evaluate", path, "--profile", "baseline", "--environment", "stagin")

    assert (open_.exit, chosen.exit, slip.exit) == (2, 0, 2)
    assert "--environment" in open_.stderr
    assert "svc@staging" in chosen.stdout
    assert "did you mean 'staging'" in slip.stderr


async def test_a_manifest_cannot_loosen(director, write, ready) -> None:
    """An option may move the stricter way only."""
    url = {"production": {"base_url": "http://127.0.0.1:1"}}
    path = write("svc", ready, environments=url, checks={"http.health": {"budget_s": 60}})

    ran = await director("evaluate", path, "--profile", "standard")

    assert ran.exit == 2
    assert "svc.yaml:1:" in ran.stderr
    assert "must be at most 1.0" in ran.stderr


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("thresholds: {go: 0.5, conditional: 0.7}", "conditional"),
        ("thresholds: {go: 1.5, conditional: 0.7}", "1"),
        ("minimum_checks: 2", "3"),
        ("fail_budget: 4", "required checks"),
        ("thresholds: {go: .nan}", "nan"),
        ("thresholds: {go: -1}", "-1"),
        ("extends: [baseline]", "must be text, got a list"),
    ],
)
async def test_a_profile_that_cannot_gate_is_refused(
    director, write, ready, home: Path, spec: str, problem: str
) -> None:
    """What design §6 refuses at load is refused with the reason, and exit 2."""
    profile = home / "mine.yaml"
    extends = "" if "extends" in spec else "  extends: baseline\n"
    profile.write_text(
        "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: mine}\n"
        f"spec:\n{extends}  {spec}\n"
    )

    ran = await director("evaluate", write("svc", ready), "--profile", profile)

    assert ran.exit == 2
    assert "mine.yaml:" in ran.stderr
    assert problem in ran.stderr.lower()


async def test_the_least_profile_holds(director, write, ready) -> None:
    """An operator may pin the least strict profile allowed."""
    path = write("svc", ready)

    loose = await director("evaluate", path, "--profile", "baseline", "--least-profile", "standard")
    stricter = await director(
        "evaluate", path, "--profile", "standard", "--least-profile", "baseline"
    )

    assert loose.exit == 2
    assert "must be standard or extend it" in loose.stderr
    assert stricter.exit in (0, 1)


async def test_a_name_is_no_proof_of_strictness(director, write, ready, home: Path) -> None:
    """Under a pinned profile neither a borrowed name nor a looser child passes."""
    head = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: %s}\nspec:\n  extends: %s\n"
    (home / "fake.yaml").write_text(head % ("strict", "baseline"))
    (home / "loose.yaml").write_text(head % ("loose", "strict") + "  warn_budget: 9\n")
    path = write("svc", ready)

    fake = await director("evaluate", path, "--profile", "./fake.yaml", "--least-profile", "strict")
    loose = await director(
        "evaluate", path, "--profile", "./loose.yaml", "--least-profile", "strict"
    )

    assert (fake.exit, loose.exit) == (2, 2)
    assert "must be strict or extend it" in fake.stderr
    assert "looser warn_budget" in loose.stderr


async def test_the_judged_folder_writes_no_files(director, home: Path) -> None:
    """A ``director.yaml`` nearby cannot have a report written over somebody's file."""
    (home / "director.yaml").write_text("format: [text, json=victim.yaml]\n")
    (home / "victim.yaml").write_text("mine")

    ran = await director("evaluate", PAYMENT, "--profile", "baseline")

    assert ran.exit == 2
    assert (home / "victim.yaml").read_text() == "mine"


async def test_a_configuration_is_never_passed_over(director, home: Path) -> None:
    """What is named with ``--config`` is read or refused, and of the right type."""
    os.mkfifo(home / "pipe.yaml")
    (home / "bad.yaml").write_text("log: off\nstore: [a, b]\n")

    pipe = await director("evaluate", PAYMENT, "--config", "pipe.yaml")
    bad = await director("evaluate", PAYMENT, "--config", "bad.yaml")

    assert (pipe.exit, bad.exit) == (2, 2)
    assert "bad.yaml:2:1: must be a text, got a list" in bad.stderr


async def test_a_report_into_a_pipe_that_nobody_reads_is_refused(director, home: Path) -> None:
    """It is said at once; nothing hangs."""
    os.mkfifo(home / "pipe")

    ran = await director("evaluate", PAYMENT, "--profile", "baseline", "--format", "text=pipe")

    assert ran.exit == 2


async def test_a_store_that_is_a_folder_is_exit_3(director, home: Path) -> None:
    """No record, no decision."""
    (home / "folder").mkdir()

    ran = await director("evaluate", PAYMENT, "--profile", "baseline", "--store", "folder")

    assert ran.exit == 3


async def test_a_report_never_overwrites_the_record(director, home: Path) -> None:
    """A report that would land on the store or the manifest is refused before anything runs."""
    base = ("evaluate", PAYMENT, "--profile", "baseline", "--store", "n.db")
    await director(*base)
    before = (home / "n.db").read_bytes()[:16]

    ran = await director(*base, "--format", "json=n.db")

    assert ran.exit == 2
    assert (home / "n.db").read_bytes()[:16] == before
