"""One plugin that runs elsewhere: its workers, and what they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from director.errors import CheckBrokeError, PluginError
from director.isolation.breaker import MOST_CRASHES, WITHIN_S, Breaker
from director.isolation.calls import Calls
from director.isolation.codec import CodecError, value_of
from director.isolation.first_word import offered
from director.isolation.start import FAREWELL_S, LAST_S, LOAD_S
from director.isolation.vigil import Vigil
from director.isolation.worker import Lost, Run, Worker
from director.model.definition import DefinitionError
from director.ports import ProbeView


class Listener(Protocol):
    """Hears of the workers of one plugin."""

    async def printed(self, worker: Worker) -> None:
        """Hear that *worker* may have printed something."""
        ...

    async def ended(self, worker: Worker, *, opened: bool) -> None:
        """Hear that *worker* is gone, and whether that opened the breaker."""
        ...


SECOND_THOUGHT_S = 0.15
"""How long a run that was told to stop may take to say something, in seconds."""

_SPOILT = frozenset(
    {"exception:MemoryError", "exception:OSError", "pids_limit", "result_too_large"}
)
"""What says that a worker has too little left of something to be asked again."""


class Guest:
    """One plugin in workers of its own.

    Its checks share one worker, which stays warm. Where that ends, or stands still, each run that
    it leaves unfinished gets a worker of its own: nobody pays for another's fault, and the guilty
    one is the one that ends a worker which nobody else used.

    Args:
        name: Its entry point.
        start: Starts a worker, and sends it its first message.
        breaker: Counts crashes.
        listener: Hears of every worker.
        load_s: How long it may take to load again, in seconds.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Worker],
        breaker: Breaker,
        listener: Listener,
        load_s: float = LOAD_S,
    ) -> None:
        self._name = name
        self._load_s = load_s
        self._start = start
        self._breaker = breaker
        self._listener = listener
        self._shared: Worker | None = None
        self._starting: asyncio.Task[Worker] | None = None
        self._vigils: dict[Worker, Vigil] = {}
        self._attending: set[asyncio.Task[None]] = set()

    def adopt(self, worker: Worker) -> None:
        """Take *worker*, which has loaded the plugin, as the one that runs share."""
        self._shared = worker

    @property
    def idle(self) -> Worker | None:
        """Its worker that was not asked anything yet and still runs, or None."""
        worker = self._shared
        if worker is None or not worker.runs_on or worker in self._vigils:
            return None
        return worker

    async def examine(self, question: bytes, deadline_s: float, view: ProbeView) -> object:
        """Return what a check answers.

        Args:
            question: The check, its options and the target, as the inside of a JSON object.
            deadline_s: How long it may take, in seconds; whoever calls sees to it.
            view: The probe as the check sees it.

        Raises:
            CheckBrokeError: The check broke, or its process did.
            ProbeError: The check made nothing of the probe's.
        """
        worker = await self._warm()
        said = await self._run(worker, question, deadline_s, view)
        if isinstance(said, Lost) and worker.begun != 1:
            worker = await self._load(shared=False)
            try:
                said = await self._run(worker, question, deadline_s, view)
            finally:
                worker.hang_up()
                self._let_go(worker)
        if isinstance(said, Lost):
            raise CheckBrokeError(said.code, f"it ended its process: {said.detail}")
        return _answer(said)

    async def close(self) -> None:
        """End all workers, and wait until they are gone, for a bounded time."""
        if self._starting is not None:
            self._starting.cancel()
        if self._shared is not None:
            self._attend(self._shared)
        for worker in tuple(self._vigils):
            worker.hang_up()
        if self._attending:
            await asyncio.wait(self._attending, timeout=FAREWELL_S)
        for worker in tuple(self._vigils):
            worker.kill("closed")
        if self._attending:
            await asyncio.wait(self._attending, timeout=LAST_S)
        for worker in tuple(self._vigils):
            worker.close()
        if self._attending:
            await asyncio.wait(self._attending)

    async def _warm(self) -> Worker:
        """Return the worker that runs share, started if there is none."""
        if self._breaker.opened:
            told = f"its plugin crashed {MOST_CRASHES} times in {WITHIN_S / 60:g} minutes"
            raise CheckBrokeError("breaker_open", f"{told} and is not asked any more")
        if self._shared is not None and not self._shared.retired:
            self._attend(self._shared)
            return self._shared
        if self._starting is None:
            self._starting = asyncio.create_task(self._load(shared=True))
            self._starting.add_done_callback(self._started)
        return await asyncio.shield(self._starting)

    def _started(self, starting: asyncio.Task[Worker]) -> None:
        self._starting = None
        if not starting.cancelled() and starting.exception() is None:
            self._shared = starting.result()

    async def _load(self, *, shared: bool) -> Worker:
        """Return a new worker that has loaded the plugin."""
        try:
            worker = self._start()
        except PluginError as error:
            raise CheckBrokeError(error.code, error.detail) from None
        self._attend(worker, counts=shared)
        try:
            async with asyncio.timeout(self._load_s):
                await worker.first_word()
        except TimeoutError:
            worker.kill("load_deadline")
            told = f"its plugin did not load again within {self._load_s:g} s"
            raise CheckBrokeError("load_deadline", told) from None
        except asyncio.CancelledError:
            worker.kill("closed")
            raise
        try:
            offered(worker, self._name)
        except (DefinitionError, PluginError) as error:
            worker.hang_up()
            code = error.code if isinstance(error, PluginError) else "bad_definition"
            raise CheckBrokeError(code, f"its plugin did not load again: {error}") from None
        return worker

    async def _run(
        self, worker: Worker, question: bytes, deadline_s: float, view: ProbeView
    ) -> Any:  # noqa: ANN401  # any JSON
        """Return the word of *worker* on one run, or ``Lost``."""
        if worker not in self._vigils:
            return Lost(*worker.how)  # It ended before anybody asked it.
        calls = Calls(view, worker.send)
        run = worker.begin(calls.ask, deadline_s)
        self._vigils[worker].begin()
        worker.send(b'{"run":%d,%s}' % (run.number, question))
        try:
            try:
                await asyncio.wait({run.ended})
            except asyncio.CancelledError:
                await _told_to_stop(worker, run)
                if not run.ended.done() or isinstance(run.ended.result(), Lost):
                    raise
            said = run.ended.result()
            if not isinstance(said, Lost) and _code(said) in _SPOILT:
                worker.retired = True
            await self._listener.printed(worker)
            return said
        finally:
            calls.close()
            if worker.runs.pop(run.number, None) is not None:
                _abandoned(worker, run)
            self._let_go(worker)

    def _let_go(self, worker: Worker) -> None:
        """Let *worker* end if it shall not be asked anything more and nobody waits for it."""
        if worker.retired and not worker.runs:
            worker.hang_up()
            ending = asyncio.create_task(_ended(worker))
            self._attending.add(ending)
            ending.add_done_callback(self._attending.discard)

    def _attend(self, worker: Worker, *, counts: bool = True) -> None:
        """Hear *worker* from now on, unless that is so already, until it is gone."""
        if worker in self._vigils or not worker.runs_on:
            return
        self._vigils[worker] = Vigil(worker)
        worker.attach(asyncio.get_running_loop())
        attending = asyncio.create_task(self._until_gone(worker, counts=counts))
        self._attending.add(attending)
        attending.add_done_callback(self._attending.discard)

    async def _until_gone(self, worker: Worker, *, counts: bool) -> None:
        await worker.gone.wait()
        del self._vigils[worker]
        opened = worker.crashed and counts and self._breaker.crashed()
        await self._listener.ended(worker, opened=opened)


async def _told_to_stop(worker: Worker, run: Run) -> None:
    """Tell *run* to stop, and give it a moment to say something."""
    worker.send(b'{"cancel":%d}' % run.number)
    await asyncio.wait({run.ended}, timeout=SECOND_THOUGHT_S)


def _abandoned(worker: Worker, run: Run) -> None:
    """See that a *run* that did not stop when it was told to does so."""
    worker.retired = True
    if worker.forked.marker.at_work == run.number or not worker.runs:
        worker.desert(Lost("held_up", "another check of its plugin did not stop when told to"))
        worker.kill("deadline")


async def _ended(worker: Worker) -> None:
    """Wait until *worker* is gone, and see to it that it is."""
    try:
        async with asyncio.timeout(FAREWELL_S):
            await worker.gone.wait()
    except TimeoutError:
        worker.kill("closed")


def _code(said: dict[str, Any]) -> str:
    return str(said["broke"][0]) if "broke" in said else ""


def _answer(said: dict[str, Any]) -> object:
    """Return the answer that the word of a worker holds.

    Raises:
        CheckBrokeError: It says that the check broke, or it is no answer.
        ProbeError: It is the probe's.
    """
    try:
        if "broke" in said:
            code, reason = said["broke"]
            raise CheckBrokeError(str(code), str(reason))
        if "fault" in said:
            raise value_of(said["fault"])
        return value_of(said["said"])
    except (CodecError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckBrokeError("invalid_result", f"its worker said no answer: {error}") from None
