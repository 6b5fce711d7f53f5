"""What was observed, by whom, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from director.model.value import dataclass


class EvidenceKind(StrEnum):
    """Who stands behind a piece of evidence."""

    DECLARED = "declared"
    """A person wrote it into the manifest."""
    PROBED = "probed"
    """The Director's own probe saw it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that a check rests on.

    Attributes:
        kind: Whether a person declared it or our probe saw it. The engine sets it: a plugin
            cannot claim that something was probed.
        source: Where it can be looked up: a URL without secrets, or a place in the manifest.
        at: When it was observed, aware, in UTC; None if nobody said.
        facts: What was seen, as sorted pairs of dotted names and plain values, for example
            ``("http.response.status_code", 200)``.
    """

    kind: EvidenceKind
    source: str
    at: datetime | None = None
    facts: tuple[tuple[str, str | int | float | bool], ...] = ()

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("Evidence.at must be timezone-aware")
