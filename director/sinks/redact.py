"""Keeps secrets out of lines: by value, by the name beside them, and by how they look.

Everything here takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from director.sinks.fields import FIELDS

MASK = "***"

SHORTEST_SECRET = 6
"""Shorter values are not masked by value: they are parts of ordinary words."""

LONGEST_SCANNED = 4_096
"""Characters of a text that are looked at; the rest is never shown."""

_OVERLAP = 1_024
"""Characters more than that are scanned, so that no secret is cut in two unseen."""

_NAMES = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|credentials?|cookie|authorization"
    r"|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|dsn"
)
_NAMED = re.compile(_NAMES, re.IGNORECASE)

_LOOKS = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,52}-----|\Z)"
    r"|eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)*"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|gh[a-z]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,}"
    r"|sk[-_][A-Za-z0-9_-]{16,}"
    r"|AIza[A-Za-z0-9_-]{30,}",
    re.DOTALL,
)
_HEADERS = re.compile(
    r"((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)"
    r"([\"']?\s{0,4}[:=]\s{0,4}[\"']?)([^\"'\r\n]+)",
    re.IGNORECASE,
)
_SCHEMES = re.compile(
    # Words of prose have neither digits nor signs, and tokens are longer than words.
    r"\b(bearer|basic)(\s{1,4})(?=[A-Za-z]{0,64}[0-9._~+/=-]|[A-Za-z]{20})[A-Za-z0-9._~+/=-]{6,}",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}\s{{0,4}}=\s{{0,4}})(\"[^\"]*\"?|'[^']*'?|[^\s,;&\"']+)",
    re.IGNORECASE,
)
_COLON = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}(?:\\{{0,3}}[\"'])?\s{{0,4}}:\s{{0,4}})"
    r"(\\{0,3}\"[^\"]*\"?|\\{0,3}'[^']*'?"
    # "password: hunter2" ends there; "password: must be set" goes on and is prose.
    r"|[^\s,;&\"'}\]]{6,}+(?=\s*(?:$|[,;&}\]])))",
    re.IGNORECASE,
)
_URL = re.compile(r"://[^\s\"'<>]*")
_AUTHORITY_END = re.compile(r"[/?#]")
_PORT = re.compile(r"(?:\[[^\]]*\]|[^:]*)(?::\d*)?")
_PARAMETER = re.compile(r"[^&;]+")

_HINTS = (
    *("passw", "passphrase", "pwd", "secret", "token", "credential", "cookie", "authorization"),
    *(
        "key",
        "dsn",
        "bearer ",
        "basic ",
        "eyj",
        "akia",
        "asia",
        "gh",
        "github_pat_",
        "glpat-",
        "xox",
        "sk-",
    ),
    *("sk_", "aiza"),
)
"""One of these stands, in lower case, in whatever the rules above match."""

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
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))
        self._values = re.compile("|".join(map(re.escape, self._forms))) if forms else None
        self._overlap = max((_OVERLAP, *map(len, self._forms)))
        self._harmless = {key for key in FIELDS if not _NAMED.search(key)}
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
        if self._suspicious(" ".join(fresh)):
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
        if self._suspicious(text):
            text = self._masked(text)
        if longer:
            # What ends here may be the first half of a secret.
            text = text[: max(0, len(text) - self._overlap)][:LONGEST_SCANNED]
        return text

    def _masked(self, text: str) -> str:
        if self._values:
            text = self._values.sub(MASK, text)
        text = _LOOKS.sub(MASK, text)
        text = _SCHEMES.sub(rf"\1\2{MASK}", text)
        text = _HEADERS.sub(rf"\1\2{MASK}", text)
        text = _URL.sub(_scrubbed_url, text)
        text = _ASSIGNED.sub(rf"\1{MASK}", text)
        return _COLON.sub(rf"\1{MASK}", text)

    def _suspicious(self, text: str) -> bool:
        """Whether *text* could hold a secret; wrong only on the safe side."""
        if len(text) > LONGEST_SCANNED:
            return True
        for form in self._forms:
            if form in text:
                return True
        lower = text.lower()
        for hint in _HINTS:
            if hint in lower:
                return True
        return "://" in text and ("@" in text or "?" in text or "#" in text)

    def _remember(self, clean: list[str]) -> None:
        """Remember short texts: names of services, checks and plugins come again and again."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update(text for text in clean if len(text) <= _LONGEST_KNOWN)

    def _mask_named(self, event: Any) -> None:  # noqa: ANN401  # structlog
        """Mask the values of keys that say what they hold; remember the others."""
        for key in event.keys() - self._harmless:
            if _NAMED.search(key):
                event[key] = MASK
            else:
                self._harmless.add(key)


def _forms(secret: str) -> Iterable[str]:
    """Return how *secret* may be written."""
    if len(secret) < SHORTEST_SECRET:
        return
    raw = secret.encode("utf-8", errors="surrogatepass")
    yield secret
    yield repr(secret)[1:-1]
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), encoded)
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):
        # Only the characters that depend on nothing but the secret.
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        sure = encoded[(0, 2, 3)[shift] : 8 * (shift + len(raw)) // 6]
        yield sure
        yield sure.replace("+", "-").replace("/", "_")


def _scrubbed_url(found: re.Match[str]) -> str:
    """Return an address without user info, values of the query, and fragment."""
    rest = found[0][3:].partition("#")[0]
    end = _AUTHORITY_END.search(rest)
    authority = rest[: end.start()] if end else rest
    if "@" not in authority and "@" in rest and not _PORT.fullmatch(authority):
        # No port looks like that: a password with a slash or a question mark in it.
        authority = rest[: rest.rfind("@") + 1]
    if "@" in authority:
        rest = rest[authority.rfind("@") + 1 :]
    address, mark, query = rest.partition("?")
    return f"://{address}{mark}{_PARAMETER.sub(_scrubbed_parameter, query)}"


def _scrubbed_parameter(found: re.Match[str]) -> str:
    name, equals, _ = found[0].partition("=")
    return f"{name}={MASK}" if equals else MASK
