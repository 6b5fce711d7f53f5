"""What the operator decides about probing, as one value."""

from __future__ import annotations

from dataclasses import field

from director.model.secret import Secrets
from director.model.value import dataclass
from director.probing.guard import AddressPolicy

MIB_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """What the operator decides about probing.

    Attributes:
        policy: Which addresses may be dialled.
        request_limit_s: Longest time one request may take, redirects and body included, without
            the wait for a free slot; in seconds.
        dns_limit_s: Longest time one name may take to resolve, in seconds.
        per_host: How many requests may run at once against one host.
        body_cap_bytes: Longest body that is looked at, after decoding, in bytes.
        redirects: How many redirects are followed.
        ca_pem: Certificate authorities to trust besides the system's, in PEM; empty for none.
        secrets: What may stand in headers by reference, and whom each may be sent to.

    Raises:
        ValueError: A limit is not positive and finite.
    """

    policy: AddressPolicy = field(default_factory=AddressPolicy)
    request_limit_s: float = 10.0
    dns_limit_s: float = 5.0
    per_host: int = 8
    body_cap_bytes: int = MIB_BYTES
    redirects: int = 5
    ca_pem: str = ""
    secrets: Secrets = field(default_factory=Secrets)

    def __post_init__(self) -> None:
        for name in ("request_limit_s", "dns_limit_s", "per_host", "body_cap_bytes"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} must be over 0 and finite, got {value}")
        if self.redirects < 0:
            raise ValueError(f"redirects must not be negative, got {self.redirects}")
