"""What the service must remember over a restart, besides the record: small, named, replaceable."""

from __future__ import annotations

from enum import StrEnum

from director.model.value import dataclass


class NoteKind(StrEnum):
    """What a note is about."""

    TARGET = "target"
    """What is held true of a target: ``service@environment``."""
    REQUEST = "request"
    """An evaluation that was accepted and has no decision yet, by its ULID."""
    TOKEN = "token"  # noqa: S105  # a word
    """Who may use the API, by the token's id."""
    SESSION = "session"
    """Who is signed in to the dashboard, by the digest of the cookie."""
    BADGE = "badge"
    """Which target a badge is of, by the digest of its token."""
    DELIVERY = "delivery"
    """A notification on its way, or delivered, by ``endpoint/ULID``."""
    ENDPOINT = "endpoint"
    """What is known of a receiver of notifications, by its name."""
    SERVICE = "service"
    """The service itself, by what is remembered: its last beat."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to remember.

    Attributes:
        kind: What it is about.
        key: Which of these; unique within its kind, at most 512 characters.
        body: The whole of it, as who wrote it understands it; None to forget it.
    """

    kind: NoteKind
    key: str
    body: bytes | None
