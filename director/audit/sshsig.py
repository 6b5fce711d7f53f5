"""What an SSH signature says of itself, before anybody has verified it.

Format: PROTOCOL.sshsig, PROTOCOL.certkeys and PROTOCOL.u2f of OpenSSH.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct

from director.model.value import dataclass

LARGEST_ARMOR_BYTES = 64 * 1024
"""The longest that ssh-keygen makes, with a certificate of an RSA key of 16,384 bits, is 15 KB."""

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = 1
_LINE = 70
_CERTIFICATE = "-cert-v01@openssh.com"
_TOUCHED = 0x01
_FOREVER_S = 253_402_300_799
"""The last second of the year 9999, which is as far as clocks are asked about."""

_FIELDS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""Kinds of key that are taken, and how many fields each has; DSA is none of them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signature as it presents itself.

    Attributes:
        namespace: What it was made for.
        key: The public key that it was made with, without a certificate, as SSH writes it.
        touched: Whether somebody was there, as far as the key can tell: one in hardware says
            whether it was touched.
        valid_s: From and until when the key's certificate holds, in seconds since 1970; None for
            a key without one.
        armor: The signature in the one form that ssh-keygen is given.
    """

    namespace: str
    key: bytes
    touched: bool
    valid_s: tuple[int, int] | None
    armor: str

    @property
    def fingerprint(self) -> str:
        """The key's fingerprint, as ``ssh-keygen -l`` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.key).digest()).decode("ascii")
        return f"SHA256:{digest.rstrip('=')}"


def opened(armor: str) -> Envelope:
    """Return what the signature *armor* says of itself.

    Raises:
        ValueError: It is no single SSH signature of a kind that is taken; why, in one line.
    """
    blob = _unarmored(armor)
    reader = _Reader(blob)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise ValueError("does not begin as an SSH signature does")
    if (version := reader.number(4)) != _VERSION:
        raise ValueError(f"is of version {version}, not {_VERSION}")
    key, valid_s = _plain(reader.string())
    namespace = reader.string()
    reader.string()  # Reserved; whatever is in it is signed as well.
    reader.string()  # The hash, which ssh-keygen judges.
    signature = _Reader(reader.string())
    reader.end()
    try:
        text = namespace.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("has a namespace that is not UTF-8") from None
    return Envelope(text, key, _touched(key, signature), valid_s, _armored(blob))


def _unarmored(armor: str) -> bytes:
    if len(armor) > LARGEST_ARMOR_BYTES:
        raise ValueError(f"is longer than {LARGEST_ARMOR_BYTES // 1024} KiB")
    lines = re.split(r"\r?\n", armor.strip())
    if lines[0] != _BEGIN or lines[-1] != _END or len(lines) < 3:
        raise ValueError("is not one block of '-----BEGIN SSH SIGNATURE-----'")
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not one block of base64") from None


def _armored(blob: bytes) -> str:
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def _plain(blob: bytes) -> tuple[bytes, tuple[int, int] | None]:
    """Return the key in *blob* without its certificate, and how long that one holds."""
    reader = _Reader(blob)
    kind = reader.string().decode("ascii", "replace")
    certified = kind.endswith(_CERTIFICATE)
    plain = kind.removesuffix(_CERTIFICATE)
    if certified and plain.startswith("sk-"):
        plain += "@openssh.com"
    if plain not in _FIELDS:
        raise ValueError(f"is of a kind of key that is not taken: {kind[:60]!a}")
    if certified:
        reader.string()  # The nonce.
    fields = [plain.encode("ascii"), *(reader.string() for _ in range(_FIELDS[plain]))]
    valid_s = _validity(reader) if certified else None
    if valid_s is None:
        reader.end()
    return b"".join(struct.pack(">I", len(field)) + field for field in fields), valid_s


def _validity(reader: _Reader) -> tuple[int, int]:
    reader.number(8)  # The serial number.
    reader.number(4)  # For users or for hosts.
    reader.string()  # The certificate's id.
    reader.string()  # Its principals, which ssh-keygen judges.
    return min(reader.number(8), _FOREVER_S), min(reader.number(8), _FOREVER_S)


def _touched(key: bytes, signature: _Reader) -> bool:
    if not _Reader(key).string().startswith(b"sk-"):
        return True
    signature.string()  # The algorithm.
    signature.string()  # The signature proper.
    return bool(signature.number(1) & _TOUCHED)


class _Reader:
    """Takes the fields of SSH's wire format (RFC 4251 §5) one by one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        end = self._at + size
        if end > len(self._data):
            raise ValueError("ends too soon")
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self, size: int) -> int:
        """Return the next *size* bytes as a number."""
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        """Return the next field that tells its own length."""
        return self.take(self.number(4))

    def end(self) -> None:
        """Raise a ValueError if there is more."""
        if self._at != len(self._data):
            raise ValueError("goes on after its end")
