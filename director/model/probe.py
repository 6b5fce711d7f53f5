"""What a probe saw of a live endpoint, or why it saw nothing."""

from __future__ import annotations

import json
from dataclasses import field
from enum import StrEnum
from typing import Any

from director.model.value import dataclass


class ProbeReason(StrEnum):
    """Why a probe failed: a closed set, one word per cause."""

    INVALID_URL = "invalid_url"
    POLICY_DENIED = "policy_denied"
    DNS_NXDOMAIN = "dns_nxdomain"
    DNS_TIMEOUT = "dns_timeout"
    DNS_SERVFAIL = "dns_servfail"
    DNS_NO_ADDRESS = "dns_no_address"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_UNREACHABLE = "connect_unreachable"
    CONNECT_RESET = "connect_reset"
    TLS_EXPIRED = "tls_expired"
    TLS_NOT_YET_VALID = "tls_not_yet_valid"
    TLS_HOSTNAME_MISMATCH = "tls_hostname_mismatch"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_PROTOCOL = "tls_protocol"
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
        ProbeReason.DNS_TIMEOUT,
        ProbeReason.DNS_SERVFAIL,
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
class Reply:
    """One complete answer of a live endpoint.

    Attributes:
        url: The address that answered last, without user info and query values.
        status: HTTP status code, 100 to 599.
        headers: Names in lower case with their values, in the order received.
        body: The whole decoded body, within the size limit.
        phases: Where the time went.
        address: The socket address that was really dialled, for example ``10.1.2.3:443``.
        hops: How many redirects were followed.
        reused: Whether an open connection was used again.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    phases: Phases = field(default_factory=Phases)
    address: str = ""
    hops: int = 0
    reused: bool = False

    @property
    def elapsed_s(self) -> float:
        """How long the answer took, in seconds."""
        return self.phases.total_s

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


class ProbeError(Exception):
    """The endpoint gave no complete answer. A check need not catch it: the engine does.

    Args:
        reason: Why, as a word of the closed set.
        detail: What happened, in one clause, without secrets.
        url: The address that was asked, without user info and query values.
        phases: Where the time went until then.
        address: The socket address that was dialled; empty if it did not come to that.
    """

    def __init__(
        self,
        reason: ProbeReason,
        detail: str,
        *,
        url: str = "",
        phases: Phases | None = None,
        address: str = "",
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.url = url
        self.phases = phases or Phases()
        self.address = address
