"""How much of what was asked is so. Exact: all passed is exactly 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from director.model.decision import CategoryScore, Settled
from director.model.evidence import EvidenceKind
from director.model.outcome import Failed, Passed, Warned
from director.model.plan import Origin
from director.model.profile import Profile

Exact: TypeAlias = int | Fraction
"""A whole number where it is one: the same value, and many times faster."""


@dataclass(slots=True)
class Tally:
    """What one category adds up to; credit counts in halves, so that a warning is whole."""

    weight: Exact = 0
    half_credit: Exact = 0
    conclusive: Exact = 0
    verified: Exact = 0


@dataclass(frozen=True, slots=True)
class Scores:
    """Every figure of a decision.

    Attributes:
        score: Weighted credit, 0 to 1; 0 if nothing counts.
        coverage: Weighted share that could tell, 0 to 1; 0 if nothing counts.
        verified: Weighted share that a probe answered, 0 to 1; 0 if nothing counts.
        categories: Each category on its own, sorted by name.
    """

    score: Fraction
    coverage: Fraction
    verified: Fraction
    categories: tuple[CategoryScore, ...]


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
    tallies = {name: _tally(checks) for name, checks in members.items()}
    categories = tuple(
        _category(profile, name, tallies[name], tuple(checks))
        for name, checks in sorted(members.items())
    )
    weighted = [
        (exact(category.weight), tallies[category.name])
        for category in categories
        if tallies[category.name].weight
    ]
    total = sum(weight for weight, _ in weighted)
    if not total:
        return Scores(Fraction(0), Fraction(0), Fraction(0), categories)
    return Scores(
        sum((Fraction(w * t.half_credit, 2 * t.weight) for w, t in weighted), Fraction(0)) / total,
        sum((Fraction(w * t.conclusive, t.weight) for w, t in weighted), Fraction(0)) / total,
        sum((Fraction(w * t.verified, t.weight) for w, t in weighted), Fraction(0)) / total,
        categories,
    )


def exact(value: Fraction) -> Exact:
    """Return *value* as a whole number if it is one."""
    return value.numerator if value.denominator == 1 else value


def weight_of(check: Settled) -> Exact:
    """Return how much *check* counts within its category; what a manifest adds weighs nothing."""
    if check.planned.origin is Origin.MANIFEST:
        return 0
    return exact(check.planned.policy.weight)


def is_conclusive(check: Settled) -> bool:
    """Return whether the check could tell."""
    return isinstance(check.outcome, Passed | Warned | Failed)


def _tally(checks: Iterable[Settled]) -> Tally:
    tally = Tally()
    for check in checks:
        if not check.counts:
            continue
        weight = weight_of(check)
        tally.weight += weight
        if is_conclusive(check):
            tally.conclusive += weight
            if _is_verified(check):
                tally.verified += weight
            if isinstance(check.outcome, Passed):
                tally.half_credit += 2 * weight
            elif isinstance(check.outcome, Warned):
                tally.half_credit += weight
    return tally


def _is_verified(check: Settled) -> bool:
    evidence = check.result.evidence if check.result else ()
    return any(piece.kind is EvidenceKind.PROBED for piece in evidence)


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
