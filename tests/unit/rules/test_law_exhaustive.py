"""The rule against a second, naive statement of it, for every state of three checks.

``law_says`` is written from the contract alone: slow, flat, with words instead of classes. The
code under test and this page can only agree by both being right, or by the same mistake twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import pytest

from director.model.check import Role
from director.model.decision import Decision
from director.model.outcome import Outcome
from director.model.plan import Plan, PlannedCheck
from director.model.profile import Category, Profile, Thresholds, Unproven
from director.model.result import Result
from director.model.standing import Standing
from director.rules.decide import decide

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

WORDS = ("passed", "warned", "failed", "unknown", "not_applicable", "errored", "missing")
ROLES = ("blocker", "required", "advisory", "shadow")


class Said(NamedTuple):
    """One check of the naive statement."""

    id: str
    category: str
    weight: int
    role: str
    word: str


@dataclass(frozen=True)
class Policy:
    """One policy of the naive statement; the numbers are the contract's defaults."""

    go: Fraction = Fraction(5, 6)
    conditional: Fraction = Fraction(5, 12)
    minimum: int = 3
    fail_budget: int = 0
    warn_budget: int = 0
    when_unproven: str = "no_go"
    floor_of_x: Fraction | None = Fraction(5, 8)
    minimum_of_x: int = 1
    waived: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


WEIGHT_OF_CATEGORY = {"x": 2, "y": 1, "filler": 1}

Finding = tuple[str, frozenset[tuple[str, str]], Fraction]


def law_says(  # noqa: PLR0912  # the law on one page, to be read beside the contract
    policy: Policy, checks: list[Said]
) -> Finding:
    """Return verdict, reasons and score as the contract has them."""
    # "refused is the default for blockers; otherwise it is unknown"
    checks = [
        c._replace(word="unknown") if c.role == "blocker" and c.word == "not_applicable" else c
        for c in checks
    ]
    # "Counting checks are all but shadow and validly not-applicable ones"
    counting = [c for c in checks if c.role != "shadow" and c.word != "not_applicable"]
    # "conclusive ones are passed, warned or failed"
    conclusive = [c for c in counting if c.word in ("passed", "warned", "failed")]
    gaps = [c for c in counting if c.word != "passed"]
    score, score_of_x = score_says(counting)
    why: set[tuple[str, str]] = set()

    # 2
    if len(conclusive) < policy.minimum:
        why.add(("insufficient_checks", ""))
    if len([c for c in conclusive if c.category == "x"]) < policy.minimum_of_x:
        why.add(("insufficient_checks", "x"))
    # 3
    for c in counting:
        if c.role == "blocker" and c.word not in ("passed", "warned"):
            why.add(("blocker", c.id))
    # 4, and what a waiver lifts of it
    in_effect = set()
    for c in counting:
        if c.role == "required" and (
            c.word == "missing"
            or (c.word in ("unknown", "errored") and policy.when_unproven == "no_go")
        ):
            if c.id in policy.waived:
                in_effect.add(c.id)
            else:
                why.add(("unproven", c.id))
    # 5, and what a waiver lifts of it
    failed = [c.id for c in counting if c.role == "required" and c.word == "failed"]
    if len(failed) > policy.fail_budget:
        in_effect |= {i for i in failed if i in policy.waived}
        failed = [i for i in failed if i not in policy.waived]
        if len(failed) > policy.fail_budget:
            why |= {("failed", i) for i in failed}
    # 6
    if policy.floor_of_x is not None and score_of_x < policy.floor_of_x:
        why.add(("category_floor", "x"))
    # 7
    if score < policy.conditional:
        why.add(("score", ""))
    no_go = bool(why)
    # 9
    if score < policy.go:
        why.add(("below_go", ""))
    if len(gaps) > policy.warn_budget:
        why.add(("warn_budget", ""))
    if any(c.role == "required" for c in gaps):
        why.add(("required_gap", ""))
    if any(c.role == "blocker" and c.word == "warned" for c in counting):
        why.add(("blocker_warned", ""))
    if in_effect:
        why.add(("waived", ""))
    # 8: "closes when its check passes, or when the decision without level 8 is GO"
    if why:
        words = {c.id: c.word for c in checks}
        late = {i for i in policy.overdue if words.get(i) != "passed"}
        why |= {("condition_overdue", i) for i in late}
        no_go = no_go or bool(late)
    verdict = "no_go" if no_go else "conditional_go" if why else "go"
    return verdict, frozenset(why), score


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
STATES = tuple(itertools.product(itertools.product(ROLES, WORDS), repeat=3))


class Bench:
    """Puts a state before the real rule; what does not change is built once."""

    def __init__(self, law: Law, policy: Policy, fillers: int) -> None:
        self.policy = policy
        self.now = law.now
        self.profile = Profile(
            name="test",
            digest="",
            thresholds=Thresholds(policy.go, policy.conditional),
            minimum_checks=policy.minimum,
            fail_budget=policy.fail_budget,
            warn_budget=policy.warn_budget,
            categories=(
                Category(
                    name="x",
                    weight=Fraction(2),
                    floor=policy.floor_of_x,
                    minimum_checks=policy.minimum_of_x,
                ),
                Category(name="y"),
            ),
        )
        when = Unproven(policy.when_unproven)
        self.checks: dict[tuple[str, str], PlannedCheck] = {
            (check, role): law.planned(
                check, Role(role), category, weight=weight, when_unproven=when
            )
            for check, category, weight in SHAPE
            for role in ROLES
        }
        self.results: dict[tuple[str, str], list[Result]] = {
            (check, word): []
            if word == "missing"
            else [law.result(check, self._outcome(law, word))]
            for check, _, _ in SHAPE
            for word in WORDS
        }
        cases = law.fillers(fillers)
        self.fillers = tuple(planned for planned, _ in cases)
        self.filled = [law.result(planned.id, law.outcome("passed")) for planned in self.fillers]
        self.said = [Said(p.id, "filler", 0, "advisory", "passed") for p in self.fillers]
        self.standing = Standing(
            tuple(law.condition(check, -timedelta(seconds=1)) for check in policy.overdue),
            tuple(law.waiver(check) for check in policy.waived),
        )

    @staticmethod
    def _outcome(law: Law, word: str) -> Outcome:
        return law.outcome(word)

    def disagreement(self, state: tuple[tuple[str, str], ...]) -> str | None:
        """Return how the code and the naive statement differ on *state*, or None."""
        plan = Plan(
            (
                *(
                    self.checks[shape[0], role]
                    for shape, (role, _) in zip(SHAPE, state, strict=True)
                ),
                *self.fillers,
            )
        )
        results = list(self.filled)
        for shape, (_, word) in zip(SHAPE, state, strict=True):
            results += self.results[shape[0], word]
        said = [Said(*shape, *each) for shape, each in zip(SHAPE, state, strict=True)]

        got = finding(decide(plan, results, self.profile, self.standing, self.now))
        expected = law_says(self.policy, said + self.said)

        return None if got == expected else f"{state}: got {got}, the law says {expected}"


def finding(decision: Decision) -> Finding:
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
    return decision.verdict.value, why, decision.score


def disagreements(
    law: Law, policy: Policy, states: Iterable[tuple[tuple[str, str], ...]], fillers: int = 3
) -> Iterator[str]:
    """Yield every disagreement on *states*."""
    bench = Bench(law, policy, fillers)
    for state in states:
        difference = bench.disagreement(state)
        if difference:
            yield difference


VARIANTS = (
    Policy(),
    Policy(warn_budget=1),
    Policy(warn_budget=3, floor_of_x=None, minimum_of_x=0),
    Policy(fail_budget=1),
    Policy(fail_budget=2, warn_budget=2, conditional=Fraction(1, 100), floor_of_x=Fraction(0)),
    Policy(when_unproven="conditional", conditional=Fraction(1, 3), floor_of_x=None),
    Policy(when_unproven="conditional", fail_budget=1, warn_budget=2),
    Policy(waived=("a.a",), conditional=Fraction(1, 12), floor_of_x=Fraction(1, 8)),
    Policy(waived=("a.a", "a.b"), fail_budget=1, conditional=Fraction(1, 12), floor_of_x=None),
    Policy(waived=("a.a", "a.b", "a.c"), minimum_of_x=2, conditional=Fraction(1, 6)),
    Policy(overdue=("a.a",), warn_budget=1, conditional=Fraction(1, 3)),
    Policy(overdue=("a.c", "z.gone"), waived=("a.c",), warn_budget=2, go=Fraction(2, 3)),
    Policy(minimum=5, warn_budget=2, go=Fraction(1)),
    Policy(minimum_of_x=2, go=Fraction(3, 4), conditional=Fraction(1, 2)),
    Policy(floor_of_x=Fraction(1), go=Fraction(2, 3), warn_budget=3),
)


def test_the_naive_statement_tells_the_verdicts_apart() -> None:
    """The grid reaches all three verdicts and every reason: it can find a fault."""
    verdicts, reasons = set(), set()
    for policy in VARIANTS:
        for state in STATES[::61]:
            said = [Said(*shape, *each) for shape, each in zip(SHAPE, state, strict=True)]
            said += [Said(f"f{n}", "filler", 0, "advisory", "passed") for n in range(3)]
            verdict, why, _ = law_says(policy, said)
            verdicts.add(verdict)
            reasons |= {code for code, _ in why}

    assert verdicts == {"go", "conditional_go", "no_go"}
    assert len(reasons) == 12


def test_every_state_of_three_checks_beside_others(law: Law) -> None:
    """All 21,952 states of three checks, beside three that passed and weigh nothing."""
    assert len(STATES) == 28**3

    assert list(disagreements(law, VARIANTS[1], STATES)) == []


def test_every_state_of_three_checks_alone(law: Law) -> None:
    """Three checks alone are just enough if all can tell, and never if one cannot."""
    conclusive = [s for s in STATES if all(word in WORDS[:3] for _, word in s)]
    told = set(conclusive)
    others = [s for s in STATES if s not in told][::17]

    assert list(disagreements(law, VARIANTS[1], conclusive + others, fillers=0)) == []


@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_a_part_of_the_states_under_other_policies(law: Law, number: int) -> None:
    """Budgets, floors, minimums, waivers and overdue conditions, on every forty-first state."""
    assert list(disagreements(law, VARIANTS[number], STATES[number::41])) == []


@pytest.mark.long
@pytest.mark.parametrize("fillers", [0, 1, 3])
@pytest.mark.parametrize("number", range(len(VARIANTS)))
def test_every_state_under_every_policy(law: Law, number: int, fillers: int) -> None:
    """All 21,952 states under each policy, with none, one and three checks beside them."""
    assert list(disagreements(law, VARIANTS[number], STATES, fillers)) == []
