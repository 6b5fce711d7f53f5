"""The checkpoints of one log, read as strictly as they are written."""

from __future__ import annotations

from collections import deque

from director.audit.checkpoint import Checkpoint, accepted
from director.audit.ed25519 import SIGNATURE_BYTES, Verifier
from director.audit.mate import Claim, Mate, first_wrong
from director.audit.note import NoteError, VerifierKey, from_base64
from director.audit.rows import Leaf
from director.audit.tampered import TamperedError
from director.model.audit import Head
from director.model.value import dataclass

ALONE = 4096
"""So many entries are verified before another process would have begun to be of use."""

_BATCH = 128

_ID_BYTES = 4
_ENCODED_CHARACTERS = -(-(_ID_BYTES + SIGNATURE_BYTES) // 3) * 4
"""How long a signature is in base64, with the key's id before it."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A checkpoint of the right form, whose signature is still to be looked at.

    Attributes:
        index: Whose it is.
        checkpoint: The signed note.
        head: The tree that it is over.
        signed: Its text, and the signature over it.
    """

    index: int
    checkpoint: str
    head: Head
    signed: Claim


class SealReader:
    """Holds checkpoints against the one form that the Director gives them.

    A signed note may carry more: other signatures, other lines. Ours do not, so that no byte of
    one can be changed without being noticed. In a long log the signatures are looked at some
    entries later, by a process beside ours.

    Args:
        key: What the log is verified with; its name is the log's origin.
        alone: How many entries a log may have before a process is begun for it.
    """

    def __init__(self, key: VerifierKey, alone: int = ALONE) -> None:
        self._key = key
        self._id = key.id
        self._alone = alone
        self._verifier = Verifier(key.public)
        self._open: list[_Claim] = []
        self._given: deque[list[_Claim]] = deque()
        self._mate: Mate | None = None

    def check(self, leaf: Leaf, head: Head) -> None:
        """Refuse an entry whose checkpoint is not that over the tree *head*.

        Raises:
            TamperedError: It is not, and why; or that of an earlier entry is not.
        """
        text = str(Checkpoint(self._key.name, head))
        encoded = leaf.checkpoint[-_ENCODED_CHARACTERS - 1 : -1]
        signature = b""
        if leaf.checkpoint == f"{text}\n— {self._key.name} {encoded}\n":
            signature = _decoded(encoded)
        if len(signature) != _ID_BYTES + SIGNATURE_BYTES or signature[:_ID_BYTES] != self._id:
            raise TamperedError(leaf.index, self._reason(leaf.checkpoint, head))
        signed = text.encode(), signature[_ID_BYTES:]
        self._open.append(_Claim(leaf.index, leaf.checkpoint, head, signed))
        if leaf.index < self._alone:
            self._look(self._open.pop())
        elif len(self._open) == _BATCH:
            self._hand_over()

    def settle(self) -> None:
        """Look at every signature that was not looked at yet.

        Raises:
            TamperedError: One is wrong; it is the first.
        """
        while self._mate is not None and self._given:
            self._collect(self._mate)
        claims, self._open = self._open, []
        for claim in claims:
            self._look(claim)

    def close(self) -> None:
        """Let go of the process."""
        if self._mate is not None:
            self._mate.end()
            self._mate = None
        self._given.clear()

    def _hand_over(self) -> None:
        """Give what has come together to the process, or do it here while that has enough."""
        if self._mate is None:
            self._mate = Mate(self._key.public)
        if self._mate.is_busy:
            claims, self._open = self._open, []
            place = first_wrong(self._verifier, [claim.signed for claim in claims])
            if place is not None:
                self.settle()
                self._look(claims[place])
            return
        if self._mate.is_full:
            self._collect(self._mate)
        self._mate.give([claim.signed for claim in self._open])
        self._given.append(self._open)
        self._open = []

    def _collect(self, mate: Mate) -> None:
        claims = self._given.popleft()
        place = mate.first_wrong()
        if place is not None:
            self._given.clear()  # Whatever is wrong with these comes later.
            self._open.clear()
            raise self._refusal(claims[place])

    def _look(self, claim: _Claim) -> None:
        if not self._verifier.is_signed(*claim.signed):
            raise self._refusal(claim)

    def _refusal(self, claim: _Claim) -> TamperedError:
        return TamperedError(claim.index, self._reason(claim.checkpoint, claim.head))

    def _reason(self, checkpoint: str, head: Head) -> str:
        if not checkpoint:
            return "it was never sealed, or its seal was taken away"
        try:
            sealed = accepted(checkpoint, [self._key])
        except NoteError as error:
            return f"its checkpoint is not accepted: {error}"
        if sealed.head != head:
            return "it, or one before it, is not what was sealed"
        return "its checkpoint has more in it than was written"


def _decoded(encoded: str) -> bytes:
    try:
        return from_base64(encoded)
    except NoteError:
        return b""
