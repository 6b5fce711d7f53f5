"""From what a program did to an answer: fail closed, and ``failed`` only with positive evidence."""

from __future__ import annotations

from datetime import datetime

from director.plugin import (
    Answer,
    Evidence,
    EvidenceKind,
    Failed,
    Passed,
    Unknown,
    Warned,
    dataclass,
)
from director_exec.output import read_output
from director_exec.perfdata import Measured, Metric, read_perfdata
from director_exec.recipe import Recipe, Threshold
from director_exec.running import Ended, signal_name
from director_exec.units import unit_of

MOST_SHOWN = 40
"""Measured values that become evidence; all are held against thresholds."""

_WORDS = {0: "OK", 1: "WARNING", 2: "CRITICAL", 3: "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """What came of one threshold: how bad it is, and in words."""

    level: str
    text: str


def judged(recipe: Recipe, ended: Ended, at: datetime) -> Answer:
    """Return what it means that the program of *recipe* has *ended* so.

    The exit status and the thresholds are both asked, and the worse holds.

    Args:
        recipe: What was run.
        ended: What came of it.
        at: When it ended, aware, in UTC.
    """
    output = read_output(ended.stdout)
    measured = read_perfdata(output.perfdata)
    evidence = _evidence(recipe, ended, measured, at)
    program = recipe.command[0].rpartition("/")[2]
    if ended.status not in (0, 1, 2):
        return _untold(program, ended, output.message, evidence)
    if not output.message and not output.perfdata:
        # A program that is no plugin says nothing, or ends so because it broke.
        heard = f"{_ending(ended.status)} and said nothing on stdout{_complaint(ended)}"
        return Unknown(f"{program} ended with {heard}", "no_output", evidence)
    message = output.message or f"{program} ended with {_ending(ended.status)}"
    findings = [_held(each, measured) for each in recipe.thresholds]
    return _weighed(ended.status, message, findings, evidence)


def _weighed(
    status: int, message: str, findings: list[_Finding], evidence: tuple[Evidence, ...]
) -> Answer:
    """Return the worst of an exit status of 0 to 2 and of all *findings*."""
    observed, expected = _ending(status), _ending(0)
    if status == 2:
        return Failed(message, observed=observed, expected=expected, evidence=evidence)
    texts = {
        level: "; ".join((message, *(each.text for each in findings if each.level == level)))
        for level in {each.level for each in findings}
    }
    if bad := texts.get("critical"):
        return Failed(
            bad, observed=observed, expected=expected, code="threshold", evidence=evidence
        )
    if blind := texts.get("unknown"):
        return Unknown(blind, "no_perfdata", evidence)
    if status == 1 or "warning" in texts:
        reason = texts.get("warning", message)
        return Warned(reason, observed=observed, expected=expected, evidence=evidence)
    return Passed(message, observed, expected, evidence)


def _untold(program: str, ended: Ended, message: str, evidence: tuple[Evidence, ...]) -> Unknown:
    if ended.status == 3:
        reason = message or f"{program} cannot tell{_complaint(ended)}"
        return Unknown(reason, "unknown", evidence)
    if ended.status < 0:
        return Unknown(f"{program} was ended by {signal_name(-ended.status)}", "signal", evidence)
    said = f": {message}" if message else _complaint(ended)
    reason = f"{program} ended with {_ending(ended.status)}, which means nothing to us{said}"
    return Unknown(reason, "exit_status", evidence)


def _ending(status: int) -> str:
    return (
        f"exit status {status} ({_WORDS[status]})" if status in _WORDS else f"exit status {status}"
    )


def _complaint(ended: Ended) -> str:
    lines = ended.stderr.strip().splitlines()
    return f"; on stderr: {lines[-1].strip()[:500]}" if lines else ""


def _held(threshold: Threshold, measured: Measured) -> _Finding:
    metric = measured.metric(threshold.label)
    if metric is None or metric.value is None:
        why = "; ".join(measured.faults[:3])
        return _Finding("unknown", f"{threshold.label} was not measured{f': {why}' if why else ''}")
    if metric.unit != unit_of(threshold.unit).name:
        wanted = threshold.unit or "a plain number"
        got = metric.written or "a plain number"
        return _Finding("unknown", f"{threshold.label} must be in {wanted}, it is in {got}")
    value = f"{threshold.label} is {metric.value:g} {metric.unit}".rstrip()
    if threshold.critical is not None and threshold.critical.alerts(metric.value):
        return _Finding("critical", f"{value}, critical at {_asked(threshold, 'critical')}")
    if threshold.warning is not None and threshold.warning.alerts(metric.value):
        return _Finding("warning", f"{value}, warning at {_asked(threshold, 'warning')}")
    return _Finding("fine", value)


def _asked(threshold: Threshold, level: str) -> str:
    asked = threshold.critical if level == "critical" else threshold.warning
    return f"{asked.text if asked else ''} {threshold.unit}".rstrip()


def _evidence(
    recipe: Recipe, ended: Ended, measured: Measured, at: datetime
) -> tuple[Evidence, ...]:
    program: dict[str, str | int | float | bool] = {
        "exec.definition": recipe.digest,
        "exec.exit_status": ended.status,
        "exec.program": recipe.command[0],
    }
    if measured.faults:
        program["exec.unreadable"] = "; ".join(measured.faults[:5])
    pieces = [Evidence(EvidenceKind.DECLARED, recipe.spec.id, at, tuple(sorted(program.items())))]
    for metric in measured.metrics[:MOST_SHOWN]:
        source = f"{recipe.spec.id} {metric.label}"
        pieces.append(Evidence(EvidenceKind.DECLARED, source, at, _facts(metric)))
    return tuple(pieces)


def _facts(metric: Metric) -> tuple[tuple[str, str | int | float | bool], ...]:
    facts: dict[str, str | int | float | bool] = {"perfdata.label": metric.label}
    numbers = {"value": metric.value, "min": metric.min, "max": metric.max}
    facts |= {f"perfdata.{name}": each for name, each in numbers.items() if each is not None}
    ranges = {"warn": metric.warn, "crit": metric.crit}
    facts |= {f"perfdata.{name}": each.shown for name, each in ranges.items() if each is not None}
    if metric.unit:
        facts["perfdata.unit"] = metric.unit
    return tuple(sorted(facts.items()))
