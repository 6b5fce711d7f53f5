"""rules.plan: which checks must answer."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from director.model.catalog import Catalog, Disposition, Offer, OptionKind, OptionSpec, Plugin
from director.model.check import CheckSpec, Effort, Role
from director.model.manifest import CheckRequest, Environment, Manifest, Target
from director.model.outcome import Missing, NotApplicable
from director.model.plan import Origin, PlannedCheck
from director.model.profile import Category, CheckPolicy, Need, Profile
from director.rules.plan import plan, stricter

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law


def offer(check: str, role: Role = Role.ADVISORY, *options: OptionSpec) -> Offer:
    """Return an offer of *check*."""
    spec = CheckSpec(
        id=check,
        title=f"title of {check}",
        category="observability",
        why="because",
        remedy=f"mend {check}",
        effort=Effort.HIGH,
        role=role,
        reads=("declares.logging",),
    )
    return Offer(spec, options)


def catalog(*offers: Offer, broken: tuple[Plugin, ...] = ()) -> Catalog:
    """Return a catalog with one whole plugin."""
    whole = Plugin(name="acme", distribution="director-acme", version="1.2", checks=offers)
    return Catalog((whole, *broken))


def target(
    *requests: CheckRequest, environment: Environment | None = None, **fields: str
) -> Target:
    """Return a target whose manifest asks for *requests*."""
    manifest = Manifest(name="pay", digest="sha256:m", owner="team-x", checks=requests, **fields)  # type: ignore[arg-type]  # texts only
    return Target(manifest, environment)


def policy(check: str, role: Role = Role.REQUIRED, **fields: object) -> CheckPolicy:
    """Return a policy for *check*."""
    return CheckPolicy(check=check, category="reliability", role=role, **fields)  # type: ignore[arg-type]  # as the test says


def only(profile: Profile, on: Target, installed: Catalog) -> PlannedCheck:
    """Return the one check of the plan."""
    (check,) = plan(profile, on, installed).checks
    return check


def test_the_plan_is_the_profile_and_what_the_manifest_adds(law: Law) -> None:
    """The plan is the profile's checks and the manifest's, by id; nothing else installed is."""
    profile = law.profile(checks=(policy("acme.b"), policy("acme.a")))
    installed = catalog(offer("acme.a"), offer("acme.b"), offer("acme.c"), offer("acme.d"))

    planned = plan(profile, target(CheckRequest("acme.c")), installed)

    assert [(check.id, check.origin) for check in planned.checks] == [
        ("acme.a", Origin.PROFILE),
        ("acme.b", Origin.PROFILE),
        ("acme.c", Origin.MANIFEST),
    ]
    assert planned.owner == "team-x"


def test_an_empty_profile_plans_nothing(law: Law) -> None:
    """Nothing asked is nothing planned."""
    assert plan(law.profile(), target(), catalog(offer("acme.a"))).checks == ()


def test_a_plan_brings_what_its_checks_weigh(law: Law) -> None:
    """It is worked out once, for all evaluations under this profile that follow the plan."""
    profile = law.profile(checks=(policy("acme.a"),))

    planned = plan(profile, target(), catalog(offer("acme.a")))

    assert planned.weighting is not None
    assert planned.weighting.fits(profile, planned.checks)


def test_a_planned_check_carries_what_its_plugin_says(law: Law) -> None:
    """Title, remedy, effort, what it reads, distribution and version come from the offer."""
    check = only(law.profile(checks=(policy("acme.a"),)), target(), catalog(offer("acme.a")))

    assert (check.title, check.remedy, check.effort) == (
        "title of acme.a",
        "mend acme.a",
        Effort.HIGH,
    )
    assert (check.plugin, check.version, check.answer) == ("director-acme", "1.2", None)
    assert check.reads == ("declares.logging",)


def test_the_profile_fixes_category_and_weight(law: Law) -> None:
    """Category and weight are the profile's, whatever the plugin says of itself."""
    profile = law.profile(checks=(policy("acme.a", weight=Fraction(5)),))

    check = only(profile, target(), catalog(offer("acme.a", Role.BLOCKER)))

    assert check.policy.category == "reliability"
    assert (check.policy.weight, check.policy.role) == (Fraction(5), Role.REQUIRED)


@pytest.mark.parametrize("one", list(Role))
@pytest.mark.parametrize("other", [None, *Role])
def test_the_stricter_role_holds(one: Role, other: Role | None) -> None:
    """Of two roles the one whose failure matters more holds; no role changes nothing."""
    order = [Role.SHADOW, Role.ADVISORY, Role.REQUIRED, Role.BLOCKER]
    held = [one] if other is None else [one, other]

    assert stricter(one, other) is max(held, key=order.index)


def test_a_category_sets_the_least_role(law: Law) -> None:
    """A category's role is the least role of every check in it, third parties' too."""
    category = Category(name="reliability", role=Role.REQUIRED)
    profile = law.profile(
        category, checks=(policy("acme.a", Role.SHADOW), policy("acme.b", Role.BLOCKER))
    )

    planned = plan(profile, target(), catalog(offer("acme.a"), offer("acme.b")))

    assert [check.policy.role for check in planned.checks] == [Role.REQUIRED, Role.BLOCKER]
    assert {check.origin for check in planned.checks} == {Origin.PROFILE}


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (None, Role.REQUIRED),
        (Role.SHADOW, Role.REQUIRED),
        (Role.ADVISORY, Role.REQUIRED),
        (Role.REQUIRED, Role.REQUIRED),
        (Role.BLOCKER, Role.BLOCKER),
    ],
)
def test_a_manifest_raises_a_role_and_never_lowers_it(
    law: Law, asked: Role | None, held: Role
) -> None:
    """A manifest may make a check's role stricter, never looser."""
    profile = law.profile(checks=(policy("acme.a"),))

    check = only(profile, target(CheckRequest("acme.a", asked)), catalog(offer("acme.a")))

    assert check.policy.role is held
    assert check.origin is Origin.PROFILE


@pytest.mark.parametrize(
    ("asked", "origin"),
    [
        (Role.SHADOW, Origin.PROFILE),
        (Role.ADVISORY, Origin.MANIFEST),
        (Role.BLOCKER, Origin.MANIFEST),
    ],
)
def test_a_shadow_check_that_a_manifest_raises_is_the_manifests(
    law: Law, asked: Role, origin: Origin
) -> None:
    """A check that only the manifest makes count weighs nothing, like one that it adds."""
    profile = law.profile(checks=(policy("acme.a", Role.SHADOW),))

    check = only(profile, target(CheckRequest("acme.a", asked)), catalog(offer("acme.a")))

    assert (check.policy.role, check.origin) == (asked, origin)


def test_an_added_check_counts_as_its_plugin_says(law: Law) -> None:
    """A check that only the manifest asks for has its plugin's category and role."""
    check = only(law.profile(), target(CheckRequest("acme.a")), catalog(offer("acme.a")))

    assert (check.policy.category, check.policy.role) == ("observability", Role.ADVISORY)
    assert (check.policy.weight, check.origin) == (Fraction(1), Origin.MANIFEST)


def test_an_added_check_obeys_its_category_and_its_request(law: Law) -> None:
    """The least role of its category, and a stricter wish, hold for an added check too."""
    profile = law.profile(Category(name="observability", role=Role.REQUIRED))
    installed = catalog(offer("acme.a"), offer("acme.b"))

    planned = plan(
        profile, target(CheckRequest("acme.a"), CheckRequest("acme.b", Role.BLOCKER)), installed
    )

    assert [check.policy.role for check in planned.checks] == [Role.REQUIRED, Role.BLOCKER]


def test_an_added_check_that_nobody_offers_is_required_and_missing(law: Law) -> None:
    """Asking for what is not installed never helps."""
    check = only(law.profile(), target(CheckRequest("ghost.a")), catalog())

    assert (check.policy.category, check.policy.role) == ("other", Role.REQUIRED)
    assert isinstance(check.answer, Missing)


def test_a_check_that_nobody_offers_stays_in_the_plan(law: Law) -> None:
    """A check that disappears is missing, under its own id, and says so."""
    check = only(law.profile(checks=(policy("ghost.a"),)), target(), catalog())

    assert check.answer == Missing("no installed plugin offers ghost.a", "not_installed")
    assert (check.title, check.plugin) == ("ghost.a", "")


@pytest.mark.parametrize(
    ("slip", "named"), [("acme.helth", True), ("acmee.health", True), ("zz.health", False)]
)
def test_a_near_miss_is_named(law: Law, slip: str, named: bool) -> None:
    """A check id that is nearly right comes with the right one, unless its plugin is no slip."""
    check = only(law.profile(checks=(policy(slip),)), target(), catalog(offer("acme.health")))

    assert check.answer is not None
    assert check.answer.reason.endswith("did you mean acme.health?") is named


@pytest.mark.parametrize("disposition", [Disposition.BROKEN, Disposition.REFUSED])
def test_a_check_of_a_broken_plugin_says_which(law: Law, disposition: Disposition) -> None:
    """A missing check names the plugin that should have offered it, and what became of it."""
    bad = Plugin(
        name="ghost",
        distribution="director-ghost",
        version="1",
        disposition=disposition,
        code="import_failed",
        detail="no module named x",
    )

    check = only(law.profile(checks=(policy("ghost.a"),)), target(), catalog(broken=(bad,)))

    assert check.answer == Missing(
        f"plugin director-ghost is {disposition}: no module named x", f"plugin_{disposition}"
    )


def test_options_are_the_defaults_then_the_profiles_then_the_manifests(law: Law) -> None:
    """The later wins: the check's default, the profile, the manifest."""
    options = [OptionSpec(name=name, kind=OptionKind.INTEGER, default=0) for name in "cba"]
    profile = law.profile(checks=(policy("acme.a", options=(("a", 1), ("b", 1))),))
    request = CheckRequest("acme.a", options=(("b", 2),))

    check = only(profile, target(request), catalog(offer("acme.a", Role.ADVISORY, *options)))

    assert check.options == (("a", 1), ("b", 2), ("c", 0))


@pytest.mark.parametrize(
    ("need", "without", "holding"),
    [
        (Need.BASE_URL, target(), target(environment=Environment("p", "https://x"))),
        (Need.BASE_URL, target(environment=Environment("p")), None),
        (Need.ARTIFACT, target(), target(artifact="sha256:a")),
        (Need.ENVIRONMENT, target(), target(environment=Environment("p"))),
    ],
    ids=["base_url", "environment without base_url", "artifact", "environment"],
)
def test_a_check_whose_need_is_not_met_does_not_apply(
    law: Law, need: Need, without: Target, holding: Target | None
) -> None:
    """Where ``when`` does not hold, the check is not applicable, and says why."""
    profile = law.profile(checks=(policy("acme.a", when=need),))
    installed = catalog(offer("acme.a"))

    answer = only(profile, without, installed).answer

    assert isinstance(answer, NotApplicable)
    assert answer.reason
    assert holding is None or only(profile, holding, installed).answer is None


def test_missing_outweighs_not_applicable(law: Law) -> None:
    """A check that nobody offers is missing even where it would not apply."""
    profile = law.profile(checks=(policy("ghost.a", when=Need.BASE_URL),))

    assert isinstance(only(profile, target(), catalog()).answer, Missing)
