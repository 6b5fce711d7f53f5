"""Every plugin that runs elsewhere: loaded at the same time, asked, and ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import TypeAlias

from director.errors import PluginError
from director.isolation.breaker import Breaker
from director.isolation.checks import Targets, maker
from director.isolation.codec import plain
from director.isolation.first_word import offered
from director.isolation.forks import Forks, Parts
from director.isolation.guest import Guest
from director.isolation.start import first_words, last_words
from director.isolation.worker import Worker
from director.model.catalog import Plugin
from director.model.definition import DefinitionError
from director.model.value import dataclass
from director.ports.outside import Came, Housed, Wanted


@dataclass(frozen=True, slots=True)
class Word:
    """What there is to tell of a worker.

    Attributes:
        plugin: Whose worker it is.
        printed: What it printed: the stream, the text, and how many bytes before it were lost.
        ended: How it ended, as a machine word and a sentence; None if it did not, or as it should.
        orphans: How many processes it left.
    """

    plugin: Plugin
    printed: tuple[tuple[str, str, int], ...] = ()
    ended: tuple[str, str] | None = None
    orphans: int = 0


Tell: TypeAlias = Callable[[Word], Awaitable[None]]


class Pool:
    """Workers for all plugins that are not trusted.

    Args:
        parts: Whose work the workers do.
    """

    def __init__(self, parts: Parts) -> None:
        self._forks = Forks(parts)
        self._guests: list[Guest] = []
        self._targets = Targets()
        self._tell: Tell | None = None
        self._untold: list[Word] = []

    def begin(self, wanted: Sequence[Wanted]) -> Callable[[], tuple[Came, ...]]:
        """Begin to load plugins, each in a worker of its own; return what waits for them.

        They load at the same time, while the caller does something else.
        """
        started = [(each, self._first(each)) for each in wanted]

        def finish() -> tuple[Came, ...]:
            first_words([worker for _, worker in started if isinstance(worker, Worker)])
            return tuple([self._housed(each, worker) for each, worker in started])

        return finish

    async def open(self, tell: Tell) -> None:
        """Tell what there was to tell before anybody listened, and from now on at once."""
        self._tell = tell
        untold, self._untold = self._untold, []
        for word in untold:
            await tell(word)

    async def close(self) -> None:
        """End every worker and what it started, for a bounded time."""
        if self._guests:
            await asyncio.wait({asyncio.create_task(guest.close()) for guest in self._guests})
        self.end()

    def end(self) -> None:
        """End every worker that no event loop heard of, and the process that they come from."""
        last_words([guest.idle for guest in self._guests if guest.idle is not None])
        self._forks.close()

    def _first(self, wanted: Wanted) -> Worker | PluginError:
        try:
            return self._start(wanted)
        except PluginError as error:
            return error

    def _start(self, wanted: Wanted) -> Worker:
        worker = Worker(self._forks.fork())
        load = {
            "name": wanted.plugin.name,
            "value": wanted.value,
            "definitions": plain(wanted.definitions),
        }
        worker.send_first({"load": load})
        return worker

    def _housed(self, wanted: Wanted, worker: Worker | PluginError) -> Came:
        if isinstance(worker, PluginError):
            return worker
        try:
            offers, defined = offered(worker, wanted.plugin.name)
        except (DefinitionError, PluginError) as error:
            self._untold.append(Word(wanted.plugin, _printed(worker)))
            return error
        ear = _Ear(wanted.plugin, self._say)
        guest = Guest(wanted.plugin.name, partial(self._start, wanted), Breaker(monotonic), ear)
        guest.adopt(worker)
        self._guests.append(guest)
        makes = [(each.spec.id, maker(each.spec, guest, self._targets)) for each in offers]
        return Housed(offers, tuple(makes), defined=defined)

    async def _say(self, word: Word) -> None:
        if self._tell is None:
            self._untold.append(word)
        else:
            await self._tell(word)


class _Ear:
    """Makes words of what is heard of one plugin's workers."""

    def __init__(self, plugin: Plugin, say: Tell) -> None:
        self._plugin = plugin
        self._say = say

    async def printed(self, worker: Worker) -> None:
        """Say what *worker* printed, if it did."""
        if printed := _printed(worker):
            await self._say(Word(self._plugin, printed))

    async def ended(self, worker: Worker, *, opened: bool) -> None:
        """Say how *worker* ended, unless it ended as it should."""
        ended = worker.how if worker.cause != "closed" else None
        if ended is None and worker.orphans:
            ended = "closed", "it left processes behind"
        printed = _printed(worker)
        if printed or ended:
            await self._say(Word(self._plugin, printed, ended, worker.orphans))
        if opened:
            told = "it crashed too often and is not asked any more"
            await self._say(Word(self._plugin, ended=("breaker_open", told)))


def _printed(worker: Worker) -> tuple[tuple[str, str, int], ...]:
    """Return what *worker* printed since somebody asked."""
    taken = [(each.stream, each.take()) for each in worker.printed]
    return tuple([(stream, *text) for stream, text in taken if text is not None])
