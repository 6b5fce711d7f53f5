"""C2SP checkpoints."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest

from director.audit.checkpoint import Checkpoint, accepted
from director.audit.ed25519 import PrivateKey
from director.audit.note import Note, NoteError, NoteSignature, Signer
from director.model.audit import Head

PUBLISHED = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
"""The text of the example of https://c2sp.org/tlog-checkpoint."""

LOG = "example.com/log"
ROOT = base64.b64encode(b"r" * 32).decode()
HEAD = Head(7, b"r" * 32)


def signer(number: int, name: str = LOG) -> Signer:
    """Return a signer that is always the same for a number."""
    return Signer(name, PrivateKey(sha256(b"key %d" % number).digest()))


def signed(text: str, *signers: Signer) -> str:
    """Return a note that all *signers* signed."""
    return str(Note(text, tuple(each.sign(text) for each in signers)))


def test_a_published_checkpoint() -> None:
    """A checkpoint that others published is read, and written back to the byte."""
    read = Checkpoint.parse(PUBLISHED)

    assert read.origin == "example.com/behind-the-sofa"
    assert read.head.size == 20_852_163
    assert len(read.head.root) == 32
    assert str(read) == PUBLISHED


@pytest.mark.parametrize("size", [0, 1, 2**53 + 1, 10**18])
def test_a_checkpoint_comes_back(size: int) -> None:
    """What is written is read back as it was."""
    checkpoint = Checkpoint(LOG, Head(size, b"r" * 32))

    assert Checkpoint.parse(str(checkpoint)) == checkpoint


def test_lines_of_others() -> None:
    """Lines after the third are allowed, and not ours."""
    assert Checkpoint.parse(f"{LOG}\n7\n{ROOT}\nmore\nand more\n") == Checkpoint(LOG, HEAD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{LOG}\n",
        f"{LOG}\n7\n",
        f"{LOG}\n7\n\n",
        f"{LOG}\n7\n{ROOT}",
        f"{LOG}\n7\n{ROOT}\nmore",
        f"\n7\n{ROOT}\n",
        f"{LOG}\n\n{ROOT}\n",
        f"{LOG}\n7\n{ROOT}\n\n",
        f"{LOG}\n7\n{ROOT}\n\nmore\n",
        f"{LOG}\n07\n{ROOT}\n",
        f"{LOG}\n-7\n{ROOT}\n",
        f"{LOG}\n+7\n{ROOT}\n",
        f"{LOG}\n 7\n{ROOT}\n",
        f"{LOG}\n7 \n{ROOT}\n",
        f"{LOG}\n7_0\n{ROOT}\n",
        f"{LOG}\n7.0\n{ROOT}\n",
        f"{LOG}\n0x7\n{ROOT}\n",
        f"{LOG}\n\u0667\n{ROOT}\n",
        f"{LOG}\n{'9' * 20}\n{ROOT}\n",
        f"{LOG}\n{'9' * 5_000}\n{ROOT}\n",
        f"{LOG}\n7\n{ROOT[:-1]}\n",
        f"{LOG}\n7\n{ROOT}=\n",
        f"{LOG}\n7\n{'r' * 64}\n",
        f"{LOG}\n7\n{base64.b64encode(b'r' * 31).decode()}\n",
        f"{LOG}\n7\n{base64.b64encode(b'r' * 33).decode()}\n",
        f"{LOG}\n7\n{ROOT[:-2]}J=\n",
    ],
    ids=ascii,
)
def test_a_bad_checkpoint(text: str) -> None:
    """What is not written in the one proper way says nothing."""
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_twenty_checkpoints() -> None:
    """Checkpoints by known keys count, whoever else signed; all others do not."""
    text = str(Checkpoint(LOG, HEAD))
    old, new, stranger = signer(1), signer(2), signer(3)
    elsewhere, many = signer(1, "example.com/other"), [signer(number) for number in range(16)]
    forged = NoteSignature(LOG, old.verifier.id, stranger.sign(text).signature)
    moved = NoteSignature(LOG, old.verifier.id, elsewhere.sign("another\n").signature)
    good = (
        (signed(text, old), (old,)),
        (signed(text, old, new), (old,)),
        (signed(text, old, new), (new,)),
        (signed(text, new, old), (old, new)),
        (signed(text, new), (old, new)),
        (signed(text, *many), (many[15],)),
        (signed(text, *many), tuple(many)),
        (signed(text, stranger, old), (old,)),
        (signed(text, elsewhere, old), (old, elsewhere)),
        (signed(text, old, old), (old,)),
    )
    bad = (
        (signed(text, new), (old,)),
        (signed(text, old), (new,)),
        (signed(text, *many), (signer(99),)),
        (signed(text, stranger), (old, new)),
        (signed(text, elsewhere), (old,)),
        (signed(text, elsewhere), (elsewhere,)),
        (str(Note(text, (forged,))), (old,)),
        (str(Note(text, (forged, old.sign(text)))), (old,)),
        (str(Note(text, (moved, new.sign(text)))), (old, new)),
        (signed(text, old).replace("\n7\n", "\n8\n"), (old,)),
    )

    for note, known in good:
        assert accepted(note, [each.verifier for each in known]) == Checkpoint(LOG, HEAD)
    for note, known in bad:
        with pytest.raises(NoteError):
            accepted(note, [each.verifier for each in known])


def test_a_note_that_is_no_checkpoint() -> None:
    """A good signature over something else is no checkpoint."""
    with pytest.raises(NoteError, match="a line for origin, size and root"):
        accepted(signed("hello\n", signer(1)), [signer(1).verifier])
