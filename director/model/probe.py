"""What a probe saw of a live endpoint, or why it saw nothing."""

from __future__ import annotations

import json
from dataclasses import field
from enum import StrEnum
from typing import Any, Final

from director.model.tls import TlsFacts
from director.model.value import dataclass


class Phase(StrEnum):
    """What a probe is busy with; at every moment exactly one."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    TTFB = "ttfb"
    TRANSFER = "transfer"
    OTHER = "other"


class Redirects(StrEnum):
    """How far a probe follows redirects."""

    NEVER = "never"
    """The redirect itself is the answer."""
    SAME_ORIGIN = "same_origin"
    """Within scheme, host and port; another origin is a failure with a reason."""
    ANYWHERE = "anywhere"
    """To other origins too, never from https to http, and without any header of the check."""


class ProbeReason(StrEnum):
    """Why a probe failed: a closed set, one word per cause."""

    INVALID_URL = "invalid_url"
    POLICY_DENIED = "policy_denied"
    SECRET_DENIED = "secret_denied"  # noqa: S105  # a reason, not a secret
    DNS_NXDOMAIN = "dns_nxdomain"
    DNS_TIMEOUT = "dns_timeout"
    DNS_SERVFAIL = "dns_servfail"
    DNS_NO_ADDRESS = "dns_no_address"
    DNS_PROTOCOL = "dns_protocol"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_UNREACHABLE = "connect_unreachable"
    CONNECT_RESET = "connect_reset"
    TLS_EXPIRED = "tls_expired"
    TLS_NOT_YET_VALID = "tls_not_yet_valid"
    TLS_HOSTNAME_MISMATCH = "tls_hostname_mismatch"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_PROTOCOL = "tls_protocol"
    TLS_CLIENT_CERT_REQUIRED = "tls_client_cert_required"
    STARTTLS_REFUSED = "starttls_refused"
    TLS_TIMEOUT = "tls_timeout"
    SEND_TIMEOUT = "send_timeout"
    SEND_RESET = "send_reset"
    TTFB_TIMEOUT = "ttfb_timeout"
    HTTP_PROTOCOL = "http_protocol"
    REDIRECT_LIMIT = "redirect_limit"
    REDIRECT_CROSS_ORIGIN = "redirect_cross_origin"
    REDIRECT_DOWNGRADE = "redirect_downgrade"
    REDIRECT_NO_LOCATION = "redirect_no_location"
    BODY_TOO_LARGE = "body_too_large"
    BODY_INCOMPLETE = "body_incomplete"
    BODY_TIMEOUT = "body_timeout"
    BODY_ENCODING = "body_encoding"

    @property
    def blind(self) -> bool:
        """Whether this says more about us than about the service.

        What we were not allowed or not able to ask is unknown, never failed.
        """
        return self in _BLIND


_BLIND = frozenset(
    {
        ProbeReason.INVALID_URL,
        ProbeReason.POLICY_DENIED,
        ProbeReason.SECRET_DENIED,
        ProbeReason.DNS_TIMEOUT,
        ProbeReason.DNS_SERVFAIL,
        ProbeReason.DNS_PROTOCOL,
        ProbeReason.CONNECT_TIMEOUT,
        ProbeReason.CONNECT_UNREACHABLE,
        ProbeReason.REDIRECT_CROSS_ORIGIN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Where the time of one probe went, in seconds; what is not known lies in ``other_s``.

    The total is their sum by definition, on failure too.
    """

    dns_s: float = 0.0
    connect_s: float = 0.0
    tls_s: float = 0.0
    send_s: float = 0.0
    ttfb_s: float = 0.0
    transfer_s: float = 0.0
    other_s: float = 0.0

    @property
    def total_s(self) -> float:
        """The whole probe, in seconds, without the wait for a free slot."""
        return (
            self.dns_s
            + self.connect_s
            + self.tls_s
            + self.send_s
            + self.ttfb_s
            + self.transfer_s
            + self.other_s
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One request of a probe, on a connection of its own.

    Attributes:
        url: What was asked, without user info and query values.
        status: HTTP status code; None if no answer came.
        address: The socket address that was really dialled; empty if it did not come to that.
        phases: Where the time of this hop went.
        tls: What the peer showed of itself; None without TLS, or where it showed nothing.
        reused: Whether an open connection was used again.
    """

    url: str
    status: int | None = None
    address: str = ""
    phases: Phases = field(default_factory=Phases)
    tls: TlsFacts | None = None
    reused: bool = False


_TOLERANCE_S: Final = 0.0001
"""How far the sum of floating numbers may be from the same sum in another order, in seconds."""


def _add_up(hops: tuple[Hop, ...], phases: Phases) -> None:
    """Refuse times of single hops that are not, together, the time of the whole."""
    total_s = 0.0
    for hop in hops:
        total_s += hop.phases.total_s
    if not abs(total_s - phases.total_s) <= _TOLERANCE_S:
        raise ValueError(
            f"the hops must last {phases.total_s:.6f} s together, as the whole does,"
            f" they last {total_s:.6f} s"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One complete answer of a live endpoint.

    Attributes:
        url: The address that answered last, without user info and query values.
        status: HTTP status code, 100 to 599.
        headers: Names in lower case with their values, in the order received.
        body: The whole decoded body, within the size limit.
        phases: Where the time went, every hop together.
        address: The socket address that was really dialled, for example ``10.1.2.3:443``.
        hops: Every request in order, the one that was answered in the end last.
        tls: What the peer that answered showed of itself; None without TLS.
        reused: Whether an open connection was used again.
        version: The protocol of the answer, for example ``HTTP/1.1``.

    Raises:
        ValueError: There are hops, and their times do not add up to ``phases``.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    phases: Phases = field(default_factory=Phases)
    address: str = ""
    hops: tuple[Hop, ...] = ()
    tls: TlsFacts | None = None
    reused: bool = False
    version: str = "HTTP/1.1"

    def __post_init__(self) -> None:
        if self.hops:
            _add_up(self.hops, self.phases)

    @property
    def elapsed_s(self) -> float:
        """How long the answer took, in seconds."""
        return self.phases.total_s

    @property
    def redirects(self) -> int:
        """How many redirects were followed."""
        return max(len(self.hops) - 1, 0)

    def header(self, name: str) -> str | None:
        """Return the first value of header *name*, whatever its case, or None."""
        wanted = name.lower()
        for key, value in self.headers:
            if key == wanted:
                return value
        return None

    def text(self) -> str:
        """Return the body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:  # noqa: ANN401  # a JSON document has any shape
        """Return the body as a JSON value.

        Raises:
            ValueError: The body is not JSON, nests too deeply, or has a number that is not
                finite.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except RecursionError:
            raise ValueError("the JSON document nests too deeply") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a probe saw before it failed.

    Attributes:
        phases: Where the time went, in seconds.
        phase: What it was busy with when it failed.
        address: The socket address that was dialled last; empty if it did not come to that.
        hops: Every request until then, the one that failed last.
        tls: What the peer showed of itself, though it was not accepted; None if it showed nothing.

    Raises:
        ValueError: As for ``Reply``.
    """

    phases: Phases = field(default_factory=Phases)
    phase: Phase = Phase.OTHER
    address: str = ""
    hops: tuple[Hop, ...] = ()
    tls: TlsFacts | None = None

    def __post_init__(self) -> None:
        if self.hops:
            _add_up(self.hops, self.phases)


class ProbeError(Exception):
    """The endpoint gave no complete answer. A check need not catch it: the engine does.

    Args:
        reason: Why, as a word of the closed set.
        detail: What happened, in one clause, without secrets.
        url: The address that was asked, without user info and query values.
        seen: What was seen until then.
    """

    def __init__(
        self, reason: ProbeReason, detail: str, *, url: str = "", seen: Seen | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.url = url
        self.seen = seen or Seen()
