"""A long log, whose signatures are looked at by a process beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import VerifierKey
from director.audit.rows import Leaf
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor, Verified
from director.model.audit import Trunk

SIZE = 1500
ALONE = 200
ORIGIN = "log.example/1"
NOTARY = KeyNotary(ORIGIN, PrivateKey(b"k" * 32))
KEY = VerifierKey.parse(NOTARY.public_key)


@pytest.fixture(scope="module")
def log() -> Sequence[Leaf]:
    """Return a log whose entries say nothing but their number."""
    ids = [f"E{index:025d}" for index in range(SIZE)]
    bodies = [f'{{"kind":"waiver.denied","id":"{id_}","at":"2026"}}'.encode() for id_ in ids]
    _, seals = NOTARY.seal(Trunk(), bodies)
    return [
        Leaf(seal.index, "waiver.denied", id_, body, seal.checkpoint)
        for seal, id_, body in zip(seals, ids, bodies, strict=True)
    ]


def forged(log: Sequence[Leaf], *places: int) -> list[Leaf]:
    """Return *log* with the signature of another entry in each of *places*."""
    found = list(log)
    for place in places:
        signature = log[place - 1].checkpoint.rpartition(" ")[2]
        text = log[place].checkpoint.rpartition(" ")[0]
        found[place] = replace(log[place], checkpoint=f"{text} {signature}")
    return found


def verified(log: Sequence[Leaf], kill_at: int = -1) -> Verified:
    """Return what *log* shows; the process beside ours is killed at an entry."""
    with Auditor(KEY, alone=ALONE) as auditor:
        for leaf in log:
            auditor.take(leaf)
            if leaf.index == kill_at:
                mate = auditor._seals._mate
                assert mate is not None
                mate._process.kill()
                mate._process.wait()
        return auditor.end(SIZE)


def wrong(log: Sequence[Leaf], kill_at: int = -1) -> TamperedError:
    """Return what is found wrong with *log*."""
    with pytest.raises(TamperedError) as found:
        verified(log, kill_at)
    return found.value


@pytest.mark.parametrize("kill_at", [-1, 600])
def test_a_whole_long_log_is_verified(log: Sequence[Leaf], kill_at: int) -> None:
    """Nothing is wrong with it, also where the process ends too early."""
    assert verified(log, kill_at).head.size == SIZE


@pytest.mark.parametrize("kill_at", [-1, 600])
@pytest.mark.parametrize("place", [1, ALONE - 1, ALONE, 327, 328, 599, 700, 1400, SIZE - 1])
def test_a_wrong_signature_is_found_wherever_it_is(
    log: Sequence[Leaf], place: int, kill_at: int
) -> None:
    """Whoever looks at it, and whether that one is still there, the entry is named."""
    if place < 400 < kill_at:
        kill_at = -1  # It is found before that.
    assert wrong(forged(log, place), kill_at).index == place


@pytest.mark.parametrize("places", [(300, 301), (300, 800), (250, 1499), (1300, 1499), (201, 900)])
def test_the_first_of_several_is_named(log: Sequence[Leaf], places: tuple[int, int]) -> None:
    """Two signatures are wrong: the first is named, however late it is looked at."""
    assert wrong(forged(log, *places)).index == places[0]


@pytest.mark.parametrize("place", [450, 1380, 1490])
def test_a_wrong_entry_does_not_hide_an_earlier_signature(log: Sequence[Leaf], place: int) -> None:
    """What is wrong with an entry itself is seen at once, and yet the first one is named."""
    log = forged(log, place)
    log[place + 3] = replace(log[place + 3], body=b"{}")

    assert wrong(log).index == place


def test_a_missing_entry_does_not_hide_an_earlier_signature(log: Sequence[Leaf]) -> None:
    """The end of a log that is too short is not reached before its signatures are looked at."""
    assert wrong(forged(log, 1480)[:-1]).index == 1480


def test_the_process_ends_with_the_work(log: Sequence[Leaf]) -> None:
    """Nothing is left behind, whatever was found."""
    auditor = Auditor(KEY, alone=ALONE)
    for leaf in log[:1000]:
        auditor.take(leaf)
    mate = auditor._seals._mate
    assert mate is not None
    process = mate._process
    assert process.poll() is None

    with pytest.raises(TamperedError), auditor:
        auditor.end(SIZE)

    assert process.poll() is not None
