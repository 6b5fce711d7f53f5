"""API tokens: shown once, kept as a digest, for some services, and for a while."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.model.value import dataclass
from director.ports.notes import Notes
from director.rules.moment import instant
from director.web.identity import Identity, Role, Via
from director.web.shared import Shared

LONGEST_LIFE = timedelta(days=90)
"""No token lives longer."""

_SHAPE = re.compile(r"director_([0-9a-f]{12})_([0-9a-f]{64})_([0-9a-f]{8})", re.ASCII)
_GLOB = re.compile(r"[^\s/]{1,256}")
_PAGE = 500


class Doubt(StrEnum):
    """Why a token does not count, as ``AccessDenied`` has it."""

    BAD = "bad_token"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; not the token itself.

    Attributes:
        id: Twelve hexadecimal digits, which are in the token and no secret.
        name: What it is for, for example ``ci``.
        holder: Who answers for it.
        roles: What it may do.
        services: With which services, as globs.
        digest: The SHA-256 of the whole token, 64 hexadecimal digits.
        created_at: When it was made, aware, in UTC.
        expires_at: Until when it counts, aware, in UTC.
        revoked_at: When somebody ended it; None if nobody did.
    """

    id: str
    name: str
    holder: str
    roles: frozenset[Role]
    services: tuple[str, ...]
    digest: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    @property
    def who(self) -> str:
        """Who, for people and logs."""
        return f"{self.name} ({self.holder})"

    def doubt(self, now: datetime) -> Doubt | None:
        """Return why it does not count at *now*, or None if it does."""
        if self.revoked_at is not None:
            return Doubt.REVOKED
        return Doubt.EXPIRED if self.expires_at <= now else None

    def identity(self) -> Identity:
        """Return who somebody with this token is."""
        return Identity(
            name=self.who,
            holder=self.holder,
            roles=self.roles,
            services=self.services,
            via=Via.TOKEN,
            credential=f"token:{self.id}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """What somebody wants a token for.

    Attributes:
        name: What it is for.
        holder: Who answers for it.
        roles: What it may do; at least one.
        services: With which services, as globs; at least one.
        lasts: For how long; at most 90 days.
    """

    name: str
    holder: str
    roles: frozenset[Role]
    services: tuple[str, ...]
    lasts: timedelta

    def faults(self) -> tuple[str, ...]:
        """Return what is wrong with it, each in one line."""
        found = []
        for what, text in (("the name", self.name), ("the holder", self.holder)):
            if not text.strip() or not text.isprintable() or len(text) > 128:
                found.append(f"{what} must be a line of 1 to 128 characters, got {text!r:.80}")
        if not self.roles:
            found.append("there must be a role")
        if not self.services:
            found.append("there must be a service; * is every one")
        found += [
            f"a service must be a glob such as payment-*, got {glob!r:.80}"
            for glob in self.services
            if not _GLOB.fullmatch(glob)
        ]
        if not timedelta() < self.lasts <= LONGEST_LIFE:
            found.append("it must expire within 90 days")
        return tuple(found)


def mint(wish: TokenWish, now: datetime) -> tuple[str, Token]:
    """Return a new token, to be shown once, and what is kept of it.

    Its form is ``director_<id>_<32 random bytes>_<checksum>``, in hexadecimal digits; by the
    checksum (CRC-32) a scanner tells a leaked token from a text that only looks like one.

    Raises:
        ValueError: The wish has faults.
    """
    if faults := wish.faults():
        raise ValueError("; ".join(faults))
    id_ = secrets.token_hex(6)
    text = f"director_{id_}_{secrets.token_hex(32)}"
    text = f"{text}_{_checksum(text)}"
    kept = Token(
        id=id_,
        name=wish.name,
        holder=wish.holder,
        roles=wish.roles,
        services=wish.services,
        digest=digest_of(text),
        created_at=now,
        expires_at=now + wish.lasts,
    )
    return text, kept


def id_of(text: str) -> str | None:
    """Return which token *text* says it is; None if it is nothing like a token."""
    found = _SHAPE.fullmatch(text)
    if found is None or not hmac.compare_digest(_checksum(text[:-9]), found[3]):
        return None
    return found[1]


def digest_of(text: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal digits.

    The secrets have 256 random bits: nothing slower is needed.
    """
    return sha256(text.encode(errors="replace")).hexdigest()


class Tokens:
    """The tokens that are kept.

    Args:
        notes: Where.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._shared = Shared(self._read)

    async def proven(self, text: str, now: datetime) -> Token | Doubt:
        """Return what is known of the token *text*, or why it does not count.

        Raises:
            StoreError: It cannot be looked up.
        """
        token = await self.one(id_of(text) or "")
        # Compared also where there is none, so that it takes as long.
        kept = token.digest if token else digest_of("")
        if not hmac.compare_digest(kept, digest_of(text)) or token is None:
            return Doubt.BAD
        return token.doubt(now) or token

    async def one(self, id_: str) -> Token | None:
        """Return what is known of a token, or None if there is none.

        Raises:
            StoreError: It cannot be looked up, or what is kept is damaged.
        """
        return await self._shared.of(id_)

    async def all(self) -> tuple[Token, ...]:
        """Return all tokens, the revoked and the expired too, sorted by id.

        Raises:
            StoreError: As above.
        """
        found: list[Token] = []
        after = ""
        while page := await self._notes.page(NoteKind.TOKEN, after, _PAGE):
            found += [_read(note.body) for note in page if note.body is not None]
            after = page[-1].key
        return tuple(found)

    async def keep(self, token: Token) -> None:
        """Make a token known.

        Raises:
            StoreError: It is not certain that it is durable.
        """
        await self._notes.write([Note(NoteKind.TOKEN, token.id, _written(token))])

    async def _read(self, id_: str) -> Token | None:
        note = await self._notes.one(NoteKind.TOKEN, id_)
        return None if note is None or note.body is None else _read(note.body)

    async def revoke(self, id_: str, now: datetime) -> Token | None:
        """End a token at once, and return it; None if there is no such one.

        Raises:
            StoreError: It is not certain that it has ended.
        """
        token = await self.one(id_)
        if token is None or token.revoked_at is not None:
            return token
        ended = replace(token, revoked_at=now)
        await self.keep(ended)
        return ended


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode(errors='replace')):08x}"


def _written(token: Token) -> bytes:
    return json.dumps(
        {
            "id": token.id,
            "name": token.name,
            "holder": token.holder,
            "roles": sorted(token.roles),
            "services": list(token.services),
            "digest": token.digest,
            "created_at": instant(token.created_at),
            "expires_at": instant(token.expires_at),
            "revoked_at": token.revoked_at and instant(token.revoked_at),
        }
    ).encode()


def _read(body: bytes) -> Token:
    try:
        found = json.loads(body)
        return Token(
            id=str(found["id"]),
            name=str(found["name"]),
            holder=str(found["holder"]),
            roles=frozenset(map(Role, found["roles"])),
            services=tuple(map(str, found["services"])),
            digest=str(found["digest"]),
            created_at=datetime.fromisoformat(found["created_at"]),
            expires_at=datetime.fromisoformat(found["expires_at"]),
            revoked_at=found["revoked_at"] and datetime.fromisoformat(found["revoked_at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError("what is kept of a token is damaged") from error
