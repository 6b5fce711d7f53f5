"""What one evaluation of a running service is evidence of. Pure."""

from __future__ import annotations

from director.model.check import Role
from director.model.decision import Verdict
from director.model.outcome import Word
from director.model.probe import ProbeReason
from director.model.record import Record
from director.model.sampling import Level, Seen, Unseen

_SHADOW = Role.SHADOW.value
_HARD = frozenset({Role.BLOCKER.value, Role.REQUIRED.value})
_BROKEN = frozenset({Word.ERRORED.value, Word.MISSING.value})


def seen_in(record: Record) -> Seen:
    """Return what the evaluated decision says of the service, or why it says nothing of it.

    A NO_GO is evidence against the service unless all that stands behind it is that somebody could
    not tell. Then gates are closed all the same, but nothing new is held true of the service.
    Overrides change nothing here.
    """
    if record.decision == Verdict.GO.value:
        return Level.PASS
    if record.decision == Verdict.CONDITIONAL_GO.value:
        return Level.WARN
    checks = record.checks
    if any(check.outcome == Word.FAILED.value and check.role != _SHADOW for check in checks):
        return Level.FAIL
    hard = {check.outcome for check in checks if check.role in _HARD}
    if hard & _BROKEN:
        return Unseen.ERROR
    return Unseen.UNKNOWN if Word.UNKNOWN.value in hard else Level.FAIL


def blames_the_network(record: Record) -> bool:
    """Return whether something failed on the way to the service, and it may be our way.

    Whoever is offline sees every service fail.
    """
    return any(
        check.outcome == Word.FAILED.value and check.role != _SHADOW and check.code in _NETWORK
        for check in record.checks
    )


_NETWORK = frozenset(
    {
        ProbeReason.DNS_NXDOMAIN,
        ProbeReason.DNS_TIMEOUT,
        ProbeReason.DNS_SERVFAIL,
        ProbeReason.DNS_NO_ADDRESS,
        ProbeReason.CONNECT_REFUSED,
        ProbeReason.CONNECT_TIMEOUT,
        ProbeReason.CONNECT_UNREACHABLE,
        ProbeReason.CONNECT_RESET,
        ProbeReason.TLS_TIMEOUT,
        ProbeReason.SEND_TIMEOUT,
        ProbeReason.SEND_RESET,
        ProbeReason.TTFB_TIMEOUT,
        ProbeReason.BODY_TIMEOUT,
    }
)


def verdict_of(level: Level) -> Verdict:
    """Return the decision that is held true at a level."""
    return _VERDICTS[level]


_VERDICTS = {
    Level.PASS: Verdict.GO,
    Level.WARN: Verdict.CONDITIONAL_GO,
    Level.FAIL: Verdict.NO_GO,
}
