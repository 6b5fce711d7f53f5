"""A waiver from the request to its end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from director.model.ledger import Signature
from director.model.value import dataclass


class WaiverCode(StrEnum):
    """Why a check is to be excused: a closed set, so that waivers can be counted by it."""

    ACCEPTED_RISK = "accepted_risk"
    COMPENSATING_CONTROL = "compensating_control"
    FALSE_POSITIVE = "false_positive"
    FIX_SCHEDULED = "fix_scheduled"
    NOT_YET_LIVE = "not_yet_live"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverStatement:
    """What somebody asks another to agree to.

    Attributes:
        id: A ULID.
        log: The origin of the audit log it was made for.
        service: The service.
        environment: Where; empty if the manifest names no environment.
        check: The check to be excused.
        code: Why, as one of a closed set.
        reason: Why, in the requester's words.
        ticket: Where the work is tracked.
        requested_by: Who asks.
        requested_at: When, aware, in UTC.
        expires_at: Until when, aware, in UTC.

    Raises:
        ValueError: A moment has no time zone.
    """

    id: str
    log: str
    service: str
    environment: str
    check: str
    code: WaiverCode
    reason: str
    ticket: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        if None in (self.requested_at.tzinfo, self.expires_at.tzinfo):
            raise ValueError("moments of a waiver must be timezone-aware")


class Stage(StrEnum):
    """How far a waiver came."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverCase:
    """One waiver with what became of it; whether it has expired is judged when it is read.

    Attributes:
        statement: What was asked for.
        text: The exact text of it, which the signature is over.
        stage: How far it came.
        signature: Who approved it; None if nobody did.
        settled_at: When it was approved, denied or revoked; None while it waits.
        settled_by: Who denied or revoked it, or approved it; empty while it waits.
        why: What was said with it, in one line.
        expired_at: When the log first said that it had expired; None if it did not yet.
    """

    statement: WaiverStatement
    text: str
    stage: Stage = Stage.REQUESTED
    signature: Signature | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    why: str = ""
    expired_at: datetime | None = None
