"""rules.score: how much of what was asked is so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.check import Role
from director.model.decision import Settled
from director.model.outcome import Word
from director.model.plan import Origin
from director.model.profile import Category
from director.rules.score import Scores, is_conclusive

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)


def by_name(scores: Scores) -> dict[str, Fraction | None]:
    """Return the score of each category."""
    return {category.name: category.score for category in scores.categories}


def probed(law: Law, check: Settled) -> Settled:
    """Return *check* with evidence from a probe beside what was declared."""
    assert check.result is not None
    evidence = (law.evidence(None), law.evidence(None, "probed"))
    return replace(check, result=replace(check.result, evidence=evidence))


@pytest.mark.parametrize(
    ("word", "credit", "conclusive"),
    [
        ("passed", Fraction(1), True),
        ("warned", HALF, True),
        ("failed", Fraction(0), True),
        ("unknown", Fraction(0), False),
        ("errored", Fraction(0), False),
        ("missing", Fraction(0), False),
    ],
)
def test_credit(law: Law, word: str, credit: Fraction, conclusive: bool) -> None:
    """Passed earns 1, warned ½, everything else 0 and stays in the denominator."""
    checks = (law.settled("a.a", word), law.settled("a.b", "passed"))

    scores = law.weigh(law.profile(), checks)

    assert scores.score == (credit + 1) / 2
    assert scores.coverage == (Fraction(1) if conclusive else HALF)
    assert is_conclusive(checks[0]) is conclusive


@pytest.mark.parametrize(
    "left_out",
    [("failed", Role.SHADOW), ("passed", Role.SHADOW), ("not_applicable", Role.REQUIRED)],
    ids=str,
)
def test_what_does_not_count_is_not_in_the_denominator(
    law: Law, left_out: tuple[str, Role]
) -> None:
    """Shadow and validly not applicable checks change no figure, but are listed."""
    counting = law.settled("a.a", "warned")

    scores = law.weigh(law.profile(), (counting, law.settled("a.b", left_out[0], left_out[1])))

    assert (scores.score, scores.coverage, scores.verified) == (HALF, ONE, ZERO)
    assert [check.id for check in scores.categories[0].checks] == ["a.a", "a.b"]


def test_checks_weigh_within_their_category(law: Law) -> None:
    """A category's score is the weighted credit over the weight of its counting checks."""
    checks = (law.settled("a.a", "passed", weight=3), law.settled("a.b", "failed"))

    assert by_name(law.weigh(law.profile(), checks)) == {"reliability": Fraction(3, 4)}


def test_fractional_weights_are_exact(law: Law) -> None:
    """A weight of 0.1 is a tenth, not the float that is nearly one."""
    checks = tuple(law.settled(f"a.c{n}", "passed", weight="0.1") for n in range(10))
    checks += (law.settled("a.d", "failed", weight="0.5"),)

    assert law.weigh(law.profile(), checks).score == Fraction(2, 3)


def test_categories_weigh_in_the_score(law: Law) -> None:
    """The score is the weighted category score over categories with counting weight."""
    profile = law.profile(
        Category(name="x", weight=Fraction(3)),
        Category(name="y", weight=Fraction(1)),
        Category(name="nothing in it", weight=Fraction(100)),
    )
    checks = (
        law.settled("a.a", "passed", category="x"),
        law.settled("a.b", "failed", category="y"),
        law.settled("a.c", "passed", category="y"),
    )

    scores = law.weigh(profile, checks)

    assert scores.score == Fraction(7, 8)
    assert by_name(scores) == {"nothing in it": None, "x": 1, "y": HALF}


def test_a_category_the_profile_does_not_list_weighs_one(law: Law) -> None:
    """Unlisted categories weigh 1 and have no floor."""
    profile = law.profile(Category(name="x", weight=Fraction(3)))
    checks = (
        law.settled("a.a", "passed", category="x"),
        law.settled("a.b", "failed", category="new"),
    )

    scores = law.weigh(profile, checks)

    assert scores.score == Fraction(3, 4)
    assert [(c.name, c.weight, c.floor) for c in scores.categories] == [
        ("new", ONE, None),
        ("x", Fraction(3), None),
    ]


@pytest.mark.parametrize("number", [1, 3, 7, 49])
def test_all_passed_is_exactly_one(law: Law, number: int) -> None:
    """All passed is 1, whatever the weights."""
    checks = tuple(
        law.settled(f"a.c{n}", "passed", weight=Fraction(1, n + 1), category=f"c{n % 3}")
        for n in range(number)
    )

    assert law.weigh(law.profile(), checks).score == 1


@pytest.mark.parametrize(
    "checks",
    [[], ["shadow"], ["weightless"], ["exempt"]],
    ids=["nothing planned", "shadow only", "zero weight only", "not applicable only"],
)
def test_nothing_that_counts_scores_nothing(law: Law, checks: list[str]) -> None:
    """No counting weight is a score of 0, never a division and never 1."""
    kinds = {
        "shadow": law.settled("a.a", "passed", Role.SHADOW),
        "weightless": law.settled("a.a", "passed", weight=0),
        "exempt": law.settled("a.a", "not_applicable"),
    }

    scores = law.weigh(law.profile(), [kinds[name] for name in checks])

    assert (scores.score, scores.coverage, scores.verified) == (ZERO, ZERO, ZERO)
    assert all(category.score is None for category in scores.categories)


def test_a_category_of_no_weight_carries_nothing(law: Law) -> None:
    """A category that weighs 0 has a score of its own but no part in the whole."""
    profile = law.profile(Category(name="x", weight=Fraction(0)))

    scores = law.weigh(profile, [law.settled("a.a", "passed", category="x")])

    assert scores.score == 0
    assert by_name(scores) == {"x": 1}


def test_scaling_all_weights_changes_nothing(law: Law) -> None:
    """Only the ratio of weights counts; a huge weight is exact too."""

    def score(scale: Fraction) -> Fraction:
        checks = (
            law.settled("a.a", "passed", weight=scale * 2),
            law.settled("a.b", "failed", weight=scale),
        )
        return law.weigh(law.profile(), checks).score

    assert score(Fraction(1)) == score(Fraction(10**400)) == score(Fraction(1, 10**400))


def test_what_a_manifest_adds_weighs_nothing(law: Law) -> None:
    """A check of the manifest neither lifts nor lowers any figure."""
    added = law.settled("a.b", "passed", origin=Origin.MANIFEST, weight=5)

    scores = law.weigh(law.profile(), [law.settled("a.a", "failed"), probed(law, added)])

    assert scores.scale.weight(added) == 0
    assert (scores.score, scores.coverage, scores.verified) == (ZERO, ONE, ZERO)


def test_verified_is_what_a_probe_answered(law: Law) -> None:
    """Only conclusive counting checks with evidence of our own probe are verified."""
    checks = (
        probed(law, law.settled("a.a", "passed", weight=2)),
        probed(law, law.settled("a.b", "unknown")),
        law.settled("a.c", "passed"),
        probed(law, law.settled("a.d", "failed")),
    )

    scores = law.weigh(law.profile(), checks)

    assert scores.verified == Fraction(3, 5)
    assert scores.coverage == Fraction(4, 5)


def test_a_check_without_result_is_not_verified(law: Law) -> None:
    """What never came was not seen by a probe."""
    check = replace(law.settled("a.a", "missing"), result=None)

    assert law.weigh(law.profile(), [check]).verified == 0


@pytest.mark.parametrize("word", list(Word))
def test_only_what_could_tell_is_conclusive(law: Law, word: Word) -> None:
    """Passed, warned and failed tell; nothing else does."""
    assert is_conclusive(law.settled("a.a", word)) is (word in {"passed", "warned", "failed"})


def test_verified_adds_up_over_categories(law: Law) -> None:
    """What a probe answered counts in each category, by its weight."""
    profile = law.profile(Category(name="x", weight=Fraction(3)), Category(name="y"))
    checks = [
        probed(law, law.settled("a.a", "passed", category="x")),
        law.settled("a.b", "passed", category="x"),
        probed(law, law.settled("a.c", "failed", category="y")),
    ]

    assert law.weigh(profile, checks).verified == Fraction(5, 8)
