"""Every place on the road to a decision that catches an exception, forced: never a GO, never 0.

``TABLE`` maps each ``except`` and each ``suppress`` to what forces it. A test reads the source
and fails if one is there that the table does not know, and each forcing is watched: it must have
entered the very clauses that it stands for.

Where the exception says something about the evaluation, everything else is ready, so that nothing
but the clause keeps the gate shut. Where it says nothing (a broken sink, a reader that left), the
service is not ready, and must stay so.
"""

# ruff: noqa: ANN401  # peers that return and raise anything

from __future__ import annotations

import ast
import asyncio
import contextlib
import gzip
import importlib
import io
import json
import os
import re
import resource
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from ipaddress import ip_network
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest
import trustme
from sqlalchemy import create_engine

import director
from director.app import Director, Request, Tools
from director.cli import baseline, batch, output
from director.cli.commands import COMMANDS, call
from director.cli.exits import Exit
from director.cli.gate import Gate, exit_of
from director.cli.interruption import Interruption
from director.cli.outlet import Outlet, OutputError
from director.cli.runner import run
from director.cli.say import say
from director.cli.targets import Desk, Wishes
from director.engine.bus import Bus
from director.engine.clock import SystemClock, new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.errors import InputError, StoreError
from director.formats.place import Repository, repository
from director.loading.catalog import discover
from director.loading.manifest import read_manifest
from director.loading.offers import examine_check
from director.loading.settings import Settings, networks
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role
from director.model.counterfactual import Counterfactual
from director.model.event import CheckCompleted, Event, Stamp
from director.model.manifest import Target
from director.model.outcome import Failed, Passed
from director.model.probe import Reply
from director.model.profile import CheckPolicy, Profile, Thresholds
from director.model.record import Record
from director.ports import Check, Probe, Sink, Store
from director.probing.guard import AddressPolicy
from director.probing.http import HttpProber
from director.probing.resolver import system_lookup
from director.probing.settings import ProbeSettings
from director.rules.counterfactual import counterfactual
from director.sinks.destination import _ends_torn, open_stderr
from director.sinks.log import LogSink
from director.sinks.render import Emitter, Encoder
from director.store.codec import decode
from director.store.file import Link, _keep_log, _make_record
from director.store.lane import Lane
from director.store.memory import MemoryStore
from director.store.migrate import upgrade
from director.store.sqlite import open_sqlite
from director.wiring import House, read_report

# --- What is watched -----------------------------------------------------------------------

ROOT = Path(director.__file__).parent

FOLDERS = ("engine", "rules", "probing", "store", "sinks", "formats", "model")
"""Folders of which every module is on the road to a decision, whoever imports it."""

BEGINNINGS = ("director.cli.main", "director.cli.commands", "director.cli.evaluate")
"""Where the road begins; of the rest of the house, it leads through what these import."""


def imports(path: Path) -> Iterator[str]:
    """Yield everything of ours that the module at *path* imports, at its top or later."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("director"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def road() -> list[Path]:
    """Return every module on the road to a decision; other commands are not on it."""
    others = {f"director.cli.{name}" for name in COMMANDS} - set(BEGINNINGS)
    waiting, seen = list(BEGINNINGS), set[str]()
    found = {path for name in FOLDERS for path in (ROOT / name).rglob("*.py")}
    while waiting:
        name = waiting.pop()
        path = ROOT.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if name not in seen | others and path.is_file():
            seen.add(name)
            found.add(path)
            waiting += imports(path)
    return sorted(found)


@dataclass(frozen=True)
class Clause:
    """One place that catches.

    Attributes:
        key: ``module:function:types``, with ``#2`` for the second of that name.
        file: Where it is.
        lines: Of an ``except``, the first line inside; of a ``suppress``, all lines of the block.
        caught: Whether it is an ``except``.
    """

    key: str
    file: str
    lines: range
    caught: bool


class Finder(ast.NodeVisitor):
    """Finds what catches in one module."""

    def __init__(self, path: Path) -> None:
        self.found: list[Clause] = []
        self._file = str(path)
        self._inside = [path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."), ""]
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def _add(self, types: str, lines: range, *, caught: bool) -> None:
        key = f"{self._inside[0]}:{self._inside[1]}:{types}"
        known = sum(re.sub(r"#\d+$", "", each.key) == key for each in self.found)
        self.found.append(Clause(f"{key}#{known + 1}" if known else key, self._file, lines, caught))

    def _within(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        before = self._inside[1]
        self._inside[1] = f"{before}.{node.name}".lstrip(".")
        self.generic_visit(node)
        self._inside[1] = before

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _within  # noqa: N815  # ast's

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:  # ast's
        """Note an ``except``."""
        types = ast.unparse(node.type) if node.type else "everything"
        first = node.body[0].lineno
        self._add(types, range(first, first + 1), caught=True)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:  # ast's
        """Note a ``suppress``."""
        for item in node.items:
            text = ast.unparse(item.context_expr).removeprefix("contextlib.")
            if text.startswith("suppress("):
                lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                self._add(text, lines, caught=False)
        self.generic_visit(node)


def clauses() -> dict[str, Clause]:
    """Return every place on the road that catches."""
    return {clause.key: clause for path in road() for clause in Finder(path).found}


class Witness:
    """Sees which clauses are entered, in this thread and in those that start meanwhile."""

    def __init__(self, watched: Sequence[Clause]) -> None:
        self.seen: set[str] = set()
        self._news = threading.Condition()
        self._watched: dict[str, list[Clause]] = {}
        for clause in watched:
            self._watched.setdefault(clause.file, []).append(clause)

    def __enter__(self) -> Self:
        self._before = sys.gettrace(), threading.gettrace()
        threading.settrace(self._called)
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before[0])
        threading.settrace(self._before[1])

    def await_clause(self, key: str) -> None:
        """Return when the clause *key* was entered, or after ten seconds."""
        with self._news:
            self._news.wait_for(lambda: key in self.seen, 10)

    def _called(self, frame: FrameType, _: str, __: Any) -> Any:
        return self._inside if frame.f_code.co_filename in self._watched else None

    def _inside(self, frame: FrameType, event: str, _: Any) -> Any:
        if event in ("line", "exception"):
            for clause in self._watched[frame.f_code.co_filename]:
                if frame.f_lineno in clause.lines and (event == "line") is clause.caught:
                    with self._news:
                        self.seen.add(clause.key)
                        self._news.notify_all()
        return self._inside


# --- What things are forced with -----------------------------------------------------------

Answers = Sequence[object]
"""What came of it: words of decisions, exit codes, or what was raised instead."""

OPEN = ("go", "conditional_go", 0)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LOOPBACK = AddressPolicy(allow=(ip_network("127.0.0.0/8"),))


@dataclass
class Place:
    """Where one forcing works."""

    path: Path
    clauses: Sequence[Clause]
    witness: Witness = field(init=False)

    def __post_init__(self) -> None:
        self.witness = Witness(self.clauses)

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
    before = sys.argv
    sys.argv = ["director", "evaluate", *map(str, arguments), *chosen, *store, *log]
    try:
        return call(Interruption())
    finally:
        sys.argv = before


def reported(place: Place, *arguments: str | Path, **options: Any) -> list[object]:
    """Return the exit code of ``director evaluate`` and each decision in its report."""
    report = place.path / "report.json"
    code = command(*arguments, "--format", f"json={report}", **options)
    document = json.loads(report.read_text() or "[]")
    items = document if isinstance(document, list) else [document]
    return [code, *(item["decision"] for item in items)]


def spec_of(check: str, deadline_s: float = 10.0) -> CheckSpec:
    """Return the identity of a check."""
    return CheckSpec(id=check, title="t", category="c", why="w", remedy="r", deadline_s=deadline_s)


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
    """A Director with peers for what it stands on; every check is required."""

    checks: tuple[Any, ...] = READY
    store: Store | None = field(default_factory=MemoryStore)
    sinks: tuple[Sink, ...] = ()
    clock: Any = field(default_factory=SystemClock)
    prober: Any = None
    base_url: str = "http://127.0.0.1:9"
    options: tuple[tuple[str, Any], ...] = ()

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
            checks=tuple(replace(each, options=self.options) for each in policies),
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
        """Return a record of a GO."""
        return (await self.director().evaluate(self.request())).record


async def asked(
    act: Callable[[Probe], Awaitable[Any]], base_url: str = "http://127.0.0.1:9", **options: Any
) -> str:
    """Return the decision on a service of which all is ready but what *act* asks of it."""
    lookup = options.pop("lookup", system_lookup)
    settings = ProbeSettings(**{"policy": LOOPBACK, **options})
    clock = SystemClock()
    prober = HttpProber(settings, clock, lookup)
    world = World((*READY, live(act)), clock=clock, prober=prober, base_url=base_url)
    try:
        return await world.decided()
    finally:
        await prober.close()


async def fetch(probe: Probe) -> Passed:
    """Ask, and pass whatever the answer is."""
    return Passed(f"answered {(await probe.get('/')).status}")


def fetching(path: str) -> Callable[[Probe], Awaitable[Passed]]:
    """Return an act that asks for *path* and passes whatever the answer is."""

    async def act(probe: Probe) -> Passed:
        return Passed(f"answered {(await probe.get(path)).status}")

    return act


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
class BadSink:
    """A sink that raises in one of its methods."""

    broken: str
    error: BaseException
    name: str = "bad"
    patience_s: float = 0.0
    dropped: int = 0

    def offer(self, _: Event) -> bool:
        """Raise, or take the event."""
        if self.broken == "offer":
            raise self.error
        return True

    def drop(self, _: Event) -> None:
        """Lose the event."""

    async def close(self) -> None:
        """Raise, hang, or close."""
        if self.broken == "close":
            raise self.error
        if self.broken == "hang":
            await asyncio.Event().wait()


class SilentError(Exception):
    """Will not say what it is."""

    def __str__(self) -> str:
        raise ValueError("no")


class LeavingError(Exception):
    """Ends the process when it is asked what it says."""

    def __str__(self) -> str:
        raise SystemExit(0)


def throw(error: BaseException) -> Any:
    """Raise *error*."""
    raise error


@contextmanager
def no_descriptors(spare: int) -> Iterator[None]:
    """Let the process open *spare* more files and no other."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + spare, hard))
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


DRIVER = """
import json, sys
wanted = {(file, line): key for file, line, key in json.loads(sys.argv[1])}
files, seen, place = {file for file, _ in wanted}, set(), sys.argv[2]
def inside(frame, event, arg):
    key = wanted.get((frame.f_code.co_filename, frame.f_lineno))
    if key and event == "line":
        seen.add(key)
    return inside
sys.settrace(lambda frame, event, arg: inside if frame.f_code.co_filename in files else None)
sys.argv = ["director", *sys.argv[3:]]
from director.cli.main import main
try:
    main()
finally:
    sys.settrace(None)
    with open(place, "w") as file:
        json.dump(sorted(seen), file)
"""


def process(place: Place, *arguments: str | Path, prelude: str = "", **how: Any) -> int:
    """Run ``director`` in a process of its own, watched, and return its exit code."""
    lines = [(c.file, c.lines[0], c.key) for c in place.clauses if c.caught]
    seen = place.path / "seen.json"
    environment = {**os.environ, "HOME": str(place.path), **how.pop("variables", {})}
    done = subprocess.run(
        [sys.executable, "-c", prelude + DRIVER, json.dumps(lines), seen, *map(str, arguments)],
        check=False,
        env=environment,
        cwd=place.path,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
    )
    place.witness.seen |= set(json.loads(seen.read_text()))
    return done.returncode


def planted(place: Place, name: str, module: str, metadata: bytes | None = None) -> list[object]:
    """Return what comes of a plugin that is trusted, installed and required.

    Everything else the service needs is ready.
    """
    folder = place.path / "site"
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode()
    (info / "METADATA").write_bytes(head if metadata is None else metadata)
    (info / "entry_points.txt").write_bytes(f"[director]\n{name} = {name}_forced\n".encode())
    (folder / f"{name}_forced.py").write_text(module)
    checks = {
        f"declared.{each}": {"category": "c", "role": "required"}
        for each in ("logging", "metrics", "alerts")
    } | {f"{name}.good": {"category": "c", "role": "required"}}
    profile = {
        "apiVersion": "readiness/v1",
        "kind": "Profile",
        "metadata": {"name": "gate"},
        "spec": {"thresholds": {"go": 0.9, "conditional": 0.5}, "checks": checks},
    }
    path = place.path / "gate.yaml"
    path.write_text(json.dumps(profile))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return reported(place, place.manifest(), "--trust", name, profile=str(path))
    finally:
        sys.path.remove(str(folder))


GOOD = """
from dataclasses import make_dataclass
from director.plugin import CheckSpec, Passed, hookimpl

spec = CheckSpec(id="{name}.good", title="t", category="c", why="w", remedy="r")
Good = make_dataclass(
    "Good", [], frozen=True, namespace={{"spec": spec, "judge": {judge}}}
)

@hookimpl
def director_checks():
    return (Good,)
"""

WELL = "lambda self, manifest: Passed('so')"

# --- The story, the engine -----------------------------------------------------------------


async def store_fails(_: Place) -> Answers:
    """The store fails where it is read, and where it is written."""

    class Broken(MemoryStore):
        def __init__(self, method: str) -> None:
            super().__init__()
            self._method = method

        async def latest(self, service: str, environment: str) -> Record | None:
            if self._method == "latest":
                raise StoreError("the disk is gone")
            return await super().latest(service, environment)

        async def record(self, record: Record) -> Record:
            if self._method == "record":
                raise StoreError("the disk is full")
            return await super().record(record)

    return [await World(store=Broken(method)).decided() for method in ("latest", "record")]


async def inline_check_exits(_: Place) -> Answers:
    """A manifest check ends the process with 0."""
    return [await World((*READY, inline("fake.x", lambda: sys.exit(0)))).decided()]


async def live_check_exits(_: Place) -> Answers:
    """A live check ends the process with 0."""

    async def leave(_: Probe) -> Passed:
        sys.exit(0)

    return [await asked(leave)]


async def service_is_down(_: Place) -> Answers:
    """Nobody listens where the service should be."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return [await asked(fetch, f"http://127.0.0.1:{taken.getsockname()[1]}")]


async def bus_is_cancelled(_: Place) -> Answers:
    """Closing is cancelled while a sink hangs; the cancellation comes through."""
    bus = Bus((BadSink("hang", ValueError()),))
    closing_bus = asyncio.ensure_future(bus.close())
    await asyncio.sleep(0)
    closing_bus.cancel()
    await asyncio.wait({closing_bus})
    return ["cancelled" if closing_bus.cancelled() else "go"]


async def sink_fails(_: Place) -> Answers:
    """Sinks raise where they are told and where they are closed; they say nothing of a service."""
    answers = []
    for broken in ("offer", "close"):
        for error in (SystemExit(0), SilentError()):
            sink = BadSink(broken, error)
            world = World(UNREADY, sinks=(sink,))
            director = world.director()
            judged = await director.evaluate(world.request())
            await director._tools.bus.close()
            answers.append(judged.record.decision)
    return answers


def option_of(act: Callable[[Any], None]) -> type[Check]:
    """Return a check whose constructor does *act*."""
    inside = {
        "spec": spec_of("fake.x"),
        "judge": lambda _, __: Passed("so"),
        "__post_init__": lambda self: act(self.limit),
    }
    return make_dataclass(
        "Picky", [("limit", int, field(default=1))], namespace=inside, frozen=True
    )


async def constructor_refuses(_: Place) -> Answers:
    """A check does not take an option that the profile sets."""

    def refuse(limit: int) -> None:
        if limit != 1:
            raise ValueError("limit must be 1")

    class Only(World):
        def request(self) -> Request:
            request = super().request()
            checks = tuple(
                replace(p, options=(("limit", 2),)) if p.check == "fake.x" else p
                for p in request.profile.checks
            )
            return replace(request, profile=replace(request.profile, checks=checks))

    return [await Only((*READY, option_of(refuse))).decided()]


async def constructor_exits(_: Place) -> Answers:
    """A check ends the process when it is made for the second time, which is for real."""
    made: list[int] = []

    def leave(limit: int) -> None:
        made.append(limit)
        if len(made) > 1:
            raise SystemExit(0)

    return [await World((*READY, option_of(leave))).decided()]


async def answer_is_none_of_ours(_: Place) -> Answers:
    """A check answers with what is no outcome."""
    said = (True, None, "go", Passed(""), Passed)
    return [
        await World((*READY, inline("fake.x", lambda answer=answer: answer))).decided()  # type: ignore[misc]
        for answer in said
    ]


async def exception_is_silent(_: Place) -> Answers:
    """A check raises what ends the process when it is printed."""
    return [await World((*READY, inline("fake.x", lambda: throw(LeavingError())))).decided()]


async def rule_cannot_be_applied(_: Place) -> Answers:
    """A recorded decision holds what no rule can be applied to: nothing is supposed of it."""
    record = replace(await World().record(), decided_at="some day")
    answer = counterfactual(record)
    return ["go" if isinstance(answer, Counterfactual) else answer.code]


# --- Plugins -------------------------------------------------------------------------------


def plugin_does_not_load(place: Place) -> Answers:
    """A plugin raises when it is imported, and what it raises cannot be printed."""
    text = "class E(BaseException):\n    def __str__(self): raise SystemExit(0)\nraise E\n"
    return planted(place, "unloadable", text)


def plugin_has_no_metadata(place: Place) -> Answers:
    """A plugin's metadata is no text; without a name nobody trusts it."""
    return planted(place, "nameless", GOOD.format(name="nameless", judge=WELL), b"\xff\xfe\xff")


def plugin_has_no_entry(place: Place) -> Answers:
    """A plugin's entry points are no text."""
    info = place.path / "site" / "damaged-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: damaged\nVersion: 1\n")
    (info / "entry_points.txt").write_bytes(b"[director]\nx = \xff\n")
    return planted(place, "other", GOOD.format(name="nobody", judge=WELL))


def plugin_takes_too_much(place: Place) -> Answers:
    """A plugin's check cannot be called as checks are."""
    judge = "lambda self, manifest, more, still_more: Passed('so')"
    return planted(place, "greedy", GOOD.format(name="greedy", judge=judge))


def signal_comes_while_a_plugin_loads(place: Place) -> Answers:
    """A real signal comes while a plugin is imported that swallows everything."""
    folder = place.path / "site"
    info = folder / "signalled-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: signalled\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[director]\nsignalled = signalled_forced\n")
    (folder / "signalled_forced.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    for _ in range(1000): pass\nexcept BaseException:\n    pass\n"
    )
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        discover(frozenset({"signalled"}))
    except KeyboardInterrupt:
        return [Exit.SIGINT]
    finally:
        sys.path.remove(str(folder))
    return ["go"]


# --- Manifests, profiles, settings ---------------------------------------------------------


def manifests_are_bad(place: Place) -> Answers:
    """Manifests of services that are ready, each with one thing that cannot be used."""
    os.mkfifo(place.path / "pipe.yaml")
    (place.path / "bytes.yaml").write_bytes(place.manifest().read_bytes() + b"# \xff\n")
    url = "  environments: {production: {base_url: 'http://[::1'}}\n"
    paths = [
        place.path / "absent.yaml",
        place.path / "pipe.yaml",
        place.path / "bytes.yaml",
        place.manifest("syntax", "  tags: [\n"),
        place.manifest("second", "---\n{}\n"),
        place.manifest("number", "  number: 1e999\n"),
        place.manifest("unknown", "  unknown: 1\n"),
        place.manifest("coverage", test_coverage_percent=101),
        place.manifest("instant", alerts={"value": True, "at": "2026-02-30"}),
        place.manifest("url", url),
    ]
    return reported(place, *paths)


def profiles_are_bad(place: Place) -> Answers:
    """Profiles that are not there, or extend what cannot be read."""
    folder = place.path / "policies"
    (folder / "folder.yaml").mkdir(parents=True)
    for name, extends in (("orphan", "nobody"), ("foldered", "./folder.yaml")):
        (folder / f"{name}.yaml").write_text(
            f"apiVersion: readiness/v1\nkind: Profile\nmetadata: {{name: {name}}}\n"
            f"spec: {{extends: {extends}}}\n"
        )
    paths = [
        place.manifest(name, f"  profile: {name}\n") for name in ("nobody", "orphan", "foldered")
    ]
    return reported(place, *paths, "--profiles", folder, profile=None)


def settings_are_bad(place: Place) -> Answers:
    """Settings that say nothing we understand."""
    answers: list[object] = []
    for name, text in (("word", "address_policy: open\n"), ("range", "allow_address: [all]\n")):
        config = place.path / f"{name}.config.yaml"
        config.write_text(text)
        answers.append(command(place.manifest(), "--config", config))
    answers += [
        command(place.manifest(), "--allow-address", "everything"),
        command(place.manifest(), "--no-such-flag"),
        command("x" * 5000),
        said(lambda: networks(("everything",), "here")),
    ]
    return answers


# --- Probes --------------------------------------------------------------------------------


async def answers_are_broken(_: Place) -> Answers:
    """The body is no gzip, the redirect leads nowhere, or there is no answer at all."""
    garbage = reply_of(
        "200 OK", "Content-Encoding: gzip", body=gzip.compress(b"x")[:-8] + b"\0" * 9
    )
    nowhere = reply_of("302 Found", "Location: ftp://example.com/")
    answers = []
    for answer in (garbage, nowhere, None):
        async with serving(answer) as port:
            answers.append(await asked(fetch, f"http://127.0.0.1:{port}", request_limit_s=0.3))
    return answers


async def address_is_denied(_: Place) -> Answers:
    """The address may not be dialled, or is none."""
    policy = AddressPolicy()
    denied = await asked(fetch, policy=policy)
    return [denied, "go" if policy.check("not an address") is None else "denied"]


async def url_is_none(_: Place) -> Answers:
    """A check asks for what is no URL, in each way there is to write one."""
    urls = (
        "http://127.1/", "http://[::zz]/", f"http://{'ａ' * 70}.example/", "http://exa mple/",
    )  # fmt: skip
    return [await asked(fetching(url)) for url in urls]


async def name_has_no_address(_: Place) -> Answers:
    """The name servers know nothing, or do not know how to read the name."""

    def unknown(_: str, __: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    return [await asked(fetch, "http://service.test", lookup=unknown)]


def name_server_is_slow(_: Place) -> Answers:
    """The name servers answer when nobody waits any more, and even the loop is gone."""
    release = threading.Event()

    def late(_: str, __: int) -> tuple[str, ...]:
        release.wait(10)
        return ("127.0.0.1",)

    answer = asyncio.run(asked(fetch, "http://service.test", lookup=late, dns_limit_s=0.05))
    release.set()
    for thread in threading.enumerate():
        if thread.name == "director-dns":
            thread.join(10)
    return [answer]


async def peer_says_no_goodbye(_: Place) -> Answers:
    """A TLS connection is closed by us first; it says nothing of a service that is not ready."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("service.test").configure_cert(context)

    async def status(probe: Probe) -> Passed | Failed:
        reply = await probe.get("/")
        return Passed("so") if reply.status == 200 else Failed(f"status {reply.status}")

    async with serving(reply_of("503 Unavailable"), context) as port:
        answer = await asked(
            status,
            f"https://service.test:{port}",
            lookup=lambda *_: ("127.0.0.1",),
            ca_pem=authority.cert_pem.bytes().decode(),
        )
    return [answer]


async def document_is_deep(_: Place) -> Answers:
    """The JSON of a service nests without end."""

    async def read(_: Probe) -> Passed:
        deep = Reply(url="http://x/", status=200, body=b"[" * 200_000)
        return Passed(f"it says {deep.json()}")

    return [await asked(read)]


# --- The record ----------------------------------------------------------------------------

SAMPLE = json.loads((Path(__file__).parents[1] / "unit/store/record.json").read_text("utf-8"))


def damaged(**changes: Any) -> bytes:
    """Return the sample record as bytes, as a GO and with *changes*."""
    return json.dumps({**SAMPLE, "decision": "go", **changes}).encode()


async def record_is_damaged(_: Place) -> Answers:
    """What is stored cannot be read back as what it was."""
    check = dict(SAMPLE["categories"][0]["checks"][0])
    piece = {"kind": "probed", "source": "x", "at": None, "facts": {"status": [200]}}
    deep = {**SAMPLE["categories"][0], "checks": [{**check, "evidence": [piece]}]}
    bodies = (
        b"{", b"[" * 200_000, damaged(decision="maybe"), damaged(reasons=[1]),
        damaged(categories=[deep]), damaged(decided_at="2026-13-01T00:00:00.000000Z"),
        damaged(evaluation=7),
    )  # fmt: skip
    answers = [said(lambda body=body: decode(body, SAMPLE["evaluation"])) for body in bodies]  # type: ignore[misc]
    answers += [said(lambda body=body: read_report(body)[0]) for body in bodies]  # type: ignore[misc]
    return answers


async def record_cannot_be_kept(_: Place) -> Answers:
    """What was decided cannot be written as it is."""
    record, store = await World().record(), MemoryStore()
    odd = (replace(record, decision="maybe"), replace(record, score=object()))  # type: ignore[arg-type]
    return [await waited(store.record(each)) for each in odd]


async def record_is_deleted(place: Place) -> Answers:
    """The file of the record is gone while it is open: for those who read and who write."""
    record = await World().record()
    store = open_sqlite(place.path / "record.db")
    await store.latest("a", "b")
    await store.record(replace(record, evaluation="FIRST"))
    (place.path / "record.db").unlink()
    answers = [await World(store=store).decided(), await waited(store.record(record))]
    await store.close()
    return answers


def record_is_no_database(place: Place) -> Answers:
    """There is something else where the record should be, or nothing can be."""
    (place.path / "notes.txt").write_text("a list of things to buy\n" * 500)
    (place.path / "file").write_text("")
    return [
        *reported(place, place.manifest(), "--store", place.path / "notes.txt"),
        *reported(place, place.manifest(), "--store", place.path / "file" / "record.db"),
    ]


def record_was_begun_by_another(place: Place) -> Answers:
    """Another process makes the record at the same time: its record stays."""
    path = place.path / "record.db"
    path.write_text("theirs")
    _make_record(path, "record.db")
    return [path.read_text()]


def log_cannot_be_kept(place: Place) -> Answers:
    """A database that cannot be written cannot be made durable."""
    path = place.path / "plain.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            _keep_log("plain.db", connection)
        except sqlite3.OperationalError as error:
            return [str(error)]
    return ["go"]


def connection_does_not_close(_: Place) -> Answers:
    """Tidying up fails after a transaction that failed; the failure is what is said."""

    class Connection:
        def execution_options(self, **_: str) -> None:
            raise sqlite3.OperationalError("the disk is gone")

        def close(self) -> None:
            raise sqlite3.OperationalError("and so is the file")

    class File:
        name = "record.db"

        def connect(self) -> sqlite3.Connection:
            raise sqlite3.OperationalError("no file")

    link = Link(File())  # type: ignore[arg-type]  # a peer
    link._connection = Connection()  # type: ignore[assignment]  # a peer

    def work() -> str:
        with link.transaction("written", "BEGIN"):
            return "go"

    return [said(work)]


def schema_is_newer(place: Place) -> Answers:
    """The database has a revision that nobody knows."""
    engine = create_engine(f"sqlite:///{place.path / 'newer.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
        answer = said(lambda: upgrade(connection))
    engine.dispose()
    return [answer]


async def store_hangs_or_breaks(_: Place) -> Answers:
    """The thread of the store does not answer, or what it does breaks."""
    release = threading.Event()

    def hang(_: Sequence[str]) -> Sequence[str]:
        release.wait(10)
        return ["go"]

    def break_(_: Sequence[str]) -> Sequence[str]:
        raise ZeroDivisionError

    slow: Lane[str, str] = Lane("slow", hang, lambda: None, 0.05)
    broken: Lane[str, str] = Lane("broken", break_, lambda: None, 5.0)
    answers = [await waited(slow.ask("x")), await waited(broken.ask("x"))]
    release.set()
    await slow.close()
    await broken.close()
    return answers


async def store_has_nothing_waiting(place: Place) -> Answers:
    """The queue of the store is empty, as it nearly always is; an unready service stays so."""
    store = open_sqlite(place.path / "record.db")
    answer = await World(UNREADY, store=store).decided()
    await store.close()
    return [answer]


# --- The log -------------------------------------------------------------------------------


def log_of(descriptor: int) -> LogSink:
    """Return a log that writes there."""
    return LogSink(descriptor, Emitter(version="0", instance="here"))


async def log_is_closed(_: Place) -> Answers:
    """The log has no file any more; an unready service stays so."""
    sink = log_of(-1)
    answer = await World(UNREADY, sinks=(sink,)).decided()
    await sink.close()
    return [answer, f"{sink.dropped} lost" if sink.dropped else "go"]


async def log_has_no_room(place: Place) -> Answers:
    """Somebody made the log's pipe non-blocking, and nobody reads it for a while."""
    with full_pipe() as (reading, writing):
        sink = log_of(os.dup(writing))
        answer = await World(UNREADY, sinks=(sink,)).decided()
        await asyncio.to_thread(
            place.witness.await_clause, "sinks.log:LogSink._write:BlockingIOError"
        )
        os.read(reading, 1 << 20)
        await sink.close()
    return [answer]


def line_cannot_be_rendered(_: Place) -> Answers:
    """An event holds what no line can say, its own time included."""
    encoder = Encoder(Emitter(version="0", instance="here"))
    lines = [
        encoder.encode(CheckCompleted(stamp, None, None, None), 1)  # type: ignore[arg-type]
        for stamp in (Stamp("0" * 26, NOW), Stamp("0" * 26, "noon"))  # type: ignore[arg-type]
    ]
    names = [json.loads(line)["event.name"] for line in lines]
    return ["go" if b'"go"' in line else name for line, name in zip(lines, names, strict=True)]


def log_cannot_be_opened(place: Place) -> Answers:
    """The log is asked for where no file can be."""
    return [command(place.manifest(), "--log", place.path / "absent" / "log.jsonl")]


def log_is_torn(place: Place) -> Answers:
    """The log ends in the middle of a line and the disk is still full; unready stays unready."""
    torn, unready = place.path / "torn.jsonl", place.unready()
    torn.write_text("x" * 100_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        answers = reported(place, unready, "--log", torn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with no_descriptors(0):
        answers.append("as it is" if not _ends_torn(torn) else "go")
    return answers


async def stderr_is_closed(_: Place) -> Answers:
    """There is no standard error to log to; an unready service stays so."""
    kept = os.dup(2)
    os.close(2)
    try:
        descriptor = open_stderr()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    sink = log_of(descriptor)
    answer = await World(UNREADY, sinks=(sink,)).decided()
    await sink.close()
    return [answer]


# --- Reports -------------------------------------------------------------------------------


def folder_is_gone(place: Place) -> Answers:
    """The working folder was removed; names of files are then no more than names."""
    gone, unready, before = place.path / "gone", place.unready(), Path.cwd()
    gone.mkdir()
    os.chdir(gone)
    try:
        gone.rmdir()
        found = repository()
    finally:
        os.chdir(before)
    uri, _ = found.uri(str(unready))
    odd, _ = Repository().uri("\ud800")
    return [uri, odd, command(unready)]


def report_has_no_room(place: Place) -> Answers:
    """The report cannot be written: the disk is full, or there can be no file."""
    full = os.open("/dev/full", os.O_WRONLY)
    outlet = Outlet(full, "stdout", vital=True)
    answers = [
        command(place.manifest(), "--format", "json=/dev/full"),
        command(place.manifest(), "--format", f"json={place.path / 'absent' / 'x.json'}"),
        said(lambda: outlet.write(b"GO")),
        said(output._Page("x", 1_000_000, "utf-8", None).close),
    ]
    os.close(full)
    return answers


async def reader_is_slow_or_gone(place: Place) -> Answers:
    """Those who read the report are slow, leave, or never come; unready stays unready."""
    loop = asyncio.get_running_loop()
    with full_pipe() as (_, writing):
        page = output._Page("a pipe", os.dup(writing), "utf-8", 0.05)
        answers: list[object] = [await waited(page.write("GO"))]
        taken = output._Page("a pipe", None, "utf-8", None)._write(writing, memoryview(b"x" * 8))
        answers.append(f"took {taken} bytes")
    fifo, unready = place.path / "fifo", place.unready()
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    left = output._page(output.Wanted("json", fifo), 1.0)
    os.close(reading)
    await left.write("NO_GO")
    answers.append(await loop.run_in_executor(None, lambda: process(place, "evaluate", unready)))
    return answers


def baseline_is_none(place: Place) -> Answers:
    """What decisions are to be held against is not there, or is no report."""
    junk = place.path / "junk.json"
    junk.write_text("{}")
    with no_descriptors(0):
        unreadable = said(lambda: baseline._read(junk, "junk.json"))
    return [
        unreadable,
        *(
            command(place.manifest(), "--diff-against", wanted)
            for wanted in (str(junk), "absent.json", "x" * 5000)
        ),
    ]


# --- The command ---------------------------------------------------------------------------


async def target_breaks(place: Place) -> Answers:
    """A target has a bad manifest, no record, or breaks something of ours: a clock that fails."""

    class Clock(SystemClock):
        def monotonic(self) -> float:
            raise OverflowError("time is over")

    class Broken(MemoryStore):
        async def record(self, _: Record) -> Record:
            raise StoreError("the disk is full")

    desk = Desk(Wishes(Settings(store=None), "baseline"))
    bad = place.manifest("bad", "  unknown: 1\n")
    answers: list[object] = []
    for path, world in (
        (bad, World()),
        (place.manifest(), World(store=Broken())),
        (place.manifest(), World(clock=Clock())),
    ):
        director = world.director()
        house = House(
            director, director._tools.catalog, director._tools.engine, Bus(), None, SystemClock()
        )
        item = await batch._item(path, "01JD9Z4S00000000000000000A", desk, house)
        answers.append(exit_of(item, Gate()))
    return answers


def streams_are_closed(place: Place) -> Answers:
    """The standard streams are closed; an absent manifest is still no GO."""
    closed = io.StringIO()
    closed.close()
    with contextlib.redirect_stderr(closed):
        answers = [command(place.path / "absent.yaml", "--log", "off"), said(lambda: say("x"))]
        sys.argv, before = ["director", "evaluate", str(place.unready()), "--no-store"], sys.argv
        answers.append(call(Interruption()))
        sys.argv = before
    with contextlib.redirect_stdout(closed):
        report = place.path / "report.txt"
        answers.append(command(place.unready(), "--format", f"text={report}"))
    return answers


def installation_is_broken(place: Place) -> Answers:
    """A library that the command needs cannot be imported."""
    (place.path / "click.py").write_text("raise SystemExit(0)\n")
    variables = {"PYTHONPATH": str(place.path)}
    return [process(place, "evaluate", place.manifest(), variables=variables)]


def loop_is_cancelled(_: Place) -> Answers:
    """The work is cancelled by a signal, or by nobody knows whom."""

    async def signalled(interruption: Interruption) -> int:
        interruption.exit = Exit.SIGTERM
        raise asyncio.CancelledError

    async def cancelled(_: Interruption) -> int:
        raise asyncio.CancelledError

    answers: list[object] = [run(signalled)]
    try:
        answers.append(run(cancelled))
    except asyncio.CancelledError:
        answers.append("cancelled")
    return answers


# --- The table -----------------------------------------------------------------------------

Forcing = Callable[[Place], Any]

TABLE: dict[str, Forcing] = {
    "app:Director.evaluate:(asyncio.CancelledError, StoreError)": store_fails,
    "cli.baseline:_is_file:(OSError, ValueError)": baseline_is_none,
    "cli.baseline:_is_file:FileNotFoundError": baseline_is_none,
    "cli.baseline:_read:OSError": baseline_is_none,
    "cli.baseline:_read:StoreError": baseline_is_none,
    "cli.batch:_evaluate:OutputError": report_has_no_room,
    "cli.batch:_item:Exception": target_breaks,
    "cli.batch:_item:InputError": target_breaks,
    "cli.batch:_item:StoreError": target_breaks,
    "cli.commands:call:BaseException": settings_are_bad,
    "cli.look:_coloured:ValueError": streams_are_closed,
    "cli.main:_run:BaseException": installation_is_broken,
    "cli.options:_misfits:SettingsError": settings_are_bad,
    "cli.options:_misfits:click.BadParameter": settings_are_bad,
    "cli.options:default_log:ValueError": streams_are_closed,
    "cli.outlet:Outlet.write:OSError": report_has_no_room,
    "cli.output:_Page._find_room:TimeoutError": reader_is_slow_or_gone,
    "cli.output:_Page._write:BlockingIOError": reader_is_slow_or_gone,
    "cli.output:_Page.close:OSError": report_has_no_room,
    "cli.output:_Page.write:BrokenPipeError": reader_is_slow_or_gone,
    "cli.output:_Page.write:OSError": report_has_no_room,
    "cli.output:_page:OSError": report_has_no_room,
    "cli.runner:run:asyncio.CancelledError": loop_is_cancelled,
    "cli.say:say:(OSError, ValueError)": streams_are_closed,
    "cli.targets:Desk._profile_of:ProfileError": profiles_are_bad,
    "cli.targets:find_manifests:OSError": settings_are_bad,
    "engine.attempt:_asked:ProbeError": service_is_down,
    "engine.attempt:_contained:BaseException": live_check_exits,
    "engine.attempt:judge:BaseException": inline_check_exits,
    "engine.bus:Bus.close:asyncio.CancelledError": bus_is_cancelled,
    "engine.bus:_Lane._contain:(Exception, SystemExit)": sink_fails,
    "engine.bus:_Lane.blame:Exception": sink_fails,
    "engine.bus:_Lane.close:(Exception, SystemExit)": sink_fails,
    "engine.ready:make_ready:BaseException": constructor_exits,
    "engine.ready:make_ready:ValueError": constructor_refuses,
    "engine.vet:vetted:PluginError": answer_is_none_of_ours,
    "engine.vet:words:BaseException": exception_is_silent,
    "formats.place:_bytes:UnicodeEncodeError": folder_is_gone,
    "formats.place:repository:OSError": folder_is_gone,
    "loading.catalog:_identity:Exception": plugin_has_no_metadata,
    "loading.catalog:_installed:Exception": plugin_has_no_entry,
    "loading.catalog:discover:PluginError": plugin_does_not_load,
    "loading.containment:_noting.noting:BaseException": signal_comes_while_a_plugin_loads,
    "loading.containment:contained:BaseException": plugin_does_not_load,
    "loading.containment:summary:BaseException": plugin_does_not_load,
    "loading.offers:_takes:TypeError": plugin_takes_too_much,
    "loading.profile_files:read_lineage:ProfileError": profiles_are_bad,
    "loading.profile_files:read_lineage:ValueError": profiles_are_bad,
    "loading.profile_files:read_lineage:ValueError#2": profiles_are_bad,
    "loading.settings:networks:ValueError": settings_are_bad,
    "loading.shape:shaped:ValidationError": manifests_are_bad,
    "loading.source:accept:UnicodeDecodeError": manifests_are_bad,
    "loading.source:read_source:(OSError, ValueError)": manifests_are_bad,
    "loading.source:read_source:FileNotFoundError": manifests_are_bad,
    "loading.terms:base_url:ValueError": manifests_are_bad,
    "loading.terms:coverage:ValueError": manifests_are_bad,
    "loading.terms:instant:(ValueError, OverflowError)": manifests_are_bad,
    "loading.tree:_Scan._scalar:ValueError": manifests_are_bad,
    "loading.tree:_Scan.run:_Ended": manifests_are_bad,
    "loading.tree:_Scan.run:yaml.YAMLError": manifests_are_bad,
    "model.probe:Reply.json:RecursionError": document_is_deep,
    "probing.body:Body._inflate:zlib.error": answers_are_broken,
    "probing.exchange:Exchange.ask:PolicyDenied": address_is_denied,
    "probing.exchange:Exchange.ask:ProbeError": service_is_down,
    "probing.exchange:Exchange.ask:TimeoutError": answers_are_broken,
    "probing.exchange:_next:UrlError": answers_are_broken,
    "probing.faults:explained:(aiohttp.ClientError, OSError)": service_is_down,
    "probing.guard:AddressPolicy.check:ValueError": address_is_denied,
    "probing.http:HttpSession._run:ProbeError": service_is_down,
    "probing.http:HttpSession.ask:UrlError": url_is_none,
    "probing.resolver:Resolver._asked:(OSError, UnicodeError)": name_has_no_address,
    "probing.resolver:Resolver._resolution.work:suppress(RuntimeError)": name_server_is_slow,
    "probing.resolver:Resolver.resolve:TimeoutError": name_server_is_slow,
    "probing.tls:_Session.unwrap:ssl.SSLWantReadError": peer_says_no_goodbye,
    "probing.url:_ascii:UnicodeError": url_is_none,
    "probing.url:_ipv4:ValueError": url_is_none,
    "probing.url:_ipv6:ValueError": url_is_none,
    "probing.url:scrub:UrlError": url_is_none,
    "rules.counterfactual:counterfactual:(ValueError, OverflowError)": rule_cannot_be_applied,
    "sinks.destination:_ends_torn:OSError": log_is_torn,
    "sinks.destination:open_file:(OSError, ValueError)": log_cannot_be_opened,
    "sinks.destination:open_file:suppress(OSError)": log_is_torn,
    "sinks.destination:open_stderr:OSError": stderr_is_closed,
    "sinks.log:LogSink._run:suppress(OSError)": log_is_closed,
    "sinks.log:LogSink._write:BlockingIOError": log_has_no_room,
    "sinks.log:LogSink._write:OSError": log_is_closed,
    "sinks.render:Encoder.encode:Exception": line_cannot_be_rendered,
    "sinks.render:_own_stamp:Exception": line_cannot_be_rendered,
    "store.codec:_check_meaning:StoreError": record_is_damaged,
    "store.codec:decode:(ValueError, RecursionError)": record_is_damaged,
    "store.codec:decode:ShapeError": record_is_damaged,
    "store.codec:encode:(TypeError, ValueError, RecursionError)": record_cannot_be_kept,
    "store.codec:entry:ShapeError": record_cannot_be_kept,
    "store.codec:instant:ValueError": record_is_damaged,
    "store.file:DatabaseFile.check_same:FileNotFoundError": record_is_deleted,
    "store.file:DatabaseFile.connect:BaseException": record_is_no_database,
    "store.file:DatabaseFile.make:(OSError, ValueError)": record_is_no_database,
    "store.file:DatabaseFile.prepare:DatabaseTrouble": record_is_no_database,
    "store.file:Link.close:suppress(*DatabaseTrouble)": connection_does_not_close,
    "store.file:Link.transaction:BaseException": record_is_deleted,
    "store.file:_keep_log:sqlite3.OperationalError": log_cannot_be_kept,
    "store.file:_make_record:suppress(FileExistsError)": record_was_begun_by_another,
    "store.lane:Lane._next_group:Empty": store_has_nothing_waiting,
    "store.lane:Lane._served:Exception": store_hangs_or_breaks,
    "store.lane:Lane.ask:TimeoutError": store_hangs_or_breaks,
    "store.migrate:upgrade:CommandError": schema_is_newer,
    "store.report:decisions:(ValueError, RecursionError)": record_is_damaged,
    "store.report:decisions:ShapeError": record_is_damaged,
    "store.shape:_dataclass_reader.read:ShapeError": record_is_damaged,
    "store.shape:_mapping_reader.read:ShapeError": record_is_damaged,
    "store.shape:_tuple_reader.read:ShapeError": record_is_damaged,
    "store.sqlite:SqliteStore._commit:StoreError": record_is_deleted,
    "store.sqlite:SqliteStore._read:StoreError": record_is_deleted,
}
"""Each clause on the road to a decision, and what forces it."""


@pytest.fixture(scope="module")
def known() -> dict[str, Clause]:
    """Everything on the road that catches."""
    return clauses()


FORCINGS = {forcing.__name__: forcing for forcing in TABLE.values()}


@pytest.mark.parametrize("name", sorted(FORCINGS))
def test_a_caught_exception_is_no_go(known: dict[str, Clause], name: str, tmp_path: Path) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    forcing = FORCINGS[name]
    mine = [known[key] for key, each in TABLE.items() if each is forcing and key in known]
    place = Place(tmp_path, mine)

    with place.witness:
        answers = forcing(place)
        if asyncio.iscoroutine(answers):
            answers = asyncio.run(answers)

    assert answers
    assert [answer for answer in answers if answer in OPEN] == []
    assert {clause.key for clause in mine} - place.witness.seen == set()


def test_every_clause_is_forced(known: dict[str, Clause]) -> None:
    """What catches on the road to a decision stands in the table, and the table holds no other."""
    assert sorted(set(known) - set(TABLE)) == []
    assert sorted(set(TABLE) - set(known)) == []


def test_nothing_else_swallows_an_exception() -> None:
    """On the road nothing is swallowed in a way that this test does not see.

    Neither a bare ``except``, nor ``return`` in a ``finally``, nor exceptions as results.
    """
    faults = []
    for path in road():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                faults.append(f"{path}:{node.lineno}: bare except")
            if isinstance(node, ast.Try) and any(
                isinstance(inner, ast.Return | ast.Break | ast.Continue)
                for statement in node.finalbody
                for inner in ast.walk(statement)
            ):
                faults.append(f"{path}:{node.lineno}: leaves a finally")
            if isinstance(node, ast.keyword) and node.arg == "return_exceptions":
                faults.append(f"{path}:{node.value.lineno}: exceptions as results")
            if isinstance(node, ast.TryStar):
                faults.append(f"{path}:{node.lineno}: except*")

    assert faults == []


def test_a_ready_world_is_go(tmp_path: Path) -> None:
    """Without anything forced the same worlds open the gate: nothing else keeps it shut."""
    place = Place(tmp_path, [])

    async def answered() -> str:
        async with serving(reply_of("200 OK", body=b"{}")) as port:
            return await asked(fetch, f"http://127.0.0.1:{port}")

    assert asyncio.run(World().decided()) == "go"
    assert asyncio.run(World(UNREADY).decided()) == "no_go"
    assert asyncio.run(answered()) == "go"
    assert reported(place, place.manifest()) == [0, "go"]
    assert reported(place, place.unready()) == [1, "no_go"]
    assert planted(place, "wellmade", GOOD.format(name="wellmade", judge=WELL)) == [0, "go"]
    assert decode(damaged(), SAMPLE["evaluation"]).decision == "go"
    assert process(place, "evaluate", place.manifest(), "--profile", "baseline") == 0
