"""What a check says about a service: a closed union, one class per thing that can be true."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from director.model.evidence import Evidence
from director.model.value import dataclass


class Word(StrEnum):
    """The word of each outcome, as it stands in every log, record and page."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERRORED = "errored"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Passed:
    """The service was examined and meets the requirement.

    Attributes:
        reason: What was seen, in one sentence.
        observed: The measured value with its unit, where there is one.
        expected: The value it was held against, with its unit.
        evidence: What the answer rests on.
    """

    reason: str
    observed: str = ""
    expected: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """The service meets the requirement, but not comfortably. Earns half the credit.

    Attributes:
        reason: What was seen, in one sentence.
        remedy: What to do about it; empty where the check's own remedy says it.
        observed: The measured value with its unit, where there is one.
        expected: The value it was held against, with its unit.
        evidence: What the answer rests on.
    """

    reason: str
    remedy: str = ""
    observed: str = ""
    expected: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """There is positive evidence that the service does not meet the requirement.

    Attributes:
        reason: What was seen, in one sentence.
        remedy: What to do about it; empty where the check's own remedy says it.
        observed: The measured value with its unit, where there is one.
        expected: The value it was held against, with its unit.
        code: What went wrong, as a machine word, for example ``connect_refused``.
        evidence: What the answer rests on.
    """

    reason: str
    remedy: str = ""
    observed: str = ""
    expected: str = ""
    code: str = "failed"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """We could not tell. Never counts as passed.

    Attributes:
        reason: Why we could not tell, in one sentence.
        code: The same as a machine word, for example ``stale`` or ``dns_timeout``.
        evidence: What was seen all the same.
    """

    reason: str
    code: str = "unknown"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The requirement does not apply to this service. Needs a reason to count."""

    reason: str


@dataclass(frozen=True, slots=True)
class Errored:
    """The check itself broke; only the engine says so.

    Attributes:
        reason: What broke, in one sentence.
        code: The same as a machine word, for example ``exception`` or ``deadline``.
    """

    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A planned check gave no answer; only the engine and the rules say so.

    Attributes:
        reason: Why there is no answer, in one sentence.
        code: The same as a machine word, for example ``plugin_refused``.
    """

    reason: str
    code: str = "no_result"


Answer: TypeAlias = Passed | Warned | Failed | Unknown | NotApplicable
"""What a plugin may say."""

Outcome: TypeAlias = Answer | Errored | Missing
"""What may stand in a result."""

_WORDS: dict[type, Word] = {
    Passed: Word.PASSED,
    Warned: Word.WARNED,
    Failed: Word.FAILED,
    Unknown: Word.UNKNOWN,
    NotApplicable: Word.NOT_APPLICABLE,
    Errored: Word.ERRORED,
    Missing: Word.MISSING,
}


def word(outcome: Outcome) -> Word:
    """Return the word of *outcome*."""
    return _WORDS[type(outcome)]
