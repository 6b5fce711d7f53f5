"""rules.recall: what a check itself said, as its record tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.profile import Need
from director.model.record import EvidenceEntry
from director.rules.plan import LACKS
from director.rules.recall import answer_of, lacks, remedy_of
from director.rules.settle import REFUSED

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Desk

SEEN = EvidenceEntry(kind="declared", source="declares.x", at=None, facts={})
OF_POLICY = ("stale", "undated", "future_evidence", "no_reason")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("passed", Passed("said passed then")),
        ("warned", Warned("said warned then")),
        ("failed", Failed("said failed then")),
        ("not_applicable", NotApplicable("")),
    ],
)
def test_what_was_said_before_a_policy_changed_it(desk: Desk, said: str, answer: Outcome) -> None:
    """A policy has made it unknown since; the word that the check said is found again."""
    entry = replace(desk.check("a.a", "unknown"), said=said, code="stale", reason="too old")

    assert answer_of(entry) == answer


@pytest.mark.parametrize(
    ("said", "code", "remedy"),
    [
        *(("passed", code, "ask again") for code in OF_POLICY),
        ("passed", "other", "mend it"),
        (None, "stale", "mend it"),
    ],
)
def test_a_remedy_about_evidence_is_not_the_checks(
    desk: Desk, said: str | None, code: str, remedy: str
) -> None:
    """What was said about old evidence is no way to meet the check itself."""
    entry = replace(desk.check("a.a", "unknown"), said=said, code=code, remedy="mend it")

    assert remedy_of(entry, "ask again") == remedy


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("passed", Passed("why")),
        ("warned", Warned("why")),
        ("failed", Failed("why", code="code")),
        ("unknown", Unknown("why", "code")),
        ("not_applicable", NotApplicable("why")),
        ("errored", Errored("why", "code")),
        ("missing", Missing("why", "code")),
    ],
)
def test_what_counted_is_what_was_said(desk: Desk, word: str, answer: Outcome) -> None:
    """Where no policy made another word of it, the whole answer is there."""
    entry = replace(desk.check("a.a", word), reason="why", code="code")

    assert answer_of(entry) == answer


def test_the_reason_of_a_refused_exemption_is_the_services(desk: Desk) -> None:
    """It stands behind the words of the refusal."""
    unknown = desk.check("a.a", "unknown")
    refused = replace(unknown, said="not_applicable", reason=f"{REFUSED}stateless")

    assert answer_of(refused) == NotApplicable("stateless")


def test_without_a_remedy_of_its_own_there_is_the_other(desk: Desk) -> None:
    """A record of a check that was no gap has none."""
    assert remedy_of(desk.check("a.a", "passed"), "mend it") == "mend it"


@pytest.mark.parametrize("need", Need)
def test_what_a_target_lacked_is_told_by_the_reason(desk: Desk, need: Need) -> None:
    """The very sentence of the plan, about this need and no other."""
    spared = replace(desk.check("a.a", "not_applicable"), reason=LACKS[need])

    assert [each for each in Need if lacks(spared, each)] == [need]
    assert not lacks(replace(spared, reason="stateless"), need)
    assert not lacks(replace(spared, outcome="unknown"), need)


def test_a_lack_that_a_policy_refused_is_one_too(desk: Desk) -> None:
    """Nobody was asked then, whatever the policy made of that."""
    unknown = desk.check("a.a", "unknown")
    reason = f"{REFUSED}{LACKS[Need.BASE_URL]}"

    assert lacks(replace(unknown, said="not_applicable", reason=reason), Need.BASE_URL)


def test_what_has_evidence_was_asked(desk: Desk) -> None:
    """A check may say the same words itself, by what it saw."""
    said = replace(desk.check("a.a", "not_applicable"), reason=LACKS[Need.BASE_URL])

    assert not lacks(replace(said, evidence=(SEEN,)), Need.BASE_URL)


def test_a_record_without_a_remedy_leaves_it_to_others(desk: Desk) -> None:
    """Where the record has no remedy, the one of today is told."""
    entry = replace(desk.check("a.a", "failed"), said=None, code="x", remedy="")

    assert remedy_of(entry, "mend it so") == "mend it so"
