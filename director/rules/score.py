"""How much of what was asked is so. Exact: all passed is exactly 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from director.model.decision import CategoryScore, Settled
from director.model.evidence import EvidenceKind
from director.model.outcome import Failed, Passed, Warned
from director.model.plan import Origin, PlannedCheck
from director.model.profile import Profile
from director.model.value import dataclass
from director.model.weighting import Column, Member, Weighting

# Looked up once: a member of an enum is a function call away.
_PROFILE = Origin.PROFILE
_PROBED = EvidenceKind.PROBED

_HALVES: dict[type, int] = {Passed: 2, Warned: 1, Failed: 0}
"""Credit in halves, so that a warning is whole; what is not listed could not tell."""

_NOTHING, _ALL = Fraction(0), Fraction(1)


Tally: TypeAlias = tuple[CategoryScore, int, int, int, int]
"""What one category comes to, and in grains: what its counting checks weigh, what those weigh
that could tell, what those weigh that a probe answered; and their credit in half grains."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The whole numbers in which credit is counted: exact, and many times faster than fractions.

    Attributes:
        grains: How many grains a check of weight 1 weighs.
        units: How many units a score of 1 is.
        half_units: How many half units the score is.
        worth: How many units one grain is in each category; what is not listed adds nothing.
    """

    grains: int
    units: int
    half_units: int
    worth: Mapping[str, int]

    def weight(self, check: Settled) -> int:
        """Return what *check* weighs, in grains; what a manifest adds weighs nothing."""
        return _grains(check.planned, self.grains)

    def half_gain(self, check: Settled) -> int:
        """Return how much credit *check* gains if it passes, in half grains."""
        return (1 if isinstance(check.outcome, Warned) else 2) * self.weight(check)

    def half_units_of(self, score: Fraction) -> int:
        """Return how many half units make at least *score*."""
        return -(-2 * self.units * score.numerator // score.denominator)


@dataclass(frozen=True, slots=True)
class Scores:
    """Every figure of a decision.

    Attributes:
        score: Weighted credit, 0 to 1; 0 if nothing counts.
        coverage: Weighted share that could tell, 0 to 1; 0 if nothing counts.
        verified: Weighted share that a probe answered, 0 to 1; 0 if nothing counts.
        categories: Each category on its own, sorted by name.
        scale: What the figures were counted in.
        told: How many of the profile's checks could tell.
    """

    score: Fraction
    coverage: Fraction
    verified: Fraction
    categories: tuple[CategoryScore, ...]
    scale: Scale
    told: int


def weighting_of(profile: Profile, checks: tuple[PlannedCheck, ...]) -> Weighting:
    """Return what *checks* weigh under *profile*, in whole numbers.

    It holds for every evaluation that follows the plan, and is worked out once.
    """
    grains = lcm(*{check.policy.weight.denominator for check in checks})
    members: dict[str, list[Member]] = {category.name: [] for category in profile.categories}
    for place, check in enumerate(checks):
        member = (place, _grains(check, grains), check.origin is _PROFILE)
        members.setdefault(check.policy.category, []).append(member)
    categories = [profile.category(name) for name in sorted(members)]
    weights = whole([category.weight for category in categories])
    return Weighting(
        profile,
        checks,
        grains,
        tuple(
            Column(category, weight, tuple(members[category.name]))
            for category, weight in zip(categories, weights, strict=True)
        ),
    )


def weigh(weighting: Weighting, settled: Sequence[Settled]) -> Scores:
    """Return how *settled* checks score.

    A category's score is Σ weight·credit / Σ weight over its counting checks; the score is
    Σ category weight·category score / Σ category weight over categories with counting weight.
    Credit is 1 for passed, ½ for warned, 0 for everything else, which stays in the
    denominator.

    Args:
        weighting: What the checks weigh.
        settled: The checks in the order of the plan that was weighed.
    """
    tallies = [_tally(column, settled) for column in weighting.columns]
    common = lcm(*[tally[1] for tally in tallies if tally[1]])
    units = half_credit = conclusive = verified = told = 0
    worth: dict[str, int] = {}
    for column, tally in zip(weighting.columns, tallies, strict=True):
        category, weight, told_weight, verified_weight, half_earned = tally
        told += category.told
        if weight:
            units += common * column.weight
            unit = worth[category.name] = column.weight * (common // weight)
            half_credit += unit * half_earned
            conclusive += unit * told_weight
            verified += unit * verified_weight
    return Scores(
        _share(half_credit, 2 * units),
        _share(conclusive, units),
        _share(verified, units),
        tuple([tally[0] for tally in tallies]),
        # Where nothing weighs, no credit is worth anything, and no score is reached.
        Scale(weighting.grains, units or 1, half_credit, worth),
        told,
    )


def whole(values: Sequence[Fraction]) -> list[int]:
    """Return *values* as whole numbers in the same proportions."""
    grains = lcm(*(value.denominator for value in values))
    return [value.numerator * (grains // value.denominator) for value in values]


def is_conclusive(check: Settled) -> bool:
    """Return whether the check could tell."""
    return type(check.outcome) in _HALVES


def _grains(planned: PlannedCheck, grains: int) -> int:
    """Return what a check weighs, where *grains* grains make a weight of 1."""
    if planned.origin is not _PROFILE:
        return 0
    weight = planned.policy.weight
    return weight.numerator * (grains // weight.denominator)


def _share(part: int, of: int) -> Fraction:
    """Return *part* of *of*; a share of nothing is nothing. All and nothing are the usual ones."""
    if not part:
        return _NOTHING
    return _ALL if part == of else Fraction(part, of)


def _tally(column: Column, settled: Sequence[Settled]) -> Tally:
    """Return what the checks of *column* come to."""
    weight = half_credit = conclusive = verified = told = 0
    checks = []
    for place, grains, of_profile in column.members:
        check = settled[place]
        checks.append(check)
        if not check.counts:
            continue
        weight += grains
        halves = _HALVES.get(type(check.outcome))
        if halves is not None:
            told += of_profile
            conclusive += grains
            half_credit += halves * grains
            if _is_verified(check):
                verified += grains
    category = column.category
    score = CategoryScore(
        name=category.name,
        weight=category.weight,
        floor=category.floor,
        score=_share(half_credit, 2 * weight) if weight else None,
        checks=tuple(checks),
        told=told,
        minimum_checks=category.minimum_checks,
    )
    return score, weight, conclusive, verified, half_credit


def _is_verified(check: Settled) -> bool:
    evidence = check.result.evidence if check.result else ()
    for piece in evidence:  # noqa: SIM110  # any() with a generator takes three times as long
        if piece.kind is _PROBED:
            return True
    return False
