"""rules.compare: what became better or worse from one decision to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.difference import Turn
from director.model.event import Subject
from director.model.manifest import Manifest
from director.model.outcome import Word
from director.model.record import Record, Source
from director.rules.compare import compare
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

RANK = {"passed": 3, "warned": 2, "unknown": 1, "errored": 1, "missing": 1, "failed": 0}


def record(law: Law, **outcomes: str) -> Record:
    """Return the decision on checks with these outcomes."""
    cases = [
        (law.planned(f"a.{name}", Role.ADVISORY), law.outcome(said))
        for name, said in outcomes.items()
    ]
    subject = Subject(
        evaluation="01JH",
        trigger="manual",
        service="pay",
        environment="",
        version="",
        owner="",
        tier=None,
        profile="test",
        profile_digest="sha256:p",
        manifest_digest="sha256:m",
    )
    run = Run(
        subject=subject,
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=law.profile(),
        started_at=law.now,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )
    return summarise(law.decide(law.profile(), cases), run)


@pytest.mark.parametrize("before", list(Word))
@pytest.mark.parametrize("after", list(Word))
def test_a_check_goes_up_or_down_the_ranks(law: Law, before: Word, after: Word) -> None:
    """Passed is over warned, warned over what could not tell, and that over failed."""
    changes = compare(record(law, x=before), record(law, x=after)).changes

    if before is after:
        assert changes == ()
        return
    (change,) = changes
    was, now = RANK.get(before), RANK.get(after)
    wanted = Turn.CHANGED
    if was is not None and now is not None and was != now:
        wanted = Turn.BETTER if now > was else Turn.WORSE
    assert (change.turn, change.before, change.after) == (wanted, before, after)
    assert (change.check, change.title) == ("a.x", "title of a.x")
    assert change.reason == law.outcome(after).reason


def test_what_was_planned_only_once_is_new_or_gone(law: Law) -> None:
    """A check that disappears does not go unsaid."""
    difference = compare(record(law, x="passed", y="failed"), record(law, x="passed", z="failed"))

    assert [(c.check, c.turn, c.before, c.after) for c in difference.changes] == [
        ("a.z", Turn.NEW, None, "failed"),
        ("a.y", Turn.GONE, "failed", None),
    ]


def test_the_worse_comes_first(law: Law) -> None:
    """Changes are sorted by turn, then by check."""
    before = record(law, a="failed", b="passed", c="passed", d="unknown", e="failed")
    after = record(law, a="passed", b="failed", c="warned", d="errored", f="passed")

    turns = [(change.turn.value, change.check) for change in compare(before, after).changes]

    assert turns == [
        ("worse", "a.b"),
        ("worse", "a.c"),
        ("new", "a.f"),
        ("better", "a.a"),
        ("changed", "a.d"),
        ("gone", "a.e"),
    ]
    assert [c.check for c in compare(before, after).turned(Turn.WORSE)] == ["a.b", "a.c"]


def test_it_says_what_it_is_held_against(law: Law) -> None:
    """The earlier decision stands beside the changes, and whether the policy was the same."""
    before, after = record(law, x="passed"), record(law, x="passed")
    difference = compare(before, after)

    assert difference.evaluation == "01JH"
    assert (difference.decision, difference.pass_rate) == (before.decision, "100%")
    assert (difference.score, difference.decided_at) == (1.0, before.decided_at)
    assert (difference.profile, difference.same_profile) == ("test", True)
    other = replace(before, profile=Source(name="test", digest="sha256:other"))
    assert not compare(other, after).same_profile
