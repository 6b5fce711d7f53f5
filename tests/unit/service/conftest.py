"""A running service on a loop whose time is ours: hours pass in no time, and nothing sleeps."""

# ruff: noqa: ANN401  # as the executor of the standard library has it

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from director.app import Director, Tools
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.past import Memory
from director.engine.run import Engine
from director.loading.offers import examine_check
from director.loading.settings import Settings
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec
from director.model.event import Event
from director.model.manifest import Target
from director.model.outcome import Failed, Outcome, Passed
from director.plugin import option
from director.ports import Probe
from director.service.daemon import Service
from director.service.desk import Desk, Wishes
from director.service.ears import Ears
from director.service.folder import Folder
from director.service.guard import Guard
from director.service.world import World
from director.store.memory import MemoryStore
from director.testing import FakeProbe

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
T = TypeVar("T")

PROFILE = """\
apiVersion: readiness/v1
kind: Profile
metadata: {name: watched}
spec:
  thresholds: {go: 0.9, conditional: 0.7}
  minimum_checks: 3
  categories:
    c: {weight: 1}
  checks:
    fake.up: {category: c, role: blocker}
    fake.b: {category: c, role: required}
    fake.c: {category: c, role: required}
"""


class Inline(ThreadPoolExecutor):
    """Runs what belongs on a thread at once: no thread is behind the loop's time."""

    def submit(self, function: Callable[..., T], /, *args: Any, **options: Any) -> Future[T]:
        """Run *function* and return what came of it."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:  # noqa: BLE001  # it is raised by who waits
            future.set_exception(error)
        return future


class Jumping(selectors.DefaultSelector):
    """Waits for nothing: where there is nothing to read, it lets the time pass at once."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what can be read now."""
        found: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not found and timeout is not None and timeout > 0:
            self.passed_s += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only while everybody waits."""

    def __init__(self) -> None:
        self._jumping = Jumping()
        super().__init__(self._jumping)
        self.set_default_executor(Inline())

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._jumping.passed_s


@dataclass
class VirtualClock:
    """The clock of a virtual loop; its wall clock can be set.

    Attributes:
        loop: Whose time it tells.
        set_s: By how much the wall clock was set, in seconds.
    """

    loop: VirtualLoop
    start_at: datetime = START
    set_s: float = 0.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.start_at + timedelta(seconds=self.loop.time() + self.set_s)

    def monotonic(self) -> float:
        """Return the loop's time."""
        return self.loop.time()


@dataclass
class Diary:
    """A sink that writes everything down."""

    clock: VirtualClock
    events: list[tuple[float, Any]] = field(default_factory=list)
    patience_s: float = 0.0
    dropped: int = 0
    name: str = "diary"

    def offer(self, event: Event) -> bool:
        """Write *event* down, and when."""
        self.events.append((self.clock.monotonic(), event))
        return True

    def drop(self, _: Event) -> None:
        """Nothing is dropped."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def of(self, kind: type[T]) -> list[tuple[float, T]]:
        """Return every event of *kind*, and when."""
        return [(at, event) for at, event in self.events if type(event) is kind]


class NoNetwork:
    """A prober and its session: every probe knows nothing."""

    def session(self, _: Target) -> NoNetwork:
        """Return the session."""
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows nothing."""
        return FakeProbe({})

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Stage:
    """A service with its folder, and what its checks shall say.

    Attributes:
        path: Where the folder is.
        says: What ``fake.up`` says, by service; passed for others.
        takes_s: How long ``fake.up`` takes, by service.
    """

    path: Path
    loop: VirtualLoop
    clock: VirtualClock
    says: dict[str, Callable[[], Outcome]] = field(default_factory=dict)
    takes_s: dict[str, float] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    guards: tuple[tuple[str, int], ...] = ()
    ids: int = 0

    def __post_init__(self) -> None:
        self.diary = Diary(self.clock)
        (self.path / "profiles").mkdir()
        (self.path / "profiles" / "watched.yaml").write_text(PROFILE)
        (self.path / "services").mkdir()

    def manifest(self, name: str, schedule: str = "{every: 60s}", **more: str) -> Path:
        """Write the manifest of a service with one environment."""
        path = self.path / "services" / f"{name}.yaml"
        environment = f"schedule: {schedule}" if schedule else ""
        path.write_text(
            "apiVersion: readiness/v1\nkind: Service\n"
            f"metadata: {{name: {name}, owner: {more.get('owner', 'team')}}}\n"
            f"spec:\n  profile: watched\n  environments: {{production: {{{environment}}}}}\n"
        )
        return path

    def service(self) -> Service:
        """Return a new service on the same folder and the same store."""
        stage = self

        @dataclass(frozen=True)
        class Up:
            spec: ClassVar[CheckSpec] = _spec("fake.up")
            strict: bool = option(default=False)

            async def run(self, target: Target, _: Probe) -> Outcome:
                name = target.manifest.name
                await asyncio.sleep(stage.takes_s.get(name, 0.01))
                return stage.says.get(name, _fine)()

        kinds: tuple[Any, ...] = (Up, _steady("fake.b"), _steady("fake.c"))
        examined = [examine_check(kind, "fake") for kind in kinds]
        offers = tuple(offer for _, offer in examined)
        plugin = Plugin(name="fake", distribution="director-fake", version="3.1", checks=offers)
        bus, ears = Bus((self.diary,)), Ears()
        director = Director(
            Tools(
                catalog=Catalog((plugin,)),
                classes={kind.spec.id: kind for kind, _ in examined},
                engine=Engine(NoNetwork(), self.clock, Limits(4096, 4096)),
                bus=bus,
                store=self.store,
                clock=self.clock,
                new_id=self.new_id,
                version="9.9",
            )
        )
        settings = Settings(store=None, profile_folders=(self.path / "profiles",))
        return Service(
            World(
                director=director,
                folder=Folder(
                    root=self.path / "services",
                    others=settings.profile_folders,
                    make_desk=lambda: Desk(Wishes(settings)),
                    examine=director.plan,
                ),
                store=self.store,
                notes=self.store.notes,
                memory=Memory(self.store, None, self.clock, self.new_id),
                catalog=Catalog((plugin,)),
                ears=ears,
                guard=Guard(self.guards, self.clock),
                publish=bus.publish,
                clock=self.clock,
                new_id=self.new_id,
            )
        )

    def new_id(self, _: datetime) -> str:
        """Return the next number as an identity."""
        self.ids += 1
        return f"{self.ids:026}"

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run *doing* to its end, in as much virtual time as it takes."""
        return self.loop.run_until_complete(doing)


def _fine() -> Outcome:
    return Passed("it is so")


def bad() -> Outcome:
    """Answer as a check that was seen to fail."""
    return Failed("it answered 503", code="bad_status")


def sequence(outcomes: Iterable[Outcome]) -> Callable[[], Outcome]:
    """Answer with one outcome after the other; the last one stays."""
    left = list(outcomes)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def _spec(check: str) -> CheckSpec:
    return CheckSpec(id=check, title=f"{check} holds", category="c", why="w", remedy="mend it")


def _steady(check: str) -> type[Any]:
    @dataclass(frozen=True)
    class Steady:
        spec: ClassVar[CheckSpec] = _spec(check)

        async def run(self, _: Target, __: Probe) -> Outcome:
            return _fine()

    return Steady


@pytest.fixture
def stage(tmp_path: Path) -> Iterable[Stage]:
    """An empty folder, a service for it, and a time of our own."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        yield Stage(tmp_path, loop, VirtualClock(loop))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def answers() -> dict[str, Callable[[], Outcome]]:
    """What a check may say, by a word."""
    return {"fine": _fine, "bad": bad}
