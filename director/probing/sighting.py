"""What came of one question, as evidence."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from director.model.evidence import Evidence, EvidenceKind
from director.model.probe import Phases, ProbeError, Reply
from director.model.value import dataclass
from director.probing.exchange import Question


@dataclass(frozen=True, slots=True)
class Sighting:
    """What came of one question: an answer or a reason, and the evidence of it."""

    answer: Reply | ProbeError
    evidence: Evidence

    def give(self) -> Reply:
        """Return the answer.

        Raises:
            ProbeError: There is none. Each asker has an exception of its own, because raising
                one writes into it.
        """
        match self.answer:
            case Reply() as reply:
                return reply
            case ProbeError() as error:
                raise ProbeError(
                    error.reason,
                    error.detail,
                    url=error.url,
                    phases=error.phases,
                    address=error.address,
                )


def sighting(question: Question, answer: Reply | ProbeError, at: datetime) -> Sighting:
    """Return *answer* with its evidence.

    Args:
        question: What was asked.
        answer: What came of it.
        at: When, aware, in UTC.
    """
    facts: dict[str, str | int | float | bool] = {
        "url.full": answer.url,
        "server.address": question.url.host,
        "server.port": question.url.port,
        **_durations(answer.phases),
    }
    if answer.address:
        host, _, port = answer.address.rpartition(":")
        facts["network.peer.address"] = host.strip("[]")
        facts["network.peer.port"] = int(port)
    match answer:
        case Reply():
            facts["http.response.status_code"] = answer.status
            facts["http.response.body.size"] = len(answer.body)
        case ProbeError():
            facts["director.probe.reason"] = answer.reason.value
    return Sighting(
        answer,
        Evidence(
            kind=EvidenceKind.PROBED,
            source=question.url.shown,
            at=at,
            facts=tuple(sorted(facts.items())),
        ),
    )


def unasked(error: ProbeError, at: datetime) -> Sighting:
    """Return the sighting of a URL that cannot be asked.

    Args:
        error: Why.
        at: When, aware, in UTC.
    """
    facts = (("director.probe.reason", error.reason.value), ("url.full", error.url))
    return Sighting(error, Evidence(EvidenceKind.PROBED, error.url, at, facts))


def _durations(phases: Phases) -> dict[str, float]:
    """Return every phase and the total in milliseconds, to the microsecond."""
    names = (*(item.name for item in fields(Phases)), "total_s")
    return {
        f"director.probe.{name.removesuffix('_s')}_ms": round(getattr(phases, name) * 1000, 3)
        for name in names
    }
