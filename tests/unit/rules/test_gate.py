"""rules.gate: a gate is open only where the last decision and what is held true agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from director.model.decision import Verdict
from director.model.service import Gate, GateCode, GateState, Latest
from director.rules.gate import Held, gate

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GO, CONDITIONAL, NO_GO = Verdict
LATEST = Latest(
    evaluation="01JH0000000000000000000001",
    decision=GO,
    pass_rate="100%",
    score=1.0,
    decided_at=NOW - timedelta(minutes=1),
    valid_until=NOW + timedelta(hours=1),
)
WELL = Held(verdict=GO)


def closed(code: GateCode, text: str) -> Gate:
    """Return a gate that is closed by the last decision."""
    return Gate(
        state=GateState.CLOSED,
        code=code,
        text=text,
        decision=NO_GO,
        evaluation=LATEST.evaluation,
    )


def test_go_is_open() -> None:
    """The last decision says GO, and GO is held true."""
    assert gate(LATEST, WELL, NOW) == Gate(
        state=GateState.OPEN,
        code=GateCode.GO,
        text="open",
        decision=GO,
        evaluation=LATEST.evaluation,
    )


def test_no_decision_is_closed() -> None:
    """Whatever is held true."""
    assert gate(None, WELL, NOW) == Gate(
        state=GateState.CLOSED, code=GateCode.NEVER_EVALUATED, text="it was never evaluated"
    )


def test_open_only_where_both_agree() -> None:
    """Every pair of the last decision and what is held true, by an independent statement."""
    for decision, held in product(Verdict, (*Verdict, None)):
        found = gate(replace(LATEST, decision=decision), Held(verdict=held), NOW)
        opens = decision is not NO_GO and held not in (NO_GO, None)
        assert (found.state is not GateState.CLOSED) is opens
        if opens:
            conditional = CONDITIONAL in (decision, held)
            assert (found.state is GateState.CONDITIONAL) is conditional
            assert found.decision is (CONDITIONAL if conditional else GO)
        else:
            assert found.decision is NO_GO


def test_a_bad_look_closes_at_once() -> None:
    """Its first reason is given; without one, that it says NO_GO."""
    bad = replace(LATEST, decision=NO_GO, why="http.health failed")
    assert gate(bad, WELL, NOW) == closed(GateCode.NO_GO, "http.health failed")
    unsaid = replace(LATEST, decision=NO_GO)
    assert gate(unsaid, WELL, NOW) == closed(GateCode.NO_GO, "the last evaluation says NO_GO")


@pytest.mark.parametrize(
    ("held", "code", "text"),
    [
        (
            Held(verdict=None),
            GateCode.NOT_ESTABLISHED,
            "too few evaluations in a row say how it is",
        ),
        (
            Held(verdict=None, lost=True),
            GateCode.SIGHT_LOST,
            "nobody could see it for too long, and too few evaluations since say how it is",
        ),
        (
            Held(verdict=NO_GO),
            GateCode.NO_GO,
            "the last evaluation says GO, but NO_GO is held true until more do",
        ),
        (
            Held(verdict=NO_GO, lost=True),
            GateCode.NO_GO,
            "the last evaluation says GO, but NO_GO is held true until more do",
        ),
        (
            Held(verdict=GO, changed=True),
            GateCode.NOT_ESTABLISHED,
            "its manifest or profile changed, and it was not evaluated since",
        ),
        (
            Held(verdict=GO, stale=True),
            GateCode.STALE,
            (
                "it was not evaluated when it was due; the last decision is of "
                "2026-03-02T11:59:00+00:00"
            ),
        ),
        (
            Held(verdict=GO, stale=True, changed=True),
            GateCode.NOT_ESTABLISHED,
            "its manifest or profile changed, and it was not evaluated since",
        ),
    ],
)
def test_doubt_is_closed(held: Held, code: GateCode, text: str) -> None:
    """Each with its word and its sentence."""
    assert gate(LATEST, held, NOW) == closed(code, text)


def test_a_lost_sight_that_is_regained_is_no_doubt() -> None:
    """What is held true again counts."""
    assert gate(LATEST, Held(verdict=GO, lost=True), NOW).state is GateState.OPEN


def test_a_decision_expires_to_the_second() -> None:
    """At its end it counts no more."""
    text = "the last decision was valid until 2026-03-02T13:00:00+00:00"
    before = LATEST.valid_until - timedelta(microseconds=1)

    assert gate(LATEST, WELL, before).state is GateState.OPEN
    assert gate(LATEST, WELL, LATEST.valid_until) == closed(GateCode.EXPIRED, text)
    forced = replace(LATEST, override="x", override_until=NOW + timedelta(days=9))
    assert gate(forced, WELL, LATEST.valid_until) == closed(GateCode.EXPIRED, text)


def test_conditions_are_said() -> None:
    """The first reason, or that there are some."""
    some = replace(LATEST, decision=CONDITIONAL, why="declared.runbook failed")
    assert gate(some, WELL, NOW) == Gate(
        state=GateState.CONDITIONAL,
        code=GateCode.CONDITIONAL_GO,
        text="declared.runbook failed",
        decision=CONDITIONAL,
        evaluation=LATEST.evaluation,
    )
    assert gate(LATEST, Held(verdict=CONDITIONAL), NOW).text == "open, with conditions"


def test_an_override_opens_until_it_ends() -> None:
    """It opens what was seen to be bad, and nothing that nobody looked at."""
    until = NOW + timedelta(minutes=5)
    forced = replace(LATEST, decision=NO_GO, why="x failed", override="01JH9", override_until=until)
    held = Held(verdict=NO_GO)

    assert gate(forced, held, NOW) == Gate(
        state=GateState.OPEN,
        code=GateCode.OVERRIDE,
        text="NO_GO, overridden until 2026-03-02T12:05:00+00:00",
        decision=GO,
        evaluation=LATEST.evaluation,
        override="01JH9",
    )
    assert gate(forced, held, until) == closed(GateCode.NO_GO, "x failed")
    assert gate(forced, replace(held, stale=True), NOW).code is GateCode.STALE
    assert gate(forced, replace(held, changed=True), NOW).code is GateCode.NOT_ESTABLISHED
    nameless = replace(forced, override="")
    assert gate(nameless, held, NOW) == closed(GateCode.NO_GO, "x failed")
    endless = replace(forced, override_until=None)
    assert gate(endless, held, NOW) == closed(GateCode.NO_GO, "x failed")
