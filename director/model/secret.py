"""Secrets that the operator registers, and the references to them that manifests hold."""

from __future__ import annotations

import re
from dataclasses import field

from director.model.text import named
from director.model.value import dataclass

REFERENCE = r"\$\{secret:([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)\}"
"""What stands for a secret in a manifest, for example ``${secret:payments-token}``."""

_BEGINNING = "${secret"
_ILL_FORMED = "must write a secret as ${secret:NAME}, in lower case"

# Compiled on first use: nearly no manifest has anything that even begins like one of these.
_HINTS = (  # noqa: SIM905  # a list of words is easier to read without quotes
    "KEY----- eyJ AKIA ASIA gho_ ghp_ ghr_ ghs_ ghu_ github_pat_ glpat- xox sk_live_ sk_test_"
    " rk_live_ rk_test_ sk- AIza SG. npm_ pypi- hvs."
).split()
# The shapes that those who hand out tokens document, each with an end on both sides; nothing that
# is only long and random, as digests and identifiers are.
_TOKENS = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"|(?<![A-Za-z0-9_-])(?:"
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    r"|gh[opsru]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{32,}"
    r"|AIza[A-Za-z0-9_-]{35}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|hvs\.[A-Za-z0-9_-]{20,}"
    r")"
)
# Of the scheme only its end: from its beginning on, a long word would be read once per letter.
_USER_INFO = r"[A-Za-z0-9+.-]://[^\s/?#@:]*:[^\s/?#]+@"
_HEADER = r"(?m)^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)$"
_SCHEME = r"[A-Za-z][A-Za-z0-9-]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One value that may be sent to some hosts.

    Attributes:
        name: What references call it.
        value: The value; empty if it is not there. No representation shows it.
        hosts: Whom it may be sent to: host names in lower case, ``*.`` before one for all below
            it, and after a colon a port.
        plaintext: Whether it may be sent without TLS.
        absence: Why there is no value, in one clause; empty if there is one.
    """

    name: str
    value: str = field(repr=False)
    hosts: tuple[str, ...]
    plaintext: bool = False
    absence: str = ""

    def may_go_to(self, host: str, port: int) -> bool:
        """Return whether it may be sent to *host* at *port*."""
        wanted = host.lower().rstrip(".")
        return any(_covers(pattern, wanted, port) for pattern in self.hosts)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every secret that is registered, sorted by name."""

    registered: tuple[Secret, ...] = ()

    def get(self, name: str) -> Secret | None:
        """Return the secret *name*, or None."""
        return next((each for each in self.registered if each.name == name), None)

    @property
    def values(self) -> tuple[str, ...]:
        """Every value that is there."""
        return tuple(each.value for each in self.registered if each.value)

    def fault(self, text: str) -> str:
        """Return what is wrong with the references in *text*, in one clause, or an empty text."""
        if _BEGINNING not in text:
            return ""
        names = re.findall(REFERENCE, text)
        if text.count(_BEGINNING) != len(names):
            return _ILL_FORMED
        for name in names:
            secret = self.get(name)
            if secret is None:
                known = ", ".join(each.name for each in self.registered)
                hint = f"registered are {known}" if known else "the operator registers none"
                return named(f"must name a secret of --secrets, got {name!r}: {hint}")
            if secret.absence:
                return named(f"must name a secret that has a value, got {name!r}: {secret.absence}")
        return ""


def well_formed(text: str) -> str:
    """Return what is wrong with how secrets are referred to in *text*, whatever is registered."""
    written = len(re.findall(REFERENCE, text)) if _BEGINNING in text else 0
    return "" if text.count(_BEGINNING) == written else _ILL_FORMED


def holds_secret(text: str) -> bool:
    """Return whether *text* has a token, a private key or a URL with a password in it.

    >>> holds_secret("https://user:hunter2@example.com"), holds_secret("${secret:payments-token}")
    (True, False)
    """
    if holds_token(text):
        return True
    return re.search(_USER_INFO, text) is not None


def holds_token(text: str) -> bool:
    """Return whether *text* has a token or a private key in it."""
    return any(hint in text for hint in _HINTS) and re.search(_TOKENS, text) is not None


def holds_credentials(text: str) -> bool:
    """Return whether *text* has a header in it whose value is a secret, other than by reference.

    >>> holds_credentials("Authorization: Basic abc"), holds_credentials("Accept: text/html")
    (True, False)
    >>> holds_credentials("Authorization: Bearer ${secret:payments-token}")
    False
    """
    if ":" not in text:
        return False
    from director.model.secrecy import names_secret  # noqa: PLC0415  # its patterns take a while

    for name, value in re.findall(_HEADER, text):
        if not names_secret(name):
            continue
        # Besides references only the name of the scheme may stand there.
        rest = re.sub(REFERENCE, "", value).strip(" \t\"'")
        if rest and not (re.search(REFERENCE, value) and re.fullmatch(_SCHEME, rest)):
            return True
    return False


def _covers(pattern: str, host: str, port: int) -> bool:
    name, _, only = pattern.partition(":") if pattern.count(":") < 2 else _of_address(pattern)
    if only and int(only) != port:
        return False
    if name.startswith("*."):
        return host.endswith(name[1:]) and len(host) > len(name) - 1
    return host == name


def _of_address(pattern: str) -> tuple[str, str, str]:
    """Return the parts of an IPv6 address in brackets, perhaps with a port."""
    address, _, port = pattern.removeprefix("[").partition("]")
    return address, ":", port.removeprefix(":")
