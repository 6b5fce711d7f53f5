"""Who is signed in: a cookie in the browser, its digest in the notes."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web

from director.errors import StoreError
from director.model.note import Note, NoteKind
from director.model.value import dataclass
from director.ports.notes import Notes
from director.rules.moment import instant
from director.web.tokens import digest_of

IDLE = timedelta(minutes=30)
"""How long a session lives without a request."""

LONGEST = timedelta(hours=12)
"""How long a session lives at most."""

_TOUCH = timedelta(minutes=1)
"""How old the note of the last request may be before it is written again."""

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign in.

    Attributes:
        key: The digest of the cookie.
        token: The id of the token that was signed in with; the session ends with it.
        began_at: When, aware, in UTC.
        seen_at: When the last request came, or up to a minute before it; aware, in UTC.
    """

    key: str
    token: str
    began_at: datetime
    seen_at: datetime

    def ended(self, now: datetime) -> bool:
        """Return whether it is over at *now*."""
        return now - self.seen_at >= IDLE or now - self.began_at >= LONGEST


def csrf_of(cookie: str) -> str:
    """Return what a form of the session must send along: only who has the cookie can know it."""
    return sha256(f"csrf:{cookie}".encode(errors="replace")).hexdigest()


def cookie_name(*, secure: bool) -> str:
    """Return the cookie's name; over TLS one that no other host or path can set."""
    return "__Host-director_session" if secure else "director_session"


def give_cookie(answer: web.StreamResponse, cookie: str, *, secure: bool) -> None:
    """Let the browser keep *cookie* until it is closed or 12 hours are over."""
    answer.set_cookie(
        cookie_name(secure=secure),
        cookie,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="Strict",
    )


def take_cookie(answer: web.StreamResponse, *, secure: bool) -> None:
    """Let the browser forget its cookie."""
    answer.del_cookie(
        cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="Strict"
    )


class Sessions:
    """The sessions that are kept.

    Args:
        notes: Where.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def begin(self, token: str, now: datetime) -> str:
        """Begin a session of the holder of *token*, and return its new cookie.

        Raises:
            StoreError: It is not certain that it is durable.
        """
        cookie = secrets.token_hex(32)
        session = Session(key=digest_of(cookie), token=token, began_at=now, seen_at=now)
        over = await self._over(now)
        await self._notes.write([_note(session), *over])
        return cookie

    async def proven(self, cookie: str, now: datetime) -> Session | None:
        """Return the session that *cookie* is of; None if there is none, or it is over.

        Raises:
            StoreError: It cannot be looked up.
        """
        session = await self.known(cookie)
        if session is None:
            return None
        if session.ended(now):
            await self.end(cookie)
            return None
        if now - session.seen_at >= _TOUCH:
            touched = replace(session, seen_at=now)
            await self._notes.write([_note(touched)])
        return session

    async def known(self, cookie: str) -> Session | None:
        """Return the session that *cookie* is of, over or not; None if there is none.

        Raises:
            StoreError: It cannot be looked up.
        """
        key = digest_of(cookie)
        note = await self._notes.one(NoteKind.SESSION, key)
        return None if note is None or note.body is None else _read(key, note.body)

    async def end(self, cookie: str) -> None:
        """End a session, if there is one.

        Raises:
            StoreError: It is not certain that it has ended.
        """
        await self._notes.write([Note(NoteKind.SESSION, digest_of(cookie), None)])

    async def _over(self, now: datetime) -> list[Note]:
        """Return what forgets some of those that are over: nobody signs out of all of them."""
        page = await self._notes.page(NoteKind.SESSION, "", _PAGE)
        return [
            Note(note.kind, note.key, None)
            for note in page
            if note.body is not None and _read(note.key, note.body).ended(now)
        ]


def _note(session: Session) -> Note:
    body = {
        "token": session.token,
        "began_at": instant(session.began_at),
        "seen_at": instant(session.seen_at),
    }
    return Note(NoteKind.SESSION, session.key, json.dumps(body).encode())


def _read(key: str, body: bytes) -> Session:
    try:
        found = json.loads(body)
        return Session(
            key=key,
            token=str(found["token"]),
            began_at=datetime.fromisoformat(found["began_at"]),
            seen_at=datetime.fromisoformat(found["seen_at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError("what is kept of a session is damaged") from error
