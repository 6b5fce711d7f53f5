"""Worlds in which everything is ready but what is forced, and the place where a forcing works."""

# ruff: noqa: ANN401  # peers that return and raise anything

from __future__ import annotations

import asyncio
import json
import os
import resource
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, make_dataclass, replace
from fractions import Fraction
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from director.app import Director, Request, Tools
from director.cli.commands import call
from director.cli.interruption import Interruption
from director.cli.outlet import OutputError
from director.engine.bus import Bus
from director.engine.clock import SystemClock, new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.errors import InputError, StoreError
from director.loading.manifest import read_manifest
from director.loading.offers import examine_check
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role
from director.model.manifest import Target
from director.model.outcome import Failed, Passed
from director.model.profile import CheckPolicy, Profile, Thresholds
from director.model.record import Record
from director.ports import Check, Probe, Sink, Store
from director.probing.guard import AddressPolicy
from director.probing.resolver import system_lookup
from director.probing.session import LiveProber
from director.probing.settings import ProbeSettings
from director.store.memory import MemoryStore

if TYPE_CHECKING:
    from tests.hostile.exceptions.clauses import Witness

Answers: TypeAlias = Sequence[object]
"""What came of a forcing: words of decisions, exit codes, or what was raised instead."""

NOWHERE = "http://127.0.0.1:9"
LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))


def spec_of(check: str) -> CheckSpec:
    """Return the identity of a check."""
    return CheckSpec(id=check, title="t", category="c", why="w", remedy="r", deadline_s=10.0)


def inline(check: str, act: Callable[[], Any]) -> type[Check]:
    """Return a manifest check that does *act*."""
    inside = {"spec": spec_of(check), "judge": lambda _, __: act()}
    return make_dataclass("Inline", [], namespace=inside, frozen=True)


def live(act: Callable[[Probe], Awaitable[Any]]) -> type[Check]:
    """Return a live check that does *act*."""

    async def ask(_: Any, __: Target, probe: Probe) -> Any:
        return await act(probe)

    inside = {"spec": spec_of("fake.live"), "run": ask}
    return make_dataclass("Live", [], namespace=inside, frozen=True)


READY = tuple(inline(f"fake.{name}", lambda: Passed("so")) for name in "abc")
UNREADY = (*READY, inline("fake.d", lambda: Failed("not so")))


@dataclass
class World:
    """A Director with peers for what it stands on; every check is required.

    Attributes:
        options: What the profile sets, by the check.
    """

    checks: tuple[Any, ...] = READY
    store: Store | None = field(default_factory=MemoryStore)
    sinks: tuple[Sink, ...] = ()
    clock: Any = field(default_factory=SystemClock)
    prober: Any = None
    base_url: str = NOWHERE
    options: Mapping[str, tuple[tuple[str, Any], ...]] = field(default_factory=dict)

    def director(self) -> Director:
        """Return the Director."""
        examined = [examine_check(each, "fake") for each in self.checks]
        offers = tuple(offer for _, offer in examined)
        plugin = Plugin(name="fake", distribution="director-fake", version="1", checks=offers)
        return Director(
            Tools(
                catalog=Catalog((plugin,)),
                classes={kind.spec.id: kind for kind, _ in examined},
                engine=Engine(self.prober, self.clock, Limits()),
                bus=Bus(self.sinks),
                store=self.store,
                clock=self.clock,
                new_id=new_ulid,
                version="0",
            )
        )

    def request(self) -> Request:
        """Return a request to judge the one service there is."""
        text = (
            "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: shop}\n"
            f"spec: {{environments: {{production: {{base_url: '{self.base_url}'}}}}}}\n"
        )
        loaded = read_manifest(text.encode(), "readiness.yaml")
        policies = [
            CheckPolicy(check=each.spec.id, category="c", role=Role.REQUIRED)
            for each in self.checks
        ]
        profile = Profile(
            name="test",
            digest="sha256:p",
            thresholds=Thresholds(Fraction(9, 10), Fraction(1, 2)),
            checks=tuple(replace(p, options=self.options.get(p.check, ())) for p in policies),
        )
        (environment,) = loaded.manifest.environments
        return Request("01JD9Z4S00000000000000000A", loaded, environment, profile)

    async def decided(self) -> str:
        """Return the word of the decision, or what was raised instead."""
        director = self.director()
        try:
            return (await director.evaluate(self.request())).record.decision
        except (StoreError, InputError) as error:
            return type(error).__name__

    async def record(self) -> Record:
        """Return the record of the decision."""
        return (await self.director().evaluate(self.request())).record


async def asked(
    act: Callable[[Probe], Awaitable[Any]], base_url: str = NOWHERE, **options: Any
) -> str:
    """Return the decision on a service of which all is ready but what *act* asks of it."""
    lookup = options.pop("lookup", system_lookup)
    settings = ProbeSettings(**{"policy": LOOPBACK, **options})
    clock = SystemClock()
    prober = LiveProber(settings, clock, lookup)
    world = World((*READY, live(act)), clock=clock, prober=prober, base_url=base_url)
    try:
        return await world.decided()
    finally:
        await prober.close()


def said(act: Callable[[], Any]) -> str:
    """Return what *act* decided, or what it raised."""
    try:
        answer = act()
    except (StoreError, InputError, OutputError) as error:
        return type(error).__name__
    return str(getattr(answer, "decision", answer))


async def waited(act: Awaitable[Any]) -> str:
    """Return what *act* decided, or what it raised."""
    try:
        answer = await act
    except (StoreError, InputError, OutputError) as error:
        return type(error).__name__
    return str(getattr(answer, "decision", answer))


def command(*arguments: str | Path, profile: str | None = "baseline") -> int:
    """Run ``director evaluate`` in this process and return its exit code."""
    chosen = ["--profile", profile] if profile else []
    store = [] if "--store" in arguments else ["--no-store"]
    log = [] if "--log" in arguments else ["--log", "off"]
    return called("evaluate", *arguments, *chosen, *store, *log)


def called(*arguments: str | Path) -> int:
    """Run ``director`` in this process and return its exit code."""
    before = sys.argv
    sys.argv = ["director", *map(str, arguments)]
    try:
        return call(Interruption())
    finally:
        sys.argv = before


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Let the process open no other file."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pipe that has no room and does not block."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@asynccontextmanager
async def serving(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Answer every request with the same bytes, or with nothing at all; yields the port.

    Over TLS it waits for the other side to say goodbye.
    """
    over = asyncio.Event()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await over.wait()
            else:
                writer.write(answer)
                await writer.drain()
                if tls is not None:
                    await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()


def reply_of(status: str, *headers: str, body: bytes = b"") -> bytes:
    """Return the bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Place:
    """Where one forcing works, and all that it works with."""

    path: Path
    witness: Witness

    asked = staticmethod(asked)
    called = staticmethod(called)
    command = staticmethod(command)
    full_pipe = staticmethod(full_pipe)
    inline = staticmethod(inline)
    no_descriptors = staticmethod(no_descriptors)
    reply_of = staticmethod(reply_of)
    said = staticmethod(said)
    serving = staticmethod(serving)
    spec_of = staticmethod(spec_of)
    waited = staticmethod(waited)

    def world(self, *more: type[Check], **given: Any) -> World:
        """Return a world that is ready if the checks *more* find it so."""
        return World((*READY, *more), **given)

    def unready_world(self, **given: Any) -> World:
        """Return a world that is not ready."""
        return World(UNREADY, **given)

    def manifest(self, name: str = "svc", text: str = "", **changes: Any) -> Path:
        """Write a manifest that is ready under ``baseline``, with *text* added to its spec."""
        plain = ("logging", "metrics", "alerts", "healthcheck", "load_test", "runbook", "on_call")
        declares = {**dict.fromkeys((*plain, "security_review"), True), **changes}
        path = self.path / f"{name}.yaml"
        path.write_text(
            "apiVersion: readiness/v1\nkind: Service\n"
            f"metadata: {{name: {name}, owner: team-test}}\n"
            f"spec:\n  declares: {json.dumps(declares)}\n{text}"
        )
        return path

    def unready(self) -> Path:
        """Write the manifest of a service that is not ready."""
        return self.manifest("unready", logging=False)

    def reported(self, *arguments: str | Path, **options: Any) -> list[object]:
        """Return the exit code of ``director evaluate`` and each decision in its report."""
        report = self.path / "report.json"
        code = command(*arguments, "--format", f"json={report}", **options)
        document = json.loads(report.read_text() or "[]")
        items = document if isinstance(document, list) else [document]
        return [code, *(item["decision"] for item in items)]
