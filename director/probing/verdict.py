"""What one probe means by itself, without any manifest. Pure.

The limits are those of the checks that ask the same: a certificate fails with less than 7 days
left and warns with less than 21 (reference/probing.md §9.3 has where they come from).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, TypeAlias

from director.model.answers import DnsAnswer, Greeting, Handshake
from director.model.health import HealthDocument, HealthStatus
from director.model.judgement import Judgement
from director.model.judgement import Verdict as Met
from director.model.outcome import Failed, Passed, Unknown, Warned
from director.model.probe import ProbeError, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts

Outcome: TypeAlias = Passed | Warned | Failed | Unknown

FAIL_UNDER: Final = timedelta(days=7)
WARN_UNDER: Final = timedelta(days=21)
_MOST_NAMED: Final = 3


def verdict(
    answer: Seen | ProbeError, health: HealthDocument | None, judgement: Judgement | None
) -> Outcome:
    """Return what *answer* means: the worst of everything that can be said of it.

    Args:
        answer: What the probe saw, or why it saw nothing.
        health: What it says of the service's health; None if it is no health document.
        judgement: What became of what was expected; None if nothing was.
    """
    if isinstance(answer, ProbeError):
        return _of_error(answer)
    found = list(_found(answer, health, judgement))
    for kind in (Failed, Unknown, Warned):
        for outcome in found:
            if isinstance(outcome, kind):
                return outcome
    return Passed(_said(answer))


def _of_error(error: ProbeError) -> Outcome:
    if error.reason.blind:
        return Unknown(error.detail, error.reason.value)
    return Failed(error.detail, observed=error.reason.value, code=error.reason.value)


def _found(
    answer: Seen, health: HealthDocument | None, judgement: Judgement | None
) -> Iterator[Outcome]:
    """Yield everything that is not as it should be."""
    if judgement is not None and judgement.verdict is not Met.MET:
        yield _of_judgement(judgement)
    if health is not None:
        yield from _of_health(health)
    if isinstance(answer, (Reply, Handshake)) and answer.tls is not None:
        yield from _of_certificate(answer.tls)
    if isinstance(answer, DnsAnswer) and not answer.values:
        code = "dns_nxdomain" if answer.rcode == "NXDOMAIN" else "dns_no_records"
        said = (
            "the name does not exist" if answer.rcode == "NXDOMAIN" else "there is no such record"
        )
        yield Failed(f"{said} ({answer.rcode})", observed=answer.rcode, code=code)


def _of_judgement(judgement: Judgement) -> Outcome:
    said = "; ".join(
        f"{finding.text}: was {finding.observed}"
        if finding.observed
        else f"{finding.text}: no value"
        for finding in judgement.findings[:_MOST_NAMED]
    )
    reason = f"not as expected: {said}"
    code = judgement.findings[0].code if judgement.findings else "condition_failed"
    if judgement.verdict is Met.UNMET:
        return Failed(reason, code=code)
    return Unknown(reason, code)


def _of_health(health: HealthDocument) -> Iterator[Outcome]:
    if health.fault:
        yield Failed(
            f"the health document cannot be used: {health.fault}", code="health_document_invalid"
        )
    elif not health.agrees:
        yield Failed(
            f"the health document says {health.said}, and the status code says otherwise",
            observed=health.said,
            code="health_document_mismatch",
        )
    elif health.status is HealthStatus.FAIL:
        yield Failed(
            f"the service says that it is {health.said}{_parts(health)}",
            observed=health.said,
            code="health_document_fail",
        )
    elif health.status is HealthStatus.WARN:
        yield Warned(
            f"the service says that it is {health.said}{_parts(health)}", observed=health.said
        )


def _parts(health: HealthDocument) -> str:
    """Return which components are to blame."""
    bad = [one.name for one in health.components if one.status is health.status]
    if not bad:
        return ""
    more = f" and {len(bad) - _MOST_NAMED} more" if len(bad) > _MOST_NAMED else ""
    return f", for {', '.join(bad[:_MOST_NAMED])}{more}"


def _of_certificate(tls: TlsFacts) -> Iterator[Outcome]:
    left, what = tls.expires_in, "the certificate"
    if tls.chain_expires_in < left:
        left, what = tls.chain_expires_in, "a certificate of the chain"
    if left >= WARN_UNDER:
        return
    days = left.days
    said = f"{what} expires in {days} {'day' if days == 1 else 'days'}"
    limit = FAIL_UNDER if left < FAIL_UNDER else WARN_UNDER
    expected = f"at least {limit.days} days"
    if left < FAIL_UNDER:
        yield Failed(said, observed=f"{days} days", expected=expected, code="certificate_expiring")
    else:
        yield Warned(said, observed=f"{days} days", expected=expected)


def _said(answer: Seen) -> str:
    match answer:
        case Reply():
            return f"answered {answer.status} in {answer.elapsed_s * 1000:.0f} ms"
        case Handshake():
            return f"{answer.tls.version} agreed on in {answer.phases.total_s * 1000:.0f} ms"
        case Greeting():
            return f"connected in {answer.phases.total_s * 1000:.0f} ms"
        case DnsAnswer():
            number = len(answer.values)
            records = "1 record" if number == 1 else f"{number} records"
            return f"{records} in {answer.phases.total_s * 1000:.0f} ms"
