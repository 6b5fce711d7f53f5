"""Run one check as the engine does, without the engine."""

from __future__ import annotations

from director.model.manifest import Target
from director.model.outcome import Answer, Failed, NotApplicable, Passed, Unknown, Warned
from director.ports import Check, LiveCheck, Probe
from director.testing.probe import FakeProbe


async def run_check(check: Check, target: Target, probe: Probe | None = None) -> Answer:
    """Return what *check* says about *target*.

    Args:
        check: The check, with its options.
        target: What it looks at.
        probe: What a live check asks; one that knows nothing if it is left out.

    Raises:
        ProbeError: The probe had no answer and the check let it through, as it should; the
            engine makes the right outcome of it.
        TypeError: The check answered with something that is no answer.
    """
    answer: object
    if isinstance(check, LiveCheck):
        answer = await check.run(target, FakeProbe({}) if probe is None else probe)
    else:
        answer = check.judge(target.manifest)
    if not isinstance(answer, Passed | Warned | Failed | Unknown | NotApplicable):
        raise TypeError(f"a check must return an answer, {check.spec.id} returned {answer!r}")
    return answer
