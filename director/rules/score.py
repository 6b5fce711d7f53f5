"""How much of what was asked is so. Exact: all passed is exactly 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from director.model.decision import CategoryScore, Settled
from director.model.evidence import EvidenceKind
from director.model.outcome import Failed, Passed, Warned
from director.model.plan import Origin
from director.model.profile import Profile
from director.model.value import dataclass

Exact: TypeAlias = int | Fraction
"""A whole number where it is one: the same value, and many times faster."""


# Looked up once: a member of an enum is a function call away.
_MANIFEST = Origin.MANIFEST
_PROBED = EvidenceKind.PROBED

_HALVES: dict[type, int] = {Passed: 2, Warned: 1, Failed: 0}
"""Credit in halves, so that a warning is whole; what is not listed could not tell."""


@dataclass(slots=True)
class Tally:
    """What one category adds up to, in grains."""

    weight: int = 0
    half_credit: int = 0
    conclusive: int = 0
    verified: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """The whole numbers in which credit is counted: exact, and many times faster than fractions.

    Attributes:
        grains: How many grains a check of weight 1 weighs.
        units: How many units a score of 1 is.
        worth: How many units one grain is in each category; what is not listed adds nothing.
    """

    grains: int
    units: int
    worth: Mapping[str, int]

    def weight(self, check: Settled) -> int:
        """Return what *check* weighs, in grains; what a manifest adds weighs nothing."""
        if check.planned.origin is _MANIFEST:
            return 0
        weight = check.planned.policy.weight
        return weight.numerator * (self.grains // weight.denominator)


@dataclass(frozen=True, slots=True)
class Scores:
    """Every figure of a decision.

    Attributes:
        score: Weighted credit, 0 to 1; 0 if nothing counts.
        coverage: Weighted share that could tell, 0 to 1; 0 if nothing counts.
        verified: Weighted share that a probe answered, 0 to 1; 0 if nothing counts.
        categories: Each category on its own, sorted by name.
        scale: What the figures were counted in.
    """

    score: Fraction
    coverage: Fraction
    verified: Fraction
    categories: tuple[CategoryScore, ...]
    scale: Scale


def weigh(profile: Profile, settled: Iterable[Settled]) -> Scores:
    """Return how *settled* checks score under *profile*.

    A category's score is Σ weight·credit / Σ weight over its counting checks; the score is
    Σ category weight·category score / Σ category weight over categories with counting weight.
    Credit is 1 for passed, ½ for warned, 0 for everything else, which stays in the
    denominator.
    """
    members: dict[str, list[Settled]] = {category.name: [] for category in profile.categories}
    for check in settled:
        members.setdefault(check.planned.policy.category, []).append(check)
    grains = lcm(*{c.planned.policy.weight.denominator for cs in members.values() for c in cs})
    tallies = {name: _tally(checks, grains) for name, checks in members.items()}
    categories = tuple(
        _category(profile, name, tallies[name], tuple(checks))
        for name, checks in sorted(members.items())
    )
    return _scores(categories, tallies, grains)


def _scores(
    categories: tuple[CategoryScore, ...], tallies: Mapping[str, Tally], grains: int
) -> Scores:
    """Return every figure, each as one fraction over one common denominator."""
    weighing = [category for category in categories if tallies[category.name].weight]
    weights = whole([category.weight for category in weighing])
    common = lcm(*(tallies[category.name].weight for category in weighing))
    units = common * sum(weights)
    if not units:
        nothing = Fraction(0)
        return Scores(nothing, nothing, nothing, categories, Scale(grains, 1, {}))
    worth = {
        category.name: weight * (common // tallies[category.name].weight)
        for category, weight in zip(weighing, weights, strict=True)
    }
    half_credit = conclusive = verified = 0
    for name, unit in worth.items():
        half_credit += unit * tallies[name].half_credit
        conclusive += unit * tallies[name].conclusive
        verified += unit * tallies[name].verified
    return Scores(
        Fraction(half_credit, 2 * units),
        Fraction(conclusive, units),
        Fraction(verified, units),
        categories,
        Scale(grains, units, worth),
    )


def whole(values: Sequence[Fraction]) -> list[int]:
    """Return *values* as whole numbers in the same proportions."""
    grains = lcm(*(value.denominator for value in values))
    return [value.numerator * (grains // value.denominator) for value in values]


def exact(value: Fraction) -> Exact:
    """Return *value* as a whole number if it is one."""
    return value.numerator if value.denominator == 1 else value


def weight_of(check: Settled) -> Exact:
    """Return how much *check* counts within its category; what a manifest adds weighs nothing."""
    if check.planned.origin is _MANIFEST:
        return 0
    return exact(check.planned.policy.weight)


def is_conclusive(check: Settled) -> bool:
    """Return whether the check could tell."""
    return type(check.outcome) in _HALVES


def _tally(checks: Iterable[Settled], grains: int) -> Tally:
    """Return what *checks* add up to, where *grains* grains make a weight of 1."""
    tally = Tally()
    for check in checks:
        if not check.counts or check.planned.origin is _MANIFEST:
            continue
        of_one = check.planned.policy.weight
        weight = of_one.numerator * (grains // of_one.denominator)
        tally.weight += weight
        halves = _HALVES.get(type(check.outcome))
        if halves is not None:
            tally.conclusive += weight
            tally.half_credit += halves * weight
            if _is_verified(check):
                tally.verified += weight
    return tally


def _is_verified(check: Settled) -> bool:
    evidence = check.result.evidence if check.result else ()
    for piece in evidence:  # noqa: SIM110  # any() with a generator takes three times as long
        if piece.kind is _PROBED:
            return True
    return False


def _category(
    profile: Profile, name: str, tally: Tally, checks: tuple[Settled, ...]
) -> CategoryScore:
    category = profile.category(name)
    return CategoryScore(
        name=name,
        weight=category.weight,
        floor=category.floor,
        score=Fraction(tally.half_credit, 2 * tally.weight) if tally.weight else None,
        checks=checks,
    )
