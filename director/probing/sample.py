"""The beginning of a body, as it may be shown when a check failed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from director.model.secrecy import (
    MASK,
    OVERLAP,
    SHORTEST_SECRET,
    forms,
    looks_secret,
    masked_looks,
    masked_values,
)

_SPARE_BYTES: Final = 16_384
"""So much more than what is shown is looked at: masks are shorter than what they stand for."""

_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # Its mark begins like that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def sample(body: bytes, secrets: Sequence[str] = (), limit_bytes: int = 2048) -> str:
    """Return the beginning of *body* as printable text in one line, without secrets.

    Masked are the given values in every usual spelling, what stands beside a name that says it
    is secret, and what looks like a token or a private key. Masking comes before cutting, so
    that neither a secret nor a mask is cut in two; no character is, either. What is not text
    shows as U+FFFD. Takes time in proportion to the limit, not to the body.

    Args:
        body: The decoded body; UTF-8, or another encoding of Unicode with its mark.
        secrets: Values that must not be shown; those shorter than 6 characters are left to
            the rules for names.
        limit_bytes: Longest sample, in bytes of UTF-8.
    """
    known, shown = _spelt(tuple(secrets))
    overlap = max((OVERLAP, *map(len, shown)))
    # A character takes up to four bytes.
    reach_bytes = limit_bytes + _SPARE_BYTES + 4 * overlap
    text = masked_values(_text(body[:reach_bytes]), known)
    if looks_secret(text):
        text = masked_looks(text)
    text = masked_values(_printable(text), shown)
    if len(body) > reach_bytes:
        # What ends here may be the first half of a secret.
        text = text[:-overlap] or MASK
    text = _cut(text, limit_bytes)
    # Masks of their own can spell a secret that is written with such marks.
    spelt = any(secret in text for secret in secrets if len(secret) >= SHORTEST_SECRET)
    return _cut(MASK, limit_bytes) if spelt else text


@lru_cache(maxsize=256)
def _spelt(secrets: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how *secrets* may be written in a body, and how in what is shown of it."""
    known = forms(secrets)
    # As it will be shown it may read like a secret, though as it was sent it did not.
    others = {_printable(form) for form in known} - set(known)
    if not others:
        return known, known
    found = {*known, *forms(others)}
    return known, tuple(sorted(found, key=lambda form: (-len(form), form)))


def _text(head: bytes) -> str:
    marked = ((mark, encoding) for mark, encoding in _ENCODINGS if head.startswith(mark))
    mark, encoding = next(marked, (b"", "utf-8"))
    text = head[len(mark) :].decode(encoding, errors="replace")
    # In an encoding of two bytes a character, without its mark, a secret is full of them.
    return text.replace("\0", "")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _cut(text: str, limit_bytes: int) -> str:
    """Return the beginning of *text* that fits, without the half of a character or of a mask."""
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    kept = encoded[:limit_bytes].decode(errors="ignore")
    for half in range(1, len(MASK)):
        at = len(kept) - half
        if at >= 0 and text.startswith(MASK, at):
            return kept[:at]
    return kept
