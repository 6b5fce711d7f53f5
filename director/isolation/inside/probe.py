"""The probe as a worker has it: the host asks, so that policy, memory and secrets stay there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

from director.isolation.codec import plain
from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.health import HealthDocument
from director.model.judgement import Judgement
from director.model.probe import ProbeError, Redirects, Reply


class Asks:
    """Sends questions to the host and hands the answers to who waits for them.

    Args:
        send: Sends one message.
    """

    def __init__(self, send: Callable[[Any], None]) -> None:
        self._send = send
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._count = 0

    async def ask(self, run: int, method: str, given: Mapping[str, object]) -> Any:  # noqa: ANN401  # by method
        """Return what the host's probe gives for *method*.

        Raises:
            ProbeError: It gave no answer.
            ValueError: It does not take what it was *given*.
        """
        self._count += 1
        call = self._count
        arguments = {name: plain(value) for name, value in given.items()}
        answer = self._waiting[call] = asyncio.get_running_loop().create_future()
        try:
            self._send({"ask": method, "run": run, "call": call, "given": arguments})
            return await answer
        finally:
            del self._waiting[call]

    def answered(self, call: int, answer: Any, refusal: str | None) -> None:  # noqa: ANN401  # any answer
        """Hand the *answer* of the host to who asked, unless nobody waits any more."""
        waiting = self._waiting.get(call)
        if waiting is None or waiting.done():
            return
        if refusal is not None:
            waiting.set_exception(ValueError(refusal))
        elif isinstance(answer, ProbeError):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)


class HostProbe:
    """The probe of one run; as ``director.plugin.Probe`` has it.

    Args:
        asks: Who asks the host.
        run: The run that asks.
        judges: What judges answers, as ``module:name`` of a class with ``judge`` and ``health``.
    """

    def __init__(self, asks: Asks, run: int, judges: str) -> None:
        self._asks = asks
        self._run = run
        self._judges = judges

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> Reply:
        """Ask the target for one page, at the first address of its host."""
        given = _page(path, headers, timeout_s, redirects)
        reply: Reply = await self._asks.ask(self._run, "get", given)
        return reply

    async def get_each(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        redirects: Redirects = Redirects.SAME_ORIGIN,
    ) -> tuple[Reply | ProbeError, ...]:
        """Ask the target for one page, at every address of its host."""
        given = _page(path, headers, timeout_s, redirects)
        replies: tuple[Reply | ProbeError, ...] = await self._asks.ask(self._run, "get_each", given)
        return replies

    async def handshake(
        self,
        where: str = "",
        *,
        starttls: StartTls | None = None,
        timeout_s: float | None = None,
    ) -> Handshake:
        """Shake hands over TLS, send nothing, and hang up."""
        given = {"where": where, "starttls": starttls, "timeout_s": timeout_s}
        shaken: Handshake = await self._asks.ask(self._run, "handshake", given)
        return shaken

    async def connect(
        self, where: str, *, banner: bool = False, timeout_s: float | None = None
    ) -> Greeting:
        """Open a TCP connection and hang up."""
        given = {"where": where, "banner": banner, "timeout_s": timeout_s}
        greeting: Greeting = await self._asks.ask(self._run, "connect", given)
        return greeting

    async def resolve(
        self,
        name: str,
        type_: RecordType = RecordType.A,
        *,
        resolver: str = "",
        timeout_s: float | None = None,
    ) -> DnsAnswer:
        """Ask a name server for the records of a name."""
        given = {"name": name, "type_": type_, "resolver": resolver, "timeout_s": timeout_s}
        answer: DnsAnswer = await self._asks.ask(self._run, "resolve", given)
        return answer

    def judge(
        self, answer: Reply | Handshake | Greeting | DnsAnswer, expectation: str
    ) -> Judgement:
        """Return whether *answer* meets *expectation*; judged here, as nothing is asked."""
        judgement: Judgement = resolve_name(self._judges)().judge(answer, expectation)
        return judgement

    def health(self, reply: Reply) -> HealthDocument | None:
        """Return what *reply* says of the service's health; None if it is no health document."""
        document: HealthDocument | None = resolve_name(self._judges)().health(reply)
        return document


def _page(
    path: str, headers: Mapping[str, str] | None, timeout_s: float | None, redirects: Redirects
) -> dict[str, object]:
    pairs = None if headers is None else tuple(headers.items())
    return {"path": path, "headers": pairs, "timeout_s": timeout_s, "redirects": redirects}
