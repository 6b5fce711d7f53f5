"""What would have been decided, had single checks said something else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from director.model.counterfactual import Answer, Counterfactual, Supposition, Unanswered
from director.model.decision import Decision, Fix, Settled, Verdict
from director.model.outcome import Failed, Outcome, Passed, Warned
from director.model.record import Record
from director.rules.remedies import remedy
from director.rules.replay import Replay, replay_of
from director.rules.summarise import figure, pass_rate

MOST_GAPS = 100
"""Gaps up to which each is told on its own: beyond, nobody would read it, nor wait for it."""

_PASSED: Outcome = Passed("supposed")
_FAILED: Outcome = Failed("supposed")

_ORDER = {Verdict.NO_GO: 0, Verdict.CONDITIONAL_GO: 1, Verdict.GO: 2}


def counterfactual(record: Record) -> Answer:
    """Answer "what if" for the decision in *record*, by the rule that made it.

    Before anything is supposed the rule is applied to the record as it is. Unless it decides
    the same again, for the same reasons, there is no answer rather than a wrong one.
    """
    if record.policy is None:
        return Unanswered(
            "no_policy", "it was recorded before the record kept the policy; evaluate again"
        )
    try:
        replay = replay_of(record, record.policy)
        decision = replay.decision()
    except (ValueError, OverflowError) as error:
        return Unanswered("not_replayable", f"the rule cannot be applied to the record: {error}")
    if not _is_the_same(record, decision):
        return Unanswered(
            "decides_otherwise",
            f"the rule as it is now decides otherwise ({decision.verdict.label}); evaluate again",
        )
    gaps = [check for check in decision.checks if check.gap]
    if len(gaps) > MOST_GAPS:
        return Unanswered("too_many_gaps", f"there are {len(gaps)} gaps, more than {MOST_GAPS}")
    return _answers(replay, decision, gaps)


def _is_the_same(record: Record, decision: Decision) -> bool:
    """Return whether *decision* is the one in *record*; how its sentences run may have changed."""
    fixes = decision.fixes
    return (
        decision.verdict.value == record.decision
        and str(decision.score) == record.score_exact
        and [(r.code.value, r.check, r.category) for r in decision.reasons]
        == [(r.code, r.check, r.category) for r in record.reasons]
        and (fixes and [fix.check for fix in fixes])
        == (record.fixes and [fix.check for fix in record.fixes])
    )


def _answers(replay: Replay, decision: Decision, gaps: Iterable[Settled]) -> Counterfactual:
    steps = None if decision.fixes is None else tuple(_steps(replay, decision, decision.fixes))
    passing = replay.supposing({check.id: _PASSED for check in gaps}).decision()
    return Counterfactual(
        if_passed=tuple(_if_passed(replay, gaps)),
        steps=steps,
        obstacles=tuple(reason.text for reason in passing.reasons),
        if_failed=tuple(_if_failed(replay, decision)),
    )


def _if_passed(replay: Replay, gaps: Iterable[Settled]) -> list[Supposition]:
    found = [
        _supposed(check, replay.supposing({check.id: _PASSED}).decision(), remedy(check))
        for check in gaps
    ]
    return sorted(found, key=lambda one: (-_ORDER[one.verdict], -one.score, one.check))


def _steps(replay: Replay, decision: Decision, fixes: Iterable[Fix]) -> Iterator[Supposition]:
    """Yield the decision after each fix, in the order of the list: the easiest first."""
    checks = {check.id: check for check in decision.checks}
    for fix in fixes:
        replay = replay.supposing({fix.check: _PASSED})
        yield _supposed(checks[fix.check], replay.decision(), fix.remedy)


def _if_failed(replay: Replay, decision: Decision) -> list[Supposition]:
    """Return the checks that bear the decision; below NO_GO there is nothing to bear."""
    if decision.verdict is Verdict.NO_GO:
        return []
    bearing = [c for c in decision.checks if isinstance(c.outcome, (Passed, Warned))]
    found = [
        _supposed(check, replay.supposing({check.id: _FAILED}).decision(), "") for check in bearing
    ]
    found = [one for one in found if _ORDER[one.verdict] < _ORDER[decision.verdict]]
    return sorted(found, key=lambda one: (_ORDER[one.verdict], one.score, one.check))


def _supposed(check: Settled, then: Decision, mend: str) -> Supposition:
    first = then.reasons[0] if then.reasons else None
    return Supposition(
        check=check.id,
        title=check.planned.title,
        role=check.planned.policy.role.value,
        remedy=mend,
        effort=check.planned.effort.value,
        decision=then.verdict.value,
        pass_rate=pass_rate(then),
        score=figure(then.score),
        code=first.code.value if first else "",
        reason=first.text if first else "",
    )
