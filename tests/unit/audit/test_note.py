"""C2SP signed notes."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from director.audit.ed25519 import PrivateKey
from director.audit.note import (
    LONGEST_NOTE,
    MOST_SIGNATURES,
    Note,
    NoteError,
    NoteSignature,
    Signer,
    VerifierKey,
    verified,
)

SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of https://c2sp.org/signed-note."""

POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
    "ed è subito sera.\n\n— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
"""The other one, with an empty line inside, letters besides ASCII, and no key."""

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The vector of the Go module golang.org/x/mod/sumdb/note, with its private key."""

OTHER_KEYS = (
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
)
"""Keys of the tests of sumdb/note and of transparency-dev/formats; one has a plus in its base64."""

COLLIDING = (10_011, 34_185)
"""Two public keys, as numbers, that have the same id under the name ``n``."""

TEXT = "log\n1\nroot\n"
BLOB = base64.b64encode(b"12345").decode()


def signer(number: int, name: str = "example.com/log") -> Signer:
    """Return a signer that is always the same for a number."""
    return Signer(name, PrivateKey(sha256(b"key %d" % number).digest()))


def note(*signatures: NoteSignature, text: str = TEXT) -> Note:
    """Return a note as it is read back from its own writing."""
    return Note.parse(str(Note(text, signatures)))


def renamed(signature: NoteSignature, id_: bytes) -> NoteSignature:
    """Return *signature* with another id."""
    return NoteSignature(signature.name, id_, signature.signature)


@pytest.mark.parametrize(("text", "key"), [(SPEC_NOTE, SPEC_KEY), (GO_NOTE, GO_KEY)])
def test_published_notes(text: str, key: str) -> None:
    """Notes that others published are read, verified and written back to the byte."""
    read, known = Note.parse(text), VerifierKey.parse(key)

    assert verified(read, [known]) == (known,)
    assert str(read) == text


def test_published_poem() -> None:
    """The text ends at the last empty line, and may have others before."""
    read = Note.parse(POEM)

    assert read.text.endswith("sole:\n\ned è subito sera.\n")
    assert [each.name for each in read.signatures] == ["quasimodo.example/salvatore"]
    assert str(read) == POEM


def test_a_note_as_go_writes_it() -> None:
    """With the same key and text we write the same bytes as Go: nothing is left to chance."""
    goes = Signer("PeterNeumann", PrivateKey(GO_SEED))

    assert str(goes.verifier) == GO_KEY
    assert str(Note(GO_TEXT, (goes.sign(GO_TEXT),))) == GO_NOTE


@pytest.mark.parametrize("text", [SPEC_KEY, GO_KEY, *OTHER_KEYS])
def test_published_keys(text: str) -> None:
    """Keys that others published are read and written back to the byte."""
    assert str(VerifierKey.parse(text)) == text


def test_the_specified_key() -> None:
    """A key has its name, its public half, and an id over both."""
    key = VerifierKey.parse(SPEC_KEY)

    assert key.name == "example.com/foo"
    assert key.public.hex() == "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4"
    assert key.id.hex() == "530d903a"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        SPEC_KEY + "\n",
        " " + SPEC_KEY,
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530d903"),
        SPEC_KEY.replace("example.com", "example com"),
        SPEC_KEY.replace("example.com", "example\u00a0com"),
        SPEC_KEY.replace("example.com", "example\x00com"),
        SPEC_KEY.replace("example.com", "example\ud800com"),
        SPEC_KEY.replace("example.com", "example.org"),
        SPEC_KEY[:-1],
        SPEC_KEY + "!",
        SPEC_KEY + "+",
        # A key that is too long and one of another type, each with the id that fits it.
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_bad_key(text: str) -> None:
    """Anything else than one Ed25519 key with its own id is refused."""
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_a_key_of_another_kind() -> None:
    """A key of a kind that we cannot verify with is named as such."""
    with pytest.raises(NoteError, match="of the type Ed25519"):
        VerifierKey.parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


def test_a_key_cut_anywhere() -> None:
    """No part of a key is a key, so a copy that lacks something never counts."""
    for start in range(len(GO_KEY)):
        for stop in range(start, len(GO_KEY) + (start > 0)):
            with pytest.raises(NoteError):
                VerifierKey.parse(GO_KEY[start:stop])


def test_another_library_agrees() -> None:
    """Who parts the note by hand finds a signature that the bare algorithm accepts."""
    mine = signer(1)
    written = str(Note(TEXT, (mine.sign(TEXT),))).encode()

    text, line = written.rsplit(b"\n\n", 1)
    dash, name, encoded = line.decode().removesuffix("\n").split(" ")
    blob = base64.b64decode(encoded)
    public = mine.verifier.public
    assert (dash, name) == ("\u2014", "example.com/log")
    assert blob[:4] == sha256(b"example.com/log\n\x01" + public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text + b"\n")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text)


def test_every_change_is_found() -> None:
    """No character of a note can be changed without it being refused."""
    mine = signer(1)
    written = str(Note(TEXT, (mine.sign(TEXT),)))

    for at, old in enumerate(written):
        for new in {chr(ord(old) ^ 1), "A", "\n", " "} - {old}:
            changed = written[:at] + new + written[at + 1 :]
            with pytest.raises(NoteError):
                verified(Note.parse(changed), [mine.verifier])


def test_unknown_keys_are_ignored() -> None:
    """Signatures of strangers count for nothing and harm nothing, whatever their kind."""
    mine, stranger = signer(1), signer(2, "example.com/witness")
    witness = NoteSignature("example.com/pq", b"\x04abc", b"x" * 2_420)
    both = note(stranger.sign(TEXT), witness, mine.sign(TEXT))

    assert verified(both, [mine.verifier]) == (mine.verifier,)
    with pytest.raises(NoteError, match="by a known key must be there"):
        verified(note(stranger.sign(TEXT), witness), [mine.verifier])


def test_no_key_is_known() -> None:
    """Without a key that is trusted nothing is verified."""
    with pytest.raises(NoteError, match="by a known key must be there"):
        verified(note(signer(1).sign(TEXT)), [])


def test_a_name_alone_is_no_key() -> None:
    """A signature by another key of the same name is a stranger's: so keys are replaced."""
    old, new = signer(1), signer(2)
    both = note(new.sign(TEXT), old.sign(TEXT))

    assert verified(both, [old.verifier]) == (old.verifier,)
    assert verified(both, [new.verifier]) == (new.verifier,)
    assert verified(both, [old.verifier, new.verifier]) == (new.verifier, old.verifier)
    with pytest.raises(NoteError, match="by a known key must be there"):
        verified(note(new.sign(TEXT)), [old.verifier])


def test_an_id_alone_is_no_key() -> None:
    """A signature with the id of a known key but another name is a stranger's."""
    mine, stranger = signer(1), signer(2, "example.com/other")
    forged = renamed(stranger.sign(TEXT), mine.verifier.id)

    assert verified(note(forged, mine.sign(TEXT)), [mine.verifier]) == (mine.verifier,)
    with pytest.raises(NoteError, match="by a known key must be there"):
        verified(note(forged), [mine.verifier])


def test_name_and_id_collide() -> None:
    """Who makes a key with the same name and id gets the whole note refused."""
    mine, forger = signer(1), signer(2)
    forged = renamed(forger.sign(TEXT), mine.verifier.id)

    with pytest.raises(NoteError, match="does not fit"):
        verified(note(forged), [mine.verifier])
    with pytest.raises(NoteError, match="does not fit"):
        verified(note(mine.sign(TEXT), forged), [mine.verifier])


def test_trusted_keys_collide() -> None:
    """Two trusted keys that cannot be told apart are refused; one that is named twice is not."""
    first, second = (VerifierKey("n", number.to_bytes(32, "big")) for number in COLLIDING)
    mine = signer(1)

    assert first.id == second.id
    with pytest.raises(NoteError, match="two different keys"):
        verified(note(mine.sign(TEXT)), [mine.verifier, first, second])
    again = VerifierKey.parse(str(mine.verifier))
    assert verified(note(mine.sign(TEXT)), [mine.verifier, again]) == (again,)


def test_a_wrong_signature_refuses_all() -> None:
    """One bad signature by a known key outweighs good ones by others."""
    first, second = signer(1), signer(2)
    other = second.sign("another text\n")

    with pytest.raises(NoteError, match="does not fit"):
        verified(note(first.sign(TEXT), other), [first.verifier, second.verifier])


@pytest.mark.parametrize("length", [1, 63, 65, 1_000])
def test_a_signature_of_another_length(length: int) -> None:
    """A signature of a known key that is too short or too long is wrong, not an error of ours."""
    mine = signer(1)
    cut = NoteSignature(mine.verifier.name, mine.verifier.id, b"x" * length)

    with pytest.raises(NoteError, match="does not fit"):
        verified(note(cut), [mine.verifier])


def test_a_key_that_is_no_point() -> None:
    """A public key that no private one belongs to verifies nothing."""
    key = VerifierKey("n", b"\xff" * 32)

    with pytest.raises(NoteError, match="does not fit"):
        verified(note(NoteSignature("n", key.id, b"x" * 64)), [key])


@pytest.mark.parametrize("number", [1, 2, 16, MOST_SIGNATURES])
def test_several_signatures(number: int) -> None:
    """A note may have 16 signatures and more, and each that is known is verified."""
    all_ = [signer(each) for each in range(number)]
    signed = note(*(each.sign(TEXT) for each in all_))

    assert verified(signed, [all_[-1].verifier]) == (all_[-1].verifier,)
    assert len(verified(signed, [each.verifier for each in all_])) == number


def test_the_same_signature_twice() -> None:
    """Who signs twice is named once."""
    mine = signer(1)

    assert verified(note(mine.sign(TEXT), mine.sign(TEXT)), [mine.verifier]) == (mine.verifier,)


def test_too_many_signatures() -> None:
    """A note with more signatures than anybody needs is refused before one is verified."""
    signatures = (signer(1).sign(TEXT),) * (MOST_SIGNATURES + 1)

    with pytest.raises(NoteError, match="at most 100 signatures, has 101"):
        note(*signatures)


@pytest.mark.parametrize("more", [0, 1])
def test_the_longest_note(more: int) -> None:
    """A note of exactly the greatest length is read, a longer one refused."""
    line = f"\n— n {BLOB}\n"
    written = "x" * (LONGEST_NOTE - len(line) - 1 + more) + "\n" + line

    if more:
        with pytest.raises(NoteError, match="at most 1048576 characters, has 1048577"):
            Note.parse(written)
    else:
        assert str(Note.parse(written)) == written


@pytest.mark.parametrize(
    "control", [chr(number) for number in range(32) if chr(number) != "\n"] + ["\ud800"], ids=ascii
)
def test_control_characters(control: str) -> None:
    """No control character but the newline, and nothing but UTF-8, in any part of a note."""
    for bad in (f"a{control}\n\n— n {BLOB}\n", f"a\n\n— n{control} {BLOB}\n"):
        with pytest.raises(NoteError):
            Note.parse(bad)
    with pytest.raises(NoteError, match="without control characters"):
        signer(1).sign(f"a{control}\n")
    with pytest.raises(NoteError, match="name must be"):
        signer(1, f"n{control}")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "\n",
        "text",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        f"— n {BLOB}\n",
        f"text\n— n {BLOB}\n",
        f"\n— n {BLOB}\n",
        f"text\n\n— n {BLOB}",
        f"text\n\n— n {BLOB}\n\n",
        f"text\n\n— n {BLOB}\nmore\n",
        f"text\n\nmore\n— n {BLOB}\n",
        f"text\n\n- n {BLOB}\n",
        f"text\n\n-- n {BLOB}\n",
        f"text\n\n–— n {BLOB}\n",  # another dash
        f"text\n\n—  n {BLOB}\n",
        f"text\n\n—n {BLOB}\n",
        f"text\n\n— n\u00a0{BLOB}\n",
        f"text\n\n— {BLOB}\n",
        f"text\n\n—  {BLOB}\n",
        f"text\n\n— n {BLOB} \n",
        f"text\n\n— n {BLOB} x\n",
        f"text\n\n— a+b {BLOB}\n",
        f"text\n\n— a\u2003b {BLOB}\n",
        f"text\n\n— n {BLOB}é\n",
        "text\n\n— n \n",
        "text\n\n— n MTIzNA==\n",  # only the id
        "text\n\n— n MTIzNDU\n",  # without its padding
        "text\n\n— n MTIzNDV=\n",  # with bits that stand for nothing
        "text\n\n— n MTIz NDU=\n",
        "text\n\n— n MTIz-DU=\n",
    ],
    ids=ascii,
)
def test_a_malformed_note(written: str) -> None:
    """What is not of the format to the byte is refused."""
    with pytest.raises(NoteError):
        Note.parse(written)


def test_a_text_without_its_newline() -> None:
    """Only a text that ends in a newline can be signed."""
    with pytest.raises(NoteError, match="must end in a newline"):
        signer(1).sign("text")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2028b", "a\x85b"], ids=ascii)
def test_a_bad_name(name: str) -> None:
    """Nobody signs under a name that cannot be read back."""
    with pytest.raises(NoteError, match="name must be"):
        signer(1, name)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length(length: int) -> None:
    """A public key has 32 bytes, a private one as well."""
    with pytest.raises(NoteError, match="must have 32 bytes"):
        VerifierKey("n", b"x" * length)
    with pytest.raises(ValueError, match="32 bytes"):
        PrivateKey(b"x" * length)


@pytest.mark.parametrize(
    "line",
    [
        f"- n\u2028\u202e {'A' * 9_000}",
        f"— n\u2028\u202e{'n' * 9_000} {BLOB}",
        f"— n {'A' * 9_000}\u2028\u202e!",
    ],
    ids=["line", "name", "base64"],
)
def test_a_message_is_one_line(line: str) -> None:
    """What somebody put into a note cannot break out of the line that refuses it."""
    with pytest.raises(NoteError) as caught:
        Note.parse(f"text\n\n{line}\n")
    with pytest.raises(NoteError) as about_key:
        VerifierKey.parse(line)

    for said in (str(caught.value), str(about_key.value)):
        assert said.isprintable()
        assert len(said) < 2_200


def test_a_private_key_shows_nothing() -> None:
    """A private key says nothing of itself where values are printed."""
    key = PrivateKey.generate()

    shown = repr(key) + str(key)
    assert key.seed.hex() not in shown
    assert repr(key.seed) not in shown
    assert key.seed != PrivateKey.generate().seed
