"""Texts that keys vouch for: the C2SP signed note (https://c2sp.org/signed-note), Ed25519 alone.

A note is a text, an empty line, and a line ``— name base64`` for each signature. Anything that
knows the format can read ours, and what we read may carry signatures of others besides.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from hashlib import sha256

from director.audit.ed25519 import KEY_BYTES, PrivateKey, is_signed
from director.model.text import named
from director.model.value import dataclass

MOST_SIGNATURES = 100
"""How many signatures a note may have; the format asks for at least 16."""

LONGEST_NOTE = 1024 * 1024
"""Longest note that is read, in characters."""

_ED25519 = b"\x01"
_ID_BYTES = 4
_DASH = "—"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class NoteError(ValueError):
    """A note, a verifier key or what a note says cannot be accepted; why, in one line."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name that it signs under.

    Attributes:
        name: Neither empty nor with white space or a plus.
        public: The Ed25519 public key, 32 bytes.

    Raises:
        NoteError: It is no such name or key.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise NoteError(f"a key must have {KEY_BYTES} bytes, has {len(self.public)}")

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Return the key that *text* writes as ``name+id+base64``.

        Raises:
            NoteError: It writes no Ed25519 key, or the id is that of another key.
        """
        if not (match := _KEY.fullmatch(text)):
            raise NoteError(f"a key must be written name+id+base64, was {named(text)}")
        name, id_, encoded = match.groups()
        data = from_base64(encoded)
        if data[:1] != _ED25519:
            raise NoteError("a key must be of the type Ed25519 (0x01), was of another")
        key = cls(name, data[1:])
        if key.id.hex() != id_:
            raise NoteError(f"the key's id must be {key.id.hex()}, was {id_}")
        return key

    @property
    def id(self) -> bytes:
        """What tells it from other keys of its name, 4 bytes."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public).decode("ascii")
        return f"{self.name}+{self.id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature under a note, not yet verified.

    Attributes:
        name: Who is said to have signed.
        id: Which key of that name, 4 bytes.
        signature: What the key made of the text; how long it is depends on the kind of key.
    """

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH} {self.name} {base64.b64encode(self.id + self.signature).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and who is said to have signed it. Nothing of it counts before it is verified.

    Attributes:
        text: What is signed, with its final newline.
        signatures: At least one.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Return the parts of *note*.

        Raises:
            NoteError: It is not of the format.
        """
        if len(note) > LONGEST_NOTE:
            raise NoteError(f"a note must have at most {LONGEST_NOTE} characters, has {len(note)}")
        _check_text(note)
        text, parted, lines = note.rpartition("\n\n")
        if not parted or not lines.endswith("\n"):
            raise NoteError("a note must be a text, an empty line and lines of signatures")
        signatures = lines.removesuffix("\n").split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise NoteError(
                f"a note must have at most {MOST_SIGNATURES} signatures, has {len(signatures)}"
            )
        return cls(f"{text}\n", tuple(map(_signature, signatures)))

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{each}\n" for each in self.signatures)


class Signer:
    """Signs notes with one key.

    Args:
        name: The name to sign under.
        key: The key to sign with.

    Raises:
        NoteError: Nobody can sign under that name.
    """

    def __init__(self, name: str, key: PrivateKey) -> None:
        self.verifier = VerifierKey(name, key.public)
        """What its signatures are verified with."""
        self._id = self.verifier.id
        self._key = key

    def sign(self, text: str) -> NoteSignature:
        """Return the signature over *text*, which ends in a newline.

        Raises:
            NoteError: The text cannot be that of a note.
        """
        _check_text(text)
        if not text.endswith("\n"):
            raise NoteError("the text of a note must end in a newline")
        return NoteSignature(self.verifier.name, self._id, self._key.sign(text.encode()))

    def signed(self, text: str) -> str:
        """Return the note that is *text* with the signature over it.

        Raises:
            NoteError: The text cannot be that of a note.
        """
        return f"{text}\n{self.sign(text)}\n"


def verified(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return which of *keys* signed *note*, at least one.

    Signatures by other keys are ignored, also if they share the name or the id, but not both,
    with one of *keys*: that is how a key can be replaced and how witnesses can sign besides.

    Raises:
        NoteError: A signature by one of *keys* is wrong, or there is none by any of them.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise NoteError(f"two different keys must not share the name and id of {key}")
    message = note.text.encode()
    signed: dict[VerifierKey, None] = {}
    for each in note.signatures:
        signer = known.get((each.name, each.id))
        if signer is not None:
            if not is_signed(message, each.signature, signer.public):
                raise NoteError(f"the signature by {named(each.name)} does not fit the text")
            signed[signer] = None
    if not signed:
        raise NoteError("a signature by a known key must be there, was not")
    return tuple(signed)


def from_base64(encoded: str) -> bytes:
    """Return the bytes of base64 that is written in its one proper way, at least one.

    Raises:
        NoteError: It is not.
    """
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:  # Also if there are characters besides ASCII.
        data = b""
    if not data or base64.b64encode(data).decode("ascii") != encoded:
        raise NoteError(f"must be base64 with its padding, was {named(encoded)}")
    return data


def _signature(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise NoteError(f"a signature must be written {_DASH} name base64, was {named(line)}")
    _, name, encoded = parts
    _check_name(name)
    data = from_base64(encoded)
    if len(data) <= _ID_BYTES:
        raise NoteError(f"a signature must have more than {_ID_BYTES} bytes, has {len(data)}")
    return NoteSignature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(map(str.isspace, name)) or not _is_plain(name):
        raise NoteError(f"a key's name must be without white space and plus, was {named(name)}")


def _check_text(text: str) -> None:
    if not _is_plain(text):
        raise NoteError("a note must be UTF-8 without control characters other than newlines")


def _is_plain(text: str) -> bool:
    """Return whether *text* can be written in UTF-8 and has no control characters but newlines."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return not _CONTROL.search(text)
