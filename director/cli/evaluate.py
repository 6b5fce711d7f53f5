"""director evaluate: decide whether services may go to production."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import click

from director.cli.exits import Exit
from director.cli.gate import Gate, exit_of, worst
from director.cli.look import look_of, make_format
from director.cli.options import (
    color_option,
    config_option,
    log_options,
    plugin_options,
    probe_options,
    profile_options,
    settings_of,
    store_options,
)
from director.cli.outlet import OutputError
from director.cli.output import Reports, Wanted, wanted_reports
from director.cli.progress import Progress
from director.cli.runner import Interruption, run
from director.cli.say import say
from director.cli.targets import Desk, Wishes, find_manifests
from director.engine.clock import new_ulid
from director.errors import Fault, InputError, SettingsError, StoreError
from director.loading.words import shown
from director.model.event import ConfigRejected, Stamp
from director.model.report import Interrupted, Item, Rejected, Undecided
from director.model.text import printable
from director.model.value import dataclass
from director.wiring import House, assemble, install

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
        color: Whether to use colours; None for only on a terminal.
    """

    paths: tuple[Path, ...]
    wishes: Wishes
    wanted: tuple[Wanted, ...]
    gate: Gate
    color: bool | None


@click.command(short_help="Decide whether services may go to production.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[MANIFEST|FOLDER]...")
@profile_options
@click.option("--environment", metavar="NAME", help="Which of the manifest's environments.")
@click.option(
    "--format",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="text or json; may be repeated, with a file each (default: text).",
)
@click.option(
    "--fail-on",
    type=click.Choice(["no_go", "conditional"]),
    default="no_go",
    show_default=True,
    help="What closes the gate: NO_GO alone, or a CONDITIONAL_GO too.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 4 for a CONDITIONAL_GO.")
@store_options
@click.option("--no-store", is_flag=True, help="Record nothing: for looking, not for gating.")
@probe_options
@plugin_options
@log_options
@color_option
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    r"""Decide whether services may go to production.

    Evaluates each manifest (or every one in a folder; by default the current one's
    readiness.yaml) and prints GO, CONDITIONAL_GO or NO_GO with what to do about it.

    \b
    Exit codes: 0 gate open, 1 gate closed, 2 invalid input, 3 no decision,
    4 conditional (with --detailed-exitcode), 5 nothing counting planned,
    130/143 interrupted. Of several targets the worst: 3 > 2 > 5 > 1 > 4 > 0.
    """
    settings = settings_of(values)
    job = Job(
        paths=find_manifests(values["paths"]),
        wishes=Wishes(settings, values["profile"], values["environment"]),
        wanted=wanted_reports(values["format"]),
        gate=Gate(values["fail_on"] == "conditional", values["detailed_exitcode"]),
        color=values["color"],
    )
    _require_apart(job)
    return run(lambda interruption: evaluate_all(job, interruption))


def _require_apart(job: Job) -> None:
    """Raise if a report would be written over what is judged, or over the record or the log."""
    settings = job.wishes.settings
    # By realpath, which gives an answer for a loop of symbolic links, too.
    paths = (*job.paths, settings.store, settings.log)
    kept = {os.path.realpath(path) for path in paths if path}
    for report in job.wanted:
        if report.path is not None and os.path.realpath(report.path) in kept:
            problem = f"must be a file of its own, got {shown(str(report.path))}: it is in use"
            raise SettingsError(Fault("--format", 0, 0, problem))


async def evaluate_all(job: Job, interruption: Interruption) -> int:
    """Evaluate everything in a loop that runs already, report it, and return the exit code."""
    progress = Progress(len(job.paths))
    house = assemble(job.wishes.settings, install(job.wishes.settings), (progress,))
    look = look_of(job.color)
    several = len(job.paths) > 1
    stored_in = str(job.wishes.settings.store or "")
    reports = Reports(
        tuple((make_format(w.format, look, stored_in, several), w.path) for w in job.wanted)
    )
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
                await reports.add(item)
                exits.append(exit_of(item, job.gate))
        await reports.close()
    except OutputError as error:
        say(str(error))
        exits.append(Exit.UNDECIDED)
        await _abandon(running)
    finally:
        await house.close()
    return interruption.exit or worst(exits)


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
