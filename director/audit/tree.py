"""The tree over the log: RFC 6962, section 2.1, as pure functions.

A tree grows at its right edge, and appending needs only that edge, the trunk: so roots and the
trunk itself are built in one pass over the leaves, in memory that grows with the tree's height.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from director.model.audit import Head, Trunk

HASH_BYTES = 32

EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(body: bytes) -> bytes:
    """Return the leaf of an entry with these exact bytes."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def grow(trunk: Trunk, leaves: Iterable[bytes]) -> Trunk:
    """Return the trunk after *leaves* were appended, one after the other.

    Args:
        trunk: The tree so far; ``Trunk()`` is the empty one.
        leaves: Hashes of leaves, 32 bytes each.
    """
    size, hashes = trunk.size, list(trunk.hashes)
    for leaf in leaves:
        node, joined = leaf, size
        while joined & 1:  # The last subtree is as large as this one: they make one.
            node = node_hash(hashes.pop(), node)
            joined >>= 1
        hashes.append(node)
        size += 1
    return Trunk(size, tuple(hashes))


def root(trunk: Trunk) -> bytes:
    """Return the root of the whole tree, 32 bytes."""
    if not trunk.hashes:
        return EMPTY_ROOT
    node = trunk.hashes[-1]
    for left in trunk.hashes[-2::-1]:
        node = node_hash(left, node)
    return node


def is_sound(trunk: Trunk) -> bool:
    """Return whether *trunk* has as many hashes as a tree of its size, of the right length."""
    return (
        trunk.size >= 0
        and len(trunk.hashes) == trunk.size.bit_count()
        and all(len(each) == HASH_BYTES for each in trunk.hashes)
    )


class Tree:
    """A whole tree in memory, to prove things about it at every size that it had while growing.

    Args:
        leaves: The hashes of all leaves, 32 bytes each.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        # The roots of all complete subtrees: of 1 leaf, of 2, of 4 and so on.
        self._levels = [list(leaves)]
        while (below := self._levels[-1])[1:]:
            self._levels.append(list(map(node_hash, below[::2], below[1::2])))

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0])

    def head(self, size: int) -> Head:
        """Return the tree in short as it was at *size*.

        Raises:
            ValueError: It was never so large.
        """
        self._check("size", size, self.size)
        return Head(size, self._root(0, size))

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that it has a leaf: the hashes beside its way up, the lowest first.

        Args:
            index: Which leaf, counted from 0.
            size: The size of the tree to prove it for.

        Raises:
            ValueError: There was no such leaf at that size.
        """
        self._check("size", size, self.size)
        self._check("index", index, size - 1)
        start, stop = 0, size
        path = []
        while stop - start > 1:
            middle = _middle(start, stop)
            if index < middle:
                path.append(self._root(middle, stop))
                stop = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, before: int, after: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of the size *after* began as that of the size *before*.

        Raises:
            ValueError: It never was so large, or shrank.
        """
        self._check("after", after, self.size)
        self._check("before", before, after)
        start, stop = 0, after
        path = []
        while before < stop and before:
            middle = _middle(start, stop)
            if before <= middle:
                path.append(self._root(middle, stop))
                stop = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        if start:  # Else what is left is the whole smaller tree, whose root the verifier knows.
            path.append(self._root(start, stop))
        return tuple(reversed(path))

    def _root(self, start: int, stop: int) -> bytes:
        """Return the root over some leaves, of which *start* begins a subtree as large as they."""
        size, hashes = stop - start, []
        while start < stop:
            height = (stop - start).bit_length() - 1
            hashes.append(self._levels[height][start >> height])
            start += 1 << height
        return root(Trunk(size, tuple(hashes)))

    @staticmethod
    def _check(name: str, number: int, most: int) -> None:
        if not 0 <= number <= most:
            raise ValueError(f"{name} must be from 0 to {most}, was {number}")


def is_included(leaf: bytes, index: int, path: Sequence[bytes], head: Head) -> bool:
    """Return whether *path* proves that *leaf* is at *index*, counted from 0, in a tree."""
    if not 0 <= index < head.size:
        return False
    sides = _sides(index, head.size - 1)
    return _fits(path, len(sides)) and _climb(leaf, zip(sides, path, strict=True)) == head.root


def is_consistent(before: Head, after: Head, path: Sequence[bytes]) -> bool:
    """Return whether *path* proves that the tree *after* began as the tree *before*."""
    if not 0 <= before.size <= after.size:
        return False
    if before.size == after.size:
        return not path and before.root == after.root
    if before.size == 0:
        return not path and before.root == EMPTY_ROOT
    # Both roots are climbed to from the last complete subtree that the smaller tree has at its
    # right edge; if that is the smaller tree itself, its root is not in the path.
    height = (before.size & -before.size).bit_length() - 1
    walk = path if before.size != 1 << height else (before.root, *path)
    sides = _sides((before.size - 1) >> height, (after.size - 1) >> height)
    if not _fits(walk, 1 + len(sides)):
        return False
    steps = list(zip(sides, walk[1:], strict=True))
    older = [step for step in steps if step[0]]  # What is on the right was not there yet.
    return _climb(walk[0], older) == before.root and _climb(walk[0], steps) == after.root


def _middle(start: int, stop: int) -> int:
    """Return where a tree over at least two leaves is parted: its left side is complete."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _sides(place: int, last: int) -> list[bool]:
    """Return for each step of the way up from a node whether its sibling is on the left.

    Args:
        place: The node among those of its height, counted from 0.
        last: The last node of that height.
    """
    # Up to where both ways meet each step has two sides. From there on the way is the right edge
    # of the tree, which has only left siblings, one for each bit.
    alone = (place ^ last).bit_length()
    below = [bool(place >> level & 1) for level in range(alone)]
    return below + [True] * (place >> alone).bit_count()


def _fits(path: Sequence[bytes], number: int) -> bool:
    return len(path) == number and all(len(each) == HASH_BYTES for each in path)


def _climb(node: bytes, steps: Iterable[tuple[bool, bytes]]) -> bytes:
    for is_left, sibling in steps:
        node = node_hash(sibling, node) if is_left else node_hash(node, sibling)
    return node
