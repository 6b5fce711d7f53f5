"""Evaluates many targets, a bounded number at a time, and reports each in its turn."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from director.cli.baseline import find_baseline
from director.cli.exits import Exit
from director.cli.gate import Gate, exit_of, worst
from director.cli.look import look_of
from director.cli.outlet import OutputError
from director.cli.output import Reports, Wanted
from director.cli.progress import Progress
from director.cli.runner import Interruption
from director.cli.say import say
from director.engine.clock import new_ulid
from director.errors import InputError, StoreError
from director.formats.format import Setting, make_format
from director.model.event import ConfigRejected, Stamp
from director.model.report import Interrupted, Item, Rejected, Undecided
from director.model.text import printable
from director.model.value import dataclass
from director.service.desk import Desk, Wishes
from director.wiring import Given, House, assemble
from director.wiring.plugins import Workers, install

AT_ONCE = 16
"""How many targets are evaluated at the same time."""

_LAST_WORDS_S = 1.0
"""How long evaluations may take to stop, in seconds."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the command.

    Attributes:
        paths: The manifests.
        wishes: What was asked for besides them.
        wanted: The reports to write.
        gate: What a CONDITIONAL_GO means.
        against: What decisions are held against; None for nothing.
        color: Whether to use colours; None for only on a terminal.
    """

    paths: tuple[Path, ...]
    wishes: Wishes
    wanted: tuple[Wanted, ...]
    gate: Gate
    color: bool | None
    against: str | None = None


async def evaluate_all(job: Job, interruption: Interruption) -> int:
    """Evaluate everything in a loop that runs already, report it, and return the exit code.

    Raises:
        InputError: Something that was asked for besides the manifests cannot be had.
    """
    progress, settings, workers = Progress(len(job.paths)), job.wishes.settings, Workers()
    try:
        house = assemble(
            settings, install(settings, workers), (progress,), given=Given(workers=workers)
        )
        try:
            exits = await _evaluate(job, house, progress, interruption)
        finally:
            await house.close()
    finally:
        workers.end()
    return interruption.exit or worst(exits)


async def _evaluate(
    job: Job, house: House, progress: Progress, interruption: Interruption
) -> list[Exit]:
    """Evaluate and report, and return one exit code for each target, and for what failed."""
    baseline = await find_baseline(job.against, house.store)
    stored_in = str(job.wishes.settings.store or "")
    setting = Setting(
        look_of(job.color),
        stored_in,
        several=len(job.paths) > 1,
        fail_on_conditional=job.gate.fail_on_conditional,
    )
    reports = Reports(tuple((make_format(w.format, setting), w) for w in job.wanted))
    running: deque[_Running] = deque()

    def stop() -> None:
        for each in running:
            each.task.cancel()
        reports.hurry()

    interruption.on_signal = stop
    exits: list[Exit] = []
    try:
        async with _shown(progress):
            await house.open()
            await reports.begin()
            async for item in _items(job, house, progress, interruption, running):
                await reports.add(baseline.held_against(item))
                exits.append(exit_of(item, job.gate))
        await reports.close()
    except OutputError as error:
        say(str(error))
        exits.append(Exit.UNDECIDED)
        await _abandon(running)
    return exits


async def _items(
    job: Job,
    house: House,
    progress: Progress,
    interruption: Interruption,
    running: deque[_Running],
) -> AsyncIterator[Item]:
    """Yield one item for each path, in order, while a bounded number is *running*."""
    waiting = iter(job.paths)
    desk = Desk(job.wishes)
    while True:
        while len(running) < AT_ONCE and interruption.exit is None:
            path = next(waiting, None)
            if path is None:
                break
            running.append(_start(path, desk, house))
        if not running:
            break
        await asyncio.wait({running[0].task})
        yield _finished(running.popleft(), progress)
    for path in waiting:  # Interrupted before it began.
        yield Interrupted(str(path), str(path))


async def _abandon(running: Iterable[_Running]) -> None:
    """Cancel what nobody will hear of, while the log can still take note of it."""
    tasks = {each.task for each in running}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_LAST_WORDS_S)


@dataclass(slots=True)
class _Running:
    """One target that is being evaluated, and what it turned out to be."""

    path: Path
    evaluation: str
    task: asyncio.Task[Item]


def _start(path: Path, desk: Desk, house: House) -> _Running:
    evaluation = new_ulid(house.clock.now())
    task = asyncio.ensure_future(_item(path, evaluation, desk, house))
    return _Running(path, evaluation, task)


def _finished(running: _Running, progress: Progress) -> Item:
    target, heard = progress.done(running.evaluation)
    if running.task.cancelled():
        return Interrupted(str(running.path), target or str(running.path), heard)
    return running.task.result()


async def _item(path: Path, evaluation: str, desk: Desk, house: House) -> Item:
    """Return what there is to say of the manifest at *path*; only cancellation comes out."""
    target = str(path)
    try:
        request = desk.request(path, evaluation)
        target = request.target.name
        return await house.director.evaluate(request)
    except InputError as error:
        await _reject(error, house)
        return Rejected(str(path), error.faults)
    except StoreError as error:
        return Undecided(str(path), target, str(error))
    except Exception as error:  # noqa: BLE001  # our own fault on one target leaves the others be
        reason = f"internal error: {type(error).__name__}: {error}"
        return Undecided(str(path), target, printable(reason))


async def _reject(error: InputError, house: House) -> None:
    for fault in error.faults:
        now = house.clock.now()
        await house.bus.publish(ConfigRejected(Stamp(new_ulid(now), now), fault))
        say(str(fault))


@contextlib.asynccontextmanager
async def _shown(progress: Progress) -> AsyncIterator[None]:
    """Show *progress* on a terminal while the block runs."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    task = asyncio.ensure_future(progress.show())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
