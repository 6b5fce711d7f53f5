"""cli.named: what a word names in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from director.cli.named import find_before, find_named, wording
from director.errors import SettingsError
from director.model.record import Record
from director.rules.moment import instant
from director.store.codec import checked, decode
from director.store.memory import MemoryStore

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
START = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "what", "environment", "until"),
    [
        ("pay", "pay", None, None),
        ("01JD9Z4S00000000000000000A", "01JD9Z4S00000000000000000A", None, None),
        ("pay@staging", "pay", "staging", None),
        ("pay@2026-10-01", "pay", None, "2026-10-02T00:00:00"),
        ("pay@staging@2026-10-01", "pay", "staging", "2026-10-02T00:00:00"),
        ("pay@2026-10-01T09", "pay", None, "2026-10-01T10:00:00"),
        ("pay@2026-10-01T09:30", "pay", None, "2026-10-01T09:31:00"),
        ("pay@2026-10-01T09:30Z", "pay", None, "2026-10-01T09:31:00"),
        ("pay@2026-10-01t09:30:05z", "pay", None, "2026-10-01T09:30:06"),
        ("pay@2026-10-01T09:30:05.25", "pay", None, "2026-10-01T09:30:05.250001"),
        ("pay@2026-10-01T09:30+02:00", "pay", None, "2026-10-01T07:31:00"),
        ("pay@2026", "pay", "2026", None),
    ],
)
def test_a_word_is_taken_apart(
    typed: str, what: str, environment: str | None, until: str | None
) -> None:
    """A time means all of what was written of it: the day, the minute, the second."""
    found = wording(typed, "A")

    assert (found.what, found.environment) == (what, environment)
    assert found.until == (until and datetime.fromisoformat(until).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@production",
        "pay@",
        "pay@@2026-10-01",
        "pay@a@b",
        "pay@2026-13-01",
        "pay@2026-10-01T25:00",
        "pay@2026-10-01T09:30 ",
        "pay@9999-12-31",
        "pay@2026-10-01@production",
    ],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    """With the argument it was given as."""
    with pytest.raises(SettingsError) as refused:
        wording(typed, "B")

    (fault,) = refused.value.faults
    assert fault.source == "B"
    assert fault.problem.startswith("must be ")


@pytest.fixture
async def store() -> MemoryStore:
    """A record of three decisions on one service, an hour apart, and of one elsewhere."""
    store = MemoryStore()
    for hour, environment in enumerate(("", "", "", "")):
        await store.record(record(hour, environment))
    await store.record(record(9, "production", "cart"))
    await store.record(record(9, "staging", "cart"))
    return store


def record(hour: int, environment: str, service: str = "pay") -> Record:
    """Return a decision of that hour."""
    at = START + timedelta(hours=hour)
    name = f"01JD9Z4S000000000000{len(service)}{len(environment)}000{hour}"
    return replace(
        SAMPLE, evaluation=name, service=service, environment=environment, decided_at=instant(at)
    )


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("pay", 3),
        ("pay@2026-10-01T09:30", 0),
        ("pay@2026-10-01T10:29", 0),
        ("pay@2026-10-01T10:30", 1),
        ("pay@2026-10-01", 3),
        ("pay@2027-01-01", 3),
        ("01jd9z4s000000000000300002", 2),
    ],
)
async def test_a_decision_is_found(store: MemoryStore, typed: str, hour: int) -> None:
    """The last one that was made by then, or the one of the evaluation."""
    found = await find_named(store, wording(typed, "A"), "A")

    assert found.decided_at == instant(START + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("nobody", "must be a service with a recorded decision"),
        ("pay@production", "must be one of (none)"),
        ("cart", "(name it as SERVICE@ENVIRONMENT)"),
        ("pay@2026-10-01T09:29", "must have a decision on pay until then"),
        ("01JD9Z4S00000000000030002@2026-10-01", "must be a service with"),
        ("01JD9Z4S000000000000300002@2026-10-01", "must not be an evaluation with a time"),
    ],
)
async def test_what_is_not_there_is_said(store: MemoryStore, typed: str, problem: str) -> None:
    """Which argument it was, and what is wrong with it."""
    with pytest.raises(SettingsError) as refused:
        await find_named(store, wording(typed, "B"), "B")

    (fault,) = refused.value.faults
    assert fault.source == "B"
    assert problem in fault.problem


async def test_the_environment_may_be_given_apart(store: MemoryStore) -> None:
    """What the word says itself beats it."""
    apart = await find_named(store, wording("cart", "A"), "A", "staging")
    own = await find_named(store, wording("cart@production", "A"), "A", "staging")

    assert (apart.environment, own.environment) == ("staging", "production")


async def test_each_decision_but_the_first_has_one_before_it(store: MemoryStore) -> None:
    """On the same target."""
    last = await find_named(store, wording("pay", "A"), "A")

    hours = []
    while (before := await find_before(store, last)) is not None:
        hours.append(datetime.fromisoformat(before.decided_at).hour)
        last = before

    assert hours == [11, 10, 9]
