"""RFC 6962: the tree, its roots and its proofs."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256

import pytest

from director.audit.tree import (
    EMPTY_ROOT,
    Tree,
    grow,
    is_consistent,
    is_included,
    is_sound,
    leaf_hash,
    node_hash,
    root,
)
from director.model.audit import Head, Trunk

ENTRIES = tuple(
    map(
        bytes.fromhex,
        (
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ),
    )
)  # fmt: skip
"""The eight leaves that the tests of Certificate Transparency's own log are made of."""

ROOTS = tuple(
    map(
        bytes.fromhex,
        (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    )
)
"""The published root of the first 0, 1, … 8 of them."""

SIZES = range(258)
BODIES = tuple(b"entry %d" % number for number in SIZES)
LEAVES = tuple(map(leaf_hash, BODIES))
TREE = Tree(LEAVES)


# The second implementation: the definitions of RFC 6962, §2.1, 2.1.1 and 2.1.2, word for word,
# over entries and not over hashes of them. D[a:b] is written (a, b).


def k_of(n: int) -> int:
    """Return the largest power of two smaller than *n*."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@cache
def mth(a: int, b: int) -> bytes:
    """Return the Merkle tree hash of the entries from *a* up to *b*."""
    n = b - a
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return sha256(b"\x00" + BODIES[a]).digest()
    k = k_of(n)
    return sha256(b"\x01" + mth(a, a + k) + mth(a + k, b)).digest()


def path(m: int, a: int, b: int) -> list[bytes]:
    """Return the audit path for entry *m* of those from *a* up to *b*."""
    n = b - a
    if n == 1:
        return []
    k = k_of(n)
    if m < k:
        return [*path(m, a, a + k), mth(a + k, b)]
    return [*path(m - k, a + k, b), mth(a, a + k)]


def subproof(m: int, a: int, b: int, complete: bool) -> list[bytes]:
    """Return the proof that the entries from *a* up to *b* began with *m* of them."""
    n = b - a
    if m == n:
        return [] if complete else [mth(a, b)]
    k = k_of(n)
    if m <= k:
        return [*subproof(m, a, a + k, complete), mth(a + k, b)]
    return [*subproof(m - k, a + k, b, False), mth(a, a + k)]


def head(size: int) -> Head:
    """Return the head of the first entries, by the second implementation."""
    return Head(size, mth(0, size))


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    """The tree over the published leaves has the published root at each size."""
    trunk = grow(Trunk(), map(leaf_hash, ENTRIES[:size]))

    assert trunk.size == size
    assert root(trunk) == ROOTS[size]


def test_published_proofs() -> None:
    """The proofs that Certificate Transparency publishes are made, and accepted."""
    tree = Tree(map(leaf_hash, ENTRIES))
    sixth_leaf = leaf_hash(ENTRIES[5])
    wanted = (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    )
    sixth = tuple(map(bytes.fromhex, wanted))
    seventh = bytes.fromhex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a")
    grown = (seventh, *sixth[1:])

    assert tree.inclusion(5, 8) == sixth
    assert is_included(sixth_leaf, 5, sixth, Head(8, ROOTS[8]))
    assert tree.consistency(6, 8) == grown
    assert is_consistent(Head(6, ROOTS[6]), Head(8, ROOTS[8]), grown)


def test_every_root() -> None:
    """Both implementations have the same root at every size from 0 to 257, also while growing."""
    trunk = Trunk()
    for size in SIZES:
        assert root(trunk) == root(grow(Trunk(), LEAVES[:size])) == mth(0, size)
        assert TREE.head(size) == Tree(LEAVES[:size]).head(size) == Head(size, mth(0, size))
        assert is_sound(trunk)
        trunk = grow(trunk, [LEAVES[size]])


def test_growing_goes_on_anywhere() -> None:
    """A trunk that was put aside grows on as if it never was, wherever that happened."""
    whole = grow(Trunk(), LEAVES)

    for size in SIZES:
        assert grow(grow(Trunk(), LEAVES[:size]), LEAVES[size:]) == whole


def test_a_trunk_is_small() -> None:
    """What appending needs is one hash for each bit of the size, however large the tree."""
    trunk = grow(Trunk(), (LEAVES[0] for _ in range(65_535)))

    assert len(trunk.hashes) == 16
    assert len(grow(trunk, [LEAVES[0]]).hashes) == 1


def test_every_inclusion_proof() -> None:
    """Every proof for every leaf of every size is that of the second implementation, and holds."""
    number = 0
    for size in SIZES:
        for index in range(size):
            proof = TREE.inclusion(index, size)
            assert proof == tuple(path(index, 0, size))
            assert is_included(LEAVES[index], index, proof, head(size))
            number += 1

    assert number == 257 * 258 // 2


def test_every_consistency_proof() -> None:
    """Every proof between every two sizes is that of the second implementation, and holds."""
    number = 0
    for size in SIZES:
        for before in range(size + 1):
            proof = TREE.consistency(before, size)
            assert proof == (tuple(subproof(before, 0, size, True)) if before else ())
            assert is_consistent(head(before), head(size), proof)
            number += 1

    assert number == 258 * 259 // 2


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 11, 64, 257])
def test_a_false_inclusion_proof(size: int) -> None:
    """A proof holds for its leaf, place, size and root alone, and only whole and unchanged."""
    strange = os.urandom(32)
    for index in range(size):
        leaf, proof, here = LEAVES[index], TREE.inclusion(index, size), head(size)

        assert not is_included(strange, index, proof, here)
        assert not is_included(leaf, index, proof, Head(size, strange))
        assert not is_included(leaf, index, (*proof, strange), here)
        for other in {index - 1, index + 1, index ^ 1, index ^ 2, size, -1}:
            assert not is_included(leaf, other, proof, here)
        for at in range(len(proof)):
            assert not is_included(leaf, index, proof[:at] + proof[at + 1 :], here)
            assert not is_included(leaf, index, (*proof[:at], strange, *proof[at + 1 :]), here)


@pytest.mark.parametrize("size", [2, 3, 6, 7, 8, 11, 64, 65, 257])
def test_a_false_consistency_proof(size: int) -> None:
    """A proof holds for its two trees alone, and only whole and unchanged."""
    strange = os.urandom(32)
    for before in range(1, size):
        proof, old, new = TREE.consistency(before, size), head(before), head(size)

        assert not is_consistent(Head(before, strange), new, proof)
        assert not is_consistent(old, Head(size, strange), proof)
        assert not is_consistent(old, new, (*proof, strange))
        assert not is_consistent(new, old, proof)
        assert not is_consistent(Head(before - 1, old.root), new, proof)
        for at in range(len(proof)):
            assert not is_consistent(old, new, proof[:at] + proof[at + 1 :])
            assert not is_consistent(old, new, (*proof[:at], strange, *proof[at + 1 :]))


@pytest.mark.parametrize(
    ("index", "size", "siblings"), [(1, 1, 1), (3, 2, 2), (-1, 1, 2), (0, 0, 0)]
)
def test_a_place_that_is_not_there(index: int, size: int, siblings: int) -> None:
    """A leaf beyond the tree is in none, also if the hashes come out right."""
    node = LEAVES[0]
    for sibling in LEAVES[1 : 1 + siblings]:
        node = node_hash(sibling, node)

    assert not is_included(LEAVES[0], index, LEAVES[1 : 1 + siblings], Head(size, node))


def test_history_rewritten() -> None:
    """No proof leads from a tree to one in which an earlier entry was changed."""
    forged = Tree([LEAVES[0], leaf_hash(b"forged"), *LEAVES[2:8]])
    after = forged.head(8)

    for before in range(2, 9):
        assert not is_consistent(head(before), after, forged.consistency(before, 8))
        assert not is_consistent(head(before), after, TREE.consistency(before, 8))


def test_the_empty_tree() -> None:
    """Every tree began as the empty one, which has one root; it includes nothing."""
    assert is_consistent(Head(0, EMPTY_ROOT), head(5), ())
    assert not is_consistent(Head(0, ROOTS[1]), head(5), ())
    assert not is_consistent(Head(0, EMPTY_ROOT), head(5), (EMPTY_ROOT,))
    assert not is_included(LEAVES[0], 0, (), Head(0, LEAVES[0]))


def test_the_same_tree() -> None:
    """A tree is consistent with itself, with nothing to prove it, and with no other of its size."""
    assert is_consistent(head(5), head(5), ())
    assert not is_consistent(head(5), Head(5, ROOTS[5]), ())
    assert not is_consistent(head(5), head(5), (LEAVES[0],))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (4, 3), (0, 0), (0, 259), (0, -1)])
def test_no_such_leaf(index: int, size: int) -> None:
    """There is no proof for a leaf that is not there, or that was not at that size."""
    with pytest.raises(ValueError, match=r"must be from 0 to"):
        TREE.inclusion(index, size)


@pytest.mark.parametrize(("before", "after"), [(-1, 3), (4, 3), (3, 259), (0, -1)])
def test_no_such_beginning(before: int, after: int) -> None:
    """There is no proof from a larger tree to a smaller one, or for one that never was."""
    with pytest.raises(ValueError, match=r"must be from 0 to"):
        TREE.consistency(before, after)


@pytest.mark.parametrize("size", [-1, 259])
def test_no_such_size(size: int) -> None:
    """A tree has no head of a size that it never had."""
    with pytest.raises(ValueError, match="size must be from 0 to 258"):
        TREE.head(size)


def test_a_hash_of_another_length() -> None:
    """Hashes in a proof have 32 bytes: a boundary that moves would otherwise hide."""
    proof = TREE.inclusion(1, 4)

    assert not is_included(LEAVES[1], 1, (proof[0] + b"\0", proof[1]), head(4))
    assert not is_included(LEAVES[1], 1, (proof[0][:31], proof[1]), head(4))
    # Of two that are beside each other the bytes can be parted elsewhere.
    joined = LEAVES[0] + LEAVES[1]
    assert node_hash(joined[:31], joined[31:]) == mth(0, 2)
    assert not is_included(joined[31:], 1, (joined[:31],), head(2))


@pytest.mark.parametrize(
    "trunk",
    [
        Trunk(1, ()),
        Trunk(0, (LEAVES[0],)),
        Trunk(4, (LEAVES[0], LEAVES[1])),
        Trunk(3, (LEAVES[0],)),
        Trunk(1, (LEAVES[0][:31],)),
        Trunk(-1, (LEAVES[0],)),
    ],
)
def test_an_unsound_trunk(trunk: Trunk) -> None:
    """A trunk with too many or too few hashes, or one of another length, is no trunk."""
    assert not is_sound(trunk)
