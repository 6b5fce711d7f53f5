"""cli.questions: what is asked comes from what is installed."""

from __future__ import annotations

from fractions import Fraction

from director.cli.questions import questions_of
from director.model.catalog import Catalog, Offer, Plugin
from director.model.check import CheckSpec, Role
from director.model.profile import Category, CheckPolicy, Profile, Thresholds


def plugin(name: str, *checks: tuple[str, tuple[str, ...]]) -> Plugin:
    """Return a plugin whose checks read so."""
    specs = (
        CheckSpec(id=f"{name}.{check}", title="T", category="c", why="W", remedy="R", reads=reads)
        for check, reads in checks
    )
    return Plugin(
        name=name,
        distribution=name,
        version="1",
        checks=tuple(Offer(spec) for spec in specs),
    )


def profile(*checks: CheckPolicy, categories: tuple[Category, ...] = ()) -> Profile:
    """Return a profile that asks so."""
    return Profile(
        name="p",
        digest="",
        thresholds=Thresholds(Fraction(9, 10), Fraction(7, 10)),
        checks=checks,
        categories=categories,
    )


def policy(check: str, role: Role = Role.REQUIRED, **more: object) -> CheckPolicy:
    """Return what a profile says of a check in category c."""
    return CheckPolicy(**{"check": check, "category": "c", "role": role, **more})  # type: ignore[arg-type]


def test_each_declaration_is_asked_once() -> None:
    """Two checks that read one declaration make one question, and what is no key makes none."""
    catalog = Catalog(
        (
            plugin("a", ("x", ("declares.logging", "base_url")), ("y", ("declares.nonsense",))),
            plugin("b", ("x", ("declares.logging", "declares.sla"))),
        )
    )

    questions = questions_of(catalog, profile(policy("a.x"), policy("b.x")))

    assert [question.name for question in questions] == ["logging", "sla"]
    assert questions[0].asked_by == "a.x, required"
    assert all(question.in_profile for question in questions)


def test_what_the_profile_asks_comes_first() -> None:
    """A question of others comes last and says that the profile does not ask it."""
    catalog = Catalog((plugin("a", ("x", ("declares.logging",)), ("y", ("declares.sla",))),))

    first, last = questions_of(catalog, profile(policy("a.y")))

    assert (first.name, first.in_profile) == ("sla", True)
    assert (last.name, last.in_profile) == ("logging", False)
    assert last.asked_by == "a.x, not asked by profile p"


def test_the_category_makes_a_question_stricter() -> None:
    """The role that is shown is the one that counts, and a blocker always applies."""
    catalog = Catalog((plugin("a", ("x", ("declares.logging",))),))
    strict = (Category(name="c", role=Role.BLOCKER),)

    (question,) = questions_of(catalog, profile(policy("a.x"), categories=strict))

    assert question.asked_by == "a.x, blocker"
    assert not question.may_not_apply


def test_the_profile_says_what_may_not_apply() -> None:
    """What the profile allows or refuses beats what its role would mean."""
    catalog = Catalog((plugin("a", ("x", ("declares.logging",)), ("y", ("declares.sla",))),))
    checks = (
        policy("a.x", not_applicable_allowed=False),
        policy("a.y", Role.BLOCKER, not_applicable_allowed=True),
    )

    found = {each.name: each.may_not_apply for each in questions_of(catalog, profile(*checks))}

    assert found == {"logging": False, "sla": True}
