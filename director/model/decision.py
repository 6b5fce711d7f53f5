"""The verdict on one target, with everything that led to it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from director.model.check import Effort, Role
from director.model.outcome import NotApplicable, Outcome, Passed, Word, word
from director.model.plan import PlannedCheck
from director.model.result import Result
from director.model.standing import Condition, Waiver
from director.model.value import dataclass

# Looked up once: a member of an enum is a function call away.
_SHADOW = Role.SHADOW
_set = object.__setattr__


class Verdict(StrEnum):
    """May this service go to production?"""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    NO_GO = "no_go"

    @property
    def label(self) -> str:
        """The word for people."""
        return self.value.upper()


class ReasonCode(StrEnum):
    """Why a decision is not GO, in the order of precedence of the decision rule."""

    INSUFFICIENT_CHECKS = "insufficient_checks"
    BLOCKER = "blocker"
    UNPROVEN = "unproven"
    FAILED = "failed"
    CATEGORY_FLOOR = "category_floor"
    SCORE = "score"
    CONDITION_OVERDUE = "condition_overdue"
    BELOW_GO = "below_go"
    WARN_BUDGET = "warn_budget"
    REQUIRED_GAP = "required_gap"
    BLOCKER_WARNED = "blocker_warned"
    WAIVED = "waived"

    @property
    def level(self) -> int:
        """The level of the decision rule, 2 to 9; level 9 alone leaves a CONDITIONAL_GO."""
        return _LEVELS.get(self, 9)


_LEVELS = {
    ReasonCode.INSUFFICIENT_CHECKS: 2,
    ReasonCode.BLOCKER: 3,
    ReasonCode.UNPROVEN: 4,
    ReasonCode.FAILED: 5,
    ReasonCode.CATEGORY_FLOOR: 6,
    ReasonCode.SCORE: 7,
    ReasonCode.CONDITION_OVERDUE: 8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that keeps the decision from GO.

    Attributes:
        code: Which rule.
        text: What holds, in one sentence.
        check: The check it is about; empty if it is about several.
        category: The category it is about; empty if it is about none.
        measured: What was found, with its unit.
        expected: What would do, with its unit.
        remedy: What to do about it; empty where only a list of fixes helps.
        effort: How much work that is; None where there is no remedy.
    """

    code: ReasonCode
    text: str
    check: str = ""
    category: str = ""
    measured: str = ""
    expected: str = ""
    remedy: str = ""
    effort: Effort | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """One planned check with its result, as the rule counts it.

    Attributes:
        planned: What was planned.
        result: What came back; None if nothing did.
        outcome: The outcome that counts: the result's own, unless its evidence is too old, its
            "not applicable" is not allowed, or it never came.
        counts: Whether it counts: all do but shadow and validly not applicable ones.
        gap: Whether it counts and has not passed.
    """

    planned: PlannedCheck
    result: Result | None
    outcome: Outcome
    # Every level of the rule asks for these, so they are answered once.
    counts: bool = field(init=False, repr=False, compare=False)
    gap: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kind = type(self.outcome)
        counts = kind is not NotApplicable and self.planned.policy.role is not _SHADOW
        _set(self, "counts", counts)
        _set(self, "gap", counts and kind is not Passed)

    @property
    def id(self) -> str:
        """Which check."""
        return self.planned.policy.check

    @property
    def word(self) -> Word:
        """The word of the outcome that counts."""
        return word(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScore:
    """How one category stands.

    Attributes:
        name: The category.
        weight: Its weight.
        floor: The score it must reach, 0 to 1; None for no floor.
        score: Its score, 0 to 1; None if nothing in it counts.
        checks: Its checks, sorted by id.
        told: How many of the profile's checks in it count and could tell.
        minimum_checks: How many must; 0 for no minimum of its own.
    """

    name: str
    weight: Fraction
    floor: Fraction | None
    score: Fraction | None
    checks: tuple[Settled, ...]
    told: int = 0
    minimum_checks: int = 0


class WaiverState(StrEnum):
    """What an approved waiver did for a decision."""

    IN_EFFECT = "in_effect"
    UNUSED = "unused"
    EXPIRED = "expired"
    NO_MATCH = "no_match"
    NOT_WAIVABLE = "not_waivable"
    NOT_PROVEN = "not_proven"
    """The operator has no proof of who approved it, or of what that person may do."""


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """One approved waiver and what it did."""

    waiver: Waiver
    state: WaiverState


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One step of the shortest way to GO."""

    check: str
    title: str
    remedy: str
    effort: Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one target, with everything that led to it.

    Attributes:
        verdict: GO, CONDITIONAL_GO or NO_GO.
        decided_at: When, aware, in UTC.
        valid_until: After it every reader shows EXPIRED and every gate is closed.
        reasons: Everything that keeps it from GO, by precedence; empty only for GO.
        score: Weighted credit over all counting checks, 0 to 1.
        coverage: Weighted share of counting checks that could tell, 0 to 1.
        verified: Weighted share of counting checks that a probe answered, 0 to 1.
        counting: How many checks count.
        categories: Every planned check by category, sorted by name.
        conditions: Those that stand after this decision and those it closed, sorted by check.
        waivers: Every approved waiver that was looked at, sorted by id.
        fixes: The shortest list of fixes that reaches GO, the easiest first; None if no list
            of fixes to these checks can.
        seen_at: The latest moment that the record had seen, by which expiries were judged; None
            if the clock was not behind it.
    """

    verdict: Verdict
    decided_at: datetime
    valid_until: datetime
    reasons: tuple[Reason, ...]
    score: Fraction
    coverage: Fraction
    verified: Fraction
    counting: int
    categories: tuple[CategoryScore, ...]
    conditions: tuple[Condition, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    fixes: tuple[Fix, ...] | None = ()
    seen_at: datetime | None = None

    @property
    def checks(self) -> tuple[Settled, ...]:
        """Every planned check, sorted by category and id."""
        return tuple(check for category in self.categories for check in category.checks)
