"""What a plain YAML scalar means: the core schema of YAML 1.2, and no more."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Plain: TypeAlias = str | int | float | bool | None

LARGEST_INTEGER = 2**53
"""Beyond it, JSON readers and binary floating point begin to disagree."""

LONGEST_NUMBER = 100
"""Nobody measures more digits; 17 are kept."""

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SIGNIFICANT = re.compile(r"[-+.0]*[1-9]")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def resolve(text: str) -> Plain:
    """Return what the plain scalar *text* means.

    ``no``, ``on``, ``22:30``, ``1_000`` and dates are text, as YAML 1.2 has it.

    Raises:
        ValueError: A number that is infinite, not a number, a whole number over 2**53, too near
            to 0 to be told from it, or longer than 100 characters.

    >>> [resolve(text) for text in ("no", "0o17", "0x1F", "1e3", "~", "true")]
    ['no', 15, 31, 1000.0, None, True]
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    for pattern, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            return _integer(text, base)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"must be a finite number, got {text}")
    return _number(text) if _FLOAT.fullmatch(text) else text


def _number(text: str) -> float:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"must be a number of at most {LONGEST_NUMBER} digits, got {_short(text)}")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, got {_short(text)}")
    if number == 0 and _SIGNIFICANT.match(text):
        raise ValueError(f"must be 0 or a number that can be told from it, got {_short(text)}")
    return number


def _integer(text: str, base: int) -> int:
    digits = text.lstrip("+-") if base == 10 else text[2:]
    digits = digits.lstrip("0") or "0"
    # 2**53 has 18 octal digits; a longer text is not even converted, which takes quadratic time.
    number = int(digits, base) if len(digits) <= 18 else LARGEST_INTEGER + 1
    if number > LARGEST_INTEGER:
        raise ValueError(f"must be a whole number of at most 2**53, got {_short(text)}")
    return -number if text[0] == "-" else number


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}… ({len(text)} digits)"
