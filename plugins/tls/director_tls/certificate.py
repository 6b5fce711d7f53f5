"""How long will clients still accept the certificate?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    ProbeError,
    Role,
    Target,
    Tighter,
    TlsFacts,
    Warned,
    dataclass,
    option,
)
from director_tls.handshaking import (
    day,
    exempt,
    named,
    place,
    require_starttls,
    shake,
    unaccepted,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Shake hands and see when the certificate, and the first of its chain, expires.

    The certificate and the rest of its chain are renewed by different people, so each is
    judged by itself.

    Attributes:
        where: Host and port, as ``db.example.com:5432``; empty for those of the base URL.
        starttls: What to speak before the handshake: ``smtp imap pop3 ftp postgres``; empty to
            begin with it.
        warn_days: Fewer days than these left, and the check warns.
        fail_days: Fewer days than these left, and the check fails.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="tls.certificate",
        title="The certificate stays valid for a while",
        category="security",
        why="When a certificate expires every client is turned away at once, and people learn to"
        " click warnings away.",
        remedy="Renew the certificate and its chain, and let a machine do it from now on.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    where: str = ""
    starttls: str = ""
    warn_days: float = option(21.0, tighter=Tighter.HIGHER)
    fail_days: float = option(7.0, tighter=Tighter.HIGHER)

    def __post_init__(self) -> None:
        require_starttls(self.starttls)
        if not 0 <= self.fail_days <= self.warn_days <= 36_500:
            raise ValueError(
                "fail_days must be 0 to warn_days, and that at most 36500,"
                f" got {self.fail_days} and {self.warn_days}"
            )

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Shake hands once."""
        spared = exempt(target, self.where)
        if spared is not None:
            return spared
        host = place(target, self.where)
        came = await shake(probe, self.where, self.starttls)
        if isinstance(came, ProbeError):
            facts = came.seen.tls
            if facts is None:
                raise came
            return unaccepted(came, facts, host)
        return self._judged(came.tls, host)

    def _judged(self, facts: TlsFacts, host: str) -> Answer:
        leaf = f"the certificate of {host} for {named(facts.names)}"
        rest = f"the chain above the certificate of {host}, signed by {facts.issuer},"
        parts = [(leaf, facts.expires_in, facts.not_after)]
        if facts.chain_not_after < facts.not_after:
            parts.append((rest, facts.chain_expires_in, facts.chain_not_after))
        # The sooner one end is, the more it says.
        what, left, end = min(parts, key=lambda each: each[1])
        said = f"{what} expires in {_days(left)}, on {day(end)}"
        if left < timedelta(0):
            said = f"{what} expired {_days(-left)} ago, on {day(end)}"
        return self._held(left, end, said)

    def _held(self, left: timedelta, end: datetime, said: str) -> Answer:
        observed, least = (
            f"{left / timedelta(days=1):.1f} days",
            f"at least {self.warn_days:g} days",
        )
        if left <= timedelta(0) or left < timedelta(days=self.fail_days):
            return Failed(
                f"{said}; it fails under {self.fail_days:g} days",
                observed=observed,
                expected=least,
                code="certificate_expiring" if left > timedelta(0) else "tls_expired",
            )
        if left < timedelta(days=self.warn_days):
            warning = f"{said}; it warns under {self.warn_days:g} days"
            return Warned(warning, f"Renew it before {day(end)}.", observed, least)
        return Passed(said, observed, least)


def _days(left: timedelta) -> str:
    days = left / timedelta(days=1)
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"
