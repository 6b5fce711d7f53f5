"""When a target is due: an absolute grid with a phase of its own for each target. Pure.

The phase depends on the target alone, so that a restart, or another machine, keeps it, and many
targets with one interval are spread over the whole of it.
"""

from __future__ import annotations

from hashlib import sha256
from math import floor

_MS = 1000


def phase_s(target: str, interval_s: float) -> float:
    """Return how far after each multiple of the interval *target* is due, in seconds.

    Args:
        target: ``service@environment``.
        interval_s: From due to due, in seconds, at least 0.001.

    >>> 0 <= phase_s("checkout@production", 60) < 60
    True
    """
    number = int.from_bytes(sha256(target.encode()).digest()[:8])
    return number % max(round(interval_s * _MS), 1) / _MS


def due_after(at_s: float, phase: float, interval_s: float) -> float:
    """Return the first due strictly after *at_s*; both in seconds since the epoch.

    >>> due_after(120.0, 5.0, 60.0), due_after(125.0, 5.0, 60.0)
    (125.0, 185.0)
    """
    count = floor((at_s - phase) / interval_s) + 1
    due = phase + count * interval_s
    # Floating point may put the product on the wrong side of its neighbour.
    return due if due > at_s else due + interval_s


def dues_between(after_s: float, until_s: float, phase: float, interval_s: float) -> int:
    """Return how many dues lie after *after_s* and not after *until_s*.

    >>> dues_between(120.0, 245.0, 5.0, 60.0)
    3
    """
    first = due_after(after_s, phase, interval_s)
    return 0 if first > until_s else floor((until_s - first) / interval_s) + 1
