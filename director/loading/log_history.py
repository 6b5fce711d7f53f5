"""History out of log lines, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from director.model.replay import Gap, Replay, ReplayedCheck, ReplayedDecision

Line = Mapping[str, Any]

_MADE = "director.decision.made"
_STARTED = "director.evaluation.started"
_CHECKED = "director.check.completed"


class Rebuild:
    """Takes lines one by one, and returns what they tell together."""

    def __init__(self) -> None:
        self._read = 0
        self._rejected = 0
        self._duplicates = 0
        self._events: set[str] = set()
        self._numbers: dict[str, set[int]] = {}
        self._made: dict[str, Line] = {}
        self._planned: dict[str, int] = {}
        self._checks: dict[str, dict[str, ReplayedCheck]] = {}

    def reject(self) -> None:
        """Count a line that is none of ours."""
        self._read += 1
        self._rejected += 1

    def take(self, line: Line) -> bool:
        """Take a line of ours; return False if it was there already."""
        self._read += 1
        if line["event.id"] in self._events:
            self._duplicates += 1
            return False
        self._events.add(line["event.id"])
        instance = str(line["service.instance.id"])
        self._numbers.setdefault(instance, set()).add(line["director.seq"])
        evaluation = str(line.get("director.evaluation.id", ""))
        match line["event.name"]:
            case name if name == _MADE:
                self._made[evaluation] = line
            case name if name == _STARTED:
                self._planned[evaluation] = line.get("director.checks.planned", 0)
            case name if name == _CHECKED:
                check = ReplayedCheck(
                    id=str(line.get("director.check.id", "")),
                    status=str(line.get("director.check.status", "")),
                    reason=str(line.get("director.check.reason", "")),
                )
                self._checks.setdefault(evaluation, {})[check.id] = check
            case _:
                pass
        return True

    def result(self) -> Replay:
        """Return what was read so far."""
        decisions = [self._decision(evaluation) for evaluation in self._made]
        return Replay(
            decisions=tuple(sorted(decisions, key=lambda each: (each.decided_at, each.evaluation))),
            read=self._read,
            accepted=self._read - self._duplicates - self._rejected,
            duplicates=self._duplicates,
            rejected=self._rejected,
            gaps=tuple(_gaps(self._numbers)),
        )

    def _decision(self, evaluation: str) -> ReplayedDecision:
        line = self._made[evaluation]
        checks = dict(self._checks.get(evaluation, {}))
        for counted in line.get("director.decision.recounted", ()):
            check, _, word = counted.rpartition("=")
            before = checks.get(check)
            reason = before.reason if before else ""
            checks[check] = ReplayedCheck(id=check, status=word, reason=reason)
        outcome = str(line.get("director.decision.outcome", ""))
        score = line.get("director.decision.score")
        return ReplayedDecision(
            evaluation=evaluation,
            service=str(line.get("director.subject.name", "")),
            environment=str(line.get("deployment.environment.name", "")),
            version=str(line.get("director.subject.version", "")),
            decision=outcome,
            effective=str(line.get("director.decision.effective", outcome)),
            override=str(line.get("director.decision.override", "")),
            pass_rate=str(line.get("director.decision.pass_rate", "")),
            score=float(score) if isinstance(score, int | float) else None,
            profile=str(line.get("director.profile.name", "")),
            profile_digest=str(line.get("director.profile.digest", "")),
            manifest_digest=str(line.get("director.manifest.digest", "")),
            decided_at=str(line.get("director.decision.decided_at", line.get("timestamp", ""))),
            valid_until=str(line.get("director.decision.expires_at", "")),
            recorded=line.get("director.decision.recorded") is True,
            checks=tuple(checks[check] for check in sorted(checks)),
            planned=self._planned.get(evaluation),
        )


def _gaps(numbers: Mapping[str, Iterable[int]]) -> Iterable[Gap]:
    """Yield what is missing between the first and the last line of each instance."""
    for instance in sorted(numbers):
        in_order = sorted(numbers[instance])
        for before, after in pairwise(in_order):
            if after > before + 1:
                yield Gap(instance=instance, first=before + 1, last=after - 1)
