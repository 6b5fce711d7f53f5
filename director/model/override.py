"""A forced GO: what was signed, what became of it, and the decision that gates act on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from director.model.decision import Verdict
from director.model.ledger import Signature
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Ground:
    """One reason for a NO_GO, as far as it is signed: which rule, about which check or category."""

    code: str
    check: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideStatement:
    """What somebody asks a VP to sign.

    Attributes:
        id: A ULID; it can be applied once.
        log: The origin of the audit log it was made for.
        service: The service.
        environment: Where; empty if the manifest names no environment.
        evaluation: The evaluation whose NO_GO is to be forced open.
        record_digest: That decision's leaf in the log, ``sha256:`` and 64 hexadecimal digits.
        manifest_digest: The manifest that was judged.
        profile_digest: The policy it was judged by.
        grounds: Every reason for the NO_GO, sorted: levels 2 to 8 of the decision rule.
        reason: Why the launch cannot wait.
        ticket: Where the work is tracked.
        requested_by: Who asks.
        requested_at: When, aware, in UTC.
        not_before: From when it holds, aware, in UTC.
        expires_at: Until when, aware, in UTC.

    Raises:
        ValueError: A moment has no time zone.
    """

    id: str
    log: str
    service: str
    environment: str
    evaluation: str
    record_digest: str
    manifest_digest: str
    profile_digest: str
    grounds: tuple[Ground, ...]
    reason: str
    ticket: str
    requested_by: str
    requested_at: datetime
    not_before: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        if None in (self.requested_at.tzinfo, self.not_before.tzinfo, self.expires_at.tzinfo):
            raise ValueError("moments of an override must be timezone-aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One override with what became of it.

    Attributes:
        statement: What was asked for.
        text: The exact text of it, which the signatures are over.
        signatures: Who agreed; empty while nobody has.
        applied_at: When it came into force; None if it never did.
        ended_at: When it was revoked, expired or died of a new reason; None if it did not.
        ended: Which of these: ``revoked``, ``expired`` or ``new_reason``; empty if none.
        ended_by: Who revoked it; empty if nobody did.
    """

    statement: OverrideStatement
    text: str
    signatures: tuple[Signature, ...] = ()
    applied_at: datetime | None = None
    ended_at: datetime | None = None
    ended: str = ""
    ended_by: str = ""


class OverrideState(StrEnum):
    """What an override means for one decision at one moment."""

    IN_FORCE = "in_force"
    REQUESTED = "requested"
    """Nobody has signed it yet."""
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NEW_REASON = "new_reason"
    """The decision has a reason that was not signed."""
    OTHER_TARGET = "other_target"
    OTHER_MANIFEST = "other_manifest"
    OTHER_PROFILE = "other_profile"
    NOT_NEEDED = "not_needed"
    """The decision is no NO_GO, or another override is in force."""
    NOT_OVERRIDABLE = "not_overridable"
    """Nothing was verified, or the profile lets nobody override one of the checks."""
    NOT_PROVEN = "not_proven"
    """The signatures prove nothing to this operator, or not enough for this profile."""


@dataclass(frozen=True, slots=True)
class OverrideUse:
    """One override and what it means for a decision.

    Attributes:
        override: Which.
        state: What it means.
        why: The same in one line; empty if there is nothing to add.
    """

    override: Override
    state: OverrideState
    why: str = ""


@dataclass(frozen=True, slots=True)
class Effective:
    """The decision that gates act on, derived from the evaluated one, which is never edited.

    Attributes:
        verdict: GO if an override is in force, else the evaluated verdict.
        override: The override in force; None if there is none.
        others: The target's other overrides, by id, so that none is passed over in silence.
        approvers: Who is proven to have agreed to the one in force, sorted.
    """

    verdict: Verdict
    override: Override | None = None
    others: tuple[OverrideUse, ...] = ()
    approvers: tuple[str, ...] = ()
