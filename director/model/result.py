"""An outcome with identity and timing."""

from __future__ import annotations

from datetime import datetime
from math import inf

from director.model.evidence import Evidence
from director.model.outcome import Outcome
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check said about one target.

    Attributes:
        check: Which check, for example ``http.health``.
        outcome: What it said, or what the engine says for it.
        started_at: When it began, aware, in UTC.
        duration_s: How long it took, in seconds.
        evidence: Everything the answer rests on: what the check named, and what the probe saw
            for it.
    """

    check: str
    outcome: Outcome
    started_at: datetime
    duration_s: float = 0.0
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if self.started_at.tzinfo is None:
            raise ValueError("started_at must be timezone-aware")
        if not 0 <= self.duration_s < inf:
            raise ValueError(f"duration_s must be finite and not negative, got {self.duration_s}")
