"""Masks the operator's secrets in what comes of checks, before anybody hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, cast

from director.model.evidence import Evidence
from director.model.outcome import Outcome
from director.model.result import Result


class Veil:
    """Masks values in results, however they are written there.

    Log, record and reports are made of results; a service can send back what it was sent, and a
    check can quote it.

    Args:
        secrets: The values.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        if given := tuple(secrets):
            from director.model.secrecy import forms  # noqa: PLC0415  # its patterns take a while

            self._forms = forms(given)

    def over(self, result: Result) -> Result:
        """Return *result* without any of the values."""
        if not self._forms:
            return result
        return replace(
            result,
            outcome=self._outcome(result.outcome),
            evidence=tuple(self._evidence(each) for each in result.evidence),
        )

    def _outcome(self, outcome: Outcome) -> Outcome:
        texts: dict[str, Any] = {
            field.name: self._text(text)
            for field in fields(outcome)
            if isinstance(text := getattr(outcome, field.name), str)
        }
        changed: Outcome = replace(cast("Any", outcome), **texts)
        return changed

    def _evidence(self, evidence: Evidence) -> Evidence:
        facts = tuple(
            (self._text(name), self._text(fact) if isinstance(fact, str) else fact)
            for name, fact in evidence.facts
        )
        return replace(evidence, source=self._text(evidence.source), facts=facts)

    def _text(self, text: str) -> str:
        from director.model.secrecy import masked_values  # noqa: PLC0415  # as above

        return masked_values(text, self._forms)
