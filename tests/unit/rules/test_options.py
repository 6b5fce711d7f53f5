"""rules.options: what a manifest may set, and what it may not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import pytest

from director.model.catalog import Catalog, Offer, OptionKind, OptionSpec, Plugin
from director.model.check import CheckSpec, Role, Tighter
from director.model.manifest import CheckRequest, Grown, Manifest, Option, Scalar
from director.model.plan import Origin
from director.model.profile import Category, CheckPolicy
from director.rules.options import OptionProblem, option_problems

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

LOWER = OptionSpec(name="budget_s", kind=OptionKind.NUMBER, default=1.0, tighter=Tighter.LOWER)
HIGHER = OptionSpec(name="least", kind=OptionKind.INTEGER, default=10, tighter=Tighter.HIGHER)
PATH = OptionSpec(name="path", kind=OptionKind.TEXT, default="/")
FOLLOW = OptionSpec(name="follow", kind=OptionKind.BOOLEAN, default=False)


def problems(
    law: Law,
    *asked: Option,
    held: tuple[Option, ...] | None = (),
    options: tuple[OptionSpec, ...] = (LOWER, HIGHER, PATH, FOLLOW),
) -> tuple[OptionProblem, ...]:
    """Return what is wrong if the manifest asks for *asked* and the profile holds *held*.

    With *held* None the profile does not name the check.
    """
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, options),))
    policies = (
        ()
        if held is None
        else (CheckPolicy(check="acme.a", category="c", role=Role.REQUIRED, options=held),)
    )
    requests = (CheckRequest("acme.a", options=asked),) if asked else ()
    manifest = Manifest(name="pay", digest="", checks=requests)
    return option_problems(law.profile(checks=policies), manifest, Catalog((plugin,)))


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("path", "/x", True),
        ("path", 1, False),
        ("follow", True, True),
        ("follow", 1, False),
        ("follow", "true", False),
        ("least", 10, True),
        ("least", 10.0, False),
        ("least", True, False),
        ("budget_s", 1, True),
        ("budget_s", 0.5, True),
        ("budget_s", "0.5", False),
        ("budget_s", False, False),
        ("budget_s", math.nan, False),
        ("budget_s", -math.inf, False),
        ("budget_s", math.inf, False),
    ],
)
@pytest.mark.parametrize("origin", list(Origin))
def test_an_option_has_its_kind(
    law: Law, name: str, value: Scalar, fine: bool, origin: Origin
) -> None:
    """An option is of the kind the check declares, whoever sets it; NaN is no number."""
    if origin is Origin.PROFILE:
        found = problems(law, held=((name, value),))
    else:
        found = problems(law, (name, value))

    assert [problem.origin for problem in found] == ([] if fine else [origin])
    says = {
        "path": f"must be a text, got {value!r}",
        "follow": f"must be true or false, got {value!r}",
        "least": f"must be a whole number, got {value!r}",
        "budget_s": f"must be a finite number, got {value!r}",
    }
    assert all((p.check, p.name, p.problem) == ("acme.a", name, says[name]) for p in found)


@pytest.mark.parametrize("held", [None, ()], ids=["added", "planned"])
def test_an_unknown_option_comes_with_the_right_one(
    law: Law, held: tuple[Option, ...] | None
) -> None:
    """A misspelt option is refused and the near one is named."""
    (found,) = problems(law, ("budgt_s", 0.5), held=held)

    assert found == OptionProblem(
        Origin.MANIFEST,
        "acme.a",
        "budgt_s",
        "unknown option 'budgt_s', did you mean 'budget_s'?",
    )


def test_an_unknown_option_comes_with_the_known_ones(law: Law) -> None:
    """Where nothing is near, what is known is listed."""
    (found,) = problems(law, held=(("zzz", 1),))

    assert found.problem == "unknown option 'zzz', known are budget_s, follow, least, path"


WISH = OptionSpec(name="expect", kind=OptionKind.EXPECTATION, default="")


def reads_even(text: str) -> str:
    """Understand texts of an even length."""
    return f"must be even, got {text}" if len(text) % 2 else ""


@pytest.mark.parametrize("by", list(Origin), ids=str)
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", None),
        ("ab", None),
        ("abc", "must be even, got abc"),
        ("a\nb", "must be even, got a b"),
        (7, "must be a text that says what is expected, got 7"),
        (True, "must be a text that says what is expected, got True"),
    ],
)
def test_an_expectation_is_read_with_the_manifest(
    law: Law, by: Origin, value: Scalar, problem: str | None
) -> None:
    """What cannot be understood is refused where it was written; nothing is always understood."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (WISH,)),))
    set_ = (("expect", value),)
    of_profile = set_ if by is Origin.PROFILE else ()
    policy = CheckPolicy(check="acme.a", category="c", role=Role.REQUIRED, options=of_profile)
    requests = () if of_profile else (CheckRequest("acme.a", options=set_),)
    manifest = Manifest(name="pay", digest="", checks=requests)
    arguments = (law.profile(checks=(policy,)), manifest, Catalog((plugin,)))

    found = option_problems(*arguments, reads_even)
    unread = option_problems(*arguments)

    expected = () if problem is None else (OptionProblem(by, "acme.a", "expect", problem),)
    assert found == expected
    assert bool(unread) is (value != "")


Trouble: TypeAlias = Sequence[tuple[str, tuple[str | int, ...]]]
"""Problems, each with the way to it."""


@pytest.mark.parametrize(
    ("kind", "leaves", "expected"),
    [
        (OptionKind.EXPECTATION, ("ab", "cd"), ()),
        (OptionKind.EXPECTATION, ("abc", "cd"), [("must be even, got abc", ("all", 0))]),
        (
            OptionKind.EXPECTATION,
            ("abc", "c"),
            [("must be even, got abc", ("all", 0)), ("must be even, got c", ("all", 1))],
        ),
        (OptionKind.TEXT, ("ab", "cd"), [("must be a text, got a tree of expectations", ())]),
    ],
)
def test_each_leaf_of_a_tree_is_read_by_itself(
    law: Law, kind: OptionKind, leaves: tuple[str, str], expected: Trouble
) -> None:
    """A fault is that of the leaf, with the way to it; what takes no expectation takes no tree."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    wish = OptionSpec(name="expect", kind=kind, default="")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (wish,)),))
    grown = Grown("expect", tuple((("all", index), leaf) for index, leaf in enumerate(leaves)))
    # What is wrong with a leaf is said once, though it is wrong with the whole as well.
    text = "a tree, and odd" if expected else "the whole tree"
    request = CheckRequest("acme.a", options=(("expect", text),), grown=(grown,))
    manifest = Manifest(name="pay", digest="", checks=(request,))
    policy = CheckPolicy(check="acme.a", category="c", role=Role.REQUIRED)

    found = option_problems(law.profile(checks=(policy,)), manifest, Catalog((plugin,)), reads_even)

    assert found == tuple(
        OptionProblem(Origin.MANIFEST, "acme.a", "expect", problem, way)
        for problem, way in expected
    )


def test_a_tree_as_a_whole_is_read_too(law: Law) -> None:
    """What is wrong with no leaf may be wrong with all of them together: the option is named."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (WISH,)),))
    grown = Grown("expect", (((0,), "ab"),))
    request = CheckRequest("acme.a", options=(("expect", "(ab)!"),), grown=(grown,))
    # The slip comes first: what follows it is looked at all the same.
    slip = CheckRequest(
        "acme.a",
        options=(("expct", "(ab)"), ("expect", "(ab)")),
        grown=(Grown("expct", ()), Grown("expect", (((), "abc"),))),
    )

    whole, unknown = (
        option_problems(
            law.profile(), Manifest(name="pay", digest="", checks=(each,)), Catalog((plugin,)),
            reads_even,
        )
        for each in (request, slip)
    )  # fmt: skip

    assert whole == (OptionProblem(Origin.MANIFEST, "acme.a", "expect", "must be even, got (ab)!"),)
    assert [each.problem for each in unknown] == [
        "must be even, got abc",
        "unknown option 'expct', did you mean 'expect'?",
    ]


def test_what_nobody_reads_is_not_accepted(law: Law) -> None:
    """Where nobody understands expectations, each is refused, and shown."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (WISH,)),))
    request = CheckRequest("acme.a", options=(("expect", "ab"),))
    manifest = Manifest(name="pay", digest="", checks=(request,))

    (found,) = option_problems(law.profile(), manifest, Catalog((plugin,)))

    assert found.problem == "must be empty: nothing here understands 'ab'"


def reads_no_pay(text: str) -> str:
    """Know every secret but one."""
    return "must name\ta secret" if "pay" in text else ""


@pytest.mark.parametrize(
    ("value", "unknown", "known"),
    [
        ("/x", None, None),
        (
            "Accept: ${secret:pay}",
            "must name a secret of --secrets, got 'pay': the operator registers none",
            "must name a secret",
        ),
        (
            "Accept: ${secret:other}",
            "must name a secret of --secrets, got 'other': the operator registers none",
            None,
        ),
        (
            "Authorization: Basic abc",
            "must refer to what is secret as ${secret:NAME}, got a header with a value of its own",
            "must refer to what is secret as ${secret:NAME}, got a header with a value of its own",
        ),
    ],
)
@pytest.mark.parametrize("by", list(Origin)[:2])
def test_secrets_are_referred_to(
    law: Law, by: Origin, value: str, unknown: str | None, known: str | None
) -> None:
    """A reference must lead somewhere, and a header that is secret must be a reference."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (PATH,)),))
    set_ = (("path", value),)
    of_profile = set_ if by is Origin.PROFILE else ()
    policy = CheckPolicy(check="acme.a", category="c", role=Role.REQUIRED, options=of_profile)
    requests = () if of_profile else (CheckRequest("acme.a", options=set_),)
    manifest = Manifest(name="pay", digest="", checks=requests)
    arguments = (law.profile(checks=(policy,)), manifest, Catalog((plugin,)))

    without = option_problems(*arguments)
    with_some = option_problems(*arguments, reads_even, reads_no_pay)

    for found, problem in ((without, unknown), (with_some, known)):
        expected = () if problem is None else (OptionProblem(by, "acme.a", "path", problem),)
        assert found == expected


LONG = "\x1b[31m::error::\u202e\n" + "x" * 100_000


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (("least", LONG), ()),
        (("path", LONG), (("path", "/x"),)),
        (("path", "/y"), (("path", LONG),)),
        ((LONG, 1), ()),
    ],
    ids=["kind", "fixed", "held", "unknown"],
)
def test_what_others_wrote_is_quoted_short_and_inert(
    law: Law, asked: Option, held: tuple[Option, ...]
) -> None:
    """What a problem quotes is short, in one line and printable, and shows that more was cut."""
    (found,) = problems(law, asked, held=held)

    assert found.problem.isprintable()
    assert r"'\x1b[31m::error::\u202e\nxxx" in found.problem
    assert "x…'" in found.problem
    assert len(found.problem) < 200


@pytest.mark.parametrize(
    ("length", "quoted"), [(60, "x" * 60), (61, "x" * 60 + "…")], ids=["just fits", "cut"]
)
def test_sixty_characters_of_a_text_are_quoted(law: Law, length: int, quoted: str) -> None:
    """A text that is cut says so, and one that is not cut does not."""
    (found,) = problems(law, ("least", "x" * length))

    assert found.problem == f"must be a whole number, got '{quoted}'"


def test_known_options_are_listed_within_reason(law: Law) -> None:
    """A plugin with very many options is not listed in full."""
    many = tuple(
        OptionSpec(name=f"option_{number:05}", kind=OptionKind.TEXT, default="")
        for number in range(10_000)
    )

    (found,) = problems(law, ("zzz", 1), options=many)

    assert "option_00000, option_00001" in found.problem
    assert found.problem.endswith("…")
    assert len(found.problem) < 2_100


def test_a_check_without_options_says_so(law: Law) -> None:
    """Where there are no options the list is "none"."""
    (found,) = problems(law, ("zzz", 1), options=())

    assert found.problem == "unknown option 'zzz', known are none"


@pytest.mark.parametrize(
    ("name", "value", "held", "fine"),
    [
        ("budget_s", 0.9, (), True),
        ("budget_s", 1.0, (), True),
        ("budget_s", 1.1, (), False),
        ("budget_s", 0.4, (("budget_s", 0.5),), True),
        ("budget_s", 0.5, (("budget_s", 0.5),), True),
        ("budget_s", 0.6, (("budget_s", 0.5),), False),
        ("budget_s", 1.5, (("budget_s", 2),), True),
        ("least", 11, (), True),
        ("least", 10, (), True),
        ("least", 9, (), False),
        ("least", 19, (("least", 20),), False),
        ("least", 20, (("least", 20),), True),
    ],
)
def test_a_manifest_tightens_and_never_loosens(
    law: Law, name: str, value: Scalar, held: tuple[Option, ...], fine: bool
) -> None:
    """A directed option moves only the tighter way from the profile's value, or the default."""
    found = problems(law, (name, value), held=held)

    assert (not found) is fine
    base = dict(held).get(name, {"budget_s": 1.0, "least": 10}[name])
    says = "the profile" if held else "the check's default"
    limit = {"budget_s": "most", "least": "least"}[name]
    for problem in found:
        assert (problem.check, problem.name) == ("acme.a", name)
        assert problem.problem == f"must be at {limit} {base!r} ({says}), got {value!r}"


@pytest.mark.parametrize("value", [1.1, 0.9], ids=["looser", "tighter"])
def test_an_added_check_cannot_be_looser_than_its_default(law: Law, value: float) -> None:
    """The check's own default binds the manifest where the profile is silent."""
    assert len(problems(law, ("budget_s", value), held=None)) == (1 if value > 1 else 0)


@pytest.mark.parametrize(
    ("value", "held", "fine"),
    [("/x", (), True), ("/x", (("path", "/x"),), True), ("/y", (("path", "/x"),), False)],
)
def test_an_undirected_option_is_the_teams_unless_the_profile_sets_it(
    law: Law, value: Scalar, held: tuple[Option, ...], fine: bool
) -> None:
    """An option without a direction stays as the profile sets it."""
    found = problems(law, ("path", value), held=held)

    assert [p.problem for p in found] == (
        [] if fine else ["must stay '/x' as the profile sets it, got '/y'"]
    )


def test_a_wrong_option_of_the_profile_is_nothing_to_compare_with(law: Law) -> None:
    """A profile's misfit is one problem; the manifest is held against the default."""
    found = problems(law, ("budget_s", 2.0), held=(("budget_s", "soon"), ("zzz", 1)))

    assert [(p.origin, p.name) for p in found] == [
        (Origin.PROFILE, "budget_s"),
        (Origin.PROFILE, "zzz"),
        (Origin.MANIFEST, "budget_s"),
    ]
    assert "the check's default" in found[-1].problem


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (None, None),
        (Role.ADVISORY, "required, blocker"),
        (Role.SHADOW, "required, blocker"),
        (Role.REQUIRED, None),
        (Role.BLOCKER, None),
    ],
)
@pytest.mark.parametrize("category", [True, False], ids=["category", "policy"])
@pytest.mark.parametrize("installed", [True, False])
def test_a_looser_role_is_a_problem(
    law: Law, asked: Role | None, allowed: str | None, category: bool, installed: bool
) -> None:
    """A manifest that asks for a looser role than the profile's is told which are allowed."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec),))
    own = Role.SHADOW if category else Role.REQUIRED
    profile = law.profile(
        Category(name="c", role=Role.REQUIRED if category else None),
        checks=(CheckPolicy(check="acme.a", category="c", role=own),),
    )
    manifest = Manifest(name="pay", digest="", checks=(CheckRequest("acme.a", asked),))

    found = option_problems(profile, manifest, Catalog((plugin,) if installed else ()))

    expected = [(Origin.MANIFEST, "acme.a", "role")] if allowed else []
    assert [(p.origin, p.check, p.name) for p in found] == expected
    assert all(f"must be {allowed} (profile test says required)" in p.problem for p in found)


def test_options_of_what_nobody_offers_are_passed_over(law: Law) -> None:
    """A check that no plugin offers is missing, which is worse than a wrong option."""
    policy = CheckPolicy(check="ghost.a", category="c", role=Role.REQUIRED, options=(("x", 1),))
    requests = (CheckRequest("ghost.a", options=(("y", 1),)), CheckRequest("ghost.b"))
    manifest = Manifest(name="pay", digest="", checks=requests)

    assert option_problems(law.profile(checks=(policy,)), manifest, Catalog()) == ()


def test_a_tree_in_the_wrong_place_hides_no_other(law: Law) -> None:
    """After a tree where none may be, the next is read all the same."""
    spec = CheckSpec(id="acme.a", title="t", category="c", why="w", remedy="r")
    plugin = Plugin(name="acme", distribution="d", version="1", checks=(Offer(spec, (PATH, WISH)),))
    request = CheckRequest(
        "acme.a",
        options=(("path", "(ab)"), ("expect", "(ab)")),
        grown=(Grown("path", (((0,), "ab"),)), Grown("expect", (((1,), "abc"),))),
    )
    manifest = Manifest(name="pay", digest="", checks=(request,))

    found = option_problems(law.profile(), manifest, Catalog((plugin,)), reads_even)

    assert [(each.name, each.way) for each in found] == [("path", ()), ("expect", (1,))]
