"""rules.trend: how steadily decisions went, and since when each gap stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.contrast import Matter, Shift
from director.model.difference import Change, Turn
from director.model.history import Summary
from director.model.trend import Step
from director.rules.trend import (
    FLAPS_FROM,
    FURTHEST,
    WINDOW,
    Glance,
    findings,
    glance,
    is_gap,
    standing,
    steadiness,
    stretches,
)

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

WORDS = {"g": "go", "c": "conditional_go", "n": "no_go"}


def summary(seq: int, letter: str, **fields: Any) -> Summary:  # noqa: ANN401  # fields of many types
    """Return a decision in short."""
    given: dict[str, Any] = {
        "seq": seq,
        "evaluation": f"e{seq}",
        "service": "pay",
        "environment": "",
        "version": "1",
        "decision": WORDS[letter],
        "effective": WORDS[letter],
        "override": "",
        "pass_rate": "88%",
        "score": 0.8,
        "profile": "baseline",
        "decided_at": f"2026-01-{seq + 1:02}T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
    }
    return Summary(**{**given, **fields})


def history(letters: str) -> list[Summary]:
    """Return decisions, the newest first, of letters that are read from the oldest on."""
    return [summary(n, letter) for n, letter in enumerate(letters)][::-1]


@pytest.mark.parametrize(
    ("letters", "changes", "flaps"),
    [
        ("g", 0, False),
        ("gngngn", 5, False),
        ("gngngng", 6, True),
        ("g" * 15 + "ngngng", 6, True),
        ("g" * 16 + "ngngn", 5, False),
        ("gcgcgc" + "g" * 20, 1, False),
        ("gcn" * 7, 20, True),
    ],
)
def test_six_changes_in_twenty_one_are_flapping(letters: str, changes: int, flaps: bool) -> None:
    """Changes among the last 21 decisions are counted, whichever way they go; older ones not."""
    found = steadiness(history(letters), whole=True)

    assert (found.changes, found.flaps) == (changes, flaps)
    assert found.decisions == min(len(letters), 21)


def test_the_rule_is_the_one_in_the_documents() -> None:
    """21 decisions have 20 places at which they can change; 30 % of these are 6.

    Nobody looks back further than 100.
    """
    assert (WINDOW, FLAPS_FROM, FURTHEST) == (21, 6, 100)
    assert FLAPS_FROM == 0.3 * (WINDOW - 1)


def test_an_override_is_no_change() -> None:
    """What was decided counts, not what gates acted on."""
    forced = [summary(n, "n", effective="go" if n % 2 else "no_go", override="o") for n in range(9)]

    assert steadiness(forced[::-1], whole=True).changes == 0


@pytest.mark.parametrize(
    ("letters", "whole", "since", "in_a_row", "begun"),
    [
        ("gnnn", True, "e1", 3, True),
        ("gnnn", False, "e1", 3, True),
        ("nnn", True, "e0", 3, True),
        ("nnn", False, "e0", 3, False),
        ("n", False, "e0", 1, False),
    ],
)
def test_it_tells_since_when_it_is_what_it_is(
    letters: str, whole: bool, since: str, in_a_row: int, begun: bool
) -> None:
    """The first of the decisions in a row; where it is the oldest that was seen, that is said."""
    found = steadiness(history(letters), whole=whole)

    assert (found.since, found.in_a_row, found.begun) == (since, in_a_row, begun)
    assert found.since_at == f"2026-01-{int(since[1:]) + 1:02}T00:00:00Z"


def glances(*gaps: str) -> tuple[Glance, ...]:
    """Return what decisions tell, the newest first; each letter is a gap."""
    return tuple(
        Glance(f"e{n}", f"at {n}", frozenset(f"x.{letter}" for letter in letters))
        for n, letters in reversed(list(enumerate(reversed(gaps))))
    )


@pytest.mark.parametrize(
    ("seen", "whole", "expected"),
    [
        (("a",), True, [("x.a", "e0", 1, True, True)]),
        (("a",), False, [("x.a", "e0", 1, False, False)]),
        (("a", ""), False, [("x.a", "e1", 1, True, True)]),
        (("a", "a"), True, [("x.a", "e0", 2, True, False)]),
        (("a", "a"), False, [("x.a", "e0", 2, False, False)]),
        (("a", "a", "", "a"), True, [("x.a", "e2", 2, True, False)]),
        (("ab", "a"), True, [("x.b", "e1", 1, True, True), ("x.a", "e0", 2, True, False)]),
        (("", "a"), True, []),
    ],
    ids=["first", "first seen", "new", "always", "longer than seen", "broken", "two", "mended"],
)
def test_a_gap_stands_as_long_as_it_was_not_mended(
    desk: Desk,
    seen: tuple[str, ...],
    whole: bool,
    expected: list[tuple[str, str, int, bool, bool]],
) -> None:
    """Counted back to the first decision without it; the newest gap comes first."""
    checks = tuple(desk.check(f"x.{letter}", "failed") for letter in seen[0])
    last = desk.record(checks=checks)

    found = findings(last, glances(*seen), whole=whole)

    told = [(one.check, one.since, one.decisions, one.begun, one.new) for one in found]
    assert told == expected
    for one in found:
        assert one.since_at == f"at {one.since[1:]}"
        assert (one.outcome, one.role) == ("failed", "required")
        assert one.document()["new"] is one.new


def test_only_gaps_are_findings(desk: Desk) -> None:
    """What passed in the last decision is no finding, though it was a gap before."""
    gap = replace(desk.check("x.b", "failed"), title="b is done")
    last = desk.record(checks=(desk.check("x.a", "passed"), gap))

    found = findings(last, glances("b", "ab"), whole=True)

    assert [(one.check, one.title) for one in found] == [("x.b", "b is done")]


@given(seen=st.lists(st.sets(st.sampled_from("abcd")).map("".join), min_size=1, max_size=6))
def test_to_stop_where_nothing_stands_changes_nothing(desk: Desk, seen: list[str]) -> None:
    """Whoever looks back no further than something stands is told the same."""
    last = desk.record(checks=tuple(desk.check(f"x.{letter}", "failed") for letter in seen[0]))
    every = glances(*seen)
    needed = next((n for n in range(1, len(every)) if not standing(every[:n])), len(every))

    assert findings(last, every[:needed], whole=needed == len(every)) == findings(
        last, every, whole=True
    )


@pytest.mark.parametrize(
    ("outcome", "role", "gap"),
    [
        ("passed", "required", False),
        ("not_applicable", "blocker", False),
        ("warned", "advisory", True),
        ("failed", "shadow", False),
        ("unknown", "required", True),
        ("errored", "advisory", True),
        ("missing", "blocker", True),
    ],
)
def test_a_gap_counts_and_has_not_passed(desk: Desk, outcome: str, role: str, gap: bool) -> None:
    """What is only shown is no gap, nor what does not apply."""
    check = desk.check("x.a", outcome, role)
    record = desk.record(checks=(check,))

    assert is_gap(check) is gap
    assert glance(record) == Glance(
        record.evaluation, record.decided_at, frozenset({"x.a"}) if gap else frozenset()
    )


def test_nothing_stands_in_nothing() -> None:
    """Of no decisions at all, no gap stands in every one."""
    assert standing(()) == frozenset()


CHANGE = Change(check="x.a", title="", turn=Turn.WORSE, before="passed", after="failed", reason="")
SHIFT = Shift(Matter.VERSION, "", "1", "2")


def steps(*given: tuple[str, dict[str, Any]]) -> list[Step]:
    """Return steps with these letters; what is given besides is of the step."""
    return [
        Step(summary=summary(9 - n, letter), **{"changes": (), "shifts": (), **fields})
        for n, (letter, fields) in enumerate(given)
    ]


@pytest.mark.parametrize(
    ("fields", "lengths"),
    [
        ({}, [3]),
        ({"changes": (CHANGE,)}, [2, 1]),
        ({"shifts": (SHIFT,)}, [2, 1]),
        ({"changes": None, "shifts": None}, [3]),
    ],
)
def test_what_came_to_the_same_is_one_stretch(fields: dict[str, Any], lengths: list[int]) -> None:
    """A decision in which something changed begins a stretch, and is the oldest of it."""
    found = stretches(steps(("g", {}), ("g", fields), ("g", {})))

    assert [len(stretch.steps) for stretch in found] == lengths
    assert found[0].newest.summary.seq == 9
    assert found[-1].oldest.summary.seq == 7


@pytest.mark.parametrize(
    "other",
    [
        {"decision": "go"},
        {"effective": "go"},
        {"override": "o"},
        {"pass_rate": "90%"},
        {"score": 0.9},
        {"profile": "strict"},
        {"version": "2"},
    ],
)
def test_another_figure_begins_another_stretch(other: dict[str, Any]) -> None:
    """What a row of the history shows is the same for the whole stretch."""
    newer, older = steps(("n", {}), ("n", {}))

    found = stretches([newer, replace(older, summary=replace(older.summary, **other))])

    assert [len(stretch.steps) for stretch in found] == [1, 1]
