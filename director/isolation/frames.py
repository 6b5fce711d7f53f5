"""Messages on a stream: four bytes of length, most significant first, then so many bytes."""

from __future__ import annotations

import struct

_HEAD = struct.Struct(">I")

MOST_BYTES = 1 << 20
"""Longest message that a worker may send: more than any answer is worth."""

CHUNK = 16 << 10
"""Bytes that are taken from a stream at once, so that a flood leaves the loop time for others."""


def framed(message: bytes) -> bytes:
    """Return *message* with its length before it."""
    return _HEAD.pack(len(message)) + message


class FrameError(Exception):
    """The stream announces a message that is too long, so that nothing after it can be found."""


class Frames:
    """Finds messages in a stream.

    Args:
        most: The longest message that is taken, in bytes; None for any.
    """

    def __init__(self, most: int | None = MOST_BYTES) -> None:
        self._most = most
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that *data* completes.

        Raises:
            FrameError: One of them is too long.
        """
        held = self._held
        held += data
        found: list[bytes] = []
        start = 0
        while len(held) - start >= _HEAD.size:
            (length,) = _HEAD.unpack_from(held, start)
            if self._most is not None and length > self._most:
                raise FrameError(f"a message must have at most {self._most} bytes, got {length}")
            end = start + _HEAD.size + length
            if len(held) < end:
                break
            found.append(bytes(held[start + _HEAD.size : end]))
            start = end
        del held[:start]
        return found
