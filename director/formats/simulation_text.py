"""Who another profile would change, as a table for people, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from director.formats.headline import percent
from director.formats.simulation_tally import SimulationTally
from director.formats.text import DECISIONS, Look
from director.model.decision import Verdict
from director.model.simulation import Simulated, Simulation, Unsimulated
from director.model.text import inert, printable

_WIDEST = 40
"""Columns for the name of a target; a longer one has a line of its own."""

_LABEL = len("CONDITIONAL_GO")
_NARROW = 30


class SimulationText:
    """Writes simulations as they come.

    Args:
        look: How text is drawn on this terminal.
        profile: The profile that is tried.
        targets: The names of all targets, which the columns are measured by.
    """

    def __init__(self, look: Look, profile: str, targets: Iterable[str]) -> None:
        longest = max((len(printable(target)) for target in targets), default=0)
        self._width = min(max(longest, len("TARGET")), _WIDEST)
        self._look = look
        self._profile = profile
        self._begun = False

    def begin(self) -> str:
        """Return what stands before the first one: nothing, as there may be none to list."""
        return ""

    def row(self, one: Simulation) -> str:
        """Return *one*, after the head of the table where it is the first."""
        lines = self._lines(one)
        if not self._begun:
            self._begun = True
            lines = iter((self._head(), *lines))
        return "".join(f"{inert(line)}\n" for line in lines)

    def end(self, tally: SimulationTally) -> str:
        """Return what it comes to."""
        lines = ("", *self._summary(tally)) if self._begun else self._summary(tally)
        return "".join(f"{inert(line)}\n" for line in lines)

    def _head(self) -> str:
        cells = ("TARGET".ljust(self._width), "THEN".ljust(_LABEL), "WOULD BE".ljust(_LABEL))
        return self._look.paint(f"{'  '.join(cells)}  SCORE           WHY", "dim")

    def _lines(self, one: Simulation) -> Iterator[str]:
        look, name = self._look, printable(one.target)
        before = self._painted(one.decision)
        if len(name) > self._width:
            yield name
            name = ""
        if isinstance(one, Unsimulated):
            head = f"{name:<{self._width}}  {before}  "
            yield from look.beside(head, self._width + _LABEL + 4, one.reason)
            return
        score = f"{percent(one.score)} → {percent(one.then_score)}"
        head = f"{name:<{self._width}}  {before}  {self._painted(one.then_decision)}  {score:<14}  "
        indent = self._width + 2 * _LABEL + 22
        text = "; ".join(why(one))
        if look.width - indent >= _NARROW:
            yield from look.beside(head, indent, text)
        else:
            yield head.rstrip()
            indent = 4
            yield from look.beside("    ", 4, text)
        for doubt in one.doubts:
            for line in look.beside(" " * indent, indent, doubt):
                yield look.paint(line, "dim")

    def _painted(self, decision: str) -> str:
        label = Verdict(decision).label
        return self._look.paint(label, DECISIONS[decision]) + " " * (_LABEL - len(label))

    def _summary(self, tally: SimulationTally) -> Iterator[str]:
        look = self._look
        counts = f"{tally.unchanged} unchanged, {tally.worse} worse, {tally.better} better"
        if tally.unjudged:
            counts = f"{counts}, {tally.unjudged} that cannot be judged again"
        targets = "1 target" if tally.targets == 1 else f"{tally.targets} targets"
        yield from look.beside("", 0, f"{targets} under profile {self._profile}: {counts}")
        yield f"then:     {_counted(tally.before)}"
        yield f"would be: {_counted(tally.after)}"
        if tally.not_asked:
            checks = [f"{check} ({tally.not_asked[check]})" for check in sorted(tally.not_asked)]
            said = f"missing, as nobody asked them then: {', '.join(checks)}"
            yield from look.painted(said, "yellow")
        if tally.doubtful:
            said = (
                f"the stricter reading was taken of {tally.doubtful}: their records tell too little"
            )
            yield from look.painted(said, "yellow")


def why(one: Simulated) -> Iterator[str]:
    """Yield what decides under the other profile, and which checks it would not ask any more."""
    if one.reasons:
        first = one.reasons[0]
        alike = [reason.text for reason in one.reasons if reason.code == first.code]
        yield first.text if len(alike) == 1 else f"{first.text} (and {len(alike) - 1} more such)"
    else:
        yield "nothing keeps it from GO"
    if one.dropped and one.changes:
        yield f"not asked any more: {', '.join(one.dropped)}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts.get(verdict.value, 0)} {verdict.label}" for verdict in Verdict)
