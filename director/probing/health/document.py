"""One JSON document of a peer, read strictly and within limits."""

from __future__ import annotations

import json
import re
from typing import Final

from director.model.value import dataclass

MOST_BYTES: Final = 262_144
"""Longest health document, in bytes."""

DEEPEST: Final = 32
"""Deepest nesting of objects and arrays in one document."""

_BRACKETS: Final = re.compile(r"\"(?:[^\"\\]++|\\.)*+\"?|[\[{]|[\]}]", re.DOTALL)
_STATUS: Final = re.compile(r'"status"\s*:\s*"([A-Za-z_-]{1,40})"', re.IGNORECASE)
_MOST_GLIMPSES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """What a body holds.

    Attributes:
        text: The body as text.
        value: The JSON value; None if it cannot be read, or is ``null``.
        fault: What is wrong with it, in one clause; empty if it is sound JSON.
    """

    text: str
    value: object
    fault: str = ""

    def glimpses(self) -> tuple[str, ...]:
        """Return what stands beside the name ``status`` in a text that cannot be read."""
        if not self.text.lstrip().startswith("{"):
            return ()
        found = _STATUS.finditer(self.text)
        return tuple(each[1] for each, _ in zip(found, range(_MOST_GLIMPSES), strict=False))


def read_document(body: bytes) -> Document:
    """Read *body* as JSON.

    What is wrong in form is told beside the value where there is one: bytes that are not
    UTF-8, numbers that are not finite, names that come twice in one object. The first of them
    counts. A text that is too long or nests too deeply is not read.
    """
    text, fault = _decoded(body)
    if len(body) > MOST_BYTES:
        return Document(text, None, f"must not be longer than {MOST_BYTES} bytes")
    if _too_deep(text):
        return Document(text, None, f"must not nest deeper than {DEEPEST} levels")
    faults = [fault] if fault else []
    try:
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(pairs, faults),
            parse_constant=lambda name: faults.append(f"must have finite numbers, has {name}"),
            parse_int=_whole,
        )
    except ValueError:
        return Document(text, None, "must be JSON, and is not")
    return Document(text, value, faults[0] if faults else "")


def _decoded(body: bytes) -> tuple[str, str]:
    try:
        return body.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return body.decode("utf-8-sig", errors="replace"), "must be UTF-8, and is not"


def _too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        if bracket[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif bracket[0] in "]}":
            depth -= 1
    return False


def _object(pairs: list[tuple[str, object]], faults: list[str]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        faults.append("must have each name once in an object, has one twice")
    return made


def _whole(digits: str) -> int | float:
    # Python refuses to read whole numbers of thousands of digits.
    return int(digits) if len(digits) < 20 else float(digits)
