"""How the log grows: in groups, each in one transaction, the same way for every store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from director.errors import DirectorError, StoreError
from director.model.audit import Kept, Seal
from director.model.ledger import Entry
from director.model.record import Record
from director.model.value import dataclass
from director.store.codec import Encoder
from director.store.leaf import Leaf, decision_leaf, entry_leaf, is_casework
from director.store.pages import Pages, Place
from director.store.sealing import LogState, Sealer, sealed

_SEALED_AT_ONCE = 512


class Draft:
    """What is about to be appended, on top of what is stored.

    Args:
        pages: What is stored, in a transaction that writes.
        known: What is stored already of what will be added.
    """

    def __init__(self, pages: Pages, known: dict[str, Place]) -> None:
        self.pages = pages
        self.leaves: dict[str, Leaf] = {}
        self._known = known

    def add(self, leaves: Sequence[Leaf]) -> None:
        """Append those of *leaves* that are not there yet, or none of them.

        Raises:
            StoreError: One of them is there with other content.
        """
        fresh: dict[str, Leaf] = {}
        for leaf in leaves:
            found = self.leaves.get(leaf.id) or fresh.get(leaf.id) or self._known.get(leaf.id)
            if found is None:
                fresh[leaf.id] = leaf
            elif found.body != leaf.body:
                raise _changed(leaf)
        self.leaves.update(fresh)

    def look_up(self, leaves: Sequence[Leaf]) -> None:
        """Find out which of *leaves* are there already."""
        self._known |= self.pages.places([leaf.id for leaf in leaves])

    def casework(self, service: str, environment: str) -> tuple[Entry, ...]:
        """Return what became of a target's waivers and overrides, up to this moment."""
        new = (
            leaf.entry
            for leaf in self.leaves.values()
            if leaf.entry is not None
            and is_casework(leaf.kind)
            and (leaf.service, leaf.environment) == (service, environment)
        )
        return (*self.pages.casework(service, environment), *new)


class Job(Protocol):
    """Something to append, with its answer."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """What it appends, as far as that is known."""
        ...

    def prepare(self) -> None:
        """Do what needs no transaction, before there is one: others can write meanwhile.

        Raises:
            StoreError: It cannot be appended.
        """
        ...

    def draw(self, draft: Draft) -> None:
        """Append it to *draft*.

        Raises:
            StoreError: It cannot be appended; nothing of it is.
        """
        ...

    def answer(self, places: dict[str, Place]) -> Any:  # noqa: ANN401  # each job has its own
        """Return the answer, once everything is durable and was read back.

        Raises:
            StoreError: It is not there as it was handed in.
        """
        ...


class Recording:
    """A decision, and the entries that belong to it.

    Args:
        record: The decision.
        entries: What is recorded with it.
        encoder: The store's own, for the thread that prepares.
    """

    def __init__(self, record: Record, entries: Sequence[Entry], encoder: Encoder) -> None:
        self.leaves: Sequence[Leaf] = ()
        self._record = record
        self._entries = entries
        self._encoder = encoder

    def prepare(self) -> None:
        """Write the decision and the entries as bytes.

        Raises:
            StoreError: Something of it cannot be stored.
        """
        encoded = self._encoder.encode(self._record)
        decision = decision_leaf(encoded, self._entries)
        self.leaves = (decision, *(entry_leaf(entry) for entry in self._entries))
        self._record = encoded.record

    def draw(self, draft: Draft) -> None:
        """Append what is not there yet."""
        draft.add(self.leaves)

    def answer(self, places: dict[str, Place]) -> Kept:
        """Return the decision, whose bytes were read back."""
        found = [_read_back(leaf, places) for leaf in self.leaves]
        return Kept(self._record, found[0].seal)


class Acting:
    """Entries that depend on what is there when they are appended."""

    def __init__(
        self,
        service: str,
        environment: str,
        decide: Callable[[tuple[Entry, ...]], Sequence[Entry]],
    ) -> None:
        self.leaves: Sequence[Leaf] = ()
        self._target = service, environment
        self._decide = decide

    def prepare(self) -> None:
        """Nothing: what is there decides."""

    def draw(self, draft: Draft) -> None:
        """Ask for the entries and append them."""
        self.leaves = ()
        self.leaves = [entry_leaf(entry) for entry in self._decide(draft.casework(*self._target))]
        draft.look_up(self.leaves)
        draft.add(self.leaves)

    def answer(self, places: dict[str, Place]) -> tuple[Entry, ...]:
        """Return the entries, whose bytes were read back."""
        for leaf in self.leaves:
            _read_back(leaf, places)
        return tuple(leaf.entry for leaf in self.leaves if leaf.entry is not None)


class Erasing:
    """Facts to erase, with the entry that tells of it."""

    def __init__(self, before: str, entry: Callable[[int], Entry]) -> None:
        self.leaves: Sequence[Leaf] = ()
        self._before = before
        self._entry = entry
        self._count = 0

    def prepare(self) -> None:
        """Nothing: what is there decides."""

    def draw(self, draft: Draft) -> None:
        """Erase them; append the entry if there were any."""
        self.leaves = ()
        self._count = draft.pages.erasable(self._before)
        if self._count:
            self.leaves = [entry_leaf(self._entry(self._count))]
            draft.look_up(self.leaves)
            draft.add(self.leaves)
            draft.pages.erase(self._before)

    def answer(self, places: dict[str, Place]) -> int:
        """Return how many sets of facts are gone."""
        for leaf in self.leaves:
            _read_back(leaf, places)
        return self._count


@dataclass(frozen=True, slots=True)
class Refusal:
    """A job that was refused by itself; whoever asked is told by its error."""

    error: DirectorError


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of a group.

    Attributes:
        refusals: What was refused to each job; None for one whose answer is to be read back.
        checkpoint: The last checkpoint of the log; empty if nothing in it is sealed.
        has_grown: Whether anything was appended; if not, what was asked for was there already.
    """

    refusals: tuple[Refusal | None, ...]
    checkpoint: str
    has_grown: bool


def prepared(jobs: Sequence[Job]) -> tuple[Refusal | None, ...]:
    """Prepare each of *jobs*; return what was refused to it, None if nothing."""
    refusals: list[Refusal | None] = []
    for job in jobs:
        try:
            job.prepare()
        except DirectorError as error:
            refusals.append(Refusal(error))
        else:
            refusals.append(None)
    return tuple(refusals)


def append(pages: Pages, jobs: Sequence[Job], sealer: Sealer) -> Appended:
    """Append what *jobs* bring, in their order.

    Args:
        pages: What is stored, in a transaction that writes and that nobody else can be in.
        jobs: At least one. One that is refused changes nothing of the others.
        sealer: Seals what is appended.

    Raises:
        StoreError: Nothing can be appended at all.
    """
    draft = Draft(pages, pages.places([leaf.id for job in jobs for leaf in job.leaves]))
    refusals: list[Refusal | None] = []
    for job in jobs:
        try:
            job.draw(draft)
        except DirectorError as error:
            refusals.append(Refusal(error))
        else:
            refusals.append(None)
    checkpoint = _sealed(pages, list(draft.leaves.values()), sealer) if draft.leaves else ""
    return Appended(
        tuple(refusals), checkpoint or last_checkpoint(pages), has_grown=bool(draft.leaves)
    )


def answers(
    jobs: Sequence[Job], refusals: Sequence[Refusal | None], places: dict[str, Place]
) -> list[Any]:
    """Return what each of *jobs* came to, after its leaves were read back as *places*."""
    found: list[Any] = []
    for job, refusal in zip(jobs, refusals, strict=True):
        try:
            found.append(refusal or job.answer(places))
        except StoreError as error:
            found.append(Refusal(error))
    return found


def _sealed(pages: Pages, leaves: list[Leaf], sealer: Sealer) -> str:
    """Append *leaves* with their seals, and return the last checkpoint."""
    state, total = pages.state(), pages.size()
    if total < state.trunk.size:
        raise StoreError("the audit log has lost entries; restore the record from a backup")
    notary = sealer.admit(state, pages.checkpoint)
    trunk = state.trunk
    seals: Sequence[Seal | None] = [None] * len(leaves)
    if notary is not None:
        while trunk.size < total:  # From before there were seals.
            older = pages.unsealed(trunk.size, min(_SEALED_AT_ONCE, total - trunk.size))
            trunk, added = sealed(notary, trunk, older)
            pages.seal(added)
        trunk, seals = sealed(notary, trunk, [leaf.body for leaf in leaves])
        state = LogState(notary.origin, notary.public_key, trunk, state.seen_at)
    pages.add(total, leaves, seals)
    state = replace(state, seen_at=max(state.seen_at, *(leaf.at for leaf in leaves)))
    pages.keep(state)
    sealer.sealed(state)
    last = seals[-1]
    return last.checkpoint if last is not None else ""


def last_checkpoint(pages: Pages) -> str:
    """Return the last checkpoint of the log; empty if nothing in it is sealed."""
    size = pages.state().trunk.size
    return (pages.checkpoint(size - 1) or "") if size else ""


def _read_back(leaf: Leaf, places: dict[str, Place]) -> Place:
    found = places.get(leaf.id)
    if found is None:
        raise StoreError(f"{leaf.name} was written and cannot be read back")
    if found.body != leaf.body:
        raise _changed(leaf)
    return found


def _changed(leaf: Leaf) -> StoreError:
    return StoreError(f"{leaf.name} is already recorded with other content")
