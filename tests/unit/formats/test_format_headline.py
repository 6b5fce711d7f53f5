"""formats.headline: one item in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats.headline import State, headline, moment, percent, tally, worst_first
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

FAULT = Fault("a.yaml", 3, 7, "must be a text, got 7")


@pytest.mark.parametrize(
    ("decision", "state", "label"),
    [
        ("go", State.GO, "GO"),
        ("conditional_go", State.CONDITIONAL_GO, "CONDITIONAL_GO"),
        ("no_go", State.NO_GO, "NO_GO"),
    ],
)
def test_a_decision_is_its_word(desk: Desk, decision: str, state: State, label: str) -> None:
    """A decision in force is said with its pass rate."""
    head = headline(Judged(desk.record(decision, source="a.yaml"), recorded=True))

    assert (head.state, head.said, head.why) == (state, f"{label} 88%", "")
    assert (head.target, head.source) == ("payment-service@production", "a.yaml")
    assert state.word == decision


@pytest.mark.parametrize("decision", ["go", "conditional_go", "no_go"])
def test_what_expired_is_no_decision_to_act_on(desk: Desk, decision: str) -> None:
    """An expired decision is EXPIRED, whatever it was, and has no pass rate."""
    head = headline(Judged(desk.record(decision), recorded=True, expired=True))

    assert (head.state, head.said, head.pass_rate) == (State.EXPIRED, "EXPIRED", "")


@pytest.mark.parametrize(
    ("item", "target", "why"),
    [
        (Rejected("a.yaml", (FAULT,)), "a.yaml", "invalid input, 1 fault"),
        (Rejected("a.yaml", (FAULT, FAULT)), "a.yaml", "invalid input, 2 faults"),
        (Undecided("a.yaml", "s", "no"), "s", "no decision could be made or recorded: no"),
        (Interrupted("a.yaml", "s"), "s", "interrupted after 0 results"),
        (
            Interrupted("a.yaml", "s", (Heard("a.b", "passed", "ok"),)),
            "s",
            "interrupted after 1 result",
        ),
    ],
)
def test_without_a_decision_there_is_a_why(item: Item, target: str, why: str) -> None:
    """Where there is no decision, the headline says why and has no pass rate."""
    head = headline(item)

    assert (head.state, head.said) == (State.NONE, "NO DECISION")
    assert (head.target, head.source, head.why) == (target, "a.yaml", why)


def test_the_worst_comes_first(desk: Desk) -> None:
    """No decision is worse than NO_GO, that than EXPIRED, CONDITIONAL_GO and GO, in this order."""
    items: list[Item] = [
        Judged(desk.record("go", service="first"), recorded=True),
        Judged(desk.record("go", service="second"), recorded=True),
        Judged(desk.record("go"), recorded=True, expired=True),
        Judged(desk.record("no_go"), recorded=True),
        Undecided("a.yaml", "s", "no"),
        Judged(desk.record("conditional_go"), recorded=True),
    ]

    heads = [head for head, _ in worst_first(items)]

    assert [head.state.word for head in heads] == [
        "none",
        "no_go",
        "expired",
        "conditional_go",
        "go",
        "go",
    ]
    assert [head.target.partition("@")[0] for head in heads[-2:]] == ["first", "second"]


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([State.GO, State.GO], "GO 2/2"),
        ([State.GO, State.NO_GO, State.EXPIRED, State.NO_GO], "NO_GO 2/4"),
        ([State.NO_GO, State.NONE], "NO DECISION 1/2"),
        ([], "NO DECISION 0/0"),
    ],
)
def test_a_tally_is_the_worst(states: list[State], said: str) -> None:
    """Of several targets a tally says the worst state and how many have it."""
    assert tally(states) == said


def test_figures_are_cut_not_rounded() -> None:
    """Only all is 100 %."""
    assert [percent(each) for each in (1.0, 0.999999, 0.8999, 0.5, 0.0)] == [
        "100%",
        "99.9%",
        "89.9%",
        "50%",
        "0%",
    ]


def test_moments_are_to_the_minute() -> None:
    """An instant is shown to the minute, with its zone."""
    assert moment("2026-01-16T09:30:00.000000Z") == "2026-01-16 09:30 UTC"
