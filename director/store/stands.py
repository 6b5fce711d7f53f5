"""What stands for a target, from what is stored of it."""

from __future__ import annotations

from director.model.ledger import Entry
from director.model.standing import Condition, Standing
from director.store.codec import instant
from director.store.sealing import LogState


def standing(
    conditions: tuple[Condition, ...], entries: tuple[Entry, ...], log: LogState
) -> Standing:
    """Return what stands for a target.

    Args:
        conditions: The last word on each, sorted by check.
        entries: What became of its waivers and overrides, oldest first.
        log: The log they are in.

    Raises:
        StoreError: The log holds no instant where there must be one.
    """
    seen_at = instant(log.seen_at) if log.seen_at else None
    if not entries:
        return Standing(conditions, seen_at=seen_at)
    from director.rules.casework import casework  # noqa: PLC0415  # most targets have none

    found = casework(entries, log.origin)
    return Standing(conditions, cases=found.waivers, overrides=found.overrides, seen_at=seen_at)
