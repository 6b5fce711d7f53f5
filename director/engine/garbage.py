"""How often a process looks for garbage, with thousands of checks under way or only one."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Look for garbage rarely, and not among what is there already.

    Nearly nothing of ours is garbage that only a search finds; a search stops everything
    meanwhile, and the times that are measured then are wrong: with 10,000 probes under way and
    Python's own thresholds, for two thirds of a second. Of a command that is over in half a
    second the searches take a thirtieth.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def set_aside() -> None:
    """Take out of the search for garbage what is there now and will stay.

    A service with many targets holds millions of objects; to look through all of them takes longer
    than a second, and everything waits meanwhile.
    """
    gc.collect()
    gc.freeze()
