"""The shortest list of fixes that reaches GO. Pure, and exact: no shorter list does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from director.model.check import Role
from director.model.decision import Fix, Settled
from director.model.outcome import Warned
from director.model.plan import Origin
from director.rules.levels import Situation, needed_checks, told
from director.rules.remedies import remedy
from director.rules.score import Exact, is_conclusive, weight_of

Choice = tuple[Settled, ...]
Key = tuple[int, int]
"""A number of fixes, and how many of them make a check tell."""
Best = dict[Key, tuple[Fraction, Choice]]
"""For each key: the most score that so many fixes gain, and which they are."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the optional fixes must add up to.

    Attributes:
        gain: Score still missing.
        tells: Conclusive checks still missing.
        count: Gaps over the warn budget.
    """

    gain: Fraction
    tells: int
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The gaps of one category.

    Attributes:
        must: Those that GO needs in any case.
        may: The others.
        weight: What all its counting checks weigh.
        share: What the category weighs in the score, 0 to 1.
        floor: Credit still missing to its floor.
        tells: Conclusive checks still missing to its minimum.
    """

    must: Choice
    may: Choice
    weight: Exact
    share: Fraction
    floor: Fraction
    tells: int

    def gain(self, checks: Iterable[Settled]) -> Fraction:
        """Return what the score of the category gains if *checks* pass."""
        if not self.weight:
            return Fraction(0)
        halves = sum(weight_of(c) * (1 if isinstance(c.outcome, Warned) else 2) for c in checks)
        return Fraction(halves) / (2 * self.weight)


def shortest_fixes(situation: Situation) -> tuple[Fix, ...] | None:
    """Return the fewest gaps that, once passed, make the decision GO; the easiest first.

    Every gap of a blocker or a required check is on the list: GO needs them all. Of the other
    gaps it takes as few as reach the thresholds, floors and budgets. Because a fix adds a
    fixed amount to the score, the best k gaps of a kind within a category are its k heaviest,
    and a table over (number of fixes, number that make a check tell) finds the optimum.

    Returns:
        The list, empty if nothing needs fixing; None if no list of fixes to these checks
        reaches GO, for example because too few are planned.
    """
    groups = tuple(_groups(situation))
    need = _need(situation, groups)
    best: Best = {(0, 0): (Fraction(0), ())}
    for group in groups:
        best = _extended(best, _choices(group, max(need.tells, 0)), max(need.tells, 0))
    reaching = [
        (count, -gain, choice)
        for (count, tells), (gain, choice) in best.items()
        if gain >= need.gain and tells >= need.tells and count >= need.count
    ]
    if not reaching:
        return None
    _, _, choice = min(reaching, key=lambda reached: reached[:2])
    must = [check for group in groups for check in group.must]
    return tuple(sorted(map(_fix, (*must, *choice)), key=lambda fix: (fix.effort.size, fix.check)))


def _fix(check: Settled) -> Fix:
    planned = check.planned
    return Fix(check=check.id, title=planned.title, remedy=remedy(check), effort=planned.effort)


def _groups(situation: Situation) -> Iterator[Group]:
    categories = situation.scores.categories
    total = sum((c.weight for c in categories if c.score is not None), Fraction(0))
    for category in categories:
        gaps = [check for check in category.checks if check.gap]
        counts = category.score is not None and total
        yield Group(
            must=tuple(check for check in gaps if _gates(check)),
            may=tuple(check for check in gaps if not _gates(check)),
            weight=sum(weight_of(check) for check in category.checks if check.counts),
            share=category.weight / total if counts else Fraction(0),
            floor=(category.floor or Fraction(0)) - (category.score or Fraction(0)),
            tells=needed_checks(situation.profile, category) - told(category.checks),
        )


def _gates(check: Settled) -> bool:
    return check.planned.policy.role in (Role.BLOCKER, Role.REQUIRED)


def _would_tell(check: Settled) -> bool:
    return check.planned.origin is Origin.PROFILE and not is_conclusive(check)


def _need(situation: Situation, groups: Iterable[Group]) -> Need:
    gained, telling, optional = Fraction(0), 0, 0
    for group in groups:
        gained += group.share * group.gain(group.must)
        telling += sum(map(_would_tell, group.must))
        optional += len(group.may)
    return Need(
        gain=situation.profile.thresholds.go - situation.scores.score - gained,
        tells=needed_checks(situation.profile) - told(situation.checks) - telling,
        count=optional - situation.profile.warn_budget,
    )


def _choices(group: Group, most_tells: int) -> Best:
    """Return the best choices of *group* that meet its floor and its minimum.

    Telling counts up to *most_tells*; what is beyond helps nobody.
    """
    floor = group.floor - group.gain(group.must)
    least_tells = max(group.tells - sum(map(_would_tell, group.must)), 0)
    if not group.may:  # The usual case, and worth a short cut.
        return {(0, 0): (Fraction(0), ())} if floor <= 0 and not least_tells else {}
    ranked = sorted(group.may, key=lambda c: (-group.gain((c,)), c.planned.effort.size, c.id))
    silent = tuple(check for check in ranked if _would_tell(check))
    heard = tuple(check for check in ranked if not _would_tell(check))
    from_silent, from_heard = _sums(group, silent), _sums(group, heard)
    best: dict[Key, tuple[Fraction, int, int]] = {}
    for tells in range(least_tells, len(silent) + 1):
        for others in range(len(heard) + 1):
            gain = from_silent[tells] + from_heard[others]
            key = (tells + others, min(tells, most_tells))
            if gain >= floor and (key not in best or best[key][0] < gain):
                best[key] = (gain, tells, others)
    return {
        key: (group.share * gain, silent[:tells] + heard[:others])
        for key, (gain, tells, others) in best.items()
    }


def _sums(group: Group, checks: Choice) -> list[Fraction]:
    """Return what the first 0, 1, 2 … of *checks* gain together."""
    return list(accumulate((group.gain((check,)) for check in checks), initial=Fraction(0)))


def _extended(best: Best, choices: Best, most_tells: int) -> Best:
    """Return the table with the choices of one more category."""
    extended: Best = {}
    for (count, tells), (gain, chosen) in best.items():
        for (more, telling), (gained, choice) in choices.items():
            key = (count + more, min(tells + telling, most_tells))
            if key not in extended or extended[key][0] < gain + gained:
                extended[key] = (gain + gained, chosen + choice)
    return extended
