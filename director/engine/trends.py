"""Reads from the record how decisions on a target went: never more than is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from director.engine.past import Memory
from director.model.contrast import Contrast
from director.model.history import Summary
from director.model.record import Record
from director.model.trend import Finding, Step, Trend
from director.model.value import dataclass
from director.ports import Store
from director.rules.contrast import contrast
from director.rules.trend import FURTHEST, Glance, findings, glance, standing, steadiness

PAGE = 500
"""Decisions in short that are read at once while one of them is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of a history is asked for.

    Attributes:
        limit: How many decisions at most.
        before: The decision that the part ends before; None for the newest part.
    """

    limit: int
    before: Summary | None = None


async def read_trend(
    store: Store, memory: Memory, target: tuple[str, str], wanted: Wanted
) -> Trend | None:
    """Return how decisions on a target went; None if there is none.

    What changed is told of at most ``FURTHEST`` decisions, and since when gaps stand of no more.

    Args:
        store: Where decisions are recorded.
        memory: Says how the last of them stands now.
        target: The service, and where.
        wanted: Which part of the history.

    Raises:
        StoreError: The record cannot be read.
    """
    service, environment = target
    head = await store.history(service, environment, limit=FURTHEST + 1)
    if not head:
        return None
    seq = wanted.before.seq if wanted.before else None
    page = await store.history(service, environment, seq, wanted.limit + 1)
    past = _Past(store)
    steps = await _steps(past, page, wanted.limit)
    record = await past.record(head[0])
    judged = None if record is None else await memory.judged(record)
    found = None
    if record is not None and wanted.before is None:
        found = await _findings(past, record, head)
    return Trend(
        service=service,
        environment=environment,
        latest=head[0],
        steadiness=steadiness(head[:FURTHEST], whole=len(head) <= FURTHEST),
        steps=steps,
        findings=found,
        older=page[wanted.limit - 1].evaluation if len(page) > wanted.limit else "",
        expired=judged is None or judged.expired,
        effective=judged.effective if judged else None,
    )


async def findings_of(store: Store, record: Record) -> tuple[Finding, ...]:
    """Return the gaps of a recorded decision with since when each has stood.

    Raises:
        StoreError: The record cannot be read.
    """
    found = await find_summary(store, record.service, record.environment, record.evaluation)
    if found is None:
        return findings(record, (glance(record),), whole=False)
    earlier = await store.history(record.service, record.environment, found.seq, FURTHEST)
    return await _findings(_Past(store), record, (found, *earlier))


async def find_summary(
    store: Store, service: str, environment: str, evaluation: str
) -> Summary | None:
    """Return the decision of *evaluation* in short; None if the target has no such decision.

    Raises:
        StoreError: The record cannot be read.
    """
    before: int | None = None
    while page := await store.history(service, environment, before, PAGE):
        for each in page:
            if each.evaluation == evaluation:
                return each
        before = page[-1].seq
    return None


class _Past:
    """Records by their evaluation, each read once and kept no longer than its neighbours."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._glances: dict[str, Glance] = {}
        self._first: Record | None = None

    async def record(self, summary: Summary) -> Record | None:
        """Return the decision that *summary* is short for; the first one asked for is kept."""
        if self._first is not None and self._first.evaluation == summary.evaluation:
            return self._first
        record = await self._store.evaluation(summary.evaluation)
        if record is not None:
            self._glances[record.evaluation] = glance(record)
            self._first = self._first or record
        return record

    async def glance(self, summary: Summary) -> Glance | None:
        """Return what of it tells since when gaps stand."""
        if summary.evaluation not in self._glances:
            await self.record(summary)
        return self._glances.get(summary.evaluation)


async def _findings(
    past: _Past, record: Record, summaries: Sequence[Summary]
) -> tuple[Finding, ...]:
    """Return the gaps of *record*, the first of *summaries*; reads while one of them stands."""
    glances: list[Glance] = []
    for summary in summaries[:FURTHEST]:
        seen = await past.glance(summary)
        if seen is None:
            break
        glances.append(seen)
        if not standing(glances):
            break
    return findings(record, glances, whole=len(glances) == len(summaries))


async def _steps(past: _Past, page: Sequence[Summary], limit: int) -> tuple[Step, ...]:
    """Return the first *limit* of *page*, each with what had become of the one before it."""
    steps: list[Step] = []
    newer: Record | None = None
    looked = page[: min(limit, FURTHEST) + 1]
    for number, summary in enumerate(looked):
        record = await past.record(summary)
        if number:
            steps.append(_step(page[number - 1], record, newer))
        newer = record
    if len(looked) == len(page) <= limit and page:
        steps.append(_step(page[-1], None, newer, first=True))
    steps += [Step(summary=each) for each in page[len(steps) : limit]]
    return tuple(steps[:limit])


def _step(
    summary: Summary, before: Record | None, record: Record | None, *, first: bool = False
) -> Step:
    if record is None:
        return Step(summary=summary)
    found: Contrast | None = None if before is None else contrast(before, record)
    return Step(
        summary=summary,
        changes=found.difference.changes if found else None,
        shifts=found.shifts if found else None,
        thresholds=record.policy.thresholds if record.policy else None,
        first=first,
    )
