"""How decisions on one target went: line by line, how steadily, and since when each gap stands."""

from __future__ import annotations

from typing import Any

from director.model.contrast import Shift
from director.model.decision import Verdict
from director.model.difference import Change
from director.model.history import Summary
from director.model.override import Effective, Override
from director.model.record import ThresholdsEntry, plain
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision, and what had become of the one before it.

    Attributes:
        summary: The decision in short.
        changes: Every check that said something else than before; None if nobody looked.
        shifts: Whatever else was another one; None if nobody looked.
        thresholds: Scores that opened the gate then; None if that is not known.
        first: Whether it is the first decision on its target.
    """

    summary: Summary
    changes: tuple[Change, ...] | None = None
    shifts: tuple[Shift, ...] | None = None
    thresholds: ThresholdsEntry | None = None
    first: bool = False

    @property
    def verdict(self) -> Verdict:
        """The decision as a value."""
        return Verdict(self.summary.decision)

    @property
    def overridden(self) -> bool:
        """Whether gates acted on another decision than the one that was made."""
        return self.summary.effective != self.summary.decision

    def document(self) -> dict[str, Any]:
        """Return the step as plain JSON values."""
        of_service = ("seq", "service", "environment")
        summary = {key: one for key, one in plain(self.summary).items() if key not in of_service}
        return {
            **summary,
            "first": self.first,
            "changes": plain(self.changes),
            "shifts": plain(self.shifts),
            "thresholds": plain(self.thresholds),
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Decisions in a row that came to the same, the newest first; never empty.

    Attributes:
        steps: The decisions.
    """

    steps: tuple[Step, ...]

    @property
    def newest(self) -> Step:
        """The last one of them."""
        return self.steps[0]

    @property
    def oldest(self) -> Step:
        """The first one of them."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """How often the decision changed lately.

    Attributes:
        decisions: How many decisions were looked at.
        changes: How many of them differ from the one before.
        flaps: Whether that is too often to be relied on.
        since: The evaluation that the present decision began with, as far as was looked.
        since_at: When that was; RFC 3339, UTC.
        in_a_row: How many decisions in a row are the present one.
        begun: Whether the beginning is known: a decision before it differs, or there is none.
    """

    decisions: int
    changes: int
    flaps: bool
    since: str
    since_at: str
    in_a_row: int
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One gap of the last decision, and since when it has stood without a break.

    Attributes:
        check: Which check.
        title: The requirement as a short sentence.
        role: What its failure means.
        outcome: The word that counts now.
        since: The evaluation in which it was first a gap, as far as was looked.
        since_at: When that was decided; RFC 3339, UTC.
        decisions: In how many decisions in a row it was a gap, the last one included.
        begun: Whether the beginning is known: it was no gap before, or there is no before.
    """

    check: str
    title: str
    role: str
    outcome: str
    since: str
    since_at: str
    decisions: int
    begun: bool

    @property
    def new(self) -> bool:
        """Whether it is a gap for the first time."""
        return self.decisions == 1 and self.begun

    def document(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {**plain(self), "new": self.new}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How decisions on one target went.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        latest: The last decision of all, whichever part of the history this is.
        steadiness: How often the decision changed lately.
        steps: A part of the history, the newest first.
        findings: The gaps of the last decision; None where an older part is shown.
        older: The evaluation to go on from, for the decisions before these; empty for none.
        expired: Whether the last decision holds no more: then every gate is closed.
        effective: The decision that gates act on now; None if there never was an override.
    """

    service: str
    environment: str
    latest: Summary
    steadiness: Steadiness
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] | None
    older: str = ""
    expired: bool = False
    effective: Effective | None = None

    @property
    def override(self) -> Override | None:
        """The override in force now; None if there is none."""
        return self.effective.override if self.effective else None

    @property
    def target(self) -> str:
        """The target for people: ``service`` or ``service@environment``."""
        return f"{self.service}@{self.environment}" if self.environment else self.service

    def document(self) -> dict[str, Any]:
        """Return the trend as plain JSON values, the decision that holds first."""
        findings, decision = self.findings, self.latest.decision
        return {
            "service": self.service,
            "decision": decision,
            "pass_rate": self.latest.pass_rate,
            "environment": self.environment,
            "effective_decision": Verdict.GO.value if self.override else decision,
            "override": self.override and self.override.statement.id,
            "evaluation": self.latest.evaluation,
            "decided_at": self.latest.decided_at,
            "valid_until": self.latest.valid_until,
            "expired": self.expired,
            "steadiness": plain(self.steadiness),
            "findings": None if findings is None else [one.document() for one in findings],
            "decisions": [step.document() for step in self.steps],
            "older": self.older or None,
        }
