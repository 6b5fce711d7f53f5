"""What is signed of the log: its size and root, as C2SP has it (https://c2sp.org/tlog-checkpoint).

A checkpoint is a signed note; its text has a line each for the log's origin, its size and its
root in base64.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from director.audit.note import Note, NoteError, VerifierKey, from_base64, verified
from director.audit.tree import HASH_BYTES
from director.model.audit import Head
from director.model.text import named
from director.model.value import dataclass

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment.

    Attributes:
        origin: Which log.
        head: Its tree.
    """

    origin: str
    head: Head

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return what the *text* of a note says. Lines after the third are not ours, and ignored.

        Raises:
            NoteError: It is not the text of a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise NoteError("a checkpoint must have a line for origin, size and root")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise NoteError(f"a checkpoint's size must be a whole number, was {named(size)}")
        if len(data := from_base64(root)) != HASH_BYTES:
            raise NoteError(f"a checkpoint's root must have {HASH_BYTES} bytes, has {len(data)}")
        return cls(origin, Head(int(size), data))

    def __str__(self) -> str:
        root = base64.b64encode(self.head.root).decode("ascii")
        return f"{self.origin}\n{self.head.size}\n{root}\n"


def accepted(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Return what a checkpoint says that one of *keys* signed for the log of its name.

    Raises:
        NoteError: It is no checkpoint, or none of *keys* vouches for it.
    """
    opened = Note.parse(note)
    signed = verified(opened, keys)
    checkpoint = Checkpoint.parse(opened.text)
    if not any(key.name == checkpoint.origin for key in signed):
        raise NoteError(f"a key of another log signed for {named(checkpoint.origin)}")
    return checkpoint
