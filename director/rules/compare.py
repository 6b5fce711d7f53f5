"""What became better or worse from one decision to another. Pure."""

from __future__ import annotations

from director.model.difference import Change, Difference, Turn
from director.model.record import CheckEntry, Record

_RANKS = {"passed": 3, "warned": 2, "unknown": 1, "errored": 1, "missing": 1, "failed": 0}
"""The better word has the higher rank; what does not apply is neither better nor worse."""

_ORDER = {turn: place for place, turn in enumerate(Turn)}


def compare(before: Record, after: Record) -> Difference:
    """Return what became better or worse from *before* to *after*, check by check.

    Both are decisions on one target; whoever asks has seen to that. A check that was planned
    only once is new or gone.
    """
    earlier = {check.id: check for check in before.checks}
    later = {check.id: check for check in after.checks}
    changes = [
        change
        for check in earlier.keys() | later.keys()
        if (change := _change(earlier.get(check), later.get(check)))
    ]
    changes.sort(key=lambda change: (_ORDER[change.turn], change.check))
    return Difference(
        evaluation=before.evaluation,
        decision=before.decision,
        decided_at=before.decided_at,
        score=before.score,
        pass_rate=before.pass_rate,
        profile=before.profile.name,
        same_profile=before.profile == after.profile,
        changes=tuple(changes),
    )


def _change(before: CheckEntry | None, after: CheckEntry | None) -> Change | None:
    """Return what happened to one check; None if it says the same."""
    shown = after or before
    assert shown is not None  # noqa: S101  # one of the two has it
    if before is not None and after is not None and before.outcome == after.outcome:
        return None
    return Change(
        check=shown.id,
        title=shown.title,
        turn=_turn(before, after),
        before=before.outcome if before else None,
        after=after.outcome if after else None,
        reason=shown.reason,
    )


def _turn(before: CheckEntry | None, after: CheckEntry | None) -> Turn:
    if before is None:
        return Turn.NEW
    if after is None:
        return Turn.GONE
    was, now = _RANKS.get(before.outcome), _RANKS.get(after.outcome)
    if was is None or now is None or was == now:
        return Turn.CHANGED
    return Turn.BETTER if now > was else Turn.WORSE
