"""What a sample of a log is worth: of every line, everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from director.plugin import dataclass, names_secret
from director_logs.reading import LONGEST_LINE, NoLineError, read_line
from director_logs.standards import LEVELS, Standard

_SHORTEST_SECRET = 6
_WORDS = re.compile(r"[_-]|(?<=[a-z])(?=[A-Z])")
_ABOUT_A_SECRET = frozenset(
    {
        *("at", "count", "counts", "expires", "expiry", "in", "kind", "length", "limit", "name"),
        *("policy", "present", "size", "source", "status", "total", "ttl", "type", "used"),
        *("valid", "version"),
    }
)
"""A key that ends with such a word says something about a secret, and does not hold it."""

_MASKED = re.compile(
    r".{0,8}[*•]{3,}.{0,8}|[xX#-]{3,}|[<\[({][\w *.:-]{0,60}[>\])}]|true|false|unknown"
    r"|\W{0,4}(?:redacted|masked|hidden|filtered|omitted|removed|scrubbed)\W{0,4}",
    re.IGNORECASE,
)
# Each begins where a word does, so that no text is looked at more than once.
_LOOKS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "a private key": re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"),
        "a signed token": re.compile(
            r"(?<![\w-])eyJ[\w-]{10,}+\.[\w-]{10,}+\.[\w-]{10,}+", re.ASCII
        ),
        "a bearer token": re.compile(
            r"(?<!\w)bearer\s{1,4}(?=[a-z]{0,64}[0-9._~+/=-])[\w.~+/=-]{16,}+",
            re.ASCII | re.IGNORECASE,
        ),
        "a key of a cloud": re.compile(
            r"(?<![\w-])(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?![\w-])|AIza[\w-]{30,}+)", re.ASCII
        ),
        "a token of a forge or a chat": re.compile(
            r"(?<![\w-])(?:gh[a-z]_[A-Za-z0-9]{16,}+|github_pat_\w{16,}+|glpat-[\w-]{16,}+"
            r"|xox[a-z]-[A-Za-z0-9-]{8,}+)",
            re.ASCII,
        ),
        "a password in a URL": re.compile(r"://[^\s/?#@:\"']{0,200}:(?!\*{3})[^\s/@\"']{1,200}@"),
    }
)
"""What is secret wherever it stands, in the words that say so."""

_TRACE = re.compile(r"(?!0+$)(?:[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[0-9]{1,20}|[\w./-]{8,128})")


@dataclass(frozen=True, slots=True)
class Grade:
    """What was found in a sample.

    Attributes:
        lines: How many lines it has.
        whole: How many of them have everything.
        traced: How many name the request that they belong to.
        faults: What was wrong: how often, and the number of the first such line, by words that
            quote nothing of it.
        secrets: The same of lines that hold something secret.
    """

    lines: int = 0
    whole: int = 0
    traced: int = 0
    faults: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    secrets: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def grade(lines: Iterable[str], standard: Standard) -> Grade:
    """Return what *lines* are worth under the names of *standard*."""
    count = whole = traced = 0
    faults: dict[str, tuple[int, int]] = {}
    secrets: dict[str, tuple[int, int]] = {}
    for number, text in enumerate(lines, 1):
        count += 1
        for secret in _secrets_in_text(text[:LONGEST_LINE]):
            _add(secrets, secret, number)
        try:
            said = read_line(text)
        except NoLineError as error:
            _add(faults, str(error), number)
            continue
        lacking = list(_lacking(said, standard))
        for fault in lacking:
            _add(faults, fault, number)
        for secret in set(_secrets(said)):
            _add(secrets, secret, number)
        whole += not lacking
        traced += any(_TRACE.fullmatch(str(said.get(name, ""))) for name in standard.traces)
    return Grade(count, whole, traced, faults, secrets)


def _add(found: dict[str, tuple[int, int]], what: str, number: int) -> None:
    times, first = found.get(what, (0, number))
    found[what] = times + 1, first


def _lacking(said: Mapping[str, Any], standard: Standard) -> Iterator[str]:
    if not any(_is_moment(said.get(name)) for name in standard.times):
        there = any(name in said for name in standard.times)
        yield "a timestamp without its zone" if there else "no timestamp"
    if not any(_is_level(said.get(name)) for name in standard.levels):
        there = any(name in said for name in standard.levels)
        yield "a level that nobody knows" if there else "no level"
    if not any(isinstance(said.get(name), str) and said[name] for name in standard.messages):
        yield "no message"


def _is_moment(value: object) -> bool:
    """Whether *value* is a moment that means the same everywhere."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return value > 1e8  # Seconds, or smaller units, since 1970.
    if not isinstance(value, str) or len(value) > 64:
        return False
    if value.isdecimal():
        return len(value) >= 9
    try:
        return datetime.fromisoformat(_to_micros(value)).tzinfo is not None
    except ValueError:
        return False


def _to_micros(text: str) -> str:
    """Return a time with at most the digits that can be read here: many write nanoseconds."""
    return re.sub(r"([.,]\d{6})\d{1,3}", r"\1", text)


def _is_level(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 0 <= value <= 1_000  # Numbers of syslog, OpenTelemetry, GCP, and of pino and bunyan.
    return isinstance(value, str) and value.strip().lower() in LEVELS


def _secrets_in_text(text: str) -> Iterator[str]:
    """Yield what *text* holds that looks secret by itself, wherever it stands."""
    for name, look in _LOOKS.items():
        if look.search(text):
            yield name


def _secrets(said: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stands beside a key that says that it is secret."""
    waiting: list[tuple[str, object]] = list(said.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(key, each) for each in value]
        elif isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, str) and _is_secret(key.rpartition(".")[2], value.strip()):
            yield "a value whose key says that it is secret"


def _is_secret(key: str, value: str) -> bool:
    if len(value) < _SHORTEST_SECRET or " " in value or not names_secret(key):
        return False
    return _WORDS.split(key)[-1].lower() not in _ABOUT_A_SECRET and not _MASKED.fullmatch(value)
