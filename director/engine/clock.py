"""The real clock, and identities made from it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
"""Two digits at once, by the ten bits they stand for."""

_SHIFTS = tuple(range(120, -1, -10))


class SystemClock:
    """The clock of this machine; its monotonic line is the one of the event loop."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


def new_ulid(at: datetime) -> str:
    """Return a new ULID: 48 bits of milliseconds and 80 random bits, in Crockford's base 32.

    Format: https://github.com/ulid/spec

    Args:
        at: When the thing happened, aware.
    """
    value = (int(at.timestamp() * 1000) << 80) | int.from_bytes(os.urandom(10))
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])
