"""What several places, or several looks, say together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from director.model.sampling import Level, Seen


def quorum(votes: Sequence[Seen], k: int) -> Level | None:
    """Return the level that *k* of *votes* stand behind; None if no level has so many.

    Who says ``fail`` also stands behind "not well", and who says ``pass`` also behind "not
    failed". Where *k* is so small that two levels have enough, the worse one holds. Who saw
    nothing stands behind nothing, and is counted among the votes all the same: silence neither
    agrees nor makes the number smaller.

    Args:
        votes: What each place saw; one that did not answer votes with the reason.
        k: How many it takes, from 1 to the number of votes; for a majority, more than half.

    Raises:
        ValueError: So many can never, or must always, agree.

    >>> quorum([Level.FAIL, Level.PASS, Level.FAIL], 2)
    <Level.FAIL: 'fail'>
    """
    if not 1 <= k <= len(votes):
        raise ValueError(f"k must be from 1 to the number of votes, {len(votes)}, got {k}")
    count = Counter(votes)
    passed, warned, failed = (count[level] for level in Level)
    if failed >= k:
        return Level.FAIL
    if failed + warned >= k:
        return Level.WARN
    if passed >= k:
        return Level.PASS
    return Level.WARN if passed + warned >= k else None
