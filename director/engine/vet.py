"""Is what a plugin returned an answer? Nothing a plugin says is taken on trust."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TypeAlias

from director.errors import PluginError
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import (
    Answer,
    Errored,
    Failed,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.text import LONGEST_TEXT, printable

Said: TypeAlias = tuple[Outcome, tuple[Evidence, ...]]
"""What came of a check, and the evidence it named."""

MOST_EVIDENCE = 50
"""Most pieces of evidence one answer may carry."""

MOST_FACTS = 50
"""Most facts one piece of evidence may carry."""

LARGEST_FACT = 2**63 - 1
"""Largest whole number a fact may be: what every store and every reader of JSON can hold."""

# Looked up once: a member of an enum is a function call away.
_DECLARED = EvidenceKind.DECLARED

_TEXTS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.name != "evidence")
    for kind in (Passed, Warned, Failed, Unknown, NotApplicable)
}
"""What a plugin may answer, and the texts of each."""


def vetted(answer: object) -> Said:
    """Return *answer* made safe to store and show, and the evidence it names.

    Texts are cut to 2,000 characters and lose what cannot be printed. Whatever evidence a check
    names was declared to it: only the probe can say that something was probed. What is not an
    answer becomes errored, with code ``invalid_result``.
    """
    try:
        return _cleaned(answer), _vetted_evidence(getattr(answer, "evidence", ()))
    except PluginError as error:
        return Errored(printable(error.detail), error.code), ()


class Vetter:
    """Vets answers, and knows again the very answer that a check gave last.

    A check that says the same of many services may make its answer once; it cannot be changed,
    so it need not be vetted again.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[object, Said]] = {}

    def vetted(self, check: str, answer: object) -> Said:
        """Return *answer* of *check* made safe, as :func:`vetted` does."""
        last = self._last.get(check)
        if last is not None and last[0] is answer:
            return last[1]
        said = vetted(answer)
        self._last[check] = (answer, said)
        return said


def words(error: BaseException) -> str:
    """Return the text of an exception of a plugin, safe to store and show; perhaps empty.

    An exception is a plugin's code, too: one may raise when it is asked what it says.
    """
    try:
        return printable(str(error))
    except BaseException:  # noqa: BLE001  # as said
        return "(it cannot be printed)"


def spoken(error: BaseException) -> str:
    """Return what an exception of a plugin is and says, safe to store and show."""
    return printable(": ".join(filter(None, (type(error).__name__, words(error)))))


def _cleaned(answer: object) -> Answer:
    kind = type(answer)
    texts = _TEXTS.get(kind)
    if texts is None:
        if inspect.iscoroutine(answer):
            answer.close()  # It would complain, out of turn, that nobody awaited it.
        raise _invalid(
            f"must return Passed, Warned, Failed, Unknown or NotApplicable, got {kind.__name__}"
        )
    changes: dict[str, str] = {}
    for name in texts:
        text = getattr(answer, name)
        if type(text) is not str:
            raise _invalid(f"{kind.__name__}.{name} must be a text, got {type(text).__name__}")
        if not text.isprintable() or len(text) > LONGEST_TEXT:
            changes[name] = printable(text)
    if not answer.reason.strip():  # type: ignore[attr-defined]  # as above
        raise _invalid(f"{kind.__name__}.reason must not be empty")
    if changes:
        answer = replace(answer, **changes)  # type: ignore[type-var]  # as above
    return answer  # type: ignore[return-value]  # as above


def _vetted_evidence(evidence: object) -> tuple[Evidence, ...]:
    if type(evidence) is not tuple or len(evidence) > MOST_EVIDENCE:
        raise _invalid(f"evidence must be a tuple of at most {MOST_EVIDENCE} pieces")
    return tuple(map(_vetted_piece, evidence))


def _vetted_piece(piece: object) -> Evidence:
    if type(piece) is not Evidence or type(piece.source) is not str:
        raise _invalid(f"evidence must be made of Evidence, got {type(piece).__name__}")
    if piece.at is not None and not isinstance(piece.at, datetime):
        raise _invalid(f"Evidence.at must be a datetime, got {type(piece.at).__name__}")
    if type(piece.facts) is not tuple or len(piece.facts) > MOST_FACTS:
        raise _invalid(f"facts must be a tuple of at most {MOST_FACTS} pairs")
    source = printable(piece.source)
    if piece.kind is _DECLARED and piece.at is None and not piece.facts and source is piece.source:
        return piece  # The usual case: there is nothing to clean.
    return Evidence(
        kind=_DECLARED,
        source=source,
        at=None if piece.at is None else piece.at.astimezone(UTC),
        facts=tuple(_vetted_facts(piece.facts)),
    )


def _vetted_facts(
    facts: tuple[object, ...],
) -> Iterable[tuple[str, str | int | float | bool]]:
    for fact in facts:
        if type(fact) is not tuple or len(fact) != 2 or type(fact[0]) is not str:
            raise _invalid("a fact must be a pair of a name and a value")
        name, value = fact
        if type(value) not in (str, int, float, bool):
            raise _invalid(
                f"fact {printable(name)} must be a plain value, got {type(value).__name__}"
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise _invalid(f"fact {printable(name)} must be finite, got {value}")
        if isinstance(value, int) and abs(value) > LARGEST_FACT:
            raise _invalid(f"fact {printable(name)} must be at most 2**63 - 1")
        yield printable(name), printable(value) if isinstance(value, str) else value


def _invalid(detail: str) -> PluginError:
    return PluginError("invalid_result", detail)
