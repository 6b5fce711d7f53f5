"""What a start finds: how long nobody watched, and what was taken before and has no decision."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from director.model.event import EvaluationCancelled, Stamp, Subject
from director.model.note import NoteKind
from director.model.service import Wanted
from director.ports.notes import Notes
from director.service import keeping
from director.service.intake import wanted_in
from director.service.watch import Watch


def missed(watches: Iterable[Watch], since_at: datetime, now: datetime) -> int:
    """Take note of what was due while nobody watched; return how many evaluations that are.

    Args:
        watches: Every target.
        since_at: When the service was seen alive last: it may have lived on for seconds.
        now: When it watches again.
    """
    found = 0
    for watch in watches:
        if watch.calendar is None:
            continue
        seen_at = max(since_at, watch.latest.decided_at) if watch.latest else since_at
        count = watch.calendar.missed(seen_at.timestamp(), now.timestamp())
        watch.missed += count
        watch.nobody_looked((now - since_at).total_seconds())
        found += count
    return found


async def open_requests(notes: Notes) -> AsyncIterator[tuple[str, Wanted | None]]:
    """Yield the identity and the wish of what was taken; None where the wish cannot be read.

    Raises:
        StoreError: It cannot be read.
    """
    async for note in keeping.every(notes, NoteKind.REQUEST):
        yield note.key, wanted_in(note)


def cancelled(stamp: Stamp, evaluation: str, wanted: Wanted, reason: str) -> EvaluationCancelled:
    """Return the event that says that what was taken will not be made."""
    subject = Subject(
        evaluation=evaluation,
        trigger=wanted.trigger,
        service=wanted.service,
        environment=wanted.environment,
    )
    return EvaluationCancelled(stamp, subject, reason, 0, 0)
