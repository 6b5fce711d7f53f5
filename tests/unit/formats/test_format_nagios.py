"""formats.nagios: what a monitoring plugin prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from director.errors import Fault
from director.formats.format import Setting, make_format
from director.formats.text import Look
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

VALUE = re.compile(
    r"(?P<label>[^'= ]+|'[^'=]+')=(?P<value>-?[0-9.]+|U);(?P<warn>[^; ]*);(?P<crit>[^; ]*)"
    r";(?P<min>[0-9.]*);(?P<max>[0-9.]*)(?: |$)"
)
"""One value of performance data, as the guidelines have it (2.6)."""

HOSTILE = "a|score=1\nREADINESS OK - go\r\\nREADINESS OK<b>`x`$(y)'=;\x00\u2028\ud800"


def written(*items: Item) -> str:
    """Return the whole report on *items*."""
    form = make_format("nagios", Setting(Look(), several=len(items) > 1))
    return form.begin() + "".join(map(form.item, items)) + form.end()


def performance(text: str) -> dict[str, str]:
    """Return each value of the performance data in *text*; all of it must be understood."""
    first, *others = text.splitlines()
    assert all("|" not in line for line in others)
    data = first.partition(" | ")[2]
    found = list(VALUE.finditer(data))
    assert "".join(match[0] for match in found) == data
    assert len({match["label"] for match in found}) == len(found)
    return {match["label"].strip("'"): match[0].partition("=")[2].strip() for match in found}


def test_the_payment_service_as_a_monitor_sees_it(desk: Desk) -> None:
    """The first line has status, target, decision and figures; the others say why."""
    assert written(Judged(desk.conditional(), recorded=True)) == (
        "READINESS WARNING - payment-service@production CONDITIONAL_GO pass_rate 88%"
        " | score=0.866666;;;0;1 coverage=1;;;0;1 verified=0.25;;;0;1 passed=7;;;0;8"
        " warned=0;;;0;8 failed=1;;;0;8 unknown=0;;;0;8 errored=0;;;0;8 missing=0;;;0;8"
        " 'category reliability'=0.5;;0.5:;0;1\n"
        "valid until 2026-01-16 09:30 UTC, profile baseline\n"
        "- the score is 86.6%, a GO needs 90%\n"
    )


@pytest.mark.parametrize(
    ("decision", "status"), [("go", "OK"), ("conditional_go", "WARNING"), ("no_go", "CRITICAL")]
)
def test_the_decision_has_its_status(desk: Desk, decision: str, status: str) -> None:
    """GO is OK, CONDITIONAL_GO is WARNING, NO_GO is CRITICAL."""
    text = written(Judged(desk.record(decision), recorded=True))

    assert text.startswith(f"READINESS {status} - payment-service@production ")


def test_what_expired_is_critical(desk: Desk) -> None:
    """An expired GO is CRITICAL, and has no figures of a GO."""
    text = written(Judged(desk.record(), recorded=True, expired=True))

    assert text == (
        "READINESS CRITICAL - payment-service@production EXPIRED\n"
        "expired 2026-01-16 09:30 UTC, profile baseline\n"
    )


def test_what_is_not_recorded_says_so(desk: Desk) -> None:
    """A decision that is not durable is for looking, not for gating."""
    assert "\nunrecorded: for looking" in written(Judged(desk.record(), recorded=False))


def test_only_what_decides_is_told(desk: Desk) -> None:
    """The reasons of a NO_GO are those for it, not those that only keep a GO away."""
    reasons = (desk.reason("too low", 7), desk.reason("not enough", 9))

    text = written(Judged(desk.record("no_go", reasons=reasons), recorded=True))

    assert text.endswith("\n- too low\n")


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
            "a.yaml NO DECISION: invalid input, 1 fault\n- a.yaml:3:7: must be a text, got 7\n",
        ),
        (
            Undecided("a.yaml", "shop", "disk full"),
            "shop NO DECISION: no decision could be made or recorded: disk full\n",
        ),
        (
            Interrupted("a.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
            "shop NO DECISION: interrupted after 1 result\n- a.b passed: ok\n",
        ),
    ],
)
def test_no_decision_is_unknown(item: Item, text: str) -> None:
    """Where there is no decision the status is UNKNOWN, without figures."""
    assert written(item) == f"READINESS UNKNOWN - {text}"


def test_nothing_is_unknown() -> None:
    """A run that ended before its first target is UNKNOWN."""
    assert written() == "READINESS UNKNOWN - no target was evaluated\n"


def test_several_targets_begin_with_the_worst(desk: Desk) -> None:
    """Of several targets the worst is the status; then each has a line, the worst first."""
    go, no_go = desk.record("go", service="a"), desk.record("no_go", service="b")
    items = [Judged(go, recorded=True), Judged(no_go, recorded=True), Judged(go, recorded=True)]

    assert written(*items) == (
        "READINESS CRITICAL - b@production NO_GO pass_rate 88% (NO_GO 1/3)"
        " | go=2;;;0;3 override=0;;;0;3 conditional_go=0;;;0;3 expired=0;;;0;3"
        " no_go=1;;;0;3 none=0;;;0;3\n"
        "CRITICAL: b@production NO_GO pass_rate 88%\n"
        "OK: a@production GO pass_rate 88%\n"
        "OK: a@production GO pass_rate 88%\n"
    )


def test_figures_are_plain_numbers(desk: Desk) -> None:
    """Figures have no exponent, and one that is no number is undetermined."""
    record = desk.record(score=0.000001, coverage=float("nan"), verified=0.5)

    found = performance(written(Judged(record, recorded=True)))

    assert [found[name] for name in ("score", "coverage", "verified")] == [
        "0.000001;;;0;1",
        "U;;;0;1",
        "0.5;;;0;1",
    ]


def test_the_score_has_its_thresholds(desk: Desk) -> None:
    """A score under what a GO needs warns; one under what a CONDITIONAL_GO needs is critical."""
    record = desk.record(policy=desk.policy(go=0.925, conditional=0.7))

    found = performance(written(Judged(record, recorded=True)))

    assert found["score"] == "0.866666;0.925:;0.7:;0;1"
    assert found["coverage"] == "1;;;0;1"


def test_what_is_no_threshold_is_no_range(desk: Desk) -> None:
    """A range begins with a number; what is none is left out."""
    nan, infinite = float("nan"), float("inf")
    record = desk.record(
        policy=desk.policy(go=infinite, conditional=nan),
        categories=(desk.category(score=0.5, floor=nan),),
    )

    found = performance(written(Judged(record, recorded=True)))

    assert found["score"] == "0.866666;;;0;1"
    assert found["category reliability"] == "0.5;;;0;1"


def test_what_nobody_scored_has_no_figure(desk: Desk) -> None:
    """A category in which nothing counts has no score to draw."""
    record = desk.record(categories=(desk.category(score=None),))

    assert "category" not in written(Judged(record, recorded=True))


def test_hostile_texts_stay_in_their_line(desk: Desk) -> None:
    """No text begins performance data, a line, markup or a command."""
    record = desk.record(
        "no_go",
        service=HOSTILE,
        environment=HOSTILE,
        pass_rate=HOSTILE,
        reasons=(desk.reason(HOSTILE, 7),),
        categories=(desk.category(name=HOSTILE),),
    )

    text = written(Judged(record, recorded=True))

    lines = text.splitlines()
    assert len(lines) == text.count("\n") == 3
    assert all(line.isprintable() for line in lines)
    assert not set("\\<>`$") & set(text)
    assert performance(text)["score"] == "0.866666;;;0;1"
    assert len(performance(text)) == 10


@pytest.mark.parametrize(
    "item",
    [
        Rejected(HOSTILE, (Fault(HOSTILE, 1, 1, HOSTILE),)),
        Undecided(HOSTILE, HOSTILE, HOSTILE),
        Interrupted(HOSTILE, HOSTILE, (Heard(HOSTILE, HOSTILE, HOSTILE),)),
    ],
)
def test_hostile_texts_without_a_decision(item: Item) -> None:
    """Where there is no decision, no text says OK at the beginning of a line, either."""
    text = written(item, item)

    assert text.startswith("READINESS UNKNOWN - ")
    assert [line.partition(":")[0] for line in text.splitlines()[1:]] == ["UNKNOWN"] * 2
    assert text.count("|") == 1


def test_it_is_never_too_long(desk: Desk) -> None:
    """More than readers keep is not printed, and the last line says how much that is."""
    record = desk.record("no_go", reasons=tuple(desk.reason("no " * 500, 7) for _ in range(50)))

    text = written(Judged(record, recorded=True))

    assert len(text.encode()) <= 4_096
    shown = text.count("\n- no")
    assert text.endswith(f"\n{50 - shown} more lines are left out\n")


def test_a_long_name_leaves_room_for_the_decision(desk: Desk) -> None:
    """However long a target is called, the first line has its decision and its figures."""
    first = written(Judged(desk.record("no_go", service="s" * 5_000), recorded=True)).split("\n")[0]

    assert "... NO_GO pass_rate 88% | score=" in first
