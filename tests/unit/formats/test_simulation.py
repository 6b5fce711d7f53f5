"""formats.simulation_text and simulation_json: who another profile would change."""

from __future__ import annotations

import json
import re
from typing import Any

from director.formats.simulation_json import SimulationJson
from director.formats.simulation_tally import SimulationTally
from director.formats.simulation_text import SimulationText
from director.formats.text import Look
from director.model.profile import Profile, Thresholds
from director.model.record import ReasonEntry, Source
from director.model.simulation import Simulated, Simulation, Unsimulated


def reason(code: str, text: str, level: int = 3) -> ReasonEntry:
    """Return what keeps a decision from GO."""
    return ReasonEntry(
        code=code, level=level, text=text, check="", category="", measured="", expected="",
        remedy="", effort=None,
    )  # fmt: skip


def one(service: str, then: str, would_be: str, **fields: Any) -> Simulated:  # noqa: ANN401  # fields of many types
    """Return a simulation of a decision on *service*."""
    given: dict[str, Any] = {
        "environment": "",
        "evaluation": "e",
        "decided_at": "2026-01-15T09:30:00.000000Z",
        "profile": Source(name="baseline", digest="sha256:p"),
        "pass_rate": "88%",
        "score": 0.866666,
        "then_pass_rate": "50%",
        "then_score": 0.5,
        "reasons": () if would_be == "go" else (reason("blocker", "a.b failed: no"),),
        "not_asked": (),
        "dropped": (),
        "doubts": (),
    }
    return Simulated(**{**given, **fields}, service=service, decision=then, then_decision=would_be)


BROKEN = Unsimulated(
    service="old", environment="staging", evaluation="e", decision="go", pass_rate="100%",
    reason="it cannot",
)  # fmt: skip
EVERY: tuple[Simulation, ...] = (
    one("pay", "go", "no_go", not_asked=("a.c", "a.d"), doubts=("role kept: a.b",)),
    one("cart", "no_go", "conditional_go", dropped=("a.x",), not_asked=("a.c",)),
    one("mail", "no_go", "go"),
    one("same", "conditional_go", "conditional_go", dropped=("a.x",)),
    BROKEN,
)


def tally(*given: Simulation) -> SimulationTally:
    """Return the counts of *given*."""
    made = SimulationTally()
    for each in given:
        made.add(each)
    return made


def text(*given: Simulation, width: int = 120, colour: bool = False) -> str:
    """Return the whole table."""
    form = SimulationText(Look(colour, width), "strict", [each.target for each in given])
    return form.begin() + "".join(map(form.row, given)) + form.end(tally(*given))


def test_counts_are_of_everybody() -> None:
    """Better, worse, unchanged and what cannot be told are all there are."""
    assert tally(*EVERY).document() == {
        "targets": 5,
        "unchanged": 1,
        "better": 2,
        "worse": 1,
        "not_replayable": 1,
        "doubtful": 1,
        "then": {"go": 1, "conditional_go": 1, "no_go": 2},
        "simulated": {"go": 1, "conditional_go": 2, "no_go": 1},
        "not_asked": {"a.c": 2, "a.d": 1},
    }


def test_a_row_says_then_now_and_why() -> None:
    """Who, what was decided, what would be, by which scores, and what decides."""
    dropped = "not asked any more: a.x"
    counts = "1 unchanged, 1 worse, 2 better, 1 that cannot be judged again"
    assert text(*EVERY, width=140).splitlines() == [
        "TARGET       THEN            WOULD BE        SCORE           WHY",
        "pay          GO              NO_GO           86.6% → 50%     a.b failed: no",
        "                                                             role kept: a.b",
        f"cart         NO_GO           CONDITIONAL_GO  86.6% → 50%     a.b failed: no; {dropped}",
        "mail         NO_GO           GO              86.6% → 50%     nothing keeps it from GO",
        "same         CONDITIONAL_GO  CONDITIONAL_GO  86.6% → 50%     a.b failed: no",
        "old@staging  GO              it cannot",
        "",
        f"5 targets under profile strict: {counts}",
        "then:     1 GO, 1 CONDITIONAL_GO, 2 NO_GO",
        "would be: 1 GO, 2 CONDITIONAL_GO, 1 NO_GO",
        "missing, as nobody asked them then: a.c (2), a.d (1)",
        "the stricter reading was taken of 1: their records tell too little",
    ]


def test_many_reasons_of_a_kind_are_counted() -> None:
    """The first stands for them."""
    many = (reason("blocker", "a.b failed"), reason("blocker", "a.c failed"), reason("score", "x"))

    assert "a.b failed (and 1 more such)" in text(one("pay", "go", "no_go", reasons=many))


def test_nobody_who_changes_is_no_table() -> None:
    """Then there is only what it comes to."""
    form = SimulationText(Look(), "strict", [])

    assert form.begin() + form.end(tally(EVERY[3])) == (
        "1 target under profile strict: 1 unchanged, 0 worse, 0 better\n"
        "then:     0 GO, 1 CONDITIONAL_GO, 0 NO_GO\n"
        "would be: 0 GO, 1 CONDITIONAL_GO, 0 NO_GO\n"
    )


def test_it_fits_a_narrow_terminal() -> None:
    """Why stands below then; a name that is too long has a line of its own."""
    shown = text(one("x" * 60, "go", "no_go", doubts=("role kept " * 12,)), width=100)

    lines = shown.splitlines()
    assert lines[1] == "x" * 60
    assert lines[3] == "    a.b failed: no"
    assert max(map(len, lines)) <= 100


def test_colours_change_nothing_but_colours_of_simulations() -> None:
    """Without its escapes a coloured table is the plain one."""
    coloured = text(*EVERY, colour=True)

    assert "\x1b[31mNO_GO\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text(*EVERY)


def test_what_others_wrote_obeys_nobody_here_either() -> None:
    """No name or reason ends its line, paints, or is a command."""
    evil = "x\n::error::\x1b[31m##[error]"
    shown = text(
        one(evil, "go", "no_go", reasons=(reason("score", evil),), doubts=(evil,), dropped=(evil,))
    )

    assert "\x1b" not in shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


PROFILE = Profile(name="strict", digest="sha256:s", thresholds=Thresholds(1, 0.5))  # type: ignore[arg-type]  # any numbers


def document(*given: Simulation) -> Any:  # noqa: ANN401  # a JSON document
    """Return the object that is written of *given*."""
    form = SimulationJson(PROFILE, now=True)
    written = form.begin() + "".join(map(form.row, given)) + form.end(tally(*given))
    assert written.endswith("}\n")
    return json.loads(written)


def test_machines_are_told_the_same() -> None:
    """One object: the profile, the targets as they came, and the counts."""
    found = document(*EVERY)

    assert (found["profile"], found["now"]) == ({"name": "strict", "digest": "sha256:s"}, True)
    assert [each["service"] for each in found["targets"]] == ["pay", "cart", "mail", "same", "old"]
    assert found["counts"] == tally(*EVERY).document()
    first, *_, last = found["targets"]
    assert list(first)[:3] == ["service", "decision", "pass_rate"]
    assert (first["decision"], first["simulated"]["decision"], first["changes"]) == (
        "go",
        "no_go",
        True,
    )
    assert first["simulated"]["reasons"][0]["code"] == "blocker"
    assert (last["simulated"], last["error"]["reason"]) == (None, "it cannot")


def test_nobody_is_an_empty_array() -> None:
    """Also the shortest document is one."""
    assert document()["targets"] == []
