"""What was asked in one evaluation: each question once, and its answer for everybody who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from director.model.probe import ProbeError, ProbeReason
from director.ports import Clock
from director.probing.desk import Desk
from director.probing.gate import HostGate
from director.probing.inquiry import Inquiry
from director.probing.sighting import Sighting, sighting
from director.probing.timeline import Timeline

_Asking = TypeVar("_Asking", bound=Inquiry)
_Given = TypeVar("_Given")


class _Shared:
    """One probe that several checks may wait for.

    Args:
        run: Makes it, and puts its timeline here as soon as it has one.
    """

    __slots__ = ("task", "timeline")

    def __init__(self, run: Callable[[_Shared], Any]) -> None:
        self.timeline: Timeline | None = None  # None while it waits for a free slot
        self.task: asyncio.Task[Sighting[Any]] = asyncio.create_task(run(self))


class Memo:
    """Asks the same question once, within one evaluation.

    Args:
        desk: Who asks.
        gate: How many may ask at once.
        clock: Where time comes from.
        base_url: Where the target answers; None if it cannot be asked.
    """

    def __init__(self, desk: Desk, gate: HostGate, clock: Clock, base_url: str | None) -> None:
        self._gate = gate
        self._asked: dict[Inquiry, _Shared] = {}
        self._closed = False
        self.desk = desk
        """Who asks."""
        self.clock = clock
        """Where time comes from."""
        self.base_url = base_url
        """Where the target answers; None if it cannot be asked."""

    async def ask(
        self,
        inquiry: _Asking,
        how: Callable[[_Asking, Timeline], Awaitable[_Given]],
        patience_s: float,
    ) -> Sighting[_Given]:
        """Return what came of a question, or of the wait for it.

        Args:
            inquiry: What to ask; whoever asks the same shares the answer.
            how: Asks it.
            patience_s: How long this asker waits, in seconds. The probe goes on without it.

        Raises:
            RuntimeError: The session is closed.
        """
        shared = self._asked.get(inquiry)
        if shared is None:
            if self._closed:
                raise RuntimeError("the probe session is closed")
            if patience_s <= 0:
                return self._late(inquiry, "no time was left to ask")
            shared = _Shared(lambda shared: self._run(inquiry, how, shared))
            self._asked[inquiry] = shared
        if not shared.task.done():
            await asyncio.wait({shared.task}, timeout=max(patience_s, 0.0))
        if not shared.task.done():
            return self._late(
                inquiry, f"no complete answer within {max(patience_s, 0):.3g} s", shared.timeline
            )
        if shared.task.cancelled():
            raise RuntimeError("the probe session is closed")
        return shared.task.result()

    async def close(self) -> None:
        """Stop what still runs."""
        self._closed = True
        running = [shared.task for shared in self._asked.values() if not shared.task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _run(
        self,
        inquiry: _Asking,
        how: Callable[[_Asking, Timeline], Awaitable[_Given]],
        shared: _Shared,
    ) -> Sighting[_Given]:
        answer: _Given | ProbeError
        async with self._gate.slot(inquiry.place.host):
            self.desk.prepare(inquiry)
            await self.desk.turnstile.pass_through()
            shared.timeline = Timeline(self.clock, inquiry.place.shown)
            try:
                answer = await how(inquiry, shared.timeline)
            except ProbeError as error:
                answer = error
        return sighting(inquiry.place, answer, self.clock.now())

    def _late(
        self, inquiry: Inquiry, detail: str, timeline: Timeline | None = None
    ) -> Sighting[Any]:
        """Return the sighting of somebody whose patience ended before the probe did."""
        shown = inquiry.place.shown
        if timeline is None:
            error = ProbeError(
                ProbeReason.CONNECT_TIMEOUT, f"{detail}, and nothing was sent yet", url=shown
            )
        elif timeline.fault is not None:  # it failed already, and finds out more about it
            fault = timeline.fault[0]
            error = ProbeError(fault.reason, fault.detail, url=shown, seen=timeline.seen())
        else:
            error = ProbeError(timeline.timed_out, detail, url=shown, seen=timeline.seen())
        return sighting(inquiry.place, error, self.clock.now())
