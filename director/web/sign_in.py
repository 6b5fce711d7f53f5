"""Signing in to the dashboard with an API token, and out."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from director.web.auth import GUARD, asker
from director.web.front import FRONT, Access
from director.web.identity import Via
from director.web.problems import ProblemError
from director.web.sessions import cookie_name, give_cookie, take_cookie

_LONGEST = 2_000


def add_routes(app: web.Application) -> None:
    """Add signing in and out."""
    app.router.add_post("/sign-in", sign_in)
    app.router.add_post("/sign-out", sign_out)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Begin a session: a token as JSON ``{"token": …}``, or in a form with ``next``.

    Raises:
        ProblemError: The token does not count, or nobody needs to sign in.
    """
    front, guard = request.app[FRONT], request.app[GUARD]
    if front.settings.access is Access.OPEN:
        raise ProblemError(409, "nobody signs in here: anybody on this machine may ask")
    text, onward = await _asked(request)
    token = await guard.checked(request, text)
    secure = front.settings.secure
    if before := request.cookies.get(cookie_name(secure=secure)):
        await guard.sessions.end(before)
    cookie = await guard.sessions.begin(token.id, front.clock.now())
    await guard.granted(request, token.who, "sign_in")
    answer: web.StreamResponse
    if onward is None:
        answer = web.json_response({"name": token.who})
    else:
        answer = web.Response(status=303, headers={hdrs.LOCATION: onward})
    give_cookie(answer, cookie, secure=secure)
    return answer


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session; a form is led to the page to sign in."""
    front, guard = request.app[FRONT], request.app[GUARD]
    secure = front.settings.secure
    name = cookie_name(secure=secure)
    if asker(request).via is Via.SESSION:
        await guard.sessions.end(request.cookies[name])
    is_form = request.content_type == "application/x-www-form-urlencoded"
    answer = (
        web.Response(status=303, headers={hdrs.LOCATION: "/sign-in"})
        if is_form
        else web.Response(status=204)
    )
    take_cookie(answer, secure=secure)
    return answer


async def _asked(request: web.Request) -> tuple[str, str | None]:
    """Return the token, and where to go from there; None for nowhere.

    Raises:
        ProblemError: There is no token.
    """
    if request.content_type == "application/json":
        try:
            found = json.loads(await request.text())
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, "the body must be JSON") from error
        text = found.get("token") if isinstance(found, dict) and len(found) == 1 else None
        if not isinstance(text, str):
            raise ProblemError(422, "the body must be an object with a token", kind="invalid")
        return text[:_LONGEST], None
    if request.content_type != "application/x-www-form-urlencoded":
        raise ProblemError(415, "must be JSON or a form")
    form = await request.post()
    text, onward = form.get("token"), form.get("next", "/")
    if not isinstance(text, str) or not isinstance(onward, str):
        raise ProblemError(422, "the form must have a token", kind="invalid")
    return text.strip()[:_LONGEST], onward if _is_ours(onward) else "/"


def _is_ours(path: str) -> bool:
    """Return whether *path* leads nowhere else, whatever a browser makes of it."""
    return (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and "\\" not in path
        and len(path) <= _LONGEST
    )
