"""model: the invariants that values guard themselves, and the little they can say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, get_args

import pytest

from director.model import (
    catalog,
    check,
    decision,
    event,
    evidence,
    manifest,
    outcome,
    plan,
    probe,
    profile,
    record,
    report,
    result,
    standing,
)
from director.model.catalog import Catalog, Disposition, Offer, Plugin
from director.model.check import LONGEST_ID, CheckSpec, Effort, Role
from director.model.decision import ReasonCode, Settled, Verdict
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import CheckRequest, Claim, Environment, Exemption, Manifest, Target
from director.model.outcome import Outcome, Passed, Word, word
from director.model.plan import Plan, PlannedCheck
from director.model.profile import (
    LONGEST_S,
    Category,
    CheckPolicy,
    OverridePolicy,
    Profile,
    Thresholds,
)
from director.model.result import Result
from director.model.standing import Condition, Standing, Waiver

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAIVE = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # the naive moment is the case
MODULES = (
    catalog, check, decision, event, evidence, manifest, outcome, plan, probe, profile, record,
    report, result, standing,
)  # fmt: skip


def values() -> list[type]:
    """Return every value of the model."""
    return [
        kind
        for module in MODULES
        for kind in vars(module).values()
        if is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == module.__name__
    ]


@pytest.mark.parametrize("kind", values(), ids=lambda kind: kind.__name__)
def test_every_value_is_frozen_and_slotted(kind: type) -> None:
    """No value of the model can be changed, nor given what it does not have."""
    assert vars(kind)["__dataclass_params__"].frozen
    assert "__slots__" in vars(kind)


def test_a_value_cannot_be_changed() -> None:
    """Writing to a field is an error."""
    with pytest.raises(FrozenInstanceError):
        Passed("yes").reason = "no"  # type: ignore[misc]  # that is the case


@pytest.mark.parametrize(
    "kind",
    [kind for kind in values() if kind.__module__ != "director.model.record"],
    ids=lambda kind: kind.__name__,
)
def test_values_are_made_of_what_does_not_change(kind: type) -> None:
    """No list, set or mutable mapping stands in a value of the model."""
    for field in fields(kind):
        assert not str(field.type).startswith(("list", "set", "dict"))


def test_words_and_outcomes_are_one_to_one() -> None:
    """Each outcome has its own word, and each word its outcome."""
    kinds = [kind for part in get_args(Outcome) for kind in (get_args(part) or (part,))]
    made = [kind("why", "code") if kind is outcome.Errored else kind("why") for kind in kinds]

    assert {word(each) for each in made} == set(Word)
    assert len(made) == len(Word)
    assert all(type(each).__name__.lower() == word(each).replace("_", "") for each in made)


def test_roles_are_ordered_by_what_their_failure_means() -> None:
    """Shadow is least, blocker most."""
    assert sorted(Role, key=lambda role: role.strictness) == [
        Role.SHADOW,
        Role.ADVISORY,
        Role.REQUIRED,
        Role.BLOCKER,
    ]


def test_efforts_are_ordered() -> None:
    """Low is least, high most."""
    assert sorted(Effort, key=lambda effort: -effort.size) == [
        Effort.HIGH,
        Effort.MEDIUM,
        Effort.LOW,
    ]


def test_reason_codes_stand_in_the_order_of_precedence() -> None:
    """Each code has the level of the contract; what is short of a GO is level 9."""
    assert [code.level for code in ReasonCode] == [2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9]


def test_a_verdict_has_a_word_for_people() -> None:
    """Lower case in data, capitals for people."""
    assert [verdict.label for verdict in Verdict] == ["GO", "CONDITIONAL_GO", "NO_GO"]


def spec(**given: Any) -> CheckSpec:  # noqa: ANN401  # fields of many types
    """Return a specification; *given* replaces what is plainest."""
    plain = {"id": "a.b", "title": "t", "category": "c", "why": "w", "remedy": "r"}
    return CheckSpec(**{**plain, **given})


@pytest.mark.parametrize(
    "check_id",
    ["", "a", "a.", ".b", "A.b", "a.B", "1.a", "a b.c", "a.b\n", "a..b", "a.-b", "ä.b", "a.b/c"],
)
def test_a_check_id_is_plugin_and_subject(check_id: str) -> None:
    """An id has the form plugin.subject, in lower case."""
    with pytest.raises(ValueError, match="id must look like"):
        spec(id=check_id)


@pytest.mark.parametrize(
    ("length", "fine"),
    [(LONGEST_ID - 1, True), (LONGEST_ID, True), (LONGEST_ID + 1, False)],
    ids=["under", "exactly", "over"],
)
def test_a_check_id_has_a_limit(length: int, fine: bool) -> None:
    """An id is at most 128 characters."""
    check_id = "a." + "b" * (length - 2)

    if fine:
        assert spec(id=check_id).id == check_id
    else:
        with pytest.raises(ValueError, match="id must look like"):
            spec(id=check_id)


@pytest.mark.parametrize("name", ["title", "category", "why", "remedy"])
def test_a_check_explains_itself(name: str) -> None:
    """Title, category, why and remedy are never empty."""
    with pytest.raises(ValueError, match=f"{name} of a.b must not be empty"):
        spec(**{name: ""})


@pytest.mark.parametrize("deadline_s", [0, -1, math.nan, math.inf, 3600.1])
def test_a_deadline_is_positive_and_at_most_an_hour(deadline_s: float) -> None:
    """NaN, infinity, nothing and more than an hour are no deadlines."""
    with pytest.raises(ValueError, match=r"deadline_s of a\.b must be over 0"):
        spec(deadline_s=deadline_s)


@pytest.mark.parametrize("deadline_s", [0.001, 3600])
def test_a_deadline_may_be_short_or_long(deadline_s: float) -> None:
    """The ends of the range belong to it."""
    assert spec(deadline_s=deadline_s).deadline_s == deadline_s


@pytest.mark.parametrize("duration_s", [-0.001, math.nan, math.inf, -math.inf])
def test_a_duration_is_finite_and_not_negative(duration_s: float) -> None:
    """A result took some time, or none."""
    Result(check="a.b", outcome=Passed("x"), started_at=NOW, duration_s=0.0)
    with pytest.raises(ValueError, match="duration_s must be finite and not negative"):
        Result(check="a.b", outcome=Passed("x"), started_at=NOW, duration_s=duration_s)


def waiver(**given: Any) -> Waiver:  # noqa: ANN401  # fields of many types
    """Return an approved waiver; *given* replaces what is plainest."""
    plain = {
        "id": "w1",
        "check": "a.b",
        "reason": "rig",
        "ticket": "OPS-1",
        "requested_by": "ann",
        "approved_by": "bob",
        "expires_at": NOW,
    }
    return Waiver(**{**plain, **given})


def condition(**given: Any) -> Condition:  # noqa: ANN401  # fields of many types
    """Return an open condition; *given* replaces what is plainest."""
    plain = {"check": "a.b", "owner": "", "opened_at": NOW, "due_at": NOW}
    return Condition(**{**plain, **given})


@pytest.mark.parametrize(
    "make",
    [
        lambda: Result(check="a.b", outcome=Passed("x"), started_at=NAIVE),
        lambda: Evidence(EvidenceKind.PROBED, "here", NAIVE),
        lambda: waiver(expires_at=NAIVE),
        lambda: condition(opened_at=NAIVE),
        lambda: condition(due_at=NAIVE),
        lambda: condition(closed_at=NAIVE),
    ],
    ids=["started_at", "evidence", "expires_at", "opened_at", "due_at", "closed_at"],
)
def test_a_moment_has_a_time_zone(make: Callable[[], object]) -> None:
    """A naive moment is an error: nobody knows when that is."""
    with pytest.raises(ValueError, match="timezone-aware"):
        make()


def test_undated_evidence_has_no_moment() -> None:
    """Evidence may be undated, and a condition open."""
    assert Evidence(EvidenceKind.DECLARED, "here").at is None
    assert condition().closed_at is None


@pytest.mark.parametrize("name", ["id", "check", "reason", "ticket", "requested_by", "approved_by"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_waiver_is_complete(name: str, blank: str) -> None:
    """A waiver says what, why, where it is tracked, and who asked and agreed."""
    with pytest.raises(ValueError, match=f"{name} of a waiver must not be empty"):
        waiver(**{name: blank})


@pytest.mark.parametrize("approver", ["ann", "Ann", " ann ", "ANN"])
def test_nobody_approves_his_own_waiver(approver: str) -> None:
    """Requester and approver differ in more than capitals and blanks."""
    waiver(approved_by="anna")
    with pytest.raises(ValueError, match="somebody else"):
        waiver(approved_by=approver)


def test_what_stands_is_unambiguous() -> None:
    """At most one condition stands on a check, and each waiver has its own id."""
    Standing((condition(), condition(check="a.c")), (waiver(), waiver(id="w2")))
    with pytest.raises(ValueError, match="at most one condition"):
        Standing((condition(), condition()))
    with pytest.raises(ValueError, match="its own id"):
        Standing((), (waiver(), waiver(check="a.c")))


@pytest.mark.parametrize(
    ("conditional", "go"),
    [("0", "0.5"), ("-1", "0.5"), ("0.5", "0.5"), ("0.6", "0.5"), ("0.5", "1.01"), ("0", "0")],
)
def test_thresholds_are_ordered(conditional: str, go: str) -> None:
    """0 < conditional < go ≤ 1: thresholds of zero cannot even be written down."""
    Thresholds(Fraction(1), Fraction(1, 100))
    with pytest.raises(ValueError, match="thresholds must be 0 < conditional < go <= 1"):
        Thresholds(Fraction(go), Fraction(conditional))


def a_profile(**given: Any) -> Profile:  # noqa: ANN401  # fields of many types
    """Return a profile; *given* replaces what is plainest."""
    plain = {"name": "p", "digest": "", "thresholds": Thresholds(Fraction(1), Fraction(1, 2))}
    return Profile(**{**plain, **given})


def policy(**given: Any) -> CheckPolicy:  # noqa: ANN401  # fields of many types
    """Return a policy; *given* replaces what is plainest."""
    return CheckPolicy(**{"check": "a.b", "category": "c", "role": Role.REQUIRED, **given})


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: a_profile(fail_budget=bad),
        lambda bad: a_profile(warn_budget=bad),
        lambda bad: a_profile(max_age_s=bad),
        lambda bad: a_profile(due_in_s=bad),
        lambda bad: policy(weight=bad),
        lambda bad: policy(max_age_s=bad),
        lambda bad: Category(name="c", weight=bad),
        lambda bad: Category(name="c", floor=bad),
        lambda bad: Category(name="c", minimum_checks=bad),
        lambda bad: OverridePolicy(expires_in_s=bad),
        lambda bad: a_profile(thresholds=Thresholds(bad, Fraction(1, 2))),
    ],
    ids=[
        "fail_budget", "warn_budget", "max_age_s", "due_in_s", "weight", "check max_age_s",
        "category weight", "floor", "minimum_checks", "expires_in_s", "go",
    ],
)  # fmt: skip
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, -math.inf])
def test_numbers_of_a_profile_are_finite_and_not_negative(
    make: Callable[[float], object], bad: float
) -> None:
    """NaN, infinities and negative numbers are errors, wherever they stand."""
    with pytest.raises(ValueError, match="must be"):
        make(bad)


@pytest.mark.parametrize("floor", [Fraction(0), Fraction(1)])
def test_a_floor_is_a_share(floor: Fraction) -> None:
    """A floor is from 0 to 1."""
    assert Category(name="c", floor=floor).floor == floor
    with pytest.raises(ValueError, match="floor of c must be 0 to 1"):
        Category(name="c", floor=Fraction(101, 100))


@pytest.mark.parametrize(
    "make",
    [
        lambda long_s: a_profile(max_age_s=long_s),
        lambda long_s: a_profile(due_in_s=long_s),
        lambda long_s: policy(max_age_s=long_s),
        lambda long_s: OverridePolicy(expires_in_s=long_s),
    ],
    ids=["max_age_s", "due_in_s", "check max_age_s", "expires_in_s"],
)
def test_durations_have_a_limit(make: Callable[[float], object]) -> None:
    """A hundred years is the longest duration: no date overflows."""
    assert make(LONGEST_S)
    with pytest.raises(ValueError, match=r"must be 0 to 3\.1536e"):
        make(LONGEST_S + 1)


@pytest.mark.parametrize(("minimum", "fine"), [(2, False), (3, True), (4, True)])
def test_a_decision_needs_at_least_three_checks(minimum: int, fine: bool) -> None:
    """No profile decides on fewer than three checks."""
    if fine:
        assert a_profile(minimum_checks=minimum).minimum_checks == minimum
    else:
        with pytest.raises(ValueError, match="minimum_checks must be at least 3, got 2"):
            a_profile(minimum_checks=minimum)


def test_a_profile_names_everything_once() -> None:
    """Of two policies for one check, or two categories of one name, none can be overlooked."""
    a_profile(categories=(Category(name="a"), Category(name="b")))
    with pytest.raises(ValueError, match="each category once"):
        a_profile(categories=(Category(name="a"), Category(name="a")))
    a_profile(checks=(policy(), policy(check="a.c")))
    with pytest.raises(ValueError, match="each check once"):
        a_profile(checks=(policy(), policy(role=Role.SHADOW)))


def test_a_profile_finds_its_categories() -> None:
    """A category that is not listed weighs 1 and has neither role, floor nor minimum."""
    heavy = Category(name="heavy", weight=Fraction(3))
    held = a_profile(categories=(heavy, Category(name="x")))

    assert held.category("heavy") is heavy
    assert held.category("new") == Category(name="new")
    assert (heavy.role, heavy.floor, heavy.minimum_checks) == (None, None, 0)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"declares": (("a", Claim(value=True)), ("a", Claim(value=False)))}, "declaration"),
        ({"environments": (Environment("a"), Environment("a"))}, "environment"),
        ({"checks": (CheckRequest("a"), CheckRequest("a"))}, "check"),
    ],
)
def test_a_manifest_names_everything_once(given: dict[str, Any], what: str) -> None:
    """Of two claims to one thing none can be overlooked."""
    with pytest.raises(ValueError, match=f"a manifest names each {what} once"):
        Manifest(name="pay", digest="", **given)


def test_a_manifest_finds_its_declarations() -> None:
    """What was not declared is None, which is not false."""
    held = Manifest(
        name="pay", digest="", declares=(("a", Claim(value=False)), ("b", Exemption("no")))
    )

    assert held.declaration("a") == Claim(value=False)
    assert held.declaration("b") == Exemption("no")
    assert held.declaration("c") is None


def test_a_target_is_a_manifest_in_one_environment() -> None:
    """Without environment a target has no place to be asked."""
    held = Manifest(name="pay", digest="")
    there = Target(held, Environment("production", "https://x"))

    assert (Target(held).name, Target(held).base_url) == ("pay", None)
    assert (there.name, there.base_url) == ("pay@production", "https://x")


def test_a_plan_names_each_check_once() -> None:
    """A check that is planned twice would count twice."""
    one, other = PlannedCheck(policy=policy()), PlannedCheck(policy=policy(check="a.c"))

    assert [check.id for check in Plan((one, other)).checks] == ["a.b", "a.c"]
    with pytest.raises(ValueError, match="names each check once"):
        Plan((one, one))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("said", list(Word))
def test_a_gap_is_a_counting_check_that_has_not_passed(role: Role, said: Word) -> None:
    """All but shadow and not applicable ones count; of these all but passed are gaps."""
    (kind,) = [kind for kind, its in outcome._WORDS.items() if its is said]
    made = kind("why", "code") if kind is outcome.Errored else kind("why")
    settled = Settled(PlannedCheck(policy=policy(role=role)), None, made)

    counts = role is not Role.SHADOW and said is not Word.NOT_APPLICABLE
    assert (settled.id, settled.word) == ("a.b", said)
    assert settled.counts is counts
    assert settled.gap is (counts and said is not Word.PASSED)


def plugin(name: str, *checks: str, disposition: Disposition = Disposition.LOADED) -> Plugin:
    """Return a plugin that offers *checks*."""
    offers = tuple(Offer(spec(id=check)) for check in checks)
    return Plugin(name=name, distribution="d", version="1", disposition=disposition, checks=offers)


def test_a_catalog_knows_who_offers_what() -> None:
    """A check is found with its plugin; what nobody offers is not found."""
    one, other = plugin("a", "a.x"), plugin("b", "b.x", "b.y")
    held = Catalog((one, other))

    assert held.offer("b.y") == (other, other.checks[1])
    assert held.offer("b.z") is None


def test_a_catalog_knows_who_should_offer_what() -> None:
    """The word before the first dot names the plugin that is broken or refused."""
    broken = plugin("b", disposition=Disposition.BROKEN)
    held = Catalog((plugin("a", "a.x"), broken))

    assert held.absentee("b.any.thing") is broken
    assert held.absentee("a.gone") is None
    assert held.absentee("bb.x") is None
