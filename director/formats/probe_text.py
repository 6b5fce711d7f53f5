"""One probe for people: the verdict, who answered, and where the time went, at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from director.formats.text import Look
from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.health import HealthDocument
from director.model.outcome import Failed, Unknown, Word, word
from director.model.probe import Hop, Phase, Phases, ProbeError, Reply
from director.model.probed import Probed
from director.model.text import inert, printable
from director.model.tls import TlsFacts

_INDENT: Final = 2
_COLOUR_OF: Final = {
    Word.PASSED: "green",
    Word.WARNED: "yellow",
    Word.FAILED: "red",
    Word.UNKNOWN: "yellow",
}
_COLOURS: Final = {
    Phase.DNS: "cyan",
    Phase.CONNECT: "blue",
    Phase.TLS: "magenta",
    Phase.SEND: "green",
    Phase.TTFB: "yellow",
    Phase.TRANSFER: "green",
    Phase.OTHER: "dim",
}
_SIGNS: Final = {
    Phase.DNS: "d",
    Phase.CONNECT: "c",
    Phase.TLS: "t",
    Phase.SEND: "s",
    Phase.TTFB: "f",
    Phase.TRANSFER: "r",
    Phase.OTHER: "o",
}
"""What each phase is drawn with where there are no colours."""

_BLOCK: Final = "█"
_WIDEST: Final = 60
_MOST_RECORDS: Final = 20
_MOST_COMPONENTS: Final = 20


def probe_text(probed: Probed, look: Look) -> str:
    """Return one probe, with a newline at its end."""
    return "\n".join(map(inert, _lines(probed, look))) + "\n"


def _lines(probed: Probed, look: Look) -> Iterator[str]:
    said = word(probed.outcome)
    colour = _COLOUR_OF[said]
    yield f"{look.paint(said.value.upper(), colour, 'bold')}  {printable(probed.asked)}"
    yield from _beside(look, probed.outcome.reason)
    if isinstance(probed.outcome, (Failed, Unknown)):
        yield from _beside(look, f"reason {probed.outcome.code}")
    answer = probed.answer
    match answer:
        case ProbeError():
            seen = answer.seen
            yield from _hops(seen.hops, look)
            yield from _tls(seen.tls, look)
            if seen.address or seen.phases.dns_s > 0:
                yield from _bar(seen.phases, look, failed=seen.phase)
            else:
                yield from _beside(look, "nothing was sent")
        case Reply():
            size = f"{len(answer.body)} bytes"
            again = ", on an open connection" if answer.reused else ""
            yield from _beside(look, f"{answer.address}  {answer.version}  {size}{again}")
            yield from _hops(answer.hops, look)
            yield from _tls(answer.tls, look)
            yield from _health(probed.health, look)
            yield from _bar(answer.phases, look)
        case Handshake():
            yield from _beside(look, answer.address)
            yield from _tls(answer.tls, look)
            yield from _bar(answer.phases, look)
        case Greeting():
            banner = printable(answer.banner.decode("utf-8", errors="replace").strip())
            yield from _beside(look, f"{answer.address}  {banner}".rstrip())
            yield from _bar(answer.phases, look)
        case DnsAnswer():
            yield from _beside(look, f"answered by {answer.resolver}")
            for record in answer.records[:_MOST_RECORDS]:
                yield from _beside(look, f"{record.type}  {record.value}  for {record.ttl_s} s")
            if len(answer.records) > _MOST_RECORDS:
                yield from _beside(look, f"and {len(answer.records) - _MOST_RECORDS} more")
            yield from _bar(answer.phases, look)


def _beside(look: Look, text: str) -> Iterator[str]:
    yield from look.beside(" " * _INDENT, _INDENT, text)


def _hops(hops: tuple[Hop, ...], look: Look) -> Iterator[str]:
    """Yield each request where there was more than one."""
    if len(hops) < 2:
        return
    for number, hop in enumerate(hops, 1):
        status = "no answer" if hop.status is None else f"{hop.status}"
        took = _ms(hop.phases.total_s)
        yield from _beside(look, f"{number}. {hop.url}  {status}  {took}  {hop.address}".rstrip())


def _tls(tls: TlsFacts | None, look: Look) -> Iterator[str]:
    if tls is None:
        return
    names = ", ".join(tls.names[:3]) + (" …" if len(tls.names) > 3 else "")
    yield from _beside(
        look, f"{tls.version}  for {names or tls.subject}  signed by {tls.issuer or 'nobody'}"
    )
    left = tls.expires_in.days
    when = f"expires {tls.not_after:%Y-%m-%d}, in {left} days"
    if tls.expires_in.total_seconds() < 0:
        when = f"expired {tls.not_after:%Y-%m-%d}, {-left - 1} days ago"
    elif tls.not_before > tls.seen_at:
        when = f"valid only from {tls.not_before:%Y-%m-%d}"
    chain = ""
    if tls.chain_not_after < tls.not_after:
        chain = f"; its chain on {tls.chain_not_after:%Y-%m-%d}"
    yield from _beside(look, f"certificate {when}{chain}")


def _health(health: HealthDocument | None, look: Look) -> Iterator[str]:
    if health is None:
        return
    yield from _beside(look, f"says of its health: {health.said} ({health.format})")
    for one in health.components[:_MOST_COMPONENTS]:
        yield from look.beside("    ", 4, f"{one.name}: {one.said}")
    if len(health.components) > _MOST_COMPONENTS:
        yield from look.beside("    ", 4, f"and {len(health.components) - _MOST_COMPONENTS} more")


def _bar(phases: Phases, look: Look, failed: Phase | None = None) -> Iterator[str]:
    """Yield a bar of the phases and what they took; nothing if nothing was begun."""
    took = {phase: float(getattr(phases, f"{phase}_s")) for phase in Phase}
    total_s = phases.total_s
    if total_s <= 0:
        return
    widths = _shares([took[phase] for phase in Phase], min(look.width - 2 * _INDENT, _WIDEST))
    cells = (
        look.paint((_BLOCK if look.colour else _SIGNS[phase]) * size, _COLOURS[phase])
        for phase, size in zip(Phase, widths, strict=True)
        if size
    )
    yield " " * _INDENT + "".join(cells)
    for phase in Phase:
        if took[phase] > 0 or phase is failed:
            sign = look.paint(_BLOCK if look.colour else _SIGNS[phase], _COLOURS[phase])
            here = "  failed here" if phase is failed else ""
            yield f"  {sign} {phase:<9}{_ms(took[phase]):>12}{here}"
    yield f"  = {'total':<9}{_ms(total_s):>12}"


def _shares(lengths: list[float], width: int) -> list[int]:
    """Return how many of *width* columns each length gets; what took time has at least one."""
    total = sum(lengths)
    shares = [max(1, round(length / total * width)) if length > 0 else 0 for length in lengths]
    while sum(shares) > width:
        shares[shares.index(max(shares))] -= 1
    return shares


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
