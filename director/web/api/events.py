"""The stream of events, as server-sent events; who comes again is told what was missed."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from director.web.api.declare import Answer, Asked, Header, Operation
from director.web.auth import GUARD, asker
from director.web.front import FRONT
from director.web.headers import dress
from director.web.identity import REQUEST_ID
from director.web.problems import ProblemError
from director.web.stream import Listener

_MEDIA = "text/event-stream"
_BEAT_S = 15.0
"""After how long without an event a comment is sent, and whether they may listen is asked."""

_LOOK_S = 1.0
"""How often it is seen whether a listener is still there: nobody tells us."""

_RETRY_MS = 2_000
_PATIENCE_S = 20.0
"""How long a listener may take nothing of what was sent, in seconds."""


class EventsAsked(Asked):
    """What was heard last, for who cannot send ``Last-Event-ID``."""

    last_event_id: Annotated[str, StringConstraints(pattern="^[!-~]{0,64}$")] = ""


async def events(request: web.Request, asked: EventsAsked) -> web.StreamResponse:
    """Tell of events as they happen."""
    front, identity = request.app[FRONT], asker(request)
    if front.stream.listeners >= front.settings.limits.listeners:
        detail = "too many listen already"
        raise ProblemError(503, detail, headers={"Retry-After": "10"})
    last = request.headers.get("Last-Event-ID", asked.last_event_id)
    answer = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    answer.content_type = _MEDIA
    answer.charset = "utf-8"
    answer.headers["X-Request-Id"] = request[REQUEST_ID]
    dress(answer, secure=front.settings.secure)
    listener = front.stream.listen(identity, last)
    try:
        await answer.prepare(request)
        await answer.write(f"retry: {_RETRY_MS}\n: hello\n\n".encode())
        await _tell(request, answer, listener)
    except (ConnectionError, TimeoutError):
        pass  # Whoever is gone, or too slow, comes again and says what was heard last.
    finally:
        front.stream.leave(listener)
    _cut(request)
    return answer


async def _tell(request: web.Request, answer: web.StreamResponse, listener: Listener) -> None:
    """Send what happens, until the listener is dropped or may not listen any more."""
    guard, clock = request.app[GUARD], request.app[FRONT].clock
    proven_s = told_s = clock.monotonic()
    async for data in listener.pieces(_LOOK_S):
        if request.transport is None or request.transport.is_closing():
            return
        now_s = clock.monotonic()
        if now_s - proven_s >= _BEAT_S:
            if not await guard.still(request):
                return
            proven_s = now_s
        if data or now_s - told_s >= _BEAT_S:
            told_s = now_s
            async with asyncio.timeout(_PATIENCE_S):
                await answer.write(data or b": beat\n\n")


def _cut(request: web.Request) -> None:
    """Close the connection: what is left unsent of a slow listener would be kept for ever."""
    if request.transport is not None:
        request.transport.abort()


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/events",
        act=events,
        said="Events as they happen, of services that are yours; the data is a line of the log",
        query=EventsAsked,
        headers={
            "Last-Event-ID": Header(
                "The last event that was heard: what came after it is told", "[!-~]{0,64}"
            )
        },
        answers={200: Answer("Server-sent events; reset: what you have may be old", media=_MEDIA)},
    ),
)
"""What this module offers."""
