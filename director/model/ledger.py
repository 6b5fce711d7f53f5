"""One entry of the audit log besides decisions: what was asked for, agreed to, refused or used."""

from __future__ import annotations

from enum import StrEnum

from director.model.value import dataclass


class Kind(StrEnum):
    """What an entry tells; a decision is an entry too, with the record as its bytes."""

    DECISION = "decision"
    WAIVER_REQUESTED = "waiver.requested"
    WAIVER_APPROVED = "waiver.approved"
    WAIVER_DENIED = "waiver.denied"
    WAIVER_REFUSED = "waiver.refused"
    """Somebody tried to approve a waiver and could not; why stands in its code."""
    WAIVER_REVOKED = "waiver.revoked"
    WAIVER_EXPIRED = "waiver.expired"
    OVERRIDE_REQUESTED = "override.requested"
    OVERRIDE_APPLIED = "override.applied"
    OVERRIDE_REFUSED = "override.refused"
    OVERRIDE_USED = "override.used"
    """A decision opened the gate because of it."""
    OVERRIDE_REVOKED = "override.revoked"
    OVERRIDE_EXPIRED = "override.expired"
    OVERRIDE_ENDED = "override.ended"
    """A decision had a reason that nobody signed; the override is dead."""
    EVIDENCE_ERASED = "evidence.erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Somebody's agreement with a text, and who that was proven to be.

    Attributes:
        principal: The name that the key was accepted under.
        person: Who that is; several principals may be one person.
        roles: What that person may do, sorted.
        key: The key's fingerprint, ``SHA256:…`` as ssh-keygen prints it.
        armor: The signature itself, for example an ``SSH SIGNATURE`` block.
    """

    principal: str
    person: str
    roles: tuple[str, ...]
    key: str
    armor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened around a target's decisions.

    Attributes:
        id: A ULID; recording it twice changes nothing.
        kind: What happened.
        service: The service it is about.
        environment: Where; empty if the manifest names no environment.
        at: When; RFC 3339, UTC, microseconds.
        subject: The waiver, override or evaluation it is about; of evidence that was erased, the
            moment before which nothing rested on it.
        by: Who did it, as far as that is known; empty for the Director itself.
        code: Why it was refused or ended, as a machine word; empty if there is nothing to say.
        text: The same for people, in one line.
        statement: The exact text that is agreed to; empty if none.
        signatures: Who agreed to it.
    """

    id: str
    kind: Kind
    service: str
    environment: str
    at: str
    subject: str
    by: str = ""
    code: str = ""
    text: str = ""
    statement: str = ""
    signatures: tuple[Signature, ...] = ()
