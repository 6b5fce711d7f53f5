"""The waivers of a decision as its record lists and counts them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from director.model.decision import Decision, WaiverState
from director.model.record import RequestEntry, WaiverCounts, WaiverEntry
from director.rules.moment import instant

_STATES = tuple((each.value, each) for each in WaiverState)


def waiver_entries(decision: Decision) -> tuple[WaiverEntry, ...]:
    """Return every approved waiver and what it did, sorted by id."""
    return tuple(
        WaiverEntry(
            id=use.waiver.id,
            check=use.waiver.check,
            state=use.state.value,
            reason=use.waiver.reason,
            ticket=use.waiver.ticket,
            requested_by=use.waiver.requested_by,
            approved_by=use.waiver.approved_by,
            expires_at=instant(use.waiver.expires_at),
            code=use.waiver.code,
            doubt=use.waiver.doubt,
        )
        for use in decision.waivers
    )


def waiver_counts(decision: Decision, requests: Iterable[RequestEntry]) -> WaiverCounts:
    """Return how many waivers came to what."""
    states = [use.state for use in decision.waivers]
    waiting = sum([request.stage == "requested" for request in requests])
    return WaiverCounts(requested=waiting, **{name: states.count(state) for name, state in _STATES})
