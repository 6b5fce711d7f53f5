"""What repeated looks at a running service came to: what is held true, and what happened."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from director.model.sampling import Level
from director.model.value import dataclass


class Shown(StrEnum):
    """What people are shown of a state."""

    UNKNOWN = "unknown"
    """Nothing is held true, or the last look was no evidence for it."""
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    """Also while nobody can see: silence makes nothing better."""
    SOFT_BAD = "soft_bad"
    """Worse than what is held true, not yet for long enough."""
    SOFT_OK = "soft_ok"
    """Better than what is held true, not yet for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaks:
    """How many of the last pieces of evidence in a row were of a kind.

    Attributes:
        failed: Were ``fail``.
        not_passed: Were ``fail`` or ``warn``.
        not_failed: Were ``warn`` or ``pass``, and nothing but evidence lay between.
        passed: Were ``pass``, and nothing but evidence lay between.
    """

    failed: int = 0
    not_passed: int = 0
    not_failed: int = 0
    passed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a service after any number of samples.

    Attributes:
        level: What is held true; None before it was established, and after nobody could see for
            too long. ``fail`` stays until there is evidence of something better.
        recent: The last pieces of evidence, the newest last.
        streaks: How long they have been of a kind.
        blind: How many samples in a row were no evidence, until now.
        evidence_at: When there was evidence last, or the first sample if there never was.
        lost: Whether nobody could see for too long, and nothing is established again yet.
        flapping: Whether evidence changes too often to tell every change.
        told: The level that was last told of; None before the first.
        told_at: When it was told of, or reminded of, last.
    """

    level: Level | None = None
    recent: tuple[Level, ...] = ()
    streaks: Streaks = Streaks()
    blind: int = 0
    evidence_at: datetime | None = None
    lost: bool = False
    flapping: bool = False
    told: Level | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What is held true is another level.

    Attributes:
        at: When.
        was: The level before: the one told of last, or, if this is muted, the one held true until
            now; None if there was none.
        now: The level from now on.
        muted: Whether it goes into the record only, because the service flaps.
    """

    at: datetime
    was: Level | None
    now: Level
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Reminded:
    """It is still not well.

    Attributes:
        at: When.
        level: How it is.
    """

    at: datetime
    level: Level


@dataclass(frozen=True, slots=True)
class FlappingBegan:
    """Evidence changes so often that single changes are not told from now on.

    Attributes:
        at: When.
        percent: How much of the window changed, the newer the more it weighs.
    """

    at: datetime
    percent: float


@dataclass(frozen=True, slots=True)
class FlappingEnded:
    """Changes are told again; what they came to in the meantime is told next.

    Attributes:
        at: When.
        percent: How much of the window changed, the newer the more it weighs.
    """

    at: datetime
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SightLost:
    """Nobody could see for too long: what was well is held true no more.

    Attributes:
        at: When.
        since_at: When there was evidence last, or the first sample if there never was.
        was: What was held true; None if nothing was.
    """

    at: datetime
    since_at: datetime
    was: Level | None


@dataclass(frozen=True, slots=True)
class SightRegained:
    """There is evidence again, and enough of it to hold something true.

    Attributes:
        at: When.
        level: What is held true.
    """

    at: datetime
    level: Level


Event: TypeAlias = Changed | Reminded | FlappingBegan | FlappingEnded | SightLost | SightRegained
"""What is worth a record, and, unless it is muted, a message."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one sample came to.

    Attributes:
        state: What is known from now on.
        events: What happened, in order; most samples are no event.
        next_in_s: When to look again, in seconds after the sample.
    """

    state: State
    events: tuple[Event, ...]
    next_in_s: float
