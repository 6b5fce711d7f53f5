"""What another policy would have made of a recorded decision: plain values."""

from __future__ import annotations

from typing import Any, TypeAlias

from director.model.decision import Verdict
from director.model.record import ReasonEntry, Source, plain
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A recorded decision, and what another policy would have decided on the same evidence.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        evaluation: Whose evidence was judged.
        decided_at: When it was decided; RFC 3339, UTC.
        profile: The policy of then.
        decision: What was decided then: ``go``, ``conditional_go`` or ``no_go``.
        pass_rate: The pass rate then, for example ``88%``.
        score: The score then, 0 to 1, to six places.
        then_decision: What would have been decided.
        then_pass_rate: The pass rate of that.
        then_score: The score of that, 0 to 1, to six places.
        reasons: What would keep it from GO, by precedence.
        not_asked: Planned checks that nobody had asked; each counts as missing.
        dropped: Checks that were asked and would not be any more.
        doubts: Where the record does not tell enough, and the stricter reading was taken; one
            sentence each.
    """

    service: str
    environment: str
    evaluation: str
    decided_at: str
    profile: Source
    decision: str
    pass_rate: str
    score: float
    then_decision: str
    then_pass_rate: str
    then_score: float
    reasons: tuple[ReasonEntry, ...]
    not_asked: tuple[str, ...]
    dropped: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def target(self) -> str:
        """The target for people: ``service`` or ``service@environment``."""
        return f"{self.service}@{self.environment}" if self.environment else self.service

    @property
    def changes(self) -> bool:
        """Whether the decision would have been another one."""
        return self.then_decision != self.decision

    @property
    def better(self) -> bool:
        """Whether the decision would have been a better one."""
        return _ORDER[Verdict(self.then_decision)] > _ORDER[Verdict(self.decision)]

    def document(self) -> dict[str, Any]:
        """Return the simulation as plain JSON values."""
        then = ("then_decision", "then_pass_rate", "then_score")
        values = plain(self)
        simulated = {name.removeprefix("then_"): values.pop(name) for name in then}
        first = {name: values.pop(name) for name in ("service", "decision", "pass_rate")}
        reasons = values.pop("reasons")
        return {
            **first,
            **values,
            "changes": self.changes,
            "simulated": {**simulated, "reasons": reasons},
        }


_ORDER = {Verdict.NO_GO: 0, Verdict.CONDITIONAL_GO: 1, Verdict.GO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsimulated:
    """A recorded decision that the rule cannot be applied to.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        evaluation: Which decision.
        decision: What was decided then.
        pass_rate: The pass rate then.
        reason: Why the rule cannot be applied, in one line.
    """

    service: str
    environment: str
    evaluation: str
    decision: str
    pass_rate: str
    reason: str

    @property
    def target(self) -> str:
        """The target for people: ``service`` or ``service@environment``."""
        return f"{self.service}@{self.environment}" if self.environment else self.service

    def document(self) -> dict[str, Any]:
        """Return why there is nothing to say, as plain JSON values."""
        return {
            "service": self.service,
            "decision": self.decision,
            "pass_rate": self.pass_rate,
            "environment": self.environment,
            "evaluation": self.evaluation,
            "changes": None,
            "simulated": None,
            "error": {"code": "not_replayable", "reason": self.reason},
        }


Simulation: TypeAlias = Simulated | Unsimulated
