"""What came of one question, as evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.evidence import Evidence, EvidenceKind
from director.model.probe import Hop, Phases, ProbeError, Reply, Seen
from director.model.text import printable
from director.model.tls import TlsFacts
from director.model.value import dataclass

Answer: TypeAlias = Reply | Handshake | Greeting | DnsAnswer
Given = TypeVar("Given")
Facts: TypeAlias = dict[str, str | int | float | bool]

SAMPLE: Final = "http.response.body.content"
"""The fact that holds the beginning of a body; it is in evidence of failures only."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question went.

    Attributes:
        shown: The whole of it, as it may be shown: a URL without user info and query values, or
            what else was asked.
        host: Its name or address; empty if there is none.
        port: Its port; 0 if there is none.
    """

    shown: str
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Sighting(Generic[Given]):
    """What came of one question: an answer or a reason, and the evidence of it."""

    answer: Given | ProbeError
    evidence: Evidence

    def give(self) -> Given:
        """Return the answer.

        Raises:
            ProbeError: There is none. Each asker has an exception of its own, because raising
                one writes into it.
        """
        answer = self.answer
        if isinstance(answer, ProbeError):
            raise ProbeError(answer.reason, answer.detail, url=answer.url, seen=answer.seen)
        return answer

    def sampled(self, sample: Callable[[bytes], str]) -> Evidence:
        """Return the evidence with the beginning of the body, where there is one.

        Args:
            sample: Makes of a body what may be shown of it.
        """
        if not isinstance(self.answer, Reply) or not self.answer.body:
            return self.evidence
        facts = {**dict(self.evidence.facts), SAMPLE: sample(self.answer.body)}
        return replace(self.evidence, facts=tuple(sorted(facts.items())))


def sighting(place: Place, answer: Given | ProbeError, at: datetime) -> Sighting[Given]:
    """Return *answer* with its evidence.

    Args:
        place: Where was asked.
        answer: What came of it.
        at: When, aware, in UTC.
    """
    facts: Facts = {}
    if place.host:
        facts |= {"server.address": place.host, "server.port": place.port}
    if isinstance(answer, ProbeError):
        facts |= _of_failure(answer)
    elif isinstance(answer, (Reply, Handshake, Greeting, DnsAnswer)):
        facts |= _durations(answer.phases) | _of_answer(answer)
    pairs = tuple(sorted(facts.items()))
    return Sighting(answer, Evidence(EvidenceKind.PROBED, place.shown, at, pairs))


def _of_failure(error: ProbeError) -> Facts:
    facts: Facts = {"director.probe.reason": error.reason.value}
    if error.url:
        facts["url.full"] = error.url
    seen = error.seen
    if seen == Seen():  # nothing was begun
        return facts
    return (
        facts
        | {"director.probe.phase": seen.phase.value}
        | _durations(seen.phases)
        | _of_peer(seen.address)
        | _of_hops(seen.hops)
        | _of_tls(seen.tls)
    )


def _of_answer(answer: Answer) -> Facts:
    match answer:
        case Reply():
            page: Facts = {
                "url.full": answer.url,
                "http.response.status_code": answer.status,
                "http.response.body.size": len(answer.body),
            }
            return page | _of_peer(answer.address) | _of_hops(answer.hops) | _of_tls(answer.tls)
        case Handshake():
            return _of_peer(answer.address) | _of_tls(answer.tls)
        case Greeting():
            facts = _of_peer(answer.address)
            if answer.banner:
                said = answer.banner.decode("utf-8", errors="replace").strip()
                facts["director.probe.banner"] = printable(said)
            return facts
        case DnsAnswer():
            return {
                "dns.question.name": answer.name,
                "dns.question.type": answer.type.value,
                "dns.response_code": answer.rcode,
                "dns.answers": printable(", ".join(answer.values)),
                "director.probe.resolver": answer.resolver,
            }


def _of_peer(address: str) -> Facts:
    if not address:
        return {}
    host, _, port = address.rpartition(":")
    return {"network.peer.address": host.strip("[]"), "network.peer.port": int(port)}


def _of_hops(hops: tuple[Hop, ...]) -> Facts:
    """Return what happened on the way, where there was more than one request."""
    if len(hops) < 2:
        return {}
    facts: Facts = {"director.probe.redirects": len(hops) - 1}
    for number, hop in enumerate(hops, 1):
        took_ms = hop.phases.total_s * 1000
        said = f"{hop.url} {hop.status or 'no answer'} {took_ms:.3f} ms {hop.address}"
        facts[f"director.probe.hop.{number}"] = said.rstrip()
    return facts


def _of_tls(tls: TlsFacts | None) -> Facts:
    if tls is None:
        return {}
    return {
        "tls.protocol.version": tls.version.removeprefix("TLSv"),
        "tls.cipher": tls.cipher,
        "tls.server.subject": tls.subject,
        "tls.server.issuer": tls.issuer,
        "tls.server.not_before": _instant(tls.not_before),
        "tls.server.not_after": _instant(tls.not_after),
        "tls.server.hash.sha256": tls.fingerprint,
        "director.probe.tls.names": printable(", ".join(tls.names)),
        "director.probe.tls.chain_not_after": _instant(tls.chain_not_after),
        "director.probe.tls.chain": tls.chain,
        "director.probe.tls.verify_code": tls.verify_code,
    }


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _durations(phases: Phases) -> Facts:
    """Return every phase and the total in milliseconds, to the microsecond."""
    return {
        "director.probe.dns_ms": round(phases.dns_s * 1000, 3),
        "director.probe.connect_ms": round(phases.connect_s * 1000, 3),
        "director.probe.tls_ms": round(phases.tls_s * 1000, 3),
        "director.probe.send_ms": round(phases.send_s * 1000, 3),
        "director.probe.ttfb_ms": round(phases.ttfb_s * 1000, 3),
        "director.probe.transfer_ms": round(phases.transfer_s * 1000, 3),
        "director.probe.other_ms": round(phases.other_s * 1000, 3),
        "director.probe.total_ms": round(phases.total_s * 1000, 3),
    }
