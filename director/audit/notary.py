"""Seals the entries of the log: a leaf in the tree, and a signed checkpoint over it, for each."""

from __future__ import annotations

from collections.abc import Sequence

from director.audit.checkpoint import Checkpoint
from director.audit.ed25519 import PrivateKey
from director.audit.note import Signer
from director.audit.tree import grow, is_sound, leaf_hash, root
from director.errors import StoreError
from director.model.audit import Head, Seal, Trunk
from director.model.text import named


class KeyNotary:
    """Seals with one key, under the name of the log.

    It remembers nothing: the caller appends under a lock, and shows a seal to nobody before the
    entry is durable. Two entries sealed for one place are two histories of one log.

    Args:
        origin: The log, as the first line of its checkpoints; also the name of the key.
        key: The key to sign with.

    Raises:
        NoteError: The origin cannot be the name of a key.
    """

    def __init__(self, origin: str, key: PrivateKey) -> None:
        self._signer = Signer(origin, key)
        self._public_key = str(self._signer.verifier)

    @property
    def origin(self) -> str:
        """The log that it seals, as the first line of its checkpoints."""
        return self._signer.verifier.name

    @property
    def public_key(self) -> str:
        """What its checkpoints are verified with, as a C2SP verifier key."""
        return self._public_key

    def seal(self, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
        """Return the tree after *bodies* were appended to *trunk*, and a seal for each of them.

        Raises:
            StoreError: There is no tree with such a trunk.
        """
        if not is_sound(trunk):
            raise StoreError(
                f"{named(self.origin)}: the head of the audit log is damaged: {trunk.size} entries "
                f"and {len(trunk.hashes)} subtrees; restore the record from a backup"
            )
        seals = []
        for body in bodies:
            leaf = leaf_hash(body)
            trunk = grow(trunk, (leaf,))
            text = str(Checkpoint(self.origin, Head(trunk.size, root(trunk))))
            seals.append(Seal(trunk.size - 1, leaf, self._signer.signed(text)))
        return trunk, tuple(seals)
