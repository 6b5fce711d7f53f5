"""director.cli.gate, and the meaning of each failure in director.cli.commands."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace
from typing import cast

import click
import pytest

from director.cli.commands import exit_of as exit_of_error
from director.cli.exits import Exit
from director.cli.gate import Gate, exit_of, worst
from director.errors import Fault, ManifestError, StoreError
from director.model.decision import Verdict
from director.model.record import Record
from director.model.report import Interrupted, Judged, Rejected, Undecided


def judged(verdict: Verdict, counting: int = 8) -> Judged:
    """Return a decision, of which an exit code reads two things."""
    record = SimpleNamespace(verdict=verdict, counts=SimpleNamespace(counting=counting))
    return Judged(cast("Record", record), recorded=True)


@pytest.mark.parametrize(
    ("verdict", "gate", "code"),
    [
        (Verdict.GO, Gate(), 0),
        (Verdict.GO, Gate(fail_on_conditional=True, detailed=True), 0),
        (Verdict.CONDITIONAL_GO, Gate(), 0),
        (Verdict.CONDITIONAL_GO, Gate(detailed=True), 4),
        (Verdict.CONDITIONAL_GO, Gate(fail_on_conditional=True), 1),
        (Verdict.CONDITIONAL_GO, Gate(fail_on_conditional=True, detailed=True), 1),
        (Verdict.NO_GO, Gate(), 1),
        (Verdict.NO_GO, Gate(detailed=True), 1),
    ],
)
def test_a_decision_has_one_exit_code(verdict: Verdict, gate: Gate, code: int) -> None:
    """GO opens the gate, NO_GO closes it, and the caller says what a condition means."""
    assert exit_of(judged(verdict), gate) == code


@pytest.mark.parametrize("verdict", Verdict)
def test_nothing_counting_is_its_own_exit(verdict: Verdict) -> None:
    """Where nothing counts there is nothing to open a gate on."""
    assert exit_of(judged(verdict, counting=0), Gate()) == 5


@pytest.mark.parametrize("verdict", Verdict)
def test_an_expired_decision_opens_nothing(verdict: Verdict) -> None:
    """After its time a decision closes every gate, whatever it was."""
    assert exit_of(replace(judged(verdict), expired=True), Gate()) == 1


def test_what_is_not_decided_is_never_zero() -> None:
    """Invalid input, no decision and an interruption each have their own code."""
    assert exit_of(Rejected("a.yaml", (Fault("a.yaml", 1, 1, "must be"),)), Gate()) == 2
    assert exit_of(Undecided("a.yaml", "a", "disk full"), Gate()) == 3
    assert exit_of(Interrupted("a.yaml", "a"), Gate()) == 130


@pytest.mark.parametrize("codes", list(permutations([3, 2, 5, 1, 4, 0], 2)))
def test_the_worst_counts(codes: tuple[int, int]) -> None:
    """Of several targets the worst counts: 3 > 2 > 5 > 1 > 4 > 0, in any order."""
    order = [3, 2, 5, 1, 4, 0]

    assert worst(map(Exit, codes)) == min(codes, key=order.index)


def test_nothing_at_all_is_undecided() -> None:
    """No target is no decision."""
    assert worst(()) == Exit.UNDECIDED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ManifestError(Fault("a.yaml", 1, 2, "must be")), 2),
        (click.UsageError("no such option"), 2),
        (click.BadParameter("no such file"), 2),
        (StoreError("disk full"), 3),
        (RuntimeError("a bug"), 3),
        (SystemExit(0), 3),
        (GeneratorExit(), 3),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_no_exception_is_exit_zero(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever escapes, even ``SystemExit(0)``, ends in a code that is not 0, without a trace."""
    assert exit_of_error(error) == code
    assert "Traceback" not in capsys.readouterr().err
