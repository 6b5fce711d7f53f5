"""From bytes to the objects that a service wrote: a line is one, or says why it is none."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST_LINE = 16_384
"""Bytes: container runtimes cut a longer line into pieces, and no piece is JSON."""

MOST_DEPTH = 32

_CRI = re.compile(r"\d{4}-\d\d-\d\dT\S{1,40} (?:stdout|stderr) [FP](?::\S{1,40})? ")
"""What a container runtime writes before each line (CRI)."""


class NoLineError(ValueError):
    """A line is not structured; the text says what it must be."""


def read_line(text: str) -> dict[str, Any]:
    """Return what a line says, with keys of nested objects joined by dots.

    What a container's runtime wrapped around it, CRI or docker's json-file, is taken off.

    Raises:
        NoLineError: It is no JSON object.
    """
    document = _object(_CRI.sub("", text, count=1))
    inner = document.get("log")
    if isinstance(inner, str) and "stream" in document and len(document) <= 4:
        document = _object(inner)
    return flat(document)


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """Return *document* with keys of nested objects joined by dots; lists stay as they are."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, dict[str, Any], int]] = [("", document, 0)]
    while waiting:
        before, each, depth = waiting.pop()
        for key, value in each.items():
            if isinstance(value, dict) and depth < MOST_DEPTH:
                waiting.append((f"{before}{key}.", value, depth + 1))
            else:
                found.setdefault(f"{before}{key}", value)
    return found


def _object(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", errors="surrogatepass")) > LONGEST_LINE:
        raise NoLineError(f"longer than {LONGEST_LINE} bytes")
    try:
        document = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except NoLineError:
        raise
    except (ValueError, RecursionError) as error:
        raise NoLineError("not JSON") from error
    if not isinstance(document, dict):
        raise NoLineError("not a JSON object")
    return document


def _refuse(word: str) -> float:
    raise NoLineError(f"not JSON: {word}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NoLineError("a key stands twice")
    return found
