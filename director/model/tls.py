"""What a peer shows of itself in a TLS handshake."""

from __future__ import annotations

from datetime import datetime, timedelta

from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What one handshake showed.

    Attributes:
        version: The protocol that was agreed on, for example ``TLSv1.3``.
        cipher: The cipher suite that was agreed on, by OpenSSL's name.
        verify_code: OpenSSL's ``X509_V_ERR`` number: 0 if the chain and the name were accepted.
        subject: Whom the leaf certificate names, as RFC 4514 text; the peer chose it.
        issuer: Who signed the leaf certificate, as RFC 4514 text; the peer chose it.
        names: The host names and addresses the leaf certificate is for, in its order.
        not_before: When the leaf certificate begins to be valid, aware, in UTC.
        not_after: When the leaf certificate expires, aware, in UTC.
        chain_not_after: When the first certificate of the chain expires, aware, in UTC; the root
            that we trust ourselves is not counted.
        chain: How many certificates the peer sent.
        fingerprint: SHA-256 of the leaf certificate, in lower-case hex.
        seen_at: When the handshake ended, aware, in UTC.
    """

    version: str
    cipher: str
    verify_code: int
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    chain_not_after: datetime
    chain: int
    fingerprint: str
    seen_at: datetime

    @property
    def expires_in(self) -> timedelta:
        """How long the leaf certificate is still valid; negative after its end."""
        return self.not_after - self.seen_at

    @property
    def chain_expires_in(self) -> timedelta:
        """How long the whole chain is still valid; negative after its end."""
        return self.chain_not_after - self.seen_at

    @property
    def trusted(self) -> bool:
        """Whether the chain leads to somebody we trust, and is for the name that was asked."""
        return self.verify_code == 0
