"""What a gate is told of a running service: open only where everything agrees. Pure."""

from __future__ import annotations

from director.model.decision import Verdict
from director.model.report import Judged
from director.model.service import Gate, GateCode, GateState
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """What is held true of a target.

    Attributes:
        verdict: The decision; None if none is.
        lost: Whether there was one, until nobody could see the target for too long.
    """

    verdict: Verdict | None
    lost: bool = False


def gate(judged: Judged | None, held: Held, *, stale: bool) -> Gate:
    """Return what a gate is told.

    One bad evaluation closes the gate before it changes what is held true, and one good one does
    not open it before that changes: who launches in doubt waits.

    Args:
        judged: The last decision as it is to be read now; None if there is none.
        held: What is held true of the target.
        stale: Whether it should have been evaluated again, and was not.
    """
    if judged is None:
        return _closed(GateCode.NEVER_EVALUATED, "it was never evaluated", "")
    evaluation = judged.record.evaluation
    if judged.expired:
        until = judged.record.valid_until
        return _closed(GateCode.EXPIRED, f"the last decision was valid until {until}", evaluation)
    if stale:
        text = f"it should have been evaluated again since {judged.record.decided_at}"
        return _closed(GateCode.STALE, text, evaluation)
    if judged.override is not None:
        override = judged.override.statement.id
        text = f"the override {override} of {judged.record.verdict.label} is in force"
        return Gate(
            state=GateState.OPEN,
            code=GateCode.OVERRIDE,
            text=text,
            evaluation=evaluation,
            override=override,
        )
    if judged.verdict is Verdict.NO_GO:
        return _closed(GateCode.NO_GO, _why(judged), evaluation)
    return _by_held(judged.verdict, held, evaluation)


def _by_held(verdict: Verdict, held: Held, evaluation: str) -> Gate:
    """Return what a gate is told after a decision that would open it."""
    if held.verdict is None and held.lost:
        text = "nobody could see it for too long, and too few evaluations since say how it is"
        return _closed(GateCode.SIGHT_LOST, text, evaluation)
    if held.verdict is None:
        text = "too few evaluations in a row say how it is"
        return _closed(GateCode.NOT_ESTABLISHED, text, evaluation)
    if held.verdict is Verdict.NO_GO:
        text = f"the last evaluation says {verdict.label}, but NO_GO is held true until more do"
        return _closed(GateCode.NO_GO, text, evaluation)
    if Verdict.CONDITIONAL_GO in (verdict, held.verdict):
        return Gate(
            state=GateState.CONDITIONAL,
            code=GateCode.CONDITIONAL_GO,
            text="open, with conditions",
            evaluation=evaluation,
        )
    return Gate(state=GateState.OPEN, code=GateCode.GO, text="open", evaluation=evaluation)


def _closed(code: GateCode, text: str, evaluation: str) -> Gate:
    return Gate(state=GateState.CLOSED, code=code, text=text, evaluation=evaluation)


def _why(judged: Judged) -> str:
    """Return the first reason of a NO_GO, and how many more there are."""
    reasons = judged.record.reasons
    if not reasons:
        return "the last evaluation says NO_GO"
    more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return f"{reasons[0].text}{more}"
