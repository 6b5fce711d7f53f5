"""Who seals the log, and whether it is still the log that was sealed before."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from director.errors import StoreError
from director.model.audit import Head, Seal, Trunk
from director.model.text import named
from director.model.value import dataclass
from director.ports import Anchor, Notary

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealing:
    """How entries are sealed.

    Attributes:
        notary: Returns who seals the log of an origin; given the empty text it begins a new log,
            whose origin the notary then has. Asked when the first entry is appended.
        anchor: Returns who keeps the checkpoints of a notary elsewhere; None for nobody.
    """

    notary: Callable[[str], Notary]
    anchor: Callable[[Notary], Anchor] | None = None


@dataclass(frozen=True, slots=True)
class LogState:
    """What appending to the log needs to know of it.

    Attributes:
        origin: Which log; empty before anything is sealed.
        public_key: What its checkpoints are verified with; empty likewise.
        trunk: Its tree, of the entries that are sealed.
        seen_at: The latest moment of an entry; RFC 3339, UTC, microseconds; empty if none.
    """

    origin: str = ""
    public_key: str = ""
    trunk: Trunk = Trunk()
    seen_at: str = ""


def packed(trunk: Trunk) -> bytes:
    """Return the hashes of *trunk* as they are stored: one after the other."""
    return b"".join(trunk.hashes)


def unpacked(size: int, data: bytes) -> Trunk:
    """Return the trunk of *size* entries whose hashes are stored as *data*."""
    starts = range(0, len(data), _HASH_BYTES)
    return Trunk(size, tuple(data[start : start + _HASH_BYTES] for start in starts))


def head_of(checkpoint: str) -> Head:
    """Return what a checkpoint of our own says of the log; its signature is not looked at.

    Raises:
        StoreError: It is no checkpoint.
    """
    try:
        _, size, root, _ = checkpoint.split("\n", 3)
        return Head(int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise StoreError(
            "the audit log is damaged: a checkpoint in it is none; restore the record from a backup"
        ) from error


class Sealer:
    """Seals for one store, with one notary, from one thread.

    Args:
        name: What to call the store in a message.
        sealing: How; None to append without seals, as long as there never was one.
    """

    def __init__(self, name: str, sealing: Sealing | None) -> None:
        self._name = name
        self._sealing = sealing
        self._notary: Notary | None = None
        self._anchor: Anchor | None = None
        self._own: LogState | None = None
        self._anchored = 0

    def admit(self, log: LogState, checkpoint: Callable[[int], str | None]) -> Notary | None:
        """Return who seals what is appended to *log*; None if nobody does.

        Args:
            log: The log as it is.
            checkpoint: Returns the checkpoint of the entry at a place; None if there is none.

        Raises:
            StoreError: The log was sealed with another key, or it lacks what its anchor has.
        """
        if self._sealing is None:
            if log.public_key:
                raise StoreError(
                    f"{self._name}: the audit log is sealed, and nobody is there to seal what is "
                    "added; name its key with --audit-key"
                )
            return None
        if self._anchor is None and self._notary is not None and log == self._own:
            return self._notary  # Nobody has appended since we did.
        notary = self._known(self._sealing, log)
        if log.trunk.size and head_of(checkpoint(log.trunk.size - 1) or "").size != log.trunk.size:
            raise self._lost()
        if self._anchor is not None and (kept := self._anchor.last()) is not None:
            self._hold(kept, log, checkpoint)
        return notary

    def sealed(self, log: LogState) -> None:
        """Take *log* for what our own seals made of it."""
        self._own = log

    def keep(self, checkpoint: str) -> None:
        """Hand the last checkpoint, which is durable, to the anchor, unless it has that already.

        One that others have handed in, or we without success, can be read before it is on the
        disk, and is handed in once more.

        Raises:
            StoreError: It is not certain that the anchor has it.
        """
        if self._anchor is not None:
            kept, size = self._anchor.last(), head_of(checkpoint).size
            if kept is None or kept.size < size or self._anchored < size:
                self._anchor.keep(checkpoint)
                self._anchored = size

    def _known(self, sealing: Sealing, log: LogState) -> Notary:
        notary = self._notary
        if notary is None or notary.origin != log.origin:
            notary = sealing.notary(log.origin)
            if log.origin and notary.origin != log.origin:
                raise StoreError(
                    f"{self._name}: the audit log is {named(log.origin)}, and the key is that of "
                    f"{named(notary.origin)}; name its own with --audit-key"
                )
        if log.public_key and notary.public_key != log.public_key:
            raise StoreError(
                f"{self._name}: the audit log was sealed with another key than this one; name its "
                "own with --audit-key, or begin a new record with --store"
            )
        if notary is not self._notary:
            self._notary = notary
            self._anchor = None if sealing.anchor is None else sealing.anchor(notary)
            self._anchored = 0
        return notary

    def _hold(self, kept: Head, log: LogState, checkpoint: Callable[[int], str | None]) -> None:
        """Refuse a log that does not contain the tree that its anchor kept."""
        if kept.size > log.trunk.size:
            raise StoreError(
                f"{self._name}: the record is older than its anchor: it has {log.trunk.size} "
                f"sealed entries, the anchor {kept.size}; restore the record that has them all"
            )
        if kept.size and head_of(checkpoint(kept.size - 1) or "") != kept:
            raise StoreError(
                f"{self._name}: the record is not the one of its anchor: its first {kept.size} "
                "entries are others; restore the record that has them"
            )

    def _lost(self) -> StoreError:
        return StoreError(
            f"{self._name}: the audit log has lost entries; restore the record from a backup"
        )


def sealed(notary: Notary, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
    """Return what *notary* makes of *bodies*, after looking at whether it sealed each once.

    Raises:
        StoreError: It did not.
    """
    after, seals = notary.seal(trunk, bodies)
    places = [seal.index for seal in seals]
    if after.size != trunk.size + len(bodies) or places != list(range(trunk.size, after.size)):
        raise StoreError("the audit log was not sealed as it must be: entries have no place")
    return after, seals
