"""What an operation of the API is: one declaration that routes, validates and documents it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeAlias

from aiohttp import hdrs, web
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from director.model.text import printable
from director.model.value import dataclass
from director.rules.moment import instant
from director.web.access import NEEDS, Scope
from director.web.auth import require_service
from director.web.problems import ProblemError

JSON = "application/json"

_NAME = "[a-z0-9][a-z0-9._-]{0,62}"
_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"

Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
"""The name of a service, as manifests have it."""

Environment = Annotated[str, StringConstraints(pattern=f"^({_NAME})?$")]
"""The name of an environment; empty for the only one that has none."""

Ulid = Annotated[str, StringConstraints(pattern=f"^{_ULID}$")]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number; JSON may write it as 1.0."""

PATH_PARTS = {
    "service": _NAME,
    "evaluation": _ULID,
    "override": _ULID,
    "endpoint": "[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
    "delivery": _ULID,
}
"""What each part of a path must be."""

PageSize = Annotated[int, Field(ge=1, le=500)]
"""How many items a page has at most."""

_MOST_ERRORS = 20


class Asked(BaseModel):
    """What a request asks for, validated; what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Sent(Asked):
    """A body: JSON has types of its own, so nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that an operation gives.

    Attributes:
        said: What it means, in one line.
        shape: The type that its body has; None for no body, or one that is no JSON.
        media: The media type of its body; empty for none.
    """

    said: str
    shape: Any = None
    media: str = JSON


@dataclass(frozen=True, slots=True)
class Header:
    """A header that an operation looks at.

    Attributes:
        said: What it is for.
        pattern: What it must be if it is there, as a regular expression; empty for anything.
    """

    said: str
    pattern: str = ""


Act: TypeAlias = Callable[[web.Request, Any], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        route: ``METHOD /path``, as the table of needs has it.
        act: Does it; given what was asked, validated: the body if there is one, else the query.
        said: What it does, in one line.
        answers: What it answers, by status code, besides what every operation may.
        query: What may stand in the query; None for nothing.
        body: What stands in the body; None for no body.
        headers: Headers that it looks at.
    """

    route: str
    act: Act
    said: str
    answers: Mapping[int, Answer]
    query: type[Asked] | None = None
    body: type[BaseModel] | None = None
    headers: Mapping[str, Header] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method."""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path, with the names of its parameters in braces."""
        return self.route.partition(" ")[2]


def add(app: web.Application, operation: Operation) -> None:
    """Add the route of *operation*."""
    scope = NEEDS[operation.route].scope

    async def handler(request: web.Request) -> web.StreamResponse:
        _demand_names(request)
        _demand_headers(request, operation.headers)
        asked = _query(operation, request)
        if operation.body is not None:
            asked = await _body(operation.body, request)
        if scope is Scope.NAMED:
            name = request.match_info.get("service") or getattr(asked, "service", None)
            require_service(request, str(name))
        return await operation.act(request, asked)

    # Who listens would be answered for ever.
    heads = operation.method == hdrs.METH_GET and not operation.path.endswith("/events")
    if heads:
        app.router.add_get(operation.path, handler)
    else:
        app.router.add_route(operation.method, operation.path, handler)


def as_json(value: object) -> bytes:
    """Return *value* as JSON; values of ours as objects, moments as RFC 3339."""
    return json.dumps(bare(value), ensure_ascii=False, allow_nan=False).encode()


def bare(value: object) -> Any:  # noqa: ANN401  # any JSON
    """Return *value* as plain JSON values."""
    kind = type(value)
    if kind is str or kind is int or kind is float or kind is bool or value is None:
        return value
    if isinstance(value, tuple | list | frozenset):
        return [bare(each) for each in value]
    if isinstance(value, dict):
        return {str(key): bare(each) for key, each in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return instant(value)
    names = type(value).__dataclass_fields__  # type: ignore[attr-defined]  # a value of ours
    return {name: bare(getattr(value, name)) for name in names}


def reply(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return the answer that *value* is."""
    return web.Response(body=as_json(value), status=status, content_type=JSON, headers=headers)


def invalid(where: str, problem: str) -> ProblemError:
    """Return the problem that one thing in a request is not what it must be."""
    detail = f"{where} {problem}"
    said = {"errors": [{"where": where, "problem": problem}]}
    return ProblemError(422, detail, kind="invalid", said=said)


def _demand_names(request: web.Request) -> None:
    """Raise if a part of the path is no name of anything."""
    for name, value in request.match_info.items():
        if not re.fullmatch(PATH_PARTS[name], value, re.ASCII):
            raise ProblemError(404, "there is nothing of this name")


def _demand_headers(request: web.Request, headers: Mapping[str, Header]) -> None:
    """Raise if a header is not what it must be."""
    for name, header in headers.items():
        sent = request.headers.get(name)
        if sent is not None and header.pattern and not re.fullmatch(header.pattern, sent, re.ASCII):
            raise invalid(f"/header/{name}", f"must match {header.pattern}")


def _query(operation: Operation, request: web.Request) -> BaseModel | None:
    given = request.query
    if len(given) != len(set(given)):
        raise invalid("query", "must have each name once")
    if operation.query is None:
        if given:
            raise invalid(f"/query/{printable(next(iter(given)))[:80]}", "must not be there")
        return None
    try:
        return operation.query.model_validate(dict(given))
    except ValidationError as error:
        raise _refusal("query", error) from error


async def _body(model: type[BaseModel], request: web.Request) -> BaseModel:
    kind = request.content_type if hdrs.CONTENT_TYPE in request.headers else ""
    if kind != JSON and not kind.endswith("+json"):
        raise ProblemError(415, "the body must be JSON, with Content-Type: application/json")
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise _refusal("body", error) from error


def _refusal(where: str, error: ValidationError) -> ProblemError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(each["type"] == "json_invalid" for each in found):
        return ProblemError(400, "the body must be JSON")
    errors = [
        {
            "where": printable("/".join(("", where, *map(str, each["loc"]))))[:200],
            "problem": printable(each["msg"])[:300],
        }
        for each in found[:_MOST_ERRORS]
    ]
    more = "" if len(found) == 1 else f", and {len(found) - 1} more"
    detail = f"{errors[0]['where']}: {errors[0]['problem']}{more}"
    return ProblemError(422, detail, kind="invalid", said={"errors": errors})
