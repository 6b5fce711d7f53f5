"""What became of each waiver of a decision, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from director.model.record import Record, RequestEntry, WaiverEntry
from director.model.text import printable

Say = Callable[[str], str]
"""Makes text of others harmless to whoever reads it."""


def waiver_said(waiver: WaiverEntry, say: Say = printable) -> str:
    """Return what an approved waiver did, and who has agreed to it: all but its check."""
    parts = [say(_spoken(waiver.state))]
    if waiver.doubt:
        parts[0] += f" ({say(waiver.doubt)})"
    if waiver.code:
        parts.append(say(_spoken(waiver.code)))
    agreed = "said to be approved" if waiver.doubt else "approved"
    until = say(waiver.expires_at[:10])
    parts.append(f"{agreed} by {say(waiver.approved_by)} until {until}")
    parts.append(f"{say(waiver.ticket)}: {say(waiver.reason)}")
    return ", ".join(parts)


def request_said(request: RequestEntry, say: Say = printable) -> str:
    """Return what somebody asks for that nobody has approved: all but its check."""
    by = f"by {say(request.requested_by)}" if request.requested_by else "in the manifest"
    stage = say(_spoken(request.stage))
    parts = [f"{stage} {by}" if stage == "requested" else f"{stage}, and still in the manifest"]
    if request.id:
        parts[0] += f" as {say(request.id)}"
    if request.code:
        parts.append(say(_spoken(request.code)))
    if request.doubt:
        parts.append(f"nobody can approve it as it is ({say(request.doubt)})")
    elif stage == "requested":
        parts.append("without effect until approved")
    parts.append(f"would end on {say(request.expires_at[:10])}")
    parts.append(f"{say(request.ticket)}: {say(request.reason)}")
    return ", ".join(parts)


def waiver_lines(record: Record) -> list[str]:
    """Return each waiver and each request with its check, a line each."""
    lines = [f"{each.check} {waiver_said(each)}" for each in record.waivers]
    lines += [f"{each.check} {request_said(each)}" for each in record.waiver_requests]
    return [printable(f"waiver of {line}") for line in lines]


def counts_said(record: Record) -> str:
    """Return how many waivers came to what, for example ``1 in effect, 2 requested``.

    Empty if there are none, or the record is from before they were counted.
    """
    counts = record.waiver_counts
    if counts is None:
        return ""
    found = {each.name: getattr(counts, each.name) for each in fields(counts)}
    return ", ".join(f"{count} {_spoken(name)}" for name, count in found.items() if count)


def _spoken(word: str) -> str:
    return word.replace("_", " ")
