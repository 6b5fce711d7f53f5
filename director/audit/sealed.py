"""One entry of the log with its seal, held against the log's key before anything is said of it."""

from __future__ import annotations

from director.audit.checkpoint import accepted
from director.audit.note import NoteError, VerifierKey
from director.audit.tree import leaf_hash
from director.errors import StoreError
from director.model.audit import Log, Seal
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One entry of the log.

    Attributes:
        origin: Which log.
        seal: Its place, its leaf and the checkpoint over the tree that it ends.
        body: Its exact bytes.
    """

    origin: str
    seal: Seal
    body: bytes

    def document(self) -> dict[str, object]:
        """Return where it stands, as plain JSON values."""
        return {
            "origin": self.origin,
            "index": self.seal.index,
            "leaf": f"sha256:{self.seal.leaf.hex()}",
            "checkpoint": self.seal.checkpoint,
        }


def sealed_entry(log: Log, seal: Seal, body: bytes) -> SealedEntry:
    """Return an entry that is what was sealed, as far as it alone can tell.

    Whether the entries before it are is for ``director audit verify``.

    Raises:
        StoreError: It is not.
    """
    try:
        checkpoint = accepted(seal.checkpoint, [VerifierKey.parse(log.public_key)])
    except NoteError as error:
        raise _tampered(seal, str(error)) from error
    if (checkpoint.origin, checkpoint.head.size) != (log.origin, seal.index + 1):
        raise _tampered(seal, "its checkpoint is that of another")
    if leaf_hash(body) != seal.leaf:
        raise _tampered(seal, "its bytes are not those of its leaf")
    return SealedEntry(log.origin, seal, body)


def _tampered(seal: Seal, why: str) -> StoreError:
    return StoreError(
        f"entry {seal.index} of the audit log is not what was sealed: {why}; run director audit "
        "verify"
    )
