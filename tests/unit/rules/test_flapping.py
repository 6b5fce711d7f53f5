"""rules.flapping: what weighs how much, and where it begins and ends."""

from __future__ import annotations

import pytest

from director.model.sampled import State
from director.model.sampling import Level, Sampling
from director.rules.flapping import changed_percent, flaps

P, W, F = Level.PASS, Level.WARN, Level.FAIL


def results(changes: str) -> tuple[Level, ...]:
    """Return results that change where *changes* has an ``x``, the newest last."""
    made = [P]
    for change in changes:
        made.append(made[-1] if change == "." else {P: F, F: P}[made[-1]])
    return tuple(made)


@pytest.mark.parametrize(
    ("changes", "percent"),
    [
        ("", 0.0),
        ("." * 20, 0.0),
        ("x" + "." * 19, 4.0),
        ("." * 19 + "x", 5.9),
        ("x", 5.9),
        ("x.", 5.8),
        ("x" * 20, 99.0),
        ("x" * 5, 28.5),
        ("x" * 6, 33.9),
        ("x" + "." * 20, 0.0),
    ],
)
def test_later_changes_weigh_more(changes: str, percent: float) -> None:
    """A change in the oldest of 20 places weighs 0.8 of a twentieth, in the newest 1.18."""
    assert changed_percent(results(changes), 20) == percent


def test_every_level_is_another() -> None:
    """From a warning to a failure is a change as well."""
    assert changed_percent([W, F], 20) == changed_percent([P, F], 20)


def test_other_windows_weigh_alike() -> None:
    """With two places the older weighs 0.8, the newer 1.0, of a half each."""
    assert changed_percent([P, F, F], 2) == 40.0
    assert changed_percent([P, P, F], 2) == 50.0
    assert changed_percent([F, P, P, F], 2) == 50.0


def state(changes: str, *, flapping: bool) -> State:
    """Return a state with results that changed so."""
    return State(recent=results(changes), flapping=flapping)


@pytest.mark.parametrize(
    ("high", "low", "begins", "goes_on"),
    [
        (28.4, 28.4, True, True),
        (28.5, 28.4, False, True),
        (28.5, 28.5, False, False),
        (28.6, 28.5, False, False),
    ],
)
def test_bounds_are_exclusive(high: float, low: float, *, begins: bool, goes_on: bool) -> None:
    """It begins over the high bound and goes on over the low one; at a bound it does not flap."""
    policy = Sampling(flap_high_percent=high, flap_low_percent=low)
    changes = "." * 15 + "x" * 5

    assert flaps(state(changes, flapping=False), policy) is begins
    assert flaps(state(changes, flapping=True), policy) is goes_on


@pytest.mark.parametrize(("count", "expected"), [(19, False), (20, True), (21, True)])
def test_few_results_do_not_flap(count: int, *, expected: bool) -> None:
    """Below 20 results nothing flaps, however often they change."""
    assert flaps(state("x" * (count - 1), flapping=False), Sampling()) is expected
