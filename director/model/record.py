"""A decision as it is stored and shown: plain values in the public order of the JSON output."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from director.model.decision import Verdict
from director.model.value import dataclass

Facts = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEntry:
    """One piece of evidence: who stands behind it, where it is, when it was seen."""

    kind: str
    source: str
    at: str | None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEntry:
    """One planned check and what came of it.

    Attributes:
        outcome: The word that counts.
        said: The word the check itself said, where the rule counts another one; else None.
        duration_ms: How long it took, in milliseconds.
        line: The line of the manifest that it is about; 0 if there is none.
        when_unproven: What it means if it is required and cannot tell: ``no_go`` or
            ``conditional``.
        max_age_s: Oldest evidence that counts, in seconds; None for any age.
    """

    id: str
    title: str
    category: str
    role: str
    origin: str
    weight: float
    outcome: str
    said: str | None
    code: str
    reason: str
    observed: str
    expected: str
    remedy: str
    effort: str
    plugin: str
    plugin_version: str
    started_at: str | None
    duration_ms: float
    evidence: tuple[EvidenceEntry, ...] = ()
    line: int = 0
    when_unproven: str = "no_go"
    max_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEntry:
    """One category.

    Attributes:
        weight: How much it counts beside the others.
        floor: The score it must reach, 0 to 1; None for no floor.
        score: Its score, 0 to 1, to six places; None if nothing in it counts.
        minimum_checks: Conclusive checks it must have; 0 for no minimum of its own.
    """

    name: str
    weight: float
    floor: float | None
    score: float | None
    checks: tuple[CheckEntry, ...]
    minimum_checks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonEntry:
    """One thing that keeps the decision from GO."""

    code: str
    level: int
    text: str
    check: str
    category: str
    measured: str
    expected: str
    remedy: str
    effort: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixEntry:
    """One step of the shortest way to GO."""

    check: str
    title: str
    remedy: str
    effort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionEntry:
    """A gap with an owner and a due date; ``closed_at`` is None while it stands."""

    check: str
    owner: str
    opened_at: str
    due_at: str
    closed_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverEntry:
    """An approved waiver and what it did.

    Attributes:
        state: ``in_effect``, ``unused``, ``expired``, ``no_match``, ``not_waivable`` or
            ``not_proven``.
        approved_by: Who is said to have agreed; with a doubt that is not proven.
        expires_at: RFC 3339, UTC, microseconds.
        code: Why, as one of a closed set; empty if that is not known.
        doubt: Why the approval was not proven, in one line; empty if it was.
    """

    id: str
    check: str
    state: str
    reason: str
    ticket: str
    requested_by: str
    approved_by: str
    expires_at: str
    code: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEntry:
    """A waiver that somebody asks for; without effect until approved.

    Attributes:
        expires_at: RFC 3339, UTC, microseconds.
        id: The waiver; empty if only the manifest asks for it, and the record does not know yet.
        code: Why, as one of a closed set; empty in a record from before that was kept.
        requested_by: Who asks; empty in a record from before that was kept.
        stage: ``requested``; or ``denied`` or ``revoked``, where the manifest still asks for it.
        doubt: Why nobody can approve it as it is, in one line; empty if somebody can.
    """

    check: str
    reason: str
    ticket: str
    expires_at: str
    id: str = ""
    code: str = ""
    requested_by: str = ""
    stage: str = "requested"
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverCounts:
    """How many waivers came to what; ``requested`` are those that nobody has approved."""

    in_effect: int
    unused: int
    expired: int
    no_match: int
    not_waivable: int
    not_proven: int
    requested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A manifest or a profile: its name and the digest of its exact bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdsEntry:
    """Scores that open the gate, 0 to 1."""

    go: float
    conditional: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridePolicyEntry:
    """Who could force a GO, and for how long; each list sorted.

    Attributes:
        roles: Roles whose signature counts; empty for nobody.
        expires_in_s: Longest life of an override, in seconds.
        second_approver: Checks that need a second, different approver.
        never: Checks that nobody can override.
    """

    roles: tuple[str, ...]
    expires_in_s: float
    second_approver: tuple[str, ...]
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverPolicyEntry:
    """Who could approve waivers, and for how long.

    Attributes:
        roles: Roles whose signature counts, sorted; empty for nobody.
        expires_in_s: Longest life of a waiver, in seconds.
    """

    roles: tuple[str, ...]
    expires_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """What the decision was held against, besides what stands with each category and check.

    With these the rule can be applied to the record again. A profile holds decimal numbers,
    and the decimal text of each figure is the very number that the profile had.

    Attributes:
        thresholds: Scores that open the gate.
        minimum_checks: Conclusive counting checks that a decision needs.
        fail_budget: Failed required checks that are tolerated.
        warn_budget: Gaps that are tolerated for a GO.
        max_age_s: How long a decision stays valid, in seconds.
        due_in_s: Time to close a condition, in seconds.
        override: Who could force a GO; None in a record from before that was kept, which nobody
            can override.
        waivers: Who could approve waivers; None in a record from before that was kept.
    """

    thresholds: ThresholdsEntry
    minimum_checks: int
    fail_budget: int
    warn_budget: int
    max_age_s: float
    due_in_s: float
    override: OverridePolicyEntry | None = None
    waivers: WaiverPolicyEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many checks said what; ``counting`` is how many of them count."""

    counting: int
    passed: int
    warned: int
    failed: int
    unknown: int
    not_applicable: int
    errored: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One decision with everything that led to it, as plain values.

    Attributes:
        service: The service.
        decision: ``go``, ``conditional_go`` or ``no_go``.
        pass_rate: Passed of counting checks as a whole percent, for example ``88%``.
        environment: Where; empty if the manifest names no environment.
        decided_at: RFC 3339, UTC, microseconds.
        valid_until: After it the decision is EXPIRED; RFC 3339, UTC, microseconds.
        score: Weighted credit, 0 to 1, to six places; ``score_exact`` is the fraction.
        coverage: Weighted share of counting checks that could tell, 0 to 1.
        verified: Weighted share of counting checks that a probe answered, 0 to 1.
        fixes: The shortest way to GO; None if no list of fixes reaches it.
        previous: The decision before this one; None for the first.
        changed: Whether it differs from the previous one; the first one changes nothing.
        policy: What it was held against; None in a record from before that was kept.
        log_dropped: Log lines lost until the decision was made.
        source: The file that was judged, as it was named.
        evidence: The digest that all facts of the evidence are kept under, ``sha256:…``; empty
            in a decision without facts, and in one that was not recorded. Facts that were erased
            since are empty, and the digest stays.
        waiver_counts: How many waivers came to what; None in a record from before that was kept.
        seen_at: The latest moment that the record had seen, by which expiries were judged, where
            the clock was behind it; else None.
    """

    service: str
    decision: str
    pass_rate: str
    environment: str
    version: str
    owner: str
    tier: int | None
    artifact: str
    decided_at: str
    valid_until: str
    score: float
    score_exact: str
    coverage: float
    verified: float
    counts: Counts
    reasons: tuple[ReasonEntry, ...]
    fixes: tuple[FixEntry, ...] | None
    categories: tuple[CategoryEntry, ...]
    conditions: tuple[ConditionEntry, ...]
    waivers: tuple[WaiverEntry, ...]
    waiver_requests: tuple[RequestEntry, ...]
    waiver_counts: WaiverCounts | None = None
    previous: str | None
    changed: bool
    profile: Source
    policy: PolicyEntry | None = None
    manifest: Source
    evaluation: str
    trigger: str
    started_at: str
    duration_ms: float
    director_version: str
    log_dropped: int
    source: str = ""
    evidence: str = ""
    seen_at: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The decision as a value."""
        return Verdict(self.decision)

    @property
    def target(self) -> str:
        """The target for people: ``service`` or ``service@environment``."""
        return f"{self.service}@{self.environment}" if self.environment else self.service

    @property
    def checks(self) -> tuple[CheckEntry, ...]:
        """Every planned check, sorted by category and id."""
        return tuple(check for category in self.categories for check in category.checks)

    def document(self) -> dict[str, Any]:
        """Return the record as plain JSON values, in the public order."""
        document: dict[str, Any] = plain(self)
        return document


def plain(value: Any) -> Any:  # noqa: ANN401  # any field of any entry
    """Return an entry as plain JSON values, its fields in their order."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None:
        return value
    return {name: plain(getattr(value, name)) for name in fields}
