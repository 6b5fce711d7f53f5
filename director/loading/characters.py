"""Characters that have no business in an input: they hide, reorder or break what a person reads."""

from __future__ import annotations

import re

from director.loading.places import Mark

_FORBIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f"  # C0 without tab and line breaks
    "\x7f-\x9f"  # DEL and C1
    "\u061c\u200b-\u200f\u2060-\u2064\ufeff"  # zero width, and marks of direction
    "\u2028\u2029"  # breaks that only some readers see
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates
    "\ud800-\udfff\ufffe\uffff"  # no characters at all
    "]"
)
_BREAK = re.compile(r"\r\n|\r|\n")

_MOST_FAULTS = 20
"""A binary file would otherwise have a fault for every other byte."""


def forbidden(text: str) -> str | None:
    """Return the first character of *text* that no input may contain, or None."""
    found = _FORBIDDEN.search(text)
    return found.group() if found else None


def unwanted(character: str) -> str:
    """Return what is wrong with *character*, by its code point."""
    return f"must be without control and invisible characters, got U+{ord(character):04X}"


def screened(text: str) -> tuple[str, list[tuple[Mark, str]]]:
    """Return *text* with each forbidden character replaced by U+FFFD, and what was wrong.

    The replacement lets the rest of the text be examined as well. At most 20 are listed.
    """
    if _FORBIDDEN.search(text) is None:
        return text, []
    faults: list[tuple[Mark, str]] = []
    for found in _FORBIDDEN.finditer(text):
        if len(faults) == _MOST_FAULTS:
            break
        faults.append((_mark(text, found.start()), unwanted(found.group())))
    return _FORBIDDEN.sub("\ufffd", text), faults


def _mark(text: str, offset: int) -> Mark:
    line, start = 1, 0
    for line_break in _BREAK.finditer(text, 0, offset):
        line, start = line + 1, line_break.end()
    return Mark(line, offset - start + 1)
