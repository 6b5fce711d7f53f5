"""One probe by itself: what was asked, what was seen, and what that means."""

from __future__ import annotations

from typing import TypeAlias

from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.evidence import Evidence
from director.model.health import HealthDocument
from director.model.judgement import Judgement
from director.model.outcome import Failed, Passed, Unknown, Warned
from director.model.probe import ProbeError, Reply
from director.model.value import dataclass

Seen: TypeAlias = Reply | Handshake | Greeting | DnsAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One probe by itself.

    Attributes:
        asked: What was asked, as it may be shown.
        answer: What was seen, or why nothing was.
        outcome: What that means, without any manifest.
        evidence: What was seen, as facts.
        health: What the answer says of the service's health; None if it is no health document.
        judgement: What became of what was expected of it; None if nothing was.
    """

    asked: str
    answer: Seen | ProbeError
    outcome: Passed | Warned | Failed | Unknown
    evidence: Evidence
    health: HealthDocument | None = None
    judgement: Judgement | None = None
