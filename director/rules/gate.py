"""What a gate is told of a running service: open only where everything agrees. Pure."""

from __future__ import annotations

from datetime import datetime

from director.model.decision import Verdict
from director.model.service import Gate, GateCode, GateState, Latest
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held true of a target, and of its last decision.

    Attributes:
        verdict: The decision that is held true; None if none is.
        lost: Whether there was one, until nobody could see the target for too long.
        stale: Whether the target should have been evaluated again, and was not.
        changed: Whether its manifest or profile is another than the one it was evaluated by.
    """

    verdict: Verdict | None
    lost: bool = False
    stale: bool = False
    changed: bool = False


def gate(latest: Latest | None, held: Held, now: datetime) -> Gate:
    """Return what a gate is told.

    One bad evaluation closes the gate before it changes what is held true, and one good one does
    not open it before that changes: who launches in doubt waits.

    Args:
        latest: The last decision; None if there is none.
        held: What is held true of the target.
        now: The moment it is asked at, aware.
    """
    if latest is None:
        return Gate(
            state=GateState.CLOSED,
            code=GateCode.NEVER_EVALUATED,
            text="it was never evaluated",
        )
    if (closed := _out_of_date(latest, held, now)) is not None:
        return closed
    until = latest.override_until
    if latest.override and until is not None and now < until:
        return Gate(
            state=GateState.OPEN,
            code=GateCode.OVERRIDE,
            text=f"{latest.decision.label}, overridden until {until.isoformat(timespec='seconds')}",
            decision=Verdict.GO,
            evaluation=latest.evaluation,
            override=latest.override,
        )
    return _by_decision(latest, held)


def _out_of_date(latest: Latest, held: Held, now: datetime) -> Gate | None:
    """Return a closed gate if the last decision says nothing of now."""
    if now >= latest.valid_until:
        until = latest.valid_until.isoformat(timespec="seconds")
        return _closed(latest, GateCode.EXPIRED, f"the last decision was valid until {until}")
    if held.changed:
        text = "its manifest or profile changed, and it was not evaluated since"
        return _closed(latest, GateCode.NOT_ESTABLISHED, text)
    if held.stale:
        decided = latest.decided_at.isoformat(timespec="seconds")
        text = f"it was not evaluated when it was due; the last decision is of {decided}"
        return _closed(latest, GateCode.STALE, text)
    return None


def _by_decision(latest: Latest, held: Held) -> Gate:
    """Return what a gate is told by the last decision and by what is held true."""
    if latest.decision is Verdict.NO_GO:
        return _closed(latest, GateCode.NO_GO, latest.why or "the last evaluation says NO_GO")
    if held.verdict is None and held.lost:
        text = "nobody could see it for too long, and too few evaluations since say how it is"
        return _closed(latest, GateCode.SIGHT_LOST, text)
    if held.verdict is None:
        text = "too few evaluations in a row say how it is"
        return _closed(latest, GateCode.NOT_ESTABLISHED, text)
    if held.verdict is Verdict.NO_GO:
        said = latest.decision.label
        text = f"the last evaluation says {said}, but NO_GO is held true until more do"
        return _closed(latest, GateCode.NO_GO, text)
    if Verdict.CONDITIONAL_GO in (latest.decision, held.verdict):
        return Gate(
            state=GateState.CONDITIONAL,
            code=GateCode.CONDITIONAL_GO,
            text=latest.why or "open, with conditions",
            decision=Verdict.CONDITIONAL_GO,
            evaluation=latest.evaluation,
        )
    return Gate(
        state=GateState.OPEN,
        code=GateCode.GO,
        text="open",
        decision=Verdict.GO,
        evaluation=latest.evaluation,
    )


def _closed(latest: Latest, code: GateCode, text: str) -> Gate:
    """Return a closed gate; whatever was decided, gates act on NO_GO."""
    return Gate(
        state=GateState.CLOSED,
        code=code,
        text=text,
        decision=Verdict.NO_GO,
        evaluation=latest.evaluation,
    )
