"""model.sampling: figures in their range, levels in their order."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest

from director.model.sampling import Level, Sample, Sampling, Unseen


def test_the_policy_by_itself_is_the_documented_one() -> None:
    """Every figure that nobody sets is the one the documents name."""
    policy = Sampling()

    assert (policy.interval_s, policy.recheck_s, policy.retry_s) == (60.0, 2.0, 15.0)
    assert (policy.failures, policy.successes) == (3, 2)
    assert (policy.blind_s, policy.reminder_s) == (180.0, 3600.0)
    assert (policy.flap_window, policy.flap_results) == (20, 20)
    assert (policy.flap_low_percent, policy.flap_high_percent) == (25.0, 30.0)


@pytest.mark.parametrize(
    ("interval_s", "retry_s"), [(1.0, 0.25), (59.0, 14.75), (60.0, 15.0), (61.0, 15.0)]
)
def test_retries_come_after_a_quarter_of_the_interval(interval_s: float, retry_s: float) -> None:
    """The wait while in doubt is a quarter of the interval, and at most 15 s."""
    assert Sampling(interval_s=interval_s).retry_s == retry_s


def test_how_long_something_holds_follows_the_interval() -> None:
    """What is looked at rarely is held true for longer without evidence."""
    assert Sampling(interval_s=300.0, blind_intervals=2.5).blind_s == 750.0


@pytest.mark.parametrize(
    ("name", "just", "short"),
    [
        ("interval_s", 1.0, 0.99),
        ("recheck_s", 0.1, 0.09),
        ("retry_most_s", 0.1, 0.09),
        ("failures", 1, 0),
        ("successes", 1, 0),
        ("blind_intervals", 1.0, 0.99),
        ("reminder_s", 300.0, 299.9),
        ("flap_results", 2, 1),
        ("flap_low_percent", 0.0, -0.1),
        ("flap_high_percent", 100.0, 100.1),
    ],
)
def test_figures_keep_to_their_range(name: str, just: float, short: float) -> None:
    """A figure at its bound is taken; one beyond is refused by name, with what it was."""
    fields: dict[str, Any] = {name: just}
    assert getattr(Sampling(**fields), name) == just

    fields = {name: short}
    with pytest.raises(ValueError, match=rf"^{name} must be finite and .*, got {short}$"):
        Sampling(**fields)


@pytest.mark.parametrize(("window", "fits"), [(1, False), (2, True), (1000, True), (1001, False)])
def test_the_window_is_bounded(window: int, *, fits: bool) -> None:
    """A window has at least two places, and no more than can be kept for every target."""
    if fits:
        assert Sampling(flap_window=window, flap_results=2).flap_window == window
    else:
        with pytest.raises(ValueError, match=f"flap_window .* from 2 to 1000, got {window}"):
            Sampling(flap_window=window, flap_results=2)


@pytest.mark.parametrize("name", ["interval_s", "reminder_s", "failures", "flap_high_percent"])
@pytest.mark.parametrize("odd", [nan, inf])
def test_only_finite_figures_are_taken(name: str, odd: float) -> None:
    """Neither infinity nor what is no number is a figure."""
    fields: dict[str, Any] = {name: odd}
    with pytest.raises(ValueError, match=f"^{name} must be finite"):
        Sampling(**fields)


def test_what_is_wanted_is_said_in_words() -> None:
    """The message tells the whole range, or the least where there is no most."""
    with pytest.raises(ValueError, match=r"^interval_s must be finite and at least 1, got 0\.5$"):
        Sampling(interval_s=0.5)
    with pytest.raises(ValueError, match=r"flap_low_percent must be finite and from 0 to 100, "):
        Sampling(flap_low_percent=-1.0)


def test_a_window_holds_as_many_results_as_are_asked_for() -> None:
    """A window of n places is filled by n + 1 results; to wait for more is to wait for ever."""
    assert Sampling(flap_window=5, flap_results=6).flap_results == 6

    with pytest.raises(ValueError, match="one more than flap_window, 5, got 7"):
        Sampling(flap_window=5, flap_results=7)


def test_flapping_ends_no_higher_than_it_begins() -> None:
    """One bound for both is allowed, an end above the beginning is not."""
    assert Sampling(flap_low_percent=30.0).flap_low_percent == 30.0
    assert Sampling(flap_low_percent=0.0, flap_high_percent=0.0).flap_high_percent == 0.0

    with pytest.raises(ValueError, match=r"not be over flap_high_percent, 30, got 30\.5"):
        Sampling(flap_low_percent=30.5)


def test_levels_have_an_order() -> None:
    """A failure is worse than a warning, a warning than a pass, and nothing than itself."""
    worse = {(one, other) for one in Level for other in Level if one.worse_than(other)}

    assert worse == {
        (Level.FAIL, Level.WARN),
        (Level.FAIL, Level.PASS),
        (Level.WARN, Level.PASS),
    }


def test_looking_again_helps_only_where_somebody_looked() -> None:
    """What was missed or skipped is not asked for again sooner: nothing was tried."""
    tried = {one for one in Unseen if one.tried}

    assert tried == {Unseen.UNKNOWN, Unseen.ERROR, Unseen.SUSPECT}


def test_words_are_those_of_results() -> None:
    """Records and logs say the same words for ever; each either is evidence or is not."""
    assert [level.value for level in Level] == ["pass", "warn", "fail"]
    assert [one.value for one in Unseen] == ["unknown", "error", "suspect", "missed", "skipped"]


def test_the_time_of_a_sample_is_aware() -> None:
    """A time without a zone is refused."""
    assert Sample(Level.PASS, datetime(2026, 11, 22, tzinfo=UTC)).seen is Level.PASS

    with pytest.raises(ValueError, match="at must be timezone-aware"):
        Sample(Level.PASS, datetime(2026, 11, 22))  # noqa: DTZ001  # the fault under test
