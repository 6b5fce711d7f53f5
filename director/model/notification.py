"""A message to somebody outside, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from director.model.value import dataclass


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every attempt failed; it can be sent again by hand."""
    DROPPED = "dropped"
    """The receiver is disabled, or no longer wanted."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try.

    Attributes:
        at: When, aware, in UTC.
        status: The status code that came back; 0 if none did.
        detail: What happened, in one line; without secrets.
        duration_s: How long it took, in seconds.
    """

    at: datetime
    status: int
    detail: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one receiver.

    Attributes:
        id: The event's ULID; receivers, streams and logs have the same.
        endpoint: The receiver's name.
        event: The event's name, for example ``director.decision.changed``.
        subject: What it is about: ``service@environment``.
        state: What became of it.
        created_at: When it was to be sent first, aware, in UTC.
        next_at: When it is tried next; None if it is not.
        attempts: Every try, oldest first; of many, the last ones.
    """

    id: str
    endpoint: str
    event: str
    subject: str
    state: DeliveryState
    created_at: datetime
    next_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """One receiver.

    Attributes:
        name: As the operator named it.
        url: Where, without what may be secret in it.
        disabled: Why nothing is sent to it any more; empty if something is.
        waiting: How many deliveries wait.
        last: The last delivery; None if there was none.
    """

    name: str
    url: str
    disabled: str = ""
    waiting: int = 0
    last: Delivery | None = None
