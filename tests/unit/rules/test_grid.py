"""rules.grid: dues on an absolute grid, each target with a phase of its own."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from director.rules.grid import due_after, dues_between, phase_s

TARGETS = st.text(max_size=40)
INTERVALS = st.integers(min_value=1, max_value=90_000_000).map(lambda ms: ms / 1000)
MOMENTS = st.floats(min_value=0, max_value=4e9, allow_nan=False)


def test_the_phase_is_of_the_target() -> None:
    """The first eight bytes of its SHA-256, modulo the interval, to the millisecond."""
    number = int(sha256(b"checkout@production").hexdigest()[:16], 16)

    assert phase_s("checkout@production", 60.0) == (number % 60_000) / 1000
    assert phase_s("checkout@production", 0.0004) == 0.0
    assert phase_s("a", 60) != phase_s("b", 60)


@given(TARGETS, INTERVALS)
def test_the_phase_is_within_the_interval(target: str, interval_s: float) -> None:
    """And always the same."""
    phase = phase_s(target, interval_s)

    assert 0 <= phase < interval_s
    assert phase == phase_s(target, interval_s)


def test_many_targets_are_spread() -> None:
    """Of 6,000 targets on a minute, each second has about 100."""
    counts = [0] * 60
    for number in range(6000):
        counts[int(phase_s(f"s{number}@p", 60))] += 1

    assert 60 < min(counts) <= max(counts) < 140


def test_dues_are_exact() -> None:
    """A due itself is not after itself."""
    assert due_after(0.0, 5.0, 60.0) == 5.0
    assert due_after(4.999, 5.0, 60.0) == 5.0
    assert due_after(5.0, 5.0, 60.0) == 65.0
    assert due_after(65.001, 5.0, 60.0) == 125.0


@given(MOMENTS, TARGETS, INTERVALS)
def test_the_next_due_is_after_and_near(at_s: float, target: str, interval_s: float) -> None:
    """Never at the moment or before, never more than an interval away."""
    phase = phase_s(target, interval_s)
    due = due_after(at_s, phase, interval_s)

    assert at_s < due <= at_s + interval_s * 1.0001 + 1e-6


def test_floating_point_does_not_stand_still() -> None:
    """Where the product falls on the moment itself, the due after it is taken."""
    for at_s, phase, interval_s in (
        (291838.36, 0.06, 0.1),
        (67131923.206, 1.206, 2.2),
        (35080.600999999995, 0.001, 0.1),
    ):
        due = due_after(at_s, phase, interval_s)
        assert due == at_s + interval_s


def test_dues_are_counted_as_they_come() -> None:
    """As many as stepping from one to the next finds."""
    for after_s, until_s in ((0.0, 600.0), (5.0, 65.0), (4.0, 5.0), (5.0, 64.9), (7.0, 7.0)):
        count, due = 0, due_after(after_s, 5.0, 60.0)
        while due <= until_s:
            count, due = count + 1, due_after(due, 5.0, 60.0)
        assert dues_between(after_s, until_s, 5.0, 60.0) == count
    assert dues_between(10.0, 5.0, 5.0, 60.0) == 0
    assert dues_between(5.0, 5.0, 5.0, 60.0) == 0
    assert dues_between(120.0, 125.0, 5.0, 60.0) == 1
