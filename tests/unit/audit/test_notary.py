"""The notary."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from director.audit.checkpoint import accepted
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import Note, NoteError, VerifierKey
from director.audit.tree import Tree, grow, is_consistent, leaf_hash, root
from director.errors import StoreError
from director.model.audit import Head, Trunk
from director.ports import Notary

ORIGIN = "production-readiness-director/01JD9Z4S00000000000000000A"
KEY = PrivateKey(sha256(b"notary").digest())
BODIES = tuple(b'{"entry":%d}' % number for number in range(20))


def notary() -> Notary:
    """Return the notary as the store knows it."""
    return KeyNotary(ORIGIN, KEY)


def test_each_entry_is_sealed() -> None:
    """Every entry has its place, its leaf, and a checkpoint over the tree that ends with it."""
    trunk, seals = notary().seal(Trunk(), BODIES)

    key = VerifierKey.parse(notary().public_key)
    leaves = tuple(map(leaf_hash, BODIES))
    assert [seal.index for seal in seals] == list(range(20))
    assert tuple(seal.leaf for seal in seals) == leaves
    assert trunk == grow(Trunk(), leaves)
    for size, seal in enumerate(seals, 1):
        checkpoint = accepted(seal.checkpoint, [key])
        assert checkpoint.origin == ORIGIN
        assert checkpoint.head == Head(size, root(grow(Trunk(), leaves[:size])))


def test_a_checkpoint_to_the_letter() -> None:
    """A checkpoint has three lines of text, an empty one, and one signature; without our reader."""
    _, (seal,) = notary().seal(Trunk(), [b""])

    origin, size, encoded, empty, signature, end = seal.checkpoint.split("\n")
    assert (origin, size, empty, end) == (ORIGIN, "1", "", "")
    assert encoded == "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
    assert signature.startswith(f"— {ORIGIN} ")


def test_another_library_accepts() -> None:
    """The bare algorithm accepts each signature over its own text, and over no other."""
    _, seals = notary().seal(Trunk(), BODIES)

    public = Ed25519PublicKey.from_public_bytes(KEY.public)
    notes = [Note.parse(seal.checkpoint) for seal in seals]
    for note in notes:
        public.verify(note.signatures[0].signature, note.text.encode())
        assert len(note.signatures) == 1
    with pytest.raises(InvalidSignature):
        public.verify(notes[0].signatures[0].signature, notes[1].text.encode())


def test_batches_make_no_difference() -> None:
    """Entries that come one by one are sealed as those that come together."""
    together = notary().seal(Trunk(), BODIES)

    trunk, seals = Trunk(), []
    for body in BODIES:
        trunk, (seal,) = notary().seal(trunk, [body])
        seals.append(seal)
    assert (trunk, tuple(seals)) == together


def test_every_checkpoint_follows_from_those_before() -> None:
    """No checkpoint contradicts an earlier one."""
    _, seals = notary().seal(Trunk(), BODIES)

    key = VerifierKey.parse(notary().public_key)
    heads = [accepted(seal.checkpoint, [key]).head for seal in seals]
    tree = Tree(seal.leaf for seal in seals)
    for after in heads:
        for before in heads[: after.size]:
            proof = tree.consistency(before.size, after.size)
            assert is_consistent(before, after, proof)


def test_nothing_to_seal() -> None:
    """Without entries the tree stays as it is."""
    trunk = grow(Trunk(), map(leaf_hash, BODIES))

    assert notary().seal(trunk, []) == (trunk, ())


def test_who_it_is() -> None:
    """The notary says which log it seals, and with what that is verified; the key has its name."""
    key = VerifierKey.parse(notary().public_key)

    assert notary().origin == key.name == ORIGIN
    assert key.public == KEY.public


@pytest.mark.parametrize(
    "trunk", [Trunk(3, (b"x" * 32,)), Trunk(1, (b"x",)), Trunk(-1), Trunk(1), Trunk(0, (b"",))]
)
def test_a_damaged_head(trunk: Trunk) -> None:
    """What is no tree is not signed: its root would be false for ever."""
    with pytest.raises(StoreError, match="head of the audit log is damaged"):
        notary().seal(trunk, [b"body"])


@pytest.mark.parametrize("origin", ["", "a log", "a+b", "a\nb"])
def test_an_origin_that_cannot_sign(origin: str) -> None:
    """A log has a name that a key can have."""
    with pytest.raises(NoteError, match="name must be"):
        KeyNotary(origin, KEY)
