"""What every store promises: memory, SQLite and PostgreSQL are the same to who uses them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from director.errors import PluginError, StoreError
from director.model.audit import Log, Seal, Trunk
from director.model.history import Summary
from director.model.ledger import Entry, Kind, Signature
from director.model.record import ConditionEntry, Record
from director.model.standing import Condition, Standing
from director.ports import Store
from director.store.codec import checked, decode
from director.store.memory import MemoryStore
from director.store.postgres import open_postgres
from director.store.sealing import Sealing
from director.store.sqlite import open_sqlite

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "unit/store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
SEEN_AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
SEEN = "2026-11-22T10:00:00.000000Z"
OPENED = "2026-11-22T10:00:00.000000Z"
DUE = "2026-12-06T10:00:00.000001Z"
CLOSED = "2026-11-30T10:00:00.000000Z"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each store in turn, empty, with the same log."""
    sealing = Sealing(FakeNotary)
    match request.param:
        case "memory":
            store: Store = MemoryStore(sealing)
        case "sqlite":
            store = open_sqlite(tmp_path / "record.db", sealing)
        case _:
            store = open_postgres(request.getfixturevalue("postgres").database(), sealing)
    yield store
    await store.close()


class FakeNotary:
    """A notary without a key: its checkpoints have the shape of real ones.

    Args:
        origin: The log that it seals; empty for a new one.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin or "log.example/1"
        self.public_key = f"{self.origin}+00000000+key"

    def seal(self, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
        """Return a chain of hashes in the place of a tree."""
        seals = []
        for body in bodies:
            leaf = sha256(b"\x00" + body).digest()
            root = sha256(b"".join(trunk.hashes) + leaf).digest()
            encoded = b64encode(root).decode()
            trunk = Trunk(trunk.size + 1, (root,))
            note = f"{self.origin}\n{trunk.size}\n{encoded}\n\n— {self.origin} none\n"
            seals.append(Seal(trunk.size - 1, leaf, note))
        return trunk, tuple(seals)


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
    assert (await store.record(SAMPLE)).record == SAMPLE
    assert await store.latest("payment-service", "production") == SAMPLE


async def test_unknown_target_is_empty(store: Store) -> None:
    """Nothing is known of a target that was never judged; another environment is another target."""
    await store.record(SAMPLE)

    for target in (("payment-service", ""), ("other", "production"), ("", "")):
        assert await store.latest(*target) is None
        assert await store.standing(*target) == Standing(seen_at=SEEN_AT)


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

    assert first.conditions == (standing,)
    assert second.conditions == (
        replace(standing, closed_at=datetime(2026, 11, 30, 10, tzinfo=UTC)),
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

    assert again.record == record(1, condition())
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


async def test_record_that_is_refused_harms_no_other(store: Store) -> None:
    """Of decisions that are recorded at once, the one that cannot be stored is refused alone."""
    odd = replace(record(2), score=float("nan"))

    tasks = [asyncio.create_task(store.record(each)) for each in (record(1), odd, record(3))]
    await asyncio.wait(tasks)

    assert [isinstance(task.exception(), StoreError) for task in tasks] == [False, True, False]
    assert await store.evaluation(record(1).evaluation) == record(1)
    assert await store.evaluation(odd.evaluation) is None
    assert await store.evaluation(record(3).evaluation) == record(3)


def entry(number: int, kind: Kind = Kind.WAIVER_REQUESTED, **changes: Any) -> Entry:  # noqa: ANN401  # any field
    """Return something that happened to a target."""
    given: dict[str, Any] = {
        "id": f"01JE{number:022d}", "kind": kind, "service": "payment-service",
        "environment": "production", "at": SEEN, "subject": "W1",
        "signatures": (
            Signature(principal="a", person="b", roles=("vp",), key="SHA256:x", armor="---\nx\n"),
        ),
    }  # fmt: skip
    return Entry(**{**given, **changes})


async def test_every_leaf_has_its_place_and_seal(store: Store) -> None:
    """Decisions and entries stand in one log in the order of recording, each with its seal."""
    first = await store.record(record(1), [entry(1), entry(2)])
    second = await store.record(record(2))

    leaves = await store.leaves()
    ids = [record(1).evaluation, entry(1).id, entry(2).id, record(2).evaluation]
    assert [leaf.id for leaf in leaves] == ids
    assert [leaf.index for leaf in leaves] == [0, 1, 2, 3]
    assert [leaf.kind for leaf in leaves] == ["decision", *2 * ["waiver.requested"], "decision"]
    assert [leaf.checkpoint.split("\n")[:2] for leaf in leaves] == [
        ["log.example/1", str(size)] for size in (1, 2, 3, 4)
    ]
    assert [kept.seal and kept.seal.index for kept in (first, second)] == [0, 3]
    assert leaves[0].body == checked(record(1)).body
    assert await store.log() == Log("log.example/1", "log.example/1+00000000+key", 4)
    assert await store.kept(record(2).evaluation) == second
    assert await store.kept(entry(1).id) is None
    assert await store.evaluation(entry(1).id) is None


async def test_log_is_read_in_pages(store: Store) -> None:
    """A part of the log is read from a place on; after the last there is nothing."""
    for number in range(3):
        await store.record(record(number))

    assert [leaf.index for leaf in await store.leaves(1, 1)] == [1]
    assert [leaf.index for leaf in await store.leaves(1)] == [1, 2]
    assert await store.leaves(3) == ()


async def test_empty_log_says_nothing(store: Store) -> None:
    """Before the first entry there is neither origin nor key, and nothing is known."""
    assert await store.log() == Log("", "", 0)
    assert await store.leaves() == ()
    assert await store.targets() == ()
    assert await store.casework() == ()
    assert await store.standing("a", "b") == Standing()


async def test_facts_are_kept_beside_the_record(store: Store) -> None:
    """The record's bytes name the digest of its facts; read back, the facts are in place."""
    await store.record(SAMPLE)

    (leaf,) = await store.leaves()
    assert leaf.facts is not None
    assert SAMPLE.evidence == leaf.evidence == f"sha256:{sha256(leaf.facts).hexdigest()}"
    assert b"total_s" not in leaf.body
    assert SAMPLE.evidence.encode() in leaf.body
    found = await store.evaluation(SAMPLE.evaluation)
    assert found is not None
    assert found.checks[1].evidence[0].facts["total_s"] == 0.0125


async def test_erased_facts_are_empty(store: Store) -> None:
    """Erasing takes the facts and no record, and is told in the log once there are any."""
    later = replace(record(2), decided_at="2026-11-22T10:00:00.000001Z")
    other = replace(
        later.checks[1], evidence=(replace(later.checks[1].evidence[0], facts={"status": 500}),)
    )
    category = replace(later.categories[0], checks=(later.checks[0], other))
    later = checked(replace(later, categories=(category, later.categories[1]))).record
    for each in (record(1), later):
        await store.record(each)
    asked: list[int] = []

    def told(count: int) -> Entry:
        asked.append(count)
        return entry(7, Kind.EVIDENCE_ERASED, service="", environment="", text=str(count))

    before = datetime(2026, 11, 22, 10, 0, 0, 1, tzinfo=UTC)
    assert await store.erase_evidence(SEEN_AT, told) == 0
    assert await store.erase_evidence(before, told) == 1
    assert await store.erase_evidence(before, told) == 0

    found = await store.evaluation(record(1).evaluation)
    assert found is not None
    assert found.evidence == record(1).evidence
    assert [piece.facts for check in found.checks for piece in check.evidence] == [{}, {}]
    assert await store.evaluation(later.evaluation) == later
    assert [leaf.facts is None for leaf in await store.leaves()] == [True, False, True]
    assert asked == [1]
    assert await store.casework() == ()


async def test_facts_that_are_used_again_are_kept(store: Store) -> None:
    """Facts are as old as the last decision that rests on them."""
    again = checked(replace(record(2), decided_at="2026-11-23T10:00:00.000000Z")).record
    await store.record(record(1))
    await store.record(again)
    await store.record(record(3))

    assert record(1).evidence == again.evidence
    between = datetime(2026, 11, 23, tzinfo=UTC)
    assert await store.erase_evidence(between, lambda _: entry(1)) == 0
    assert await store.evaluation(record(1).evaluation) == record(1)


async def test_casework_is_told_by_target(store: Store) -> None:
    """Entries on waivers and overrides are found by service and environment, oldest first."""
    mine, override = entry(3), entry(1, Kind.OVERRIDE_REQUESTED)
    staging = entry(2, environment="staging")
    other = entry(4, service="other")
    await store.record(record(1), [mine, entry(9, Kind.EVIDENCE_ERASED), staging])
    await store.record(record(2), [override, other])

    assert await store.casework("payment-service", "production") == (mine, override)
    assert await store.casework("payment-service") == (mine, staging, override)
    assert await store.casework(None, "production") == (mine, override, other)
    assert await store.casework() == (mine, staging, override, other)
    assert await store.casework("unknown") == ()


async def test_entry_again_changes_nothing(store: Store) -> None:
    """An entry that is there is not appended again; with other content it is refused."""
    await store.record(record(1), [entry(1)])
    await store.record(record(1), [entry(1)])
    await store.record(record(2), [entry(1)])

    with pytest.raises(StoreError, match=f"{entry(1).id} is already recorded with other content"):
        await store.record(record(3), [entry(1, subject="W2")])

    assert await store.casework() == (entry(1),)
    assert (await store.log()).size == 3
    assert await store.evaluation(record(3).evaluation) is None


@pytest.mark.parametrize(
    "change",
    [{"text": "half \ud800"}, {"subject": "nul \0"}, {"at": "today"}, {"kind": Kind.DECISION}],
    ids=str,
)
async def test_entry_that_would_not_come_back_is_refused(
    store: Store, change: dict[str, Any]
) -> None:
    """What cannot be kept is refused whole: the decision with it is not recorded."""
    with pytest.raises(StoreError, match="cannot be stored"):
        await store.record(record(1), [entry(1, **change)])

    assert await store.latest("payment-service", "production") is None


async def test_null_character_is_refused(store: Store) -> None:
    """What one database could not find again is refused by all."""
    with pytest.raises(StoreError, match="null character"):
        await store.record(replace(record(1), version="1\0"))


async def test_act_decides_on_what_is_there(store: Store) -> None:
    """Who acts is shown the target's casework, and what it returns is appended and told."""
    await store.record(record(1), [entry(1), entry(2, service="other")])
    shown: list[tuple[Entry, ...]] = []

    def decide(entries: tuple[Entry, ...]) -> list[Entry]:
        shown.append(entries)
        return [entry(10 + len(entries), Kind.WAIVER_APPROVED)]

    first = await store.act("payment-service", "production", decide)
    second = await store.act("payment-service", "production", decide)

    assert first == (entry(11, Kind.WAIVER_APPROVED),)
    assert second == (entry(12, Kind.WAIVER_APPROVED),)
    assert shown == [(entry(1),), (entry(1), *first)]
    assert await store.casework("payment-service") == (entry(1), *first, *second)


async def test_two_that_act_at_once_do_not_both_win(store: Store) -> None:
    """Each that acts is shown what those before it did, however close they come."""
    await store.record(record(1))

    def decide(number: int) -> Callable[[tuple[Entry, ...]], list[Entry]]:
        def once(entries: tuple[Entry, ...]) -> list[Entry]:
            return [] if entries else [entry(number, Kind.OVERRIDE_APPLIED)]

        return once

    acts = [
        asyncio.create_task(store.act("payment-service", "production", decide(number)))
        for number in range(20)
    ]
    await asyncio.wait(acts)

    assert sorted(len(act.result()) for act in acts) == [*19 * [0], 1]
    assert len(await store.casework()) == 1


async def test_refusal_of_who_acts_is_its_own(store: Store) -> None:
    """An error of ours that the callback raises comes out as it is, and nothing is appended."""

    def refuse(_: tuple[Entry, ...]) -> list[Entry]:
        raise PluginError("not_you", "not you")

    with pytest.raises(PluginError, match="not you"):
        await store.act("payment-service", "production", refuse)
    assert (await store.log()).size == 0


async def test_history_is_newest_first_and_in_pages(store: Store) -> None:
    """The order is that of recording, over all environments or one; a page goes on from another."""
    environments = ("production", "staging", "production", "", "production")
    for number, environment in enumerate(environments):
        await store.record(replace(record(number), environment=environment))
    await store.record(record(9, service="other"))

    whole = await store.history("payment-service")
    page = await store.history("payment-service", limit=2)
    rest = await store.history("payment-service", before=page[-1].seq)

    assert [each.evaluation for each in whole] == [record(n).evaluation for n in (4, 3, 2, 1, 0)]
    assert page + rest == whole
    assert [each.environment for each in whole] == list(reversed(environments))
    production = await store.history("payment-service", "production", limit=2)
    assert [each.evaluation for each in production] == [record(n).evaluation for n in (4, 2)]
    assert await store.history("unknown") == ()
    assert await store.history("payment-service", "unknown") == ()


async def test_history_tells_what_was_decided(store: Store) -> None:
    """A line of the history has what a list shows; an override that was used, too."""
    used = entry(1, Kind.OVERRIDE_USED, subject="OVERRIDE")
    await store.record(replace(SAMPLE, decision="no_go"), [used])

    assert await store.history("payment-service") == (
        Summary(
            seq=0,
            evaluation=SAMPLE.evaluation,
            service="payment-service",
            environment="production",
            version="2.7.1",
            decision="no_go",
            effective="go",
            override="OVERRIDE",
            pass_rate="67%",
            score=0.833333,
            profile="baseline",
            decided_at=SAMPLE.decided_at,
            valid_until=SAMPLE.valid_until,
        ),
    )


async def test_targets_are_told_once(store: Store) -> None:
    """Every service and environment with a decision is named once, sorted."""
    for number, service in enumerate(("b", "a", "b")):
        await store.record(record(number, service=service))
    await store.record(replace(record(5, service="b"), environment=""))

    assert await store.targets() == (("a", "production"), ("b", ""), ("b", "production"))


async def test_latest_moment_is_remembered(store: Store) -> None:
    """A clock that goes back, in a decision or an entry, brings no earlier moment."""
    await store.record(replace(record(1), decided_at="2026-12-01T00:00:00.000000Z"))
    await store.record(record(2), [entry(1)])

    standing = await store.standing("any", "where")

    assert standing.seen_at == datetime(2026, 12, 1, tzinfo=UTC)


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


async def test_what_was_appended_since(store: Store) -> None:
    """Whoever watches the record hears of what others append, in its order."""
    assert await store.since(-1) == ()
    for number in range(5):
        await store.record(replace(SAMPLE, evaluation=f"01JD9Z4S0000000000000000{number:02}"))

    everything = await store.since(-1)

    assert [each.seq for each in everything] == [0, 1, 2, 3, 4]
    assert {each.kind for each in everything} == {"decision"}
    assert everything[3].id == "01JD9Z4S000000000000000003"
    assert (everything[0].service, everything[0].environment) == (
        SAMPLE.service,
        SAMPLE.environment,
    )
    assert await store.since(2) == everything[3:]
    assert await store.since(0, 2) == everything[1:3]
    assert await store.since(4) == ()
