"""The real clock, and identities made from it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from random import Random

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


class Ulids:
    """Makes ULIDs; quicker than ``new_ulid`` for many, as it asks the system only once.

    They tell things apart and are no secrets.
    """

    def __init__(self) -> None:
        self._random = Random(os.urandom(32))  # noqa: S311  # no secrets

    def __call__(self, at: datetime) -> str:
        """Return a new ULID.

        Args:
            at: When the thing happened, aware.
        """
        return _ulid(at, self._random.getrandbits(80))


def new_ulid(at: datetime) -> str:
    """Return a new ULID: 48 bits of milliseconds and 80 random bits, in Crockford's base 32.

    Format: https://github.com/ulid/spec

    Args:
        at: When the thing happened, aware.
    """
    return _ulid(at, int.from_bytes(os.urandom(10)))


def _ulid(at: datetime, entropy: int) -> str:
    value = (int(at.timestamp() * 1000) << 80) | entropy
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])
