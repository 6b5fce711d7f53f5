"""What the exit code of a command means; the one table of design §13."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from director.model.decision import Verdict
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided


class Exit(IntEnum):
    """Exit codes of the director command, judged on the effective decision."""

    OPEN = 0
    """The gate is open: GO, or CONDITIONAL_GO."""
    CLOSED = 1
    """The gate is closed: NO_GO, or CONDITIONAL_GO with ``--fail-on conditional``."""
    INPUT = 2
    """Usage, configuration, manifest or profile error."""
    UNDECIDED = 3
    """No decision could be made or recorded."""
    CONDITIONAL = 4
    """CONDITIONAL_GO, only with ``--detailed-exitcode``."""
    NOTHING = 5
    """Nothing counting was planned."""
    SIGINT = 130
    """Interrupted; the partial report says so."""
    SIGTERM = 143
    """Terminated; the partial report says so."""


_WORST_FIRST = (
    Exit.SIGTERM,
    Exit.SIGINT,
    Exit.UNDECIDED,
    Exit.INPUT,
    Exit.NOTHING,
    Exit.CLOSED,
    Exit.CONDITIONAL,
    Exit.OPEN,
)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the caller wants of a CONDITIONAL_GO.

    Attributes:
        fail_on_conditional: It closes the gate.
        detailed: It has an exit code of its own.
    """

    fail_on_conditional: bool = False
    detailed: bool = False


def exit_of(item: Item, gate: Gate) -> Exit:
    """Return the exit code of one target."""
    match item:
        case Judged(record, _):
            return Exit.NOTHING if record.counts.counting == 0 else _exit(record.verdict, gate)
        case Rejected():
            return Exit.INPUT
        case Undecided():
            return Exit.UNDECIDED
        case Interrupted():
            return Exit.SIGINT


def _exit(verdict: Verdict, gate: Gate) -> Exit:
    if verdict is Verdict.NO_GO:
        return Exit.CLOSED
    if verdict is Verdict.CONDITIONAL_GO and gate.fail_on_conditional:
        return Exit.CLOSED
    if verdict is Verdict.CONDITIONAL_GO and gate.detailed:
        return Exit.CONDITIONAL
    return Exit.OPEN


def worst(exits: Iterable[Exit]) -> Exit:
    """Return the worst of several exit codes; none at all means that nothing was decided."""
    return min(exits, key=_WORST_FIRST.index, default=Exit.UNDECIDED)
