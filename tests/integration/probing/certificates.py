"""Certificates that no authority should issue: signed by themselves, or a hundred in a row."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate, in PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")


def issued(
    name: str,
    by: Holder | None = None,
    *,
    authority: bool = False,
    days: tuple[int, int] = (-1, 30),
) -> Holder:
    """Return a new holder of a certificate.

    Args:
        name: Whom it names; a host name, unless it is an authority.
        by: Who signs it; None for the holder itself.
        authority: Whether the holder may sign others.
        days: When it begins and when it ends to be valid, in days from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    signed = builder.sign(key if by is None else by.key, hashes.SHA256())
    return Holder(signed, key)


def line_of(length: int, name: str, root: Holder | None = None) -> list[Holder]:
    """Return *length* holders, each signed by the next, from the host *name* to the root."""
    holders = [root or issued("root", authority=True)]
    for number in range(length - 2):
        holders.insert(0, issued(f"authority {number}", holders[0], authority=True))
    return [issued(name, holders[0]), *holders]


def context(holder: Holder, *chain: Holder) -> ssl.SSLContext:
    """Return how a server speaks TLS that shows *holder* and then *chain*."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "chain.pem")
        file.write_bytes(key + "".join(one.pem for one in (holder, *chain)).encode("ascii"))
        made.load_cert_chain(file)
    return made
