"""web.rates: how often somebody may ask."""

from __future__ import annotations

import pytest

from director.web.rates import Rate, retry_after


def test_a_burst_and_then_one_at_a_time() -> None:
    """All of a minute's room may be used at once; then it comes back evenly."""
    rate = Rate(6)

    assert [rate.take("a", 0.0) for _ in range(7)] == [0.0] * 6 + [10.0]
    assert rate.take("b", 0.0) == 0.0
    assert rate.take("a", 9.9) == pytest.approx(0.1)
    assert rate.take("a", 10.0) == 0.0
    assert rate.take("a", 10.0) == 10.0
    assert [rate.take("a", 1_000.0) for _ in range(7)] == [0.0] * 6 + [10.0]


def test_who_is_forgotten_was_quiet() -> None:
    """What is kept is bounded; the busy ones are kept."""
    rate = Rate(1)
    rate.take("busy", 0.0)
    for number in range(20_000):
        rate.take(str(number), 0.0)
        rate.count("busy", 0.0)

    assert len(rate._full_at) == 10_000
    assert rate.wait_s("busy", 0.0) > 0


def test_waiting_is_said_in_whole_seconds() -> None:
    """Never less than it takes."""
    assert [retry_after(s)["Retry-After"] for s in (0.001, 1.0, 1.2)] == ["1", "1", "2"]
