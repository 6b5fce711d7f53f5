"""What one decision makes of what is held true of its target, and what is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from director.model.decision import Verdict
from director.model.event import DecisionChanged, Event, Stamp, Subject
from director.model.record import Record
from director.model.report import Judged
from director.model.sampled import (
    Changed,
    FlappingBegan,
    FlappingEnded,
    Reminded,
    SightLost,
    SightRegained,
    State,
    Step,
)
from director.model.sampled import Event as News
from director.model.sampling import Sample, Seen
from director.model.service import Latest
from director.model.service_event import (
    TargetFlapping,
    TargetReminded,
    TargetSightLost,
    TargetSightRegained,
    TargetSteady,
)
from director.ports import Clock
from director.rules.look import verdict_of
from director.rules.sampling import step
from director.service.watch import Watch


class Looks:
    """Applies decisions to watches, and publishes what is worth telling.

    Args:
        publish: Tells everybody.
        clock: Where time comes from.
        new_id: Makes an identity for a moment.
    """

    def __init__(
        self,
        publish: Callable[[Event], Awaitable[object]],
        clock: Clock,
        new_id: Callable[[datetime], str],
    ) -> None:
        self._publish = publish
        self._clock = clock
        self._new_id = new_id

    async def decided(self, watch: Watch, judged: Judged, seen: Seen) -> float:
        """Take a decision as a look at *watch*; return when to look again, in seconds.

        Args:
            watch: The target.
            judged: Its last decision.
            seen: What that is evidence of.
        """
        watch.latest = latest_of(judged)
        return await self._sampled(watch, judged.record, Sample(seen, self._clock.now()))

    async def failed(self, watch: Watch, seen: Seen) -> float:
        """Take note that *watch* was looked at and there is no decision; as ``decided``."""
        return await self._sampled(watch, None, Sample(seen, self._clock.now()))

    async def _sampled(self, watch: Watch, record: Record | None, sample: Sample) -> float:
        now_s = sample.at.timestamp()
        watch.unkept = True
        manifest, profile = watch.request.loaded.manifest, watch.request.profile
        basis = manifest.digest, profile.digest
        if watch.basis != basis:
            # Another text is another service: what was seen of the old one says nothing of it.
            watch.state = State(told=watch.state.told, told_at=watch.state.told_at)
            watch.basis, watch.held_at = basis, None
        if watch.calendar is not None and watch.calendar.maintenance(now_s):
            return watch.sampling(now_s).interval_s
        taken: Step = step(watch.state, sample, watch.sampling(now_s))
        if taken.state.level is not watch.state.level:
            watch.held_at = None if taken.state.level is None else sample.at
        watch.state = taken.state
        for news in taken.events:
            await self._tell(watch, record, news)
        return taken.next_in_s

    async def _tell(self, watch: Watch, record: Record | None, news: News) -> None:
        spot, stamp = watch.spot, self._stamp()
        match news:
            case Changed(muted=True):
                pass
            case Changed(was=was, now=now):
                if record is not None:
                    before: Verdict | None = None if was is None else verdict_of(was)
                    subject = subject_of(record)
                    changed = DecisionChanged(stamp, subject, record, verdict_of(now), before)
                    await self._publish(changed)
            case Reminded(level=level):
                evaluation = watch.latest.evaluation if watch.latest else ""
                await self._publish(TargetReminded(stamp, spot, level, evaluation))
            case FlappingBegan(percent=percent):
                await self._publish(TargetFlapping(stamp, spot, percent))
            case FlappingEnded(percent=percent):
                await self._publish(TargetSteady(stamp, spot, percent))
            case SightLost(since_at=since_at):
                await self._publish(TargetSightLost(stamp, spot, since_at))
            case SightRegained(level=level):
                await self._publish(TargetSightRegained(stamp, spot, level))

    def _stamp(self) -> Stamp:
        now = self._clock.now()
        return Stamp(self._new_id(now), now)


def latest_of(judged: Judged) -> Latest:
    """Return a decision in short, with the override that is in force."""
    record, override = judged.record, judged.override
    return Latest(
        evaluation=record.evaluation,
        decision=record.verdict,
        pass_rate=record.pass_rate,
        score=record.score,
        decided_at=datetime.fromisoformat(record.decided_at),
        valid_until=datetime.fromisoformat(record.valid_until),
        why=record.reasons[0].text if record.reasons else "",
        override="" if override is None else override.statement.id,
        override_until=None if override is None else override.statement.expires_at,
        categories=tuple(
            (
                category.name,
                category.score,
                sum(_is_gap(check.role, check.outcome) for check in category.checks),
            )
            for category in record.categories
        ),
    )


def subject_of(record: Record) -> Subject:
    """Return which evaluation *record* is of."""
    return Subject(
        evaluation=record.evaluation,
        trigger=record.trigger,
        service=record.service,
        environment=record.environment,
        version=record.version,
        owner=record.owner,
        tier=record.tier,
        profile=record.profile.name,
        profile_digest=record.profile.digest,
        manifest_digest=record.manifest.digest,
    )


def _is_gap(role: str, outcome: str) -> bool:
    return role != "shadow" and outcome not in ("passed", "not_applicable")
