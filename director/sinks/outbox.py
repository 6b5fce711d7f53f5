"""Deliveries as notes: what is on its way, and what became of it. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.model.notification import Attempt, Delivery, DeliveryState
from director.model.value import dataclass
from director.sinks.line import instant

MOST_ATTEMPTS = 20
"""How many attempts are kept of each delivery."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery with what is delivered.

    Attributes:
        delivery: Where it goes, and what became of it.
        body: Exactly what is sent.
        tries: How many attempts were made since it was to be sent first, or again by hand.
    """

    delivery: Delivery
    body: bytes
    tries: int = 0

    def attempted(self, attempt: Attempt, state: DeliveryState, next_at: datetime | None) -> Parcel:
        """Return the parcel after one more attempt."""
        delivery = replace(
            self.delivery,
            state=state,
            next_at=next_at,
            attempts=(*self.delivery.attempts, attempt)[-MOST_ATTEMPTS:],
        )
        return Parcel(delivery, self.body, self.tries + 1)


def key_of(endpoint: str, identity: str) -> str:
    """Return the key of a delivery's note."""
    return f"{endpoint}/{identity}"


def noted(parcel: Parcel) -> Note:
    """Return *parcel* as a note."""
    delivery = parcel.delivery
    fields = {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "event": delivery.event,
        "subject": delivery.subject,
        "state": delivery.state.value,
        "created_at": instant(delivery.created_at),
        "next_at": instant(delivery.next_at) if delivery.next_at else None,
        "attempts": [
            [instant(each.at), each.status, each.detail, each.duration_s]
            for each in delivery.attempts
        ],
        "tries": parcel.tries,
        "body": parcel.body.decode(),
    }
    return Note(
        NoteKind.DELIVERY,
        key_of(delivery.endpoint, delivery.id),
        json.dumps(fields, ensure_ascii=False).encode(),
    )


def parcel_of(note: Note) -> Parcel:
    """Return the parcel that *note* is.

    Raises:
        StoreError: It is none.
    """
    try:
        fields: dict[str, Any] = json.loads(note.body or b"")
        delivery = Delivery(
            id=fields["id"],
            endpoint=fields["endpoint"],
            event=fields["event"],
            subject=fields["subject"],
            state=DeliveryState(fields["state"]),
            created_at=datetime.fromisoformat(fields["created_at"]),
            next_at=datetime.fromisoformat(fields["next_at"]) if fields["next_at"] else None,
            attempts=tuple(
                Attempt(datetime.fromisoformat(at), status, detail, duration_s)
                for at, status, detail, duration_s in fields["attempts"]
            ),
        )
        return Parcel(delivery, fields["body"].encode(), int(fields["tries"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"the note {note.key!r} must be a delivery: {error}") from error
