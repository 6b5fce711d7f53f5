"""What an answer to a delivery means, and when it is tried again. Pure.

The waits are those that Standard Webhooks 1.0 proposes: about three days in all.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from director.model.value import dataclass

WAITS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The wait before each attempt, after the one before it, in seconds."""

JITTER_RATIO = 0.1
"""How much longer than planned a wait may be, so that many do not come back at once."""

LONGEST_RETRY_AFTER_S = 86_400.0
"""Longest wait that a receiver can ask for, in seconds."""

THROTTLE_S = 5.0
"""How long a receiver that is overloaded is left alone if it does not say, in seconds."""

_OVERLOADED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt.

    Attributes:
        status: The status code that came back; 0 if none did.
        detail: What happened, in one line and without secrets.
        retry_after: What the receiver said of when to come again, as it said it.
    """

    status: int
    detail: str
    retry_after: str = ""


class Ruling(StrEnum):
    """What an answer means."""

    DELIVERED = "delivered"
    AGAIN = "again"
    GONE = "gone"
    """The receiver wants nothing more."""


def ruling(status: int) -> Ruling:
    """Return what *status* means: 2xx is taken, 410 ends all, anything else is tried again.

    A redirection is a failure: a signed delivery goes where the operator said, nowhere else.

    >>> [ruling(status).value for status in (0, 200, 204, 301, 410, 500)]
    ['again', 'delivered', 'delivered', 'again', 'gone', 'again']
    """
    if 200 <= status < 300:
        return Ruling.DELIVERED
    return Ruling.GONE if status == 410 else Ruling.AGAIN


def wait_s(tries: int, chance: float) -> float | None:
    """Return how long to wait before the next attempt, in seconds; None if there is none.

    Args:
        tries: How many attempts were made.
        chance: A random number, 0 to 1; the wait is up to a tenth longer by it.

    >>> [wait_s(tries, 0.0) for tries in (0, 1, 2, 9, 10)]
    [0.0, 5.0, 300.0, 86400.0, None]
    >>> wait_s(2, 1.0)
    330.0
    """
    if tries >= len(WAITS_S):
        return None
    return round(WAITS_S[tries] * (1 + JITTER_RATIO * chance), 3)


def pause_s(answer: Answer, now: datetime) -> float:
    """Return how long the whole receiver is left alone after *answer*, in seconds.

    Retry-After is seconds or a date (RFC 9110, section 10.2.3); what is neither is not heard.
    """
    if answer.status not in _OVERLOADED:
        return 0.0
    asked_s = _retry_after_s(answer.retry_after, now)
    return THROTTLE_S if asked_s is None else min(asked_s, LONGEST_RETRY_AFTER_S)


def _retry_after_s(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit() and len(text) < 12:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        return None
    return max(0.0, (at - now).total_seconds())
