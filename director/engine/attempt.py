"""One check, once: contained, timed, and judged by our own clock.

This is the one place where the failure of a plugin's check is caught. Whatever it raises,
``SystemExit`` included, becomes one errored result and touches nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from director.engine.vet import Said, Vetter, spoken, vetted
from director.errors import CheckBrokeError
from director.model.manifest import Manifest, Target
from director.model.outcome import Errored, Failed, Unknown, Warned
from director.model.plan import PlannedCheck
from director.model.probe import ProbeError, ProbeReason
from director.model.result import Result
from director.model.text import printable
from director.model.value import dataclass
from director.ports import Clock, LiveCheck, ManifestCheck, ProbeSession, ProbeView

Timed: TypeAlias = tuple[Said, float]
"""What came of a check, and how long it took itself, in seconds."""

GRACE_S = 0.25
"""How long a check that was told to stop may take to do so, in seconds."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What every live check of one evaluation shares.

    Attributes:
        target: What they examine.
        session: The probe they ask through.
        clock: What their deadlines are judged by.
        abandon: Takes over the task of a check that did not stop when it was told to.
    """

    target: Target
    session: ProbeSession
    clock: Clock
    abandon: Callable[[asyncio.Task[Timed]], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What every manifest check of one evaluation shares.

    Attributes:
        manifest: What they examine.
        clock: What their deadlines are judged by.
        vetter: Makes their answers safe.
    """

    manifest: Manifest
    clock: Clock
    vetter: Vetter


def judge(check: ManifestCheck, planned: PlannedCheck, reading: Reading) -> Result:
    """Ask a manifest check, inline, and return its result whatever it does."""
    clock, id_ = reading.clock, planned.policy.check
    started_at, began = clock.now(), clock.monotonic()
    said: Said
    try:
        said = reading.vetter.vetted(id_, check.judge(reading.manifest))
    except BaseException as error:  # noqa: BLE001  # a plugin's sys.exit() must not become ours
        said = _errored(error), ()
    took_s = clock.monotonic() - began
    if took_s > check.spec.deadline_s:
        said = _late(check.spec.deadline_s), ()
    outcome, evidence = said
    return Result(
        check=id_,
        outcome=outcome,
        started_at=started_at,
        duration_s=took_s,
        evidence=evidence,
    )


async def examine(check: LiveCheck, planned: PlannedCheck, visit: Visit) -> Result:
    """Ask a live check and return its result whatever it does.

    It is told to stop at its deadline, and when we are cancelled ourselves.
    """
    clock, deadline_s = visit.clock, check.spec.deadline_s
    started_at, began = clock.now(), clock.monotonic()
    view = visit.session.view(began + deadline_s)
    task = asyncio.create_task(_contained(check, visit, view))
    try:
        await asyncio.wait({task}, timeout=deadline_s)
        answered = task.done()
    finally:
        if not task.done():
            await _stop(task, visit)
    took_s = clock.monotonic() - began
    said: Said = _errored(asyncio.CancelledError("the check cancelled itself")), ()
    if answered and not task.cancelled():
        said, took_s = task.result()
    if not answered or took_s > deadline_s:
        said = _late(deadline_s, task), ()
    outcome, evidence = said
    wrong = isinstance(outcome, (Failed, Warned))
    return Result(
        check=planned.id,
        outcome=outcome,
        started_at=started_at,
        duration_s=took_s,
        evidence=(*evidence, *(view.evidence_of_failure if wrong else view.evidence)),
    )


async def _stop(task: asyncio.Task[Timed], visit: Visit) -> None:
    """Tell *task*, which still runs, to stop, and give it a moment to do so."""
    task.cancel()
    try:
        await asyncio.wait({task}, timeout=GRACE_S)
    finally:
        if not task.done():
            visit.abandon(task)


async def _contained(check: LiveCheck, visit: Visit, view: ProbeView) -> Timed:
    """Run *check* so that nothing comes out of it but what it said.

    It is timed in here: a check that blocks the loop must not make its neighbours late. Our own
    cancellation ends here as well, for whoever cancelled waits and has no use for a word.
    """
    began = visit.clock.monotonic()
    said: Said
    try:
        said = await _asked(check, visit.target, view)
    except CheckBrokeError as error:
        said = Errored(printable(error.reason), printable(error.code)), ()
    except BaseException as error:  # noqa: BLE001  # a plugin's sys.exit() must not become ours
        said = _errored(error), ()
    return said, visit.clock.monotonic() - began


async def _asked(check: LiveCheck, target: Target, view: ProbeView) -> Said:
    """Return what *check* says, or what it means that the probe gave it no answer.

    Only positive evidence is a failure; our own blindness is unknown.
    """
    try:
        return vetted(await check.run(target, view))
    except ProbeError as error:
        # A check can raise one of its own, and then it may hold anything.
        reason = ProbeReason(error.reason)
        text = printable(f"{error.url}: {error.detail}" if error.url else f"{error.detail}")
        if reason.blind:
            return Unknown(text, reason.value), ()
        return Failed(text, observed=reason.value, code=reason.value), ()


def _errored(error: BaseException) -> Errored:
    return Errored(spoken(error), f"exception:{printable(type(error).__name__)}")


def _late(deadline_s: float, task: asyncio.Task[Timed] | None = None) -> Errored:
    """Return that there was no answer in time, though there may be one by now."""
    told = f"no answer within its deadline of {deadline_s:g} s"
    if task is not None and task.done() and not task.cancelled():
        (outcome, _), _ = task.result()
        if not isinstance(outcome, Errored):
            return Errored(f"{told}; what came later does not count", "late_result_discarded")
    return Errored(told, "deadline")
