"""engine.run: one result for each planned check, live ones at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from director.engine.limits import Limits
from director.engine.run import is_live
from director.model.outcome import Errored, Missing, NotApplicable, Passed
from director.model.plan import PlannedCheck
from director.model.result import Result
from director.ports import Check, Probe

if TYPE_CHECKING:
    from tests.unit.engine.conftest import Stage

GOOD = Passed("as it should be")


async def good(_: Probe) -> Passed:
    """Answer at once."""
    return GOOD


class Crowd:
    """Counts who is inside at the same time; lets nobody out before *number* are in.

    Args:
        number: How many it waits for; 1 waits for nobody.
    """

    def __init__(self, number: int = 1) -> None:
        self._number = number
        self._enough = asyncio.Event()
        self._inside = 0
        self.peak = 0

    async def act(self, _: Probe) -> Passed:
        """Go in, wait, stay for some turns of the loop, and leave."""
        self._inside += 1
        self.peak = max(self.peak, self._inside)
        if self._inside >= self._number:
            self._enough.set()
        await self._enough.wait()
        for _turn in range(3):
            await asyncio.sleep(0)
        self._inside -= 1
        return GOOD


def live_checks(
    stage: Stage, act: Callable[[Probe], Awaitable[Any]], number: int, plugin: str = "fake"
) -> list[Check]:
    """Return so many live checks of one plugin."""
    return [stage.live(act, f"{plugin}.n{n:02}", 2.0) for n in range(number)]


def plan_of(stage: Stage, *checks: Check) -> tuple[PlannedCheck, ...]:
    """Return a plan in which the first word of each check is its plugin."""
    ids = [check.spec.id for check in checks]
    return tuple(stage.planned(each, plugin=each.partition(".")[0]) for each in ids)


async def test_one_result_each_in_plan_order(stage: Stage) -> None:
    """Every planned check has one result, in the order of the plan, whoever was first."""
    late, early = asyncio.Event(), asyncio.Event()

    async def first(_: Probe) -> Passed:
        await late.wait()
        return Passed("first")

    async def last(_: Probe) -> Passed:
        late.set()
        early.set()
        return Passed("last")

    results = await stage.run(
        stage.live(first, "fake.a"),
        stage.inline(lambda: Passed("inline"), "fake.b"),
        stage.live(last, "fake.c"),
    )

    assert [(r.check, r.outcome.reason) for r in results] == [
        ("fake.a", "first"),
        ("fake.b", "inline"),
        ("fake.c", "last"),
    ]
    assert sorted(check for check, _ in stage.reported) == ["fake.a", "fake.b", "fake.c"]


async def test_an_empty_plan_has_no_results(stage: Stage) -> None:
    """Nothing planned is nothing asked, and no probe is opened."""
    assert await stage.run() == ()
    assert stage.prober.sessions == []


async def test_manifest_checks_run_inline(stage: Stage) -> None:
    """A manifest check runs in the task of the run itself, and none is made for it."""
    tasks: list[tuple[object, int]] = []

    def look() -> Passed:
        tasks.append((asyncio.current_task(), len(asyncio.all_tasks())))
        return GOOD

    await stage.run(*(stage.inline(look, f"fake.n{n}") for n in range(3)))

    assert tasks == [(asyncio.current_task(), 1)] * 3


async def test_live_checks_run_at_the_same_time(stage: Stage) -> None:
    """Ten live checks are under way at once: each waits for all the others."""
    crowd = Crowd(10)

    results = await stage.run(*live_checks(stage, crowd.act, 10))

    assert [result.outcome for result in results] == [GOOD] * 10
    assert crowd.peak == 10


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_than_allowed_run_at_once(stage: Stage, at_once: int) -> None:
    """The limit over all plugins holds over plugins and over evaluations, and is used fully."""
    crowd = Crowd()
    engine = stage.engine(Limits(at_once=at_once, per_plugin=100))
    checks = [*live_checks(stage, crowd.act, 5, "one"), *live_checks(stage, crowd.act, 5, "two")]
    order = stage.order(*checks, plan=plan_of(stage, *checks))

    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(engine.run(order, stage.report))

    assert crowd.peak == at_once
    assert len(stage.reported) == 20


async def test_no_plugin_runs_more_than_its_share(stage: Stage) -> None:
    """The limit of one plugin holds for each, and leaves room for the others."""
    one, two = Crowd(), Crowd(2)
    engine = stage.engine(Limits(at_once=100, per_plugin=2))
    checks = [*live_checks(stage, one.act, 6, "one"), *live_checks(stage, two.act, 6, "two")]

    await engine.run(stage.order(*checks, plan=plan_of(stage, *checks)), stage.report)

    assert (one.peak, two.peak) == (2, 2)


async def test_waiting_for_the_plugin_takes_nobodys_place(stage: Stage) -> None:
    """A check that waits for its plugin's slot holds none that another plugin could use."""
    free = asyncio.Event()

    async def hold(_: Probe) -> Passed:
        await free.wait()
        return GOOD

    async def release(_: Probe) -> Passed:
        free.set()
        return GOOD

    engine = stage.engine(Limits(at_once=2, per_plugin=1))
    checks = [*live_checks(stage, hold, 3, "one"), *live_checks(stage, release, 1, "two")]

    results = await engine.run(stage.order(*checks, plan=plan_of(stage, *checks)), stage.report)

    assert [result.outcome for result in results] == [GOOD] * 4


async def test_an_abandoned_check_frees_its_slot(stage: Stage) -> None:
    """A check that will not stop does not keep the next one from running."""
    release = asyncio.Event()

    async def stubborn(_: Probe) -> Passed:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return GOOD

    checks = [stage.live(stubborn, "fake.a", 0.05), stage.live(good, "fake.b")]
    bad, fine = await stage.engine(Limits(at_once=1, per_plugin=1)).run(
        stage.order(*checks), stage.report
    )
    release.set()

    assert isinstance(bad.outcome, Errored)
    assert fine.outcome == GOOD


async def test_every_result_is_reported_before_the_run_ends(stage: Stage) -> None:
    """The run ends only when each result was reported to the end."""
    done: list[str] = []

    async def report(planned: PlannedCheck, result: Result) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        assert planned.id == result.check
        done.append(planned.id)

    order = stage.order(
        stage.live(good, "fake.a"),
        stage.inline(lambda: GOOD, "fake.b"),
        plan=(
            stage.planned("fake.a"),
            stage.planned("fake.b"),
            stage.planned("fake.c", answer=NotApplicable("stateless")),
        ),
    )
    results = await stage.engine().run(order, report)

    assert sorted(done) == ["fake.a", "fake.b", "fake.c"]
    assert len(results) == 3


@pytest.mark.parametrize("answer", [NotApplicable("stateless"), Missing("gone", "plugin_broken")])
async def test_a_certain_answer_is_the_result(
    stage: Stage, answer: NotApplicable | Missing
) -> None:
    """A check whose answer is certain from the plan is not asked."""

    async def never(_: Probe) -> Passed:
        raise AssertionError("it was asked")

    order = stage.order(stage.live(never, "fake.a"), plan=(stage.planned("fake.a", answer=answer),))
    (result,) = await stage.engine().run(order, stage.report)

    assert result.outcome == answer
    assert result.started_at == stage.clock.now()
    assert stage.reported == [("fake.a", result)]
    assert stage.prober.sessions == []


async def test_what_was_not_made_ready_is_missing(stage: Stage) -> None:
    """A planned check that is not there to be asked is missing, not forgotten."""
    order = stage.order(plan=(stage.planned("fake.a"),))

    (result,) = await stage.engine().run(order, stage.report)

    assert result.outcome == Missing("the check was not made ready", "not_ready")


async def test_a_session_is_opened_only_for_live_checks(stage: Stage) -> None:
    """Manifest checks alone open no probe; live ones share one, and it is closed."""
    await stage.run(stage.inline(lambda: GOOD))
    assert stage.prober.sessions == []

    await stage.run(stage.live(good, "fake.a"), stage.live(good, "fake.b"))
    (session,) = stage.prober.sessions
    assert len(session.deadlines) == 2
    assert session.closed == 1


async def test_the_probe_is_of_the_target(stage: Stage) -> None:
    """The probe of an evaluation is opened for what is evaluated."""
    order = stage.order(stage.live(good))

    await stage.engine().run(order, stage.report)

    assert stage.prober.targets == [order.target]


async def test_the_session_is_closed_even_if_reporting_breaks(stage: Stage) -> None:
    """Whatever ends a run, its probe is closed."""

    async def report(_: PlannedCheck, __: Result) -> None:
        raise RuntimeError("nobody listens")

    with pytest.raises(ExceptionGroup):
        await stage.engine().run(stage.order(stage.live(good)), report)

    assert stage.prober.sessions[0].closed == 1


async def test_cancelling_a_run_cancels_its_checks(stage: Stage) -> None:
    """A run that is cancelled tells every check to stop, closes its probe and leaves nothing."""
    begun, told = asyncio.Barrier(5), []
    forever = asyncio.Event()

    async def wait(_: Probe) -> Passed:
        await begun.wait()
        try:
            await forever.wait()
        except asyncio.CancelledError:
            told.append(True)
            raise
        return GOOD

    before = asyncio.all_tasks()
    engine = stage.engine()
    running = asyncio.ensure_future(
        engine.run(stage.order(*live_checks(stage, wait, 4)), stage.report)
    )
    await begun.wait()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert told == [True] * 4
    assert stage.reported == []
    assert stage.prober.sessions[0].closed == 1
    assert engine.abandoned == 0
    assert asyncio.all_tasks() == before


async def test_closing_the_engine_closes_the_prober(stage: Stage) -> None:
    """The engine lets go of what it probes with."""
    await stage.engine().close()

    assert stage.prober.closed


def test_run_makes_a_check_live(stage: Stage) -> None:
    """A check that can run touches the world; one that can only judge does not."""
    assert is_live(stage.live(good))
    assert not is_live(stage.inline(lambda: GOOD))
    assert not is_live(None)
