"""Why a decision is what it is, and what would have made it another one: for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from director.formats.format import Setting
from director.formats.headline import NO_GO_LEVEL
from director.formats.history_text import finding_lines
from director.formats.text import (
    DECISIONS,
    Look,
    fix_lines,
    foot_lines,
    head_lines,
    percent,
    standing_lines,
)
from director.model.counterfactual import Answer, Counterfactual, Supposition, Unanswered
from director.model.decision import Verdict
from director.model.record import CheckEntry, ReasonEntry, Record
from director.model.report import Judged
from director.model.text import inert
from director.model.trend import Finding

_BEARS = {
    "blocker": "a blocker must pass or warn",
    "failed": "required, and the profile tolerates no more failed ones",
    "category_floor": "its category would fall below its floor",
    "score": "the score would fall below what a CONDITIONAL_GO needs",
    "condition_overdue": "its condition is past its due date",
    "below_go": "the score would fall below what a GO needs",
    "warn_budget": "a GO tolerates no more gaps",
    "required_gap": "a GO needs every required check",
    "waived": "its waiver would take effect",
}
"""Why a check bears the decision, by the first reason that there would be without it."""


def explanation(
    judged: Judged, answer: Answer, setting: Setting, findings: Sequence[Finding] = ()
) -> str:
    """Return why *judged* was decided so, with the *answer* to what would have changed it.

    Args:
        judged: The decision.
        answer: What would have changed it.
        setting: How it is drawn.
        findings: Its gaps with since when each has stood.
    """
    return "\n".join(map(inert, _lines(judged, answer, setting, findings))) + "\n"


def _lines(
    judged: Judged, answer: Answer, setting: Setting, findings: Sequence[Finding]
) -> Iterator[str]:
    record, look = judged.record, setting.look
    yield from head_lines(judged, look)
    if judged.expired:
        yield from look.painted("every gate is closed until it is evaluated again", "red")
    match answer:
        case Counterfactual():
            # What to do about a check stands once: with its step.
            yield from _why(record, {step.check for step in answer.steps or ()}, look)
            yield from _ages(findings, look)
            yield from _passing(answer.if_passed, record, look)
            yield from _way(answer, record, look)
            yield from _bearing(answer.if_failed, record, look)
        case Unanswered(_, reason):
            yield from _why(record, set(), look)
            yield from _ages(findings, look)
            yield from _titled("What would change it", look)
            yield from look.beside("  ", 2, f"cannot be told: {reason}")
            if record.reasons:
                yield ""
                yield from fix_lines(record.fixes, look)
    yield from standing_lines(record, look)
    yield ""
    yield from foot_lines(judged, look, setting.stored_in)


def _titled(title: str, look: Look) -> Iterator[str]:
    yield ""
    yield look.paint(title, "bold")


def _why(record: Record, told: Collection[str], look: Look) -> Iterator[str]:
    """Yield the reasons: those that decide first, then those that hold besides."""
    decisive = [reason for reason in record.reasons if reason.level <= NO_GO_LEVEL]
    besides = [reason for reason in record.reasons if reason.level > NO_GO_LEVEL]
    if not record.reasons:
        yield from _titled("Why GO", look)
        yield from _merits(record, look)
    if decisive:
        yield from _titled("Why NO_GO", look)
        for reason in decisive:
            yield from _reason(reason, told, look)
    if besides:
        title = "What would keep it from GO all the same" if decisive else "Why not GO"
        yield from _titled(title, look)
        for reason in besides:
            yield from _reason(reason, told, look)


def _ages(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    """Yield since when each gap has stood."""
    if findings:
        yield from _titled("Gaps", look)
        yield from finding_lines(findings, look)


def _merits(record: Record, look: Look) -> Iterator[str]:
    """Yield what a GO rests on, as far as the record tells what it was held against."""
    policy = record.policy
    passed = len(_counting(record, "passed"))
    needed = f", a GO needs {percent(policy.thresholds.go)}" if policy else ""
    tolerated = f", a GO tolerates {policy.warn_budget}" if policy else ""
    gaps = _counted(record.counts.counting - passed, "gap")
    yield from look.beside("  • ", 4, f"the score is {percent(record.score)}{needed}")
    yield from look.beside("  • ", 4, "every blocker and every required check that applies passed")
    yield from look.beside("  • ", 4, f"{gaps}{tolerated}")


def _reason(reason: ReasonEntry, told: Collection[str], look: Look) -> Iterator[str]:
    """Yield a reason with what was measured and expected, and what to do unless that is *told*."""
    text = reason.text
    if reason.measured not in text:
        text = f"{text}, measured {reason.measured}"
    if reason.remedy and reason.expected not in text:  # The others name their limit.
        text = f"{text}, expected {reason.expected}"
    yield from look.beside("  • ", 4, text)
    if reason.remedy and reason.check not in told:
        yield from look.beside("    → ", 6, reason.remedy, f"({reason.effort} effort)")


def _passing(found: tuple[Supposition, ...], record: Record, look: Look) -> Iterator[str]:
    """Yield what each gap alone would change; those that change nothing share a sentence."""
    if not found:
        return
    yield from _titled("What would change it", look)
    turning = [one for one in found if one.decision != record.decision]
    for one in turning:
        said = f"if {one.check} passed: {one.verdict.label}, score {percent(one.score)}"
        yield from _beside("  ", 2, said, one.verdict, look)
    same = [one for one in found if one.decision == record.decision]
    if same:
        scores = "; ".join(
            f"{', '.join(one.check for one in ones)} (score {score})"
            for score, ones in groupby(same, key=lambda one: percent(one.score))
        )
        which = "any other one alone leaves it" if turning else "no check alone; each leaves it"
        said = f"{which} {record.verdict.label}: {scores}"
        yield from _beside("  ", 2, said, record.verdict, look)


def _way(answer: Counterfactual, record: Record, look: Look) -> Iterator[str]:
    """Yield the decision after each step to GO; or why no list of fixes leads there."""
    if answer.steps is None:
        yield from _titled("No list of fixes to these checks reaches GO", look)
        yield from look.beside("  ", 2, "even if every one of them passed:")
        for obstacle in answer.obstacles:
            yield from look.beside("  • ", 4, obstacle)
        return
    if not answer.steps:
        return
    yield from _titled(f"Shortest way to GO: {_counted(len(answer.steps), 'fix')}", look)
    width = len(str(len(answer.steps)))
    before = record.decision
    for number, step in enumerate(answer.steps, 1):
        still = "still " if step.decision == before else ""
        before = step.decision
        said = f"{step.check}: then {still}{step.verdict.label}, score {percent(step.score)}"
        yield from _beside(f"  {number:>{width}}. ", width + 4, said, step.verdict, look)
        arrow = " " * (width + 4) + "→ "
        yield from look.beside(arrow, width + 6, step.remedy, f"({step.effort} effort)")


def _bearing(found: tuple[Supposition, ...], record: Record, look: Look) -> Iterator[str]:
    """Yield what the decision stands on: the checks that would bring it down alone."""
    if record.verdict is Verdict.NO_GO:
        return
    yield from _titled("What it stands on", look)
    for verdict, ones in groupby(found, key=lambda one: one.verdict):
        said = f"{verdict.label} if any one of these failed:"
        yield from _beside("  ", 2, said, verdict, look)
        for code, checks in _by_code(ones):
            names = ", ".join(one.check for one in checks)
            why = _BEARS.get(code, checks[0].reason)
            yield from look.beside("  • ", 4, f"{names}: {why}")
    bearing = {one.check for one in found}
    others = [check for check in _counting(record, "passed", "warned") if check.id not in bearing]
    if others:
        which = "any other one" if found else "any one"
        said = f"{which} could fail alone, and it would stay {record.verdict.label}"
        yield from _beside("  ", 2, said, record.verdict, look)


def _counting(record: Record, *words: str) -> list[CheckEntry]:
    """Return the checks that count and came out as one of *words*."""
    return [check for check in record.checks if check.role != "shadow" and check.outcome in words]


def _beside(head: str, indent: int, text: str, verdict: Verdict, look: Look) -> Iterator[str]:
    """Yield *text* beside *head*, with the label of *verdict* in it painted once it is broken."""
    painted = look.paint(verdict.label, DECISIONS[verdict.value], "bold")
    for line in look.beside(head, indent, text):
        yield line.replace(verdict.label, painted, 1)


def _by_code(found: Iterable[Supposition]) -> Iterator[tuple[str, list[Supposition]]]:
    """Yield the suppositions that share a reason, in the order of the rule."""
    codes = list(_BEARS)

    def place(one: Supposition) -> int:
        return codes.index(one.code) if one.code in codes else len(codes)

    for _, ones in groupby(sorted(found, key=place), key=place):
        checks = list(ones)
        yield checks[0].code, checks


def _counted(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
