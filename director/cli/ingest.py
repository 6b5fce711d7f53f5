"""director ingest: rebuild history from log lines."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import click

from director.cli.exits import Exit
from director.cli.options import config_option, settings_of, store_options
from director.cli.recorded import require_store
from director.cli.runner import Interruption, run
from director.cli.say import say
from director.errors import Fault, SettingsError
from director.formats.replay import replay_document, replay_summary, replay_text
from director.loading.log_history import Rebuild
from director.loading.log_lines import LONGEST_BYTES, Rejected, read_line
from director.model.replay import Replay, ReplayedDecision
from director.model.text import named
from director.ports import Store
from director.sinks.fields import KINDS
from director.wiring.record import open_store

_GZIP = b"\x1f\x8b"
_LOOK_S = 0.5
"""How often a file that is followed is looked at, in seconds."""


@click.command(short_help="Rebuild history from log lines.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|-]...")
@click.option(
    "--follow",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read this file, and go on as it grows, until it is interrupted.",
)
@click.option(
    "--rejects",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what is no line of ours here, with its file, its number and why.",
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit 1 if a line was rejected, or is missing.")
@click.option(
    "--against-record",
    is_flag=True,
    help="Hold it against the record: exit 1 if a decision that was recorded is not there.",
)
@store_options
@config_option
def command(**values: Any) -> int:  # noqa: ANN401  # click passes every option by name
    """Read log lines back, whatever a pipeline made of them, and show what was decided.

    Lines may be nested, stringified, in the envelopes of Docker, CRI, journald, Google Cloud,
    Datadog or Elasticsearch, under the names of ECS or OTLP, and compressed by gzip. What is read
    back is for looking: the record alone is what gates act on.
    """
    if not values["files"] and values["follow"] is None:
        raise SettingsError(Fault("FILE", 0, 0, "must be given, or --follow"))
    if values["follow"] is not None and (values["files"] or values["format"] == "json"):
        raise SettingsError(Fault("--follow", 0, 0, "must be without other files, as text"))
    return run(lambda interruption: _ingest(values, interruption))


async def _ingest(values: dict[str, Any], interruption: Interruption) -> int:
    rebuild = Rebuild()
    with ExitStack() as stack:
        rejects = _opened(values["rejects"], stack)
        if values["follow"] is not None:
            await _follow(values["follow"], rebuild, rejects, interruption)
        for path in values["files"]:
            for number, raw in enumerate(_lines(path, stack), 1):
                _take(rebuild, raw, (str(path), number), rejects)
    replay = rebuild.result()
    if values["follow"] is None:
        _show(replay, values["format"])
    say(replay_summary(replay))
    if not replay.accepted:
        return Exit.UNDECIDED
    lost = await _lost(replay, values) if values["against_record"] else 0
    bad = values["strict"] and (replay.rejected or replay.missing)
    return Exit.CLOSED if bad or lost else Exit.OPEN


def _show(replay: Replay, form: str) -> None:
    if form == "json":
        click.echo(replay_document(replay).encode(), nl=False)
        return
    for decision in replay.decisions:
        click.echo(replay_text(decision))


def _take(
    rebuild: Rebuild, raw: bytes, place: tuple[str, int], rejects: IO[str] | None
) -> list[str]:
    """Take one line; return the evaluations that it decided."""
    found = read_line(raw, KINDS)
    if isinstance(found, Rejected):
        rebuild.reject()
        if rejects is not None:
            said = {"file": place[0], "line": place[1], "reason": found.reason}
            text = raw[:LONGEST_BYTES].decode("utf-8", "backslashreplace").rstrip("\n")
            rejects.write(json.dumps({**said, "text": text}) + "\n")
        return []
    return [
        str(line["director.evaluation.id"])
        for line in found
        if rebuild.take(line)
        and line["event.name"] == "director.decision.made"
        and "director.evaluation.id" in line
    ]


async def _follow(
    path: Path, rebuild: Rebuild, rejects: IO[str] | None, interruption: Interruption
) -> None:
    """Show decisions as the file grows, until a signal comes."""
    stop = asyncio.Event()
    interruption.on_signal = stop.set
    number = 0
    async for raw in _growing(path, stop):
        number += 1
        decided = _take(rebuild, raw, (str(path), number), rejects)
        if decided:
            known = {each.evaluation: each for each in rebuild.result().decisions}
            for evaluation in decided:
                click.echo(replay_text(known[evaluation]))
    interruption.obeyed()


async def _growing(path: Path, stop: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield whole lines of a file as they come, also of the one that takes its place."""
    with ExitStack() as stack:
        file = _file(path, stack)
        inode, rest = _inode(path), b""
        while not stop.is_set():
            if piece := file.readline(LONGEST_BYTES + 1):
                rest += piece
                if rest.endswith(b"\n") or len(rest) > LONGEST_BYTES:
                    yield rest
                    rest = b""
                continue
            if (now := _inode(path)) not in {None, inode}:
                file, inode, rest = _file(path, stack), now, b""
                continue
            try:
                async with asyncio.timeout(_LOOK_S):
                    await stop.wait()
            except TimeoutError:
                continue


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _lines(path: Path, stack: ExitStack) -> Iterator[bytes]:
    """Yield the lines of a file or of standard input, however long, in bounded pieces."""
    file: IO[bytes] = sys.stdin.buffer if str(path) == "-" else _file(path, stack)
    if isinstance(file, BufferedReader) and file.peek(2)[:2] == _GZIP:
        file = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
    cut = False
    try:
        while piece := file.readline(LONGEST_BYTES + 1):
            whole = piece.endswith(b"\n")
            # Of a line that is too long the first piece stands for all; it is rejected.
            if not cut and piece.strip():
                yield piece
            cut = not whole and len(piece) > LONGEST_BYTES
    except (OSError, EOFError) as error:
        raise SettingsError(Fault(named(path), 0, 0, f"cannot be read on: {error}")) from error


def _file(path: Path, stack: ExitStack) -> IO[bytes]:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        problem = f"must be a file that can be read, got {error.strerror}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error


def _opened(path: Path | None, stack: ExitStack) -> IO[str] | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("x", encoding="utf-8"))
    except OSError as error:
        problem = f"must be a file that is not there yet, got {error.strerror}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error


async def _lost(replay: Replay, values: dict[str, Any]) -> int:
    """Say which decisions the record does not have, or has otherwise; return how many."""
    store = open_store(require_store(settings_of(values).store))
    try:
        lost = [
            problem
            for decision in replay.decisions
            if decision.recorded and (problem := await _amiss(decision, store))
        ]
    finally:
        await store.close()
    for problem in lost:
        say(problem)
    return len(lost)


async def _amiss(decision: ReplayedDecision, store: Store) -> str:
    record = await store.evaluation(decision.evaluation)
    if record is None:
        return f"{decision.evaluation} of {decision.target} is not in the record"
    said = decision.service, decision.environment, decision.decision, decision.pass_rate
    held = record.service, record.environment, record.decision, record.pass_rate
    if said != held:
        return f"{decision.evaluation}: the log says {said}, the record {held}"
    return ""
