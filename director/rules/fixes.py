"""The shortest list of fixes that reaches GO. Pure, and exact: no shorter list does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import ceil

from director.model.check import Role
from director.model.decision import CategoryScore, Fix, Settled
from director.model.plan import Origin
from director.model.value import dataclass
from director.rules.levels import Situation
from director.rules.remedies import remedy
from director.rules.score import Scale, is_conclusive

# Looked up once: a member of an enum is a function call away.
_GATING = frozenset((Role.BLOCKER, Role.REQUIRED))
_PROFILE = Origin.PROFILE

Choice = tuple[Settled, ...]
Key = tuple[int, int]
"""A number of fixes, and how many of them make a check tell."""
Best = dict[Key, tuple[int, Choice]]
"""For each key: the most half units of score that so many fixes gain, and which they are."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the optional fixes must add up to.

    Attributes:
        gain: Score still missing, in half units.
        tells: Conclusive checks still missing.
        count: Gaps over the warn budget.
    """

    gain: int
    tells: int
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The gaps of one category.

    Attributes:
        must: Those that GO needs in any case.
        may: The others.
        scale: What scores are counted in.
        worth: How many units of the score one of its grains is.
        floor: Credit still missing to its floor, in half grains.
        tells: Conclusive checks still missing to its minimum.
    """

    must: Choice
    may: Choice
    scale: Scale
    worth: int
    floor: int
    tells: int

    @property
    def floor_left(self) -> int:
        """How much credit is missing to the floor once all that must pass has, in half grains."""
        return self.floor - self.gain(self.must) if self.floor > 0 else 0

    @property
    def tells_left(self) -> int:
        """How many checks are missing to the minimum once all that must pass has."""
        return self.tells - sum(map(_would_tell, self.must)) if self.tells > 0 else 0

    @property
    def lacking(self) -> int:
        """Whether the category itself needs more than what must pass; over 0 if it does."""
        return max(self.floor_left, self.tells_left)

    def gain(self, checks: Iterable[Settled]) -> int:
        """Return how much credit *checks* gain if they pass, in half grains."""
        return sum(map(self.scale.half_gain, checks))


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
    if _only_score_is_wanting(situation):
        return _heaviest(situation)
    groups = tuple(_groups(situation))
    need = _need(situation, groups)
    best: Best = {(0, 0): (0, ())}
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
    return _listed((*(check for group in groups for check in group.must), *choice))


def _only_score_is_wanting(situation: Situation) -> bool:
    """Return whether nothing but score and budgets can be wanting: the usual case."""
    if situation.scores.told < situation.profile.minimum_checks:
        return False
    for category in situation.scores.categories:
        if category.floor or category.told < category.minimum_checks:
            return False
    return True


def _heaviest(situation: Situation) -> tuple[Fix, ...] | None:
    """Return the shortest list where only score and budget are wanting: the heaviest gaps."""
    scale = situation.scores.scale
    chosen: list[Settled] = []
    optional: list[tuple[int, int, str, Settled]] = []
    gained = scale.half_units
    for check in situation.gaps:
        gain = scale.worth.get(check.planned.policy.category, 0) * scale.half_gain(check)
        if _gates(check):
            gained += gain
            chosen.append(check)
        else:
            optional.append((-gain, check.planned.effort.size, check.id, check))
    needed = scale.half_units_of(situation.profile.thresholds.go)
    tolerated = situation.profile.warn_budget
    left = len(optional)
    for gain, _, _, check in sorted(optional):
        if gained >= needed and left <= tolerated:
            break
        gained -= gain
        left -= 1
        chosen.append(check)
    return _listed(chosen) if gained >= needed else None


def _listed(checks: Iterable[Settled]) -> tuple[Fix, ...]:
    return tuple(sorted(map(_fix, checks), key=lambda fix: (fix.effort.size, fix.check)))


def _fix(check: Settled) -> Fix:
    planned = check.planned
    return Fix(check=check.id, title=planned.title, remedy=remedy(check), effort=planned.effort)


def _groups(situation: Situation) -> Iterator[Group]:
    """Yield a group for each category in which there is something to fix."""
    scale = situation.scores.scale
    gaps: dict[str, list[Settled]] = {}
    for check in situation.gaps:
        gaps.setdefault(check.planned.policy.category, []).append(check)
    for category in situation.scores.categories:
        mine = gaps.get(category.name, ())
        floor = _below_floor(category, scale) if category.floor else 0
        tells = category.minimum_checks - category.told if category.minimum_checks else 0
        if mine or floor > 0 or tells > 0:
            yield Group(
                must=tuple([check for check in mine if _gates(check)]),
                may=tuple([check for check in mine if not _gates(check)]),
                scale=scale,
                worth=scale.worth.get(category.name, 0),
                floor=floor,
                tells=tells,
            )


def _below_floor(category: CategoryScore, scale: Scale) -> int:
    """Return how much credit *category* lacks to its floor, in half grains."""
    if category.score is None:
        return 1  # Nothing in it weighs, so nothing can gain it.
    halves = 2 * sum(scale.weight(check) for check in category.checks if check.counts)
    return ceil((category.floor or 0) * halves) - int(category.score * halves)


def _gates(check: Settled) -> bool:
    return check.planned.policy.role in _GATING


def _would_tell(check: Settled) -> bool:
    return check.planned.origin is _PROFILE and not is_conclusive(check)


def _need(situation: Situation, groups: Iterable[Group]) -> Need:
    scale = situation.scores.scale
    gained, telling, optional = scale.half_units, 0, 0
    for group in groups:
        gained += group.worth * group.gain(group.must)
        telling += sum(map(_would_tell, group.must))
        optional += len(group.may)
    return Need(
        gain=scale.half_units_of(situation.profile.thresholds.go) - gained,
        tells=situation.profile.minimum_checks - situation.scores.told - telling,
        count=optional - situation.profile.warn_budget,
    )


def _choices(group: Group, most_tells: int) -> Best:
    """Return the best choices of *group* that meet its floor and its minimum.

    Telling counts up to *most_tells*; what is beyond helps nobody.
    """
    floor, least_tells = group.floor_left, max(group.tells_left, 0)
    if not group.may:  # The usual case, and worth a short cut.
        return {(0, 0): (0, ())} if group.lacking <= 0 else {}
    ranked = sorted(
        group.may, key=lambda c: (-group.scale.half_gain(c), c.planned.effort.size, c.id)
    )
    silent = tuple(check for check in ranked if _would_tell(check))
    heard = tuple(check for check in ranked if not _would_tell(check))
    from_silent, from_heard = _sums(group, silent), _sums(group, heard)
    best: dict[Key, tuple[int, int, int]] = {}
    for tells in range(least_tells, len(silent) + 1):
        for others in range(len(heard) + 1):
            gain = from_silent[tells] + from_heard[others]
            key = (tells + others, min(tells, most_tells))
            if gain >= floor and (key not in best or best[key][0] < gain):
                best[key] = (gain, tells, others)
    return {
        key: (group.worth * gain, silent[:tells] + heard[:others])
        for key, (gain, tells, others) in best.items()
    }


def _sums(group: Group, checks: Choice) -> list[int]:
    """Return what the first 0, 1, 2 … of *checks* gain together."""
    return list(accumulate(map(group.scale.half_gain, checks), initial=0))


def _extended(best: Best, choices: Best, most_tells: int) -> Best:
    """Return the table with the choices of one more category."""
    extended: Best = {}
    for (count, tells), (gain, chosen) in best.items():
        for (more, telling), (gained, choice) in choices.items():
            key = (count + more, min(tells + telling, most_tells))
            if key not in extended or extended[key][0] < gain + gained:
                extended[key] = (gain + gained, chosen + choice)
    return extended
