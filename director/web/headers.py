"""What every answer says to browsers: load nothing from elsewhere, guess nothing, keep nothing."""

from __future__ import annotations

from aiohttp import web

from director.web.front import FRONT
from director.web.problems import Handler

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}

HSTS = "max-age=31536000"
"""A year, in seconds."""


def dress(answer: web.StreamResponse, *, secure: bool) -> None:
    """Give *answer* its headers; those it has already stay."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["Server"] = "director"
    if secure:
        answer.headers["Strict-Transport-Security"] = HSTS


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every answer its headers, problems too; a stream that has begun has them already."""
    answer = await handler(request)
    if not answer.prepared:
        dress(answer, secure=request.app[FRONT].settings.secure)
    return answer
