"""What the audit log is made of: the tree's growing edge, and the seal on each entry."""

from __future__ import annotations

from collections.abc import Mapping

from director.model.record import Record
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Trunk:
    """Everything about an RFC 6962 tree that appending to it needs.

    Attributes:
        size: How many entries it has.
        hashes: The roots of its largest complete subtrees, the largest first, 32 bytes each; one
            for each bit that is set in *size*.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A tree in short: two trees with the same head have the same entries.

    Attributes:
        size: How many entries it has.
        root: Its RFC 6962 tree hash, 32 bytes.
    """

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes an entry's bytes evident: its leaf, and the signed size and root after it.

    Attributes:
        index: The place of the entry in the log, counted from 0.
        leaf: SHA-256 over a zero byte and the entry's exact bytes.
        checkpoint: A C2SP signed note over the tree of size ``index + 1``.
    """

    index: int
    leaf: bytes
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Log:
    """An audit log in short, as its store tells it.

    Attributes:
        origin: Which log, as the first line of its checkpoints; empty before anything is sealed.
        public_key: What its checkpoints are verified with, as a C2SP verifier key; empty likewise.
        size: How many entries it has.
    """

    origin: str
    public_key: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One entry of an audit log, as it is stored.

    Attributes:
        index: Its place, counted from 0.
        kind: What it tells, for example ``decision``.
        id: Which entry; for a decision the evaluation.
        body: Its exact bytes.
        checkpoint: The signed note over the tree with it as the last entry; empty in one from
            before there were seals, until the next entry is appended.
        evidence: The digest of the decision's facts; empty if it has none.
        facts: The bytes that it is the digest of; None if they were erased, or there are none.
    """

    index: int
    kind: str
    id: str
    body: bytes
    checkpoint: str
    evidence: str = ""
    facts: bytes | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the tables that a store looks things up in, as it stands there, right or wrong.

    Attributes:
        table: ``log``, ``entries``, ``decisions``, ``evidence`` or ``conditions``.
        values: What it has, by column. The ``facts`` of evidence are unpacked, and None if they
            cannot be; in a text, what is no UTF-8 stands as half surrogate pairs.
    """

    table: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision as it was read back from the store.

    Attributes:
        record: The decision.
        seal: Its seal in the audit log; None if the store keeps no log.
    """

    record: Record
    seal: Seal | None = None
