"""With whom the checks of this plugin shake hands, and what a handshake that failed means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from director.plugin import (
    Failed,
    Handshake,
    NotApplicable,
    Probe,
    ProbeError,
    StartTls,
    Target,
    TlsFacts,
)


def exempt(target: Target, where: str) -> NotApplicable | None:
    """Return why there is nobody to shake hands with, or None if there is."""
    if where:
        return None
    if target.base_url is None:
        return NotApplicable("the environment has no base_url, and no host is named under where")
    if urlsplit(target.base_url).scheme.lower() != "https":
        return NotApplicable("the base_url is plain http; http.security-https judges that")
    return None


def require_starttls(starttls: str) -> None:
    """Refuse a protocol that nobody changes to TLS from.

    Raises:
        ValueError: It is none of the known ones.
    """
    known = [each.value for each in StartTls]
    if starttls and starttls not in known:
        raise ValueError(f"starttls must be {', '.join(known)} or empty, got {starttls!r}")


async def shake(probe: Probe, where: str, starttls: str) -> Handshake | ProbeError:
    """Return one handshake, or why there was none though the peer showed who it is.

    Raises:
        ProbeError: The peer showed nothing of itself.
    """
    try:
        return await probe.handshake(where, starttls=StartTls(starttls) if starttls else None)
    except ProbeError as error:
        if error.seen.tls is None or error.reason.blind:
            raise
        return error


def unaccepted(error: ProbeError, facts: TlsFacts, host: str) -> Failed:
    """Return what is wrong with what the peer showed: who signed it, for whom, and until when."""
    return Failed(
        f"{host}: {error.detail}; the certificate for {named(facts.names)} was signed by"
        f" {facts.issuer or 'nobody'} and is valid from {day(facts.not_before)} to"
        f" {day(facts.not_after)}",
        observed=error.reason.value,
        expected="a certificate that clients accept",
        code=error.reason.value,
    )


def named(names: Iterable[str]) -> str:
    """Return the first names of a certificate, for people."""
    each = list(names)
    more = f" and {len(each) - 5} more" if len(each) > 5 else ""
    return (", ".join(each[:5]) or "no name") + more


def day(at: datetime) -> str:
    """Return the day of a moment."""
    return at.date().isoformat()


def place(target: Target, where: str) -> str:
    """Return host and port, or the host, of whom is asked, for people."""
    return where or urlsplit(target.base_url or "").netloc.rpartition("@")[2]
