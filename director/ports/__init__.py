"""Floor 2: what the house needs of the world, as Protocols."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

from director.model.audit import Head, Kept, Log, Seal, Stored, TableRow, Trunk
from director.model.check import CheckSpec
from director.model.event import Event
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.manifest import Manifest, Target
from director.model.outcome import Answer
from director.model.proof import Proof
from director.model.record import Record
from director.model.standing import Standing
from director.ports.probe import Probe as Probe
from director.ports.probe import Prober as Prober
from director.ports.probe import ProbeSession as ProbeSession
from director.ports.probe import ProbeView as ProbeView


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, on the time line of the event loop."""
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
    """Where decisions are kept, and what happened around them, in one log that only grows."""

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

    async def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none.

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

    async def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def history(
        self,
        service: str,
        environment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first.

        Args:
            service: The service.
            environment: Where; None for everywhere.
            before: The ``seq`` of the last one of the page before this; None for the first page.
            limit: How many at most, at least 1.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def casework(
        self, service: str | None = None, environment: str | None = None
    ) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first.

        Args:
            service: The service; None for all.
            environment: Where; None for everywhere.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def record(self, record: Record, entries: Sequence[Entry] = ()) -> Kept:
        """Make *record* and *entries* durable together; return the record as it was read back.

        What is recorded already changes nothing. An entry of the kind ``override.used`` says that
        gates act on GO, by the override that is its subject.

        Raises:
            StoreError: It is not certain that they are durable, or one of them is recorded with
                other content.
        """
        ...

    async def act(
        self,
        service: str,
        environment: str,
        decide: Callable[[tuple[Entry, ...]], Sequence[Entry]],
    ) -> tuple[Entry, ...]:
        """Append what *decide* makes of a target's casework, and return it once it is durable.

        Nothing is appended in between, by anybody: of two who act at once, the second is shown
        what the first did.

        Args:
            service: The service.
            environment: Where; empty if the manifest names no environment.
            decide: Pure, quick, and maybe asked again: gets the casework, oldest first, and
                returns the new entries. It runs on a thread of the store. A ``DirectorError``
                that it raises is raised here, and nothing is appended.

        Raises:
            StoreError: It is not certain that the entries are durable.
        """
        ...

    async def log(self) -> Log:
        """Return which audit log it is and how many entries it has.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def leaves(self, start: int = 0, limit: int = 256) -> tuple[Stored, ...]:
        """Return entries of the audit log in their order; none after the last.

        Args:
            start: The place of the first, counted from 0.
            limit: How many at most.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def since(self, seq: int, limit: int = 1000) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, by anybody, in its order.

        Args:
            seq: The place of the last entry that is known; -1 for all.
            limit: How many at most, at least 1.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    def table_rows(self) -> AsyncGenerator[tuple[TableRow, ...]]:
        """Yield every row of every table as it stands at one moment, page by page.

        First the ``log``; then the ``entries`` in their order, each with what ``decisions`` has
        in its place, and other rows of that after them; then ``evidence``, sorted by digest, and
        ``conditions``. To be closed by whoever does not take all.

        Raises:
            StoreError: The record cannot be read.
        """
        ...

    async def erase_evidence(self, before: datetime, entry: Callable[[int], Entry]) -> int:
        """Erase facts that no decision since *before* rests on, and return how many sets of them.

        No record is changed: each keeps the digest of what it rested on.

        Args:
            before: A moment, aware.
            entry: Given how many sets it is, returns the entry that tells of it,
                which is durable together with the erasure. Not asked if there are none.

        Raises:
            StoreError: It is not certain that they are erased.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


class Notary(Protocol):
    """Seals what is appended to the audit log."""

    @property
    def origin(self) -> str:
        """The log that it seals, as the first line of its checkpoints."""
        ...

    @property
    def public_key(self) -> str:
        """What its checkpoints are verified with, as a C2SP verifier key."""
        ...

    def seal(self, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
        """Return the tree after *bodies* were appended to *trunk*, and a seal for each of them."""
        ...


class Anchor(Protocol):
    """Keeps checkpoints of the audit log elsewhere, so that an older log is told by them."""

    def last(self) -> Head | None:
        """Return the largest tree that was kept, or None if there is none.

        Raises:
            StoreError: It cannot be read.
        """
        ...

    def keep(self, checkpoint: str) -> None:
        """Make *checkpoint* durable.

        Raises:
            StoreError: It is not certain that it is durable.
        """
        ...


class Prover(Protocol):
    """Says who agreed to a text, by the operator's word on whose key is whose."""

    async def prove(self, namespace: str, text: str, armor: str, at: datetime) -> Proof:
        """Return whose signature *armor* over *text* is, or why it proves nothing.

        Args:
            namespace: What the signature must have been made for.
            text: What was signed, to the byte in UTF-8.
            armor: The signature.
            at: The moment at which the key must be valid, aware, in UTC.
        """
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
