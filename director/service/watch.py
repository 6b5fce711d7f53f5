"""One target that is watched, and everything that changes about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from director.app import Request
from director.model.decision import Verdict
from director.model.sampled import State
from director.model.sampling import Sampling
from director.model.service import Latest
from director.model.service_event import Spot
from director.rules.look import verdict_of
from director.service.calendar import Calendar

Key = tuple[str, str]
"""Service and environment; an empty environment if the manifest names none."""

ON_REQUEST = Sampling(interval_s=86_400.0, failures=1, successes=1, blind_intervals=1e9)
"""Of who is evaluated on request only, each decision is held true: nobody looks again soon."""

GRACE_S = 30.0
"""How late a second due may be before a decision is stale, in seconds."""


@dataclass(slots=True, eq=False)
class Watch:
    """A target, what is held true of it, and when it is looked at next.

    Attributes:
        key: Which target.
        request: What is asked of the Director, but for the evaluation's identity.
        source: The manifest's file.
        calendar: When it is due; None if it is evaluated on request only.
        fault: Why the newest text of its file is not used; empty if it is.
        state: What is known of it by its samples.
        basis: The digests of the manifest and the profile that the state is about.
        held_at: Since when that is held true which is; None if nothing is.
        latest: Its last decision; None if there is none.
        due_s: When it is looked at next, in seconds since the epoch; None if that is not planned.
        turn: Counts how often that was planned anew, so that an older plan is told from it.
        lateness_s: How late its last scheduled evaluation began, in seconds.
        missed: How many scheduled evaluations were missed.
        pending: The evaluation that waits or runs; empty if none does.
        unkept: Whether it changed since it was last written down.
    """

    key: Key
    request: Request
    source: str
    calendar: Calendar | None = None
    fault: str = ""
    state: State = field(default_factory=State)
    basis: tuple[str, str] = ("", "")
    held_at: datetime | None = None
    latest: Latest | None = None
    due_s: float | None = None
    turn: int = 0
    lateness_s: float | None = None
    missed: int = 0
    pending: str = ""
    unkept: bool = False

    @property
    def name(self) -> str:
        """The target for people."""
        return self.request.target.name

    @property
    def spot(self) -> Spot:
        """The target as events name it."""
        return Spot(*self.key, self.request.loaded.manifest.owner)

    @property
    def held(self) -> Verdict | None:
        """The decision that is held true; None if none is."""
        return None if self.state.level is None else verdict_of(self.state.level)

    def sampling(self, now_s: float) -> Sampling:
        """Return how much evidence it takes to change what is held true.

        Args:
            now_s: Seconds since the epoch.
        """
        return ON_REQUEST if self.calendar is None else paced(self.calendar.interval_s(now_s))

    def nobody_looked(self, duration_s: float) -> None:
        """Take note that it could not be seen because nobody looked, not because it was not there.

        What was held true is still; that the last decision is stale keeps the gate closed until
        the next one.

        Args:
            duration_s: For how long, in seconds.
        """
        if self.state.evidence_at is not None:
            seen_at = self.state.evidence_at + timedelta(seconds=duration_s)
            self.state = replace(self.state, evidence_at=seen_at)

    def is_stale(self, now_s: float) -> bool:
        """Return whether it should have been evaluated again since its last decision.

        Args:
            now_s: Seconds since the epoch.
        """
        if self.latest is None or self.calendar is None:
            return False
        decided_s = self.latest.decided_at.timestamp()
        if now_s - decided_s <= GRACE_S:
            return False
        return self.calendar.missed(decided_s, now_s - GRACE_S) >= 2


@lru_cache(maxsize=256)
def paced(interval_s: float) -> Sampling:
    """Return the usual amount of evidence for one who is looked at so often."""
    return Sampling(interval_s=max(interval_s, 1.0))
