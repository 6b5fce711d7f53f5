"""Workers for many plugins at once, before there is an event loop."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, TypeAlias

from director.isolation.worker import Worker

LOAD_S = 10.0
"""How long a plugin may take to load, in seconds."""

FAREWELL_S = 0.25
"""How long a worker may take to end by itself, in seconds."""

LAST_S = 2.0
"""How long a worker that was killed may take to be gone, in seconds."""

_Reader: TypeAlias = Callable[[], bool]


def first_words(workers: Sequence[Worker], budget_s: float = LOAD_S) -> None:
    """Wait until every worker said its first word, or is gone.

    Those that say nothing in time, or that refuse their plugin, are ended; their causes and their
    last words are in them.

    Args:
        workers: Workers that were sent their first message.
        budget_s: How long that may take, in seconds.
    """
    until = monotonic() + budget_s
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            _listen(selector, worker)
        _turn(selector, until, lambda: all(w.first is not None or not w.runs_on for w in workers))
        waiting = [worker for worker in workers if not _offers(worker)]
        for worker in waiting:
            if worker.first is None:
                worker.kill("load_deadline")
            else:
                worker.hang_up()
        _turn(selector, monotonic() + LAST_S, lambda: not any(w.runs_on for w in waiting))
        for worker in waiting:
            worker.close()


def last_words(workers: Sequence[Worker]) -> None:
    """End *workers*, and wait until everything they started is gone, for a bounded time."""
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            _listen(selector, worker)
            worker.hang_up()
        for patience_s in (FAREWELL_S, LAST_S):
            _turn(selector, monotonic() + patience_s, lambda: not any(w.runs_on for w in workers))
            for worker in workers:
                worker.kill("closed")
    for worker in workers:
        worker.close()


def _offers(worker: Worker) -> bool:
    return worker.runs_on and isinstance(worker.first, dict) and "offers" in worker.first


def _listen(selector: selectors.BaseSelector, worker: Worker) -> None:
    forked = worker.forked
    readers: list[tuple[Any, _Reader]] = [
        (forked.channel, worker.read_channel),
        (forked.report, worker.read_report),
        *(
            (pipe, partial(worker.read_printed, printed, pipe))
            for printed, pipe in zip(worker.printed, (forked.output, forked.errors), strict=True)
        ),
    ]
    for end, read in readers:
        selector.register(end, selectors.EVENT_READ, read)


def _turn(selector: selectors.BaseSelector, until: float, done: Callable[[], bool]) -> None:
    """Read what there is to read until it is *done*, or too late."""
    while not done() and (left := until - monotonic()) > 0:
        for key, _ in selector.select(left):
            read: _Reader = key.data
            if not read():
                selector.unregister(key.fileobj)
