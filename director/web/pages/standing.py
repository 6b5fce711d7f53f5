"""How a target stands, in words, a symbol and marks: plain values, computed before any markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from director.formats.headline import percent
from director.model.sampled import Shown
from director.model.service import GateCode, GateState, Watched
from director.model.text import counted
from director.model.value import dataclass
from director.rules.moment import instant


class Standing(StrEnum):
    """What one target is shown as, from the worst to the best; the word is that of its symbol."""

    NO_GO = "no_go"
    UNKNOWN = "unknown"
    STALE = "stale"
    CONDITIONAL_GO = "conditional_go"
    OVERRIDE = "override"
    GO = "go"

    @property
    def label(self) -> str:
        """The word for people; a forced GO is never shown as a plain one."""
        return "GO (override)" if self is Standing.OVERRIDE else self.value.upper()

    @property
    def symbol(self) -> str:
        """The name of its symbol and its colours."""
        return "expired" if self is Standing.STALE else self.value

    @property
    def closed(self) -> bool:
        """Whether its gate is closed."""
        return self in {Standing.NO_GO, Standing.UNKNOWN, Standing.STALE}


_STANDINGS = {
    GateCode.GO: Standing.GO,
    GateCode.CONDITIONAL_GO: Standing.CONDITIONAL_GO,
    GateCode.NO_GO: Standing.NO_GO,
    GateCode.OVERRIDE: Standing.OVERRIDE,
    GateCode.EXPIRED: Standing.STALE,
    GateCode.STALE: Standing.STALE,
}

ORDER = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something about a target that the verdict alone does not say.

    Attributes:
        word: In one or two words.
        text: In one sentence.
        symbol: The name of its symbol.
    """

    word: str
    text: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One category of a target.

    Attributes:
        name: The category.
        score: For example ``67%``; empty if nothing in it counts.
        gaps: How many of its checks are gaps.
        symbol: The name of its symbol and its colours.
    """

    name: str
    score: str
    gaps: int
    symbol: str


def standing_of(watched: Watched) -> Standing:
    """Return what *watched* is shown as: what gates are told; whatever is not certain is not GO."""
    found = _STANDINGS.get(watched.gate.code, Standing.UNKNOWN)
    if not found.closed and watched.gate.state is GateState.CLOSED:
        return Standing.UNKNOWN
    return found


def anchor(service: str, environment: str) -> str:
    """Return the id of a target on a page; made here, never of what a manifest says."""
    return f"row-{sha256(f'{service}@{environment}'.encode()).hexdigest()[:16]}"


def marks(watched: Watched) -> list[Mark]:
    """Return what is to be said of *watched* besides its verdict, the gravest first."""
    said = []
    if watched.fault:
        said.append(Mark("file fault", f"the last good text is used: {watched.fault}", "warned"))
    if watched.shown in {Shown.SOFT_BAD, Shown.SOFT_OK}:
        worse = watched.shown is Shown.SOFT_BAD
        row = counted(watched.doubts, "look") + " in a row"
        text = f"{row} said {'worse' if worse else 'better'} than what is held true"
        said.append(
            Mark(f"soft: {'worse' if worse else 'better'}", text, "worse" if worse else "better")
        )
    if watched.flapping:
        said.append(Mark("flapping", "it changes too often to tell every change", "changed"))
    if watched.maintenance:
        said.append(Mark("maintenance", watched.maintenance, "not_applicable"))
    if watched.pending:
        said.append(Mark("evaluating", "an evaluation is waiting or running", "missing"))
    if watched.missed:
        said.append(Mark("missed", counted(watched.missed, "evaluation") + " missed", "expired"))
    return said


def cells(watched: Watched, columns: Iterable[str]) -> list[Cell | None]:
    """Return the categories of *watched* in the order of *columns*; None where it has none."""
    latest = watched.latest
    known = {name: (score, gaps) for name, score, gaps in latest.categories} if latest else {}
    return [_cell(name, *known[name]) if name in known else None for name in columns]


def _cell(name: str, score: float | None, gaps: int) -> Cell:
    if score is None:
        return Cell(name, "", gaps, "not_applicable")
    symbol = "passed" if not gaps and score >= 1 else "warned" if score > 0 else "failed"
    return Cell(name, percent(score), gaps, symbol)


def columns(targets: Iterable[Watched]) -> tuple[str, ...]:
    """Return the categories of all *targets*, in the order in which profiles have them."""
    found: dict[str, None] = {}
    for watched in targets:
        for name, _, _ in watched.latest.categories if watched.latest else ():
            found.setdefault(name)
    return tuple(found)


def counts(targets: Iterable[Watched]) -> list[tuple[Standing, int]]:
    """Return how many of *targets* stand how, the worst first."""
    found = Counter(map(standing_of, targets))
    return [(each, found[each]) for each in ORDER if found[each]]


def worst_first(targets: Iterable[Watched]) -> list[Watched]:
    """Return *targets*, the worst and the most critical first, then by name."""
    return sorted(
        targets,
        key=lambda each: (
            ORDER.index(standing_of(each)),
            9 if each.tier is None else each.tier,
            each.service,
            each.environment,
        ),
    )


def written(at: datetime | None) -> str:
    """Return a moment as the templates take it; empty for none."""
    return "" if at is None else instant(at)
