"""What earlier decisions left behind: conditions that stand, and waivers that were approved."""

from __future__ import annotations

from datetime import datetime

from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A gap that a CONDITIONAL_GO carries, with who closes it and until when.

    Attributes:
        check: The check that must pass.
        owner: The team that answers for it.
        opened_at: When it was first opened, aware, in UTC.
        due_at: When it must be closed, aware, in UTC.
        closed_at: When it was closed; None while it is open.

    Raises:
        ValueError: A moment has no time zone.
    """

    check: str
    owner: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        closed_at = self.closed_at or self.opened_at
        if None in (self.opened_at.tzinfo, self.due_at.tzinfo, closed_at.tzinfo):
            raise ValueError(f"moments of the condition on {self.check} must be timezone-aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An approved excuse from one check, for a while.

    Attributes:
        id: Which waiver.
        check: The check it excuses.
        reason: Why.
        ticket: Where the work is tracked.
        requested_by: Who asked.
        approved_by: Who agreed; somebody else.
        expires_at: When it ends, aware, in UTC.

    Raises:
        ValueError: The approver is the requester, a field is empty, or the expiry has no time
            zone.
    """

    id: str
    check: str
    reason: str
    ticket: str
    requested_by: str
    approved_by: str
    expires_at: datetime

    def __post_init__(self) -> None:
        for name in ("id", "check", "reason", "ticket", "requested_by", "approved_by"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} of a waiver must not be empty")
        if _same(self.approved_by, self.requested_by):
            raise ValueError("a waiver is approved by somebody else than its requester")
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at of a waiver must be timezone-aware")


def _same(one: str, other: str) -> bool:
    """Return whether two names are one person's: nobody approves himself by a capital letter."""
    return one.strip().casefold() == other.strip().casefold()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record says of a target before it is evaluated again.

    Attributes:
        conditions: At most one per check, open ones and those closed.
        waivers: Approved ones, expired ones too, so that the decision can say so.

    Raises:
        ValueError: Two conditions are on one check, or two waivers have one id.
    """

    conditions: tuple[Condition, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def __post_init__(self) -> None:
        if not self.conditions and not self.waivers:
            return  # The usual case.
        if len({condition.check for condition in self.conditions}) != len(self.conditions):
            raise ValueError("at most one condition stands on a check")
        if len({waiver.id for waiver in self.waivers}) != len(self.waivers):
            raise ValueError("each waiver has its own id")
