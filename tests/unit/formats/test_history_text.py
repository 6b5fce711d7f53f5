"""formats.history_text: how decisions went, on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from director.formats.history_text import (
    Sheet,
    history_text,
    said_finding,
    said_override,
    said_row,
    said_steadiness,
)
from director.formats.text import Look
from director.model.contrast import Matter, Shift
from director.model.decision import Verdict
from director.model.difference import Change, Turn
from director.model.history import Summary
from director.model.override import Effective, Override, OverrideStatement
from director.model.record import ThresholdsEntry
from director.model.trend import Finding, Steadiness, Step, Trend

LABELS = {"g": "go", "c": "conditional_go", "n": "no_go"}
SCORES = {"g": 1.0, "c": 0.866666, "n": 0.4}


def step(day: int, letter: str, **fields: Any) -> Step:  # noqa: ANN401  # fields of many types
    """Return a decision of that day, in which nothing changed."""
    summary = Summary(
        seq=day,
        evaluation=f"01JH00000000000000000000{day:02}",
        service="pay",
        environment="production",
        version="2.7.1",
        decision=LABELS[letter],
        effective=LABELS[letter],
        override="",
        pass_rate="88%",
        score=SCORES[letter],
        profile="baseline",
        decided_at=f"2026-01-{day:02}T09:30:00.000000Z",
        valid_until="2026-02-01T09:30:00.000000Z",
    )
    of_summary = {key: fields.pop(key) for key in tuple(fields) if hasattr(summary, key)}
    given: dict[str, Any] = {
        "changes": (),
        "shifts": (),
        "thresholds": ThresholdsEntry(go=0.9, conditional=0.7),
    }
    return Step(summary=replace(summary, **of_summary), **{**given, **fields})


def steady(**fields: Any) -> Steadiness:  # noqa: ANN401  # as above
    """Return a target that changed once in nine decisions, three days ago."""
    given: dict[str, Any] = {
        "decisions": 9,
        "changes": 1,
        "flaps": False,
        "since": "e",
        "since_at": "2026-01-03T09:30:00.000000Z",
        "in_a_row": 3,
        "begun": True,
    }
    return Steadiness(**{**given, **fields})


def finding(**fields: Any) -> Finding:  # noqa: ANN401  # as above
    """Return a gap that has stood for twelve decisions."""
    given: dict[str, Any] = {
        "check": "declared.load_test",
        "title": "Was load tested",
        "role": "advisory",
        "outcome": "failed",
        "since": "e",
        "since_at": "2026-01-03T09:30:00.000000Z",
        "decisions": 12,
        "begun": True,
    }
    return Finding(**{**given, **fields})


def trend(*steps: Step, **fields: Any) -> Trend:  # noqa: ANN401  # as above
    """Return a trend of *steps*, the newest first."""
    given: dict[str, Any] = {
        "service": "pay",
        "environment": "production",
        "latest": steps[0].summary,
        "steadiness": steady(),
        "findings": (),
    }
    return Trend(**{**given, **fields}, steps=steps)


def text(*trends: Trend, width: int = 110, plain: bool = False) -> str:
    """Return what a terminal shows."""
    return history_text(trends, Sheet(Look(width=width), plain))


def change(turn: Turn, check: str, before: str | None, after: str | None) -> Change:
    """Return one check that says something else."""
    return Change(check=check, title="", turn=turn, before=before, after=after, reason="r")


def test_it_begins_with_what_holds() -> None:
    """Target, decision, since when, and how steady it is."""
    head = text(trend(step(5, "n"))).splitlines()[:3]

    assert head == [
        "pay@production  NO_GO  88%",
        "NO_GO since 2026-01-03 09:30 UTC, 3 decisions in a row",
        "1 change of decision in the last 9",
    ]


def test_an_expired_decision_is_said_to_be_so_first() -> None:
    """Before anything that was decided."""
    lines = text(trend(step(5, "g"), expired=True)).splitlines()

    assert lines[0] == "EXPIRED on 2026-02-01 09:30 UTC; what was decided before:"


def test_flapping_is_said_aloud_with_its_rule() -> None:
    """How many changes, among how many, and how many it takes."""
    assert said_steadiness(steady(changes=7, decisions=21, flaps=True)) == (
        "flapping: 7 changes of decision in the last 21; it takes 6 in 21"
    )
    assert said_steadiness(steady(changes=0)) == "0 changes of decision in the last 9"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "GO since 2026-01-03 09:30 UTC, 3 decisions in a row"),
        ({"in_a_row": 1}, "GO since 2026-01-03 09:30 UTC, 1 decision"),
        (
            {"begun": False},
            "GO since 2026-01-03 09:30 UTC or before, at least 3 decisions in a row",
        ),
    ],
)
def test_it_says_since_when(fields: dict[str, Any], said: str) -> None:
    """And where the beginning is not known, that it may be longer."""
    assert said_row(steady(**fields), step(5, "g").summary) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "standing since 2026-01-03 09:30 UTC, 12 decisions"),
        ({"decisions": 1}, "new this time"),
        (
            {"begun": False, "decisions": 100},
            "standing since 2026-01-03 09:30 UTC or before, at least 100 decisions",
        ),
    ],
)
def test_a_gap_is_new_or_standing(fields: dict[str, Any], said: str) -> None:
    """Since when, and how many decisions long."""
    assert said_finding(finding(**fields)) == said
    assert f"declared.load_test  failed (advisory), {said}" in text(
        trend(step(5, "n"), findings=(finding(**fields),))
    )


def test_scores_are_drawn_oldest_first() -> None:
    """A column for each decision with its letter below, thresholds at their rows."""
    lines = text(trend(step(3, "g"), step(2, "c"), step(1, "n"))).splitlines()

    assert lines[4:11] == [
        "     GO 90% │ ▃█",
        "   COND 70% │ ██",
        "            │ ██",
        "            │███",
        "            │███",
        "         0% └───",
        "             NCG",
    ]
    assert lines[11].strip() == ("score, 2026-01-01 to 2026-01-03; G GO, C CONDITIONAL_GO, N NO_GO")


def test_a_plain_terminal_is_shown_ascii() -> None:
    """Nothing of ours is drawn that it does not know."""
    changed = step(2, "g", changes=(change(Turn.BETTER, "a.b", "failed", "passed"),))

    shown = text(trend(changed, step(1, "n", first=True)), plain=True)

    assert shown.isascii()
    assert "a.b failed -> passed" in shown
    assert "     GO 90% | #" in shown


def test_what_was_forced_is_a_letter_of_its_own() -> None:
    """Gates acted on another decision than the one that was made."""
    shown = text(trend(step(2, "n", effective="go", override="o1"), step(1, "n")))

    assert "             NO\n" in shown
    assert "O overridden" in shown
    assert "NO_GO, GO by override" in shown


def test_an_override_in_force_is_said_aloud() -> None:
    """Who agreed, and until when."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    statement = OverrideStatement(
        id="o1", log="l", service="pay", environment="production", evaluation="e",
        record_digest="r", manifest_digest="m", profile_digest="p", grounds=(), reason="r",
        ticket="t", requested_by="ann", requested_at=at, not_before=at,
        expires_at=at + timedelta(days=3),
    )  # fmt: skip
    override = Override(statement=statement, text="")
    forced = trend(
        step(2, "n"), effective=Effective(Verdict.GO, override, approvers=("jane", "joe"))
    )
    gone = trend(step(2, "n"), effective=Effective(Verdict.NO_GO))

    said = "GO, override of NO_GO by jane, joe until 2026-01-04 00:00 UTC"
    assert said_override(forced) == said
    assert text(forced).splitlines()[1] == said
    assert (forced.document()["effective_decision"], forced.document()["override"]) == ("go", "o1")
    assert (said_override(gone), gone.document()["effective_decision"]) == ("", "no_go")


def rows(shown: str) -> list[str]:
    """Return the rows of the table."""
    return shown[shown.index("WHEN (UTC)") :].splitlines()[1:]


def test_equals_in_a_row_share_a_row() -> None:
    """How many, and since when; what the first of them changed stands there."""
    begun = step(1, "n", first=True)
    changed = step(2, "g", changes=(change(Turn.BETTER, "a.b", "failed", "passed"),))

    said = "3 alike since 2026-01-02 09:30 UTC; a.b failed → passed"
    assert rows(text(trend(step(4, "g"), step(3, "g"), changed, begun), width=140)) == [
        f"2026-01-04 09:30  GO        88%   100%   baseline  2.7.1    {said}",
        "2026-01-01 09:30  NO_GO     88%   40%    baseline  2.7.1    the first decision",
    ]


def test_what_changed_is_told_in_short() -> None:
    """Checks that went the same way together; of digests only that they differ."""
    changed = step(
        2,
        "n",
        changes=(
            change(Turn.WORSE, "a.a", "passed", "failed"),
            change(Turn.WORSE, "a.b", "passed", "failed"),
            change(Turn.NEW, "a.c", None, "unknown"),
            change(Turn.GONE, "a.d", "not_applicable", None),
        ),
        shifts=(
            Shift(Matter.SCORE, "", "1", "1/2"),
            Shift(Matter.PROFILE, "", "baseline", "strict"),
            Shift(Matter.ARTIFACT, "", "", f"sha256:{'9f' * 32}"),
            Shift(Matter.MANIFEST, "", "sha256:a", "sha256:b"),
            Shift(Matter.ROLE, "a.a", "advisory", "blocker"),
        ),
    )

    (row, *more) = rows(text(trend(changed), width=400))

    assert more == []
    assert row.partition("2.7.1    ")[2] == (
        "a.a, a.b passed → failed; a.c new, unknown; a.d gone, was not applicable;"
        " profile baseline → strict; artifact (none) → 9f9f9f9f9f9f; another manifest;"
        " role a.a advisory → blocker"
    )


def test_on_a_narrow_terminal_it_stands_below() -> None:
    """No line is wider than the terminal, but for what is to be typed."""
    changed = step(2, "c", changes=(change(Turn.WORSE, "declared.load_test", "passed", "failed"),))
    shown = text(trend(changed, step(1, "g", first=True), older="01JH"), width=64)

    assert "    declared.load_test passed → failed" in rows(shown)
    wide = [line for line in shown.splitlines() if len(line) > 64]
    assert [line for line in wide if not line.startswith("older: ")] == []
    assert shown.endswith("\nolder: director history pay --environment production --before 01JH\n")


def test_targets_stand_apart() -> None:
    """One after the other, with an empty line between them."""
    one, two = trend(step(2, "g")), trend(step(1, "n"), environment="")

    shown = text(one, two)

    assert shown == f"{text(one)}\n{text(two)}"
    assert "\npay  NO_GO  88%\n" in shown


def test_nobody_looked_where_nobody_looked() -> None:
    """A step without what changed says nothing, and its thresholds are not drawn."""
    shown = text(trend(step(2, "g", changes=None, shifts=None, thresholds=None)))

    assert "GO 90%" not in shown
    assert rows(shown)[0].rstrip().endswith("2.7.1")


def test_colours_change_nothing_but_colours() -> None:
    """Without its escapes a coloured history is the plain one."""
    shown = trend(step(3, "g"), step(2, "c"), step(1, "n"), findings=(finding(),), older="01JH")
    flapping = replace(shown, steadiness=steady(flaps=True))

    coloured = history_text([flapping], Sheet(Look(colour=True, width=110)))

    assert "\x1b[33m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text(flapping)


def test_what_others_wrote_obeys_nobody() -> None:
    """Names with line ends, escapes and commands of runners stay what they are: text."""
    evil = "x\n::set-output name=a::b\x1b[31m##[error]"
    bad = step(
        2, "n", version=evil, profile=evil, pass_rate=evil,
        changes=(change(Turn.WORSE, evil, "passed", "failed"),),
        shifts=(Shift(Matter.VERSION, "", evil, evil),),
    )  # fmt: skip

    shown = text(trend(bad, findings=(finding(check=evil, outcome=evil, role=evil),), older=evil))

    assert "\x1b" not in shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
