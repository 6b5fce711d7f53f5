"""The audit log: its checkpoint, its entries, and proofs about them."""

from __future__ import annotations

import asyncio
import base64

from aiohttp import web
from pydantic import Field

from director.audit.tree import Tree, leaf_hash
from director.model.value import dataclass
from director.ports import Store
from director.web.api.declare import Answer, Asked, Operation, reply
from director.web.front import FRONT
from director.web.problems import ProblemError

_LARGEST = 2**53 - 1
_PAGE = 1_000


class EntriesAsked(Asked):
    """Which entries."""

    start: int = Field(default=0, ge=0, le=_LARGEST)
    limit: int = Field(default=100, ge=1, le=256)


class InclusionAsked(Asked):
    """Which proof: that the tree of a size has an entry."""

    index: int = Field(ge=0, le=_LARGEST)
    size: int | None = Field(default=None, ge=1, le=_LARGEST)


class ConsistencyAsked(Asked):
    """Which proof: that the tree of one size began as that of another."""

    from_: int = Field(alias="from", ge=0, le=_LARGEST)
    to: int | None = Field(default=None, ge=0, le=_LARGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointDocument:
    """The log in short; ``checkpoint`` is a C2SP signed note, empty before anything is sealed."""

    origin: str
    public_key: str
    size: int
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDocument:
    """One entry; ``body`` is its exact bytes in base64, from which its leaf is made."""

    index: int
    kind: str
    id: str
    body: str
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Entries in their order; ``next`` is where the next page starts, null after the last."""

    items: tuple[EntryDocument, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionDocument:
    """An RFC 6962 audit path; hashes in base64, the lowest first."""

    index: int
    size: int
    leaf: str
    path: tuple[str, ...]
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyDocument:
    """An RFC 6962 consistency proof; hashes in base64."""

    before: int
    after: int
    path: tuple[str, ...]
    root_before: str
    root_after: str


class Grove:
    """The tree over the whole log, in memory: it grows with the log, and is built off the loop.

    Args:
        store: The record.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._leaves: list[bytes] = []
        self._tree = Tree(())
        self._lock = asyncio.Lock()

    async def tree(self) -> Tree:
        """Return the tree as the log is now.

        Raises:
            StoreError: The record cannot be read.
        """
        async with self._lock:
            while page := await self._store.leaves(len(self._leaves), _PAGE):
                self._leaves += [leaf_hash(stored.body) for stored in page]
            if self._tree.size != len(self._leaves):
                self._tree = await asyncio.to_thread(Tree, tuple(self._leaves))
            return self._tree


GROVE = web.AppKey("grove", Grove)
"""Where the application keeps it."""


async def checkpoint(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with the newest checkpoint, and the key that it is verified with."""
    store = request.app[FRONT].store
    log = await store.log()
    last = await store.leaves(max(0, log.size - 1), 1)
    said = CheckpointDocument(
        origin=log.origin,
        public_key=log.public_key,
        size=log.size,
        checkpoint=last[0].checkpoint if last else "",
    )
    return reply(said)


async def entries(request: web.Request, asked: EntriesAsked) -> web.StreamResponse:
    """Answer with entries of the log, to the byte."""
    found = await request.app[FRONT].store.leaves(asked.start, asked.limit)
    items = tuple(
        EntryDocument(
            index=each.index,
            kind=each.kind,
            id=each.id,
            body=_base64(each.body),
            checkpoint=each.checkpoint,
        )
        for each in found
    )
    onward = asked.start + len(found) if len(found) == asked.limit else None
    return reply(EntryPage(items=items, next=onward))


async def inclusion(request: web.Request, asked: InclusionAsked) -> web.StreamResponse:
    """Answer with the proof that the log has an entry."""
    tree = await request.app[GROVE].tree()
    size = tree.size if asked.size is None else asked.size
    if size > tree.size:
        raise ProblemError(404, f"the log has not been so large: it has {tree.size} entries")
    if asked.index >= size:
        raise ProblemError(404, "the log has no such entry at this size")
    leaf = await request.app[FRONT].store.leaves(asked.index, 1)
    said = InclusionDocument(
        index=asked.index,
        size=size,
        leaf=_base64(leaf_hash(leaf[0].body)),
        path=tuple(map(_base64, tree.inclusion(asked.index, size))),
        root=_base64(tree.head(size).root),
    )
    return reply(said)


async def consistency(request: web.Request, asked: ConsistencyAsked) -> web.StreamResponse:
    """Answer with the proof that the log only grew."""
    tree = await request.app[GROVE].tree()
    after = tree.size if asked.to is None else asked.to
    if after > tree.size:
        raise ProblemError(404, f"the log has not been so large: it has {tree.size} entries")
    if asked.from_ > after:
        raise ProblemError(404, f"a log of {after} entries did not begin as one of {asked.from_}")
    said = ConsistencyDocument(
        before=asked.from_,
        after=after,
        path=tuple(map(_base64, tree.consistency(asked.from_, after))),
        root_before=_base64(tree.head(asked.from_).root),
        root_after=_base64(tree.head(after).root),
    )
    return reply(said)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/audit/checkpoint",
        act=checkpoint,
        said="The newest checkpoint of the audit log",
        answers={200: Answer("The checkpoint", CheckpointDocument)},
    ),
    Operation(
        route="GET /api/v1/audit/entries",
        act=entries,
        said="Entries of the audit log, to the byte",
        query=EntriesAsked,
        answers={200: Answer("A page of entries", EntryPage)},
    ),
    Operation(
        route="GET /api/v1/audit/proofs/inclusion",
        act=inclusion,
        said="The proof that the log has an entry",
        query=InclusionAsked,
        answers={
            200: Answer("The proof", InclusionDocument),
            404: Answer("The log has no such entry", None),
        },
    ),
    Operation(
        route="GET /api/v1/audit/proofs/consistency",
        act=consistency,
        said="The proof that the log only grew",
        query=ConsistencyAsked,
        answers={
            200: Answer("The proof", ConsistencyDocument),
            404: Answer("The log has not been so large", None),
        },
    ),
)
"""What this module offers."""
