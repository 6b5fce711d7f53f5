"""What a check itself said, as far as its record tells. Pure."""

from __future__ import annotations

from collections.abc import Callable

from director.model.outcome import Failed, NotApplicable, Outcome, Passed, Warned, Word
from director.model.profile import Need
from director.model.record import CheckEntry
from director.rules.plan import LACKS
from director.rules.replay import outcome_of
from director.rules.settle import REFUSED

_CONCLUSIVE: dict[str, Callable[[str], Outcome]] = {
    Word.PASSED: Passed,
    Word.WARNED: Warned,
    Word.FAILED: Failed,
}

_OF_POLICY = frozenset(("stale", "undated", "future_evidence", "no_reason"))
"""Codes whose remedy is about the evidence, and not about what was asked."""


def answer_of(entry: CheckEntry) -> Outcome:
    """Return what *entry* itself said, before a policy made another word of it.

    Where that happened, its sentence is lost; the word is not.
    """
    if entry.said == Word.NOT_APPLICABLE:
        reason = entry.reason
        return NotApplicable(reason.removeprefix(REFUSED) if reason.startswith(REFUSED) else "")
    if entry.said in _CONCLUSIVE:
        return _CONCLUSIVE[entry.said](f"said {entry.said} then")
    return outcome_of(entry)


def remedy_of(entry: CheckEntry, otherwise: str) -> str:
    """Return what meets the requirement of *entry*; *otherwise* where the record does not tell."""
    if entry.said is not None and entry.code in _OF_POLICY:
        return otherwise
    return entry.remedy or otherwise


def lacks(entry: CheckEntry, need: Need) -> bool:
    """Return whether *entry* was not asked, because the target had not what *need* names."""
    return not entry.evidence and answer_of(entry) == NotApplicable(LACKS[need])
