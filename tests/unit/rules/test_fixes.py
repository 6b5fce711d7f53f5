"""rules.fixes: the shortest list that reaches GO, on examples; the proof is in test_law.py."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

import pytest

from director.model.check import Effort, Role
from director.model.decision import Settled
from director.model.plan import Origin
from director.model.profile import Category, Profile
from director.rules.fixes import shortest_fixes
from director.rules.levels import reasons

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law


def fixes(law: Law, profile: Profile, *checks: Settled) -> list[str] | None:
    """Return the ids of the shortest fixes."""
    found = shortest_fixes(law.situation(profile, *checks))
    return None if found is None else [fix.check for fix in found]


def some(law: Law, number: int, word: str = "passed", **planned: object) -> list[Settled]:
    """Return advisory checks that all said *word*."""
    return [law.settled(f"z.c{n}", word, Role.ADVISORY, **planned) for n in range(number)]


def test_nothing_to_fix_is_an_empty_list(law: Law) -> None:
    """Where the score, floors and budgets hold, nothing needs fixing."""
    profile = law.profile(go="0.75", conditional="0.5", warn_budget=1)

    assert fixes(law, profile, law.settled("a.a", "failed", Role.ADVISORY), *some(law, 3)) == []


def test_every_gap_of_a_blocker_or_a_required_check_is_on_the_list(law: Law) -> None:
    """GO needs every blocker and every required check, whatever the score."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.a", "warned", Role.BLOCKER),
        law.settled("a.b", "warned"),
        law.settled("a.c", "failed", Role.ADVISORY),
        law.settled("a.d", "failed", Role.SHADOW),
        law.settled("a.e", "not_applicable"),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.a", "a.b"]


def test_a_fix_says_what_to_do(law: Law) -> None:
    """A fix carries the title, the remedy and the effort of its check."""
    check = law.settled("a.a", "failed", effort=Effort.LOW)

    found = shortest_fixes(law.situation(law.profile(), check, *some(law, 3)))

    assert found is not None
    assert (found[0].title, found[0].remedy, found[0].effort) == (
        "title of a.a",
        "mend a.a",
        Effort.LOW,
    )


def test_the_easiest_comes_first(law: Law) -> None:
    """The list is ordered by effort, then by check."""
    checks = [
        law.settled("a.a", "failed", effort=Effort.HIGH),
        law.settled("a.b", "failed", effort=Effort.MEDIUM),
        law.settled("a.d", "failed", effort=Effort.LOW),
        law.settled("a.c", "failed", effort=Effort.LOW),
    ]

    assert fixes(law, law.profile(), *checks) == ["a.c", "a.d", "a.b", "a.a"]


def test_the_heaviest_gap_is_the_shortest_way(law: Law) -> None:
    """One heavy fix is shorter than two light ones."""
    profile = law.profile(go="0.9", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.light", "failed", Role.ADVISORY, effort=Effort.LOW),
        law.settled("a.heavy", "failed", Role.ADVISORY, weight=8, effort=Effort.HIGH),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.heavy"]


def test_a_heavy_silent_gap_is_shorter_than_a_light_failed_one(law: Law) -> None:
    """What could not tell and what failed are weighed against each other, not in turn."""
    profile = law.profile(go="0.9", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.light", "failed", Role.ADVISORY, effort=Effort.LOW),
        law.settled("a.heavy", "unknown", Role.ADVISORY, weight=8, effort=Effort.HIGH),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.heavy"]


@pytest.mark.parametrize("heavy", ["x", "y"])
def test_the_heavy_category_is_the_shortest_way(law: Law, heavy: str) -> None:
    """A fix in a heavy category is taken before one in a light one, whatever their order."""
    profile = law.profile(
        Category(name=heavy, weight=Fraction(8)), go="0.8", conditional="0.1", warn_budget=9
    )
    checks = [
        law.settled(f"a.{name}", "failed", Role.ADVISORY, category=name) for name in ("x", "y")
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == [f"a.{heavy}"]


def test_among_equals_the_easiest_is_chosen(law: Law) -> None:
    """Of gaps that gain as much the one with the least effort is fixed."""
    profile = law.profile(go="0.8", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.a", "failed", Role.ADVISORY, effort=Effort.HIGH),
        law.settled("a.b", "failed", Role.ADVISORY, effort=Effort.LOW),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.b"]


def test_half_of_a_warning_is_earned_already(law: Law) -> None:
    """Fixing what failed gains more than fixing what warned."""
    profile = law.profile(go="0.89", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.a", "warned", Role.ADVISORY, effort=Effort.LOW),
        law.settled("a.b", "failed", Role.ADVISORY, effort=Effort.HIGH),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.b"]


@pytest.mark.parametrize(("budget", "number"), [(3, 0), (2, 1), (0, 3)])
def test_gaps_over_the_warn_budget_are_fixed(law: Law, budget: int, number: int) -> None:
    """As many gaps are fixed as exceed the budget, and no more."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=budget)
    checks = [law.settled(f"a.c{n}", "failed", Role.ADVISORY, weight=0) for n in range(3)]

    found = fixes(law, profile, *checks, *some(law, 3))

    assert found is not None
    assert len(found) == number


def test_a_floor_is_reached_in_its_category(law: Law) -> None:
    """A light gap in a category below its floor is fixed before a heavy one elsewhere."""
    profile = law.profile(
        Category(name="x", weight=Fraction(1, 100), floor=Fraction(1, 2)),
        go="0.2",
        conditional="0.1",
        warn_budget=9,
    )
    checks = [
        law.settled("a.a", "failed", Role.ADVISORY, category="x"),
        law.settled("a.b", "failed", Role.ADVISORY, category="x"),
        law.settled("a.heavy", "failed", Role.ADVISORY),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.a"]


def test_what_must_be_fixed_counts_towards_the_floor(law: Law) -> None:
    """A required fix that reaches the floor makes an optional one needless."""
    profile = law.profile(
        Category(name="x", floor=Fraction(1, 2)), go="0.2", conditional="0.1", warn_budget=9
    )
    checks = [
        law.settled("a.a", "failed", category="x"),
        law.settled("a.b", "failed", Role.ADVISORY, category="x"),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.a"]


def test_a_minimum_is_reached_by_what_could_not_tell(law: Law) -> None:
    """Where conclusive checks are missing, a silent one is fixed rather than a failed one."""
    profile = law.profile(go="0.2", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.failed", "failed", Role.ADVISORY, weight=9),
        law.settled("a.silent", "unknown", Role.ADVISORY),
        law.settled("a.ok", "passed", Role.ADVISORY, weight=9),
    ]

    assert fixes(law, profile, *checks) == ["a.silent"]


def test_a_category_minimum_is_reached_in_its_category(law: Law) -> None:
    """The silent check of the category that lacks an answer is fixed, not a heavier one."""
    profile = law.profile(
        Category(name="x", minimum_checks=2), go="0.2", conditional="0.1", warn_budget=9
    )
    checks = [
        law.settled("a.a", "unknown", category="x"),
        law.settled("a.b", "missing", Role.ADVISORY, category="x"),
        law.settled("a.c", "missing", Role.ADVISORY, weight=3),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.a", "a.b"]


@pytest.mark.parametrize(
    "hopeless",
    [
        "too few",
        "empty category",
        "no weight",
        "floor of nothing",
        "manifest only",
        "minimum by manifest",
    ],
)
def test_where_no_fix_helps_there_is_no_list(law: Law, hopeless: str) -> None:
    """What no check of the plan can mend is not promised."""
    gap = law.settled("a.a", "failed", Role.ADVISORY)
    added = [
        law.settled(f"z.c{n}", "unknown", Role.ADVISORY, origin=Origin.MANIFEST) for n in range(9)
    ]
    profile, checks = {
        "too few": (law.profile(), [gap, *some(law, 1)]),
        "empty category": (
            law.profile(Category(name="x", minimum_checks=1)),
            [gap, *some(law, 3)],
        ),
        "no weight": (
            law.profile(Category(name="reliability", weight=Fraction(0))),
            [gap, *some(law, 3)],
        ),
        "floor of nothing": (
            law.profile(Category(name="x", floor=Fraction(1, 2))),
            [gap, *some(law, 3)],
        ),
        "manifest only": (law.profile(), added),
        "minimum by manifest": (
            law.profile(minimum_checks=4, warn_budget=9),
            [*added, *(law.settled(f"y.c{n}", "passed", Role.ADVISORY) for n in range(3))],
        ),
    }[hopeless]

    assert fixes(law, profile, *checks) is None


def test_a_weightless_gap_gains_nothing(law: Law) -> None:
    """A required gap whose category counts for nothing is fixed for its role alone."""
    profile = law.profile(warn_budget=9)
    checks = [law.settled("a.a", "failed", category="x", weight=0), *some(law, 3)]

    assert fixes(law, profile, *checks) == ["a.a"]


def drawn(law: Law, random: Random) -> tuple[Profile, list[Settled]]:
    """Return a state with several gaps, most of them optional, and several things wanting."""
    floors = [None, Fraction(1, 4), Fraction(1, 2), Fraction(5, 6)]
    plain = random.random() < 0.4
    profile = law.profile(
        *(
            Category(
                name=name,
                weight=Fraction(random.choice([0, 1, 1, 2, 5])),
                floor=None if plain else random.choice(floors),
                minimum_checks=0 if plain else random.choice([0, 0, 1, 2, 3]),
            )
            for name in ("w", "x", "y")
        ),
        go=random.choice(["0.4", "0.6", "0.8", "0.95", "1"]),
        conditional="0.2",
        warn_budget=random.choice([0, 1, 2, 3, 6]),
        minimum_checks=3 if plain else random.choice([3, 4, 5, 6]),
    )
    checks = [
        law.settled(
            f"a.{number}",
            random.choice(["passed", "warned", "failed", "failed", "unknown", "missing"]),
            random.choice([Role.ADVISORY] * 6 + [Role.REQUIRED, Role.BLOCKER, Role.SHADOW]),
            category=random.choice("wxyz"),
            weight=random.choice(["0", "0.5", "1", "1", "3"]),
            origin=random.choice([Origin.PROFILE] * 5 + [Origin.MANIFEST]),
            effort=random.choice(list(Effort)),
        )
        for number in range(6)
    ]
    return profile, checks


def mended(law: Law, checks: list[Settled], passed: tuple[str, ...]) -> list[Settled]:
    """Return *checks* as they are once those *passed* have."""
    return [
        replace(check, outcome=law.outcome("passed")) if check.id in passed else check
        for check in checks
    ]


def shortest(law: Law, profile: Profile, checks: list[Settled]) -> list[tuple[str, ...]]:
    """Return every choice of gaps that reaches GO with as few as any; all are tried."""
    gaps = [check.id for check in checks if check.gap]
    for size in range(len(gaps) + 1):
        reaching = [
            choice
            for choice in itertools.combinations(gaps, size)
            if not list(reasons(law.situation(profile, *mended(law, checks, choice))))
        ]
        if reaching:
            return reaching
    return []


def test_no_shorter_list_reaches_go(law: Law) -> None:
    """In a thousand states the list is one of the shortest of all choices that reach GO."""
    lengths = set()
    for seed in range(1000):
        profile, checks = drawn(law, Random(seed))  # noqa: S311  # the same states every time
        choices = shortest(law, profile, checks)
        found = fixes(law, profile, *checks)
        lengths.add(None if found is None else len(found))

        assert (found is None) is (choices == []), seed
        assert found is None or tuple(sorted(found)) in choices, seed

    assert lengths == {None, 0, 1, 2, 3, 4, 5, 6}


def test_of_lists_as_short_the_best_is_chosen(law: Law) -> None:
    """It gains most; of those that gain as much, the first fix that differs is the easier.

    Only where a category weighs nothing and has a floor may it be another of the shortest.
    """
    rivals = 0
    for seed in range(500):
        profile, checks = drawn(law, Random(seed))  # noqa: S311  # the same states every time
        if any(category.floor and not category.weight for category in profile.categories):
            continue
        efforts = {check.id: check.planned.effort.size for check in checks}
        ranked = sorted(
            (
                -law.weigh(profile, mended(law, checks, choice)).score,
                sorted((efforts[check], check) for check in choice),
            )
            for choice in shortest(law, profile, checks)
        )
        found = fixes(law, profile, *checks)
        rivals += len(ranked) > 1 and ranked[0][0] == ranked[1][0]

        assert found == ([check for _, check in ranked[0][1]] if ranked else None), seed

    assert rivals > 20


def test_a_floor_that_weighs_nothing_is_reached_by_the_heaviest(law: Law) -> None:
    """Where a category has a floor but no weight, its heaviest gap is the shortest way."""
    profile = law.profile(
        Category(name="x", weight=Fraction(0), floor=Fraction(1, 2)),
        go="0.2",
        conditional="0.1",
        warn_budget=9,
    )
    checks = [
        law.settled("a.light", "failed", Role.ADVISORY, category="x", effort=Effort.LOW),
        law.settled("a.heavy", "failed", Role.ADVISORY, category="x", weight=3, effort=Effort.HIGH),
    ]

    assert fixes(law, profile, *checks, *some(law, 3)) == ["a.heavy"]


def test_weights_of_a_silent_category_are_kept(law: Law) -> None:
    """A category in which nothing could tell is worth as much to fix as any other."""
    profile = law.profile(go="0.6", conditional="0.1", warn_budget=9)
    checks = [
        law.settled("a.a", "unknown", Role.ADVISORY, category="silent", weight=7),
        law.settled("a.b", "failed", Role.ADVISORY, category="heard"),
        law.settled("a.c", "passed", Role.ADVISORY, category="heard"),
        law.settled("a.d", "passed", Role.ADVISORY, category="heard"),
    ]

    assert fixes(law, profile, *checks) == ["a.a"]


@pytest.mark.parametrize("floor", [None, Fraction(1, 10)], ids=["plain", "with a floor"])
@pytest.mark.parametrize("heavy", ["x", "y"])
def test_of_lists_as_short_the_one_that_gains_most_is_chosen(
    law: Law, floor: Fraction | None, heavy: str
) -> None:
    """Where either fix would do, the one that moves the score further is named."""
    profile = law.profile(
        Category(name="x", weight=Fraction(3 if heavy == "x" else 1), floor=floor),
        Category(name="y", weight=Fraction(3 if heavy == "y" else 1)),
        go="0.5",
        conditional="0.1",
        warn_budget=1,
    )
    checks = [
        law.settled(f"a.{category}", "failed", Role.ADVISORY, category=category)
        for category in ("x", "y")
    ]
    passed = [
        law.settled(f"b.{category}{n}", "passed", Role.ADVISORY, category=category)
        for category in ("x", "y")
        for n in range(3)
    ]

    assert fixes(law, profile, *checks, *passed) == [f"a.{heavy}"]
