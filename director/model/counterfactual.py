"""What would have been decided, had single checks said something else: plain values."""

from __future__ import annotations

from typing import Any, TypeAlias

from director.model.decision import Verdict
from director.model.record import plain
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """What would have been decided, had one check (or one more) said something else.

    Attributes:
        check: Which check.
        title: The requirement as a short sentence.
        role: What its failure means.
        remedy: What to do about it, where it is supposed to pass; else empty.
        effort: How much work that is.
        decision: What would have been decided: ``go``, ``conditional_go`` or ``no_go``.
        pass_rate: The pass rate then, for example ``88%``.
        score: The score then, 0 to 1, to six places.
        code: The first reason that would keep it from GO then; empty for a GO.
        reason: The same as a sentence.
    """

    check: str
    title: str
    role: str
    remedy: str
    effort: str
    decision: str
    pass_rate: str
    score: float
    code: str
    reason: str

    @property
    def verdict(self) -> Verdict:
        """The decision as a value."""
        return Verdict(self.decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """The answers to "what if", each by the rule that made the decision.

    Each supposes that the service had been evaluated in the same moment, with what stood after
    the decision: its conditions and its waivers.

    Attributes:
        if_passed: For each gap, that this check alone had passed; the best decision first.
        steps: The shortest way to GO: each step supposes that its check and those before it had
            passed. Empty for a GO; None if no list of fixes reaches GO.
        obstacles: What keeps it from GO though every gap had passed; empty unless *steps* is
            None.
        if_failed: Each check that passed or warned and bears the decision: had it alone failed,
            the decision would have been a worse one. The worst first.
    """

    if_passed: tuple[Supposition, ...]
    steps: tuple[Supposition, ...] | None
    obstacles: tuple[str, ...]
    if_failed: tuple[Supposition, ...]

    def document(self) -> dict[str, Any]:
        """Return the answers as plain JSON values."""
        document: dict[str, Any] = plain(self)
        return document


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The rule cannot be applied to the record again.

    Attributes:
        code: Why, as a machine word.
        reason: Why, in one sentence.
    """

    code: str
    reason: str

    def document(self) -> dict[str, Any]:
        """Return why there is no answer as plain JSON values."""
        return {"error": {"code": self.code, "reason": self.reason}}


Answer: TypeAlias = Counterfactual | Unanswered
