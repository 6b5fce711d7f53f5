"""What every store can be asked, inside one transaction: tables of a database, or of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from director.model.audit import Kept, Log, Seal, Stored
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.note import Note, NoteKind
from director.model.record import Record
from director.model.standing import Standing
from director.model.value import dataclass
from director.store.leaf import Leaf
from director.store.sealing import LogState


@dataclass(frozen=True, slots=True)
class Place:
    """An entry as it stands in the log.

    Attributes:
        body: Its exact bytes.
        seal: Its seal; None if it has none yet.
    """

    body: bytes
    seal: Seal | None


class Pages(Protocol):
    """What is stored, as one transaction sees it."""

    def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target."""
        ...

    def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none."""
        ...

    def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none."""
        ...

    def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted."""
        ...

    def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted."""
        ...

    def history(self, asked: HistoryPage) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first."""
        ...

    def casework(self, service: str | None, environment: str | None) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first."""
        ...

    def log(self) -> Log:
        """Return which audit log it is and how many entries it has."""
        ...

    def size(self) -> int:
        """Return how many entries the log has."""
        ...

    def leaves(self, start: int, limit: int) -> tuple[Stored, ...]:
        """Return entries of the log in their order."""
        ...

    def places(self, ids: Iterable[str]) -> dict[str, Place]:
        """Return those of the entries *ids* that are stored, by id."""
        ...

    def checkpoint(self, index: int) -> str | None:
        """Return the checkpoint of the entry at a place; None if it has none."""
        ...

    def state(self) -> LogState:
        """Return what appending needs to know of the log."""
        ...

    def unsealed(self, start: int, limit: int) -> list[bytes]:
        """Return the bytes of entries from a place on."""
        ...

    def seal(self, seals: Sequence[Seal]) -> None:
        """Add seals to entries that are stored without."""
        ...

    def add(self, start: int, leaves: Sequence[Leaf], seals: Sequence[Seal | None]) -> None:
        """Append *leaves* at the place *start*, with what else is known of decisions."""
        ...

    def keep(self, state: LogState) -> None:
        """Remember the log as it is now."""
        ...

    def erasable(self, before: str) -> int:
        """Return how many sets of facts there are that no decision since *before* rests on."""
        ...

    def erase(self, before: str) -> None:
        """Erase them."""
        ...

    def since(self, seq: int, limit: int) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, in its order."""
        ...

    def noted(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none."""
        ...

    def notes(self, kind: NoteKind, after: str, limit: int) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by the bytes of their keys."""
        ...

    def note(self, notes: Sequence[Note]) -> None:
        """Replace or forget *notes*, each of which is about another thing."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Which part of a history is asked for; the words are those of the ``Store``."""

    service: str
    environment: str | None
    before: int | None
    limit: int
