"""Regular expressions and globs that cannot hang: RE2, whose time grows with the text alone.

RE2: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from typing import Any, Final

from director.probing.conditions.tree import BudgetError

_LONGEST: Final = 1_000
_MEMORY_BYTES: Final = 8 * 1024 * 1024
_LONGEST_TEXT_BYTES: Final = 1024 * 1024


class PatternError(ValueError):
    """A pattern cannot be used; the text says why in one clause."""


class Pattern:
    """One compiled regular expression.

    Args:
        compiled: Of RE2.
    """

    def __init__(self, compiled: Any) -> None:  # noqa: ANN401  # re2 has no types
        self._compiled = compiled

    def search(self, text: str) -> object | None:
        """Return something if it is found anywhere in *text*.

        Raises:
            BudgetError: *text* is longer than 1 MiB.
        """
        if len(text) > _LONGEST_TEXT_BYTES:
            raise BudgetError
        found: object | None = self._compiled.search(text)
        return found


def pattern(text: str) -> Pattern:
    """Return the regular expression *text*.

    Raises:
        PatternError: It is none, or too large.
    """
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  # slow, and few have a pattern

    if len(text) > _LONGEST:
        raise PatternError(f"a pattern must have at most {_LONGEST} characters, got {len(text)}")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        return Pattern(re2.compile(text, options))
    except (re2.error, UnicodeError) as error:
        why = error.args[0] if error.args else "it cannot be read"
        said = why.decode("utf-8", errors="replace") if isinstance(why, bytes) else str(why)
        raise PatternError(f"the pattern is no RE2: {said}") from None


def glob(text: str) -> Pattern:
    """Return the glob *text*, for a whole text: ``*``, ``?`` and ``[a-z]``, ``[!a-z]``.

    Raises:
        PatternError: A bracket is not closed.
    """
    parts, at = [], 0
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "*":
            parts.append(".*")
        elif sign == "?":
            parts.append(".")
        elif sign == "[":
            end = text.find("]", at + 1)
            if end < 0:
                raise PatternError(f"the bracket at character {at} of the glob must be closed")
            inside = text[at:end].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
            negated = inside.startswith("!")
            parts.append(f"[{'^' if negated else ''}{inside[negated:]}]")
            at = end + 1
        elif sign == "]":
            raise PatternError(f"the bracket at character {at} of the glob must be opened")
        else:
            parts.append(re.escape(sign))
    return pattern(f"(?s)\\A{''.join(parts)}\\z")
