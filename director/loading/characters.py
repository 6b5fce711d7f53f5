"""Characters that have no business in an input: they hide, reorder or break what a person reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from director.loading.places import after

if TYPE_CHECKING:
    from director.loading.places import Mark

_FORBIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f"  # C0 without tab and line breaks
    "\x7f-\x9f"  # DEL and C1
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff"  # zero width, marks of direction
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters that show nothing
    "\u2028\u2029"  # breaks that only some readers see
    "\u202a-\u202e\u2065-\u206f"  # embeddings, overrides and isolates
    "\ufff9-\ufffb\U0001d173-\U0001d17a"  # marks of annotation and of music
    "\U000e0000-\U000e0fff"  # tags, in which a whole text can hide
    "\ud800-\udfff\ufffe\uffff"  # no characters at all
    "]"
)

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
        faults.append((after(text[: found.start()]), unwanted(found.group())))
    return _FORBIDDEN.sub("\ufffd", text), faults
