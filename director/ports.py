"""Floor 2: what the house needs of the world, as Protocols."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

from director.model.check import CheckSpec
from director.model.event import Event
from director.model.evidence import Evidence
from director.model.manifest import Manifest, Target
from director.model.outcome import Answer
from director.model.probe import Reply
from director.model.record import Record
from director.model.standing import Standing


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, on the time line of the event loop."""
        ...


class Probe(Protocol):
    """What a live check may touch the world with, and nothing else.

    Timeouts, redirects, the address policy, size limits, redaction and the memory of what was
    asked already belong to it.
    """

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
            ProbeError: There was no complete answer. Let it through: the engine turns it into
                the right outcome.
        """
        ...


class ProbeView(Probe, Protocol):
    """The probe as one check sees it; remembers what it showed."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order."""
        ...


class ProbeSession(Protocol):
    """The probe of one evaluation: the same question is asked once and answered to all."""

    def view(self, deadline_at: float) -> ProbeView:
        """Return the probe for one check.

        Args:
            deadline_at: When the check must have answered, on the clock's monotonic line.
        """
        ...

    async def close(self) -> None:
        """Stop what still runs and let go of every connection."""
        ...


class Prober(Protocol):
    """Opens probe sessions."""

    def session(self, target: Target) -> ProbeSession:
        """Return the probe for one evaluation of *target*."""
        ...

    async def close(self) -> None:
        """Let go of threads and sockets."""
        ...


@runtime_checkable
class ManifestCheck(Protocol):
    """A question that the manifest alone answers. Pure: it runs inline and must not block."""

    spec: ClassVar[CheckSpec]

    def judge(self, manifest: Manifest) -> Answer:
        """Return what *manifest* says about the requirement."""
        ...


@runtime_checkable
class LiveCheck(Protocol):
    """A question to the running service, asked through the probe and only through it."""

    spec: ClassVar[CheckSpec]

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Examine *target* once. No retry, no timeout, no ``try``: the engine owns those."""
        ...


Check: TypeAlias = ManifestCheck | LiveCheck


class Store(Protocol):
    """Where decisions are kept."""

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted; empty for none.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def record(self, record: Record) -> Record:
        """Make *record* durable, with its conditions, and return it as it was read back.

        Raises:
            StoreError: It is not certain that the record is durable.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


class Sink(Protocol):
    """Somebody who wants to hear of events. Never awaited by a check."""

    @property
    def name(self) -> str:
        """The sink, for example ``log``."""
        ...

    @property
    def patience_s(self) -> float:
        """How long the engine waits for room before an event is dropped, in seconds."""
        ...

    def offer(self, event: Event) -> bool:
        """Take *event* without blocking; return False if there is no room."""
        ...

    def drop(self, event: Event) -> None:
        """Note that *event* was lost."""
        ...

    @property
    def dropped(self) -> int:
        """How many events were lost so far."""
        ...

    async def close(self) -> None:
        """Deliver what was taken, for a bounded time, and stop."""
        ...
