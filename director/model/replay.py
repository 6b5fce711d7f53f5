"""History as it was read back from log lines: for looking, and never for a gate."""

from __future__ import annotations

from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedCheck:
    """One check's line.

    Attributes:
        id: Which check.
        status: What it said; where the decision counted another word, that one.
        reason: Why, as a machine word; empty if there was nothing to say.
    """

    id: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedDecision:
    """One decision's line, with the lines of its checks.

    Attributes:
        evaluation: The evaluation's ULID.
        service: The service.
        environment: Where; empty if there was none.
        version: The version that was judged; empty if not given.
        decision: ``go``, ``conditional_go`` or ``no_go``.
        effective: What gates acted on.
        override: The override in force; empty if none was.
        pass_rate: For example ``88%``.
        score: Weighted credit, 0 to 1; None where the line has none.
        profile: The profile's name.
        profile_digest: Its digest.
        manifest_digest: The digest of the manifest.
        decided_at: RFC 3339, UTC; of lines from before that was logged, when the line was written.
        valid_until: RFC 3339, UTC.
        recorded: Whether the Director said that it is in a record.
        checks: What its checks said, sorted by id; those whose lines were not there are missing.
        planned: How many checks the line of its start announced; None if that line is not there.
    """

    evaluation: str
    service: str
    environment: str
    version: str
    decision: str
    effective: str
    override: str
    pass_rate: str
    score: float | None
    profile: str
    profile_digest: str
    manifest_digest: str
    decided_at: str
    valid_until: str
    recorded: bool
    checks: tuple[ReplayedCheck, ...] = ()
    planned: int | None = None

    @property
    def target(self) -> str:
        """The target for people."""
        return f"{self.service}@{self.environment}" if self.environment else self.service


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Lines of one instance that were not there.

    Attributes:
        instance: Which running Director.
        first: The number of the first that is missing.
        last: The number of the last.
    """

    instance: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of reading logs.

    Attributes:
        decisions: By the time of the decision, then by evaluation.
        read: How many lines were read.
        accepted: How many of these are lines of ours, each once.
        duplicates: How many were there already.
        rejected: How many are none of ours, or broken.
        gaps: What was not there between what was.
    """

    decisions: tuple[ReplayedDecision, ...]
    read: int
    accepted: int
    duplicates: int
    rejected: int
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        """How many lines were not there."""
        return sum(gap.last - gap.first + 1 for gap in self.gaps)
