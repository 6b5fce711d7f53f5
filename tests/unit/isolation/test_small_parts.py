"""The breaker, the marker, what is printed, and what a keeper says."""

from __future__ import annotations

import os

import pytest

from director.isolation.breaker import MOST_CRASHES, WITHIN_S, Breaker
from director.isolation.marker import NOBODY, Marker, new_memory
from director.isolation.printed import MOST_BYTES, Printed
from director.isolation.report import Report, report_of
from director.testing import FakeClock


@pytest.mark.parametrize(
    ("after_s", "opens"), [(0.0, True), (WITHIN_S / 2, True), (WITHIN_S / 2 + 0.01, False)]
)
def test_three_crashes_in_time_open_the_breaker(after_s: float, opens: bool) -> None:  # a case
    """Neither two, nor three that lie far apart."""
    clock = FakeClock()
    breaker = Breaker(clock.monotonic)
    said = []
    for _ in range(MOST_CRASHES):
        said.append(breaker.crashed())
        clock.advance(after_s)

    assert said == [False, False, opens]
    assert breaker.opened is opens


def test_an_open_breaker_stays_open() -> None:
    """Time mends nothing; it opens once."""
    clock = FakeClock()
    breaker = Breaker(clock.monotonic)
    assert [breaker.crashed() for _ in range(MOST_CRASHES)][-1]
    clock.advance(10 * WITHIN_S)

    assert not breaker.crashed()
    assert breaker.opened


def test_the_last_three_count() -> None:
    """An old crash is forgotten, not what came after it."""
    clock = FakeClock()
    breaker = Breaker(clock.monotonic)
    breaker.crashed()
    clock.advance(WITHIN_S + 1)

    assert [breaker.crashed(), breaker.crashed(), breaker.crashed()] == [False, False, True]


def test_a_marker_is_seen_through_another() -> None:
    """Both sides look at the same memory."""
    memory = new_memory()
    ours, theirs = Marker(memory), Marker(memory)
    os.close(memory)
    assert (ours.at_work, ours.since, ours.beaten) == (NOBODY, 0.0, 0.0)

    theirs.begin(7)
    theirs.beat()

    assert ours.at_work == 7
    assert 0.0 < ours.since <= ours.beaten
    theirs.end()
    assert ours.at_work == NOBODY
    ours.close()
    theirs.close()


def test_what_is_printed_is_one_safe_line() -> None:
    """Line breaks are shown, control characters are not, and it is told once."""
    printed = Printed("stdout")
    printed.feed(b"one\ntwo\x1b[31m\xff")

    assert printed.take() == ("one | two�[31m�", 0)
    assert printed.take() is None


def test_of_a_flood_the_end_is_kept() -> None:
    """And how much came before it."""
    printed = Printed("stdout")
    printed.feed(b"a" * MOST_BYTES)
    printed.feed(b"the end")

    text, lost = printed.take() or ("", 0)

    assert text.endswith("a" * 10 + "the end")
    assert (len(text), lost) == (MOST_BYTES, 7)


def test_blanks_are_nothing() -> None:
    """Who prints an empty line has said nothing."""
    printed = Printed("stdout")
    printed.feed(b"\n\n  ")
    assert printed.take() is None


@pytest.mark.parametrize("report", [Report(0, 0), Report(-9, 3), Report(None, 0), Report(255, 1)])
def test_a_report_arrives(report: Report) -> None:
    """An exit code, a signal, or neither, and what was left."""
    assert report_of(report.bytes()) == report


@pytest.mark.parametrize("data", [b"", b"K", b"x" * 100])
def test_what_is_no_report_says_nothing(data: bytes) -> None:
    """A keeper that died has said nothing."""
    assert report_of(data) is None
