"""formats.text_difference: what became better or worse, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from director.formats.json import document
from director.formats.text import Look, TextFormat
from director.formats.text_difference import difference_lines
from director.model.difference import Change, Difference, Turn
from director.model.report import Judged

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk


def change(turn: Turn, check: str = "a.b", **fields: Any) -> Change:  # noqa: ANN401  # any field
    """Return one change."""
    before, after = {
        Turn.WORSE: ("passed", "failed"),
        Turn.BETTER: ("failed", "passed"),
        Turn.CHANGED: ("errored", "unknown"),
        Turn.NEW: (None, "failed"),
        Turn.GONE: ("passed", None),
    }[turn]
    given: dict[str, Any] = {"title": "t", "reason": "the reason"}
    return Change(**{**given, **fields}, check=check, turn=turn, before=before, after=after)


def difference(*changes: Change, **fields: Any) -> Difference:  # noqa: ANN401  # any field
    """Return a difference to the day before."""
    given: dict[str, Any] = {
        "evaluation": "01JH0000000000000000000000",
        "decision": "no_go",
        "decided_at": "2026-01-14T09:30:00.000000Z",
        "score": 0.5,
        "pass_rate": "50%",
        "profile": "baseline",
        "same_profile": True,
    }
    return Difference(**{**given, **fields}, changes=changes)


def lines(shown: Difference, width: int = 100) -> list[str]:
    """Return the lines without colours."""
    return list(difference_lines(shown, Look(width=width)))


def test_each_turn_has_its_mark_and_words() -> None:
    """Without colours, too, worse and better are told apart, and a worse one says why."""
    assert lines(difference(*map(change, Turn))) == [
        "Difference",
        "  since 2026-01-14 09:30 UTC: NO_GO 50%",
        "  ↓ a.b  passed → failed: the reason",
        "  + a.b  new, failed: the reason",
        "  ↑ a.b  failed → passed",
        "  ~ a.b  errored → unknown: the reason",
        "  - a.b  gone, was passed",
    ]


def test_no_change_and_another_policy_are_said() -> None:
    """That nothing changed is an answer; scores under another policy are not alike."""
    assert lines(difference(same_profile=False, profile="strict")) == [
        "Difference",
        "  since 2026-01-14 09:30 UTC: NO_GO 50%, under another profile (strict)",
        "  no check says anything else",
    ]


def test_a_hostile_name_stays_on_its_line() -> None:
    """What a plugin says can neither break a line nor reach the terminal."""
    shown = lines(difference(change(Turn.WORSE, "a\n\x1b[31mb", reason="x\r\nGO")), width=200)

    assert len(shown) == 3
    assert all(line.isprintable() for line in shown)


def test_it_stands_in_the_report(desk: Desk) -> None:
    """The text and the JSON of a decision carry the difference, where there is one."""
    plain = Judged(desk.record(), recorded=True)
    held = Judged(desk.record(), recorded=True, difference=difference(change(Turn.WORSE)))

    assert "Difference" not in TextFormat(Look()).item(plain)
    assert "↓ a.b  passed → failed: the reason" in TextFormat(Look()).item(held)
    assert "difference" not in document(plain)
    said = document(held)["difference"]
    assert (said["decision"], said["changes"][0]["turn"]) == ("no_go", "worse")


def test_an_expired_decision_says_so_first(desk: Desk) -> None:
    """Whoever reads a decision after its time reads that before anything else."""
    expired = Judged(desk.record(), recorded=True, expired=True)

    assert TextFormat(Look()).item(expired).startswith("EXPIRED on 2026-01-16 09:30 UTC")
    assert document(expired)["expired"] is True
    assert document(Judged(desk.record(), recorded=True))["expired"] is False
