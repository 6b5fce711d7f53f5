"""Text that is safe in one line of a terminal, a log or a page."""

from __future__ import annotations

LONGEST_TEXT = 2_000
"""Longest text that is kept of what a plugin or a peer said, in characters."""


def printable(text: str) -> str:
    """Return *text* in one line, without what a terminal or a strict parser would trip over.

    White space becomes a blank, anything else that cannot be printed U+FFFD; what is longer
    than 2,000 characters is cut and ends in an ellipsis. Returns the same object if nothing
    had to be done.
    """
    if len(text) <= LONGEST_TEXT and text.isprintable():
        return text
    cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in cut)
