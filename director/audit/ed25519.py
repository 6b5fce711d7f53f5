"""Ed25519, as RFC 8032 has it, by the library ``cryptography``.

The library takes 12 ms to import, so it is imported when a key is first used.
"""

from __future__ import annotations

from typing import Final

KEY_BYTES: Final = 32
"""How long a public key is, and the seed of a private one."""

SIGNATURE_BYTES: Final = 64


class PrivateKey:
    """A private key in memory.

    Args:
        seed: The 32 secret bytes that make the key.

    Raises:
        ValueError: The seed has another length.
    """

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # slow

        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        """The public key, 32 bytes."""

    @classmethod
    def generate(cls) -> PrivateKey:
        """Return a new key of the system's randomness."""
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # slow

        return cls(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes that make the key."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature over *message*, 64 bytes."""
        return self._key.sign(message)


class Verifier:
    """Verifies any number of signatures by one key.

    Args:
        public: The public key, 32 bytes.

    Raises:
        ValueError: It has another length.
    """

    __slots__ = ("_invalid", "_key")

    def __init__(self, public: bytes) -> None:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # slow
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # slow

        self._key = ed25519.Ed25519PublicKey.from_public_bytes(public)
        self._invalid = InvalidSignature

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Return whether *signature* over *message* was made with the key."""
        try:
            self._key.verify(signature, message)
        except self._invalid:
            return False
        return True


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether *signature* over *message* was made with the key of *public*, 32 bytes.

    Raises:
        ValueError: The public key has another length.
    """
    return Verifier(public).is_signed(message, signature)
