"""What became better or worse between two decisions on one target."""

from __future__ import annotations

from enum import StrEnum

from director.model.value import dataclass


class Turn(StrEnum):
    """Which way a check went."""

    WORSE = "worse"
    NEW = "new"
    BETTER = "better"
    CHANGED = "changed"
    """It says something else, and neither is better: one blindness for another, or a check that
    began or ceased to apply."""
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One check that says something else than before.

    Attributes:
        check: Which check.
        title: The requirement as a short sentence.
        turn: Which way it went.
        before: The word that counted before; None if it was not planned then.
        after: The word that counts now; None if it is not planned any more.
        reason: Why it counts as that now; before, where it is gone.
    """

    check: str
    title: str
    turn: Turn
    before: str | None
    after: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a decision is held against, and every check that changed.

    Attributes:
        evaluation: The evaluation it is held against.
        decision: What was decided then: ``go``, ``conditional_go`` or ``no_go``.
        decided_at: When; RFC 3339, UTC.
        score: The score then, 0 to 1.
        pass_rate: The pass rate then, for example ``88%``.
        profile: The name of the profile it was judged by then.
        same_profile: Whether it was the very same policy; else scores are not alike.
        changes: By turn, the worse first, then by check.
    """

    evaluation: str
    decision: str
    decided_at: str
    score: float
    pass_rate: str
    profile: str
    same_profile: bool
    changes: tuple[Change, ...] = ()

    def turned(self, turn: Turn) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.turn is turn)
