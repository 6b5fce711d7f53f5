"""A clock that is advanced by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Stands still until it is told to advance.

    Args:
        start_at: The wall clock at the beginning, aware.
    """

    def __init__(self, start_at: datetime = _START) -> None:
        self._start_at = start_at.astimezone(UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return self._start_at + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Return how far it was advanced, in seconds."""
        return self._elapsed_s

    def advance(self, duration_s: float) -> None:
        """Let time pass.

        Args:
            duration_s: How much, in seconds; not negative.

        Raises:
            ValueError: Time does not run backwards.
        """
        if duration_s < 0:
            raise ValueError(f"duration_s must not be negative, got {duration_s}")
        self._elapsed_s += duration_s
