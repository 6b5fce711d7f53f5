"""How we speak TLS: verified, 1.2 or newer, and with its own phase on the timeline."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

from director.model.probe import ProbeError, ProbeReason

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
    on_handshake: Callable[[], None]

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Return a new session."""
        self.on_handshake()
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def client_context(on_handshake: Callable[[], None], ca_pem: str = "") -> ssl.SSLContext:
    """Return a context for connections of ours.

    Args:
        on_handshake: Called in the context of the request whose handshake begins.
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


def certificate_fault(error: BaseException) -> ProbeError:
    """Return why a certificate was not accepted."""
    code = getattr(error, "verify_code", 0)
    reason, detail = _CERTIFICATE.get(
        code, (ProbeReason.TLS_UNTRUSTED, "the certificate is not signed by anybody we trust")
    )
    return ProbeError(reason, detail)
