"""sinks.retry: what an answer means, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from director.sinks.retry import WAITS_S, Answer, Ruling, pause_s, ruling, wait_s

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (199, Ruling.AGAIN),
        (200, Ruling.DELIVERED),
        (299, Ruling.DELIVERED),
        (300, Ruling.AGAIN),
        (307, Ruling.AGAIN),
        (400, Ruling.AGAIN),
        (409, Ruling.AGAIN),
        (410, Ruling.GONE),
        (411, Ruling.AGAIN),
        (503, Ruling.AGAIN),
    ],
)
def test_only_2xx_is_taken(status: int, expected: Ruling) -> None:
    """A redirection is no success, and only 410 ends all."""
    assert ruling(status) is expected


def test_the_waits_are_those_of_standard_webhooks() -> None:
    """Ten attempts over about three days."""
    minutes = [round((wait_s(tries, 0.0) or 0) / 60, 3) for tries in range(10)]

    assert minutes == [0, 0.083, 5, 30, 120, 300, 600, 840, 1200, 1440]
    assert wait_s(len(WAITS_S), 0.0) is None


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (429, "120", 120.0),
        (503, "Thu, 15 Jan 2026 09:31:00 GMT", 60.0),
        (503, "Thu, 15 Jan 2026 09:00:00 GMT", 0.0),
        (502, "", 5.0),
        (504, "soon", 5.0),
        (429, "-3", 5.0),
        (429, "1e9", 5.0),
        (429, "99999999999", 86_400.0),
        (429, "9" * 60, 5.0),
        (429, "Thu, 99 Jan 2026", 5.0),
        (500, "120", 0.0),
        (200, "120", 0.0),
    ],
)
def test_who_is_overloaded_is_left_alone(status: int, text: str, expected: float) -> None:
    """Retry-After is heard from who is overloaded, as seconds or as a date, up to a day."""
    assert pause_s(Answer(status, "", text), NOW) == expected
