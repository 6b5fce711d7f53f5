"""The kinds of plain value that manifests and profiles are made of.

Each function takes what was written and returns what is meant, or raises a ValueError that says
what it must be and what it was.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from director.loading.words import meant, shown
from director.model.check import CHECK_ID, LONGEST_ID
from director.model.profile import LEAST_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from director.model.manifest import Scalar

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_TEXT = 500
LONGEST_URL = 2_000
LARGEST_WEIGHT = 1_000_000
LARGEST_COUNT = 100_000
LONGEST_DAYS = 36_500
LONGEST_LATENCY_MS = 86_400_000
MOST_ENVIRONMENTS = 100
"""Each is a target of its own."""
MOST_REQUESTS = 200
"""Of options and of waivers; each environment plans them anew."""

NAME_PATTERN = "[a-z0-9][a-z0-9._-]{0,62}"
OPTION_PATTERN = "[a-z][a-z0-9_]{0,63}"
DIGEST_PATTERN = "sha256:[0-9a-f]{64}"
DURATION_PATTERN = "[1-9][0-9]{0,9}[smhd]"
INSTANT_PATTERN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)

_BRACKETED = r"\[[0-9a-fA-F:.]+\](?::[0-9]*)?"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def text(value: object) -> str:
    """Read free text as one line: every run of white space becomes one space."""
    if not isinstance(value, str):
        quoted = ": put it in quotes" if isinstance(value, bool | int | float) else ""
        raise _unlike("text", value, quoted)
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must be at most {LONGEST_TEXT} characters, got {len(value)}")
    line = " ".join(value.split())
    if not line:
        raise ValueError("must be text, got an empty one")
    return line


def name(value: object) -> str:
    """Read a name that is safe in paths, URLs and logs."""
    return _matching(
        value, NAME_PATTERN, "a name of lower-case letters, digits, '.', '_' and '-', at most 63"
    )


def policy_name(value: object) -> str:
    """Read the name of a profile: a manifest must not point at a file."""
    word = name(value)
    if word.endswith((".yaml", ".yml")):
        raise ValueError(f"must be the name of a profile and not a file, got {shown(word)}")
    return word


def check_id(value: object) -> str:
    """Read the id of a check."""
    word = _matching(value, CHECK_ID.pattern, "a check id such as 'http.health'")
    if len(word) > LONGEST_ID:
        raise ValueError(f"must be at most {LONGEST_ID} characters, got {len(word)}")
    return word


def option_name(value: object) -> str:
    """Read the name of an option."""
    return _matching(value, OPTION_PATTERN, "an option such as 'budget_s'")


def option_value(value: object) -> Scalar:
    """Read the value of an option, whatever it is; the check's own types are the catalog's."""
    if isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        raise _unlike("text, a number, true or false", value)
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must be at most {LONGEST_TEXT} characters, got {len(value)}")
    return value


def digest(value: object) -> str:
    """Read the digest of an artifact."""
    return _matching(value, DIGEST_PATTERN, "'sha256:' and 64 hexadecimal digits, lower case")


def yes_no(value: object) -> bool:
    """Read true or false; ``yes`` and 1 are neither."""
    if not isinstance(value, bool):
        raise _unlike("true or false", value)
    return value


def coverage(value: object) -> float | bool:
    """Read a test coverage in percent, or false for none measured."""
    if value is False:
        return False
    try:
        return _number(value, 0, 100)
    except ValueError:
        raise ValueError(
            f"must be a percentage from 0 to 100, or false, got {shown(value)}"
        ) from None


def availability(value: object) -> float:
    """Read an availability in percent, over 0."""
    number = _number(value, 0, 100)
    if number == 0:
        raise _unlike("over 0", value)
    return number


def latency_ms(value: object) -> float:
    """Read a latency in milliseconds, over 0."""
    number = _number(value, 0, LONGEST_LATENCY_MS)
    if number == 0:
        raise _unlike("over 0", value)
    return number


def tier(value: object) -> int:
    """Read a tier, from 0 (most critical) to 4."""
    return whole(value, 0, 4)


def count(value: object) -> int:
    """Read a number of things."""
    return whole(value, 0, LARGEST_COUNT)


def minimum_checks(value: object) -> int:
    """Read how many conclusive checks a decision needs; no profile may do with fewer than 3."""
    return whole(value, LEAST_CHECKS, LARGEST_COUNT)


def ratio(value: object) -> Fraction:
    """Read a share from 0 to 1, exactly as it was written."""
    return _exact(value, 1)


def weight(value: object) -> Fraction:
    """Read a weight, exactly as it was written."""
    return _exact(value, LARGEST_WEIGHT)


def duration_s(value: object) -> float:
    """Read a duration such as ``30s``, ``5m``, ``24h`` or ``365d``; return it in seconds."""
    if not isinstance(value, str) or not re.fullmatch(DURATION_PATTERN, value):
        raise _unlike("a duration such as 30s, 5m, 24h or 365d", value)
    seconds = int(value[:-1]) * _SECONDS[value[-1]]
    if seconds > LONGEST_DAYS * 86_400:
        raise _unlike(f"at most {LONGEST_DAYS}d", value)
    return float(seconds)


def instant(value: object) -> datetime:
    """Read a date (the start of that day in UTC), or an RFC 3339 time with its offset."""
    if isinstance(value, str) and re.fullmatch(INSTANT_PATTERN, value):
        try:
            moment = datetime.fromisoformat(value.upper())
            if len(value) == len("2026-10-01"):
                return moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # It looks like one, but there is no such day or hour.
    expected = "a date such as 2026-10-01, or a time with offset such as 2026-10-01T08:00:00Z"
    raise _unlike(expected, value)


def base_url(value: object) -> str:
    """Read where a service answers; return it without a slash at its end."""
    if not isinstance(value, str) or not re.fullmatch(r"[^\s\\]+", value):
        raise _unlike("a URL such as https://pay.example.com", value)
    if "@" in value:
        # The value itself is not shown: it may hold a password.
        raise ValueError("must be without a user name and password, got a URL with '@'")
    if len(value) > LONGEST_URL:
        raise ValueError(f"must be at most {LONGEST_URL} characters, got {len(value)}")
    try:
        parts = urlsplit(value)
        host = parts.hostname
        parts.port  # noqa: B018  # it is the reading that refuses a bad port
    except ValueError:
        # The words of this error may hold the value itself, raw and at full length.
        raise _unlike("a URL with a host and a port that can be read", value) from None
    if "[" in parts.netloc and not re.fullmatch(_BRACKETED, parts.netloc):
        # Python's releases differ in what they let stand in and after the brackets.
        raise _unlike("a URL with a host and a port that can be read", value)
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must begin with http:// or https:// and a host, got {shown(value)}")
    if "?" in value or "#" in value:
        raise _unlike("without a query and a fragment", value)
    return value.rstrip("/")


def one_of(choices: type[Choice], *left_out: Choice) -> Callable[[object], Choice]:
    """Return a reader of one word out of a closed set.

    Args:
        choices: The words.
        left_out: Those of them that may not be used here.
    """
    words = {choice.value: choice for choice in choices if choice not in left_out}

    def read(value: object) -> Choice:
        if isinstance(value, str) and value in words:
            return words[value]
        near = meant(value, words) if isinstance(value, str) else ""
        raise _unlike(f"one of {', '.join(words)}", value, near)

    return read


def exactly(word: str) -> Callable[[object], str]:
    """Return a reader of one word and no other."""

    def read(value: object) -> str:
        if value != word:
            raise _unlike(word, value)
        return word

    return read


def whole(value: object, least: int, most: int) -> int:
    """Read a whole number from *least* to *most*."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _unlike(f"a whole number from {least} to {most}", value)
    return value


def _number(value: object, least: int, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unlike(f"a number from {least} to {most}", value)
    if not (math.isfinite(value) and least <= value <= most):
        raise _unlike(f"a number from {least} to {most}", value)
    return float(value)


def _exact(value: object, most: int) -> Fraction:
    _number(value, 0, most)
    # Through text: 0.9 means nine tenths, and not the binary number next to it.
    return Fraction(str(value))


def _matching(value: object, pattern: str, expected: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _unlike(expected, value)
    return value


def _unlike(expected: str, value: object, hint: str = "") -> ValueError:
    return ValueError(f"must be {expected}, got {shown(value)}{hint}")
