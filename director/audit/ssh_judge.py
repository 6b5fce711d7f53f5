"""From what ssh-keygen answers to a proof, or to the reason why there is none.

ssh-keygen tells its reasons in sentences that change with its releases. So a reason is found by
asking again with one limit lifted: the one that makes the difference is the reason.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from director.audit.ssh_keygen import UnavailableError
from director.model.proof import NotProven, Proof, Proven
from director.model.text import named
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.audit.ssh_bench import Bench, Listing
    from director.audit.sshsig import Envelope
    from director.model.signers import Person, Signers

_PATTERN = frozenset("*?!")
_MOST_LISTED = 10
_TIMES = ("valid-after", "valid-before")


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one signature.

    Attributes:
        bench: Where ssh-keygen is asked about it.
        envelope: What it says of itself.
        listing: Whose key is whose, as ssh-keygen reads it.
        signers: Who that is.
        minute: The minute during which the key must be valid, in UTC.
    """

    bench: Bench
    envelope: Envelope
    listing: Listing
    signers: Signers
    minute: datetime

    @property
    def _end(self) -> datetime:
        return self.minute + timedelta(seconds=59)

    @property
    def _key(self) -> str:
        return f"the key {self.envelope.fingerprint}"

    async def proof(self) -> Proof:
        """Return who signed, or why that is not proven.

        Raises:
            UnavailableError: ssh-keygen gives no answer that means anything.
        """
        if not await self.bench.sound():
            if not await self.bench.serves(None, self.minute):
                raise UnavailableError("ssh-keygen does not even accept what it signs itself")
            return NotProven("bad_signature", "the signature does not fit what was to be signed")
        names = await self.bench.principals(self.listing, self.minute)
        if not names:
            return await self._unlisted()
        known = [(name, who) for name in names if (who := self.signers.person(name))]
        if not known:
            told = f"{self._key} is {_listed(names)}'s, whom {self.signers.source} does not name"
            return NotProven("unknown_person", told)
        if any(_PATTERN & set(name) for name in names):
            told = f"{self._key} is accepted for {_listed(names)}, so for anybody"
            return NotProven("ambiguous_key", told)
        return await self._person(known)

    async def _person(self, known: list[tuple[str, Person]]) -> Proof:
        """Return which of the people that the key is listed under signed this."""
        accepted = [
            (name, who)
            for name, who in known
            if await self.bench.accepts(name, self.listing, self._end)
        ]
        if not accepted:
            return await self._refused(known[0][0])
        people = {who.name: None for _, who in accepted}
        if len(people) > 1:
            told = f"{self._key} is accepted for {_listed(tuple(people))}: whose is it?"
            return NotProven("ambiguous_key", told)
        principal, who = accepted[0]
        return Proven(
            principal=principal,
            person=who.name,
            roles=who.roles,
            key=self.envelope.fingerprint,
            aliases=tuple(sorted(who.principals)),
        )

    async def _unlisted(self) -> NotProven:
        """Return why the key is listed under no name at this moment."""
        begin, end = self.envelope.valid_s or (None, None)
        late = self.minute if end is None else min(self.minute, _at(end - 1))
        early = late if begin is None else max(late, _at(begin))
        if await self.bench.principals(self.listing.lenient("valid-before"), late):
            return NotProven("key_expired", f"{self._key} was valid only until an earlier moment")
        if await self.bench.principals(self.listing.lenient(*_TIMES), early):
            return NotProven("not_yet_valid", f"{self._key} is valid only from a later moment on")
        source = named(self.signers.allowed_signers)
        return NotProven("unknown_key", f"{self._key} is nobody's, says {source}")

    async def _refused(self, name: str) -> NotProven:
        """Return why a key that is listed under *name* was not accepted."""
        accepts = self.bench.accepts
        if await accepts(name, self.listing.lenient(), self._end):
            if not await self.bench.serves(self.listing.revoked, self._end):
                source = named(self.signers.revoked_keys)
                raise UnavailableError(f"{source} must be a list of revoked keys, got another")
            return NotProven("revoked_key", f"{self._key} of {named(name)} was revoked")
        if await accepts(name, self.listing.lenient(*_TIMES), self.minute):
            return NotProven("key_expired", f"{self._key} was valid only until an earlier moment")
        if await accepts(name, self.listing.lenient("namespaces"), self._end):
            told = f"{self._key} of {named(name)} may not sign for {self.bench.namespace}"
            return NotProven("wrong_namespace", told)
        return NotProven("unknown_key", f"{self._key} is not accepted for {named(name)}")


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _listed(names: tuple[str, ...]) -> str:
    return named(", ".join(names[:_MOST_LISTED]))
