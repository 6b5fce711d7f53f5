"""The short way to a line: what is plain through and through is rendered in one pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from director.model.check import LONGEST_ID
from director.model.secrecy import names_secret
from director.sinks.fields import LIMITS, ORDER
from director.sinks.redact import Redactor

LARGEST_INTEGER = 2**53
"""No reader of JSON loses a digit of a smaller one."""

_MOST_KNOWN = 4_096
_LONGEST_KNOWN = 128
_UNIQUE = frozenset({"timestamp", "message", "event.id"})
"""Keys whose values nobody sees twice."""

_OURS = frozenset({"timestamp", "event.id"})
"""Keys whose values we make ourselves, from a clock and from chance."""


class Quick:
    """Renders lines in which nothing has to be masked, escaped, mended or cut.

    Nearly every line is one. What was found to be plain is remembered with its key as it is
    written, because names of services, checks and plugins come again and again. It agrees with
    the long way byte for byte, or leaves the line to it.

    Args:
        redactor: Says what could hold a secret.
        longest_bytes: Longest line, its newline included.
    """

    def __init__(self, redactor: Redactor, longest_bytes: int) -> None:
        self._redactor = redactor
        self._longest = longest_bytes - 1
        self._heads = {key: f'"{key}":' for key in ORDER if not names_secret(key)}
        self._known: dict[tuple[str, str], str] = {}
        self._before: dict[tuple[str, str], str] = {}

    def line(self, event: Mapping[str, Any]) -> bytes | None:
        """Return the line that says *event*, with its newline; None if it is not plain.

        Args:
            event: Its keys and values, in the order of the schema.
        """
        known, heads = self._known, self._heads
        parts: list[str] = []
        fresh: dict[tuple[str, str], str] = {}
        for key, value in event.items():
            kind = type(value)
            if kind is str:
                piece = known.get((key, value))
                if piece is None:
                    head = heads.get(key)
                    if head is None or not _is_plain(value, LIMITS.get(key, self._longest)):
                        return None
                    piece = fresh[key, value] = f'{head}"{value}"'
            else:
                head, text = heads.get(key), _written(value)
                if head is None or text is None:
                    return None
                piece = head + text
                if kind is list:
                    fresh[key, " ".join(value)] = ""
            parts.append(piece)
        if fresh and not self._may_show(fresh):
            return None
        text = "{" + ",".join(parts) + "}"
        # A pipeline's runner reads "##" as the beginning of a command.
        return None if len(text) > self._longest or "##" in text else text.encode() + b"\n"

    def _may_show(self, fresh: dict[tuple[str, str], str]) -> bool:
        """Return whether nothing in *fresh* could be a secret, and remember what was seen."""
        unseen = [at[1] for at in fresh if at[0] not in _OURS and at not in self._before]
        if unseen and self._redactor.suspicious(" ".join(unseen)):
            return False
        if len(self._known) >= _MOST_KNOWN:
            self._before, self._known = self._known, {}
        for at, piece in fresh.items():
            key, value = at
            if piece and key not in _UNIQUE and len(value) <= _LONGEST_KNOWN:
                self._known[at] = piece
        return True


def _is_plain(text: object, longest: int) -> bool:
    """Return whether *text* is one, is written in JSON as it is, and is short enough."""
    return (
        type(text) is str
        and len(text) <= longest
        and text.isascii()
        and text.isprintable()
        and '"' not in text
        and "\\" not in text
    )


def _written(value: object) -> str | None:
    """Return anything but a text as JSON; None if it is not plain."""
    if type(value) is int:
        return repr(value) if -LARGEST_INTEGER <= value <= LARGEST_INTEGER else None
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return repr(value) if math.isfinite(value) else None
    if type(value) is list and all(_is_plain(item, LONGEST_ID) for item in value):
        return "[" + ",".join([f'"{item}"' for item in value]) + "]"
    return None
