"""Keeps secrets out of lines: by value, by the name beside them, and by how they look.

Everything here takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from director.model.secrecy import (
    MASK,
    OVERLAP,
    forms,
    looks_secret,
    masked_looks,
    masked_values,
    names_secret,
)
from director.sinks.fields import FIELDS

LONGEST_SCANNED = 4_096
"""Characters of a text that are looked at; the rest is never shown."""

_NUMBERS = (int, float, bool)
_MOST_KNOWN = 4_096
_LONGEST_KNOWN = 128


class Redactor:
    """Masks what must not be seen.

    A processor of structlog: called with a line, it returns the line without secrets.

    Args:
        secrets: Values that must not appear in any line, in whatever encoding: as they are,
            percent-encoded, in base64, in hexadecimal, escaped as in JSON. Those shorter than
            6 characters are left to the rules for names.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = forms(secrets)
        # More than what is shown is scanned, so that no secret is cut in two unseen.
        self._overlap = max((OVERLAP, *map(len, self._forms)))
        self._harmless = {key for key in FIELDS if not names_secret(key)}
        self._known: set[str] = set()

    def __call__(self, _logger: Any, _name: str, event: Any) -> Any:  # noqa: ANN401  # structlog
        """Return the line without secrets."""
        if not event.keys() <= self._harmless:
            self._mask_named(event)
        known = self._known
        fresh: list[str] = []
        for value in event.values():
            kind = type(value)
            if kind is str:
                if value not in known:
                    fresh.append(value)
            elif kind not in _NUMBERS:
                fresh += map(str, value) if kind is list else [str(value)]
        # Nearly every line is clean, and one look at what is new in it says so.
        if self.suspicious(" ".join(fresh)):
            for key, value in event.items():
                if type(value) is list:
                    event[key] = [self.text(str(item)) for item in value]
                elif type(value) not in _NUMBERS:
                    event[key] = self.text(str(value))
        else:
            self._remember(fresh)
        return event

    def text(self, text: str) -> str:
        """Return *text* without secrets, cut to 4,096 characters."""
        longer = len(text) > LONGEST_SCANNED
        if longer:
            text = text[: LONGEST_SCANNED + self._overlap]
        if self.suspicious(text):
            text = masked_looks(masked_values(text, self._forms))
        if longer:
            # What ends here may be the first half of a secret.
            text = text[: max(0, len(text) - self._overlap)][:LONGEST_SCANNED]
        return text

    def suspicious(self, text: str) -> bool:
        """Return whether *text* could hold a secret; wrong only on the safe side."""
        if len(text) > LONGEST_SCANNED:
            return True
        for form in self._forms:
            if form in text:
                return True
        return looks_secret(text)

    def _remember(self, clean: list[str]) -> None:
        """Remember short texts: names of services, checks and plugins come again and again."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update(text for text in clean if len(text) <= _LONGEST_KNOWN)

    def _mask_named(self, event: Any) -> None:  # noqa: ANN401  # structlog
        """Mask the values of keys that say what they hold; remember the others."""
        for key in event.keys() - self._harmless:
            if names_secret(key):
                event[key] = MASK
            else:
                self._harmless.add(key)
