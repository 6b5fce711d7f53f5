"""How often a running service is looked at, what a look may say, and how much evidence it takes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from math import inf
from typing import TypeAlias

from director.model.value import dataclass


class Level(StrEnum):
    """How a service is, by positive evidence; the mildest first."""

    PASS = "pass"  # noqa: S105  # a word of results
    WARN = "warn"
    FAIL = "fail"

    def worse_than(self, other: Level) -> bool:
        """Return whether this is worse than *other*."""
        order = tuple(Level)
        return order.index(self) > order.index(other)


class Unseen(StrEnum):
    """Why a look is no evidence: it says something about us, not about the service."""

    UNKNOWN = "unknown"
    """We could not find out."""
    ERROR = "error"
    """What looks is broken."""
    SUSPECT = "suspect"
    """There was an answer, but we were not fit to measure it."""
    MISSED = "missed"
    """It should have been looked at and was not."""
    SKIPPED = "skipped"
    """It was not to be looked at: a precondition, a dependency, maintenance."""

    @property
    def tried(self) -> bool:
        """Whether somebody looked, so that to look again soon may tell more."""
        return self not in (Unseen.MISSED, Unseen.SKIPPED)


Seen: TypeAlias = Level | Unseen
"""What one look came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How often a running service is looked at, and how much evidence changes what is held true.

    The figures are those of Gatus (thresholds), Icinga (flapping) and HAProxy (a faster pace
    while in doubt).

    Attributes:
        interval_s: From look to look while nothing is in doubt, in seconds; at least 1.
        recheck_s: How soon it is looked at again on an edge, once; never later than the interval.
        retry_most_s: The longest wait while in doubt after that, in seconds.
        failures: How many results in a row worse than what is held true make it worse.
        successes: How many results in a row better than what is held true make it better.
        blind_intervals: For how many intervals something is held true without evidence.
        reminder_s: How often it is said again that something is not well; at least 5 minutes.
        flap_window: How many places at which results could change are looked at for flapping.
        flap_results: From how many results on it can flap at all; at most one more than places.
        flap_low_percent: Flapping ends where no more than this much of the window changes.
        flap_high_percent: Flapping begins where more than this much does; 100 is never.

    Raises:
        ValueError: A figure is out of its range, or two do not fit each other.
    """

    interval_s: float = 60.0
    recheck_s: float = 2.0
    retry_most_s: float = 15.0
    failures: int = 3
    successes: int = 2
    blind_intervals: float = 3.0
    reminder_s: float = 3600.0
    flap_window: int = 20
    flap_results: int = 20
    flap_low_percent: float = 25.0
    flap_high_percent: float = 30.0

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            # Written so that NaN is refused too.
            if not (least <= value <= most and value < inf):
                wanted = f"at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
                raise ValueError(f"{name} must be finite and {wanted}, got {value}")
        if self.flap_results > self.flap_window + 1:
            raise ValueError(
                f"flap_results must be at most one more than flap_window, {self.flap_window}, "
                f"got {self.flap_results}"
            )
        if self.flap_low_percent > self.flap_high_percent:
            raise ValueError(
                f"flap_low_percent must not be over flap_high_percent, {self.flap_high_percent:g}, "
                f"got {self.flap_low_percent:g}"
            )

    @property
    def retry_s(self) -> float:
        """The wait while in doubt, in seconds: a quarter of the interval, but not for long."""
        return min(self.interval_s / 4, self.retry_most_s)

    @property
    def blind_s(self) -> float:
        """How long something is held true without evidence, in seconds."""
        return self.blind_intervals * self.interval_s


_RANGES: dict[str, tuple[float, float]] = {
    "interval_s": (1.0, inf),
    "recheck_s": (0.1, inf),
    "retry_most_s": (0.1, inf),
    "failures": (1, inf),
    "successes": (1, inf),
    "blind_intervals": (1.0, inf),
    "reminder_s": (300.0, inf),
    "flap_window": (2, 1000),
    "flap_results": (2, inf),
    "flap_low_percent": (0.0, 100.0),
    "flap_high_percent": (0.0, 100.0),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a service.

    Attributes:
        seen: What it came to.
        at: When, aware.

    Raises:
        ValueError: The time is not aware.
    """

    seen: Seen
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at must be timezone-aware")
