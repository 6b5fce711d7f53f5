"""What came of an expectation, as an answer."""

from __future__ import annotations

from director.plugin import (
    Answer,
    Expectation,
    Failed,
    Passed,
    Probe,
    Reply,
    Unknown,
    Verdict,
)

ANYTHING = Expectation("")
"""The expectation that every answer meets, and that therefore proves nothing."""

NO_EXPECTATION = "no_expectation"
"""The code of a check that was told to expect nothing."""


def judged(probe: Probe, reply: Reply, expectation: str, what: str) -> Answer:
    """Return whether *reply* meets *expectation*; only a met one passes.

    Args:
        probe: Judges.
        reply: What was answered.
        expectation: What must hold, in the text form.
        what: What was asked, for people.
    """
    judgement = probe.judge(reply, expectation)
    if judgement.verdict is Verdict.MET:
        return Passed(
            f"{what} answered {reply.status} as expected: {expectation}",
            observed=f"status {reply.status}",
            expected=expectation,
        )
    parts = [
        f"{each.text} (was {each.observed})" if each.observed else f"{each.text} (nothing there)"
        for each in judgement.findings
    ]
    first = judgement.findings[0] if judgement.findings else None
    said = f"{what} answered {reply.status}, and it does not hold that {'; '.join(parts)}"
    observed = first.observed if first else ""
    if judgement.verdict is Verdict.UNMET:
        code = first.code if first else "condition_failed"
        return Failed(said, observed=observed, expected=expectation, code=code)
    said = f"{what} answered {reply.status}, and it cannot be told whether {'; '.join(parts)}"
    return Unknown(said, first.code if first else "condition_missing")
