"""What must be written in a request before anybody is asked to sign it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from director.model.override import OverrideStatement
from director.model.refusal import Refusal, RefusalCode
from director.model.text import LONGEST_TEXT
from director.model.visible import visible
from director.model.waiver import WaiverStatement

SHORTEST_REASON = 20
"""Fewest visible characters in the reason of an override: enough for a sentence."""


def wording_refusals(statement: OverrideStatement | WaiverStatement) -> Iterator[Refusal]:
    """Yield what is wrong with the words of *statement*.

    What cannot be seen is no reason and no name, and what cannot be printed could show the signer
    something else than is signed.
    """
    seen = len(visible(statement.reason))
    if not seen:
        yield Refusal(RefusalCode.BLANK_REASON, "the reason must not be blank")
    elif isinstance(statement, OverrideStatement) and seen < SHORTEST_REASON:
        text = f"the reason must have at least {SHORTEST_REASON} visible characters, has {seen}"
        yield Refusal(RefusalCode.SHORT_REASON, text)
    if not visible(statement.ticket):
        yield Refusal(RefusalCode.TICKET_MISSING, "the ticket must not be blank")
    if not visible(statement.requested_by):
        yield Refusal(RefusalCode.REQUESTER_MISSING, "it must say who asks")
    for name in ("reason", "ticket", "requested_by"):
        said = getattr(statement, name)
        if not said.isprintable():
            text = f"{name} must be one line of characters that can be printed"
            yield Refusal(RefusalCode.UNPRINTABLE, text)
        if len(said) > LONGEST_TEXT:
            text = f"{name} must have at most {LONGEST_TEXT:,} characters, has {len(said):,}"
            yield Refusal(RefusalCode.TEXT_TOO_LONG, text)
