"""Reading and writing without waiting, and without minding that the other side is gone."""

from __future__ import annotations

import contextlib
import os
import socket

PATIENCE_S = 10.0
"""How long somebody may take to read what is longer than a socket holds, in seconds."""


def taken(end: socket.socket, most: int) -> bytes | None:
    """Return up to *most* bytes of what came; empty if nothing will, None if nothing has yet."""
    try:
        return end.recv(most)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def drained(pipe: int, most: int) -> bytes | None:
    """Return the same of the descriptor *pipe*."""
    try:
        return os.read(pipe, most)
    except BlockingIOError:
        return None


def given(end: socket.socket, data: bytes | bytearray) -> int:
    """Send *data* and return how many bytes need not be sent again: all, if nobody is there."""
    try:
        return end.send(data)
    except BlockingIOError:
        return 0
    except OSError:
        return len(data)


def given_all(end: socket.socket, data: bytes) -> None:
    """Send all of *data*, or as much as somebody takes in time."""
    end.settimeout(PATIENCE_S)
    with contextlib.suppress(OSError):
        end.sendall(data)
    end.setblocking(False)


def shut(end: socket.socket) -> None:
    """Say that nothing more will be sent."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_WR)
