"""rules.moment: one way to write a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from director.rules.moment import instant


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    """Whatever its zone, a moment is written in UTC with six places and Z."""
    at = datetime(2026, 11, 22, 13, 30, tzinfo=timezone(timedelta(hours=1)))

    assert instant(at) == "2026-11-22T12:30:00.000000Z"
    assert instant(datetime(2026, 1, 2, 3, 4, 5, 6, UTC)) == "2026-01-02T03:04:05.000006Z"


def test_a_naive_moment_is_refused() -> None:
    """Nobody knows when a moment without a zone is."""
    with pytest.raises(ValueError, match="a moment must be timezone-aware"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test
