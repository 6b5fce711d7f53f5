"""Run a plan: manifest checks inline, live checks at the same time, one result for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from director.engine.attempt import Reading, Timed, Visit, examine, judge
from director.engine.limits import Limiter, Limits
from director.engine.ready import Order
from director.engine.veil import Veil
from director.engine.vet import Vetter
from director.model.outcome import Missing
from director.model.plan import PlannedCheck
from director.model.result import Result
from director.ports import Check, Clock, LiveCheck, ManifestCheck, Prober

if TYPE_CHECKING:
    from typing_extensions import TypeIs  # in ``typing`` only from Python 3.13

Report: TypeAlias = Callable[[PlannedCheck, Result], Awaitable[None]]
"""Hears of each result as it comes, before the run ends."""

Live: TypeAlias = list[tuple[PlannedCheck, LiveCheck]]
Inline: TypeAlias = list[tuple[PlannedCheck, ManifestCheck | None]]


class Engine:
    """Runs plans, many at a time, within limits that hold over all of them.

    Args:
        prober: What live checks ask through.
        clock: What deadlines are judged by.
        limits: How many live checks may run at once.
        secrets: Values that a service was sent, and that no result may show.
    """

    def __init__(
        self, prober: Prober, clock: Clock, limits: Limits, secrets: tuple[str, ...] = ()
    ) -> None:
        self._prober = prober
        self._clock = clock
        self._veil = Veil(secrets)
        self._limiter = Limiter(limits)
        self._vetter = Vetter()
        self._abandoned: set[asyncio.Task[Timed]] = set()

    @property
    def abandoned(self) -> int:
        """How many checks did not stop when they were told to, and still run."""
        return sum(not task.done() for task in self._abandoned)

    async def run(self, order: Order, report: Report) -> tuple[Result, ...]:
        """Ask every planned check and return one result for each, in the order of the plan.

        Each result is reported before the run ends. The live checks go first, so that they
        wait for the network while the others are judged.
        """
        results: dict[str, Result] = {}
        reading = Reading(order.target.manifest, self._clock, self._vetter)
        live, inline = _sorted_out(order)
        if live:
            session = self._prober.session(order.target)

            async def note(planned: PlannedCheck, result: Result) -> None:
                results[planned.id] = result
                await report(planned, result)

            try:
                visit = Visit(order.target, session, self._clock, self._abandon)
                async with asyncio.TaskGroup() as group:
                    for planned, check in live:
                        group.create_task(self._live(planned, check, visit, note))
                    await self._inline(inline, reading, results, report)
            finally:
                await session.close()
        else:
            await self._inline(inline, reading, results, report)
        return tuple([results[planned.id] for planned in order.plan.checks])

    async def close(self) -> None:
        """Let go of the probes."""
        await self._prober.close()

    async def _inline(
        self, inline: Inline, reading: Reading, results: dict[str, Result], report: Report
    ) -> None:
        """Judge what needs no waiting, and note what needs no asking."""
        for planned, check in inline:
            result = self._settled(planned) if check is None else judge(check, planned, reading)
            results[result.check] = result
            await report(planned, result)

    async def _live(
        self, planned: PlannedCheck, check: LiveCheck, visit: Visit, note: Report
    ) -> None:
        async with self._limiter.slot(planned.plugin):
            result = self._veil.over(await examine(check, planned, visit))
        await note(planned, result)

    def _abandon(self, task: asyncio.Task[Timed]) -> None:
        """Hold on to a task that will not stop, until it does."""
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)

    def _settled(self, planned: PlannedCheck) -> Result:
        """Return the result of a check that need not be asked, or that cannot be."""
        outcome = planned.answer or Missing("the check was not made ready", "not_ready")
        return Result(check=planned.id, outcome=outcome, started_at=self._clock.now())


def is_live(check: Check | None) -> TypeIs[LiveCheck]:
    """Return whether *check* wants to touch the world."""
    return hasattr(check, "run")


def _sorted_out(order: Order) -> tuple[Live, Inline]:
    """Return what has to wait for the world, and the rest; None where nobody need be asked."""
    live: Live = []
    inline: Inline = []
    for planned in order.plan.checks:
        check = order.checks.get(planned.id) if planned.answer is None else None
        if is_live(check):
            live.append((planned, check))
        else:
            inline.append((planned, check))
    return live, inline
