"""director explain: why a service got its decision, and what would have changed it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from director.wiring.record import open_store, read_report

ROOT = Path(__file__).parents[2]
PAYMENT = ROOT / "config/services/payment-service.yaml"
SERVICES = sorted(path.stem for path in (ROOT / "config/services").glob("*.yaml"))


async def test_it_tells_what_would_have_changed_the_decision(director) -> None:
    """The payment service of the brief: why it is no GO, what makes it one, what it stands on."""
    await director("evaluate", PAYMENT, "--profile", "baseline")

    ran = await director("explain", "payment-service")

    assert (ran.exit, ran.stderr) == (0, "")
    head, why, gaps, change, way, stands, conditions, _ = ran.stdout.split("\n\n")
    assert head.startswith("payment-service@production  CONDITIONAL_GO  88%\n")
    assert why == "Why not GO\n  • the score is 86.6%, a GO needs 90%"
    assert gaps == "Gaps\n  declared.load_test  failed (advisory), new this time"
    assert change == "What would change it\n  if declared.load_test passed: GO, score 100%"
    assert way.startswith(
        "Shortest way to GO: 1 fix\n  1. declared.load_test: then GO, score 100%\n     → Run a"
    )
    assert "NO_GO if any one of these failed:\n  • declared.security_review: a blocker" in stands
    assert conditions.startswith("Conditions\n  declared.load_test  team-payments, due ")


async def test_the_document_is_the_records_with_the_answers_beside(director) -> None:
    """JSON is what evaluate said, and counterfactual; by service or by evaluation."""
    evaluated = await director("evaluate", PAYMENT, "--profile", "baseline", "--format", "json")
    document = evaluated.document

    ran = await director("explain", "payment-service", "--format", "json")
    same = await director("explain", document["evaluation"].lower(), "--format", "json")

    explained = ran.document
    assert explained == same.document
    answer = explained.pop("counterfactual")
    assert [(f["check"], f["new"]) for f in explained.pop("findings")] == [
        ("declared.load_test", True)
    ]
    assert explained == document
    assert list(document)[:3] == ["service", "decision", "pass_rate"]
    assert [(s["check"], s["decision"], s["score"]) for s in answer["steps"]] == [
        ("declared.load_test", "go", 1.0)
    ]
    assert answer["if_passed"] == answer["steps"]
    assert {s["check"] for s in answer["if_failed"]} == {
        f"declared.{name}"
        for name in ("healthcheck", "logging", "metrics", "on_call", "security_review")
    }


@pytest.mark.parametrize("profile", ["baseline", "standard", "strict"])
@pytest.mark.parametrize("service", SERVICES)
async def test_every_sample_is_decided_the_same_again(director, service: str, profile: str) -> None:
    """The rule, applied to what the store keeps, decides the same: there is an answer."""
    path = ROOT / "config/services" / f"{service}.yaml"
    evaluated = await director("evaluate", path, "--profile", profile, "--format", "json")

    ran = await director("explain", evaluated.document["evaluation"], "--format", "json")

    answer = ran.document["counterfactual"]
    assert "error" not in answer
    assert [step["check"] for step in answer["steps"]] == [
        fix["check"] for fix in evaluated.document["fixes"]
    ]
    assert all(step["decision"] == "go" for step in answer["steps"][-1:])


async def test_the_counterfactual_comes_true(director, write, ready) -> None:
    """What it says of the next step is what is decided once the step is taken."""
    left = ["logging", "load_test", "runbook", "alerts"]
    lacking = {**ready, **dict.fromkeys(left, False)}
    await director("evaluate", write("pay", lacking), "--profile", "baseline")
    told = (await director("explain", "pay", "--format", "json")).document["counterfactual"]
    assert told["steps"]

    for step in told["steps"]:
        lacking[step["check"].removeprefix("declared.")] = True
        path = write("pay", lacking)
        then = await director("evaluate", path, "--profile", "baseline", "--format", "json")
        assert [then.document[key] for key in ("decision", "pass_rate", "score")] == [
            step[key] for key in ("decision", "pass_rate", "score")
        ]


async def test_an_expired_decision_is_said_to_be_so_first(director, home) -> None:
    """A decision from yesterday explains itself, and opens no gate."""
    ran = await director("evaluate", PAYMENT, "--profile", "baseline", "--format", "json")
    (record,) = read_report(ran.stdout.encode())
    store = open_store(home / "old.db")
    await store.record(replace(record, valid_until="2020-01-01T00:00:00.000000Z"))
    await store.close()

    text = await director("explain", "payment-service", "--store", "old.db")
    plain = await director("explain", "payment-service", "--store", "old.db", "--format", "json")

    assert text.stdout.startswith("EXPIRED on 2020-01-01 00:00 UTC; what was decided before:\n")
    assert "every gate is closed until it is evaluated again" in text.stdout
    assert plain.document["expired"] is True


async def test_a_record_from_before_policies_were_kept_has_its_reasons(director, home) -> None:
    """What cannot be told is said to be so, and everything else is told."""
    ran = await director("evaluate", PAYMENT, "--profile", "baseline", "--format", "json")
    document = ran.document
    del document["policy"]
    (record,) = read_report(json.dumps(document).encode())
    store = open_store(home / "old.db")
    await store.record(record)
    await store.close()

    text = await director("explain", "payment-service", "--store", "old.db")
    plain = await director("explain", "payment-service", "--store", "old.db", "--format", "json")

    assert (text.exit, plain.exit) == (0, 0)
    assert "Why not GO\n  • the score is 86.6%" in text.stdout
    assert "What would change it\n  cannot be told: it was recorded before" in text.stdout
    assert "Shortest way to GO: 1 fix\n  1. declared.load_test" in text.stdout
    assert plain.document["counterfactual"]["error"]["code"] == "no_policy"


async def test_who_has_no_decision_is_not_explained(director) -> None:
    """A name without a decision is a wrong setting."""
    await director("evaluate", PAYMENT, "--profile", "baseline")

    nobody = await director("explain", "payment-servic")

    assert (nobody.exit, nobody.stdout) == (2, "")


@pytest.mark.parametrize("columns", ["80", "120"])
async def test_it_is_coloured_when_asked(director, columns: str) -> None:
    """Colours come through a pipe when they are asked for; the words are the same without."""
    await director("evaluate", PAYMENT, "--profile", "baseline")

    variables = {"COLUMNS": columns}
    coloured = await director("explain", "payment-service", "--color", variables=variables)
    plain = await director("explain", "payment-service", "--no-color", variables=variables)

    assert "if declared.load_test passed: \x1b[32;1mGO\x1b[0m, score 100%" in coloured.stdout
    assert "\x1b" not in plain.stdout
    assert max(map(len, plain.stdout.splitlines())) <= int(columns)
