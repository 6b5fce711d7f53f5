"""A decision that changed, as a message of Slack's Block Kit. Pure.

Limits and escapes: https://docs.slack.dev/reference/block-kit/blocks and
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from director.plugin import DecisionChanged

MOST_BLOCKERS = 5
LONGEST_HEADER = 150
LONGEST_TEXT = 3_000
_LONGEST_REASON = 400

_SHOWN = {
    "go": ("\N{WHITE HEAVY CHECK MARK}", "GO"),
    "conditional_go": ("\N{WARNING SIGN}", "CONDITIONAL_GO"),
    "no_go": ("\N{NO ENTRY}", "NO_GO"),
}


def message(event: DecisionChanged, public_url: str = "") -> dict[str, Any]:
    """Return what is posted.

    Args:
        event: What changed.
        public_url: Where people find the dashboard; empty for no link.
    """
    record = event.record
    verdict = event.held.value if event.held else record.decision
    was = event.was.value if event.was else record.previous or ""
    sign, word = _SHOWN[verdict]
    where = f"{record.service}@{record.environment}" if record.environment else record.service
    before = f" (was {_SHOWN[was][1]})" if was else ""
    headline = f"{sign} {word}: {where}"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(headline, LONGEST_HEADER)},
        _section(f"{where} is {word}{before}, {record.pass_rate} of its checks pass."),
    ]
    if verdict != "go":
        blocks += [_section(text) for text in _reasons(event)]
    if public_url:
        blocks.append(_link(event, public_url))
    owner = f"{record.owner}, " if record.owner else ""
    foot = f"{owner}profile {record.profile.name}, evaluation {record.evaluation}"
    blocks.append({"type": "context", "elements": [_plain(foot, LONGEST_TEXT)]})
    return {"text": escaped(f"{headline}{before}", LONGEST_TEXT), "blocks": blocks}


def escaped(text: str, longest: int) -> str:
    """Return *text* as Slack wants it, in at most *longest* characters.

    With ``<`` a mention of everybody or a link with another text would begin.

    >>> escaped("<!channel> & co", 100)
    '&lt;!channel&gt; &amp; co'
    >>> escaped("a<<<", 7)
    'a&lt;…'
    """
    # Half a surrogate pair is no text: nobody could encode it.
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    whole = "".join(_ESCAPES.get(each, each) for each in line)
    if len(whole) <= longest:
        return whole
    kept, room = [], longest - 1
    for each in line:
        piece = _ESCAPES.get(each, each)
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + "…"


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _reasons(event: DecisionChanged) -> list[str]:
    reasons = event.record.reasons
    shown = []
    for reason in reasons[:MOST_BLOCKERS]:
        text = reason.text[:_LONGEST_REASON]
        remedy = f" To do: {reason.remedy[:_LONGEST_REASON]}" if reason.remedy else ""
        shown.append(f"• {text}.{remedy}" if not text.endswith(".") else f"• {text}{remedy}")
    more = len(reasons) - MOST_BLOCKERS
    return [*shown, *([f"and {more} more"] if more > 0 else [])]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, LONGEST_TEXT)}


def _plain(text: str, longest: int) -> dict[str, Any]:
    """Return *text* as it is: no formatting, no mentions, no emoji by name."""
    return {"type": "plain_text", "text": escaped(text, longest), "emoji": False}


def _link(event: DecisionChanged, public_url: str) -> dict[str, Any]:
    record = event.record
    path = f"{public_url}/services/{quote(record.service, safe='', errors='replace')}"
    if record.environment:
        path += f"?environment={quote(record.environment, safe='', errors='replace')}"
    text = f"<{escaped(path, LONGEST_TEXT - 100)}|Open in the Director>"
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
