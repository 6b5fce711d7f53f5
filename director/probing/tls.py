"""How we speak TLS: verified, 1.2 or newer, and with its own phase on the timeline."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from typing import Final, TypeAlias

from director.model.probe import ProbeError, ProbeReason

OnHandshake: TypeAlias = Callable[[ssl.SSLObject], None]

UNSPECIFIED: Final = 1  # X509_V_ERRUNSPECIFIED: it was not accepted, and nobody said why

# OpenSSL's X509_V_ERR numbers; the ssl module gives them no names.
_CERTIFICATE: Final = {
    9: (ProbeReason.TLS_NOT_YET_VALID, "the certificate is not valid yet"),
    10: (ProbeReason.TLS_EXPIRED, "the certificate has expired"),
    62: (ProbeReason.TLS_HOSTNAME_MISMATCH, "the certificate is for another name"),
    64: (ProbeReason.TLS_HOSTNAME_MISMATCH, "the certificate is for another address"),
}


class _Session(ssl.SSLObject):
    """One TLS session that says goodbye and does not wait for the answer.

    asyncio would keep the socket for half a minute for a peer that does not say goodbye.
    """

    def unwrap(self) -> None:
        """Send ``close_notify``."""
        try:
            super().unwrap()
        except ssl.SSLWantReadError:
            return


class _Context(ssl.SSLContext):
    """A context that tells when a handshake begins; asyncio asks for a session just then."""

    sslobject_class = _Session
    on_handshake: OnHandshake

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Return a new session."""
        begun = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        self.on_handshake(begun)
        return begun


def client_context(on_handshake: OnHandshake, ca_pem: str = "") -> ssl.SSLContext:
    """Return a context for connections of ours.

    Args:
        on_handshake: Called with the session, in the context of the request whose handshake
            begins.
        ca_pem: Certificate authorities to trust besides the system's, in PEM.
    """
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.on_handshake = on_handshake
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    context.set_alpn_protocols(["http/1.1"])
    return context


def lenient_context() -> ssl.SSLContext:
    """Return a context that accepts whatever a peer shows, to find out what that is.

    Nothing may be sent over a session of it. It agrees on protocols that were given up long ago,
    so that a peer that speaks nothing newer can be told from one that speaks no TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # deprecated is what we look for
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context


class CertificateRefused(ProbeError):  # noqa: N818  # what happened, as the other reasons
    """The peer's certificate was not accepted.

    Args:
        reason: Why.
        detail: The same, in one clause.
        verify_code: OpenSSL's ``X509_V_ERR`` number.
    """

    def __init__(self, reason: ProbeReason, detail: str, verify_code: int) -> None:
        super().__init__(reason, detail)
        self.verify_code = verify_code


def certificate_fault(error: BaseException) -> CertificateRefused:
    """Return why a certificate was not accepted."""
    code = getattr(error, "verify_code", 0)
    reason, detail = _CERTIFICATE.get(
        code, (ProbeReason.TLS_UNTRUSTED, "the certificate is not signed by anybody we trust")
    )
    return CertificateRefused(reason, detail, code or UNSPECIFIED)
