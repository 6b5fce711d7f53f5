"""Which exit code a decision has, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterable

from director.cli.exits import Exit
from director.model.decision import Verdict
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.value import dataclass

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
        case Judged(expired=True):
            return Exit.CLOSED
        case Judged(record):
            return Exit.NOTHING if record.counts.counting == 0 else _exit(item.verdict, gate)
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
