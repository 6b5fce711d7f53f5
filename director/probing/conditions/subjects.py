"""From an answer to the value that an expectation speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.health import HealthDocument
from director.model.probe import Phase, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts
from director.probing.conditions.tree import Kind, Subject


class Missing:
    """The answer is of the kind that has such a value, and this one has none."""


class Foreign:
    """No answer of this kind has such a value."""


Value: TypeAlias = Any
"""A plain value of the subject's kind, a tuple of texts, a JSON value, or one of the above."""

ReadHealth: TypeAlias = Callable[[Reply], HealthDocument | None]

_PHASES: Final = tuple(phase.value for phase in Phase if phase is not Phase.TLS)

KINDS: Final[Mapping[str, Kind]] = {
    "status": Kind.NUMBER,
    "header": Kind.TEXTS,
    "body": Kind.TEXT,
    "size": Kind.NUMBER,
    "json": Kind.JSON,
    "version": Kind.TEXT,
    "redirects": Kind.NUMBER,
    "address": Kind.TEXT,
    "total": Kind.DURATION,
    **dict.fromkeys(_PHASES, Kind.DURATION),
    "tls": Kind.DURATION,
    "tls.version": Kind.VERSION,
    "tls.trusted": Kind.TRUTH,
    "tls.issuer": Kind.TEXT,
    "tls.subject": Kind.TEXT,
    "tls.names": Kind.TEXTS,
    "tls.expires_in": Kind.DURATION,
    "tls.chain_expires_in": Kind.DURATION,
    "dns.rcode": Kind.TEXT,
    "dns.values": Kind.TEXTS,
    "dns.count": Kind.NUMBER,
    "dns.ttl": Kind.DURATION,
    "dns.resolver": Kind.TEXT,
    "banner": Kind.TEXT,
    "health.status": Kind.TEXT,
    "health": Kind.TEXT,
}
"""Every subject and what kind of value it has."""

ARGUMENTS: Final = frozenset({"header", "json", "health"})
"""The subjects that need an argument in parentheses."""

_TLS_VERSIONS: Final = {"SSLv3": 0.3, "TLSv1": 1.0, "TLSv1.1": 1.1, "TLSv1.2": 1.2, "TLSv1.3": 1.3}
_TLS_WORDS: Final = {"1.0": 1.0, "1.1": 1.1, "1.2": 1.2, "1.3": 1.3}


def tls_version(text: str) -> float | None:
    """Return the TLS version that *text* is, ``1.2`` or ``TLSv1.2``, or None."""
    return _TLS_VERSIONS.get(text, _TLS_WORDS.get(text))


def value_of(subject: Subject, answer: Seen, read_health: ReadHealth) -> Value:  # noqa: PLR0911  # one per family
    """Return the value of *subject*, or that there is none.

    Args:
        subject: Which.
        answer: What the probe saw.
        read_health: Reads a health document out of a reply.
    """
    name = subject.name
    if name in {"total", "tls"} or name in _PHASES:
        return getattr(answer.phases, f"{name}_s")
    if name == "address":
        address = getattr(answer, "address", None)
        return Foreign if address is None else address or Missing
    if name.startswith("tls."):
        tls = answer.tls if isinstance(answer, (Reply, Handshake)) else None
        known = isinstance(answer, (Reply, Handshake))
        return (_of_tls(name, tls) if tls else Missing) if known else Foreign
    if name.startswith("dns."):
        return _of_dns(name, answer) if isinstance(answer, DnsAnswer) else Foreign
    if name == "banner":
        if not isinstance(answer, Greeting):
            return Foreign
        return answer.banner.decode("utf-8", errors="replace")
    if not isinstance(answer, Reply):
        return Foreign
    if name.startswith("health"):
        return _of_health(subject, read_health(answer))
    return _of_reply(subject, answer)


def _of_reply(subject: Subject, reply: Reply) -> Value:  # noqa: PLR0911  # one per subject
    match subject.name:
        case "status":
            return reply.status
        case "header":
            wanted = subject.argument.lower()
            return tuple(value for name, value in reply.headers if name == wanted) or Missing
        case "body":
            return reply.text()
        case "size":
            return len(reply.body)
        case "version":
            return reply.version
        case "redirects":
            return reply.redirects
        case _:
            try:
                return reply.json()
            except ValueError:
                return Missing


def _of_tls(name: str, tls: TlsFacts) -> Value:  # noqa: PLR0911  # one per subject
    match name:
        case "tls.version":
            version = _TLS_VERSIONS.get(tls.version)
            return Missing if version is None else version
        case "tls.trusted":
            return tls.trusted
        case "tls.issuer":
            return tls.issuer or Missing
        case "tls.subject":
            return tls.subject or Missing
        case "tls.names":
            return tls.names or Missing
        case "tls.expires_in":
            return tls.expires_in.total_seconds()
        case _:
            return tls.chain_expires_in.total_seconds()


def _of_dns(name: str, answer: DnsAnswer) -> Value:
    match name:
        case "dns.rcode":
            return answer.rcode
        case "dns.values":
            return answer.values or Missing
        case "dns.count":
            return len(answer.values)
        case "dns.ttl":
            return min((record.ttl_s for record in answer.records), default=Missing)
        case _:
            return answer.resolver


def _of_health(subject: Subject, health: HealthDocument | None) -> Value:
    if health is None or health.fault:
        return Missing
    if subject.name == "health.status":
        return health.status.value
    for component in health.components:
        if component.name == subject.argument:
            return component.status.value
    return Missing
