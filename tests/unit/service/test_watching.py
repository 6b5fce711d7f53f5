"""service: what is due is evaluated, what is seen often enough is held true, and is told once."""

# ruff: noqa: ANN401  # the stage is of a conftest, which no test can import

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from director.model.decision import Verdict
from director.model.event import (
    ConfigRejected,
    DecisionChanged,
    DecisionMade,
    EvaluationCancelled,
)
from director.model.note import NoteKind
from director.model.outcome import Errored, Failed, Outcome, Passed, Unknown
from director.model.sampled import Shown
from director.model.service import (
    GateCode,
    GateState,
    RefusalCode,
    Refused,
    Taken,
    Wanted,
)
from director.model.service import (
    Stage as Step,
)
from director.model.service_event import (
    ScheduleMissed,
    TargetRegistered,
    TargetRemoved,
    TargetSightLost,
    WatchInterrupted,
)
from director.rules.grid import due_after, phase_s

Answers = dict[str, Callable[[], Outcome]]


def decided(stage: Any, service: str = "shop") -> list[float]:
    """Return when decisions on *service* were made."""
    return [at for at, event in stage.diary.of(DecisionMade) if event.subject.service == service]


def phase_after(stage: Any, target: str) -> float:
    """Return how long it is to the next due of who is due each minute, in seconds."""
    now_s: float = stage.clock.now().timestamp()
    return due_after(now_s, phase_s(target, 60), 60) - now_s


def test_the_grid_is_kept(stage: Any) -> None:
    """After the first look a target is looked at at its phase, minute by minute."""
    stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(600)
        await service.close()

    stage.run(watch())
    times = decided(stage)[1:]
    start_s = stage.clock.start_at.timestamp()
    phase = phase_s("shop@production", 60)

    assert len(times) == 10
    assert all(0 <= (start_s + at - phase) % 60 < 0.1 for at in times)


def test_one_bad_look_changes_nothing_that_is_held_true(stage: Any) -> None:
    """It closes the gate and brings the next look; nothing is told."""
    stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(130)
        looks = [Failed("it answered 503", code="bad_status"), Passed("it is so")]
        stage.says["shop"] = lambda: looks.pop(0) if len(looks) > 1 else looks[0]
        before = len(decided(stage))
        await asyncio.sleep(phase_after(stage, "shop@production") + 0.2)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert (seen.shown, seen.held, seen.doubts) == (Shown.SOFT_BAD, Verdict.GO, 1)
        assert (seen.gate.state, seen.gate.code) == (GateState.CLOSED, GateCode.NO_GO)
        assert (await service.view.gate("shop", "production")).state is GateState.CLOSED
        await asyncio.sleep(2.5)
        assert len(decided(stage)) == before + 2, "looked at again after two seconds"
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert (seen.shown, seen.held, seen.gate.state) == (
            Shown.OK,
            Verdict.GO,
            GateState.OPEN,
        )
        await service.close()

    stage.run(watch())

    assert stage.diary.of(DecisionChanged) == []


def test_a_change_is_told_once_when_it_is_hard(stage: Any, answers: Answers) -> None:
    """Three bad looks make NO_GO, two good ones GO; each is told once, within one interval."""
    stage.manifest("shop")
    fell_s = rose_s = 0.0

    async def watch() -> None:
        nonlocal fell_s, rose_s
        service = stage.service()
        await service.start()
        await asyncio.sleep(125)
        fell_s = stage.clock.monotonic()
        stage.says["shop"] = answers["bad"]
        await asyncio.sleep(300)
        rose_s = stage.clock.monotonic()
        stage.says["shop"] = answers["fine"]
        await asyncio.sleep(300)
        await service.close()

    stage.run(watch())
    (fell_at, fell), (rose_at, rose) = stage.diary.of(DecisionChanged)

    assert (fell.was, fell.held) == (Verdict.GO, Verdict.NO_GO)
    assert (rose.was, rose.held) == (Verdict.NO_GO, Verdict.GO)
    assert fell_at - fell_s < 60 + 2 + 15 + 1
    assert rose_at - rose_s < 60 + 15 + 1


def test_who_cannot_be_seen_is_not_held_well(stage: Any) -> None:
    """Errors of ours make nothing bad, but after three intervals nothing is held true."""
    stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(130)
        stage.says["shop"] = lambda: Unknown("nobody may ask", code="policy_denied")
        await asyncio.sleep(400)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert seen.held is None
        assert seen.gate.state is GateState.CLOSED
        await service.close()

    stage.run(watch())

    assert stage.diary.of(DecisionChanged) == []
    assert len(stage.diary.of(TargetSightLost)) == 1


def test_a_slow_evaluation_misses_its_next_due(stage: Any) -> None:
    """No target is evaluated twice at once, and what was left out is said."""
    stage.manifest("shop", "{every: 5s}")
    stage.takes_s["shop"] = 7.0

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(60)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert seen.missed > 0
        await service.close()

    stage.run(watch())
    missed = [event for _, event in stage.diary.of(ScheduleMissed)]

    assert {event.reason for event in missed} == {"overlap"}
    gaps = [b - a for a, b in zip(decided(stage), decided(stage)[1:], strict=False)]
    assert all(gap >= 7.0 for gap in gaps)


def test_a_restart_goes_on_where_it_ended(stage: Any, answers: Answers) -> None:
    """What is held true is remembered, the gap is one interval, and there is no burst."""
    for number in range(20):
        stage.manifest(f"shop{number:02}", "{every: 300s}")

    async def first() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(400)
        stage.says["shop07"] = answers["bad"]
        await asyncio.sleep(400)
        await service.close()

    async def second() -> None:
        await asyncio.sleep(3600)
        service = stage.service()
        await service.start()
        seen = service.view.target("shop07", "production")
        assert seen is not None
        assert (seen.held, seen.shown) == (Verdict.NO_GO, Shown.BAD)
        assert seen.missed == 12
        assert seen.gate.code is GateCode.STALE or seen.gate.state is GateState.CLOSED
        other = service.view.target("shop08", "production")
        assert other is not None
        assert other.held is Verdict.GO
        assert (other.gate.state, other.gate.code) == (GateState.CLOSED, GateCode.STALE)
        await asyncio.sleep(300)
        other = service.view.target("shop08", "production")
        assert other is not None
        assert other.gate.state is GateState.OPEN
        await service.close()

    stage.run(first())
    stage.diary.events.clear()
    began_s = stage.clock.monotonic() + 3600
    stage.run(second())

    ((_, gap),) = stage.diary.of(WatchInterrupted)
    assert (gap.reason, gap.targets) == ("down", 20)
    assert gap.missed in range(240, 245)
    assert 3600 <= (gap.until_at - gap.since_at).total_seconds() < 3606
    assert stage.diary.of(DecisionChanged) == []
    times = sorted(
        at - began_s for number in range(20) for at in decided(stage, f"shop{number:02}")
    )
    assert len(times) == 20
    assert max(sum(start <= at < start + 30 for at in times) for start in times) <= 7


def test_a_clock_that_is_set_makes_no_burst_and_no_silence(stage: Any) -> None:
    """Ahead: one gap. Back: the next look is at most an interval away."""
    stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(200)
        stage.clock.set_s += 7200
        await asyncio.sleep(200)
        stage.clock.set_s -= 86_400
        await asyncio.sleep(200)
        await service.close()

    stage.run(watch())
    times = decided(stage)
    gaps = [event for _, event in stage.diary.of(WatchInterrupted)]

    assert [gap.reason for gap in gaps] == ["suspended", "clock"]
    assert gaps[0].missed == 120
    assert max(b - a for a, b in itertools.pairwise(times)) < 121
    assert len(times) <= 12


def test_a_broken_file_keeps_what_it_asked_for(stage: Any) -> None:
    """The last good text is watched on, and the fault is shown and told once."""
    path = stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(70)
        path.write_text(path.read_text() + "  tpyo: 1\n")
        await asyncio.sleep(130)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert "unknown key 'tpyo'" in seen.fault
        assert "unknown key 'tpyo'" in service.view.health().troubles[0]
        stage.manifest("shop", owner="others")
        await asyncio.sleep(10)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert (seen.fault, seen.owner) == ("", "others")
        await service.close()

    stage.run(watch())

    assert len(stage.diary.of(ConfigRejected)) == 1
    assert len(decided(stage)) >= 4


def test_a_file_that_is_gone_is_watched_no_longer(stage: Any) -> None:
    """At the second look, so that an editor may replace it; the gate is closed then."""
    path = stage.manifest("shop")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(70)
        text = path.read_text()
        path.unlink()
        await asyncio.sleep(1.9)
        path.write_text(text)
        await asyncio.sleep(10)
        assert service.view.target("shop", "production") is not None
        path.unlink()
        await asyncio.sleep(10)
        assert service.view.target("shop", "production") is None
        closed = await service.view.gate("shop", "production")
        assert (closed.state, closed.code) == (GateState.CLOSED, GateCode.RETIRED)
        await service.close()

    stage.run(watch())

    assert len(stage.diary.of(TargetRemoved)) == 1


def test_another_text_is_evaluated_at_once(stage: Any) -> None:
    """A changed manifest closes the gate until it was evaluated, within seconds."""
    stage.manifest("shop", "{every: 1h}")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(30)
        assert (await service.view.gate("shop", "production")).state is GateState.OPEN
        stage.takes_s["shop"] = 8.0
        stage.manifest("shop", "{every: 1h}", owner="others")
        await asyncio.sleep(5)
        closed = await service.view.gate("shop", "production")
        assert (closed.state, closed.code) == (GateState.CLOSED, GateCode.NOT_ESTABLISHED)
        await asyncio.sleep(30)
        assert (await service.view.gate("shop", "production")).state is GateState.OPEN
        await service.close()

    stage.run(watch())

    assert len(stage.diary.of(TargetRegistered)) == 2


def test_what_is_taken_survives_the_service(stage: Any) -> None:
    """An evaluation that was accepted is made after the next start, by the same identity."""
    stage.manifest("shop", "")
    stage.takes_s["shop"] = 30.0
    wanted = Wanted(service="shop", environment="production", trigger="pipeline", cause="ci")

    async def first() -> Taken:
        service = stage.service()
        await service.start()
        await asyncio.sleep(40)
        taken = await service.view.submit(wanted)
        again = await service.view.submit(wanted)
        assert isinstance(taken, Taken)
        assert again == Taken(taken.evaluation, joined=True)
        await asyncio.sleep(1)
        progress = await service.view.progress(taken.evaluation)
        assert progress is not None
        assert progress.stage is Step.RUNNING
        # Killed: nothing is closed.
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return taken

    async def second(taken: Taken) -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(40)
        progress = await service.view.progress(taken.evaluation)
        assert progress is not None
        assert (progress.stage, progress.trigger) == (Step.DECIDED, "pipeline")
        record = await stage.store.evaluation(taken.evaluation)
        assert record is not None
        await service.close()

    async def third() -> None:
        service = stage.service()
        await service.start()
        assert service.view.health().waiting == 0
        await service.close()

    taken = stage.run(first())
    stage.run(second(taken))
    stage.run(third())


def test_what_nobody_can_make_any_more_is_said(stage: Any) -> None:
    """An accepted evaluation whose manifest is gone at the next start has failed, with why."""
    path = stage.manifest("shop", "")
    stage.manifest("other", "")

    async def first() -> Taken:
        service = stage.service()
        await service.start()
        await asyncio.sleep(10)
        stage.takes_s["shop"] = 30.0
        taken = await service.view.submit(
            Wanted(service="shop", environment="production", trigger="pipeline")
        )
        assert isinstance(taken, Taken)
        await asyncio.sleep(1)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return taken

    async def second(taken: Taken) -> None:
        service = stage.service()
        await service.start()
        # At once: a service that is killed after each start would find ever more.
        assert await stage.store.notes.page(NoteKind.REQUEST) == ()
        progress = await service.view.progress(taken.evaluation)
        assert progress is not None
        assert (progress.stage, progress.service) == (Step.FAILED, "shop")
        assert progress.reason.startswith("nobody watches it")
        await asyncio.sleep(10)
        await service.close()

    async def third() -> None:
        service = stage.service()
        await service.start()
        await service.close()

    taken = stage.run(first())
    path.unlink()
    stage.diary.events.clear()
    stage.run(second(taken))
    stage.run(third())

    (said,) = [  # Once, and forgotten then.
        event
        for _, event in stage.diary.of(EvaluationCancelled)
        if event.reason.startswith("nobody watches it")
    ]
    assert said.subject.evaluation == taken.evaluation
    assert (said.subject.service, said.subject.trigger) == ("shop", "pipeline")


@pytest.mark.parametrize(("away_s", "missed"), [(1.6, 0), (7.0, 3)])
def test_a_short_absence(stage: Any, away_s: float, missed: int) -> None:
    """It is said if something was due, and what was evaluated before the end is not missed."""
    stage.manifest("shop", "{every: 2s}")
    stage.manifest("still", "")

    async def watch(first: bool) -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(19 if first else 1)
        if first:  # Until the last decision is remembered.
            await asyncio.sleep(decided(stage)[-1] + 1.2 - stage.clock.monotonic())
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    stage.run(watch(True))
    last_s = max(at for at in decided(stage, "shop"))
    since_s = stage.clock.monotonic()
    stage.run(asyncio.sleep(last_s + away_s - since_s))
    stage.diary.events.clear()
    stage.run(watch(False))

    assert [gap.missed for _, gap in stage.diary.of(WatchInterrupted)] == [missed] * bool(missed)


def test_what_nobody_watches_is_refused(stage: Any) -> None:
    """And so is everything once the service is stopping."""
    stage.manifest("shop", "")

    async def watch() -> None:
        service = stage.service()
        assert not service.view.health().ready
        await service.start()
        assert service.view.health().ready
        unknown = await service.view.submit(
            Wanted(service="shop", environment="", trigger="manual")
        )
        assert isinstance(unknown, Refused)
        assert unknown.code is RefusalCode.UNKNOWN_TARGET
        await service.close()
        late = await service.view.submit(
            Wanted(service="shop", environment="production", trigger="manual")
        )
        assert isinstance(late, Refused)
        assert late.code is RefusalCode.STOPPING
        assert not service.view.health().ready

    stage.run(watch())


def test_the_line_is_bounded(stage: Any) -> None:
    """Of many asked for at once the line takes what it can, and says when to come again."""
    for number in range(1400):
        stage.manifest(f"s{number}", "")
        stage.takes_s[f"s{number}"] = 5.0

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(60)
        asked = [
            await service.view.submit(
                Wanted(service=f"s{number}", environment="production", trigger="other")
            )
            for number in range(1400)
        ]
        taken = [one for one in asked if isinstance(one, Taken)]
        refused = [one for one in asked if isinstance(one, Refused)]
        assert len(taken) == 1256  # 256 run, 1,000 wait.
        assert {one.code for one in refused} == {RefusalCode.QUEUE_FULL}
        assert all(one.retry_after_s > 0 for one in refused)
        await asyncio.sleep(60)
        for one in taken:
            progress = await service.view.progress(one.evaluation)
            assert progress is not None
            assert progress.stage is Step.DECIDED
        await service.close()

    stage.run(watch())


def test_maintenance_is_recorded_and_changes_nothing(stage: Any, answers: Answers) -> None:
    """What is seen then is in the record; what is held true stays, and nothing is told."""
    stage.manifest(
        "shop",
        "{every: 60s, maintenance: [{starts_at: 2026-03-02T12:05:00Z, "
        "ends_at: 2026-03-02T12:15:00Z, reason: the ledger moves}]}",
    )

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(310)
        stage.says["shop"] = answers["bad"]
        await asyncio.sleep(400)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert (seen.maintenance, seen.held) == ("the ledger moves", Verdict.GO)
        assert seen.gate.state is GateState.CLOSED
        stage.says["shop"] = answers["fine"]
        await asyncio.sleep(300)
        await service.close()

    stage.run(watch())

    assert stage.diary.of(DecisionChanged) == []
    assert {event.record.decision for _, event in stage.diary.of(DecisionMade)} == {"go", "no_go"}


def test_an_error_of_ours_leaves_the_others_be(stage: Any) -> None:
    """What a check answers that nobody can use is an error, and the daemon goes on."""
    stage.manifest("shop")
    stage.manifest("other")
    stage.says["shop"] = lambda: Errored("never said by a check", code="x")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(200)
        other = service.view.target("other", "production")
        shop = service.view.target("shop", "production")
        assert other is not None
        assert other.gate.state is GateState.OPEN
        assert shop is not None
        assert shop.gate.state is GateState.CLOSED
        await service.close()

    stage.run(watch())


def test_plans_that_are_made_anew_do_not_pile_up(stage: Any) -> None:
    """However often a target is planned again, the scheduler holds about one plan for each."""
    stage.manifest("shop")

    async def watch() -> int:
        service = stage.service()
        await service.start()
        await asyncio.sleep(1)
        scheduler = service._scheduler
        (watched,) = service._register.watches.values()
        for number in range(50_000):
            scheduler.plan(watched, scheduler.timeline.now_s() + 1000 + number)
        held = len(scheduler._heap)
        await asyncio.sleep(51_005)
        await service.close()
        return held

    assert stage.run(watch()) < 3000
    first, second = decided(stage)
    assert 50_999 < second - first < 51_001


def test_a_defect_of_ours_does_not_look_like_watching(stage: Any) -> None:
    """Whoever starts the service hears that it watches no more; it is not ready any more."""
    stage.manifest("shop")

    def defect(_: object) -> None:
        raise RuntimeError("a defect")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(60)
        assert not service.failed.done()
        service._world.folder.examine = defect
        stage.manifest("shop", owner="others")
        await asyncio.sleep(10)
        assert not service.view.health().ready
        assert "internal error: RuntimeError" in service.view.health().troubles
        with pytest.raises(RuntimeError, match="a defect"):
            await service.failed
        await service.close()

    stage.run(watch())


def test_many_that_hang_do_not_keep_the_others_waiting(stage: Any) -> None:
    """Two hundred targets that answer after ten seconds, and one that is well and on time."""
    for number in range(200):
        stage.manifest(f"slow{number:03}", "{every: 30s}")
        stage.takes_s[f"slow{number:03}"] = 60.0
    stage.manifest("shop", "{every: 30s}")

    async def watch() -> None:
        service = stage.service()
        await service.start()
        await asyncio.sleep(300)
        seen = service.view.target("shop", "production")
        assert seen is not None
        assert (seen.missed, seen.gate.state) == (0, GateState.OPEN)
        assert seen.lateness_s is not None
        assert seen.lateness_s < 0.1
        await service.close()

    stage.run(watch())
