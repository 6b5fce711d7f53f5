"""What every store promises: memory and SQLite are the same to those who use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from director.errors import StoreError
from director.model.record import ConditionEntry, Record
from director.model.standing import Condition, Standing
from director.ports import Store
from director.store.codec import decode
from director.store.memory import MemoryStore
from director.store.sqlite import open_sqlite

SAMPLE = decode(
    (Path(__file__).parents[1] / "unit/store/record.json").read_bytes(),
    "01JD9Z4S00000000000000000A",
)
OPENED = "2026-11-22T10:00:00.000000Z"
DUE = "2026-12-06T10:00:00.000001Z"
CLOSED = "2026-11-30T10:00:00.000000Z"


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each store in turn, empty."""
    store: Store = MemoryStore()
    if request.param == "sqlite":
        store = open_sqlite(tmp_path / "record.db")
    yield store
    await store.close()


def record(number: int, *conditions: ConditionEntry, service: str = "payment-service") -> Record:
    """Return the record of one evaluation."""
    return replace(
        SAMPLE, evaluation=f"01JD9Z{number:020d}", service=service, conditions=conditions
    )


def condition(check: str = "declared.load_test", closed_at: str | None = None) -> ConditionEntry:
    """Return what a record says of one condition."""
    return ConditionEntry(
        check=check, owner="team-payments", opened_at=OPENED, due_at=DUE, closed_at=closed_at
    )


async def test_record_comes_back_as_it_was_stored(store: Store) -> None:
    """Recording answers with the record as it was read back."""
    assert await store.record(SAMPLE) == SAMPLE
    assert await store.latest("payment-service", "production") == SAMPLE


async def test_unknown_target_is_empty(store: Store) -> None:
    """Nothing is known of a target that was never judged; another environment is another target."""
    await store.record(SAMPLE)

    for target in (("payment-service", ""), ("other", "production"), ("", "")):
        assert await store.latest(*target) is None
        assert await store.standing(*target) == Standing()


async def test_latest_is_the_last_that_was_recorded(store: Store) -> None:
    """The order is the order of recording: neither ids nor clocks decide."""
    later_id, earlier_id = record(2), replace(record(1), decided_at="2020-01-01T00:00:00.000000Z")

    await store.record(later_id)
    await store.record(earlier_id)

    assert await store.latest("payment-service", "production") == earlier_id


async def test_an_evaluation_is_found_by_its_identity(store: Store) -> None:
    """Each evaluation has its own decision, also when a later one was made; others have none."""
    first, second = record(1), record(2)
    await store.record(first)
    await store.record(second)

    assert await store.evaluation(first.evaluation) == first
    assert await store.evaluation(second.evaluation) == second
    assert await store.evaluation("01JD9Z00000000000000000003") is None
    assert await store.evaluation("") is None


async def test_environments_of_a_service_are_known(store: Store) -> None:
    """Each environment with a decision is named once, sorted; other services' are not."""
    for number, environment in enumerate(["staging", "production", "staging", "Zone", ""]):
        await store.record(replace(record(number), environment=environment))
    await store.record(replace(record(9, service="other"), environment="elsewhere"))

    assert await store.environments("payment-service") == ("", "Zone", "production", "staging")
    assert await store.environments("unknown") == ()


async def test_targets_do_not_mix(store: Store) -> None:
    """Each target has its own decisions and conditions."""
    await store.record(record(1, condition()))
    await store.record(record(2, service="other"))

    assert await store.latest("payment-service", "production") == record(1, condition())
    assert (await store.standing("other", "production")).conditions == ()


async def test_condition_stands_until_it_is_closed(store: Store) -> None:
    """A condition stands as opened; when a later decision closes it, it stands as closed."""
    opened_at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    due_at = datetime(2026, 12, 6, 10, 0, 0, 1, tzinfo=UTC)
    standing = Condition(
        check="declared.load_test", owner="team-payments", opened_at=opened_at, due_at=due_at
    )

    await store.record(record(1, condition()))
    first = await store.standing("payment-service", "production")
    await store.record(record(2, condition(closed_at=CLOSED)))
    second = await store.standing("payment-service", "production")

    assert first == Standing((standing,))
    assert second == Standing(
        (replace(standing, closed_at=datetime(2026, 11, 30, 10, tzinfo=UTC)),)
    )


async def test_condition_that_is_not_named_stays(store: Store) -> None:
    """A decision changes the conditions it names and no other; they come sorted by check."""
    await store.record(record(1, condition("b.two"), condition("a.one")))
    await store.record(record(2, condition("b.two", CLOSED)))

    standing = await store.standing("payment-service", "production")

    assert [(one.check, one.closed_at is None) for one in standing.conditions] == [
        ("a.one", True),
        ("b.two", False),
    ]


async def test_same_evaluation_again_changes_nothing(store: Store) -> None:
    """Recording is idempotent: an old record told again does not bring old conditions back."""
    await store.record(record(1, condition()))
    await store.record(record(2, condition(closed_at=CLOSED)))

    again = await store.record(record(1, condition()))

    assert again == record(1, condition())
    assert await store.latest("payment-service", "production") == record(
        2, condition(closed_at=CLOSED)
    )
    (only,) = (await store.standing("payment-service", "production")).conditions
    assert only.closed_at is not None


async def test_same_evaluation_with_other_content_is_refused(store: Store) -> None:
    """A recorded decision is never changed."""
    await store.record(SAMPLE)

    with pytest.raises(StoreError, match=f"{SAMPLE.evaluation} is already recorded with other"):
        await store.record(replace(SAMPLE, decision="go", conditions=()))

    assert await store.latest("payment-service", "production") == SAMPLE
    assert len((await store.standing("payment-service", "production")).conditions) == 1


async def test_record_that_would_not_come_back_is_refused(store: Store) -> None:
    """What JSON cannot carry is never acknowledged, and never stored."""
    with pytest.raises(StoreError, match="cannot be stored"):
        await store.record(replace(SAMPLE, score=float("nan")))

    assert await store.latest("payment-service", "production") is None


async def test_closed_store_refuses(store: Store) -> None:
    """After closing, nothing is answered and nothing is acknowledged; closing again is fine."""
    await store.close()
    await store.close()

    with pytest.raises(StoreError, match="closed"):
        await store.record(SAMPLE)
    with pytest.raises(StoreError, match="closed"):
        await store.latest("payment-service", "production")
    with pytest.raises(StoreError, match="closed"):
        await store.standing("payment-service", "production")
    with pytest.raises(StoreError, match="closed"):
        await store.environments("payment-service")
