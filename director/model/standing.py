"""What earlier decisions left behind: conditions, waivers and overrides."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from director.model.value import dataclass
from director.model.visible import alike, visible

if TYPE_CHECKING:
    # A decision is part of an override, and what stands is part of a decision.
    from director.model.override import Override
    from director.model.waiver import WaiverCase


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
        code: Why, as one of a closed set; empty if that is not known.
        doubt: Why the approval is not proven here, in one line; empty if it is. A waiver in
            doubt lifts nothing.

    Raises:
        ValueError: A field is empty or has nothing to see in it, the expiry has no time zone, or
            the approver is the requester and that is not in doubt.
    """

    id: str
    check: str
    reason: str
    ticket: str
    requested_by: str
    approved_by: str
    expires_at: datetime
    code: str = ""
    doubt: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "check", "reason", "ticket", "requested_by", "approved_by"):
            if not visible(getattr(self, name)):
                raise ValueError(f"{name} of a waiver must not be empty")
        if not self.doubt and alike(self.approved_by, self.requested_by):
            raise ValueError("a waiver is approved by somebody else than its requester")
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at of a waiver must be timezone-aware")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record says of a target before it is evaluated again.

    Attributes:
        conditions: At most one per check, open ones and those closed.
        waivers: Approved ones, expired ones and those in doubt too, so that the decision can say
            so.
        cases: Every waiver that was asked for, with what became of it.
        overrides: Every override that was asked for, with what became of it.
        seen_at: The latest moment that the record has seen; None if it has seen none. Where the
            clock is behind it, what had expired stays expired.

    Raises:
        ValueError: Two conditions are on one check, two waivers have one id, or *seen_at* has no
            time zone.
    """

    conditions: tuple[Condition, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    cases: tuple[WaiverCase, ...] = ()
    overrides: tuple[Override, ...] = ()
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.seen_at is not None and self.seen_at.tzinfo is None:
            raise ValueError("seen_at must be timezone-aware")
        if not self.conditions and not self.waivers:
            return  # The usual case.
        if len({condition.check for condition in self.conditions}) != len(self.conditions):
            raise ValueError("at most one condition stands on a check")
        if len({waiver.id for waiver in self.waivers}) != len(self.waivers):
            raise ValueError("each waiver has its own id")
