"""How many decisions another profile would change: counted while they go by."""

from __future__ import annotations

from collections import Counter
from typing import Any

from director.model.decision import Verdict
from director.model.simulation import Simulation, Unsimulated


class SimulationTally:
    """Counts simulations; what it holds grows with the checks of a profile, not with targets."""

    def __init__(self) -> None:
        self.targets = 0
        self.better = 0
        self.worse = 0
        self.unjudged = 0
        self.doubtful = 0
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.not_asked: Counter[str] = Counter()

    def add(self, one: Simulation) -> None:
        """Count *one*."""
        self.targets += 1
        if isinstance(one, Unsimulated):
            self.unjudged += 1
            return
        self.before[one.decision] += 1
        self.after[one.then_decision] += 1
        self.not_asked.update(one.not_asked)
        self.doubtful += bool(one.doubts)
        if one.changes:
            self.better += one.better
            self.worse += not one.better

    @property
    def unchanged(self) -> int:
        """How many would be decided the same."""
        return self.targets - self.unjudged - self.better - self.worse

    def document(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        words = [verdict.value for verdict in Verdict]
        return {
            "targets": self.targets,
            "unchanged": self.unchanged,
            "better": self.better,
            "worse": self.worse,
            "not_replayable": self.unjudged,
            "doubtful": self.doubtful,
            "then": {word: self.before[word] for word in words},
            "simulated": {word: self.after[word] for word in words},
            "not_asked": {check: self.not_asked[check] for check in sorted(self.not_asked)},
        }
