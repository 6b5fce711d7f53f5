"""A moment as records, entries and statements write it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """Return *at* as RFC 3339 in UTC with microseconds and ``Z``.

    Raises:
        ValueError: It has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment must be timezone-aware")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
