"""One probe as JSON, every part of it typed and named with its unit."""

from __future__ import annotations

from typing import Any

from director.model.health import HealthDocument
from director.model.outcome import word
from director.model.probed import Probed
from director.rules.moment import instant


def probe_document(probed: Probed) -> dict[str, Any]:
    """Return one probe as a document: ``target``, ``outcome`` and ``reason`` come first."""
    outcome, evidence = probed.outcome, probed.evidence
    document: dict[str, Any] = {
        "target": probed.asked,
        "outcome": word(outcome).value,
        "reason": outcome.reason,
        "code": getattr(outcome, "code", None),
        "at": None if evidence.at is None else instant(evidence.at),
        "facts": dict(evidence.facts),
    }
    if probed.health is not None:
        document["health"] = _health(probed.health)
    if probed.judgement is not None:
        document["expected"] = {
            "verdict": probed.judgement.verdict.value,
            "findings": [
                {
                    "text": finding.text,
                    "verdict": finding.verdict.value,
                    "observed": finding.observed,
                    "code": finding.code,
                }
                for finding in probed.judgement.findings
            ],
        }
    return document


def _health(health: HealthDocument) -> dict[str, Any]:
    return {
        "format": health.format.value,
        "status": health.status.value,
        "said": health.said,
        "agrees": health.agrees,
        "fault": health.fault,
        "components": [
            {"name": one.name, "status": one.status.value, "said": one.said}
            for one in health.components
        ],
    }
