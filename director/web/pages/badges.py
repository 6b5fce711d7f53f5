"""Badges: how one target stands, for a README or a wiki, to whoever knows its address.

The address holds a token that nobody can guess; what is kept is its digest. A token that is none of
ours, or of a target that is gone, answers as if nothing had ever been there.
"""

from __future__ import annotations

import json
import secrets

from aiohttp import hdrs, web

from director.errors import StoreError
from director.formats.badge import COLOURS, LABEL, drawn
from director.formats.headline import State
from director.formats.json import visible
from director.model.note import Note, NoteKind
from director.model.text import printable
from director.rules.moment import instant
from director.web.auth import asker, require_service
from director.web.exposure import address_of
from director.web.front import FRONT, Front
from director.web.pages.standing import Standing, standing_of
from director.web.pages.target import shown
from director.web.problems import ProblemError
from director.web.rates import Rate, retry_after
from director.web.tokens import digest_of

PER_MIN = 300
"""Badges for one address in a minute: a proxy that draws them for many asks for many."""

_FRESH_S = 60
"""How long a browser may keep one, in seconds."""

_SHIELDS_S = 300
"""How long shields.io may keep one, in seconds; it takes no less."""

_STATES = {
    Standing.GO: State.GO,
    Standing.OVERRIDE: State.OVERRIDE,
    Standing.CONDITIONAL_GO: State.CONDITIONAL_GO,
    Standing.NO_GO: State.NO_GO,
    Standing.STALE: State.EXPIRED,
    Standing.UNKNOWN: State.NONE,
}

_CLOSED = {Standing.UNKNOWN: State.EXPIRED}
"""Not to know is grey, not red."""

RATE = web.AppKey("badge_rate", Rate)
"""Where the application counts who asks for badges."""

_HEADERS = {
    hdrs.CACHE_CONTROL: f"public, max-age={_FRESH_S}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def make(request: web.Request) -> web.Response:
    """Make a token for a badge of a target, and show its address this once."""
    name = request.match_info["service"]
    require_service(request, name)
    form = await request.post()
    environment = str(form.get("environment", ""))
    front = request.app[FRONT]
    if front.daemon.target(name, environment) is None:
        raise ProblemError(404, "nobody watches this target")
    token = await _made(front, (name, environment), asker(request).name)
    return await shown(request, name, environment, badge=token)


async def svg(request: web.Request) -> web.Response:
    """Answer with the badge as a picture."""
    name, standing = await _known(request)
    colour = COLOURS[_CLOSED.get(standing, _STATES[standing])]
    text = drawn(standing.label, f"{LABEL} of {name}: {standing.label}", colour)
    return web.Response(text=text, content_type="image/svg+xml", headers=_HEADERS)


async def endpoint(request: web.Request) -> web.Response:
    """Answer with the badge as shields.io reads it: https://shields.io/badges/endpoint-badge."""
    _, standing = await _known(request)
    state = _CLOSED.get(standing, _STATES[standing])
    badge = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": standing.label,
        "color": COLOURS[state].removeprefix("#"),
        "isError": standing.closed,
        "cacheSeconds": _SHIELDS_S,
    }
    return web.Response(
        text=visible(json.dumps(badge)) + "\n", content_type="application/json", headers=_HEADERS
    )


async def _made(front: Front, target: tuple[str, str], by: str) -> str:
    """Return a new token, durable as its digest."""
    token = secrets.token_urlsafe(24)
    body = {
        "service": target[0],
        "environment": target[1],
        "made_by": by,
        "made_at": instant(front.clock.now()),
    }
    note = Note(NoteKind.BADGE, digest_of(token), json.dumps(body).encode())
    await front.notes.write([note])
    return token


async def _known(request: web.Request) -> tuple[str, Standing]:
    """Return which target a badge is of, and how it stands.

    Raises:
        ProblemError: There is no such badge, or too many are asked for.
        StoreError: It cannot be looked up.
    """
    front = request.app[FRONT]
    address = address_of(request, front.settings.trusted_proxies)
    if wait_s := request.app[RATE].take(address, front.clock.monotonic()):
        detail = "too many badges for this address"
        raise ProblemError(429, detail, headers=retry_after(wait_s))
    # Found by its digest: how long that takes says nothing about tokens that are like it.
    note = await front.notes.one(NoteKind.BADGE, digest_of(request.match_info["token"]))
    target = _target(note) if note is not None else None
    watched = front.daemon.target(*target) if target else None
    if target is None or watched is None:
        raise ProblemError(404, "there is no such badge")
    name = f"{target[0]}@{target[1]}" if target[1] else target[0]
    return printable(name), standing_of(watched)


def _target(note: Note) -> tuple[str, str] | None:
    if note.body is None:
        return None
    try:
        found = json.loads(note.body)
        return str(found["service"]), str(found["environment"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError("what is kept of a badge is damaged") from error
