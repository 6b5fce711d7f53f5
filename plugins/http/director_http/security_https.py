"""Does the service insist on https, and keep browsers to it?"""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import urlsplit

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    NotApplicable,
    Passed,
    Probe,
    ProbeError,
    ProbeReason,
    Redirects,
    Reply,
    Role,
    Target,
    Tighter,
    Unknown,
    Warned,
    dataclass,
    option,
)
from director_http.asking import NOWHERE, is_https, is_public
from director_http.login import destination, is_redirect

_SHUT = frozenset({ProbeReason.CONNECT_REFUSED, ProbeReason.CONNECT_RESET})
_REFUSALS = frozenset({403, 426})
_WANTED = "a redirect to https, or nothing that listens"


@dataclass(frozen=True, slots=True)
class SecurityHttps:
    """Ask port 80 of the base URL's host for the first page, and see whether it leads to https.

    The https side is asked first: what port 80 of a dead host does proves nothing. A base URL
    without TLS fails where it is dialled at a public address; inside a private network the
    check does not apply.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.security-https",
        title="Plain http leads to https",
        category="security",
        why="What travels in the clear is read and changed on the way: sessions, passwords, and"
        " the page itself.",
        remedy="Serve over https, and answer port 80 with a permanent redirect to it, or close it.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once over https, and once in the clear."""
        if target.base_url is None:
            return NOWHERE
        reply = await probe.get("/", redirects=Redirects.NEVER)
        if not is_https(target.base_url):
            return _without_tls(reply)
        plain = f"http://{_host(target.base_url)}/"
        try:
            return _judged(await probe.get(plain, redirects=Redirects.NEVER), plain)
        except ProbeError as error:
            return _unheard(error, plain)


def _without_tls(reply: Reply) -> Answer:
    if is_public(reply.address):
        return Failed(
            f"the base_url is plain http, and answers at {reply.address or 'an unknown address'}",
            observed="http",
            expected="https",
            code="plain_http",
        )
    return NotApplicable(
        f"plain http at {reply.address}, an address that only the inside of a network reaches"
    )


def _host(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    return f"[{host}]" if ":" in host else host


def _judged(reply: Reply, plain: str) -> Answer:
    said = f"{plain} answered with status {reply.status}"
    observed = f"status {reply.status}"
    if is_redirect(reply):
        leads_to = destination(reply)
        observed = f"{observed} to {_origin(leads_to)}"
        if is_https(leads_to):
            return Passed(f"{said} and leads to {_origin(leads_to)}", observed, _WANTED)
    elif reply.status in _REFUSALS:
        return Passed(f"{said}: plain http is refused", observed, _WANTED)
    elif reply.status >= 500:
        return Unknown(f"{said}: what it does to plain http cannot be told", "http_status")
    elif reply.status >= 400:
        return Warned(f"{said}, and does not lead to https", "", observed, _WANTED)
    return Failed(
        f"{said} in the clear, and does not lead to https",
        observed=observed,
        expected=_WANTED,
        code="plain_http",
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "nowhere"


def _unheard(error: ProbeError, plain: str) -> Answer:
    """Return what it means that plain http was not answered, though https was."""
    if error.reason in _SHUT:
        return Passed(f"{plain}: port 80 takes no connection", error.reason.value, _WANTED)
    return Unknown(
        f"{plain} gave no answer ({error.detail}), so whether it leads to https cannot be told;"
        " redirect there, or refuse the connection",
        error.reason.value,
    )


_DIRECTIVE = r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s\";]+)))?\s*"


@dataclass(frozen=True, slots=True)
class SecurityHsts:
    """Ask for one page over https and read ``Strict-Transport-Security`` (RFC 6797).

    Attributes:
        path: Page to ask for, relative to the service's base URL.
        min_max_age_s: Least time a browser must remember it, in seconds; half a year.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.security-hsts",
        title="Browsers are told to come back over https only",
        category="security",
        why="Without HSTS the first request of every visit can go out in the clear, where anybody"
        " on the way can keep the visitor from https for good.",
        remedy="Send Strict-Transport-Security with a max-age of at least half a year on every"
        " answer over https.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    path: str = "/"
    min_max_age_s: int = option(15_768_000, tighter=Tighter.HIGHER)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NOWHERE
        if not is_https(target.base_url):
            return NotApplicable("the base_url is plain http, over which browsers ignore HSTS")
        reply = await probe.get(self.path, redirects=Redirects.NEVER)
        if reply.status >= 500:
            said = f"{self.path} answered with status {reply.status}, which users do not see"
            return Unknown(said, "http_status")
        sent = reply.header("strict-transport-security")
        if sent is None:
            said = f"{self.path} sends no Strict-Transport-Security"
            return self._failed(said, "none", "missing")
        return self._read(sent)

    def _read(self, sent: str) -> Answer:
        max_age_s = read_max_age_s(sent)
        if max_age_s is None:
            return self._failed(
                f"{self.path} sends a Strict-Transport-Security that browsers ignore: {sent!r}",
                sent,
                "invalid",
            )
        if max_age_s < self.min_max_age_s:
            said = f"browsers are told to remember https for {_days(max_age_s)} only"
            return self._failed(said, f"max-age {max_age_s} s", "short")
        said = f"browsers remember https for {_days(max_age_s)}"
        return Passed(said, f"max-age {max_age_s} s", self._expected())

    def _failed(self, said: str, observed: str, how: str) -> Failed:
        return Failed(
            f"{said}, wanted {_days(self.min_max_age_s)}",
            observed=observed,
            expected=self._expected(),
            code=f"hsts_{how}",
        )

    def _expected(self) -> str:
        return f"max-age at least {self.min_max_age_s} s"


def read_max_age_s(sent: str) -> int | None:
    """Return the ``max-age`` of a ``Strict-Transport-Security``, in seconds.

    Returns:
        None where a browser ignores the header: a directive that cannot be read or comes twice,
        or no ``max-age`` (RFC 6797 §6.1).

    >>> read_max_age_s('max-age="31536000"; includeSubDomains')
    31536000
    """
    found: dict[str, str] = {}
    for part in sent.split(";"):
        if not part.strip():
            continue
        match = re.fullmatch(_DIRECTIVE, part)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = match[2] if match[2] is not None else match[3] or ""
    age = found.get("max-age", "")
    return int(age) if re.fullmatch(r"[0-9]{1,18}", age) else None


def _days(seconds: int) -> str:
    return f"{seconds / 86400:.0f} days"
