"""What of a text must not be seen: known values however they are written, and what looks secret.

Shared by all that shows text of others: log lines, and the beginnings of bodies. Everything here
takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence

MASK = "***"

SHORTEST_SECRET = 6
"""Shorter values are not masked by value: they are parts of ordinary words."""

OVERLAP = 1_024
"""Characters: where a text was cut, so much of its end may be the half of something secret."""

_NAMES = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|credentials?|cookie|authorization"
    r"|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|session[-_]?id|dsn"
)
_NAMED = re.compile(_NAMES, re.IGNORECASE)

_HINTS = (
    *("passw", "passphrase", "pwd", "secret", "token", "credential", "cookie", "authorization"),
    *("key", "dsn", "session", "bearer", "basic"),
    *("eyj", "akia", "asia", "gh", "github_pat_", "glpat-", "xox", "sk-", "sk_", "aiza"),
)
"""One of these stands, in lower case, in whatever the rules for looks match."""

# The end of a string may be missing: the text can break off.
_QUOTED = r"\"(?:[^\"\\]++|\\.?)*+\"?|'(?:[^'\\]++|\\.?)*+'?"

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
    rf"([\"']?\s{{0,4}}[:=]\s{{0,4}})({_QUOTED}|[^\"'\s][^\r\n]*)",
    re.IGNORECASE,
)
_SCHEMES = re.compile(
    # Words of prose have neither digits nor signs, and tokens are longer than words.
    r"\b(bearer|basic)(\s{1,4})(?=[A-Za-z]{0,64}[0-9._~+/=-]|[A-Za-z]{20})[A-Za-z0-9._~+/=-]{6,}",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    rf"(<[\w:.-]{{0,64}}(?:{_NAMES})[\w:.-]{{0,32}}(?:\s[^<>]{{0,256}})?>)[^<]+", re.IGNORECASE
)
_ASSIGNED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}\s{{0,4}}=\s{{0,4}})({_QUOTED}|[^\s,;&\"']+)",
    re.IGNORECASE,
)
_COLON = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}(?:\\{{0,3}}[\"'])?\s{{0,4}}:\s{{0,4}})"
    rf"(\\{{1,3}}\"[^\"]*\"?|\\{{1,3}}'[^']*'?|{_QUOTED}"
    r"|\[[^\[\]]*\]?|\{[^{}]*\}?"
    # "password: hunter2" ends there; "password: must be set" goes on and is prose. Nothing in
    # prose is so long, and what is so long must not be looked at again for each name in it.
    r"|[^\s,;&\"'}\]]{128,}+|[^\s,;&\"'}\]]{6,127}+(?=[^\S\r\n]*(?:[\r\n,;&}\]]|\Z)))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}\\{{0,3}}[\"']\s{{0,4}}:\s{{0,4}})-?\d[\w.+-]*", re.IGNORECASE
)
_URL = re.compile(r"://[^\s\"'<>]*")
_AUTHORITY_END = re.compile(r"[/?#]")
_PORT = re.compile(r"(?:\[[^\]]*\]|[^:]*)(?::\d*)?")
_PARAMETER = re.compile(r"[^&;]+")

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_PERCENT = re.compile("%[0-9A-F]{2}")
_UNICODE = re.compile(r"\\u[0-9a-f]{4}")
_MARKS = re.compile(r"[&'+<>`]")


def names_secret(name: str) -> bool:
    """Return whether *name* says that what it names is secret, for example ``db_password``."""
    return _NAMED.search(name) is not None


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return how *secrets* may be written, the longest first.

    As they are, percent-encoded, in base64 at any place of a longer text, in hexadecimal, and
    escaped as in JSON, HTML and Python. Those shorter than 6 characters are left out.
    """
    found = {
        form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)
    }
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def masked_values(text: str, forms: Sequence[str]) -> str:
    """Return *text* with each of *forms*, as ``forms`` gives them, masked wherever it stands."""
    there = [form for form in forms if form in text]
    # At once, so that no mask becomes a part of what is looked for next.
    return re.sub("|".join(map(re.escape, there)), MASK, text) if there else text


def masked_looks(text: str) -> str:
    """Return *text* without what looks secret, or stands beside a name that says it is."""
    text = _LOOKS.sub(MASK, text)
    text = _SCHEMES.sub(rf"\1\2{MASK}", text)
    text = _HEADERS.sub(rf"\1\2{MASK}", text)
    text = _URL.sub(_scrubbed_url, text)
    text = _TAGGED.sub(rf"\1{MASK}", text)
    text = _ASSIGNED.sub(rf"\1{MASK}", text)
    text = _COLON.sub(rf"\1{MASK}", text)
    return _NUMBERED.sub(rf"\1{MASK}", text)


def looks_secret(text: str) -> bool:
    """Return whether ``masked_looks`` could change *text*; wrong only on the safe side."""
    lower = text.lower()
    for hint in _HINTS:
        if hint in lower:
            return True
    return "://" in text and ("@" in text or "?" in text or "#" in text)


def _forms(secret: str) -> Iterator[str]:
    """Yield how *secret* may be written."""
    raw = secret.encode("utf-8", errors="surrogatepass")
    yield secret
    yield repr(secret)[1:-1]
    yield from _in_json(secret)
    yield from _in_html(secret)
    yield from _in_url(raw)
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):
        # Only the characters that depend on nothing but the secret.
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        sure = encoded[(0, 2, 3)[shift] : 8 * (shift + len(raw)) // 6]
        yield sure
        yield sure.replace("+", "-").replace("/", "_")


def _in_json(secret: str) -> Iterator[str]:
    """Yield *secret* as the usual writers of JSON escape it."""
    for ascii_only in (True, False):
        written = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        careful = _MARKS.sub(lambda mark: f"\\u{ord(mark[0]):04x}", written)
        for each in (written, careful, careful.replace('\\"', "\\u0022")):
            for form in (each, each.replace("/", "\\/")):
                yield form
                yield _UNICODE.sub(lambda escape: f"\\u{escape[0][2:].upper()}", form)


def _in_html(secret: str) -> Iterator[str]:
    """Yield *secret* as the usual writers of HTML escape it."""
    plain = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield plain
    for double in ("&quot;", "&#34;"):
        quoted = plain.replace('"', double)
        yield quoted
        for single in ("&#39;", "&#x27;", "&#039;", "&apos;"):
            yield quoted.replace("'", single)


def _in_url(raw: bytes) -> Iterator[str]:
    """Yield *raw* percent-encoded, by those who keep few signs and those who keep many."""
    for kept in (b"", b"/", b"!'()*", b"*"):
        plain = _UNRESERVED.union(kept)
        written = "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in raw)
        for form in (written, written.replace("%20", "+")):
            yield form
            yield _PERCENT.sub(lambda escape: escape[0].lower(), form)


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
