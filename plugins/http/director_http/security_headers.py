"""Does the service tell browsers what not to do?"""

from __future__ import annotations

import re
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    Reply,
    Role,
    Target,
    Unknown,
    Warned,
    dataclass,
)
from director_http.asking import NOWHERE

_FRAMING = frozenset({"deny", "sameorigin"})
_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
    }
)
"""The values of Referrer-Policy that hide something; ``unsafe-url`` hides nothing."""
_VERSION = r"/\s*v?[0-9]"
_BANNERS = ("x-powered-by", "x-aspnet-version", "x-aspnetmvc-version")
_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Ask for one page and look for the headers that keep browsers from harm.

    Every answer needs ``X-Content-Type-Options: nosniff``. A page (HTML, and what does not say
    what it is) needs a ``Content-Security-Policy``, a word on who may frame it, and a
    ``Referrer-Policy`` as well; for what no browser renders they mean nothing. A banner that
    names product and version warns.

    Attributes:
        path: Page to ask for, relative to the service's base URL.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.security-headers",
        title="Answers carry the headers that protect users",
        category="security",
        why="Browsers guess types, let others frame pages and run scripts from anywhere unless the"
        " answer forbids it; attackers live on that.",
        remedy="Send X-Content-Type-Options: nosniff, and with pages a Content-Security-Policy with"
        " frame-ancestors and a Referrer-Policy; most frameworks have one switch for it.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    path: str = "/"

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        reply = await probe.get(self.path)
        if reply.status >= 500:
            said = f"{self.path} answered with status {reply.status}, which users do not see"
            return Unknown(said, "http_status")
        page = _is_page(reply)
        expected = "nosniff" + (", a CSP, framing and a Referrer-Policy" if page else "")
        lacks = _lacks(reply, page)
        if lacks:
            observed = "; ".join(lacks)
            said = f"{self.path} answered {reply.status} without protection: {observed}"
            return Failed(said, observed=observed, expected=expected, code="header_missing")
        banners = _banners(reply)
        if banners:
            observed = ", ".join(banners)
            return Warned(
                f"{self.path} tells everybody what it runs: {observed}",
                remedy="Take product and version out of the headers: they tell attackers which"
                " known hole to try.",
                observed=observed,
                expected="no product version in a header",
            )
        return Passed(f"{self.path} carries {expected}", expected, expected)


def _is_page(reply: Reply) -> bool:
    kind = (reply.header("content-type") or "").partition(";")[0].strip().lower()
    # What has no type is guessed, and may be taken for a page.
    return kind in _PAGES or (not kind and reply.body != b"")


def _lacks(reply: Reply, page: bool) -> list[str]:
    lacks = []
    if (reply.header("x-content-type-options") or "").strip().lower() != "nosniff":
        lacks.append("X-Content-Type-Options is not nosniff")
    if not page:
        return lacks
    directives = _directives(reply)
    if not directives:
        lacks.append("no Content-Security-Policy")
    framing = (reply.header("x-frame-options") or "").strip().lower()
    ancestors = directives.get("frame-ancestors")
    # Where both are there, browsers heed the policy alone.
    if framing not in _FRAMING if ancestors is None else "*" in ancestors:
        lacks.append("anybody may frame it")
    if not _POLICIES & set(_words(reply.header("referrer-policy") or "")):
        lacks.append("no Referrer-Policy")
    return lacks


def _directives(reply: Reply) -> dict[str, list[str]]:
    """Return the directives of every policy that is enforced; of two of a name the first."""
    policies = [value for name, value in reply.headers if name == "content-security-policy"]
    found: dict[str, list[str]] = {}
    for words in (part.split() for policy in policies for part in re.split("[;,]", policy)):
        if words:
            found.setdefault(words[0].lower(), words[1:])
    return found


def _words(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",")]


def _banners(reply: Reply) -> list[str]:
    """Return every header that names a product with its version."""
    server = reply.header("server") or ""
    found = [f"server: {server}"] if re.search(_VERSION, server) else []
    return found + [f"{n}: {reply.header(n)}" for n in _BANNERS if reply.header(n) is not None]
