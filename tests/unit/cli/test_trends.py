"""engine.trends: how decisions went, read from the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from director.cli.environments import environments_of
from director.engine.past import Memory
from director.engine.trends import Wanted, find_summary, findings_of, read_trend
from director.errors import SettingsError
from director.model.record import CategoryEntry, CheckEntry, Record
from director.model.trend import Trend
from director.rules.moment import instant
from director.rules.trend import FURTHEST
from director.store.codec import checked, decode
from director.store.memory import MemoryStore

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
START = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
CHECK = SAMPLE.checks[0]


class Clock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return an hour after the first decision."""
        return START + timedelta(hours=1)

    def monotonic(self) -> float:
        """Return nothing."""
        return 0.0


class CountingStore(MemoryStore):
    """A store that knows how many whole records were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    async def evaluation(self, evaluation: str) -> Record | None:
        """Count, and return the decision."""
        self.read += 1
        return await super().evaluation(evaluation)


def name_of(number: int) -> str:
    """Return the evaluation of that number."""
    return f"01JD9Z4S00000000000000{number:04}"


def record(number: int, gaps: str) -> Record:
    """Return the decision of that number; each letter of *gaps* is a check that failed."""
    checks = tuple(check(letter, "failed" if letter in gaps else "passed") for letter in "ab")
    category = CategoryEntry(name="x", weight=1.0, floor=None, score=0.5, checks=checks)
    return replace(
        SAMPLE,
        evaluation=name_of(number),
        service="pay",
        environment="",
        decision="no_go" if gaps else "go",
        decided_at=instant(START + timedelta(minutes=number)),
        valid_until=instant(START + timedelta(minutes=number + 60)),
        categories=(category,),
        evidence="",
    )


def check(letter: str, outcome: str) -> CheckEntry:
    """Return one check."""
    return replace(CHECK, id=f"x.{letter}", role="required", outcome=outcome, evidence=())


async def stored(*gaps: str) -> CountingStore:
    """Return a record of decisions with these gaps, the oldest first."""
    store = CountingStore()
    for number, letters in enumerate(gaps):
        await store.record(record(number, letters))
    return store


async def read(store: MemoryStore, limit: int = 50, before: int | None = None) -> Trend:
    """Return the history of the service."""
    memory = Memory(store, None, Clock(), lambda _: "x")
    at = None if before is None else await find_summary(store, "pay", "", name_of(before))
    found = await read_trend(store, memory, ("pay", ""), Wanted(limit=limit, before=at))
    assert found is not None
    return found


async def test_each_step_is_held_against_the_one_before() -> None:
    """What changed stands with the decision in which it did; the first changes nothing."""
    found = await read(await stored("a", "", "", "b"))

    told = [
        (step.summary.evaluation, [each.check for each in step.changes or ()], step.first)
        for step in found.steps
    ]
    assert told == [
        (name_of(3), ["x.b"], False),
        (name_of(2), [], False),
        (name_of(1), ["x.a"], False),
        (name_of(0), [], True),
    ]
    assert (found.older, found.latest.evaluation) == ("", name_of(3))
    assert (found.steadiness.changes, found.steadiness.in_a_row) == (2, 1)
    assert [(one.check, one.new) for one in found.findings or ()] == [("x.b", True)]


async def test_a_page_ends_where_the_next_begins() -> None:
    """No decision stands on two pages, none is left out, and each knows what changed."""
    store = await stored("a", "b", "", "a", "ab")

    first = await read(store, limit=2)
    second = await read(store, limit=2, before=3)
    third = await read(store, limit=2, before=1)

    pages = [[step.summary.evaluation for step in page.steps] for page in (first, second, third)]
    assert pages == [[name_of(4), name_of(3)], [name_of(2), name_of(1)], [name_of(0)]]
    assert [page.older for page in (first, second, third)] == [name_of(3), name_of(1), ""]
    assert [each.check for each in second.steps[1].changes or ()] == ["x.b", "x.a"]
    assert (second.findings, third.steps[0].first) == (None, True)
    assert first.findings is not None


async def test_it_looks_back_as_long_as_something_stands() -> None:
    """Beyond the page, until the last gap was none; and reads no record twice."""
    store = await stored("", "", *["a"] * 20)

    found = await read(store, limit=3)

    assert found.findings is not None
    assert [(one.since, one.decisions, one.begun) for one in found.findings] == [
        (name_of(2), 20, True)
    ]
    assert store.read == 21


async def test_it_looks_back_no_further_than_it_says() -> None:
    """However long a gap has stood: at least so many decisions."""
    store = await stored("", *["a"] * (FURTHEST + 20))

    found = await read(store, limit=3)

    assert found.findings is not None
    assert [(one.decisions, one.begun) for one in found.findings] == [(FURTHEST, False)]
    assert found.steadiness.begun is False
    assert store.read == FURTHEST


async def test_a_long_page_is_not_looked_into_to_its_end() -> None:
    """Beyond so many decisions nobody looks at what changed, and that is said by None."""
    store = await stored(*["a", ""] * FURTHEST)

    found = await read(store, limit=2 * FURTHEST)

    names = [step.summary.evaluation for step in found.steps]
    assert names == [name_of(number) for number in reversed(range(2 * FURTHEST))]
    looked = [step.changes is not None for step in found.steps]
    assert looked == [True] * FURTHEST + [False] * FURTHEST
    assert store.read == FURTHEST + 1


@pytest.mark.parametrize(("number", "decisions"), [(4, 3), (2, 1), (1, 0)])
async def test_any_decision_can_be_looked_back_from(number: int, decisions: int) -> None:
    """Not only the last one: what came later does not matter."""
    store = await stored("a", "", "a", "a", "a", "")

    found = await findings_of(store, record(number, "a" if decisions else ""))

    assert [one.decisions for one in found] == ([decisions] if decisions else [])


async def test_a_decision_that_is_nowhere_stands_alone() -> None:
    """Nobody knows since when its gaps stand."""
    (one,) = await findings_of(await stored(), record(0, "a"))

    assert (one.decisions, one.begun) == (1, False)


@pytest.mark.parametrize(("minutes", "expired"), [(59, True), (60, True), (61, False)])
async def test_whether_it_holds_is_judged_now(minutes: int, expired: bool) -> None:
    """By the clock, as every reader does: what ends this moment has ended."""
    store = CountingStore()
    until = instant(START + timedelta(minutes=minutes))
    await store.record(replace(record(0, ""), valid_until=until))

    assert (await read(store)).expired is expired


async def test_environments_are_those_asked_for() -> None:
    """All of them, or the one that is named; others are refused with what there is."""
    store = await stored("")
    await store.record(replace(record(1, ""), environment="staging"))

    assert await environments_of(store, "pay", None) == ("", "staging")
    assert await environments_of(store, "pay", "staging") == ("staging",)
    with pytest.raises(SettingsError, match=r"must be one of \(none\), staging, got 'x'"):
        await environments_of(store, "pay", "x")
    for nobody in ("nobody", "\udcff"):
        with pytest.raises(SettingsError, match="must be a service with a recorded decision"):
            await environments_of(store, nobody, None)
