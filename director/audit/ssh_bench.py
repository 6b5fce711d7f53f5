"""One signature on the table, and what can be asked of ssh-keygen about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from director.model.value import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from director.audit.ssh_keygen import Answer, SshKeygen

_LIMITS = {
    "valid-after": (rb'(?i)\b(valid-after=)"[0-9]+Z?"', rb'\1"19800101"'),
    "valid-before": (rb'(?i)\b(valid-before=)"[0-9]+Z?"', rb'\1"99980101"'),
    "namespaces": (rb'(?i)\b(namespaces=)"[^"\n]*"', rb'\1"*"'),
}
"""Options of a line of allowed signers, and what they are with a value that limits nothing."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Whose key is whose, as ssh-keygen reads it.

    Attributes:
        allowed: The file of allowed signers.
        revoked: The keys that are accepted no more; None if there is no such file.
    """

    allowed: bytes
    revoked: bytes | None = None

    def lenient(self, *limits: str) -> Listing:
        """Return the same with *limits* lifted, and without revocation: to find out a reason."""
        allowed = self.allowed
        for limit in limits:
            allowed = re.sub(*_LIMITS[limit], allowed)
        return Listing(allowed)


@dataclass(frozen=True, slots=True)
class Bench:
    """One signature with its text, in a private folder.

    Attributes:
        keygen: Answers.
        folder: Holds whatever ssh-keygen reads, and is removed afterwards.
        namespace: What the signature must have been made for.
    """

    keygen: SshKeygen
    folder: Path
    namespace: str

    def lay(self, text: bytes, armor: str) -> None:
        """Put down the *text* and the signature *armor* over it."""
        self._put("text", text)
        self._put("signature", armor.encode("ascii"))

    async def sound(self) -> bool:
        """Return whether the signature fits the text and the namespace, whoever made it."""
        answer = await self._ask("check-novalidate", "-n", self.namespace)
        return answer.code == 0

    async def principals(self, listing: Listing, at: datetime) -> tuple[str, ...]:
        """Return what the key is listed under at a moment, by all lines that have it.

        ssh-keygen stops at the first such line, so the rest is asked about again.
        """
        lines = [line + b"\n" for line in listing.allowed.split(b"\n")]
        names: dict[str, None] = {}
        while found := await self._listed(lines, at):
            names.update(dict.fromkeys(found))
            # The shortest beginning that still has it ends with the line that was meant.
            without, enough = 0, len(lines)
            while enough - without > 1:
                middle = (without + enough) // 2
                if await self._listed(lines[:middle], at):
                    enough = middle
                else:
                    without = middle
            lines = lines[enough:]
        return tuple(names)

    async def accepts(self, principal: str, listing: Listing, at: datetime) -> bool:
        """Return whether the signature is good and the key is *principal*'s at a moment."""
        return await self._verified("signature", principal, listing, at)

    async def serves(self, revoked: bytes | None, at: datetime) -> bool:
        """Return whether ssh-keygen accepts what a key signs that was made this moment.

        If it does not, then neither the signature on the table nor its key is to blame.
        """
        key = self.folder / "stranger"
        text = self.folder / "text"
        made = await self.keygen.ask("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key))
        signed = await self.keygen.ask(
            "-Y", "sign", "-f", str(key), "-n", self.namespace, text=text
        )
        if made.code != 0 or signed.code != 0:
            return False
        self._put("strange", signed.output)
        listing = Listing(b"stranger " + key.with_suffix(".pub").read_bytes(), revoked)
        return await self._verified("strange", "stranger", listing, at)

    async def _listed(self, lines: list[bytes], at: datetime) -> list[str]:
        allowed = self._put("allowed", b"".join(lines))
        answer = await self._ask("find-principals", "-f", allowed, _moment(at))
        if answer.code != 0:
            return []
        return answer.output.decode("utf-8", "replace").splitlines()

    async def _verified(
        self, signature: str, principal: str, listing: Listing, at: datetime
    ) -> bool:
        whom = ("-n", self.namespace, "-I", principal, "-f", self._put("allowed", listing.allowed))
        revoked: tuple[str, ...] = ()
        if listing.revoked is not None:
            revoked = ("-r", self._put("revoked", listing.revoked))
        answer = await self._ask("verify", *whom, *revoked, _moment(at), signature=signature)
        return answer.code == 0

    async def _ask(self, question: str, *details: str, signature: str = "signature") -> Answer:
        path = str(self.folder / signature)
        return await self.keygen.ask(
            "-Y", question, "-s", path, *details, text=self.folder / "text"
        )

    def _put(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)


def _moment(at: datetime) -> str:
    """Return *at*, in UTC, as an option; a zone is not named, which older releases do not know."""
    return f"-Overify-time={at.year:04}{at:%m%d%H%M%S}"
