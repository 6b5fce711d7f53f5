"""The shortest list of fixes that reaches GO. Pure, and exact: no shorter list does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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

Key = tuple[int, int]
"""A number of fixes, and how many of them make a check tell."""
Best = dict[Key, tuple[int, int]]
"""For each key the best choice of so many fixes: the half units of score that they gain, and
their bits. The greater is the better, see `_bits`."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the optional fixes must add up to, once all that must pass has.

    Attributes:
        gain: Score still missing, in half units.
        tells: Conclusive checks still missing; 0 if none is.
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
        floor: Credit missing to its floor once all that must pass has, in half grains; 0 if
            none is.
        tells: Conclusive checks missing to its minimum once all that must pass has; 0 if none
            is.
    """

    must: tuple[Settled, ...]
    may: tuple[Settled, ...]
    scale: Scale
    worth: int
    floor: int
    tells: int


def shortest_fixes(situation: Situation) -> tuple[Fix, ...] | None:
    """Return the fewest gaps that, once passed, make the decision GO; the easiest first.

    Every gap of a blocker or a required check is on the list: GO needs them all. Of the other
    gaps it takes as few as reach the thresholds, floors and budgets. Because a fix adds a
    fixed amount to the score, the best k gaps of a kind within a category are its k heaviest,
    and a table over (number of fixes, number that make a check tell) finds the optimum.

    Of lists as short it is the one that gains most, and of those the one whose first fix that
    the other does not have is the easier, or the first by name. A category that weighs nothing
    and lacks credit to its floor is fixed from its heaviest gap on.

    Returns:
        The list, empty if nothing needs fixing; None if no list of fixes to these checks
        reaches GO, for example because too few are planned.
    """
    if _only_score_is_wanting(situation):
        return _heaviest(situation)
    groups = tuple(_groups(situation))
    need = _need(situation, groups)
    bits = _bits(groups)
    best: Best = {(0, 0): (0, 0)}
    for group in groups:
        best = _extended(best, _choices(group, need.tells, bits), need.tells)
    # Telling is counted up to what is needed, so that there is one entry for each number.
    reaching = {
        count: chosen
        for (count, tells), (gain, chosen) in best.items()
        if gain >= need.gain and tells >= need.tells and count >= need.count
    }
    if not reaching:
        return None
    chosen = reaching[min(reaching)]
    must = [check for group in groups for check in group.must]
    may = [check for group in groups for check in group.may if bits[check.id] & chosen]
    return _listed((*must, *may))


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


def _bits(groups: Iterable[Group]) -> dict[str, int]:
    """Return a bit for each optional gap, the highest for the easiest and first by name.

    Of two choices of as many the one with the greater number has, of the fixes that only one of
    them has, the easiest.
    """
    gaps = [check for group in groups for check in group.may]
    gaps.sort(key=lambda check: (check.planned.effort.size, check.id), reverse=True)
    return {check.id: 1 << place for place, check in enumerate(gaps)}


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
        must = tuple([check for check in mine if _gates(check)])
        floor = max(_below_floor(category, scale) - sum(map(scale.half_gain, must)), 0)
        tells = max(category.minimum_checks - category.told - sum(map(_would_tell, must)), 0)
        if mine or floor or tells:
            yield Group(
                must=must,
                may=tuple([check for check in mine if not _gates(check)]),
                scale=scale,
                worth=scale.worth.get(category.name, 0),
                floor=floor,
                tells=tells,
            )


def _below_floor(category: CategoryScore, scale: Scale) -> int:
    """Return how much credit *category* lacks to its floor, in half grains."""
    if not category.floor:
        return 0
    if category.score is None:
        return 1  # Nothing in it weighs, so nothing can gain it.
    halves = 2 * sum(scale.weight(check) for check in category.checks if check.counts)
    return ceil(category.floor * halves) - int(category.score * halves)


def _gates(check: Settled) -> bool:
    return check.planned.policy.role in _GATING


def _would_tell(check: Settled) -> bool:
    return check.planned.origin is _PROFILE and not is_conclusive(check)


def _need(situation: Situation, groups: Iterable[Group]) -> Need:
    scale = situation.scores.scale
    gained, telling, optional = scale.half_units, 0, 0
    for group in groups:
        gained += group.worth * sum(map(scale.half_gain, group.must))
        telling += sum(map(_would_tell, group.must))
        optional += len(group.may)
    return Need(
        gain=scale.half_units_of(situation.profile.thresholds.go) - gained,
        tells=max(situation.profile.minimum_checks - situation.scores.told - telling, 0),
        count=optional - situation.profile.warn_budget,
    )


def _choices(group: Group, most_tells: int, bits: Mapping[str, int]) -> Best:
    """Return the best choices of *group* that meet its floor and its minimum.

    Telling counts up to *most_tells*; what is beyond helps nobody.
    """
    if not group.may:  # The usual case, and worth a short cut.
        return {} if group.floor or group.tells else {(0, 0): (0, 0)}
    ranked = _ranked(group)
    silent = _firsts([check for check in ranked if _would_tell(check)], group.scale, bits)
    heard = _firsts([check for check in ranked if not _would_tell(check)], group.scale, bits)
    best: Best = {}
    for tells in range(group.tells, len(silent)):
        for others in range(len(heard)):
            gain = silent[tells][0] + heard[others][0]
            if gain >= group.floor:
                key = (tells + others, min(tells, most_tells))
                found = (group.worth * gain, silent[tells][1] + heard[others][1])
                best[key] = max(best.get(key, found), found)
    return best


def _ranked(group: Group) -> list[Settled]:
    """Return the optional gaps of *group* in the order in which to fix them."""

    def rank(check: Settled) -> tuple[int, int, str]:
        # Where a category weighs nothing, credit is of use for its floor alone.
        gain = group.scale.half_gain(check) if group.worth or group.floor else 0
        return -gain, check.planned.effort.size, check.id

    return sorted(group.may, key=rank)


def _firsts(checks: list[Settled], scale: Scale, bits: Mapping[str, int]) -> list[tuple[int, int]]:
    """Return what the first 0, 1, 2 … of *checks* gain together, and their bits."""
    gains = accumulate(map(scale.half_gain, checks), initial=0)
    return list(zip(gains, accumulate([bits[c.id] for c in checks], initial=0), strict=True))


def _extended(best: Best, choices: Best, most_tells: int) -> Best:
    """Return the table with the choices of one more category."""
    extended: Best = {}
    for (count, tells), (gain, chosen) in best.items():
        for (more, telling), (gained, choice) in choices.items():
            key = (count + more, min(tells + telling, most_tells))
            found = (gain + gained, chosen + choice)
            extended[key] = max(extended.get(key, found), found)
    return extended
