"""A small honest service for the web server: real plugins, a real record, a queue of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession, CookieJar, web

from director.app import Request
from director.approval.desk import Office
from director.engine.clock import SystemClock, new_ulid
from director.errors import StoreError
from director.loading.settings import Settings
from director.model.decision import Verdict
from director.model.notification import Attempt, Delivery, DeliveryState, EndpointHealth
from director.model.record import Record
from director.model.sampled import Shown
from director.model.service import (
    Gate,
    GateCode,
    GateState,
    Health,
    Intake,
    Latest,
    PluginHealth,
    Progress,
    RefusalCode,
    Refused,
    Stage,
    Taken,
    Wanted,
    Watched,
)
from director.ports import Store
from director.service.desk import Desk, Wishes
from director.store.memory_notes import MemoryNotes
from director.web.front import Front, WebSettings
from director.web.stream import Stream
from director.wiring import House, assemble
from director.wiring.plugins import install
from director.wiring.record import open_prover, open_store

SERVICES = Path(__file__).parents[3] / "config" / "services"


class TownClock:
    """The clock of the machine, which a test can move ahead."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        """Return the real time and what it was moved by: evidence has an age."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def monotonic(self) -> float:
        """Return seconds."""
        return SystemClock().monotonic() + self.ahead_s


class MemoryDaemon:
    """Keeps targets, evaluates what it accepts, one after the other, and forgets at its end.

    Args:
        house: What evaluates.
        requests: What is asked for each target.
        clock: Where time comes from.
    """

    def __init__(self, house: House, requests: tuple[Request, ...], clock: TownClock) -> None:
        self._house = house
        self._clock = clock
        self._requests = {_key(request): request for request in requests}
        self._latest: dict[tuple[str, str], Record] = {}
        self._progress: dict[str, Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.full = False
        self.stopping = False
        self.troubles: tuple[str, ...] = ()
        self.lost: StoreError | None = None
        self.wanted: list[Wanted] = []

    def targets(self) -> tuple[Watched, ...]:
        """Return every target."""
        return tuple(self._watched(*key) for key in sorted(self._requests))

    def target(self, service: str, environment: str) -> Watched | None:
        """Return one target."""
        key = service, environment
        return self._watched(*key) if key in self._requests else None

    async def gate(self, service: str, environment: str) -> Gate:
        """Return what a gate is told."""
        if self.lost is not None:
            raise self.lost
        return self._gate(service, environment)

    async def submit(self, wanted: Wanted) -> Intake:
        """Take an evaluation."""
        request = self._requests.get((wanted.service, wanted.environment))
        if request is None:
            return Refused(RefusalCode.UNKNOWN_TARGET, "nobody watches this target")
        if self.stopping:
            return Refused(RefusalCode.STOPPING, "the service stops", 5.0)
        if self.full:
            return Refused(RefusalCode.QUEUE_FULL, "too many evaluations wait", 2.0)
        self.wanted.append(wanted)
        for known in self._progress.values():
            same = (known.service, known.environment) == (wanted.service, wanted.environment)
            if same and known.stage is Stage.WAITING:
                return Taken(known.evaluation, joined=True)
        evaluation = new_ulid(self._clock.now())
        self._note(evaluation, wanted, Stage.WAITING)
        task = asyncio.create_task(self._run(replace(request, trigger=wanted.trigger), evaluation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Taken(evaluation)

    async def progress(self, evaluation: str) -> Progress | None:
        """Return how far an evaluation came."""
        return self._progress.get(evaluation)

    def plugins(self) -> tuple[PluginHealth, ...]:
        """Return every plugin."""
        return tuple(PluginHealth(plugin=plugin) for plugin in self._house.catalog.plugins)

    def health(self) -> Health:
        """Return how it is."""
        return Health(ready=not self.troubles, troubles=self.troubles, running=len(self._tasks))

    async def settle(self) -> None:
        """Wait until nothing runs."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _run(self, request: Request, evaluation: str) -> None:
        progress = self._progress[evaluation]
        self._progress[evaluation] = replace(progress, stage=Stage.RUNNING)
        judged = await self._house.director.evaluate(replace(request, evaluation=evaluation))
        self._latest[_key(request)] = judged.record
        self._progress[evaluation] = replace(progress, stage=Stage.DECIDED)

    def _note(self, evaluation: str, wanted: Wanted, stage: Stage) -> None:
        self._progress[evaluation] = Progress(
            evaluation=evaluation,
            service=wanted.service,
            environment=wanted.environment,
            trigger=wanted.trigger,
            stage=stage,
        )

    def _gate(self, service: str, environment: str) -> Gate:
        if (service, environment) not in self._requests:
            text = "nobody watches this target"
            return Gate(state=GateState.CLOSED, code=GateCode.RETIRED, text=text)
        record = self._latest.get((service, environment))
        if record is None:
            text = "it was never evaluated"
            return Gate(state=GateState.CLOSED, code=GateCode.NEVER_EVALUATED, text=text)
        state = _STATES[record.verdict]
        code = GateCode(record.decision)
        text = f"the last decision is {record.verdict.label}"
        return Gate(state=state, code=code, text=text, evaluation=record.evaluation)

    def _watched(self, service: str, environment: str) -> Watched:
        manifest = self._requests[service, environment].loaded.manifest
        record = self._latest.get((service, environment))
        return Watched(
            service=service,
            environment=environment,
            owner=manifest.owner or "",
            tier=manifest.tier,
            version=manifest.version or "",
            profile=self._requests[service, environment].profile.name,
            source=f"{service}.yaml",
            schedule="every 5m",
            shown=Shown.UNKNOWN if record is None else Shown.OK,
            held=record.verdict if record else None,
            gate=self._gate(service, environment),
            latest=_latest(record) if record else None,
        )


class MemoryCourier:
    """Brings nothing anywhere, and remembers what it was to bring again."""

    def __init__(self, clock: TownClock) -> None:
        at = clock.now()
        tried = Attempt(at, 500, "it answered 500", 0.2)
        self._delivery = Delivery(
            id="01K0000000000000000000000A",
            endpoint="chat",
            event="director.decision.changed",
            subject="ready-service",
            state=DeliveryState.FAILED,
            created_at=at,
            attempts=(tried,),
        )
        self.again: list[str] = []

    def endpoints(self) -> tuple[EndpointHealth, ...]:
        """Return every receiver."""
        url = "https://chat.example.com/…"
        return (EndpointHealth(name="chat", url=url, waiting=1, last=self._delivery),)

    async def deliveries(
        self, endpoint: str, before: str = "", limit: int = 50
    ) -> tuple[Delivery, ...]:
        """Return deliveries."""
        return (self._delivery,)[:limit] if endpoint == "chat" and not before else ()

    async def redeliver(self, endpoint: str, delivery: str) -> bool:
        """Send a delivery again."""
        if (endpoint, delivery) != ("chat", self._delivery.id):
            return False
        self.again.append(delivery)
        return True


@dataclass
class Town:
    """Everything that a test of the web server needs.

    Attributes:
        front: What the server works with.
        daemon: The running service.
        clock: Moves when it is told to.
        courier: Who brings notifications.
    """

    front: Front
    daemon: MemoryDaemon
    clock: TownClock
    courier: MemoryCourier
    store: Store
    heard: list[object] = field(default_factory=list)

    async def evaluated(self, service: str) -> str:
        """Have a service evaluated, and return the evaluation."""
        for watched in self.daemon.targets():
            if watched.service == service:
                wanted = _wanted(service, watched.environment)
                taken = await self.daemon.submit(wanted)
                assert isinstance(taken, Taken)
                await self.daemon.settle()
                return taken.evaluation
        raise LookupError(service)


@asynccontextmanager
async def town(
    folder: Path, settings: WebSettings | None = None, signers: Path | None = None
) -> AsyncIterator[Town]:
    """Build a town whose record lies in *folder*, with the sample services."""
    clock, stream, notes = TownClock(), Stream(), MemoryNotes()
    decided = Settings(store=folder / "director.db", log="off", signers=signers)
    house = assemble(decided, install(decided), (stream,))
    desk = Desk(Wishes(decided))
    requests = tuple(
        request for path in sorted(SERVICES.glob("*.yaml")) for request in desk.requests(path)
    )
    daemon, courier = MemoryDaemon(house, requests, clock), MemoryCourier(clock)
    store = open_store(decided)
    heard: list[object] = []

    async def publish(event: object) -> None:
        heard.append(event)
        await house.bus.publish(event)  # type: ignore[arg-type]  # an event is one

    prover = open_prover(signers) if signers else None
    front = Front(
        daemon=daemon,
        courier=courier,
        store=store,
        notes=notes,
        office=Office(store=store, prover=prover, clock=clock, new_id=new_ulid),
        clock=clock,
        new_id=new_ulid,
        publish=publish,
        stream=stream,
        exposition=lambda _: (b"director_up 1\n", "text/plain; version=0.0.4; charset=utf-8"),
        settings=settings or WebSettings(),
    )
    try:
        yield Town(front, daemon, clock, courier, store, heard)
    finally:
        await daemon.settle()
        await house.close()
        await store.close()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[tuple[ClientSession, str]]:
    """Serve *app* on a real socket; give a client without manners, and where."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        jar = CookieJar(unsafe=True)  # It keeps cookies of addresses, as browsers do.
        async with ClientSession(f"http://127.0.0.1:{port}", cookie_jar=jar) as session:
            yield session, f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


_STATES = {
    Verdict.GO: GateState.OPEN,
    Verdict.CONDITIONAL_GO: GateState.CONDITIONAL,
    Verdict.NO_GO: GateState.CLOSED,
}


def _key(request: Request) -> tuple[str, str]:
    target = request.target
    return target.manifest.name, target.environment.name if target.environment else ""


def _latest(record: Record) -> Latest:
    return Latest(
        evaluation=record.evaluation,
        decision=record.verdict,
        pass_rate=record.pass_rate,
        score=record.score,
        decided_at=datetime.fromisoformat(record.decided_at),
        valid_until=datetime.fromisoformat(record.valid_until),
        categories=tuple((c.name, c.score, 0) for c in record.categories),
    )


def _wanted(service: str, environment: str) -> Wanted:
    return Wanted(service=service, environment=environment, trigger="manual")
