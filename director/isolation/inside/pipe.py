"""The worker's end of the channel."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from typing import Any

from director.isolation.codec import packed, unpacked
from director.isolation.frames import MOST_BYTES, Frames, framed

_CHUNK = 1 << 18


class TooLargeError(Exception):
    """A message is longer than the host takes.

    Args:
        size: How long, in bytes.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"a message must have at most {MOST_BYTES} bytes, got {size}")
        self.size = size


class Pipe:
    """Messages to and from the host.

    What it needs is taken when it is made, before any code of a plugin runs: what the plugin does
    to modules afterwards changes nothing here.

    Args:
        channel: The descriptor of a connected stream socket.
    """

    def __init__(self, channel: int) -> None:
        self._socket = socket.socket(fileno=channel)
        self._frames = Frames(most=None)
        self._packed, self._unpacked, self._framed = packed, unpacked, framed
        self._no_wait = socket.MSG_DONTWAIT
        self._waiting: list[bytes] = []
        self._getpid, self._exit = os.getpid, os._exit
        self._owner = os.getpid()

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there are messages."""
        return self._socket.fileno()

    def first(self) -> Any:  # noqa: ANN401  # any JSON
        """Wait for one message and return it.

        Raises:
            EOFError: The host is gone.
        """
        while not self._waiting:
            select.select([self._socket], [], [])
            self._waiting += self._read()
        return self._unpacked(self._waiting.pop(0))

    def ready(self) -> Iterator[Any]:
        """Yield every message that is there, without waiting.

        Raises:
            EOFError: The host is gone.
        """
        waiting, self._waiting = self._waiting, []
        for message in (*waiting, *self._read()):
            yield self._unpacked(message)

    def send(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Send *message*, made of plain values; waits where the host is slow.

        Raises:
            TooLargeError: It is longer than the host takes; nothing was sent.
            ValueError: JSON has no form for it; nothing was sent.
        """
        if self._getpid() != self._owner:
            self._exit(1)  # A child that a check forked speaks for nobody.
        data = self._packed(message)
        if len(data) > MOST_BYTES:
            raise TooLargeError(len(data))
        self._socket.sendall(self._framed(data))

    def _read(self) -> list[bytes]:
        try:
            data = self._socket.recv(_CHUNK, self._no_wait)
        except BlockingIOError:
            return []
        if not data:
            raise EOFError
        return self._frames.feed(data)
