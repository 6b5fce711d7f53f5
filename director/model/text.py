"""Text that is safe in one line of a terminal, a log or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")

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


def named(name: object) -> str:
    """Return a path or a name from outside as a message may name it: itself, if it can be printed.

    Otherwise in quotes and with escapes, so that it can be told from every other; in one line
    of at most 2,000 characters.
    """
    text = str(name)
    return printable(text if text.isprintable() else ascii(text))


def inert(line: str) -> str:
    """Return one line that no pipeline's runner takes for a command of its own.

    GitHub Actions obeys ``::name::`` at the beginning of a line of output and ``##[name]``
    anywhere in it, Azure Pipelines ``##vso[name]``, TeamCity ``##teamcity[name]``. Returns the
    same object if there is nothing of the kind.
    """
    if line.lstrip().startswith("::"):
        line = line.replace("::", ": :", 1)
    return _COMMAND.sub("# #", line) if "##" in line else line


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of the *known* words that *word* was probably meant to be, or None."""
    from difflib import get_close_matches  # noqa: PLC0415  # slow to import, and only for a slip

    return next(iter(get_close_matches(word, tuple(known), n=1)), None)


def counted(number: int, noun: str) -> str:
    """Return *number* with its *noun*.

    >>> counted(1, "fault"), counted(3, "fault")
    ('1 fault', '3 faults')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
