"""audit.sshsig: what a signature says of itself."""

from __future__ import annotations

import base64
import hashlib
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.audit.sshsig import LARGEST_ARMOR_BYTES, opened


def field(data: bytes) -> bytes:
    """Return *data* with its length before it."""
    return struct.pack(">I", len(data)) + data


def fields(*data: bytes) -> bytes:
    """Return several of them."""
    return b"".join(map(field, data))


def number(value: int, size: int) -> bytes:
    """Return *value* in so many bytes."""
    return value.to_bytes(size, "big")


KEY = fields(b"ssh-ed25519", b"p" * 32)
TOKEN = fields(b"sk-ssh-ed25519@openssh.com", b"p" * 32, b"ssh:")
LIMITS = fields(b"id", b"principals"), fields(b"", b"", b"", b"ca", b"signature")


def certificate(kind: bytes, body: bytes, after: int = 10, before: int = 20) -> bytes:
    """Return a certificate of a key of *kind* with the fields *body*."""
    head = fields(kind, b"nonce") + body + number(7, 8) + number(1, 4)
    return head + LIMITS[0] + number(after, 8) + number(before, 8) + LIMITS[1]


def blob(key: bytes = KEY, namespace: bytes = b"ns", signature: bytes = b"") -> bytes:
    """Return a signature, without armor."""
    inner = signature or fields(b"ssh-ed25519", b"s" * 64)
    return (
        b"SSHSIG" + number(1, 4) + fields(key, namespace, b"", b"sha512", inner)
    )  # fmt: skip


def armored(data: bytes) -> str:
    """Return *data* as ssh-keygen armors it."""
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def test_a_plain_key() -> None:
    """Namespace, key and fingerprint of a signature by a plain key are read."""
    envelope = opened(armored(blob()))

    digest = base64.b64encode(hashlib.sha256(KEY).digest()).decode().rstrip("=")
    assert envelope.namespace == "ns"
    assert envelope.key == KEY
    assert envelope.fingerprint == f"SHA256:{digest}"
    assert envelope.touched
    assert envelope.valid_s is None
    assert envelope.armor == armored(blob())


@pytest.mark.parametrize(
    "armor",
    [
        armored(blob()).strip(),
        f"\n\n{armored(blob())}\n \n",
        armored(blob()).replace("\n", "\r\n"),
    ],
)
def test_one_form_of_armor(armor: str) -> None:
    """However a signature travelled, ssh-keygen is given one form of it."""
    assert opened(armor).armor == armored(blob())


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        ("ssh-ed25519-cert-v01@openssh.com", [b"ssh-ed25519", b"p"]),
        ("ssh-rsa-cert-v01@openssh.com", [b"ssh-rsa", b"e", b"n"]),
        ("ecdsa-sha2-nistp384-cert-v01@openssh.com", [b"ecdsa-sha2-nistp384", b"c", b"q"]),
        (
            "sk-ssh-ed25519-cert-v01@openssh.com",
            [b"sk-ssh-ed25519@openssh.com", b"p", b"ssh:"],
        ),
        (
            "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            [b"sk-ecdsa-sha2-nistp256@openssh.com", b"c", b"q", b"ssh:"],
        ),
    ],
)
def test_a_certificate_is_looked_behind(kind: str, plain: list[bytes]) -> None:
    """The key of a certificate is the plain one, and how long the certificate holds is read."""
    key = certificate(kind.encode(), fields(*plain[1:]))
    said = fields(b"x", b"s") + b"\x01" + number(7, 4)

    envelope = opened(armored(blob(key, signature=said)))

    assert envelope.key == fields(*plain)
    assert envelope.valid_s == (10, 20)


def test_for_ever_is_the_year_9999() -> None:
    """A certificate without an end holds as long as there are dates."""
    kind = b"ssh-ed25519-cert-v01@openssh.com"

    envelope = opened(armored(blob(certificate(kind, field(b"p"), 0, 2**64 - 1))))

    assert envelope.valid_s == (0, 253_402_300_799)


@pytest.mark.parametrize(
    ("flags", "touched"), [(0x00, False), (0x01, True), (0x04, False), (0x05, True), (0xFE, False)]
)
def test_whether_a_token_was_touched(flags: int, touched: bool) -> None:
    """The lowest flag of a hardware key's signature says whether somebody was there."""
    said = fields(b"sk-ssh-ed25519@openssh.com", b"s" * 64) + bytes([flags]) + number(7, 4)

    assert opened(armored(blob(TOKEN, signature=said))).touched is touched


@pytest.mark.parametrize(
    ("armor", "problem"),
    [
        ("", "not one block"),
        ("hello", "not one block"),
        ("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----", "not one block"),
        (armored(blob()) + armored(blob()), "base64"),
        (armored(blob()) + "more", "not one block"),
        ("From: jane\n" + armored(blob()), "not one block"),
        (armored(blob()).replace("SSH SIGNATURE", "PGP SIGNATURE"), "not one block"),
        (armored(blob()).replace("SSH SIGNATURE", "ssh signature"), "not one block"),
        (armored(blob()).replace("\n", " "), "not one block"),
        (armored(blob()).replace("\n", "\r"), "not one block"),
        (armored(blob()).replace("U1NI", "U1N\0"), "base64"),
        (armored(blob()).replace("U1NI", "U1N*"), "base64"),
        (armored(blob()).replace("U1NI", "U1NÍ"), "base64"),
        (armored(blob()[:-1]), "ends too soon"),
        (armored(blob() + b"x"), "goes on"),
        (armored(b"SSHSIX" + blob()[6:]), "does not begin"),
        (armored(b"SSHSIG" + number(2, 4) + blob()[10:]), "version 2"),
        (armored(b"SSHSIG" + number(0, 4) + blob()[10:]), "version 0"),
        (armored(b"SSHS"), "ends too soon"),
        (armored(blob(namespace=b"\xff")), "not UTF-8"),
        (armored(blob(fields(b"ssh-dss", b"p", b"q", b"g", b"y"))), "'ssh-dss'"),
        (armored(blob(fields(b"\x1b[2J\xff"))), r"'\x1b[2J"),
        (armored(blob(fields(b"ssh-ed25519"))), "ends too soon"),
        (armored(blob(KEY + b"x")), "goes on"),
        (armored(blob(fields(b"ssh-ed25519-cert-v01@openssh.com", b"n", b"p"))), "too soon"),
        (armored(blob(TOKEN, signature=fields(b"sk-x", b"s"))), "ends too soon"),
        ("x" * (LARGEST_ARMOR_BYTES + 1), "longer than 64 KiB"),
    ],
)
def test_anything_else_is_refused(armor: str, problem: str) -> None:
    """What is no single signature, to the byte, is refused with what is wrong."""
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        opened(armor)

    assert str(caught.value).isprintable()


def test_the_largest_armor() -> None:
    """Exactly the greatest length is looked into."""
    padded = armored(blob()).ljust(LARGEST_ARMOR_BYTES)

    assert opened(padded).namespace == "ns"


@given(st.binary(max_size=300))
def test_no_bytes_do_harm(data: bytes) -> None:
    """Whatever stands in a signature, it is read or refused, and nothing else happens."""
    for inside in (data, b"SSHSIG\0\0\0\1" + data, blob(key=data), blob(TOKEN, signature=data)):
        try:
            envelope = opened(armored(inside))
        except ValueError as error:
            assert str(error).isprintable()  # noqa: PT017  # both ends are fine
        else:
            assert envelope.armor == armored(inside)
