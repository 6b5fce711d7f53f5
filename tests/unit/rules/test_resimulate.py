"""rules.resimulate: a recorded decision under another policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.catalog import Catalog, Offer, OptionKind, OptionSpec, Plugin
from director.model.check import CheckSpec, Role
from director.model.event import Subject
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import CheckRequest, Environment, Manifest, Target
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
)
from director.model.profile import (
    Category,
    CheckPolicy,
    Need,
    Profile,
    Thresholds,
    Unproven,
    WaiverPolicy,
)
from director.model.record import Record
from director.model.result import Result
from director.model.simulation import Simulated, Unsimulated
from director.model.standing import Condition, Standing, Waiver
from director.rules.decide import decide
from director.rules.plan import LACKS, plan
from director.rules.resimulate import NOT_ASKED, OTHER_OPTIONS, Trial, resimulate
from director.rules.summarise import Run, summarise

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIMIT = OptionSpec(name="limit", kind=OptionKind.INTEGER, default=5)


def catalog_of(*checks: str) -> Catalog:
    """Return a catalog that offers *checks*; those of ``opt`` take an option."""
    offers = tuple(
        Offer(
            CheckSpec(
                id=check,
                title=f"title of {check}",
                category="x",
                why="because",
                remedy=f"mend {check}",
                role=Role.REQUIRED,
            ),
            (LIMIT,) if check.startswith("opt.") else (),
        )
        for check in sorted(checks)
    )
    return Catalog((Plugin(name="a", distribution="director-a", version="1.2", checks=offers),))


def policy(check: str, role: Role = Role.REQUIRED, **fields: Any) -> CheckPolicy:  # noqa: ANN401  # fields of many types
    """Return what a profile says about *check*."""
    return CheckPolicy(**{"check": check, "category": "x", "role": role, **fields})


def profile_of(*checks: CheckPolicy, name: str = "then", **fields: Any) -> Profile:  # noqa: ANN401  # as above
    """Return a profile that asks for *checks*, and for three more that always pass."""
    fillers = tuple(policy(f"zz.f{n}", Role.ADVISORY, category="filler") for n in range(3))
    given: dict[str, Any] = {
        "name": name,
        "digest": f"sha256:{name}",
        "thresholds": Thresholds(Fraction(9, 10), Fraction(7, 10)),
        "warn_budget": 9,
        "checks": tuple(sorted((*checks, *fillers), key=lambda each: each.check)),
    }
    return Profile(**{**given, **fields})


def recorded(
    profile: Profile,
    said: dict[str, Outcome],
    *requests: CheckRequest,
    ages: Iterable[timedelta | None] = (),
    standing: Standing | None = None,
    base_url: str | None = "https://pay.example.com",
    catalog: Catalog | None = None,
) -> Record:
    """Return the record of a decision on what was *said*; the fillers pass."""
    manifest = Manifest(
        name="pay", digest="sha256:m", owner="team-x", checks=tuple(sorted(requests, key=_check))
    )
    target = Target(manifest, Environment("production", base_url))
    catalog = catalog or catalog_of(
        *said, *(each.check for each in profile.checks), *(each.check for each in requests)
    )
    planned = plan(profile, target, catalog)
    evidence = tuple(
        Evidence(EvidenceKind.DECLARED, "declares.x", None if age is None else NOW - age)
        for age in ages
    )
    answers = {f"zz.f{n}": Passed("yes") for n in range(3)} | said
    results = []
    for check in planned.checks:
        outcome = check.answer or answers.get(check.id)
        if outcome is not None:
            seen = () if check.answer or check.id.startswith("zz.") else evidence
            results.append(Result(check=check.id, outcome=outcome, started_at=NOW, evidence=seen))
    decision = decide(planned, results, profile, standing or Standing(), NOW)
    run = Run(
        subject=Subject(
            evaluation="01E",
            trigger="manual",
            service="pay",
            environment="production",
            owner="team-x",
            profile=profile.name,
            profile_digest=profile.digest,
        ),
        manifest=manifest,
        profile=profile,
        started_at=NOW,
        duration_s=0.0,
        previous=None,
        director_version="0.1",
    )
    return summarise(decision, run)


def _check(request: CheckRequest) -> str:
    return request.check


def simulated(record: Record, profile: Profile, **trial: Any) -> Simulated:  # noqa: ANN401  # as above
    """Return what *profile* would have made of *record*."""
    trial.setdefault("catalog", catalog_of(*(check.id for check in record.checks)))
    answer = resimulate(record, Trial(profile=profile, **trial))
    assert isinstance(answer, Simulated)
    return answer


def outcome_of(answer: Simulated, check: str) -> list[str]:
    """Return the codes of the reasons about *check*."""
    return [reason.code for reason in answer.reasons if reason.check == check]


# The very profile.

OUTCOMES: list[Outcome] = [
    *[Passed("yes", "1", "<= 2")] * 9,
    Warned("barely", "watch it", "1.9", "<= 2"),
    Failed("no", "", "3", "<= 2", "slow"),
    Failed("no", "do this", "3", "<= 2", "slow"),
    Unknown("dark", "dns_timeout"),
    Unknown("said so itself", "stale"),
    NotApplicable("stateless"),
    NotApplicable(" – "),
    Errored("broke", "exception"),
    Missing("gone", "not_installed"),
]
CHECKS = ("a.a", "a.b", "a.c", "opt.d", "opt.e")
ROLES = st.sampled_from([Role.ADVISORY, Role.ADVISORY, *Role])
AGES = st.sampled_from([(), (), (DAY,), (DAY / 2, None), (3 * DAY, DAY), (-2 * DAY,), (None,)])


@st.composite
def profiles(draw: DrawFn, name: str = "then") -> Profile:
    """Return any profile."""
    checks = draw(st.lists(st.sampled_from(CHECKS), unique=True))
    policies = [
        CheckPolicy(
            check=check,
            category=draw(st.sampled_from(("x", "y", "unlisted"))),
            role=draw(ROLES),
            weight=draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(0)])),
            when=draw(st.sampled_from([None, None, *Need])),
            when_unproven=draw(st.sampled_from(list(Unproven))),
            max_age_s=draw(st.sampled_from([None, 86400.0])),
            undated_allowed=draw(st.booleans()),
            not_applicable_allowed=draw(st.sampled_from([None, True, False])),
            options=(("limit", draw(st.integers(1, 2))),) if check.startswith("opt.") else (),
        )
        for check in checks
    ]
    categories = tuple(
        Category(
            name=name,
            weight=draw(st.sampled_from([Fraction(1), Fraction("0.1")])),
            role=draw(st.sampled_from([None, None, *Role])),
            floor=draw(st.sampled_from([None, None, Fraction(1, 2)])),
        )
        for name in ("x", "y")
    )
    return profile_of(
        *policies,
        name=name,
        categories=categories,
        thresholds=draw(
            st.sampled_from(
                [Thresholds(Fraction(a), Fraction(b)) for a, b in (("0.9", "0.7"), ("0.4", "0.1"))]
            )
        ),
        fail_budget=draw(st.integers(0, 2)),
        warn_budget=draw(st.integers(0, 3)),
        due_in_s=draw(st.sampled_from([0.0, 86400.0])),
        waivers=WaiverPolicy(roles=draw(st.sampled_from([(), ("lead",), ("lead", "vp")]))),
    )


@st.composite
def standings(draw: DrawFn) -> Standing:
    """Return conditions and waivers on any checks, and a clock that may have been set back."""
    named = st.lists(st.sampled_from((*CHECKS, "z.gone")), unique=True, max_size=3)
    days = st.sampled_from([-2 * DAY, -DAY, timedelta(0), DAY, 5 * DAY])
    conditions = []
    for check in draw(named):
        due_at, ago = NOW + draw(days), draw(st.sampled_from([None, None, DAY, 20 * DAY]))
        conditions.append(
            Condition(
                check=check,
                owner="team-x",
                opened_at=due_at - 20 * DAY,
                due_at=due_at,
                closed_at=None if ago is None else NOW - ago,
            )
        )
    waivers = tuple(
        Waiver(
            id=f"w{n}",
            check=check,
            reason="rig",
            ticket="OPS-1",
            requested_by="ann",
            approved_by="bob",
            expires_at=NOW + draw(days),
            doubt=draw(st.sampled_from(["", "", "no proof"])),
        )
        for n, check in enumerate(draw(named))
    )
    seen_at = draw(st.sampled_from([None, NOW - DAY, NOW + DAY]))
    return Standing(conditions=tuple(conditions), waivers=waivers, seen_at=seen_at)


@st.composite
def records(draw: DrawFn, profile: Profile) -> Record:
    """Return the record of any decision by *profile*."""
    said = {check: draw(st.sampled_from(OUTCOMES)) for check in CHECKS}
    for check in draw(st.lists(st.sampled_from(CHECKS), unique=True, max_size=1)):
        del said[check]
    wished = draw(st.lists(st.sampled_from(CHECKS), unique=True, max_size=3))
    requests = [CheckRequest(check, draw(st.sampled_from([None, *Role]))) for check in wished]
    return recorded(
        profile,
        said,
        *requests,
        ages=draw(AGES),
        standing=draw(standings()),
        base_url=draw(st.sampled_from([None, "https://pay.example.com"])),
    )


@given(st.data(), profiles(), st.booleans())
def test_the_very_profile_decides_the_very_same(
    data: st.DataObject, profile: Profile, installed: bool
) -> None:
    """Decision, pass rate, score and every reason, whatever is installed by now."""
    record = data.draw(records(profile))

    answer = simulated(record, profile, catalog=catalog_of(*CHECKS) if installed else Catalog())

    assert (answer.then_decision, answer.then_pass_rate, answer.then_score) == (
        record.decision,
        record.pass_rate,
        record.score,
    )
    assert answer.reasons == record.reasons
    assert (answer.not_asked, answer.dropped, answer.doubts, answer.changes) == ((), (), (), False)


def test_it_names_the_decision_that_it_is_about() -> None:
    """Whose decision it was, when, and by which profile and figures stand beside what it became."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Failed("no")})

    answer = simulated(record, profile_of(name="new"))

    assert identity(answer) == identity(record) == ("pay", "production", "01E", "no_go", "75%")
    assert (answer.decided_at, answer.profile) == (record.decided_at, record.profile)
    assert (answer.score, answer.then_score) == (record.score, 1.0)
    assert record.score < 1


def identity(of: Record | Simulated | Unsimulated) -> tuple[str, ...]:
    """Return which decision *of* is about, and what it was."""
    return of.service, of.environment, of.evaluation, of.decision, of.pass_rate


def test_the_codes_are_those_in_the_documents() -> None:
    """Whoever reads the codes of simulated checks finds them in the documents."""
    assert (NOT_ASKED, OTHER_OPTIONS) == ("not_asked", "other_options")


RANK = {"no_go": 0, "conditional_go": 1, "go": 2}


@given(st.data(), profiles(), profiles("new"))
def test_knowing_less_never_promises_more(data: st.DataObject, then: Profile, new: Profile) -> None:
    """Without the profile of then, the same trial never ends in a better decision."""
    record = data.draw(records(then))
    catalog = catalog_of(*CHECKS)

    known = simulated(record, new, catalog=catalog, then=then)
    guessed = simulated(record, new, catalog=catalog)

    assert RANK[guessed.then_decision] <= RANK[known.then_decision]


@given(st.data(), profiles(), profiles("new"))
def test_it_never_promises_more_than_an_evaluation_would(
    data: st.DataObject, then: Profile, new: Profile
) -> None:
    """An evaluation under the new policy, in which each check says what it said, is no worse.

    As far as options differ it may be anything; then nothing good of what was said is believed.
    """
    said = {check: data.draw(st.sampled_from(OUTCOMES)) for check in CHECKS}
    ages = data.draw(AGES)
    record = recorded(then, said, ages=ages)
    real = recorded(new, said, ages=ages)

    answer = simulated(record, new, catalog=catalog_of(*CHECKS), then=then)

    assert RANK[answer.then_decision] <= RANK[real.decision]


# What is planned.


def test_what_nobody_asked_is_missing() -> None:
    """A check that only the new policy plans has no evidence, and that is said."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Passed("yes")})
    new = profile_of(policy("a.a"), policy("a.b"), name="new")

    answer = simulated(record, new, catalog=catalog_of("a.a", "a.b"))

    assert (answer.decision, answer.then_decision) == ("go", "no_go")
    assert answer.not_asked == ("a.b",)
    (reason,) = [each for each in answer.reasons if each.code == "unproven"]
    assert (reason.check, reason.text) == ("a.b", "a.b is missing: nobody asked it then")


def test_what_is_not_planned_any_more_is_named() -> None:
    """A check that the new policy leaves out counts no more, and is listed."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Failed("no")})

    answer = simulated(record, profile_of(name="new"))

    assert (answer.decision, answer.then_decision, answer.better) == ("no_go", "go", True)
    assert answer.dropped == ("a.a",)


def test_checks_are_listed_by_name() -> None:
    """Whichever category they stand in: what nobody asked, is left out or is in doubt."""
    then = profile_of(policy("a.b"), policy("a.c", category="early"))
    record = recorded(then, {"a.b": Passed("yes"), "a.c": Passed("yes")})
    new = profile_of(policy("a.d"), policy("a.e", category="early"), name="new")

    answer = simulated(record, new, then=then)
    softer = profile_of(
        policy("a.b", Role.ADVISORY), policy("a.c", Role.ADVISORY, category="early"), name="new"
    )
    doubtful = simulated(record, softer, catalog=Catalog())

    assert (answer.not_asked, answer.dropped) == (("a.d", "a.e"), ("a.b", "a.c"))
    assert doubtful.doubts == (
        "asked with other options, or nobody knows with which: a.b, a.c, zz.f0, zz.f1, zz.f2",
        "role kept, as the profile of then is not here: a.b, a.c",
    )


def test_reasons_come_in_the_order_of_the_plan() -> None:
    """What only the manifest asks for stands among the others, by its name."""
    failed: dict[str, Outcome] = {"a.a": Failed("no"), "a.b": Failed("no")}
    record = recorded(profile_of(policy("a.b")), failed, CheckRequest("a.a", Role.REQUIRED))

    answer = simulated(record, profile_of(policy("a.b"), name="new"))

    checks = [reason.check for reason in answer.reasons if reason.code == "failed"]
    assert checks == ["a.a", "a.b"]


def test_what_the_manifest_added_stays_planned() -> None:
    """No profile takes a check away that the team asks of itself."""
    record = recorded(profile_of(), {"a.a": Failed("no")}, CheckRequest("a.a", Role.BLOCKER))

    answer = simulated(record, profile_of(name="new"))

    assert (answer.then_decision, outcome_of(answer, "a.a")) == ("no_go", ["blocker"])
    assert (answer.then_score, answer.dropped) == (1.0, ())


@pytest.mark.parametrize(
    ("then_is_here", "codes"), [(True, []), (False, ["failed", "required_gap"])]
)
def test_a_role_is_softened_only_where_the_manifest_did_not_ask_for_it(
    then_is_here: bool, codes: list[str]
) -> None:
    """Whose word the role was, the profile of then tells; without it the role stays."""
    then = profile_of(policy("a.a"))
    record = recorded(then, {"a.a": Failed("no")})
    new = profile_of(policy("a.a", Role.ADVISORY), name="new")

    answer = simulated(record, new, then=then if then_is_here else None)

    assert outcome_of(answer, "a.a") == codes
    assert answer.doubts == (
        () if then_is_here else ("role kept, as the profile of then is not here: a.a",)
    )


def test_a_role_that_the_manifest_asked_for_stays() -> None:
    """What a team raised for itself no other profile lowers."""
    then = profile_of(policy("a.a", Role.ADVISORY))
    record = recorded(then, {"a.a": Failed("no")}, CheckRequest("a.a", Role.BLOCKER))

    answer = simulated(record, profile_of(policy("a.a", Role.ADVISORY), name="new"), then=then)

    assert "blocker" in outcome_of(answer, "a.a")
    assert answer.doubts == ()


def test_a_category_makes_stricter_what_the_manifest_added() -> None:
    """The new profile says how much a category matters at least, whoever asks for the check."""
    record = recorded(profile_of(), {"a.a": Failed("no")}, CheckRequest("a.a", Role.ADVISORY))
    strict = profile_of(name="new", categories=(Category(name="x", role=Role.BLOCKER),))

    assert "blocker" in outcome_of(simulated(record, strict), "a.a")
    assert outcome_of(simulated(record, profile_of(name="new")), "a.a") == [
        "failed",
        "required_gap",
    ]


@pytest.mark.parametrize(
    ("catalog", "remedy"), [(catalog_of("opt.a"), "mend opt.a"), (Catalog(), "")]
)
def test_the_remedy_of_what_the_manifest_added_is_that_of_its_plugin(
    catalog: Catalog, remedy: str
) -> None:
    """What passed then has none in the record, and may be a gap now."""
    record = recorded(profile_of(), {"opt.a": Passed("yes")}, CheckRequest("opt.a", Role.REQUIRED))

    answer = simulated(record, profile_of(name="new"), catalog=catalog)

    (reason,) = [each for each in answer.reasons if each.code == "unproven"]
    assert (reason.check, reason.remedy) == ("opt.a", remedy)


def test_a_role_stays_where_the_manifest_asked_for_the_whole_check() -> None:
    """That the new profile asks for the check as well, and for less of it, softens nothing."""
    then = profile_of()
    record = recorded(then, {"a.a": Failed("no")}, CheckRequest("a.a", Role.BLOCKER))

    answer = simulated(record, profile_of(policy("a.a", Role.ADVISORY), name="new"), then=then)

    assert "blocker" in outcome_of(answer, "a.a")


def test_a_check_that_the_profile_of_then_does_not_know_stops_nothing() -> None:
    """A record that contradicts its own profile is judged by the new one alone."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Failed("no")})
    new = profile_of(policy("a.a", Role.ADVISORY), name="new")

    answer = simulated(record, new, then=profile_of())

    assert "failed" not in outcome_of(answer, "a.a")
    assert answer.doubts == ()


def test_only_a_role_of_which_nobody_knows_is_in_doubt() -> None:
    """Neither what nobody had asked, nor what the manifest asked for beyond doubt."""
    record = recorded(profile_of(), {"a.a": Passed("yes")}, CheckRequest("a.a", Role.BLOCKER))
    new = profile_of(policy("a.a", Role.ADVISORY), policy("a.b", Role.ADVISORY), name="new")

    answer = simulated(record, new, catalog=catalog_of("a.a", "a.b", "zz.f0", "zz.f1", "zz.f2"))

    assert (answer.not_asked, answer.doubts) == (("a.b",), ())


def test_another_policy_is_not_taken_for_that_of_then() -> None:
    """A profile with the name of then and another text tells nothing about then."""
    then = profile_of(policy("a.a"))
    record = recorded(then, {"a.a": Failed("no")})
    new = profile_of(policy("a.a", Role.ADVISORY), name="new")

    answer = simulated(record, new, then=replace(then, digest="sha256:edited"))

    assert "failed" in outcome_of(answer, "a.a")


def test_what_the_target_lacked_nobody_asked() -> None:
    """Spared then for want of a base URL, and asked of everybody now: it is missing."""
    then = profile_of(policy("a.a", when=Need.BASE_URL))
    record = recorded(then, {"a.a": Passed("yes")}, base_url=None)
    assert record.decision == "go"

    answer = simulated(record, profile_of(policy("a.a"), name="new"), then=then)

    assert answer.not_asked == ("a.a",)
    assert answer.then_decision == "no_go"
    (reason,) = [each for each in answer.reasons if each.code == "unproven"]
    assert reason.text == f"a.a is missing: nobody asked it then: {LACKS[Need.BASE_URL]}"


def test_what_was_missing_stays_so() -> None:
    """A plan looks for the plugin first: no need that is lacking spares a check without one."""
    then = profile_of(policy("a.a", when=Need.ARTIFACT))
    record = recorded(then, {}, catalog=catalog_of("zz.f0", "zz.f1", "zz.f2"))
    assert record.decision == "no_go"

    answer = simulated(record, then)

    assert answer.reasons == record.reasons
    assert answer.not_asked == ()


def test_a_target_without_an_environment_lacks_what_only_environments_have() -> None:
    """A manifest that names no environment spares what needs one, under any policy."""
    then = profile_of(policy("a.a"))
    record = replace(recorded(then, {"a.a": Failed("no")}), environment="")

    for need in (Need.ENVIRONMENT, Need.BASE_URL):
        new = profile_of(policy("a.a", when=need), name="new")
        assert outcome_of(simulated(record, new, then=then), "a.a") == []
    assert "failed" in outcome_of(simulated(record, then), "a.a")


@pytest.mark.parametrize("need", list(Need))
def test_a_check_that_needs_what_was_there_counts(need: Need) -> None:
    """Nobody said that there is no base URL, and an artifact and an environment are recorded."""
    then = profile_of(policy("a.a"))
    record = replace(recorded(then, {"a.a": Failed("no")}), artifact="sha256:a")

    answer = simulated(record, profile_of(policy("a.a", when=need), name="new"), then=then)

    assert "failed" in outcome_of(answer, "a.a")


def test_what_nobody_would_ask_is_not_missing() -> None:
    """A check that is new, and that the target is spared, holds nothing back."""
    record = recorded(profile_of(), {})
    new = profile_of(policy("a.a", when=Need.ARTIFACT), name="new")

    answer = simulated(record, new, catalog=catalog_of("a.a", "zz.f0", "zz.f1", "zz.f2"))

    assert (answer.then_decision, answer.not_asked) == ("go", ())


def test_a_record_without_an_artifact_spares_what_needs_one() -> None:
    """An evaluation of the same manifest would not ask such a check either."""
    then = profile_of(policy("a.a"))
    record = recorded(then, {"a.a": Failed("no")})

    answer = simulated(record, profile_of(policy("a.a", when=Need.ARTIFACT), name="new"), then=then)

    assert outcome_of(answer, "a.a") == []


# What was answered.

FIVE, SIX = (("limit", 5),), (("limit", 6),)


@pytest.mark.parametrize(
    ("before", "after", "then_is_here", "believed"),
    [
        (FIVE, FIVE, True, True),
        (FIVE, SIX, True, False),
        (FIVE, (), True, False),
        ((), FIVE, True, False),
        ((), (), True, True),
        (FIVE, FIVE, False, False),
        ((), (), False, False),
    ],
)
def test_an_answer_to_another_question_is_not_believed(
    before: tuple[tuple[str, int], ...],
    after: tuple[tuple[str, int], ...],
    then_is_here: bool,
    believed: bool,
) -> None:
    """Passed with other options, or with nobody knows which, is unknown."""
    then = profile_of(policy("opt.a", options=before))
    record = recorded(then, {"opt.a": Passed("yes")})
    new = profile_of(policy("opt.a", options=after), name="new")

    answer = simulated(record, new, then=then if then_is_here else None)

    assert outcome_of(answer, "opt.a") == ([] if believed else ["unproven", "required_gap"])
    assert bool(answer.doubts) is not believed


@pytest.mark.parametrize("max_age_s", [None, 60.0])
def test_what_it_said_to_another_question_is_told(max_age_s: float | None) -> None:
    """The word that the check said stands in the reason, even where it did not count then."""
    then = profile_of(policy("opt.a", options=FIVE, max_age_s=max_age_s))
    record = recorded(then, {"opt.a": Passed("yes")}, ages=(DAY,))
    new = profile_of(policy("opt.a", options=SIX), name="new")

    answer = simulated(record, new, then=then)

    (reason,) = [each for each in answer.reasons if each.code == "unproven"]
    assert reason.text == (
        "opt.a is unknown: it said passed when it was asked with other options,"
        " or nobody knows with which"
    )


def test_a_failure_stays_one_whatever_was_asked() -> None:
    """Unknown could be softer than failed: what was said against a service is kept."""
    then = profile_of(policy("opt.a", options=FIVE))
    record = recorded(then, {"opt.a": Failed("no")})
    softer = policy("opt.a", options=SIX, when_unproven=Unproven.CONDITIONAL)

    answer = simulated(record, profile_of(softer, name="new"), then=then)

    assert "failed" in outcome_of(answer, "opt.a")


def test_a_check_without_options_is_believed_without_its_profile() -> None:
    """It can have been asked in one way only."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Passed("yes")})
    new = profile_of(policy("a.a"), name="new")

    assert simulated(record, new).then_decision == "go"
    assert simulated(record, new, catalog=Catalog()).then_decision == "no_go"


def test_options_for_a_check_that_takes_none_are_another_question() -> None:
    """Whoever sets one means another check, or another version of it."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Passed("yes")})
    new = profile_of(policy("a.a", options=FIVE), name="new")

    assert simulated(record, new).then_decision == "no_go"


@pytest.mark.parametrize(
    ("max_age_s", "now", "codes"),
    [
        (None, None, []),
        (86400.0, None, []),
        (86399.0, None, ["unproven", "required_gap"]),
        (86400.0, NOW + DAY, ["unproven", "required_gap"]),
    ],
    ids=["any age", "exactly", "under", "a day later"],
)
def test_age_is_judged_at_the_time_of_the_decision(
    max_age_s: float | None, now: datetime | None, codes: list[str]
) -> None:
    """Evidence of the day before is as old as it was then, unless another moment is given."""
    then = profile_of(policy("a.a"))
    record = recorded(then, {"a.a": Passed("yes")}, ages=(DAY,))
    new = profile_of(policy("a.a", max_age_s=max_age_s), name="new")

    answer = simulated(record, new, then=then, now=now)

    assert outcome_of(answer, "a.a") == codes


def test_whose_check_broke_then_stands_in_the_remedy() -> None:
    """Even if that plugin is not installed any more."""
    record = recorded(profile_of(policy("a.a")), {"a.a": Errored("broke", "exception")})

    answer = simulated(record, profile_of(policy("a.a"), name="new"), catalog=Catalog())

    (reason,) = [each for each in answer.reasons if each.check == "a.a" and each.remedy]
    assert reason.remedy.startswith("Mend or update director-a:")


def test_what_was_too_old_then_may_be_fresh_enough() -> None:
    """The word that the check said stands in the record, though it did not count."""
    then = profile_of(policy("a.a", max_age_s=60.0))
    record = recorded(then, {"a.a": Passed("yes")}, ages=(DAY,))
    assert record.decision == "no_go"

    answer = simulated(record, profile_of(policy("a.a"), name="new"), then=then)

    assert answer.then_decision == "go"


def test_a_remedy_for_old_evidence_is_none_for_a_failure() -> None:
    """What was stale then and fails now wants mending, not dating."""
    then = profile_of(policy("a.a", max_age_s=60.0))
    record = recorded(then, {"a.a": Failed("no")}, ages=(DAY,))
    assert record.reasons[0].remedy.startswith("Do it again")

    answer = simulated(record, profile_of(policy("a.a"), name="new"), then=then)

    (reason,) = [each for each in answer.reasons if each.code == "failed"]
    assert (reason.text, reason.remedy) == ("a.a failed: said failed then", "mend a.a")


def test_a_refused_exemption_may_be_accepted() -> None:
    """So it is with what did not apply, with its reason."""
    refused = policy("a.a", not_applicable_allowed=False)
    record = recorded(profile_of(refused), {"a.a": NotApplicable("stateless")})
    assert record.decision == "no_go"

    answer = simulated(record, profile_of(policy("a.a"), name="new"), then=profile_of(refused))

    assert (answer.then_decision, answer.reasons) == ("go", ())


# What stood.


@pytest.mark.parametrize(
    ("roles", "expires_in_s", "lifted"),
    [
        (("lead",), 86400.0, True),
        (("lead", "vp"), 90000.0, True),
        (("vp",), 86400.0, False),
        (("lead",), 86399.0, False),
    ],
)
def test_waivers_count_only_where_as_many_may_approve(
    roles: tuple[str, ...], expires_in_s: float, lifted: bool
) -> None:
    """What was approved under a looser waiver policy is in doubt under a stricter one."""
    allowed = WaiverPolicy(roles=("lead",), expires_in_s=86400.0)
    then = profile_of(policy("a.a"), waivers=allowed)
    waiver = Waiver(
        id="w", check="a.a", reason="rig", ticket="OPS-1", requested_by="ann", approved_by="bob",
        expires_at=NOW + DAY,
    )  # fmt: skip
    record = recorded(then, {"a.a": Failed("no")}, standing=Standing(waivers=(waiver,)))
    new = profile_of(
        policy("a.a"), name="new", waivers=WaiverPolicy(roles=roles, expires_in_s=expires_in_s)
    )

    answer = simulated(record, new, then=then)

    assert ("failed" in outcome_of(answer, "a.a")) is not lifted
    assert bool(answer.doubts) is not lifted


@pytest.mark.parametrize("knows_policy", [True, False])
def test_waivers_of_an_unknown_policy_are_in_doubt(knows_policy: bool) -> None:
    """A record from before waiver policies were kept does not tell who could approve."""
    then = profile_of(policy("a.a"), policy("a.b"), waivers=WaiverPolicy(roles=("lead",)))
    waiver = Waiver(
        id="w", check="a.a", reason="rig", ticket="OPS-1", requested_by="ann", approved_by="bob",
        expires_at=NOW + DAY,
    )  # fmt: skip
    both = waiver, replace(waiver, id="v"), replace(waiver, id="u", check="a.b")
    failed: dict[str, Outcome] = {"a.a": Failed("no"), "a.b": Failed("no")}
    record = recorded(then, failed, standing=Standing(waivers=both))
    assert record.policy is not None
    old = replace(record.policy, waivers=None) if knows_policy else None
    new = replace(then, name="new", digest="sha256:new")

    answer = simulated(replace(record, policy=old), new, then=then)

    assert answer.doubts == ("waivers that another waiver policy let count: a.a, a.b",)
    assert "failed" in outcome_of(answer, "a.a")


def test_a_waiver_that_was_in_doubt_then_is_no_news() -> None:
    """It lifted nothing then either; the new policy has no part in that."""
    then = profile_of(policy("a.a"), waivers=WaiverPolicy(roles=("lead",)))
    waiver = Waiver(
        id="w", check="a.a", reason="rig", ticket="OPS-1", requested_by="ann", approved_by="bob",
        expires_at=NOW + DAY, doubt="nobody proved it",
    )  # fmt: skip
    record = recorded(then, {"a.a": Failed("no")}, standing=Standing(waivers=(waiver,)))

    answer = simulated(record, replace(then, name="new", digest="sha256:n", waivers=WaiverPolicy()))

    assert "failed" in outcome_of(answer, "a.a")
    assert not [doubt for doubt in answer.doubts if "waiver" in doubt]


def test_a_condition_that_the_decision_closed_stood_before_it() -> None:
    """A GO closed it; a policy that would not have said GO finds it standing, and overdue."""
    then = profile_of(policy("a.a", Role.ADVISORY, weight=Fraction(0)), warn_budget=9)
    overdue = Condition(check="a.a", owner="team-x", opened_at=NOW - 20 * DAY, due_at=NOW - DAY)
    record = recorded(then, {"a.a": Failed("no")}, standing=Standing(conditions=(overdue,)))
    assert record.decision == "go"

    answer = simulated(record, profile_of(policy("a.a"), name="new"), then=then)

    assert outcome_of(answer, "a.a") == ["failed", "condition_overdue", "required_gap"]


def test_a_condition_that_the_decision_opened_did_not_stand_before_it() -> None:
    """Judged at its own time, what it opened is no part of it; judged later, it is."""
    thresholds = Thresholds(Fraction(9, 10), Fraction(1, 2))
    then = profile_of(policy("a.a", Role.ADVISORY), due_in_s=3600.0, thresholds=thresholds)
    record = recorded(then, {"a.a": Failed("no")})
    assert record.decision == "conditional_go"
    new = replace(then, name="new", digest="sha256:new")

    at_once = simulated(record, new, then=then)
    later = simulated(record, new, then=then, now=NOW + DAY)

    assert at_once.then_decision == "conditional_go"
    assert "condition_overdue" in outcome_of(later, "a.a")


def test_what_cannot_be_replayed_is_said() -> None:
    """A record with a word that is none is told of, and stops nothing."""
    then = profile_of(policy("a.a"))
    record = recorded(then, {"a.a": Passed("yes")})
    broken = replace(record.categories[1].checks[0], role="boss")
    record = replace(
        record, categories=(record.categories[0], replace(record.categories[1], checks=(broken,)))
    )

    answer = resimulate(record, Trial(profile=then, catalog=Catalog()))

    assert isinstance(answer, Unsimulated)
    assert identity(answer) == identity(record)
    assert answer.reason.startswith("the rule cannot be applied to the record: 'boss'")
    assert answer.document()["simulated"] is None
