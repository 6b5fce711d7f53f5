"""app: the whole story of one evaluation, with peers for everything it stands on."""

# ruff: noqa: ANN401  # a check may return anything

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar

import pytest

from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.run import Engine
from director.errors import Fault, ManifestError, ProfileError, StoreError
from director.loading.manifest import read_manifest
from director.loading.offers import examine_check
from director.model.audit import Kept
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role, Tighter
from director.model.event import (
    CheckCompleted,
    DecisionMade,
    EvaluationCancelled,
    EvaluationRequested,
    EvaluationStarted,
    Event,
)
from director.model.ledger import Entry
from director.model.manifest import Manifest, Target
from director.model.outcome import Failed, Passed
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.model.record import Record
from director.model.report import Judged
from director.model.standing import Standing
from director.plugin import option
from director.ports import Check, Probe, Sink, Store
from director.store.memory import MemoryStore
from director.testing import FakeClock, FakeProbe

DAY_S = 86400.0

MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {name: shop, owner: team-shop, tier: 1, version: 1.2.3}
spec:
  environments:
    production: {base_url: https://shop.example}
"""


@dataclass
class Diary:
    """A sink that writes everything down, in one list with what else is written there."""

    events: list[Any] = field(default_factory=list)
    room: bool = True
    patience_s: float = 0.0
    dropped: int = 0
    name: str = "diary"

    def offer(self, event: Event) -> bool:
        """Write *event* down, if there is room."""
        if self.room:
            self.events.append(event)
        return self.room

    def drop(self, _: Event) -> None:
        """Count it."""
        self.dropped += 1

    async def close(self) -> None:
        """Nothing to let go of."""

    def kinds(self) -> list[str]:
        """Return what happened, by class, without the checks."""
        return [type(event).__name__ for event in self.events]

    def only(self, kind: type[Any]) -> Any:
        """Return the one event of *kind*."""
        (event,) = (event for event in self.events if type(event) is kind)
        return event


class NotedStore(MemoryStore):
    """A store that writes into a diary when something is durable."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Keep *record*, some turns of the loop later, and note it."""
        for _ in range(5):
            await asyncio.sleep(0)
        kept = await super().record(record, entries)
        self._diary.events.append("durable")
        return Kept(replace(kept.record, trigger="as read back"), kept.seal)


class BrokenStore(MemoryStore):
    """A store that fails in one of its methods."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self._method = method

    def _fail(self, method: str) -> None:
        if method == self._method:
            raise StoreError(f"{method}: the disk is full")

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what stands, or fail."""
        self._fail("standing")
        return await super().standing(service, environment)

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision, or fail."""
        self._fail("latest")
        return await super().latest(service, environment)

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Keep *record*, or fail."""
        self._fail("record")
        return await super().record(record, entries)


class WaitingStore(MemoryStore):
    """A store that opens when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what stands, once it is open."""
        self.asked.set()
        await self.open.wait()
        return await super().standing(service, environment)


@dataclass
class NoNetwork:
    """A prober and its session: every probe knows nothing."""

    opened: int = 0

    def session(self, _: Target) -> NoNetwork:
        """Count it."""
        self.opened += 1
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows nothing."""
        return FakeProbe({})

    async def close(self) -> None:
        """Nothing to let go of."""


def spec_of(check: str) -> CheckSpec:
    """Return the identity of a check."""
    return CheckSpec(id=check, title=f"{check} holds", category="c", why="w", remedy="mend it")


def inline(check: str, say: Callable[[], Any]) -> type[Check]:
    """Return a manifest check that answers with what *say* returns."""

    @dataclass(frozen=True)
    class Inline:
        spec: ClassVar[CheckSpec] = spec_of(check)
        path: str = "/"
        path_prefix: str = "/"
        budget_s: float = option(1.0, tighter=Tighter.LOWER)

        def __post_init__(self) -> None:
            if self.budget_s <= 0:
                raise ValueError(f"budget_s must be over 0, got {self.budget_s}")
            if not self.path_prefix.startswith("/"):
                raise ValueError(f"path_prefix must begin with '/', got {self.path_prefix}")
            if not self.path:
                raise ValueError("nobody can ask for nothing")

        def judge(self, _: Manifest) -> Any:
            return say()

    return Inline


def live(check: str, act: Callable[[], Awaitable[Any]]) -> type[Check]:
    """Return a live check that answers with what *act* returns."""

    @dataclass(frozen=True)
    class Live:
        spec: ClassVar[CheckSpec] = spec_of(check)

        async def run(self, _: Target, __: Probe) -> Any:
            return await act()

    return Live


def fine() -> Passed:
    """Answer as a check that holds."""
    return Passed("it is so")


THREE = (inline("fake.a", fine), inline("fake.b", fine), inline("fake.c", fine))


@dataclass
class World:
    """A Director with peers for everything it stands on."""

    checks: tuple[type[Check], ...] = THREE
    store: Store | None = None
    sinks: tuple[Sink, ...] = ()
    clock: FakeClock = field(default_factory=FakeClock)
    prober: NoNetwork = field(default_factory=NoNetwork)
    ids: int = 0

    def director(self) -> Director:
        """Return the Director."""
        examined = [examine_check(each, "fake") for each in self.checks]
        plugin = Plugin(
            name="fake",
            distribution="director-fake",
            version="3.1",
            checks=tuple(offer for _, offer in examined),
        )
        return Director(
            Tools(
                catalog=Catalog((plugin,)),
                classes={kind.spec.id: kind for kind, _ in examined},
                engine=Engine(self.prober, self.clock, Limits()),
                bus=Bus(self.sinks),
                store=self.store,
                clock=self.clock,
                new_id=self.new_id,
                version="9.9",
            )
        )

    def new_id(self, _: datetime) -> str:
        """Return the next number as an identity."""
        self.ids += 1
        return f"{self.ids:026}"

    def profile(self, **policies: dict[str, Any]) -> Profile:
        """Return a profile of all checks: required but where *policies* say otherwise."""
        return Profile(
            name="test",
            digest="sha256:p",
            thresholds=Thresholds(go=Fraction("0.9"), conditional=Fraction("0.5")),
            due_in_s=14 * DAY_S,
            categories=(Category(name="c"),),
            checks=tuple(
                CheckPolicy(
                    **{
                        "check": each.spec.id,
                        "category": "c",
                        "role": Role.REQUIRED,
                        **policies.get(each.spec.id.partition(".")[2], {}),
                    }
                )
                for each in self.checks
            ),
        )

    def request(self, text: str = "", **policies: dict[str, Any]) -> Request:
        """Return a request for the sample manifest with *text* at its end."""
        loaded = read_manifest((MANIFEST + text).encode(), "readiness.yaml")
        return Request(
            evaluation=self.new_id(self.clock.now()),
            loaded=loaded,
            environment=loaded.manifest.environments[0],
            profile=self.profile(**policies),
            trigger="pipeline",
        )

    async def evaluate(self, text: str = "", **policies: dict[str, Any]) -> Judged:
        """Evaluate the sample manifest."""
        return await self.director().evaluate(self.request(text, **policies))


async def test_events_come_in_order() -> None:
    """Requested, started, every check, then the decision; the first one changes nothing."""
    diary = Diary()

    await World(store=MemoryStore(), sinks=(diary,)).evaluate()

    assert [type(event) for event in diary.events] == [
        EvaluationRequested,
        EvaluationStarted,
        CheckCompleted,
        CheckCompleted,
        CheckCompleted,
        DecisionMade,
    ]
    assert diary.only(EvaluationStarted).planned == 3
    completed = [event for event in diary.events if isinstance(event, CheckCompleted)]
    assert [event.result.check for event in completed] == ["fake.a", "fake.b", "fake.c"]
    assert [event.planned.id for event in completed] == ["fake.a", "fake.b", "fake.c"]
    assert len({event.stamp.id for event in diary.events}) == 6


async def test_every_event_names_its_evaluation() -> None:
    """Each event says which evaluation of which target it belongs to."""
    diary = Diary()
    world = World(store=MemoryStore(), sinks=(diary,))
    request = world.request()

    await world.director().evaluate(request)

    (subject,) = {event.subject for event in diary.events}
    assert subject.evaluation == request.evaluation
    assert (subject.service, subject.environment) == ("shop", "production")
    assert (subject.trigger, subject.version, subject.owner) == ("pipeline", "1.2.3", "team-shop")
    assert (subject.tier, subject.profile) == (1, "test")
    assert subject.profile_digest == "sha256:p"
    assert subject.manifest_digest == request.loaded.manifest.digest


async def test_the_decision_is_durable_before_it_is_announced() -> None:
    """Nobody hears of a decision that is not in the record."""
    diary = Diary()

    judged = await World(store=NotedStore(diary), sinks=(diary,)).evaluate()

    assert diary.kinds()[-2:] == ["str", "DecisionMade"]
    assert judged.recorded
    assert diary.only(DecisionMade).recorded


async def test_what_is_announced_was_read_back() -> None:
    """What is returned and announced is the record as the store gave it back."""
    diary = Diary()

    judged = await World(store=NotedStore(diary), sinks=(diary,)).evaluate()

    assert judged.record.trigger == "as read back"
    assert diary.only(DecisionMade).record == judged.record


async def test_the_record_tells_of_the_run() -> None:
    """The record carries what the decision rests on and how long it took."""

    def slow() -> Passed:
        world.clock.advance(2)
        return Passed("ok")

    world = World(checks=(inline("fake.a", slow), *THREE[1:]), store=MemoryStore())
    began = world.clock.now()

    record = (await world.evaluate()).record

    assert (record.service, record.decision, record.pass_rate) == ("shop", "go", "100%")
    assert record.started_at == began.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert record.duration_ms == 2000
    assert (record.director_version, record.trigger) == ("9.9", "pipeline")
    assert record.checks[0].plugin == "director-fake"


async def test_every_check_is_heard_of_before_the_decision() -> None:
    """Live checks that end last are still heard of before the decision is made."""

    async def late() -> Passed:
        for _ in range(20):
            await asyncio.sleep(0)
        return Passed("late")

    diary = Diary()
    world = World(checks=(live("fake.a", late), *THREE[1:]), store=MemoryStore(), sinks=(diary,))

    await world.evaluate()

    assert diary.kinds().index("DecisionMade") == 5
    assert diary.kinds().count("CheckCompleted") == 3


async def test_the_store_opens_while_checks_run() -> None:
    """The record is read at the same time as checks wait, not after or before."""
    store = WaitingStore()

    async def act() -> Passed:
        await store.asked.wait()
        store.open.set()
        return Passed("ok")

    async with asyncio.timeout(5):
        judged = await World(checks=(live("fake.a", act), *THREE[1:]), store=store).evaluate()

    assert judged.record.decision == "go"


@pytest.mark.parametrize("method", ["standing", "latest", "record"])
async def test_no_record_no_decision(method: str) -> None:
    """A store that fails leaves no decision: an error, an end, and nothing announced."""
    diary = Diary()
    world = World(store=BrokenStore(method), sinks=(diary,))

    with pytest.raises(StoreError, match=f"{method}: the disk is full"):
        await world.evaluate()

    assert diary.kinds() == [
        "EvaluationRequested",
        "EvaluationStarted",
        *["CheckCompleted"] * 3,
        "EvaluationCancelled",
    ]
    cancelled = diary.only(EvaluationCancelled)
    assert cancelled.reason == f"{method}: the disk is full"
    assert (cancelled.completed, cancelled.planned) == (3, 3)


async def test_without_a_store_it_is_only_for_looking() -> None:
    """A run without a store says that its decision is unrecorded, and claims no change."""
    diary = Diary()

    judged = await World(sinks=(diary,)).evaluate()

    assert not judged.recorded
    assert judged.record.decision == "go"
    assert not diary.only(DecisionMade).recorded
    assert "DecisionChanged" not in diary.kinds()


async def test_an_interruption_is_counted() -> None:
    """An evaluation that is cancelled says how many checks had answered, and decides nothing."""
    forever, begun = asyncio.Event(), asyncio.Event()

    async def wait() -> Passed:
        begun.set()
        await forever.wait()
        return Passed("ok")

    diary, store = Diary(), MemoryStore()
    world = World(checks=(live("fake.a", wait), *THREE[1:]), store=store, sinks=(diary,))
    running = asyncio.ensure_future(world.evaluate())
    await begun.wait()
    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    cancelled = diary.only(EvaluationCancelled)
    assert (cancelled.reason, cancelled.completed, cancelled.planned) == ("interrupted", 2, 3)
    assert diary.kinds()[-1] == "EvaluationCancelled"
    assert "DecisionMade" not in diary.kinds()
    assert await store.latest("shop", "production") is None
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("answered", [2, 3], ids=["checks run too", "checks are done"])
async def test_an_interruption_while_the_store_opens_is_said(answered: int) -> None:
    """An evaluation that is cancelled before it knows its history leaves nothing behind."""

    async def act() -> Passed:
        if answered == 2:
            await asyncio.Event().wait()
        return Passed("ok")

    diary, store = Diary(), WaitingStore()
    world = World(checks=(live("fake.a", act), *THREE[1:]), store=store, sinks=(diary,))
    running = asyncio.ensure_future(world.evaluate())
    await store.asked.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    await asyncio.sleep(0)

    assert diary.only(EvaluationCancelled).completed == answered
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_interruption_at_the_very_beginning_is_said() -> None:
    """An evaluation that is cancelled while it is announced says so as well."""
    diary, full = Diary(), Diary(room=False, patience_s=0.05, name="full")
    running = asyncio.ensure_future(World(store=MemoryStore(), sinks=(diary, full)).evaluate())
    for _ in range(3):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})

    assert diary.kinds() == ["EvaluationRequested", "EvaluationCancelled"]
    assert (diary.events[1].completed, diary.events[1].planned) == (0, 3)


async def test_trouble_that_nobody_awaits_is_quiet() -> None:
    """A store that fails while the evaluation is cancelled complains to nobody."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    begun = asyncio.Event()

    async def wait() -> Passed:
        begun.set()
        await asyncio.Event().wait()
        return Passed("ok")

    world = World(checks=(live("fake.a", wait), *THREE[1:]), store=BrokenStore("standing"))
    running = asyncio.ensure_future(world.evaluate())
    await begun.wait()
    running.cancel()
    await asyncio.wait({running})
    del running
    gc.collect()
    await asyncio.sleep(0)

    assert complaints == []


async def test_lost_log_lines_stand_on_the_record() -> None:
    """What the sinks lost until the decision was made is counted on it."""
    full = Diary(room=False)

    judged = await World(store=MemoryStore(), sinks=(full,)).evaluate()

    assert judged.record.log_dropped == 5
    assert full.dropped == 6


async def test_a_decision_knows_the_one_before() -> None:
    """A decision names the one before it, and only a different one is announced as a change."""
    said: list[Any] = [Passed("ok"), Passed("ok"), Failed("no"), Passed("ok")]
    world = World(checks=(inline("fake.a", lambda: said.pop(0)), *THREE[1:]), store=MemoryStore())

    seen = []
    for _ in range(4):
        diary = Diary()
        world.sinks = (diary,)
        record = (await world.evaluate()).record
        announced = "DecisionChanged" in diary.kinds()
        seen.append((record.decision, record.previous, record.changed, announced))

    assert seen == [
        ("go", None, False, False),
        ("go", "go", False, False),
        ("no_go", "go", True, True),
        ("go", "no_go", True, True),
    ]


async def test_targets_do_not_mix() -> None:
    """What stands on one environment says nothing of another."""
    world = World(store=MemoryStore())
    await world.evaluate()
    request = world.request()
    other = replace(request, environment=None)

    record = (await world.director().evaluate(other)).record

    assert (record.environment, record.previous) == ("", None)


@pytest.mark.parametrize(
    ("waits_s", "decision"),
    [(14 * DAY_S, "conditional_go"), (14 * DAY_S + 1, "no_go")],
    ids=["due", "overdue"],
)
async def test_a_condition_comes_due(waits_s: float, decision: str) -> None:
    """A condition that a decision opened closes the gate once it is past its due date."""
    advisory = {"role": Role.ADVISORY}
    world = World(
        checks=(inline("fake.a", lambda: Failed("not yet")), *THREE[1:]), store=MemoryStore()
    )
    first = (await world.evaluate(a=advisory)).record
    world.clock.advance(waits_s)

    second = (await world.evaluate(a=advisory)).record

    assert first.decision == "conditional_go"
    assert [(c.check, c.owner) for c in first.conditions] == [("fake.a", "team-shop")]
    assert second.decision == decision
    assert [c.due_at for c in second.conditions] == [c.due_at for c in first.conditions]
    overdue = [r.check for r in second.reasons if r.code == "condition_overdue"]
    assert overdue == (["fake.a"] if decision == "no_go" else [])


async def test_a_condition_closes_when_its_check_passes() -> None:
    """A condition that was met is closed, and the next decision is a GO."""
    said: list[Any] = [Failed("not yet"), Passed("done")]
    advisory = {"role": Role.ADVISORY}
    world = World(checks=(inline("fake.a", lambda: said.pop(0)), *THREE[1:]), store=MemoryStore())
    await world.evaluate(a=advisory)
    world.clock.advance(timedelta(days=20).total_seconds())

    record = (await world.evaluate(a=advisory)).record

    assert record.decision == "go"
    assert [condition.closed_at is None for condition in record.conditions] == [False]


OPTION_FAULTS: dict[str, tuple[str, Fault]] = {
    "looser": (
        "  checks:\n    fake.a:\n      path: /x\n      budget_s: 2.5\n",
        Fault("readiness.yaml", 10, 17, "must be at most 1.0 (the check's default), got 2.5"),
    ),
    "unknown": (
        "  checks:\n    fake.a: {budget: 1}\n",
        Fault("readiness.yaml", 8, 22, "unknown option"),
    ),
    "refused": (
        "  checks:\n    fake.a:\n      path: /x\n      budget_s: -1\n",
        Fault("readiness.yaml", 10, 17, "budget_s must be over 0, got -1"),
    ),
    "refused, with a longer name": (
        "  checks:\n    fake.a:\n      path: /x\n      path_prefix: x\n",
        Fault("readiness.yaml", 10, 20, "path_prefix must begin with '/', got x"),
    ),
}


@pytest.mark.parametrize(("text", "fault"), OPTION_FAULTS.values(), ids=OPTION_FAULTS)
async def test_a_manifests_option_is_faulted_in_its_line(text: str, fault: Fault) -> None:
    """An option that cannot be used is a fault of the manifest, in the line of the option."""
    diary = Diary()
    world = World(store=MemoryStore(), sinks=(diary,))

    with pytest.raises(ManifestError) as raised:
        await world.evaluate(text)

    (found,) = raised.value.faults
    assert (found.source, found.line, found.column) == (fault.source, fault.line, fault.column)
    assert found.problem.startswith(fault.problem)
    assert diary.events == []


async def test_all_faults_come_at_once() -> None:
    """Every option that cannot be used is named, each in its line."""
    text = "  checks:\n    fake.a: {budget_s: 2}\n    fake.b: {budget_s: 3}\n"

    with pytest.raises(ManifestError) as raised:
        await World(store=MemoryStore()).evaluate(text)

    assert [fault.line for fault in raised.value.faults] == [8, 9]


async def test_a_manifests_faults_are_bounded_and_in_its_order() -> None:
    """Of very many faults the first hundred come, as they stand in the text, and how many more."""
    wrong = "".join(f"      x{number}: 1\n" for number in range(1_000))
    text = f"  checks:\n    fake.b: {{budget_s: 3}}\n    fake.a:\n{wrong}"

    with pytest.raises(ManifestError) as raised:
        await World(store=MemoryStore()).evaluate(text)

    assert [fault.line for fault in raised.value.faults] == [8, *range(10, 109), 0]
    assert raised.value.faults[-1].problem == "must have no faults at all, got 901 more of them"


async def test_a_profiles_faults_are_bounded_and_sorted() -> None:
    """Of very many faults of a profile the first hundred come, and how many more."""
    policy = {"options": tuple((f"x{number:03}", 1.0) for number in reversed(range(300)))}

    with pytest.raises(ProfileError) as raised:
        await World(store=MemoryStore()).evaluate(a=policy)

    *faults, last = raised.value.faults
    assert [fault.problem.split()[0] for fault in faults] == [
        f"fake.a.x{number:03}" for number in range(100)
    ]
    assert last == Fault("profile test", 0, 0, "must have no faults at all, got 200 more of them")


async def test_a_profiles_option_is_the_profiles_fault() -> None:
    """An option that the profile sets wrongly is the platform team's to mend."""
    policy = {"options": (("budget", 1.0),)}

    with pytest.raises(ProfileError, match=r"profile test: fake\.a\.budget "):
        await World(store=MemoryStore()).evaluate(a=policy)


async def test_a_value_the_check_refuses_of_the_profile() -> None:
    """A value of the profile that the check itself refuses is the platform team's to mend."""
    policy = {"options": (("budget_s", -1.0),)}

    with pytest.raises(ProfileError) as raised:
        await World(store=MemoryStore()).evaluate(a=policy)

    assert raised.value.faults == (
        Fault("profile test", 0, 0, "fake.a.budget_s must be over 0, got -1.0"),
    )


async def test_a_refusal_that_names_no_option() -> None:
    """A refusal that names no option is placed at the check."""
    policy = {"options": (("path", ""),)}

    with pytest.raises(ProfileError) as raised:
        await World(store=MemoryStore()).evaluate(a=policy)

    assert raised.value.faults == (
        Fault("profile test", 0, 0, "fake.a nobody can ask for nothing"),
    )


async def test_a_manifest_may_tighten() -> None:
    """A stricter option of the manifest reaches the check."""
    world = World(store=MemoryStore())
    text = "  checks:\n    fake.a: {budget_s: 0.25}\n"

    order = world.director().plan(world.request(text))

    assert getattr(order.checks["fake.a"], "budget_s", None) == 0.25


async def test_planning_asks_nothing() -> None:
    """A plan opens no probe, reads no record and tells nobody."""
    diary = Diary()
    world = World(store=BrokenStore("standing"), sinks=(diary,))

    order = world.director().plan(world.request())

    assert [check.id for check in order.plan.checks] == ["fake.a", "fake.b", "fake.c"]
    assert order.target.name == "shop@production"
    assert (diary.events, world.prober.opened) == ([], 0)
