"""The properties of the rule that the contract promises, for any state at all."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from director.model.catalog import Catalog, Offer, Plugin
from director.model.check import CheckSpec, Effort, Role
from director.model.counterfactual import Counterfactual, Supposition
from director.model.decision import Decision, ReasonCode, Verdict, WaiverState
from director.model.event import Subject
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import CheckRequest, Manifest, Target
from director.model.outcome import (
    Errored,
    Failed,
    Missing,
    NotApplicable,
    Outcome,
    Passed,
    Unknown,
    Warned,
    Word,
    word,
)
from director.model.plan import Origin, Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Profile, Thresholds, Unproven
from director.model.record import Record
from director.model.result import Result
from director.model.standing import Condition, Standing, Waiver
from director.rules.counterfactual import counterfactual
from director.rules.decide import decide
from director.rules.plan import plan as plan_checks
from director.rules.replay import replay_of
from director.rules.summarise import Run, figure, summarise

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RANK = {Verdict.NO_GO: 0, Verdict.CONDITIONAL_GO: 1, Verdict.GO: 2}
CATEGORIES = ("x", "y", "unlisted")

OUTCOMES: dict[Word, Outcome] = {
    Word.PASSED: Passed("yes"),
    Word.WARNED: Warned("barely"),
    Word.FAILED: Failed("no"),
    Word.UNKNOWN: Unknown("could not tell"),
    Word.NOT_APPLICABLE: NotApplicable("stateless"),
    Word.ERRORED: Errored("broke", "exception"),
    Word.MISSING: Missing("no answer"),
}

BLIND = (Word.UNKNOWN, Word.ERRORED, Word.MISSING)
WORSE: dict[Word, tuple[Word, ...]] = {
    Word.PASSED: (Word.WARNED, Word.FAILED, *BLIND),
    Word.WARNED: (Word.FAILED, *BLIND),
    Word.FAILED: (Word.MISSING,),
    Word.UNKNOWN: (Word.ERRORED, Word.MISSING),
    Word.ERRORED: (Word.UNKNOWN, Word.MISSING),
}
"""What is worse than what, as far as outcomes compare: a known failure and our own blindness do
not, since a profile may tolerate either."""


@dataclass(frozen=True)
class World:
    """Everything that decides."""

    plan: Plan
    results: tuple[Result, ...]
    profile: Profile
    standing: Standing

    def decision(self) -> Decision:
        """Return the decision."""
        return decide(self.plan, self.results, self.profile, self.standing, NOW)

    def rank(self) -> int:
        """Return how good the decision is; more is better."""
        return RANK[self.decision().verdict]

    def answering(self, check: str, said: Outcome) -> Decision:
        """Return the decision if *check* had answered, and said this."""
        silent = [result for result in self.results if result.check != check]
        answer = Result(check=check, outcome=said, started_at=NOW)
        return decide(self.plan, [*silent, answer], self.profile, self.standing, NOW)

    def saying(self, check: str, said: Outcome) -> World:
        """Return this world with another outcome of one check."""
        return replace(
            self,
            results=tuple(
                replace(r, outcome=said) if r.check == check else r for r in self.results
            ),
        )


def fractions(*values: str) -> tuple[Fraction, ...]:
    """Return exact numbers."""
    return tuple(map(Fraction, values))


ROLES = st.sampled_from(list(Role))
WORDS = st.sampled_from([Word.PASSED] * 14 + [Word.WARNED, Word.FAILED] * 3 + list(Word))
CALM = st.sampled_from([Word.PASSED] * 50 + [Word.WARNED, Word.FAILED] * 3 + list(Word))
AGES = st.sampled_from(
    [
        (),
        (timedelta(0),),
        (DAY / 2, None),
        (DAY, DAY / 4),
        (timedelta(0), DAY + timedelta(microseconds=1)),
    ]
)
# One draw from a table is many times faster than a draw for each field.
POLICIES = st.sampled_from(
    [
        CheckPolicy(
            check="?",
            category=category,
            role=role,
            weight=weight,
            when_unproven=when,
            max_age_s=max_age_s,
            not_applicable_allowed=allowed,
        )
        for allowed in (None, True, False)
        for when in Unproven
        for max_age_s in (None, 86400.0)
        for weight in fractions("1", "3", "0.5", "0")
        for category in CATEGORIES
        for role in (Role.ADVISORY, Role.REQUIRED, Role.BLOCKER, Role.SHADOW)
    ]
)
THRESHOLDS = st.sampled_from(
    [
        Thresholds(go, conditional)
        for go in fractions("0.5", "0.75", "0.9", "1")
        for conditional in fractions("0.01", "0.25", "0.4")
    ]
)
THRESHOLD = Thresholds(Fraction(9, 10), Fraction(7, 10))
CATEGORY = st.sampled_from(
    [
        Category(name="?", weight=weight, floor=floor, minimum_checks=minimum)
        for floor in (*[None] * 12, *fractions("0", "0.5", "0.75", "1"))
        for minimum in (*[0] * 12, 1, 2)
        for weight in fractions("1", "3", "0.5", "0")
    ]
)
DAYS = st.sampled_from([5 * DAY, 5 * DAY, 5 * DAY, DAY / 4, timedelta(0), -DAY])
CLOSED = st.sampled_from([None, None, DAY, 14 * DAY, 15 * DAY])

GRIM = st.sampled_from(
    [Word.PASSED, Word.WARNED, Word.UNKNOWN] * 2 + [Word.FAILED] * 3 + list(Word)
)
MEEK = st.sampled_from([Role.ADVISORY] * 12 + list(Role))


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Return any profile."""
    return Profile(
        name="any",
        digest="sha256:p",
        thresholds=draw(THRESHOLDS),
        minimum_checks=draw(st.sampled_from([3, 3, 4])),
        fail_budget=draw(st.integers(0, 2)),
        warn_budget=draw(st.integers(0, 4)),
        categories=tuple(replace(draw(CATEGORY), name=name) for name in CATEGORIES[:2]),
    )


@st.composite
def standings(draw: st.DrawFn, results: list[Result]) -> Standing:
    """Return any conditions and waivers, mostly on what did not pass, and on what is gone."""
    checks = [result.check for result in results]
    troubled = [result.check for result in results if not isinstance(result.outcome, Passed)]
    named = st.lists(st.sampled_from([*troubled * 9, *checks, "z.gone"]), unique=True, max_size=2)
    conditions = []
    for check in draw(named):
        due_at, ago = NOW + draw(DAYS), draw(CLOSED)
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
            expires_at=NOW + draw(DAYS),
        )
        for n, check in enumerate(draw(named))
    )
    return Standing(tuple(conditions), waivers)


@st.composite
def worlds(draw: st.DrawFn, *, bare: bool = False, grim: bool = False) -> World:
    """Return any state.

    A bare one has no waivers, no conditions and no evidence; a grim one has many gaps, most of
    them optional, and many ways to mend them.
    """
    planned, results = [], []
    words = GRIM if grim else draw(st.sampled_from([WORDS, CALM]))
    for number in range(draw(st.integers(0, 6 if grim else 7))):
        check = f"a.c{number}"
        origin, effort, absent = draw(MANNERS)
        policy = replace(draw(POLICIES), check=check)
        if grim:
            policy = replace(policy, role=draw(MEEK))
        planned.append(PlannedCheck(policy=policy, origin=origin, effort=effort))
        said = OUTCOMES[draw(words)]
        if not (isinstance(said, Missing) and absent):
            results.append(_result(check, said, () if bare else draw(AGES)))
    filler = CheckPolicy(
        check="b.filler", category="unlisted", role=Role.ADVISORY, weight=Fraction(1, 4)
    )
    for number in range(draw(st.sampled_from([*[3] * 12, 2, 1, 0]))):
        check = f"b.filler{number}"
        planned.append(PlannedCheck(policy=replace(filler, check=check)))
        results.append(_result(check, Passed("yes"), ()))
    standing = Standing() if bare else draw(standings(results))
    return World(Plan(tuple(planned), "team-x"), tuple(results), draw(profiles()), standing)


MANNERS = st.sampled_from(
    [
        (origin, effort, absent)
        for origin in [Origin.PROFILE] * 5 + [Origin.MANIFEST]
        for effort in Effort
        for absent in (True, False)
    ]
)


def _result(check: str, said: Outcome, ages: Iterable[timedelta | None]) -> Result:
    evidence = tuple(
        Evidence(EvidenceKind.PROBED, "somewhere", None if age is None else NOW - age)
        for age in ages
    )
    return Result(check=check, outcome=said, started_at=NOW, evidence=evidence)


def written(decision: Decision) -> str:
    """Return the bytes of the record."""
    plain = Profile(name="any", digest="sha256:p", thresholds=THRESHOLD)
    return json.dumps(recorded(decision, plain).document(), allow_nan=False)


def recorded(decision: Decision, profile: Profile) -> Record:
    """Return the record."""
    run = Run(
        subject=Subject(evaluation="e", trigger="manual", service="pay", owner="team-x"),
        manifest=Manifest(name="pay", digest="sha256:m"),
        profile=profile,
        started_at=NOW,
        duration_s=0.0,
        previous=None,
        director_version="0",
    )
    return summarise(decision, run)


law = settings(
    # Three times what is asked for, 300 as a rule: the states are many and cheap.
    max_examples=3 * settings().max_examples,
    deadline=None,
    # Not every world has something to take away, and some properties are about GO alone.
    suppress_health_check=[HealthCheck.filter_too_much],
)


def test_the_worlds_are_wide_enough() -> None:
    """Every verdict turns up often, with every reason that it can have: the properties bite."""
    seen: Counter[tuple[Verdict, ReasonCode | None]] = Counter()

    @settings(law, max_examples=2000, derandomize=True, database=None, phases=[Phase.generate])
    @given(worlds())
    def look(world: World) -> None:
        decision = world.decision()
        seen.update((decision.verdict, code) for code in {r.code for r in decision.reasons})
        seen[decision.verdict, None] += 1

    look()

    assert min(seen[verdict, None] for verdict in Verdict) > 100
    for code in ReasonCode:
        assert seen[Verdict.NO_GO, code] > 4
        assert (seen[Verdict.CONDITIONAL_GO, code] > 4) is (code.level == 9)


@law
@given(worlds(), st.data())
def test_a_worse_outcome_never_improves(world: World, data: st.DataObject) -> None:
    """Whatever gets worse, neither the decision nor the score gets better."""
    assume(any(word(r.outcome) in WORSE for r in world.results))
    result = data.draw(st.sampled_from([r for r in world.results if word(r.outcome) in WORSE]))
    worse = world.saying(
        result.check, OUTCOMES[data.draw(st.sampled_from(WORSE[word(result.outcome)]))]
    )

    assert worse.rank() <= world.rank()
    assert worse.decision().score <= world.decision().score


@law
@given(worlds(), st.data())
def test_removing_a_result_never_improves(world: World, data: st.DataObject) -> None:
    """A result that does not arrive helps nobody, whatever it would have said."""
    assume(world.results)
    gone = data.draw(st.sampled_from(world.results))
    without = replace(world, results=tuple(r for r in world.results if r is not gone))

    assert without.rank() <= world.rank()
    assert without.decision().score <= world.decision().score


@law
@given(worlds(), st.randoms(use_true_random=False))
def test_order_does_not_matter(world: World, random: Random) -> None:
    """Results, conditions and waivers may come in any order: the bytes are the same."""
    conditions, waivers = world.standing.conditions, world.standing.waivers
    other = replace(
        world,
        results=mixed(world.results, random),
        standing=Standing(mixed(conditions, random), mixed(waivers, random)),
    )

    assert other.decision() == world.decision()
    assert written(other.decision()) == written(world.decision())


T = TypeVar("T")


def mixed(values: tuple[T, ...], random: Random) -> tuple[T, ...]:
    """Return *values* in another order."""
    return tuple(random.sample(values, len(values)))


@law
@given(worlds())
def test_the_same_inputs_give_the_same_bytes(world: World) -> None:
    """Deciding twice changes nothing."""
    assert written(world.decision()) == written(world.decision())


@law
@given(worlds())
def test_a_blocker_that_did_not_pass_or_warn_is_no_go(world: World) -> None:
    """Nothing outweighs a blocker."""
    decision = world.decision()
    blocked = any(
        check.counts
        and check.planned.policy.role is Role.BLOCKER
        and check.word not in (Word.PASSED, Word.WARNED)
        for check in decision.checks
    )

    assert not blocked or decision.verdict is Verdict.NO_GO


@law
@given(worlds())
def test_every_planned_check_is_settled_once(world: World) -> None:
    """No check gets lost and none is counted twice."""
    decision = world.decision()

    assert sorted(check.id for check in decision.checks) == [c.id for c in world.plan.checks]
    assert decision.counting == sum(check.counts for check in decision.checks)


@law
@given(worlds())
def test_the_reasons_are_the_verdict(world: World) -> None:
    """No reason is GO; a reason of level 2 to 8 is NO_GO; level 9 alone is CONDITIONAL_GO."""
    decision = world.decision()
    levels = [reason.code.level for reason in decision.reasons]

    assert levels == sorted(levels)
    assert (decision.verdict is Verdict.GO) is (not levels)
    assert (decision.verdict is Verdict.NO_GO) is any(level <= 8 for level in levels)


@law
@given(worlds())
def test_a_go_leaves_nothing_open(world: World) -> None:
    """A GO has enough proof, no gap that gates, no waiver in effect and no open condition."""
    decision, profile = world.decision(), world.profile
    assume(decision.verdict is Verdict.GO)
    gaps = [check for check in decision.checks if check.gap]
    told = [c for c in decision.checks if c.counts and c.word in ("passed", "warned", "failed")]

    assert decision.score >= profile.thresholds.go
    assert len(told) >= profile.minimum_checks
    assert len(gaps) <= profile.warn_budget
    assert {check.planned.policy.role for check in gaps} <= {Role.ADVISORY}
    assert all(use.state is not WaiverState.IN_EFFECT for use in decision.waivers)
    assert all(condition.closed_at is not None for condition in decision.conditions)
    assert all(
        (category.score or 0) >= category.floor
        for category in decision.categories
        if category.floor is not None
    )
    assert decision.fixes == ()


@law
@given(worlds())
def test_a_waiver_changes_the_verdict_and_nothing_else(world: World) -> None:
    """A waiver lifts at most to CONDITIONAL_GO; outcomes, scores and gaps stay as they are."""
    plain = replace(world, standing=Standing(world.standing.conditions))
    waived, bare = world.decision(), plain.decision()

    assert waived.categories == bare.categories
    assert (waived.score, waived.coverage, waived.verified, waived.counting) == (
        bare.score,
        bare.coverage,
        bare.verified,
        bare.counting,
    )
    assert waived.fixes == bare.fixes
    assert RANK[waived.verdict] >= RANK[bare.verdict]
    in_effect = {u.waiver.check for u in waived.waivers if u.state is WaiverState.IN_EFFECT}
    if not in_effect:
        assert (waived.verdict, waived.reasons) == (bare.verdict, bare.reasons)
    else:
        assert waived.verdict is not Verdict.GO
    lifted = (ReasonCode.UNPROVEN, ReasonCode.FAILED)
    for reason in bare.reasons:
        assert (
            reason in waived.reasons
            or (
                reason.code in lifted
                # Within what the fail budget tolerates, one waiver leaves no failure to report.
                and (reason.check in in_effect or reason.code is ReasonCode.FAILED)
            )
            or reason.code is ReasonCode.CONDITION_OVERDUE
        )


@law
@given(worlds(), st.data())
def test_a_stricter_profile_never_improves(world: World, data: st.DataObject) -> None:
    """Raising a threshold, a minimum or a floor, or lowering a budget, never helps."""
    profile = world.profile
    thresholds = profile.thresholds
    raised = [
        replace(profile, thresholds=replace(thresholds, go=(thresholds.go + 1) / 2)),
        replace(
            profile,
            thresholds=replace(
                thresholds, conditional=(2 * thresholds.conditional + thresholds.go) / 3
            ),
        ),
        replace(profile, minimum_checks=profile.minimum_checks + 1),
        replace(profile, fail_budget=max(profile.fail_budget - 1, 0)),
        replace(profile, warn_budget=max(profile.warn_budget - 1, 0)),
    ]
    for number, category in enumerate(profile.categories):
        for stricter in (
            replace(category, floor=((category.floor or Fraction(0)) + 1) / 2),
            replace(category, minimum_checks=category.minimum_checks + 1),
        ):
            categories = list(profile.categories)
            categories[number] = stricter
            raised.append(replace(profile, categories=tuple(categories)))

    assert replace(world, profile=data.draw(st.sampled_from(raised))).rank() <= world.rank()


@law
@given(worlds(), st.data())
def test_a_stricter_policy_of_a_check_never_improves(world: World, data: st.DataObject) -> None:
    """A stricter role, or refusing what was accepted from one check, never helps.

    A shadow check is not among them: counting what passes does raise the score.
    """
    assume(any(c.policy.role is not Role.SHADOW for c in world.plan.checks))
    chosen = data.draw(
        st.sampled_from([c for c in world.plan.checks if c.policy.role is not Role.SHADOW])
    )
    policy = chosen.policy
    stricter = [
        replace(policy, role=role) for role in Role if role.strictness > policy.role.strictness
    ]
    stricter += [
        replace(policy, when_unproven=Unproven.NO_GO),
        replace(policy, not_applicable_allowed=False),
    ]
    raised = replace(chosen, policy=data.draw(st.sampled_from(stricter)))
    plan = Plan(tuple(raised if c is chosen else c for c in world.plan.checks), "team-x")

    assert replace(world, plan=plan).rank() <= world.rank()


@law
@given(worlds(bare=True), WORDS)
def test_what_does_not_count_changes_nothing(world: World, said: Word) -> None:
    """A shadow check, and a result that nobody planned, leave the decision as it is."""
    shadow = CheckPolicy(check="s.shadow", category="x", role=Role.SHADOW, weight=Fraction(9))
    shown = replace(
        world,
        plan=Plan((*world.plan.checks, PlannedCheck(policy=shadow)), "team-x"),
        results=(
            *world.results,
            _result("s.shadow", OUTCOMES[said], ()),
            _result("t.stranger", OUTCOMES[said], ()),
        ),
    )
    one, other = world.decision(), shown.decision()

    assert [check.id for check in other.checks if check.counts] == [
        check.id for check in one.checks if check.counts
    ]
    assert (one.verdict, one.reasons, one.score, one.coverage, one.fixes, one.conditions) == (
        other.verdict,
        other.reasons,
        other.score,
        other.coverage,
        other.fixes,
        other.conditions,
    )


@law
@given(worlds())
def test_nobody_signs_blind(world: World) -> None:
    """Every check that blocks, could not tell or failed over budget is named with its reason."""
    decision = world.decision()
    named = {(reason.code, reason.check) for reason in decision.reasons}
    waived = {u.waiver.check for u in decision.waivers if u.state is WaiverState.IN_EFFECT}
    failed = set()
    for check in decision.checks:
        policy = check.planned.policy
        if not check.counts or check.id in waived:
            continue
        if policy.role is Role.BLOCKER and check.word not in (Word.PASSED, Word.WARNED):
            assert (ReasonCode.BLOCKER, check.id) in named
        hard = policy.when_unproven is Unproven.NO_GO or check.word is Word.MISSING
        if policy.role is Role.REQUIRED and check.word in BLIND and hard:
            assert (ReasonCode.UNPROVEN, check.id) in named
        if policy.role is Role.REQUIRED and check.word is Word.FAILED:
            failed.add((ReasonCode.FAILED, check.id))
    assert {pair for pair in named if pair[0] is ReasonCode.FAILED} == (
        failed if len(failed) > world.profile.fail_budget else set()
    )


@law
@given(worlds(), POLICIES, WORDS)
def test_a_check_that_a_manifest_adds_never_improves(
    world: World, policy: CheckPolicy, said: Word
) -> None:
    """However well it does, and whatever it weighs, an added check carries nothing."""
    added = PlannedCheck(policy=replace(policy, check="m.added"), origin=Origin.MANIFEST)
    fuller = replace(
        world,
        plan=Plan((*world.plan.checks, added), "team-x"),
        results=(*world.results, _result("m.added", OUTCOMES[said], ())),
    )

    assert fuller.rank() <= world.rank()
    assert fuller.decision().score == world.decision().score


@law
@given(st.data(), profiles())
def test_what_a_manifest_asks_for_never_improves(data: st.DataObject, profile: Profile) -> None:
    """Raising roles, shadow ones too, and adding checks, installed or not, never helps."""
    ids = [f"p.c{number}" for number in range(7)]
    spec = CheckSpec(id="p.c0", title="t", category="x", why="w", remedy="r")
    offers = tuple(
        Offer(
            replace(
                spec,
                id=check,
                role=data.draw(ROLES),
                category=data.draw(st.sampled_from(CATEGORIES)),
            )
        )
        for check in ids
    )
    catalog = Catalog((Plugin(name="p", distribution="d", version="1", checks=offers),))
    asked = data.draw(st.lists(st.sampled_from([*ids, "p.none"]), unique=True))
    requests = tuple(CheckRequest(c, data.draw(st.none() | ROLES)) for c in sorted(asked))
    profile = replace(
        profile, checks=tuple(replace(data.draw(POLICIES), check=check) for check in ids[:5])
    )
    results = tuple(_result(check, OUTCOMES[data.draw(WORDS)], ()) for check in ids)

    def world(*requests: CheckRequest) -> World:
        manifest = Manifest(name="pay", digest="", checks=requests)
        return World(plan_checks(profile, Target(manifest), catalog), results, profile, Standing())

    assert world(*requests).rank() <= world().rank()
    assert world(*requests).decision().score <= world().decision().score


SCALES = st.sampled_from([Fraction(7), Fraction(1, 3), Fraction(10**30)])


@law
@given(worlds(), SCALES)
def test_scaling_categories_changes_nothing(world: World, scale: Fraction) -> None:
    """The weights of categories are ratios too, one that the profile does not list weighs 1."""
    names = {check.policy.category for check in world.plan.checks} | set(CATEGORIES)
    listed = tuple(world.profile.category(name) for name in sorted(names))
    profile = replace(world.profile, categories=listed)
    scaled = replace(profile, categories=tuple(replace(c, weight=c.weight * scale) for c in listed))
    one = replace(world, profile=profile).decision()
    other = replace(world, profile=scaled).decision()

    assert one.verdict is world.decision().verdict
    assert (one.verdict, one.reasons, one.score, one.fixes) == (
        other.verdict,
        other.reasons,
        other.score,
        other.fixes,
    )


@law
@given(worlds(), SCALES)
def test_scaling_weights_changes_nothing(world: World, scale: Fraction) -> None:
    """Weights are ratios: scaled within each category they decide the same."""
    scaled = Plan(
        tuple(
            replace(c, policy=replace(c.policy, weight=c.policy.weight * scale))
            for c in world.plan.checks
        ),
        "team-x",
    )
    one, other = world.decision(), replace(world, plan=scaled).decision()

    assert (one.verdict, one.reasons, one.score, one.fixes) == (
        other.verdict,
        other.reasons,
        other.score,
        other.fixes,
    )


def fixed(world: World, checks: Iterable[str]) -> World:
    """Return *world* with *checks* passed, and without waivers."""
    passed = tuple(checks)
    others = tuple(result for result in world.results if result.check not in passed)
    return replace(
        world,
        results=others + tuple(_result(check, Passed("mended"), ()) for check in passed),
        standing=Standing(world.standing.conditions),
    )


@law
@given(worlds(grim=True))
def test_the_fixes_reach_go_and_no_shorter_list_does(world: World) -> None:
    """The list is the shortest of all: every smaller choice of gaps was tried and is not GO."""
    decision = world.decision()
    gaps = [check.id for check in decision.checks if check.gap]
    shortest = next(
        (
            size
            for size in range(len(gaps) + 1)
            for choice in itertools.combinations(gaps, size)
            if fixed(world, choice).decision().verdict is Verdict.GO
        ),
        None,
    )

    if decision.fixes is None:
        assert shortest is None
    else:
        mended = [fix.check for fix in decision.fixes]
        assert set(mended) <= set(gaps)
        assert fixed(world, mended).decision().verdict is Verdict.GO
        assert len(mended) == shortest


@law
@given(worlds())
def test_validity_ends_with_the_first_thing_that_runs_out(world: World) -> None:
    """valid_until is the earliest of max_age, waivers in effect, open conditions and evidence."""
    decision = world.decision()
    ends = [NOW + timedelta(seconds=world.profile.max_age_s)]
    ends += [u.waiver.expires_at for u in decision.waivers if u.state is WaiverState.IN_EFFECT]
    late = {r.check for r in decision.reasons if r.code is ReasonCode.CONDITION_OVERDUE}
    ends += [c.due_at for c in decision.conditions if c.closed_at is None and c.check not in late]
    results = {result.check: result for result in world.results}
    for check in decision.checks:
        age = check.planned.policy.max_age_s
        if age is not None and check.counts and check.word in ("passed", "warned", "failed"):
            at = [e.at for e in results[check.id].evidence if e.at is not None]
            ends += [moment + timedelta(seconds=age) for moment in at]

    assert decision.valid_until == min(ends)
    assert decision.valid_until >= decision.decided_at


@law
@given(worlds())
def test_conditions_open_with_gaps_and_close_with_passing(world: World) -> None:
    """Each standing condition is kept, and only a CONDITIONAL_GO opens new ones."""
    decision = world.decision()
    before = {c.check: c for c in world.standing.conditions}
    after = {c.check: c for c in decision.conditions}
    words = {check.id: check.word for check in decision.checks}
    gaps = {check.id for check in decision.checks if check.gap}
    open_before = {c for c in before if before[c].closed_at is None}
    open_after = {c for c in after if after[c].closed_at is None}

    assert set(before) <= set(after)
    assert list(after) == sorted(after)
    if decision.verdict is Verdict.GO:
        assert not open_after
    else:
        assert {c for c in open_before if words.get(c) != "passed"} <= open_after
        assert not {c for c in open_after if words.get(c) == "passed"}
        assert all(after[c] == before[c] for c in open_before & open_after)
    if decision.verdict is Verdict.CONDITIONAL_GO:
        assert gaps
        assert gaps <= open_after
        assert all(after[check].due_at >= NOW for check in open_after)
    else:
        assert set(after) == set(before)
    for check in open_after - open_before:
        again = check in before and NOW - (before[check].closed_at or NOW) <= 14 * DAY
        assert after[check].due_at == (before[check].due_at if again else NOW + 14 * DAY)


@law
@given(worlds(bare=True))
def test_a_conditional_go_becomes_no_go_when_its_conditions_are_overdue(world: World) -> None:
    """What was a CONDITIONAL_GO is NO_GO once a condition is overdue, and a GO stays one."""
    before = world.decision()
    late = Condition(check="z.gone", owner="", opened_at=NOW - DAY, due_at=NOW - DAY / 2)
    after = replace(world, standing=Standing((late,))).decision()

    if before.verdict is Verdict.GO:
        assert after.verdict is Verdict.GO
    else:
        assert after.verdict is Verdict.NO_GO
        assert ReasonCode.CONDITION_OVERDUE in {reason.code for reason in after.reasons}


@law
@given(worlds())
def test_a_record_decides_the_same_again(world: World) -> None:
    """The rule, applied to what a record keeps, decides the same to the last byte."""
    decision = world.decision()
    record = recorded(decision, world.profile)
    assert record.policy is not None

    again = recorded(replay_of(record, record.policy).decision(), world.profile)

    # What a check said before it was settled, and what it was seen with, decide nothing more.
    assert again.document() == {
        **record.document(),
        "categories": again.document()["categories"],
    }
    assert [(c.id, c.outcome, c.reason, c.code, c.remedy) for c in again.checks] == [
        (c.id, c.outcome, c.reason, c.code, c.remedy) for c in record.checks
    ]
    assert [(c.name, c.score, c.floor) for c in again.categories] == [
        (c.name, c.score, c.floor) for c in record.categories
    ]


def answered(world: World) -> Counterfactual:
    """Return what would have been decided otherwise."""
    answer = counterfactual(recorded(world.decision(), world.profile))
    assert isinstance(answer, Counterfactual)
    return answer


@law
@given(worlds(grim=True))
def test_the_steps_lead_to_go(world: World) -> None:
    """The last step is GO and none before it; nothing that passes makes anything worse."""
    decision, answer = world.decision(), answered(world)

    assert all(RANK[one.verdict] >= RANK[decision.verdict] for one in answer.if_passed)
    if decision.fixes is None:
        assert answer.steps is None
        assert answer.obstacles
        return
    assert answer.steps is not None
    assert [step.check for step in answer.steps] == [fix.check for fix in decision.fixes]
    ranks = [RANK[decision.verdict], *(RANK[step.verdict] for step in answer.steps)]
    assert ranks == sorted(ranks)
    assert ranks[-1] == RANK[Verdict.GO]
    assert RANK[Verdict.GO] not in ranks[:-1]
    assert answer.obstacles == ()


@law
@given(worlds(bare=True))
def test_a_supposition_is_what_the_rule_says(world: World) -> None:
    """What one check alone would change is what the rule decides when that check says so."""
    decision, answer = world.decision(), answered(world)
    gaps = {check.id for check in decision.checks if check.gap}
    bearing = {c.id for c in decision.checks if c.counts and c.word in ("passed", "warned")}
    passed = {check: world.answering(check, OUTCOMES[Word.PASSED]) for check in gaps}
    failed = {check: world.answering(check, OUTCOMES[Word.FAILED]) for check in bearing}

    assert told(answer.if_passed) == {
        check: (then.verdict, figure(then.score)) for check, then in passed.items()
    }
    assert told(answer.if_failed) == {
        check: (then.verdict, figure(then.score))
        for check, then in failed.items()
        if RANK[then.verdict] < RANK[decision.verdict]
    }


def told(found: Iterable[Supposition]) -> dict[str, tuple[Verdict, float]]:
    """Return what would have been decided, by check."""
    return {one.check: (one.verdict, one.score) for one in found}


@law
@given(worlds(), st.data())
def test_a_record_that_was_changed_is_not_answered(world: World, data: st.DataObject) -> None:
    """Where the rule does not decide what stands in the record, there is no answer."""
    record = recorded(world.decision(), world.profile)
    other = data.draw(st.sampled_from([v for v in Verdict if v.value != record.decision]))

    assert not isinstance(counterfactual(replace(record, decision=other.value)), Counterfactual)
