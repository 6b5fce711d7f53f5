"""The probe: asks each question once per evaluation and answers everybody who asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Final

from director.model.evidence import Evidence
from director.model.manifest import Target
from director.model.probe import ProbeError, ProbeReason, Reply
from director.ports import Clock
from director.probing.exchange import Exchange, Headers, Question
from director.probing.gate import HostGate
from director.probing.resolver import Lookup, system_lookup
from director.probing.settings import ProbeSettings
from director.probing.sighting import Sighting, sighting, unasked
from director.probing.timeline import Timeline
from director.probing.url import UrlError, resolve, scrub

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that steer the connection: a check cannot set them."""


class HttpProber:
    """Opens probe sessions over HTTP; one for the whole process.

    Args:
        settings: Limits and the address policy.
        clock: Where time comes from.
        lookup: Who resolves names.

    Raises:
        DirectorError: aiohttp runs without its C parser.
    """

    def __init__(
        self, settings: ProbeSettings, clock: Clock, lookup: Lookup = system_lookup
    ) -> None:
        self._exchange = Exchange(settings, lookup)
        self._gate = HostGate(settings.per_host)
        self._clock = clock

    def session(self, target: Target) -> HttpSession:
        """Return the probe for one evaluation of *target*."""
        return HttpSession(self._exchange, self._gate, self._clock, target.base_url)

    async def close(self) -> None:
        """Let go of every connection; sessions are closed before."""
        await self._exchange.close()


class _Shared:
    """One request that several checks may wait for.

    Args:
        run: Makes the request, and puts its timeline here as soon as it has one.
    """

    __slots__ = ("task", "timeline")

    def __init__(self, run: Callable[[_Shared], Coroutine[None, None, Sighting]]) -> None:
        self.timeline: Timeline | None = None  # None while it waits for a free slot
        self.task = asyncio.create_task(run(self))


class HttpSession:
    """The probe of one evaluation: the same question is asked once.

    Args:
        exchange: Who asks.
        gate: How many may ask at once.
        clock: Where time comes from.
        base_url: Where the target answers; None if it cannot be asked.
    """

    def __init__(
        self, exchange: Exchange, gate: HostGate, clock: Clock, base_url: str | None
    ) -> None:
        self._exchange = exchange
        self._gate = gate
        self._base_url = base_url
        self._asked: dict[Question, _Shared] = {}
        self._closed = False
        self.clock = clock
        """Where time comes from."""

    def view(self, deadline_at: float) -> HttpView:
        """Return the probe for one check that must have answered at *deadline_at*."""
        return HttpView(self, deadline_at)

    async def ask(self, path: str, headers: Headers, patience_s: float) -> Sighting:
        """Return what came of a question, or of the wait for it.

        Args:
            path: A path relative to the base URL, or an absolute http(s) URL.
            headers: What to send besides the usual headers; names in lower case, sorted.
            patience_s: How long this asker waits, in seconds. The request goes on without it.

        Raises:
            RuntimeError: The session is closed.
        """
        try:
            question = Question(resolve(self._base_url, path), headers)
        except UrlError as error:
            return unasked(
                ProbeError(ProbeReason.INVALID_URL, str(error), url=scrub(path)), self.clock.now()
            )
        shared = self._asked.get(question)
        if shared is None:
            if self._closed:
                raise RuntimeError("the probe session is closed")
            if patience_s <= 0:
                return self._late(question, "no time was left to ask")
            shared = _Shared(partial(self._run, question))
            self._asked[question] = shared
        if not shared.task.done():
            await asyncio.wait({shared.task}, timeout=max(patience_s, 0.0))
        if not shared.task.done():
            return self._late(
                question, f"no complete answer within {max(patience_s, 0):.3g} s", shared.timeline
            )
        if shared.task.cancelled():
            raise RuntimeError("the probe session is closed")
        return shared.task.result()

    async def close(self) -> None:
        """Stop what still runs."""
        self._closed = True
        running = [shared.task for shared in self._asked.values()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _run(self, question: Question, shared: _Shared) -> Sighting:
        answer: Reply | ProbeError
        async with self._gate.slot(question.url.host):
            self._exchange.prepare(question.url)
            shared.timeline = Timeline(self.clock)
            try:
                answer = await self._exchange.ask(question, shared.timeline)
            except ProbeError as error:
                answer = error
        return sighting(question, answer, self.clock.now())

    def _late(self, question: Question, detail: str, timeline: Timeline | None = None) -> Sighting:
        """Return the sighting of somebody whose patience ended before the request did."""
        shown = question.url.shown
        if timeline is None:
            error = ProbeError(
                ProbeReason.CONNECT_TIMEOUT, f"{detail}, and nothing was sent yet", url=shown
            )
        else:
            error = ProbeError(
                timeline.timed_out,
                detail,
                url=shown,
                phases=timeline.phases(),
                address=timeline.address,
            )
        return sighting(question, error, self.clock.now())


class HttpView:
    """The probe as one check sees it.

    Args:
        session: The probe of the evaluation.
        deadline_at: When the check must have answered, on the clock's monotonic line.
    """

    def __init__(self, session: HttpSession, deadline_at: float) -> None:
        self._session = session
        self._deadline_at = deadline_at
        self._evidence: list[Evidence] = []

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order, each once."""
        return tuple(self._evidence)

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """Ask the target for one page.

        Args:
            path: A path relative to the target's base URL, or an absolute http(s) URL.
            headers: Headers to send besides the usual ones.
            timeout_s: Longest wait for the complete answer, in seconds; None for as long as
                the check's deadline allows.

        Raises:
            ProbeError: There was no complete answer.
            ValueError: A header cannot be sent, or the timeout is not positive and finite.
        """
        patience_s = self._deadline_at - self._session.clock.monotonic()
        if timeout_s is not None:
            if not 0 < timeout_s < float("inf"):
                raise ValueError(f"timeout_s must be over 0 and finite, got {timeout_s}")
            patience_s = min(timeout_s, patience_s)
        seen = await self._session.ask(path, _checked(headers or {}), patience_s)
        if seen.evidence not in self._evidence:
            self._evidence.append(seen.evidence)
        return seen.give()


def _checked(headers: Mapping[str, str]) -> Headers:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError("the name of a header must be a token")
        if name.lower() in _OURS:
            raise ValueError(f"the header {name.lower()} is the probe's own")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the value of the header {name.lower()} must be printable ASCII")
    return tuple(sorted((name.lower(), value) for name, value in headers.items()))
