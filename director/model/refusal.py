"""Why something that somebody asked for around a decision was not done."""

from __future__ import annotations

from enum import StrEnum

from director.model.value import dataclass


class RefusalCode(StrEnum):
    """Why a request, an approval or an end was refused; proofs that fail have their own codes."""

    # What was handed in.
    NOT_REQUESTED_HERE = "not_requested_here"
    OTHER_SERVICE = "other_service"
    ALREADY_APPLIED = "already_applied"
    ALREADY_ENDED = "already_ended"
    ALREADY_SETTLED = "already_settled"
    """The waiver was approved, denied or revoked before."""
    # What is written in it.
    BLANK_REASON = "blank_reason"
    SHORT_REASON = "short_reason"
    TICKET_MISSING = "ticket_missing"
    REQUESTER_MISSING = "requester_missing"
    UNPRINTABLE = "unprintable"
    TEXT_TOO_LONG = "text_too_long"
    # When it holds.
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NEVER_VALID = "never_valid"
    """It ends before it begins."""
    TOO_LONG = "too_long"
    # What the decision is.
    STALE_DECISION = "stale_decision"
    NOT_NEEDED = "not_needed"
    NOTHING_VERIFIED = "nothing_verified"
    OTHER_MANIFEST = "other_manifest"
    OTHER_PROFILE = "other_profile"
    NEW_REASON = "new_reason"
    FOREIGN_REASON = "foreign_reason"
    """It would be signed for a reason that the decision does not have."""
    UNKNOWN_CHECK = "unknown_check"
    NOT_WAIVABLE = "not_waivable"
    # What the profile says.
    NOBODY_MAY = "nobody_may"
    NEVER_OVERRIDABLE = "never_overridable"
    ANOTHER_IN_FORCE = "another_in_force"
    # Who agreed.
    NOT_SIGNED = "not_signed"
    ROLE = "role"
    SELF_APPROVAL = "self_approval"
    SECOND_APPROVER = "second_approver"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that stands against what was asked for.

    Attributes:
        code: What, as a machine word: one of ``RefusalCode``, or the code of a proof that failed.
        text: The same for people, in one line, with what to do about it where there is something.
    """

    code: str
    text: str
