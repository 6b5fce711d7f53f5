"""A sink that remembers what came in, for a partial report and for a line of progress."""

from __future__ import annotations

import asyncio
import sys

from director.model.event import CheckCompleted, EvaluationRequested, EvaluationStarted, Event
from director.model.outcome import word
from director.model.report import Heard

_QUIET_S = 1.0
"""A command that is done sooner shows no progress, in seconds."""

_REDRAWN_S = 0.2
"""How often the line is drawn again, in seconds."""


class Progress:
    """Hears of every result.

    Args:
        targets: How many targets there are in all.
    """

    name = "progress"
    patience_s = 0.0
    dropped = 0

    def __init__(self, targets: int) -> None:
        self._targets = targets
        self._decided = 0
        self._planned = 0
        self._completed = 0
        self._names: dict[str, str] = {}
        self._heard: dict[str, list[Heard]] = {}
        self._last = ""

    def offer(self, event: Event) -> bool:
        """Take note of *event*; there is always room."""
        match event:
            case EvaluationRequested():
                subject = event.subject
                place = f"@{subject.environment}" if subject.environment else ""
                self._names[subject.evaluation] = f"{subject.service}{place}"
                self._heard[subject.evaluation] = []
            case EvaluationStarted():
                self._planned += event.planned
            case CheckCompleted():
                outcome = event.result.outcome
                heard = Heard(event.result.check, word(outcome).value, outcome.reason)
                self._heard[event.subject.evaluation].append(heard)
                self._completed += 1
                self._last = f"{event.subject.service} {event.result.check}"
            case _:
                pass
        return True

    def drop(self, event: Event) -> None:
        """Nothing is ever dropped here."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def done(self, evaluation: str) -> tuple[str, tuple[Heard, ...]]:
        """Forget an evaluation, and return its target and what had come in, sorted by check.

        The target is empty if the evaluation did not begin.
        """
        self._decided += 1
        heard = sorted(self._heard.pop(evaluation, []), key=lambda heard: heard.check)
        return self._names.pop(evaluation, ""), tuple(heard)

    async def show(self) -> None:
        """Draw a line on stderr after a second, and again until cancelled."""
        try:
            await asyncio.sleep(_QUIET_S)
            while True:
                line = (
                    f"{self._decided}/{self._targets} targets,"
                    f" {self._completed}/{self._planned} checks  {self._last}"
                )
                print(f"\r\x1b[K{line[:79]}", end="", file=sys.stderr, flush=True)  # noqa: T201
                await asyncio.sleep(_REDRAWN_S)
        finally:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)  # noqa: T201  # wipes the line
