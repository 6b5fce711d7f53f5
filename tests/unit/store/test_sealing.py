"""director.store.sealing, through a store that stands on it."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from director.errors import StoreError
from director.model.audit import Head, Log, Seal, Trunk
from director.model.record import Record
from director.ports import Notary
from director.store.codec import checked, decode
from director.store.memory import MemoryStore
from director.store.sealing import Sealing, head_of, packed, unpacked

BODY = (Path(__file__).parent / "record.json").read_bytes()
SAMPLE = checked(decode(BODY, "01JD9Z4S00000000000000000A")).record


class Chain:
    """A notary without a key, that seals a chain of hashes; a peer.

    Args:
        origin: The log; empty for a new one.
        key: What it is told from others by.
    """

    def __init__(self, origin: str, key: str = "key") -> None:
        self.origin = origin or "log.example/1"
        self.public_key = f"{self.origin}+{key}"
        self.seen: list[int] = []

    def seal(self, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
        """Return a seal for each of *bodies*."""
        self.seen.append(len(bodies))
        seals = []
        for body in bodies:
            leaf = sha256(b"\x00" + body).digest()
            trunk = Trunk(trunk.size + 1, (sha256(b"".join(trunk.hashes) + leaf).digest(),))
            root = b64encode(trunk.hashes[0]).decode()
            seals.append(Seal(trunk.size - 1, leaf, f"{self.origin}\n{trunk.size}\n{root}\n\n"))
        return trunk, tuple(seals)


class Forgetful(Chain):
    """A notary that seals less than it is given."""

    def seal(self, trunk: Trunk, bodies: Sequence[bytes]) -> tuple[Trunk, tuple[Seal, ...]]:
        """Return one seal too few."""
        return super().seal(trunk, bodies[1:])


class Shelf:
    """An anchor in memory; a peer."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.full = False

    def last(self) -> Head | None:
        """Return the last that was kept."""
        return head_of(self.kept[-1]) if self.kept else None

    def keep(self, checkpoint: str) -> None:
        """Keep another one."""
        if self.full:
            raise StoreError("the anchor's disk is full")
        self.kept.append(checkpoint)


@pytest.fixture
def records() -> Iterator[Record]:
    """Return decisions, each another one."""
    return (replace(SAMPLE, evaluation=f"01JD9Z{number:020d}") for number in itertools.count())


def sealed_by(key: str) -> Callable[[str], Notary]:
    """Return what opens a notary with *key*."""
    return lambda origin: Chain(origin, key)


def test_trunk_survives_its_bytes() -> None:
    """What is stored of the tree is the tree."""
    trunk = Trunk(5, (b"a" * 32, b"b" * 32))

    assert unpacked(5, packed(trunk)) == trunk
    assert unpacked(0, b"") == Trunk()


@pytest.mark.parametrize("text", ["", "a\n1\nnot base64\n\n", "a\nx\nYQ==\n\n", "a\n1"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """A checkpoint that cannot be read is damage, not an empty log."""
    with pytest.raises(StoreError, match="a checkpoint in it is none"):
        head_of(text)


async def test_notary_is_asked_once_something_is_appended(records: Iterator[Record]) -> None:
    """Reading needs no key; the first append begins a log, and the same notary goes on."""
    asked: list[str] = []

    def notary(origin: str) -> Notary:
        asked.append(origin)
        return Chain(origin)

    store = MemoryStore(Sealing(notary))
    assert await store.latest("a", "b") is None
    assert asked == []

    for _ in range(3):
        await store.record(next(records))

    assert asked == [""]


async def test_log_goes_on_with_no_other_key(records: Iterator[Record]) -> None:
    """A log that was sealed is continued with its own key or not at all; the way out is named."""
    store = MemoryStore(Sealing(sealed_by("one")))
    await store.record(next(records))
    for other, told in (
        (Sealing(sealed_by("two")), "sealed with another key .*--audit-key"),
        (Sealing(lambda _: Chain("log.example/2")), "the key is that of log.example/2"),
        (None, "nobody is there to seal .*--audit-key"),
    ):
        again = MemoryStore(other)
        again._pages = store._pages

        with pytest.raises(StoreError, match=told):
            await again.record(next(records))

    assert (await store.log()).size == 1
    await store.record(next(records))


async def test_older_entries_are_sealed_by_the_next(records: Iterator[Record]) -> None:
    """What was recorded before there were seals is sealed first, in its order, in parts."""
    old = MemoryStore()
    first = [next(records) for _ in range(600)]
    for each in first:
        assert (await old.record(each)).seal is None
    chain = Chain("")
    store = MemoryStore(Sealing(lambda _: chain))
    store._pages = old._pages

    kept = await store.record(next(records))

    leaves = await store.leaves(0, 1000)
    assert kept.seal is not None
    assert kept.seal.index == 600
    assert [leaf.checkpoint.split("\n")[1] for leaf in leaves] == [str(n) for n in range(1, 602)]
    assert chain.seen == [512, 88, 1]
    assert await store.log() == Log("log.example/1", "log.example/1+key", 601)


async def test_notary_that_forgets_is_refused(records: Iterator[Record]) -> None:
    """An entry without a seal of its own is not recorded."""
    store = MemoryStore(Sealing(Forgetful))

    with pytest.raises(StoreError, match="entries have no place"):
        await store.record(next(records))
    assert (await store.log()).size == 0


async def test_checkpoints_are_anchored_once_durable(records: Iterator[Record]) -> None:
    """The last checkpoint of each append is kept elsewhere; one that is there already is not."""
    shelf, first = Shelf(), next(records)
    store = MemoryStore(Sealing(Chain, lambda _: shelf))

    await store.record(first)
    await store.record(first)
    await store.record(next(records))

    assert [head_of(each).size for each in shelf.kept] == [1, 2]
    assert shelf.kept == [leaf.checkpoint for leaf in await store.leaves()]


async def test_anchor_that_fails_is_made_good(records: Iterator[Record]) -> None:
    """Without the anchor nothing is acknowledged; told again, the decision is anchored."""
    shelf, first = Shelf(), next(records)
    store = MemoryStore(Sealing(Chain, lambda _: shelf))
    shelf.full = True
    with pytest.raises(StoreError, match="disk is full"):
        await store.record(first)

    shelf.full = False
    kept = await store.record(first)

    assert kept.seal is not None
    assert shelf.kept == [kept.seal.checkpoint]


async def test_record_older_than_its_anchor_is_refused(records: Iterator[Record]) -> None:
    """A backup that was put back lacks what the anchor has: nothing is appended to it."""
    shelf = Shelf()
    store = MemoryStore(Sealing(Chain, lambda _: shelf))
    backup = MemoryStore(Sealing(Chain, lambda _: shelf))
    shared = next(records)
    await store.record(shared)
    shelf.kept.clear()
    await backup.record(shared)
    await store.record(next(records))

    with pytest.raises(StoreError, match=r"older than its anchor: it has 1 .*, the anchor 2"):
        await backup.record(next(records))


async def test_other_history_is_refused(records: Iterator[Record]) -> None:
    """A log that has as many entries, but others, is not the one that was anchored."""
    shelf = Shelf()
    await MemoryStore(Sealing(Chain, lambda _: shelf)).record(next(records))
    other = MemoryStore(Sealing(Chain))
    for _ in range(2):
        await other.record(next(records))
    again = MemoryStore(Sealing(Chain, lambda _: shelf))
    again._pages = other._pages

    with pytest.raises(StoreError, match="not the one of its anchor: its first 1 entries"):
        await again.record(next(records))
