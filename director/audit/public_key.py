"""The public key of a log, as others may hold it: a C2SP verifier key, or SubjectPublicKeyInfo.

Its key id is what an envelope names it by: the hexadecimal SHA-256 over the SubjectPublicKeyInfo
in DER (RFC 8410), so ``openssl pkey -pubin -in FILE -outform DER | sha256sum`` prints it too.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256

from director.audit.ed25519 import KEY_BYTES
from director.audit.note import NoteError, VerifierKey
from director.model.value import dataclass

_HEAD = bytes.fromhex("302a300506032b6570032100")
"""What is before the key: a sequence of the kind of key, and a string of 256 bits."""

_PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key, and whose it is if it says so.

    Attributes:
        public: The key, 32 bytes.
        name: The log that it signs for; empty if that is not known.
    """

    public: bytes
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Return the key that *text* is: ``name+id+base64``, or SubjectPublicKeyInfo in PEM.

        Raises:
            NoteError: It is neither, or the key of another algorithm.
        """
        if "-----" not in text:
            key = VerifierKey.parse(text.strip())
            return cls(key.public, key.name)
        public = _opened(text)
        if public is None:
            raise NoteError(
                "a key in PEM must be one Ed25519 public key (SubjectPublicKeyInfo), was something "
                "else"
            )
        return cls(public)

    @property
    def id(self) -> str:
        """What an envelope names it by, 64 hexadecimal digits."""
        return sha256(_HEAD + self.public).hexdigest()


def _opened(text: str) -> bytes | None:
    """Return the key in a PEM file, or None if it is not exactly one of ours."""
    match = _PEM.fullmatch(text)
    if match is None:
        return None
    try:
        decoded = base64.b64decode("".join(match[1].split()), validate=True)
    except ValueError:
        return None
    public = decoded.removeprefix(_HEAD)
    return public if decoded.startswith(_HEAD) and len(public) == KEY_BYTES else None
