"""What goes wrong, as people and programs are told of it: RFC 9457, and never a traceback."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from aiohttp import web

from director.errors import StoreError
from director.model.text import printable
from director.web.front import FRONT
from director.web.identity import REQUEST_ID

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROBLEM_TYPE = "application/problem+json"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)

TITLES: Mapping[str, str] = {
    "bad_request": "The request cannot be understood",
    "invalid": "The request is not what it must be",
    "unauthenticated": "Say who you are",
    "forbidden": "You may not do this",
    "not_found": "There is nothing here",
    "method_not_allowed": "It cannot be asked this way",
    "conflict": "It does not go together with what is there",
    "too_large": "The request is too large",
    "unsupported_media_type": "The body must be JSON",
    "refused": "What was asked for was refused",
    "misdirected": "This is not the server that was meant",
    "too_many": "Too many requests",
    "internal": "Something is wrong with the Director",
    "unavailable": "The Director cannot answer now",
}
"""Every kind of problem with its title; its ``type`` is ``urn:director:problem:`` and the kind."""

_KINDS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}


class ProblemError(Exception):
    """A request is not done.

    Args:
        status: The status code.
        detail: What is wrong here, in one sentence.
        kind: Which kind of problem; empty for the usual one of *status*.
        headers: Headers that the answer has besides.
        said: Members that the document has besides.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        headers: Mapping[str, str] | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = printable(detail)
        self.kind = kind or _KINDS.get(status, "internal")
        self.headers = dict(headers or {})
        self.said = dict(said or {})

    def document(self, request: web.Request) -> dict[str, Any]:
        """Return it as RFC 9457 has it."""
        return {
            "type": f"urn:director:problem:{self.kind}",
            "title": TITLES[self.kind],
            "status": self.status,
            "detail": self.detail,
            "instance": request.rel_url.raw_path,
            "request_id": request[REQUEST_ID],
            **self.said,
        }


ErrorPage: TypeAlias = Callable[[web.Request, ProblemError], web.Response | None]

ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")
"""Where the dashboard leaves what draws a problem as a page; it may return None for the JSON."""


def answered(request: web.Request, problem: ProblemError) -> web.Response:
    """Return the answer that tells of *problem*."""
    draw = request.app.get(ERROR_PAGE)
    page = draw(request, problem) if draw else None
    if page is None:
        text = json.dumps(problem.document(request), ensure_ascii=True)
        page = web.Response(text=text, status=problem.status, content_type=PROBLEM_TYPE)
    page.headers.update(problem.headers)
    return page


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and turn whatever goes wrong into an answer."""
    asked = request.headers.get("X-Request-Id", "")
    front = request.app[FRONT]
    request[REQUEST_ID] = asked if _SANE_ID.fullmatch(asked) else front.new_id(front.clock.now())
    try:
        answer = await handler(request)
    except ProblemError as problem:
        answer = answered(request, problem)
    except web.HTTPException as error:
        answer = _of_aiohttp(request, error)
    except StoreError:
        # What it says may name a path or a database.
        detail = "the record cannot be read or written now"
        answer = answered(request, ProblemError(503, detail, headers={"Retry-After": "5"}))
    except Exception as error:  # noqa: BLE001  # the last resort: nobody outside reads a traceback
        _confess(request, error)
        answer = answered(request, ProblemError(500, "an internal error; ask with the request_id"))
    if not answer.prepared:
        answer.headers["X-Request-Id"] = request[REQUEST_ID]
    return answer


def _of_aiohttp(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < HTTPStatus.BAD_REQUEST:
        # To return the exception itself is deprecated.
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    details = {
        404: "there is nothing at this address",
        405: f"must be asked with one of {allow.get('Allow', 'other methods')}",
        413: "the body is too large",
    }
    detail = details.get(error.status, "the request cannot be understood")
    status = error.status if error.status in _KINDS else 400
    return answered(request, ProblemError(status, detail, headers=allow))


def _confess(request: web.Request, error: BaseException) -> None:
    """Say on stderr what went wrong and where, without any value that a local variable had."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('director/')[2]}:{frame.lineno}"
    said = f"internal error {request[REQUEST_ID]}: {type(error).__name__} at {place}: {error}"
    if sys.stderr is not None:
        sys.stderr.write(printable(said) + "\n")
