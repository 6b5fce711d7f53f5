"""Whether a log is what was sealed, found in one pass, in memory that hardly grows with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from director.audit.document import Documents
from director.audit.note import VerifierKey
from director.audit.rows import Blob, Leaf, Row
from director.audit.seals import ALONE, SealReader
from director.audit.shelf import Shelf, Use
from director.audit.tampered import TamperedError
from director.audit.tree import grow, leaf_hash, root
from director.model.audit import Head, Trunk
from director.model.ledger import Kind
from director.model.text import named
from director.model.value import dataclass
from director.rules.statements import (
    OVERRIDE_NAMESPACE,
    OVERRIDE_TYPE,
    WAIVER_NAMESPACE,
    WAIVER_TYPE,
)

__all__ = ["Auditor", "Signed", "TamperedError", "Verified"]

NAMESPACES = {OVERRIDE_TYPE: OVERRIDE_NAMESPACE, WAIVER_TYPE: WAIVER_NAMESPACE}
"""What a signature must have been made for, by the type of the statement that it is over."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature in the log that remains to be looked at.

    Attributes:
        index: The entry that it stands in.
        namespace: What it must have been made for.
        statement: What it is over.
        key: The fingerprint of the key that is said to have made it.
        armor: The signature.
    """

    index: int
    namespace: str
    statement: str
    key: str
    armor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a whole log shows.

    Attributes:
        origin: Which log.
        head: Its tree.
        kinds: How many entries of each kind, sorted.
        evidence: How many pieces of evidence are kept.
        erased: How many are not any more, as its entries say.
        signed: The signatures in it, which remain to be looked at.
        last_at: The moment of the last entry, as it says; empty in an empty log.
    """

    origin: str
    head: Head
    kinds: tuple[tuple[str, int], ...]
    evidence: int
    erased: int
    signed: tuple[Signed, ...]
    last_at: str


class Auditor:
    """Looks at each row of a log once: at all entries, then at the evidence.

    In a long log, signatures are looked at later than the rest. Whoever wants to be told of the
    first entry that is wrong, whatever is wrong with it, looks within ``with auditor:``.

    Args:
        key: What the log is verified with; its name is the log that it must be.
        anchors: Trees that the log must have had, kept elsewhere.
        alone: How many entries a log may have before a process is begun for it.
    """

    def __init__(self, key: VerifierKey, anchors: Iterable[Head] = (), alone: int = ALONE) -> None:
        self._origin = key.name
        self._seals = SealReader(key, alone)
        self._documents = Documents()
        self._anchors = {anchor.size: anchor.root for anchor in anchors}
        self._shelf = Shelf()
        self._at_evidence = False
        self._ids: set[str] = set()
        self._kinds: Counter[str] = Counter()
        self._signed: list[Signed] = []
        self._last_at = ""
        self.trunk = Trunk()
        """The tree of what was looked at so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything; name the first entry that is wrong, if something was.

        Raises:
            TamperedError: An entry before the one that was found wrong is wrong, too.
        """
        try:
            if isinstance(error, TamperedError):
                self._seals.settle()
        finally:
            self._seals.close()

    def take(self, row: Row) -> None:
        """Look at the next row.

        Raises:
            TamperedError: It is not what was sealed.
        """
        if isinstance(row, Leaf):
            self.leaf(row)
        else:
            self.blob(row)

    def leaf(self, leaf: Leaf) -> dict[str, Any]:
        """Look at the next entry, and return what it says.

        Raises:
            TamperedError: It is not what was sealed.
        """
        index = self.trunk.size
        if leaf.index != index or self._at_evidence:
            raise TamperedError(index, f"must come here, entry {leaf.index} does")
        self.trunk = grow(self.trunk, (leaf_hash(leaf.body),))
        head = Head(self.trunk.size, root(self.trunk))
        self._seals.check(leaf, head)
        if self._anchors.get(head.size, head.root) != head.root:
            raise TamperedError(index, "it, or one before it, is not what was anchored")
        found = self._documents.read(index, leaf.kind, leaf.body)
        self._look_into(leaf, found)
        return found

    def blob(self, blob: Blob) -> Use:
        """Look at the next piece of evidence, and return what it is for.

        Raises:
            TamperedError: It is not what some entry names, or not sorted by digest.
        """
        self._at_evidence = True
        return self._shelf.keep(blob)

    def end(self, size: int) -> Verified:
        """Return what the log shows.

        Args:
            size: How many entries it is said to have.

        Raises:
            TamperedError: It has another number, is older than an anchor, or lacks evidence.
        """
        self._seals.settle()
        own = self.trunk.size
        if own > size:
            raise TamperedError(size, f"is one too many, as there are said to be {size}")
        if own < size:
            raise TamperedError(own, f"is missing, as there are said to be {size}")
        if late := [each for each in self._anchors if each > size]:
            raise TamperedError(size, f"is missing, as an anchor has {max(late)} entries")
        kept, erased = self._shelf.end()
        return Verified(
            origin=self._origin,
            head=Head(size, root(self.trunk)),
            kinds=tuple(sorted(self._kinds.items())),
            evidence=kept,
            erased=erased,
            signed=tuple(self._signed),
            last_at=self._last_at,
        )

    def _look_into(self, leaf: Leaf, found: dict[str, Any]) -> None:
        """Hold what is said of an entry against what it says itself."""
        decided = leaf.kind == Kind.DECISION
        id_ = found.get("evaluation" if decided else "id")
        if (id_, found.get("kind", Kind.DECISION)) != (leaf.id, leaf.kind):
            raise TamperedError(
                leaf.index, f"it is another than {named(leaf.kind)} {named(leaf.id)}"
            )
        if leaf.id in self._ids:
            raise TamperedError(leaf.index, f"{named(leaf.id)} is there twice")
        self._ids.add(leaf.id)
        self._kinds[leaf.kind] += 1
        self._last_at = str(found.get("decided_at" if decided else "at"))
        if decided and (digest := found.get("evidence")):
            self._shelf.use(leaf.index, digest, self._last_at)
        if leaf.kind == Kind.EVIDENCE_ERASED:
            self._shelf.erase(found.get("subject"))
        if signatures := found.get("signatures"):
            self._signed.extend(_signed(leaf.index, found.get("statement"), signatures))


def _signed(index: int, statement: object, signatures: object) -> Iterable[Signed]:
    if not isinstance(statement, str) or not isinstance(signatures, list):
        raise _unsigned(index)
    try:
        statement.encode()  # Half a surrogate pair is no text that anybody signed.
        namespace = NAMESPACES[json.loads(statement)["type"]]
        parts = [(each["key"], each["armor"]) for each in signatures]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _unsigned(index) from error
    for key, armor in parts:
        if not isinstance(key, str) or not isinstance(armor, str):
            raise _unsigned(index)
        yield Signed(index, namespace, statement, key, armor)


def _unsigned(index: int) -> TamperedError:
    return TamperedError(index, "a signature in it is over no statement")
