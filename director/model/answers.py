"""What a probe saw that is not HTTP: a handshake, a greeting, DNS records."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from director.model.probe import Phases
from director.model.tls import TlsFacts
from director.model.value import dataclass


class StartTls(StrEnum):
    """Protocols that begin in the open and change to TLS when asked."""

    SMTP = "smtp"
    IMAP = "imap"
    POP3 = "pop3"
    FTP = "ftp"
    POSTGRES = "postgres"


class RecordType(StrEnum):
    """The kinds of DNS records that are asked for."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"
    SRV = "SRV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """One complete TLS handshake, after which nothing was sent.

    Attributes:
        where: Host and port as they were asked.
        tls: What the peer showed of itself.
        phases: Where the time went.
        address: The socket address that was really dialled.
    """

    where: str
    tls: TlsFacts
    phases: Phases = field(default_factory=Phases)
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """One TCP connection and what the peer said first.

    Attributes:
        where: Host and port as they were asked.
        banner: What the peer said within the limit; empty if nothing was waited for.
        phases: Where the time went.
        address: The socket address that was really dialled.
    """

    where: str
    banner: bytes = b""
    phases: Phases = field(default_factory=Phases)
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """One record of an answer.

    Attributes:
        type: Its type; the answer to a question may lead over a CNAME.
        value: Its data as text, for example ``10 mx.example.com.`` for an MX record.
        ttl_s: How long it may be remembered, in seconds.
    """

    type: RecordType
    value: str
    ttl_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """What one name server answered; that there is no such name or record is an answer too.

    Attributes:
        name: The name as it was asked.
        type: The type as it was asked.
        resolver: The address and port of the name server that answered.
        rcode: Its response code, for example ``NOERROR`` or ``NXDOMAIN``.
        records: What answers the question, CNAME records on the way included, in its order.
        phases: Where the time went.
    """

    name: str
    type: RecordType
    resolver: str
    rcode: str
    records: tuple[DnsRecord, ...] = ()
    phases: Phases = field(default_factory=Phases)

    @property
    def values(self) -> tuple[str, ...]:
        """The data of the records of the type that was asked for."""
        return tuple(record.value for record in self.records if record.type is self.type)
