"""From a TLS session to what the peer showed of itself."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from director.model.text import printable
from director.model.tls import TlsFacts
from director.model.value import dataclass

_MOST_NAMES: Final = 100
"""How many names of a certificate are looked at. Of certificates OpenSSL takes no more than fit
into 100 KiB, so each of them counts: the first to expire may stand anywhere in the chain."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a session held when its handshake ended; quick to take, so that no phase is billed.

    Attributes:
        version: The protocol that was agreed on.
        cipher: The cipher suite that was agreed on.
        verify_code: OpenSSL's ``X509_V_ERR`` number.
        leaf: The leaf certificate, in DER.
        sent: The certificates that the peer sent, in DER, the leaf first.
        verified: The chain as it was verified, from leaf to root; empty if it was not.
        at: When, aware, in UTC.
    """

    version: str
    cipher: str
    verify_code: int
    leaf: bytes
    sent: tuple[bytes, ...]
    verified: tuple[bytes, ...]
    at: datetime


def prepare() -> None:
    """Load what reads certificates, which takes a while, before anything is measured."""
    from cryptography import x509  # noqa: F401, PLC0415  # as below


def shown_by(session: ssl.SSLObject, at: datetime, verify_code: int = 0) -> Shown | None:
    """Return what *session* holds, or None if its peer showed no certificate.

    Args:
        session: Its handshake is over.
        at: When that was, aware, in UTC.
        verify_code: What came of an earlier verification, for a session that verifies nothing.
    """
    leaf = session.getpeercert(binary_form=True)
    if not leaf:
        return None
    cipher = session.cipher()
    return Shown(
        version=session.version() or "",
        cipher=cipher[0] if cipher else "",
        verify_code=verify_code,
        leaf=leaf,
        sent=_chain(session, "get_unverified_chain") or (leaf,),
        verified=() if verify_code else _chain(session, "get_verified_chain"),
        at=at,
    )


def shown_until(session: ssl.SSLObject, at: datetime, verify_code: int) -> Shown | None:
    """Return what *session* holds though its handshake broke off, or None if that is nothing.

    A peer may show a certificate and then not go on: one that wants ours does so in TLS 1.2.
    Whether the key of it was proven nobody knows, nor what was agreed on.

    Args:
        session: Its handshake failed.
        at: When that was, aware, in UTC.
        verify_code: OpenSSL's number for it; not 0.
    """
    sent = _chain(session, "get_unverified_chain")
    if not sent:
        return None
    return Shown(
        version=session.version() or "",
        cipher="",
        verify_code=verify_code,
        leaf=sent[0],
        sent=sent,
        verified=(),
        at=at,
    )


def facts(shown: Shown) -> TlsFacts | None:
    """Return what *shown* says, or None if the leaf certificate cannot be read."""
    from cryptography import x509  # noqa: PLC0415  # slow to import, and most probes need none

    try:
        leaf = x509.load_der_x509_certificate(shown.leaf)
        names = tuple(_names(leaf, x509))[:_MOST_NAMES]
        subject, issuer = leaf.subject.rfc4514_string(), leaf.issuer.rfc4514_string()
        # The root is ours: its date says nothing about what the peer has to renew.
        chain = shown.verified[:-1] or shown.sent
        ends = [leaf.not_valid_after_utc]
        ends += [x509.load_der_x509_certificate(der).not_valid_after_utc for der in chain]
    except ValueError:
        return None
    return TlsFacts(
        version=shown.version,
        cipher=shown.cipher,
        verify_code=shown.verify_code,
        subject=printable(subject),
        issuer=printable(issuer),
        names=tuple(printable(name) for name in names),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        chain_not_after=min(ends),
        chain=len(shown.sent),
        fingerprint=_sha256(shown.leaf),
        seen_at=shown.at,
    )


def _names(leaf: Any, x509: Any) -> Iterable[str]:  # noqa: ANN401  # a module that is imported late
    """Yield the host names and addresses that *leaf* is for."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return
    for name in extension.value:
        if isinstance(name, (x509.DNSName, x509.IPAddress)):
            yield str(name.value)


def _chain(session: ssl.SSLObject, method: str) -> tuple[bytes, ...]:
    """Return a chain of *session* in DER; empty where this Python cannot tell.

    Python 3.13 has the method; before, only what lies below the session has it.
    """
    public = getattr(session, method, None)
    if public is not None:
        return tuple(public())
    inner = getattr(getattr(session, "_sslobj", None), method, None)
    chain = inner() if inner is not None else None
    return tuple(
        ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain or ()
    )


def _sha256(data: bytes) -> str:
    import hashlib  # noqa: PLC0415  # only where there is a certificate

    return hashlib.sha256(data).hexdigest()
