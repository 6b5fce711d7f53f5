"""The rule against a second, naive statement of it, for every state of three checks.

``law_says`` is written from the contract alone: slow, flat, with words instead of classes. The
code under test and this page can only agree by both being right, or by the same mistake twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

from director.model.check import Role
from director.model.decision import Decision
from director.model.plan import Plan, PlannedCheck
from director.model.profile import Category, Profile, Thresholds, Unproven
from director.model.result import Result
from director.model.standing import Standing
from director.rules.decide import decide

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

WORDS = ("passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing")
ROLES = ("blocker", "required", "advisory", "shadow")

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)

WAIVERS: dict[str, timedelta] = {"in_force": DAY, "last_moment": TICK, "expired": timedelta(0)}
"""Kinds of waiver, by what is left of them; at the moment it expires one holds no more."""

CONDITIONS: dict[str, tuple[timedelta, timedelta | None]] = {
    "open": (5 * DAY, None),
    "due": (timedelta(0), None),
    "overdue": (-TICK, None),
    "closed": (5 * DAY, 14 * DAY),
    "closed_overdue": (-TICK, DAY),
    "closed_long_ago": (5 * DAY, 14 * DAY + TICK),
}
"""Kinds of standing condition: when it is due from now, and how long ago it was closed."""


class Said(NamedTuple):
    """One check of the naive statement."""

    id: str
    category: str
    weight: int
    role: str
    word: str


@dataclass(frozen=True)
class Policy:
    """One policy of the naive statement; the numbers are the contract's defaults.

    What stands is part of it: waivers and conditions as pairs of a check and a kind.
    """

    go: Fraction = Fraction(5, 6)
    conditional: Fraction = Fraction(5, 12)
    minimum: int = 3
    fail_budget: int = 0
    warn_budget: int = 0
    when_unproven: str = "no_go"
    not_applicable: str = "default"
    floor_of_x: Fraction | None = Fraction(5, 8)
    minimum_of_x: int = 1
    waivers: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()


WEIGHT_OF_CATEGORY = {"x": 2, "y": 1, "filler": 1}
MAX_AGE, DUE_IN = 10 * DAY, 14 * DAY

Stand = dict[str, tuple[timedelta, bool]]
"""For each condition: when it is due from now, and whether it is open."""


class Finding(NamedTuple):
    """What a decision comes to."""

    verdict: str
    reasons: frozenset[tuple[str, str]]
    score: Fraction
    waivers: dict[str, str]
    conditions: Stand
    valid_for: timedelta


def law_says(policy: Policy, checks: list[Said]) -> Finding:
    """Return what the contract makes of *checks*."""
    checks = [settled(policy, c) for c in checks]
    # "Counting checks are all but shadow and validly not-applicable ones"
    counting = [c for c in checks if c.role != "shadow" and c.word != "not_applicable"]
    waivers = waivers_say(policy, checks, counting)
    score, score_of_x = score_says(counting)
    no_go = no_go_says(policy, counting, waivers) | score_reasons(policy, score, score_of_x)
    why = no_go | short_of_go_says(policy, counting, score, waivers)

    verdict = "no_go" if no_go else "conditional_go" if why else "go"
    stand, opened = conditions_say(policy, checks, counting, verdict)
    # 8: "a condition past its due date"
    late = {id_ for id_, (due, is_open) in stand.items() if is_open and due < timedelta(0)}
    if late:
        verdict = "no_go"
        why |= {("condition_overdue", id_) for id_ in late}
        # A NO_GO opens nothing.
        stand |= opened
        stand = {id_: kept for id_, kept in stand.items() if kept != NEVER}
    # "valid_until is the earliest of max_age, waiver, evidence and condition expiry"
    ends = [MAX_AGE]
    ends += [WAIVERS[kind] for id_, kind in policy.waivers if waivers[id_] == "in_effect"]
    ends += [due for due, is_open in stand.values() if is_open and due >= timedelta(0)]
    return Finding(verdict, frozenset(why), score, waivers, stand, min(ends))


def settled(policy: Policy, c: Said) -> Said:
    """Return the check as it counts."""
    # "counts only where the profile allows it (allowed, the default; refused is the default for
    # blockers); otherwise it is unknown"
    refused = policy.not_applicable == "refused" or (
        policy.not_applicable == "default" and c.role == "blocker"
    )
    return c._replace(word="unknown") if refused and c.word == "not_applicable" else c


def unproven(policy: Policy, c: Said) -> bool:
    """Return whether level 4 is about the check; a missing one is never softened."""
    softened = policy.when_unproven == "conditional"
    return c.role == "required" and (
        c.word == "missing" or (c.word in ("unknown", "errored") and not softened)
    )


def waivers_say(policy: Policy, checks: list[Said], counting: list[Said]) -> dict[str, str]:
    """Return what each waiver does: "in effect only if it lifted a reason"."""
    by_id = {c.id: c for c in checks}
    failed = [c.id for c in counting if c.role == "required" and c.word == "failed"]
    lifted = [c.id for c in counting if unproven(policy, c)]
    lifted += failed if len(failed) > policy.fail_budget else []
    says = {}
    for id_, kind in policy.waivers:
        if id_ not in by_id:
            says[id_] = "no_match"
        elif WAIVERS[kind] <= timedelta(0):
            says[id_] = "expired"
        elif by_id[id_].role == "blocker":
            says[id_] = "not_waivable"
        else:
            says[id_] = "in_effect" if id_ in lifted else "unused"
    return says


def no_go_says(
    policy: Policy, counting: list[Said], waivers: dict[str, str]
) -> set[tuple[str, str]]:
    """Return the reasons of levels 2 to 5."""
    why = set()
    # 2; "conclusive ones are passed, warned or failed"
    conclusive = [c for c in counting if c.word in ("passed", "warned", "failed")]
    if len(conclusive) < policy.minimum:
        why.add(("insufficient_checks", ""))
    if len([c for c in conclusive if c.category == "x"]) < policy.minimum_of_x:
        why.add(("insufficient_checks", "x"))
    # 3
    for c in counting:
        if c.role == "blocker" and c.word not in ("passed", "warned"):
            why.add(("blocker", c.id))
    # 4 and 5; "a waiver lifts levels 4-5 for its check alone"
    others = [c for c in counting if waivers.get(c.id) != "in_effect"]
    why |= {("unproven", c.id) for c in others if unproven(policy, c)}
    failed = [c.id for c in others if c.role == "required" and c.word == "failed"]
    if len(failed) > policy.fail_budget:
        why |= {("failed", id_) for id_ in failed}
    return why


def score_reasons(policy: Policy, score: Fraction, of_x: Fraction) -> set[tuple[str, str]]:
    """Return the reasons of levels 6 and 7."""
    why = set()
    if policy.floor_of_x is not None and of_x < policy.floor_of_x:
        why.add(("category_floor", "x"))
    if score < policy.conditional:
        why.add(("score", ""))
    return why


def short_of_go_says(
    policy: Policy, counting: list[Said], score: Fraction, waivers: dict[str, str]
) -> set[tuple[str, str]]:
    """Return the reasons of level 9."""
    gaps = [c for c in counting if c.word != "passed"]
    why = set()
    if score < policy.go:
        why.add(("below_go", ""))
    if len(gaps) > policy.warn_budget:
        why.add(("warn_budget", ""))
    if any(c.role == "required" for c in gaps):
        why.add(("required_gap", ""))
    if any(c.role == "blocker" and c.word == "warned" for c in counting):
        why.add(("blocker_warned", ""))
    if "in_effect" in waivers.values():
        why.add(("waived", ""))
    return why


NEVER = (timedelta.min, False)
"""Stands for a condition that is not there."""


def conditions_say(
    policy: Policy, checks: list[Said], counting: list[Said], verdict: str
) -> tuple[Stand, Stand]:
    """Return what stands if nothing is overdue; and for what was opened anew, what stood."""
    words = {c.id: c.word for c in checks}
    stand: Stand = {}
    closed_ago = {}
    for id_, kind in policy.conditions:
        due, ago = CONDITIONS[kind]
        # "it closes when its check passes, or when the decision without level 8 is GO"
        closes = words.get(id_) == "passed" or verdict == "go"
        stand[id_] = (due, ago is None and not closes)
        if ago is not None:
            closed_ago[id_] = ago
    opened: Stand = {}
    # "A CONDITIONAL_GO opens a condition for each gap"
    for c in counting:
        if verdict != "conditional_go" or c.word == "passed":
            continue
        due, is_open = stand.get(c.id, NEVER)
        # "reopened within due_in it keeps its old date"
        if c.id in closed_ago and closed_ago[c.id] <= DUE_IN:
            stand[c.id] = (due, True)
        elif not is_open:
            opened[c.id] = (due, is_open)
            stand[c.id] = (DUE_IN, True)
    return stand, opened


def score_says(counting: list[Said]) -> tuple[Fraction, Fraction]:
    """Return the score, and that of category x; nothing counting is nothing scored."""
    credit = {"passed": Fraction(1), "warned": Fraction(1, 2)}
    scores = {}
    for name in ("x", "y", "filler"):
        mine = [c for c in counting if c.category == name]
        weight = sum(c.weight for c in mine)
        if weight:
            scores[name] = sum(c.weight * credit.get(c.word, Fraction(0)) for c in mine) / weight
    total = sum(WEIGHT_OF_CATEGORY[name] for name in scores)
    if not total:
        return Fraction(0), Fraction(0)
    score = sum(WEIGHT_OF_CATEGORY[name] * s for name, s in scores.items()) / Fraction(total)
    return Fraction(score), Fraction(scores.get("x", 0))


SHAPE = (("a.a", "x", 1), ("a.b", "x", 3), ("a.c", "y", 1))
TWINS = (("a.a", "x", 1), ("a.b", "x", 1), ("a.c", "x", 1))
"""Three checks that differ in nothing but their names: any order of them is as good as another."""

Shape = tuple[tuple[str, str, int], ...]
Each = tuple[str, str]
"""Role and word of one check."""
State = tuple[Each, ...]

EACH: tuple[Each, ...] = tuple(itertools.product(ROLES, WORDS))
STATES: tuple[State, ...] = tuple(itertools.product(EACH, repeat=3))
UNORDERED: tuple[State, ...] = tuple(itertools.combinations_with_replacement(EACH, 3))


class Bench:
    """Puts states before the real rule; what does not change is built once."""

    def __init__(self, law: Law, fillers: int = 3, shape: Shape = SHAPE) -> None:
        self.law = law
        self.shape = shape
        cases = law.fillers(fillers)
        self.fillers = tuple(planned for planned, _ in cases)
        self.filled = [law.result(planned.id, law.outcome("passed")) for planned in self.fillers]
        self.said = [Said(p.id, "filler", 0, "advisory", "passed") for p in self.fillers]
        self.results: dict[Each, list[Result]] = {
            (check, word): [law.result(check, law.outcome(word))] if word != "missing" else []
            for check, _, _ in shape
            for word in WORDS
        }
        self.planned: dict[tuple[str, str, str, str], PlannedCheck] = {
            (check, role, when, allowed): law.planned(
                check,
                Role(role),
                category,
                weight=weight,
                when_unproven=Unproven(when),
                not_applicable_allowed={"default": None, "allowed": True, "refused": False}[
                    allowed
                ],
            )
            for check, category, weight in shape
            for role in ROLES
            for when in ("no_go", "conditional")
            for allowed in ("default", "allowed", "refused")
        }

    def said_in(self, state: State) -> list[Said]:
        """Return *state* in the words of the naive statement."""
        pairs = zip(self.shape, state, strict=True)
        return [Said(*shape, *each) for shape, each in pairs] + self.said

    def decision(self, state: State, policy: Policy) -> Decision:
        """Return what the real rule decides on *state*."""
        results = list(self.filled)
        planned = []
        for (check, _, _), (role, word) in zip(self.shape, state, strict=True):
            results += self.results[check, word]
            planned.append(self.planned[check, role, policy.when_unproven, policy.not_applicable])
        plan = Plan((*planned, *self.fillers))
        return decide(plan, results, profile_of(policy), self._standing(policy), self.law.now)

    def _standing(self, policy: Policy) -> Standing:
        return Standing(
            tuple(
                self.law.condition(check, *CONDITIONS[kind]) for check, kind in policy.conditions
            ),
            tuple(self.law.waiver(check, WAIVERS[kind]) for check, kind in policy.waivers),
        )

    def disagreement(self, state: State, policy: Policy) -> str | None:
        """Return how the code and the naive statement differ on *state*, or None."""
        got = finding(self.decision(state, policy), self.law)
        expected = law_says(policy, self.said_in(state))
        if got == expected:
            return None
        return f"{state} under {policy}: got {got}, the law says {expected}"

    def disagreements(self, states: Iterable[State], policy: Policy) -> list[str]:
        """Return every disagreement on *states*."""
        return [d for state in states if (d := self.disagreement(state, policy))]


@cache
def profile_of(policy: Policy) -> Profile:
    """Return *policy* as the code wants it."""
    x = Category(
        name="x",
        weight=Fraction(2),
        floor=policy.floor_of_x,
        minimum_checks=policy.minimum_of_x,
    )
    return Profile(
        name="test",
        digest="",
        thresholds=Thresholds(policy.go, policy.conditional),
        minimum_checks=policy.minimum,
        fail_budget=policy.fail_budget,
        warn_budget=policy.warn_budget,
        max_age_s=MAX_AGE.total_seconds(),
        due_in_s=DUE_IN.total_seconds(),
        categories=(x, Category(name="y")),
    )


def finding(decision: Decision, law: Law) -> Finding:
    """Return of a decision what the naive statement says."""
    by_check = ("blocker", "unproven", "failed", "condition_overdue")
    by_category = ("insufficient_checks", "category_floor")
    why = frozenset(
        (
            reason.code.value,
            reason.check
            if reason.code in by_check
            else reason.category
            if reason.code in by_category
            else "",
        )
        for reason in decision.reasons
    )
    return Finding(
        decision.verdict.value,
        why,
        decision.score,
        {use.waiver.check: use.state.value for use in decision.waivers},
        {c.check: (c.due_at - law.now, c.closed_at is None) for c in decision.conditions},
        decision.valid_until - law.now,
    )


def on_all(*kinds: str) -> tuple[tuple[str, str], ...]:
    """Return one kind for each of the three checks, in their order; "" for none."""
    return tuple((shape[0], kind) for shape, kind in zip(SHAPE, kinds, strict=False) if kind)


VARIANTS = (
    Policy(),
    Policy(warn_budget=1),
    Policy(warn_budget=3, floor_of_x=None, minimum_of_x=0),
    Policy(fail_budget=1),
    Policy(fail_budget=2, warn_budget=2, conditional=Fraction(1, 100), floor_of_x=Fraction(0)),
    Policy(when_unproven="conditional", conditional=Fraction(1, 3), floor_of_x=None),
    Policy(when_unproven="conditional", fail_budget=1, warn_budget=2),
    Policy(waivers=on_all("in_force"), conditional=Fraction(1, 12), floor_of_x=Fraction(1, 8)),
    Policy(
        waivers=on_all("in_force", "last_moment"),
        fail_budget=1,
        conditional=Fraction(1, 12),
        floor_of_x=None,
    ),
    Policy(
        waivers=on_all("in_force", "expired", "in_force"),
        minimum_of_x=2,
        conditional=Fraction(1, 6),
    ),
    Policy(conditions=on_all("overdue"), warn_budget=1, conditional=Fraction(1, 3)),
    Policy(
        conditions=(*on_all("closed", "", "overdue"), ("z.gone", "overdue")),
        waivers=(*on_all("", "", "in_force"), ("z.gone", "in_force")),
        warn_budget=2,
        go=Fraction(2, 3),
    ),
    Policy(
        conditions=on_all("closed_overdue", "closed_long_ago", "due"),
        waivers=on_all("in_force"),
        conditional=Fraction(1, 12),
        floor_of_x=None,
    ),
    Policy(conditions=(("z.gone", "open"),), not_applicable="allowed", warn_budget=3),
    Policy(not_applicable="refused", when_unproven="conditional", conditional=Fraction(1, 12)),
    Policy(minimum=5, warn_budget=2, go=Fraction(1)),
    Policy(minimum_of_x=2, go=Fraction(3, 4), conditional=Fraction(1, 2)),
    Policy(floor_of_x=Fraction(1), go=Fraction(2, 3), warn_budget=3),
)


def test_the_naive_statement_tells_the_verdicts_apart(law: Law) -> None:
    """The grid reaches all three verdicts, every reason and every state of a waiver."""
    verdicts, reasons, waivers = set(), set(), set()
    bench = Bench(law)
    for policy in VARIANTS:
        for state in STATES[::61]:
            found = law_says(policy, bench.said_in(state))
            verdicts.add(found.verdict)
            reasons |= {code for code, _ in found.reasons}
            waivers |= set(found.waivers.values())

    assert verdicts == {"go", "conditional_go", "no_go"}
    assert len(reasons) == 12
    assert waivers == {"in_effect", "unused", "expired", "no_match", "not_waivable"}


def test_every_state_of_three_checks_beside_others(law: Law) -> None:
    """All 21,952 states of three checks, beside three that passed and weigh nothing."""
    assert len(STATES) == 28**3

    assert Bench(law).disagreements(STATES, VARIANTS[1]) == []


def test_every_state_of_three_checks_alone(law: Law) -> None:
    """Three checks alone are just enough if all can tell, and never if one cannot."""
    conclusive = [s for s in STATES if all(word in WORDS[:3] for _, word in s)]
    told = set(conclusive)
    others = [s for s in STATES if s not in told][::17]

    assert Bench(law, fillers=0).disagreements(conclusive + others, VARIANTS[1]) == []


@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_a_part_of_the_states_under_other_policies(law: Law, number: int) -> None:
    """Budgets, floors, minimums, waivers and conditions, on every forty-first state."""
    assert Bench(law).disagreements(STATES[number::41], VARIANTS[number]) == []


def swapped(found: Finding, order: tuple[int, ...]) -> Finding:
    """Return *found* with the names of the three checks exchanged."""
    names = dict(zip([TWINS[n][0] for n in order], [twin[0] for twin in TWINS], strict=True))
    return found._replace(
        reasons=frozenset((code, names.get(about, about)) for code, about in found.reasons),
        waivers={names[id_]: state for id_, state in found.waivers.items()},
        conditions={names[id_]: stand for id_, stand in found.conditions.items()},
    )


def exchanged(law: Law, states: Iterable[State]) -> list[str]:
    """Return every state of three twins that is decided otherwise in another order."""
    bench, policy = Bench(law, shape=TWINS), VARIANTS[0]
    asked = [
        replace(policy, waivers=on_all("in_force", "expired"), conditions=on_all("", "overdue")),
        policy,
    ]
    wrong = []
    for state in states:
        for policy in asked:
            one = finding(bench.decision(state, policy), law)
            for order in itertools.permutations(range(3)):
                other = replace(
                    policy,
                    waivers=renamed(policy.waivers, order),
                    conditions=renamed(policy.conditions, order),
                )
                turned = finding(bench.decision(tuple(state[n] for n in order), other), law)
                if swapped(one, order) != turned:
                    wrong.append(f"{state} in the order {order}")
    return wrong


def renamed(pairs: tuple[tuple[str, str], ...], order: tuple[int, ...]) -> tuple[Each, ...]:
    """Return *pairs* as they read when the checks come in another order."""
    kinds = dict(pairs)
    turned = [kinds.get(TWINS[n][0], "") for n in order]
    return on_all(*turned)


def test_twins_are_exchangeable(law: Law) -> None:
    """Of three checks alike in all but name it does not matter which is which.

    So the 4,060 states without order stand for all 21,952; here, every ninth of them.
    """
    assert len(UNORDERED) == 4060

    assert exchanged(law, UNORDERED[::9]) == []


LITTLE = Fraction(1, 1000)


def edges(bench: Bench, state: State) -> Iterator[Policy]:
    """Yield the policy whose every number *state* just meets, and each with one just missed."""
    checks = [settled(Policy(), c) for c in bench.said_in(state)]
    counting = [c for c in checks if c.role != "shadow" and c.word != "not_applicable"]
    told = [c for c in counting if c.word in ("passed", "warned", "failed")]
    told_of_x = sum(c.category == "x" for c in told)
    score, of_x = score_says(counting)
    failed = sum(c.role == "required" and c.word == "failed" for c in counting)
    gaps = sum(c.word != "passed" for c in counting)
    go = min(max(score, 2 * LITTLE), Fraction(1))
    met = Policy(
        go=go,
        conditional=go - LITTLE,
        minimum=max(len(told), 3),
        fail_budget=failed,
        warn_budget=gaps,
        floor_of_x=of_x,
        minimum_of_x=told_of_x,
    )
    yield met
    yield replace(met, minimum=max(len(told), 3) + 1)
    yield replace(met, minimum_of_x=told_of_x + 1)
    if score < 1:
        yield replace(
            met, go=score + LITTLE, conditional=min(max(score, LITTLE), score + LITTLE / 2)
        )
        yield replace(met, go=score + LITTLE, conditional=score + LITTLE / 2)
    if of_x < 1:
        yield replace(met, floor_of_x=of_x + LITTLE)
    if failed:
        yield replace(met, fail_budget=failed - 1)
    if gaps:
        yield replace(met, warn_budget=gaps - 1)


def off_the_edge(law: Law, states: Iterable[State], shape: Shape) -> list[str]:
    """Return every disagreement at an edge of one of *states*."""
    bench = Bench(law, shape=shape)
    return [
        wrong
        for state in states
        for policy in edges(bench, state)
        if (wrong := bench.disagreement(state, policy))
    ]


def test_every_state_with_each_number_at_its_edge(law: Law) -> None:
    """Thresholds, floor, minimums and budgets: just met, and each of them missed by a little."""
    assert off_the_edge(law, UNORDERED, TWINS) == []


def standing_states(kinds: Iterable[str], step: int) -> Iterator[tuple[State, tuple[str, ...]]]:
    """Yield every *step*-th state of three twins in which each has one of *kinds*, or none."""
    each = list(itertools.product(EACH, ("", *kinds)))
    for three in itertools.islice(itertools.combinations_with_replacement(each, 3), 0, None, step):
        yield tuple(one for one, _ in three), tuple(kind for _, kind in three)


WAIVED = (
    Policy(conditional=Fraction(1, 100), floor_of_x=None, minimum_of_x=0, warn_budget=3),
    Policy(fail_budget=1, conditional=Fraction(1, 100), floor_of_x=None, minimum_of_x=0),
)
CARRIED = Policy(conditional=Fraction(1, 100), floor_of_x=None, minimum_of_x=0, warn_budget=2)


def misjudged_waivers(law: Law, step: int) -> list[str]:
    """Return every disagreement where each check may have a waiver, in force or expired."""
    bench = Bench(law, shape=TWINS)
    return [
        wrong
        for state, kinds in standing_states(("in_force", "expired"), step)
        for policy in WAIVED
        if (wrong := bench.disagreement(state, replace(policy, waivers=on_all(*kinds))))
    ]


def misjudged_conditions(law: Law, step: int) -> list[str]:
    """Return every disagreement where each check may have a condition of any kind."""
    bench = Bench(law, shape=TWINS)
    return [
        wrong
        for state, kinds in standing_states(CONDITIONS, step)
        if (wrong := bench.disagreement(state, replace(CARRIED, conditions=on_all(*kinds))))
    ]


def test_a_part_of_the_states_with_waivers(law: Law) -> None:
    """Every nineteenth of the 102,340 states in which each check may be waived."""
    assert misjudged_waivers(law, step=19) == []


def test_a_part_of_the_states_with_conditions(law: Law) -> None:
    """Every 199th of the 1,274,196 states in which a condition may stand on each check."""
    assert misjudged_conditions(law, step=199) == []


@pytest.mark.long
@pytest.mark.parametrize("fillers", [0, 1, 3])
@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_every_state_under_every_policy(law: Law, number: int, fillers: int) -> None:
    """All 21,952 states under each policy, with none, one and three checks beside them."""
    assert Bench(law, fillers).disagreements(STATES, VARIANTS[number]) == []


@pytest.mark.long
def test_every_twin_is_exchangeable(law: Law) -> None:
    """The symmetry that the grids without order rest on, for every state."""
    assert exchanged(law, UNORDERED) == []


@pytest.mark.long
def test_every_ordered_state_with_each_number_at_its_edge(law: Law) -> None:
    """The edges once more, for checks of two categories and different weights."""
    assert off_the_edge(law, STATES, SHAPE) == []


@pytest.mark.long
def test_every_state_with_waivers(law: Law) -> None:
    """All 102,340 states in which each check may have a waiver, in force or expired."""
    assert misjudged_waivers(law, step=1) == []


@pytest.mark.long
def test_every_state_with_conditions(law: Law) -> None:
    """All 1,274,196 states in which a condition of any kind may stand on each check."""
    assert misjudged_conditions(law, step=1) == []
