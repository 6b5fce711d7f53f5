"""What one item comes to, in a few words: for every format that has room for no more."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from director.model.decision import Verdict
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided
from director.model.value import dataclass

NO_GO_LEVEL = 8
"""Reasons up to this level make a NO_GO; those of the next one only keep a GO away."""


class State(IntEnum):
    """How a target stands now, from the best to the worst."""

    GO = 0
    OVERRIDE = 1
    """A NO_GO on which gates act as on a GO, because somebody has forced it."""
    CONDITIONAL_GO = 2
    EXPIRED = 3
    """There is a decision, and nobody may act on it any more."""
    NO_GO = 4
    NONE = 5
    """There is no decision."""

    @property
    def label(self) -> str:
        """The word for people; a forced GO is never shown as a plain one."""
        return _LABELS.get(self, self.name)

    @property
    def word(self) -> str:
        """The word for machines."""
        return self.name.lower()


_LABELS = {State.OVERRIDE: "GO (override)", State.NONE: "NO DECISION"}

_STATES = {
    Verdict.GO: State.GO,
    Verdict.CONDITIONAL_GO: State.CONDITIONAL_GO,
    Verdict.NO_GO: State.NO_GO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One item in a few words. All texts are as they came in: whoever shows them escapes them.

    Attributes:
        state: How the target stands.
        target: ``service`` or ``service@environment``; the file, where the target is not known.
        source: The file that was judged; empty if it is not known.
        pass_rate: For example ``88%``; empty if there is no decision, or one that has expired.
        why: Why there is no decision, in one line; empty if there is one.
    """

    state: State
    target: str
    source: str
    pass_rate: str = ""
    why: str = ""

    @property
    def said(self) -> str:
        """The state with the pass rate, where there is one that still says something."""
        return f"{self.state.label} {self.pass_rate}".rstrip()


def headline(item: Item) -> Headline:
    """Return *item* in a few words."""
    match item:
        case Judged(record, _, _, expired):
            return Headline(
                state=_state(item),
                target=record.target,
                source=record.source,
                pass_rate="" if expired else record.pass_rate,
            )
        case Rejected(source, faults):
            count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            return _none(source, source, f"invalid input, {count}")
        case Undecided(source, target, reason):
            return _none(target, source, f"no decision could be made or recorded: {reason}")
        case Interrupted(source, target, results):
            count = "1 result" if len(results) == 1 else f"{len(results)} results"
            return _none(target, source, f"interrupted after {count}")


def _state(judged: Judged) -> State:
    if judged.expired:
        return State.EXPIRED
    return State.OVERRIDE if judged.override else _STATES[judged.verdict]


def _none(target: str, source: str, why: str) -> Headline:
    return Headline(state=State.NONE, target=target, source=source, why=why)


def worst_first(items: Iterable[Item]) -> list[tuple[Headline, Item]]:
    """Return each item with its headline, the worst first; equals stay in their order."""
    pairs = [(headline(item), item) for item in items]
    pairs.sort(key=lambda pair: -pair[0].state)
    return pairs


def tally(states: Iterable[State]) -> str:
    """Return the worst state and of how many targets, for example ``NO_GO 2/7``."""
    each = list(states)
    worst = max(each, default=State.NONE)
    return f"{worst.label} {each.count(worst)}/{len(each)}"


def percent(share: float) -> str:
    """Return *share*, 0 to 1, as a percentage, cut to one decimal so that only all is 100 %."""
    return f"{int(share * 1000 + 1e-6) / 10:g}%"


def moment(at: str) -> str:
    """Return an RFC 3339 instant in UTC as people write it, to the minute."""
    return f"{at[:10]} {at[11:16]} UTC"
