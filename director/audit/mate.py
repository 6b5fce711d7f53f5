"""A process that verifies signatures beside ours: the library holds the interpreter meanwhile.

It ends when its input does, so it never outlives whoever began it, however that one ended.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from select import select
from typing import BinaryIO, TypeAlias, cast

from director.audit.ed25519 import SIGNATURE_BYTES, Verifier

Claim: TypeAlias = tuple[bytes, bytes]
"""A message, and what is said to be the signature over it."""

_COUNT = struct.Struct("!I")
_LENGTH = struct.Struct("!I")

_AHEAD = 2
"""How many batches may wait for it: one that it works on, and the next."""


class Mate:
    """Verifies batches of signatures by one key, in the order in which they are handed over.

    Args:
        public: The public key, 32 bytes.

    Raises:
        OSError: No process can be begun.
    """

    def __init__(self, public: bytes) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # ourselves, and a key in hexadecimal
            # -P: nothing in the folder that we are in is taken for a part of us.
            [sys.executable, "-P", "-m", "director.audit.mate", public.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._asked = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self._waiting: deque[Sequence[Claim]] = deque()
        self._verifier = Verifier(public)

    @property
    def is_full(self) -> bool:
        """Whether an answer must be taken before another batch is handed over."""
        return len(self._waiting) >= _AHEAD

    @property
    def is_busy(self) -> bool:
        """Whether it has as much to do as it takes; then another batch would only wait."""
        return self.is_full and not select([self._answers], [], [], 0)[0]

    def give(self, claims: Sequence[Claim]) -> None:
        """Hand over a batch."""
        self._waiting.append(claims)
        parts = [_COUNT.pack(len(claims))]
        for message, signature in claims:
            parts += _LENGTH.pack(len(message)), message, signature
        with suppress(OSError):  # If it has ended, whoever asks for the answer finds out.
            self._asked.write(b"".join(parts))
            self._asked.flush()

    def first_wrong(self) -> int | None:
        """Return the place in the oldest batch of the first wrong signature; None if there is none.

        If the process has ended, they are verified here.
        """
        claims = self._waiting.popleft()
        answer = os.read(self._answers.fileno(), _COUNT.size)  # Written as one.
        if len(answer) < _COUNT.size:
            return first_wrong(self._verifier, claims)
        (place,) = _COUNT.unpack(answer)
        return place if place < len(claims) else None

    def end(self) -> None:
        """Let it end, and wait for that."""
        self._waiting.clear()
        self._process.kill()
        with suppress(OSError):  # What it was not told yet cannot be told any more.
            self._process.communicate()


def first_wrong(verifier: Verifier, claims: Sequence[Claim]) -> int | None:
    """Return the place of the first claim whose signature is wrong; None if none is."""
    for place, (message, signature) in enumerate(claims):
        if not verifier.is_signed(message, signature):
            return place
    return None


def _serve(public: bytes, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer batch after batch until there are no more."""
    verifier = Verifier(public)
    while len(head := asked.read(_COUNT.size)) == _COUNT.size:
        (count,) = _COUNT.unpack(head)
        claims = []
        for _ in range(count):
            (length,) = _LENGTH.unpack(asked.read(_LENGTH.size))
            claims.append((asked.read(length), asked.read(SIGNATURE_BYTES)))
        place = first_wrong(verifier, claims)
        answers.write(_COUNT.pack(count if place is None else place))
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # That is for whoever began us.
    _serve(bytes.fromhex(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
