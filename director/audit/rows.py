"""What a log is handed over as: all entries in the order of recording, then the evidence."""

from __future__ import annotations

from typing import TypeAlias

from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry as it was stored.

    Attributes:
        index: Its place, counted from 0.
        kind: What it is said to tell, for example ``decision``.
        id: Which entry it is said to be.
        body: Its exact bytes.
        checkpoint: The signed note over the tree with this entry as its last one.
    """

    index: int
    kind: str
    id: str
    body: bytes
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Blob:
    """Evidence that is kept.

    Attributes:
        digest: ``sha256:`` and 64 hexadecimal digits.
        body: The bytes that it is said to be the digest of.
    """

    digest: str
    body: bytes


Row: TypeAlias = Leaf | Blob
