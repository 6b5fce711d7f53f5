"""Is the protocol new enough?"""

from __future__ import annotations

import re
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
    Unknown,
    dataclass,
    option,
)
from director_tls.handshaking import exempt, place, require_starttls, shake, unaccepted

_VERSION = r"TLSv1(?:\.([0-9]))?"


@dataclass(frozen=True, slots=True)
class Protocol:
    """Shake hands and see which version of TLS is agreed on.

    Ours speaks 1.2 and newer, so a peer that has nothing newer than 1.1 is found out. Whether it
    also takes older versions from others is not asked.

    Attributes:
        where: Host and port, as ``db.example.com:5432``; empty for those of the base URL.
        starttls: What to speak before the handshake: ``smtp imap pop3 ftp postgres``; empty to
            begin with it.
        min_version: Oldest version that is good enough, as a number: ``1.2`` or ``1.3``.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="tls.protocol",
        title="Connections use a current version of TLS",
        category="security",
        why="Versions before 1.2 have known holes, and browsers refuse them.",
        remedy="Enable TLS 1.2 and 1.3 where connections end, and disable everything older.",
        effort=Effort.LOW,
        role=Role.BLOCKER,
        reads=("base_url",),
    )

    where: str = ""
    starttls: str = ""
    min_version: float = option(1.2, tighter=Tighter.HIGHER)

    def __post_init__(self) -> None:
        require_starttls(self.starttls)
        if self.min_version not in {1.2, 1.3}:
            raise ValueError(f"min_version must be 1.2 or 1.3, got {self.min_version}")

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
        return self._judged(came.tls.version, f"{host} agreed on", came.tls.cipher)

    def _judged(self, version: str, said: str, cipher: str) -> Answer:
        expected = f"TLS {self.min_version} or newer"
        minor = _minor(version)
        if minor is None:
            return Unknown(
                f"{said} {version!r}, which is no version of TLS we know", "tls_protocol"
            )
        if minor < round(self.min_version * 10) - 10:
            return Failed(
                f"{said} {version}, wanted {expected}",
                observed=version,
                expected=expected,
                code="tls_protocol",
            )
        return Passed(f"{said} {version} with {cipher}, wanted {expected}", version, expected)


def _minor(version: str) -> int | None:
    """Return what comes after ``1.`` in a version of TLS, or None if it is none.

    >>> _minor("TLSv1.3"), _minor("TLSv1"), _minor("SSLv3")
    (3, 0, None)
    """
    found = re.fullmatch(_VERSION, version)
    return int(found[1] or 0) if found else None
