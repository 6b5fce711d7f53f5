"""Whether what a probe saw meets an expectation, and what of it did not."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from director.model.value import dataclass

Expectation = NewType("Expectation", str)
"""What must hold of an answer, in the text form; as the type of a check's option, it is looked at
when the manifest is read."""


class Verdict(StrEnum):
    """What became of one expectation; only ``met`` is a success, also under ``not``."""

    MET = "met"
    UNMET = "unmet"
    """There is positive evidence that it does not hold."""
    UNKNOWN = "unknown"
    """What it speaks of is not there or of another kind, or it takes more work than allowed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of an expectation that was not met.

    Attributes:
        text: The part, as it was written.
        verdict: What became of it.
        observed: What was seen instead, short and printable; empty where nothing was.
        code: ``condition_failed``, ``condition_missing``, ``condition_type`` or
            ``condition_budget``.
    """

    text: str
    verdict: Verdict
    observed: str
    code: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of an expectation.

    Attributes:
        verdict: Of the whole.
        findings: Why it is not met, the parts that decided it in their order; empty if it is met.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
