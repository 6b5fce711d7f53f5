"""Makes one evaluation of a target that is watched, and plans the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from director.app import Director
from director.errors import InputError, StoreError
from director.model.event import ConfigRejected, Event, Stamp
from director.model.sampling import Level, Seen, Unseen
from director.model.service import Stage, Wanted
from director.model.service_event import ScheduleMissed
from director.model.text import printable
from director.ports import Clock
from director.rules.look import blames_the_network, seen_in
from director.service.guard import Guard
from director.service.intake import Work
from director.service.looks import Looks
from director.service.pulse import Pulse
from director.service.scheduler import Scheduler
from director.service.watch import Watch

_REMEMBERED = 10_000
"""How many evaluations are remembered that ended without a decision, and how many delays."""

_TOO_SLOW_S = 1.0
"""So late an event loop is not fit to say that others are slow, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What evaluations are made with.

    Attributes:
        director: Decides and records.
        scheduler: Keeps what is due.
        looks: Applies decisions to what is held true.
        guard: Says whether we are online.
        pulse: Says how late the event loop is.
        publish: Tells everybody.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
    """

    director: Director
    scheduler: Scheduler
    looks: Looks
    guard: Guard
    pulse: Pulse
    publish: Callable[[Event], Awaitable[object]]
    clock: Clock
    new_id: Callable[[datetime], str]


class Rounds:
    """Makes evaluations, one after another of each target.

    Args:
        means: What they are made with.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self.ended: dict[str, tuple[Wanted, Stage, str]] = {}
        self.delays_s: deque[float] = deque(maxlen=_REMEMBERED)
        self.trouble = ""
        self.offline = False

    async def run(self, work: Work) -> None:
        """Evaluate what *work* asks for; nothing but cancellation comes out."""
        means, watch = self._means, work.watch
        now_s = means.scheduler.timeline.now_s()
        if work.due_s is not None:
            watch.lateness_s = max(now_s - work.due_s, 0.0)
            self.delays_s.append(watch.lateness_s)
        request = replace(
            watch.request,
            evaluation=work.evaluation,
            trigger=work.wanted.trigger,
            sampled=watch.calendar is not None,
        )
        began_s = means.clock.monotonic()
        try:
            judged = await means.director.evaluate(request)
        except StoreError as error:
            self.trouble = str(error)
            again_s = await self._failed(work, str(error))
        except InputError as error:
            for fault in error.faults:
                await means.publish(ConfigRejected(self._stamp(), fault))
            again_s = await self._failed(work, str(error))
        except Exception as error:  # noqa: BLE001  # our own fault on one target leaves others be
            reason = printable(f"internal error: {type(error).__name__}: {error}")
            again_s = await self._failed(work, reason)
        else:
            self.trouble = ""
            self.end(work.evaluation, work.wanted, Stage.DECIDED, "")
            seen = seen_in(judged.record)
            if seen is Level.FAIL:
                network = blames_the_network(judged.record)
                seen = await self._fit(seen, began_s, network=network)
            again_s = await means.looks.decided(watch, judged, seen)
        self.plan(watch, again_s)

    def plan(self, watch: Watch, again_s: float | None = None) -> None:
        """Plan when *watch* is looked at next: at its next due, or sooner.

        Args:
            watch: Which.
            again_s: How soon at the latest, in seconds; None for only at its next due.
        """
        if watch.calendar is None:
            return
        now_s = self._means.scheduler.timeline.now_s()
        due_s = watch.calendar.due_after(now_s)
        if due_s is not None and again_s is not None:
            # A doubt that is no doubt waits for the next due, which is never later than that.
            soon_s = now_s + again_s
            due_s = min(due_s, soon_s) if again_s < watch.calendar.interval_s(now_s) else due_s
        self._means.scheduler.plan(watch, due_s)

    async def missed(self, watch: Watch, due_s: float, reason: str, count: int = 1) -> None:
        """Take note that evaluations of *watch* did not begin, the first of which was due then."""
        watch.missed += count
        watch.unkept = True
        until_s = max(due_s, self._means.scheduler.timeline.now_s()) if count > 1 else due_s
        await self._means.publish(
            ScheduleMissed(
                stamp=self._stamp(),
                spot=watch.spot,
                count=count,
                since_at=datetime.fromtimestamp(due_s, UTC),
                until_at=datetime.fromtimestamp(until_s, UTC),
                reason=reason,
            )
        )

    async def _fit(self, seen: Seen, began_s: float, *, network: bool) -> Seen:
        """Return what a bad look is worth: nothing if we were not fit to look."""
        if self._means.pulse.lag_since(began_s) > _TOO_SLOW_S:
            return Unseen.SUSPECT
        if network and not await self._means.guard.online():
            self.offline = True
            return Unseen.SUSPECT
        return seen

    async def _failed(self, work: Work, reason: str) -> float:
        self.end(work.evaluation, work.wanted, Stage.FAILED, reason)
        return await self._means.looks.failed(work.watch, Unseen.ERROR)

    def end(self, evaluation: str, wanted: Wanted, stage: Stage, reason: str) -> None:
        """Remember for a while how an evaluation ended."""
        self.ended[evaluation] = (wanted, stage, reason)
        while len(self.ended) > _REMEMBERED:
            self.ended.pop(next(iter(self.ended)))

    def _stamp(self) -> Stamp:
        now = self._means.clock.now()
        return Stamp(self._means.new_id(now), now)


def percentile(values: deque[float], share: float) -> float:
    """Return the value that *share* of all are not above; 0 if there are none."""
    in_order = sorted(values)
    return in_order[min(int(len(in_order) * share), len(in_order) - 1)] if in_order else 0.0
