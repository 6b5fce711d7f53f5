"""formats.explanation: why a decision is what it is, for people."""

# ruff: noqa: ANN401  # keyword arguments stand for fields of many types

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from director.formats.explanation import explanation
from director.formats.format import Setting
from director.formats.text import Look
from director.model.counterfactual import Answer, Counterfactual, Supposition, Unanswered
from director.model.record import PolicyEntry, Record, ThresholdsEntry
from director.model.report import Judged

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "a\x1b[2Jb\nc\rd\u202ee\u2028f\x9bg\x00h\ud800i"

POLICY = PolicyEntry(
    thresholds=ThresholdsEntry(go=0.9, conditional=0.7),
    minimum_checks=3,
    fail_budget=0,
    warn_budget=2,
    max_age_s=86400.0,
    due_in_s=1209600.0,
)


def supposed(check: str, decision: str = "go", score: float = 1.0, **fields: Any) -> Supposition:
    """Return what would have been decided; every default is the plainest that holds."""
    given: dict[str, Any] = {
        "title": f"title of {check}",
        "role": "advisory",
        "remedy": f"mend {check}",
        "effort": "high",
        "pass_rate": "100%",
        "code": "",
        "reason": "",
    }
    return Supposition(check=check, decision=decision, score=score, **{**given, **fields})


def answer(
    *if_passed: Supposition,
    steps: tuple[Supposition, ...] | None = (),
    obstacles: tuple[str, ...] = (),
    if_failed: tuple[Supposition, ...] = (),
) -> Counterfactual:
    """Return an answer."""
    return Counterfactual(
        if_passed=if_passed, steps=steps, obstacles=obstacles, if_failed=if_failed
    )


def shown(record: Record, said: Answer, *, look: Look | None = None, expired: bool = False) -> str:
    """Return the explanation of *record*."""
    judged = Judged(record, recorded=True, expired=expired)
    return explanation(judged, said, Setting(look or Look(), "director.db"))


LOAD_TEST = supposed("declared.load_test", remedy="Run a load test.")
BLOCKER = supposed("declared.security_review", "no_go", 0.5, code="blocker")


def test_the_payment_service_as_a_person_sees_it(desk: Desk) -> None:
    """The decision, why, what would change it, the way to GO, and what it stands on."""
    required = [
        supposed(f"declared.{name}", "no_go", 0.8, code="failed") for name in ("logging", "metrics")
    ]
    said = answer(LOAD_TEST, steps=(LOAD_TEST,), if_failed=(BLOCKER, *required))

    assert shown(desk.conditional(), said) == (
        "payment-service@production  CONDITIONAL_GO  88%\n"
        "profile baseline · 7 of 8 checks passed · score 86.6% · coverage 100%"
        " · verified by probe 25%\n"
        "valid until 2026-01-16 09:30 UTC\n"
        "\n"
        "Why not GO\n"
        "  • the score is 86.6%, a GO needs 90%\n"
        "\n"
        "What would change it\n"
        "  if declared.load_test passed: GO, score 100%\n"
        "\n"
        "Shortest way to GO: 1 fix\n"
        "  1. declared.load_test: then GO, score 100%\n"
        "     → Run a load test. (high effort)\n"
        "\n"
        "What it stands on\n"
        "  NO_GO if any one of these failed:\n"
        "  • declared.security_review: a blocker must pass or warn\n"
        "  • declared.logging, declared.metrics: required, and the profile tolerates no more"
        " failed ones\n"
        "  any other one could fail alone, and it would stay CONDITIONAL_GO\n"
        "\n"
        "Conditions\n"
        "  declared.load_test  team-payments, due 2026-01-29\n"
        "\n"
        "recorded as 01JH0000000000000000000001 in director.db\n"
    )


def test_expired_is_said_first(desk: Desk) -> None:
    """Nobody reads an old GO as one that still opens a gate."""
    first, _, *rest = shown(desk.record(), answer(), expired=True).splitlines()

    assert first == "EXPIRED on 2026-01-16 09:30 UTC; what was decided before:"
    assert "every gate is closed until it is evaluated again" in rest


def test_a_reason_carries_measured_and_expected(desk: Desk) -> None:
    """What was measured and expected is said once, and what to do stands with its step."""
    blocker = desk.reason(
        "http.health failed: it answered late",
        3,
        check="http.health",
        measured="2 s",
        expected="<= 1 s",
        remedy="make it fast",
        effort="low",
    )
    score = desk.reason("the score is 50%, a CONDITIONAL_GO needs 70%", 7, measured="50%")
    record = desk.record("no_go", reasons=(blocker, replace(score, expected=">= 70%")))
    step = supposed("http.health", remedy="make it fast", effort="low")

    with_step = shown(record, answer(step, steps=(step,)))
    without = shown(record, Unanswered("no_policy", "it is old"))

    why = "  • http.health failed: it answered late, measured 2 s, expected <= 1 s\n"
    assert why in with_step
    assert "  • the score is 50%, a CONDITIONAL_GO needs 70%\n" in with_step
    assert with_step.count("make it fast") == 1
    assert f"{why}    → make it fast (low effort)\n" in without


def test_what_decides_comes_before_what_holds_besides(desk: Desk) -> None:
    """The reasons list every level, so that nobody signs blind, and those of the NO_GO first."""
    record = desk.record(
        "no_go",
        reasons=(
            desk.reason("the score is 50%, a CONDITIONAL_GO needs 70%", 7, expected=">= 70%"),
            desk.reason("the score is 50%, a GO needs 90%", 9, measured="50%"),
            desk.reason("3 gaps, a GO tolerates 2: a.a", measured="3", expected="<= 2 gaps"),
        ),
    )
    text = shown(record, answer(steps=None, obstacles=("nothing weighs",)))

    places = [
        text.index(part)
        for part in (
            "Why NO_GO\n",
            "a CONDITIONAL_GO needs 70%",
            "What would keep it from GO all the same\n",
            "a GO needs 90%",
            "  • 3 gaps, a GO tolerates 2: a.a\n",
            "No list of fixes to these checks reaches GO\n",
            "even if every one of them passed:\n  • nothing weighs\n",
        )
    ]
    assert places == sorted(places)
    assert "What it stands on" not in text


def test_a_go_says_what_it_rests_on(desk: Desk) -> None:
    """A GO has its figures beside those it was held against, where they are known."""
    checks = (desk.check("a.a"), desk.check("a.b", "warned", role="advisory"))
    shadow = desk.check("a.shadow", role="shadow")
    record = desk.record(categories=(desk.category(*checks, shadow),), policy=POLICY)
    record = replace(record, counts=replace(record.counts, counting=2))

    known = shown(record, answer(supposed("a.b")))
    unknown = shown(replace(record, policy=None), Unanswered("no_policy", "it is old"))

    assert (
        "Why GO\n"
        "  • the score is 86.6%, a GO needs 90%\n"
        "  • every blocker and every required check that applies passed\n"
        "  • 1 gap, a GO tolerates 2\n"
        "\n"
        "What would change it\n"
        "  no check alone; each leaves it GO: a.b (score 100%)\n"
        "\n"
        "What it stands on\n"
        "  any one could fail alone, and it would stay GO\n"
    ) in known
    assert "Why GO\n  • the score is 86.6%\n" in unknown
    assert "What would change it\n  cannot be told: it is old\n\nrecorded as" in unknown


def test_without_an_answer_the_way_to_go_is_the_records(desk: Desk) -> None:
    """What cannot be told is said to be so, and the list of fixes stands all the same."""
    text = shown(desk.conditional(), Unanswered("no_policy", "it is old"))

    assert (
        "What would change it\n"
        "  cannot be told: it is old\n"
        "\n"
        "Shortest way to GO: 1 fix\n"
        "  1. declared.load_test  high effort\n"
    ) in text


def test_fixes_that_change_nothing_alone_share_a_sentence(desk: Desk) -> None:
    """What changes the decision stands alone; the rest is grouped by the score it would give."""
    said = answer(
        supposed("a.one", "conditional_go", 0.75),
        supposed("a.two", "no_go", 0.6),
        supposed("a.three", "no_go", 0.6),
        supposed("a.four", "no_go", 0.5),
    )

    text = shown(desk.record("no_go"), said, look=Look(width=120))

    assert (
        "What would change it\n"
        "  if a.one passed: CONDITIONAL_GO, score 75%\n"
        "  any other one alone leaves it NO_GO:"
        " a.two, a.three (score 60%); a.four (score 50%)\n"
    ) in text


def test_each_step_says_what_would_be_decided_then(desk: Desk) -> None:
    """Whoever mends one thing after the other sees where the gate opens."""
    steps = (
        supposed("a.one", "no_go", 0.6, effort="low"),
        supposed("a.two", "conditional_go", 0.8),
        supposed("a.three", "conditional_go", 0.85),
        supposed("a.four"),
    )

    text = shown(desk.record("no_go"), answer(steps=steps))

    assert (
        "Shortest way to GO: 4 fixes\n"
        "  1. a.one: then still NO_GO, score 60%\n"
        "     → mend a.one (low effort)\n"
        "  2. a.two: then CONDITIONAL_GO, score 80%\n"
        "     → mend a.two (high effort)\n"
        "  3. a.three: then still CONDITIONAL_GO, score 85%\n"
        "     → mend a.three (high effort)\n"
        "  4. a.four: then GO, score 100%\n"
        "     → mend a.four (high effort)\n"
    ) in text


def test_what_bears_a_decision_is_grouped_by_why(desk: Desk) -> None:
    """First what would make it NO_GO, by the order of the rule; then what would cost the GO."""
    said = answer(
        if_failed=(
            supposed("a.score", "no_go", 0.6, code="score"),
            supposed("a.lead", "no_go", 0.7, code="blocker"),
            supposed("a.odd", "no_go", 0.7, code="unheard", reason="something new"),
            supposed("a.tail", "no_go", 0.7, code="blocker"),
            supposed("a.gap", "conditional_go", 0.8, code="warn_budget"),
            supposed("declared.logging", "conditional_go", 0.8, code="required_gap"),
        )
    )

    assert (
        "What it stands on\n"
        "  NO_GO if any one of these failed:\n"
        "  • a.lead, a.tail: a blocker must pass or warn\n"
        "  • a.score: the score would fall below what a CONDITIONAL_GO needs\n"
        "  • a.odd: something new\n"
        "  CONDITIONAL_GO if any one of these failed:\n"
        "  • a.gap: a GO tolerates no more gaps\n"
        "  • declared.logging: a GO needs every required check\n"
        "\n"
        "recorded as"
    ) in shown(desk.record(), said)


def everything(desk: Desk, text: str) -> tuple[Record, Counterfactual]:
    """Return a record and an answer with every part, in which every free text is *text*."""
    one = supposed(text, "no_go", remedy=text, reason=text, code=text)
    record = desk.conditional(
        service=text,
        reasons=(desk.reason(text, 3, measured=text, expected=text, remedy=text, effort="low"),),
        conditions=(desk.condition(text),),
        waivers=(desk.waiver(text),),
        policy=POLICY,
    )
    return record, answer(one, steps=None, obstacles=(text,), if_failed=(one,))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("colour", [True, False])
def test_nothing_from_outside_acts_on_the_terminal(desk: Desk, width: int, colour: bool) -> None:
    """Whatever is in the record, only our own colours reach the terminal, line by line."""
    record, said = everything(desk, HOSTILE)

    text = shown(record, said, look=Look(colour=colour, width=width))
    with_steps = replace(said, steps=said.if_passed)
    text += shown(record, with_steps, look=Look(colour=colour, width=width))

    plain = ESCAPE.sub("", text)
    assert (plain != text) is colour
    assert all(line.isprintable() for line in plain.split("\n"))
    text.encode()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_fit_the_terminal(desk: Desk, width: int) -> None:
    """No line is broken by the terminal, however long the sentences; colours take no room."""
    record, said = everything(desk, "a rather long sentence that goes on and on " * 4)
    record = replace(record, service="pay")
    said = replace(said, steps=said.if_passed)

    lines = shown(record, said, look=Look(colour=True, width=width)).splitlines()

    assert max(len(ESCAPE.sub("", line)) for line in lines[1:]) <= width


def test_colour_says_nothing_of_its_own(desk: Desk) -> None:
    """With and without colour the words are the same."""
    said = answer(LOAD_TEST, steps=(LOAD_TEST,), if_failed=(BLOCKER,))

    coloured = shown(desk.conditional(), said, look=Look(colour=True))

    assert ESCAPE.sub("", coloured) == shown(desk.conditional(), said)
    assert "then \x1b[32;1mGO\x1b[0m, score 100%" in coloured
    assert "  \x1b[31;1mNO_GO\x1b[0m if any one of these failed:" in coloured
