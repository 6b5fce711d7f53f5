"""rules.moment: one way to write a moment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
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


@pytest.fixture
def far_from_greenwich() -> Iterator[None]:
    """Let this machine stand in Tokyo."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
def test_where_the_machine_stands_makes_no_difference() -> None:
    """A moment of another zone is written in UTC, not in the time of the machine."""
    in_new_york = timezone(timedelta(hours=-5))

    assert (
        instant(datetime(2026, 1, 15, 4, 30, tzinfo=in_new_york)) == "2026-01-15T09:30:00.000000Z"
    )
