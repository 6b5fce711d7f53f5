"""Test cases of other systems, restated, against our rule: what they share it gives as well.

``tests/vectors/decision.json`` holds the cases, ``decision.mapping.yaml`` says how each is read
in our words and what differs, ``decision.not_applicable.yaml`` names the rest with the reason.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import permutations, product
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from director.engine.vet import vetted
from director.errors import ProfileError
from director.loading.profile import builtin_folder, load_profile
from director.model.catalog import Catalog
from director.model.check import Role
from director.model.decision import Decision, ReasonCode, Verdict
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest, Target
from director.model.outcome import NotApplicable, Outcome, Passed, Unknown, Word, word
from director.model.plan import Plan, PlannedCheck
from director.model.profile import Category, CheckPolicy, Thresholds
from director.rules.plan import plan as plan_checks
from director.rules.summarise import pass_rate

if TYPE_CHECKING:
    from tests.unit.rules.conftest import Law

Pair = tuple[object, object]
"""What we say, and what the vector says in our words."""

Case = tuple[PlannedCheck, Outcome | None]
"""A planned check and what it says; None if it says nothing."""

Reading = Callable[["Law", Any, Any], Iterator[Pair]]

Weighed = tuple[str, str, Fraction]
"""A check: its category, its outcome, its weight."""

FOLDER = Path(__file__).parents[2] / "vectors"
VECTORS = {
    each["id"]: each
    for each in json.loads((FOLDER / "decision.json").read_text(encoding="utf-8"))["vectors"]
}
MAPPED = yaml.safe_load((FOLDER / "decision.mapping.yaml").read_text(encoding="utf-8"))
NOT_APPLICABLE = yaml.safe_load((FOLDER / "decision.not_applicable.yaml").read_text("utf-8"))

ADOPTED = ("adopt", "adopt_with_change")

VERDICTS = {
    "pass": "go", "Successful": "go", "a": "go",
    "warning": "conditional_go", "Inconclusive": "conditional_go", "b": "conditional_go",
    "fail": "no_go", "Failed": "no_go", "Error": "no_go", "Running": "no_go",
    "c": "no_go", "d": "no_go",
}  # fmt: skip

OUTCOMES = {
    "Successful": "passed", "Pass": "passed", "pass": "passed",
    "warning": "warned",
    "Failed": "failed", "High": "failed", "Low": "failed",
    "Inconclusive": "unknown", "Nodata": "unknown",
    "Error": "errored",
}  # fmt: skip

RANK = [Verdict.GO, Verdict.CONDITIONAL_GO, Verdict.NO_GO]


def exact(number: float) -> Fraction:
    """Return the number that was written, not the float nearest to it."""
    return Fraction(str(number))


def decision_of(law: Law, checks: Iterable[Weighed], role: Role, **profile: Any) -> Decision:
    """Return the decision on *checks*, where only the score decides unless *profile* says more."""
    cases = [
        (law.planned(f"v.n{i:03}", role, category, weight=weight), law.outcome(outcome))
        for i, (category, outcome, weight) in enumerate(checks)
        if weight
    ]
    profile = {"warn_budget": 1000, **profile}
    return law.decide(law.profile(**profile), [*cases, *law.fillers()])


def score_of(law: Law, checks: Iterable[Weighed], *categories: Category) -> Fraction:
    """Return the score of *checks*, some of which may be in weighed *categories*."""
    cases = [
        (law.planned(f"v.n{i:03}", Role.ADVISORY, category, weight=weight), law.outcome(outcome))
        for i, (category, outcome, weight) in enumerate(checks)
        if weight
    ]
    return law.decide(law.profile(*categories), cases).score


def shares(name: str, part: Fraction, whole: Fraction) -> list[Weighed]:
    """Return an objective that earned *part* of *whole*."""
    return [(name, "passed", part), (name, "failed", whole - part)]


def blocking(law: Law, *phases: str, **profile: Any) -> Decision:
    """Return the decision on blockers in *phases*; one that still runs has no result."""
    cases: list[Case] = [
        (
            law.planned(f"v.n{i}", Role.BLOCKER),
            law.outcome(OUTCOMES[phase]) if phase in OUTCOMES else None,
        )
        for i, phase in enumerate(phases)
    ]
    return law.decide(law.profile(**profile), [*cases, *law.fillers()])


def has(decision: Decision, code: ReasonCode) -> bool:
    """Return whether *decision* gives that reason."""
    return any(reason.code is code for reason in decision.reasons)


def refuses(act: Callable[[], object]) -> bool:
    """Return whether *act* is refused."""
    try:
        act()
    except ValueError:
        return True
    return False


def objective(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """One objective with its status: what it earns of its weight."""
    status = OUTCOMES[expected["status"]]
    weight = exact(given["objective"]["weight"])
    score = score_of(law, [("c", status, weight)])
    yield score * weight, exact(expected["score"])
    yield weight, exact(expected["max_score"])


def overall(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Scores of objectives against thresholds; a key objective is a blocker."""
    limits = {name: exact(float(text[:-1])) / 100 for name, text in given["total_score"].items()}
    profile = law.profile(
        go=str(limits["pass"]), conditional=str(limits["warning"]), warn_budget=1000
    )
    key = given.get("key_failed", {}).get("name", "")
    cases = []
    for i, score in enumerate(given["scores"]):
        weight = exact(given["max"]) / len(given["scores"])
        last = key and i == len(given["scores"]) - 1
        for _, outcome, part in shares("c", exact(score), weight):
            name = key if last and outcome == "failed" else f"v.n{i}.{outcome}"
            role = Role.BLOCKER if name == key else Role.ADVISORY
            if part:
                cases.append((law.planned(name, role, weight=part), law.outcome(outcome)))
    decision = law.decide(profile, [*cases, *law.fillers()])
    yield decision.verdict.value, VERDICTS[expected["result"]]
    yield decision.score * 100, exact(expected["score"])
    if key:
        named = [r.check for r in decision.reasons if r.code is ReasonCode.BLOCKER]
        yield named, [key]
        yield key in expected["message"], True


def gate_file(_: Law, __: Any, expected: Any) -> Iterator[Pair]:
    """A profile that cannot be had."""
    with pytest.raises(ProfileError) as refused:
        load_profile("gone", ())
    yield "fail" if refused.value.faults else "pass", expected["result"]


def unbounded(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Thresholds of zero, and nothing to hold against them."""
    go, conditional = exact(given["pass_pct"]), exact(given["warn_pct"])
    refused = refuses(lambda: Thresholds(go / 100, conditional / 100))
    yield "refused" if refused else "accepted", "accepted"
    verdict = law.decide(law.profile(), []).verdict.value
    yield verdict, "go" if expected["pass"] else "no_go"


def informational(law: Law, _: Any, expected: Any) -> Iterator[Pair]:
    """An objective that has nothing to meet, whatever it says."""
    rest = [(law.planned("v.counts"), law.outcome("passed")), *law.fillers()]
    for said in Word:
        extra = (law.planned("v.info", Role.SHADOW), law.outcome(said))
        decision = law.decide(law.profile(), [extra, *rest])
        yield decision.verdict is Verdict.GO, expected["pass"]
        yield decision.score, law.decide(law.profile(), rest).score
        yield decision.counting, len(rest)


def thresholds(_: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A policy that is accepted or refused when it is loaded."""
    limits = (exact(given["pass"]) / 100, exact(given["warning"]) / 100)
    yield "error" if refuses(lambda: Thresholds(*limits)) else "ok", expected


def percentages(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """So many points of so many, as a share."""
    words = ["passed"] * given["total"] + ["failed"] * (given["max"] - given["total"])
    cases = [(law.planned(f"v.n{i}"), law.outcome(each)) for i, each in enumerate(words)]
    decision = law.decide(law.profile(), cases)
    yield decision.score * 100, exact(expected)
    yield pass_rate(decision), f"{expected:.0f}%"


def not_a_number(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A check that measured a value which is no number, and says it passed."""
    facts = (("value", float(given["value"])),)
    said, _ = vetted(
        Passed("measured", evidence=(Evidence(EvidenceKind.DECLARED, "x", None, facts),))
    )
    cases = [(law.planned("v.nan", Role.ADVISORY), said), *law.fillers()]
    verdict = law.decide(law.profile(conditional="0.1", warn_budget=0), cases).verdict
    conclusive = word(said) in {Word.PASSED, Word.WARNED, Word.FAILED}
    if isinstance(expected, dict):
        yield verdict is Verdict.GO, expected["pass"]
    else:
        yield verdict is Verdict.GO, expected == "Successful"
        yield conclusive, False


def severity(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Which of two phases is the worse one, as blockers."""
    for question, answer in expected.items():
        name, _, rest = question.partition("(")
        one, other = rest.rstrip(")").split(",")
        if name == "worst":
            for order in ((one, other), (other, one)):
                yield blocking(law, *order).verdict, blocking(law, answer).verdict
        else:
            now, then = (RANK.index(blocking(law, each).verdict) for each in (one, other))
            yield then >= now if answer else then <= now, True
    known = [phase for phase in given["order_best_to_worst"] if phase in OUTCOMES]
    ranks = [RANK.index(blocking(law, phase).verdict) for phase in known]
    yield ranks, sorted(ranks)
    for phases in product(known, repeat=3):
        worst = max(RANK.index(blocking(law, phase).verdict) for phase in phases)
        yield RANK.index(blocking(law, *phases).verdict), worst


def phases(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Blockers in these phases."""
    yield blocking(law, *given).verdict.value, VERDICTS[expected]


def unmeasured(law: Law, _: Any, expected: Any) -> Iterator[Pair]:
    """A check that was never measured."""
    phase = expected["phase"] if isinstance(expected, dict) else expected
    yield blocking(law, "cancelled").verdict.value, VERDICTS[phase]


def failure_limit(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """So many failed required checks under a fail budget."""
    cases = [(law.planned(f"v.n{i}"), law.outcome("failed")) for i in range(given["failed"])]
    profile = law.profile(fail_budget=given["limit"])
    decision = law.decide(profile, [*cases, *law.fillers()])
    yield has(decision, ReasonCode.FAILED), expected == "Failed"
    if given.get("terminating"):
        yield decision.verdict is Verdict.GO, False


def gap_limit(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """So many advisory checks that could not tell under a budget of gaps."""
    cases: list[Case] = [
        (law.planned(f"v.n{i}", Role.ADVISORY, "light", weight=0), law.outcome("unknown"))
        for i in range(given["inconclusive"])
    ]
    cases += [(law.planned("v.sound"), law.outcome("passed")), *law.fillers()]
    decision = law.decide(law.profile(warn_budget=given["limit"]), cases)
    within = expected == "Running"
    yield has(decision, ReasonCode.WARN_BUDGET), not within
    yield decision.verdict.value, "go" if within else VERDICTS[expected]


def errors_apart(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Errored checks beside those that could tell: only these make up the minimum."""
    before = given["before"]
    words = ["passed"] * before["count"] + ["errored"] * before["errors"]
    words.append(OUTCOMES[given["next"]])
    cases = [
        (law.planned(f"v.n{i}", Role.ADVISORY), law.outcome(each)) for i, each in enumerate(words)
    ]
    enough = law.decide(law.profile(minimum_checks=expected["count"]), cases)
    more = law.decide(law.profile(minimum_checks=expected["count"] + 1), cases)
    yield has(enough, ReasonCode.INSUFFICIENT_CHECKS), False
    yield has(more, ReasonCode.INSUFFICIENT_CHECKS), True
    yield sum(check.word is Word.ERRORED for check in enough.checks), expected["errors"]


def nonsense(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A check that answers no outcome, or one that nobody offers."""
    said: Word
    if given["expr"].isdigit():
        said = word(vetted(int(given["expr"]))[0])
    else:
        policy = CheckPolicy(check=f"v.{given['expr'].lower()}", category="c", role=Role.REQUIRED)
        target = Target(Manifest(name="shop", digest="sha256:m"), None)
        (planned,) = plan_checks(law.profile(checks=(policy,)), target, Catalog(())).checks
        assert planned.answer is not None
        said = word(planned.answer)
    yield said in {Word.ERRORED, Word.MISSING}, "error" in expected


def dry_run(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Shadow checks, beside others that passed and alone."""
    shadows = [
        (law.planned(f"v.dry{i}", Role.SHADOW), law.outcome(OUTCOMES[metric["status"]]))
        for i, metric in enumerate(given["metrics"])
        if metric["dry_run"]
    ]
    beside = [(law.planned("v.sound"), law.outcome("passed")), *law.fillers()]
    decision = law.decide(law.profile(), [*shadows, *beside])
    yield decision.verdict.value, VERDICTS[expected["status"]]
    yield "; ".join(reason.text for reason in decision.reasons), expected["message"]
    shown = Counter(c.word.value for c in decision.checks if not c.counts)
    yield {"count": shown.total(), **shown}, expected["dry_run_summary"]
    yield law.decide(law.profile(), shadows).verdict, Verdict.NO_GO


def mixed_dry_run(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A shadow check beside one that counts."""
    cases = [
        (
            law.planned(
                f"v.n{i}", Role.SHADOW if metric["dry_run"] else Role.ADVISORY, weight="0.01"
            ),
            law.outcome(OUTCOMES[metric["status"]]),
        )
        for i, metric in enumerate(given["metrics"])
    ]
    beside = [(law.planned("v.sound"), law.outcome("passed")), *law.fillers()]
    decision = law.decide(law.profile(), [*cases, *beside])
    counted = law.decide(law.profile(), [*cases[:1], *beside])
    yield decision.verdict.value, VERDICTS[expected["status"]]
    yield decision.reasons, counted.reasons
    yield [r.check for r in decision.reasons], ["v.n0"]


def siblings(law: Law, given: Any, _: Any) -> Iterator[Pair]:
    """One check that went wrong beside one that had begun: both have a result."""
    for phase in given["one_metric"]:
        decision = blocking(law, phase, "Successful")
        yield decision.verdict, blocking(law, phase).verdict
        yield [c.word.value for c in decision.checks if c.id == "v.n1"], ["passed"]


def tenths(score: Fraction) -> int:
    """Return *score* out of ten, cut."""
    return floor(score * 10)


def out_of_ten(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Scores out of ten, alike or each with its weight."""
    weighed = given.items() if isinstance(given, dict) else ((score, 1) for score in given)
    checks, categories = [], []
    for i, (score, weight) in enumerate(weighed):
        checks += shares(f"c{i}", exact(int(score)), exact(10))
        categories.append(Category(name=f"c{i}", weight=exact(weight)))
    yield tenths(score_of(law, checks, *categories)), expected


def proportions(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """So many of so many, out of ten."""
    passed, total = map(exact, given)
    yield tenths(score_of(law, shares("c", passed, total))), expected


def risks(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Checks by risk; what is critical is a blocker, and -1 could not tell."""
    weights = {"Critical": "10", "High": "7.5", "Medium": "5", "Low": "2.5"}
    cases = []
    for i, (risk, score) in enumerate(given):
        role = Role.BLOCKER if risk == "Critical" else Role.ADVISORY
        said = "unknown" if score < 0 else "passed" if score else "failed"
        cases.append((law.planned(f"v.n{i}", role, weight=weights[risk]), law.outcome(said)))
    decision = law.decide(law.profile(), [*cases, *law.fillers()])
    yield decision.score * 10, exact(expected)
    yield decision.verdict, Verdict.GO


def same_score(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Checks with the same score and different weights."""
    checks, categories = [], []
    for i, check in enumerate(given["checks"]):
        checks += shares(f"c{i}", exact(check["score"]), exact(10))
        categories.append(Category(name=f"c{i}", weight=exact(check["weight"])))
    right = tenths(score_of(law, checks, *categories)) == expected["correct_floor"]
    yield right, expected["peer_can_represent"]


def groups(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Groups of metrics, which are our categories; a list is one group."""
    named = given if isinstance(given, dict) else {"g": given}
    checks = [
        (name, OUTCOMES[label], Fraction(1)) for name, labels in named.items() for label in labels
    ]
    score = score_of(law, checks) * 100
    yield score, exact(expected["summary"] if isinstance(expected, dict) else expected)


def left_out(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A metric without data, as one that does not apply and as one that could not tell."""
    categories = [Category(name=n, weight=exact(w)) for n, w in given["weights"].items()]

    def decided(nodata: Outcome) -> Decision:
        cases = [
            (
                law.planned(f"v.{name}.n{i}", Role.ADVISORY, name),
                nodata if label == "Nodata" else law.outcome(OUTCOMES[label]),
            )
            for name in given["weights"]
            for i, label in enumerate(given[name])
        ]
        return law.decide(law.profile(*categories), cases)

    exempt, blind = decided(NotApplicable("stateless")), decided(Unknown("no data"))
    yield exempt.score * 100, exact(expected)
    yield exempt.coverage, Fraction(1)
    yield blind.score < exempt.score, True
    yield blind.coverage < 1, True


def bands(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A score and its band, where the bands are our thresholds: half a point is not rounded up."""

    def verdict(percent: Fraction) -> str:
        checks = shares("c", percent, Fraction(100))
        return decision_of(law, checks, Role.ADVISORY, go="0.75", conditional="0.5").verdict.value

    yield verdict(exact(given)), VERDICTS[expected]
    half_less = "c" if given <= 50 else "b" if given <= 75 else "a"
    yield verdict(exact(given) - Fraction(1, 2)), VERDICTS[half_less]


def merged(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Reports that are merged by their weights."""
    checks, categories = [], []
    for i, report in enumerate(given):
        checks += shares(f"c{i}", exact(report["global"]), exact(100))
        categories.append(Category(name=f"c{i}", weight=exact(report["weight"])))
    score = score_of(law, checks, *categories) * 100
    yield abs(float(score) - expected) < 1e-9, True


def penalties(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Findings that cost points of a hundred."""
    costs = [
        Fraction(cost) for name, cost in (("H", 20), ("M", 10), ("L", 5))
        for _ in range(given.get(name, 0))
    ]  # fmt: skip
    if not any(given.values()):
        decision = law.decide(law.profile(), [])
        yield (decision.score, decision.verdict), (0, Verdict.NO_GO)
        return
    left = max(100 - sum(costs, Fraction()), Fraction())
    checks = [("c", "failed", cost) for cost in costs] + [("c", "passed", left)]
    yield score_of(law, checks) * 100, exact(expected)


def dropped(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Checks whose facts are missing stay in the report."""
    cases: list[Case] = [
        (law.planned(name), None if "missing" in name else law.outcome("passed")) for name in given
    ]
    decision = law.decide(law.profile(), cases)
    yield len(decision.checks), len(expected)
    yield decision.verdict, Verdict.GO


def reordered(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """Answers in either order."""
    limit = int(given["check"].split()[-1])
    said = [
        (law.planned(f"{f['retriever']}.n"), law.outcome("passed" if f["n"] > limit else "failed"))
        for f in given["facts"]
    ]
    decided = {law.decide(law.profile(), order) for order in permutations(said)}
    yield len(decided), len(set(expected.values()))


def seed(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """A manifest under ``baseline``: what it does not name is declared false."""
    profile = load_profile("baseline", (builtin_folder(),))
    true = given["manifest"].removesuffix(" true").split(",")
    cases = [
        (
            PlannedCheck(policy=policy),
            law.outcome("passed" if policy.check.partition(".")[2] in true else "failed"),
        )
        for policy in profile.checks
    ]
    decision = law.decide(profile, cases)
    failed = Counter(
        c.planned.policy.role is Role.ADVISORY for c in decision.checks if c.word is Word.FAILED
    )
    yield decision.verdict.value, expected["decision"]
    yield pass_rate(decision), expected["pass_rate"]
    yield (failed[False], failed[True]), (expected["failed"], expected["warnings"])


def one_check(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """One check that passed, under thresholds of zero and under real ones."""
    zero = Fraction(given["fail_threshold"])
    cases = [(law.planned(name), law.outcome("passed")) for name in given["checks"]]
    verdict = law.decide(law.profile(), cases).verdict.value
    yield "refused" if refuses(lambda: Thresholds(zero, zero)) else "go", expected["decision"]
    yield verdict, expected["decision"]


def duplicates(law: Law, given: Any, expected: Any) -> Iterator[Pair]:
    """One check under its name twice."""
    planned = tuple(law.planned(name) for name in given["checks"])
    yield 0 if refuses(lambda: Plan(planned)) else len(planned), expected["passed"]


READINGS: dict[str, Reading] = {
    each.__name__: each
    for each in (
        bands, dropped, dry_run, duplicates, errors_apart, failure_limit, gap_limit, gate_file,
        groups, informational, left_out, merged, mixed_dry_run, nonsense, not_a_number, objective,
        one_check, out_of_ten, overall, penalties, percentages, phases, proportions, reordered,
        risks, same_score, seed, severity, siblings, thresholds, unbounded, unmeasured,
    )
}  # fmt: skip


def pairs(law: Law, vector: Any) -> list[Pair]:
    """Return what we say beside what *vector* says, for every row that is read."""
    how = MAPPED[vector["id"]]
    read, given, expected = READINGS[how["as"]], vector["input"], vector["expected_peer"]
    if isinstance(expected, list) and isinstance(given, list) and len(given) == len(expected):
        rows = how.get("rows", range(len(given)))
        return [pair for row in rows for pair in read(law, given[row], expected[row])]
    return list(read(law, given, expected))


def stanced(*stances: str) -> list[str]:
    """Return the ids of the vectors that are run and have one of *stances*."""
    return [id_ for id_ in MAPPED if VECTORS[id_]["director"]["stance"] in stances]


@pytest.mark.parametrize("vector", stanced(*ADOPTED))
def test_adopted_vector_holds(law: Law, vector: str) -> None:
    """What an adopted case of another system expects, our rule says too."""
    said = pairs(law, VECTORS[vector])

    assert said
    for ours, theirs in said:
        assert ours == theirs


@pytest.mark.parametrize("vector", stanced("reject"))
def test_rejected_vector_is_refused(law: Law, vector: str) -> None:
    """Where another system is known to open the gate for nothing, ours gives another answer."""
    said = pairs(law, VECTORS[vector])

    assert said
    for ours, theirs in said:
        assert ours != theirs
    assert not {Verdict.GO, "go"} & {ours for ours, _ in said if isinstance(ours, str)}


def test_every_vector_is_run_or_named() -> None:
    """Each vector is read or listed with the reason why not; none is both, none is unknown."""
    assert sorted([*MAPPED, *NOT_APPLICABLE]) == sorted(VECTORS)


def test_every_reason_is_given() -> None:
    """What is not run says why, and what is adopted with a change says which."""
    assert [id_ for id_, reason in NOT_APPLICABLE.items() if len(reason.split()) < 5] == []
    changed = stanced("adopt_with_change", "reject")
    assert [id_ for id_ in changed if not MAPPED[id_].get("change")] == []
    left_out_rows = [id_ for id_, how in MAPPED.items() if "rows" in how and not how.get("change")]
    assert left_out_rows == []


def test_every_reading_is_used() -> None:
    """No reading is left over, and none is missing."""
    assert {how["as"] for how in MAPPED.values()} == set(READINGS)


def test_the_vectors_are_complete() -> None:
    """The file holds as many vectors as it says."""
    document = json.loads((FOLDER / "decision.json").read_text(encoding="utf-8"))

    assert document["count"] == len(document["vectors"]) == len(VECTORS)
