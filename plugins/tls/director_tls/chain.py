"""Does the chain lead to somebody whom clients trust?"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    Passed,
    Probe,
    ProbeError,
    ProbeReason,
    Role,
    Target,
    TlsFacts,
    dataclass,
)
from director_tls.handshaking import (
    exempt,
    named,
    place,
    require_starttls,
    shake,
    unaccepted,
)

_NO_ISSUER = frozenset({20, 21})
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY and ..._VERIFY_LEAF_SIGNATURE of OpenSSL."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Shake hands as a client does that trusts the usual authorities, and sees nothing twice.

    A chain passes if it leads, by what the peer itself sent, from a certificate for the name
    that was asked to an authority that is trusted here.

    Attributes:
        where: Host and port, as ``db.example.com:5432``; empty for those of the base URL.
        starttls: What to speak before the handshake: ``smtp imap pop3 ftp postgres``; empty to
            begin with it.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="tls.chain",
        title="The certificate chain is complete and trusted",
        category="security",
        why="A chain that lacks a link works in the browser of whoever set it up, which remembers"
        " the link, and fails for phones, programs and partners.",
        remedy="Serve the certificate together with the intermediate ones of its authority, for the"
        " names that clients ask for.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    where: str = ""
    starttls: str = ""

    def __post_init__(self) -> None:
        require_starttls(self.starttls)

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
            return _broken(came, facts, host)
        facts = came.tls
        if not facts.trusted:
            return Failed(
                f"{host} shows a chain that is not trusted (verify code {facts.verify_code})",
                observed=f"verify code {facts.verify_code}",
                expected="verify code 0",
                code=ProbeReason.TLS_UNTRUSTED.value,
            )
        said = (
            f"{host} shows {facts.chain} certificates, for {named(facts.names)}, signed by"
            f" {facts.issuer}, and they lead to an authority that is trusted"
        )
        return Passed(said, f"{facts.chain} certificates", "a chain that is trusted")


def _broken(error: ProbeError, facts: TlsFacts, host: str) -> Failed:
    """Return what is wrong with the chain, and where a link is missing, which."""
    failed = unaccepted(error, facts, host)
    lacks_link = facts.verify_code in _NO_ISSUER and facts.issuer != facts.subject
    if error.reason is ProbeReason.TLS_UNTRUSTED and lacks_link:
        sent = "only its own certificate" if facts.chain == 1 else f"{facts.chain} certificates"
        return replace(
            failed,
            reason=f"{failed.reason}; it sends {sent}, and that of the signer is neither among"
            " them nor trusted here",
            remedy="Serve the intermediate certificates too; if the authority is your own, let the"
            " Director trust it.",
        )
    return failed
