"""A worker: loads one plugin, and runs its checks when the host says so.

Messages of the host are objects with one of these keys:

``load``
    First and once: ``name`` of the entry point, its ``value``, and ``definitions`` for it. Answered
    by ``offers`` and ``defined``, by ``flaws`` of definitions, or by ``refused`` with a code and a
    detail.
``run``
    The number of a run, with the id of the ``check``, its ``options`` and the ``target``. Answered
    by ``run`` with ``said`` (an answer), ``fault`` (the probe's) or ``broke`` (a code and a
    reason).
``cancel``
    The number of a run that shall stop.
``call``
    The number of a question to the probe, with ``answer``, or with ``refusal``.

A worker asks the probe with ``ask``, the name of the method; see :mod:`.probe`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple

from director.errors import PluginError
from director.isolation.codec import CodecError, plain, value_of
from director.isolation.inside.pipe import Pipe, TooLargeError
from director.isolation.inside.probe import Asks, HostProbe
from director.isolation.inside.steps import Steps
from director.isolation.inside.verdicts import answered, raised, refused, too_large, unsendable
from director.isolation.marker import Marker
from director.model.catalog import Offer
from director.model.definition import Definition, DefinitionError
from director.model.text import printable

BEAT_S = 0.1
"""How often the event loop says that it turns while something runs, in seconds."""


class Tools(NamedTuple):
    """What a worker is given by whoever builds the house.

    Attributes:
        load: Loads a plugin, given the name and the value of its entry point and definitions;
            returns its check classes by id, its offers, and the ids of definitions it took.
        judges: What judges answers, as ``module:name``.
    """

    load: Callable[
        [str, str, tuple[Definition, ...]],
        tuple[Mapping[str, Any], tuple[Offer, ...], frozenset[str]],
    ]
    judges: str


def serve(channel: int, memory: int, tools: Tools) -> None:
    """Serve one plugin until the host hangs up."""
    marker = Marker(memory)
    os.close(memory)
    pipe = Pipe(channel)
    loop = asyncio.new_event_loop()  # Before the plugin can say how loops are made.
    loop.time = monotonic  # type: ignore[method-assign]  # nor what time it is
    worker = _Worker(pipe, marker, tools.judges, loop)
    try:
        if worker.load(pipe.first(), tools):
            worker.serve()
    except (EOFError, OSError):
        return  # The host is gone, and so is the keeper's reason to keep us.
    finally:
        _flush()


def _flush() -> None:
    """Send what was printed on its way."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001, S112  # it may be anything by now, or nothing
            continue


class _Worker:
    def __init__(
        self, pipe: Pipe, marker: Marker, judges: str, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._pipe = pipe
        self._marker = marker
        self._judges = judges
        self._loop = loop
        self._asks = Asks(pipe.send)
        self._classes: Mapping[str, Any] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}
        self._ended = loop.create_future()
        self._beating = False

    def load(self, message: Mapping[str, Any], tools: Tools) -> bool:
        """Load the plugin, say what it offers, and return whether it offers anything."""
        try:
            wanted = message["load"]
            definitions = value_of(wanted["definitions"])
            self._classes, offers, defined = tools.load(
                wanted["name"], wanted["value"], definitions
            )
            told = {"offers": plain(offers), "defined": sorted(defined)}
        except DefinitionError as error:
            self._pipe.send({"flaws": plain(error.flaws)})
            return False
        except PluginError as error:
            self._pipe.send({"refused": [error.code, printable(error.detail)]})
            return False
        except CodecError as error:
            self._pipe.send({"refused": ["bad_offer", f"what it offers {error}"]})
            return False
        try:
            self._pipe.send(told)
        except TooLargeError as error:
            self._pipe.send({"refused": ["bad_offer", f"what it offers is too long: {error}"]})
            return False
        return True

    def serve(self) -> None:
        """Do what messages say until the host hangs up."""
        self._loop.add_reader(self._pipe.fileno(), self._read)
        while not self._ended.done() and not self._loop.is_closed():
            try:
                self._loop.run_until_complete(self._ended)
            except RuntimeError:  # A check stopped the loop: that is not for it to say.
                continue

    def _read(self) -> None:
        try:
            for message in self._pipe.ready():
                self._do(message)
        except (EOFError, OSError):
            if not self._ended.done():
                self._ended.set_result(None)

    def _do(self, message: Mapping[str, Any]) -> None:
        if "run" in message:
            number = message["run"]
            self._runs[number] = self._loop.create_task(self._run(number, message))
            if not self._beating:
                self._beating = True
                self._beat()
        elif "cancel" in message:
            if (task := self._runs.get(message["cancel"])) is not None:
                task.cancel()
        elif "call" in message:
            answer, refusal = value_of(message.get("answer")), message.get("refusal")
            self._asks.answered(message["call"], answer, refusal)

    def _beat(self) -> None:
        self._marker.beat()
        self._beating = bool(self._runs)
        if self._beating:
            self._loop.call_later(BEAT_S, self._beat)

    async def _run(self, number: int, message: Mapping[str, Any]) -> None:
        try:
            said = await self._said(number, message)
            self._marker.begin(number)  # To tell what came of it can take long, too.
            _flush()  # What was printed arrives before the word on the run does.
            try:
                self._pipe.send({"run": number, **said})
            except TooLargeError as error:
                self._pipe.send({"run": number, **too_large(error.size)})
            except (ValueError, MemoryError) as error:
                self._pipe.send({"run": number, **unsendable(error)})
        finally:
            self._marker.end()
            del self._runs[number]

    async def _said(self, number: int, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what came of the run, whatever the check does."""
        self._marker.begin(number)
        try:
            target = value_of(message["target"])
            try:
                check = self._classes[message["check"]](**dict(message["options"]))
            except ValueError as error:
                return refused(error)
            if hasattr(check, "judge"):
                return answered(check.judge(target.manifest))
            probe = HostProbe(self._asks, number, self._judges)
            return answered(await Steps(check.run(target, probe), self._marker, number))
        except BaseException as error:  # noqa: BLE001  # a plugin's sys.exit() is a finding, too
            return raised(error)
