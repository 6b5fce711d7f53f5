"""The OpenAPI document, made from the declarations that route and validate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from director.web.access import NEEDS
from director.web.api.declare import JSON, PATH_PARTS, Answer, Operation, Sent
from director.web.problems import PROBLEM_TYPE, TITLES

VERSION = "3.1.0"

_REF = "#/components/schemas/{model}"
_USUAL: Mapping[int, str] = {
    400: "The request cannot be understood",
    405: "It cannot be asked this way",
    421: "The Host header names another server",
    429: "Too many requests; Retry-After says when to come again",
    500: "Something is wrong with the Director",
    503: "The Director cannot answer now; Retry-After says when to come again",
}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457)",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:director:problem:{kind}" for kind in TITLES]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "problem"],
                "properties": {"where": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
        "refusals": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "text"],
                "properties": {"code": {"type": "string"}, "text": {"type": "string"}},
            },
        },
        "entry": {"type": "string"},
    },
}


_STRUCTURED: Mapping[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"type": "string", "pattern": r"^1\.[0-9]{1,3}$"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "subject": {"type": "string"},
        "data": {"type": "object"},
    },
}


class SignInWanted(Sent):
    """An API token to sign in with."""

    token: str


class SignedIn(Sent):
    """Who signed in."""

    name: str


async def _elsewhere(_: object, __: object) -> Any:  # noqa: ANN401  # never called
    raise NotImplementedError


_SIGNING: tuple[Operation, ...] = (
    Operation(
        route="GET /sign-in",
        act=_elsewhere,
        said="The page to sign in",
        answers={200: Answer("The page", media="text/html")},
    ),
    Operation(
        route="POST /sign-in",
        act=_elsewhere,
        said="Begin a session of the dashboard with an API token",
        body=SignInWanted,
        answers={
            200: Answer("The session's cookie is set", SignedIn),
            401: Answer("The token does not count"),
            403: Answer("Another site may not ask for this"),
            409: Answer("Nobody needs to sign in"),
        },
    ),
    Operation(
        route="POST /sign-out",
        act=_elsewhere,
        said="End the session",
        answers={204: Answer("It has ended", media="")},
    ),
)
SIGNING = tuple(operation for operation in _SIGNING if operation.route in NEEDS)
"""What is not served from here, and documented all the same, as far as it is there."""


def described(operations: Sequence[Operation]) -> bytes:
    """Return the document as JSON."""
    shapes = _Shapes(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, shapes
        )
    document = {
        "openapi": VERSION,
        "info": {
            "title": "Production Readiness Director",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "May this service go to production, on what conditions, and what was"
            " verified?",
        },
        "paths": paths,
        "components": {
            "schemas": {**shapes.schemas, "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "director_session"},
            },
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


class _Shapes:
    """The JSON Schemas of everything that goes in or out."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        wanted: dict[tuple[Any, Any], Any] = {}
        for operation in operations:
            for model in (operation.query, operation.body):
                if model is not None:
                    wanted[_key(model), "validation"] = TypeAdapter(model)
            for answer in operation.answers.values():
                if answer.shape is not None:
                    wanted[_key(answer.shape), "serialization"] = TypeAdapter(answer.shape)
        inputs = [(key, mode, adapter) for (key, mode), adapter in wanted.items()]
        self._found, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
        self.schemas = {name: _plain(schema) for name, schema in rest.get("$defs", {}).items()}
        for name in {key for key, _ in self._outgoing(operations)}:
            _demand_all(self.schemas, name)

    def of(self, shape: Any, mode: Any = "serialization") -> dict[str, Any]:  # noqa: ANN401
        """Return the schema of *shape*: for most, where it stands."""
        found: dict[str, Any] = _plain(self._found[_key(shape), mode])
        return found

    def members(self, model: type[BaseModel]) -> tuple[dict[str, Any], list[str]]:
        """Return the schema of each member of a query, and which of them must be there."""
        schema = self.of(model, "validation")
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema.get("properties", {}), schema.get("required", [])

    def _outgoing(self, operations: Sequence[Operation]) -> list[tuple[str, None]]:
        """Return the schemas that only answers have: in those every member is always there."""
        reached: set[str] = set()
        fresh = [
            self.of(answer.shape)
            for operation in operations
            for answer in operation.answers.values()
            if answer.shape is not None
        ]
        while fresh:
            for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(fresh.pop())):
                if name not in reached:
                    reached.add(name)
                    fresh.append(self.schemas[name])
        return [(name, None) for name in reached]


def _operation(operation: Operation, shapes: _Shapes) -> dict[str, Any]:
    need = NEEDS[operation.route]
    found: dict[str, Any] = {
        "operationId": _id(operation),
        "summary": operation.said,
        "tags": [_tag(operation.path)],
        "x-role": need.role.value if need.role else None,
        "x-scope": need.scope.value,
        "security": [{"token": []}, {"session": []}] if need.role else [],
        "parameters": [*_parameters(operation, shapes)],
        "responses": _responses(operation, shapes),
    }
    if operation.body is not None:
        content: dict[str, Any] = {JSON: {"schema": shapes.of(operation.body, "validation")}}
        if operation.path.endswith("/cloudevents"):
            content["application/cloudevents+json"] = {"schema": _STRUCTURED}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameters(operation: Operation, shapes: _Shapes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PATH_PARTS[name]}$"},
        }
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    if operation.query is not None:
        members, required = shapes.members(operation.query)
        for name, schema in members.items():
            given = _never_null(schema)
            found.append(
                {"name": name, "in": "query", "required": name in required, "schema": given}
            )
    for name, header in operation.headers.items():
        schema = {"type": "string"}
        if header.pattern:
            schema["pattern"] = f"^{header.pattern}$"
        found.append({"name": name, "in": "header", "description": header.said, "schema": schema})
    return found


def _responses(operation: Operation, shapes: _Shapes) -> dict[str, Any]:
    need = NEEDS[operation.route]
    problems = dict(_USUAL)
    if need.role is not None:
        problems |= {401: "Say who you are", 403: "You may not do this"}
    paged = operation.query is not None and "cursor" in operation.query.model_fields
    if "{" in operation.path or paged:
        problems[404] = "There is nothing of this name, or no page begins there"
    if operation.body is not None:
        problems |= {413: "The body is too large", 415: "The body must be JSON"}
    if operation.body is not None or operation.query is not None or need.role is not None:
        problems[422] = "The request is not what it must be"
    found = {str(status): _problem(said) for status, said in problems.items()}
    for status, answer in operation.answers.items():
        found[str(status)] = _answer(status, answer, shapes)
    if operation.route == "GET /readyz":
        ready = found["503"]["content"]
        ready |= _problem("")["content"]
    if "flagger" in operation.path:
        found["503"]["content"] |= _problem("")["content"]
    return dict(sorted(found.items()))


def _answer(status: int, answer: Answer, shapes: _Shapes) -> dict[str, Any]:
    if status >= 400 and answer.shape is None and answer.media == JSON:
        return _problem(answer.said)
    if not answer.media:
        return {"description": answer.said}
    schema = {"type": "string"} if answer.shape is None else shapes.of(answer.shape)
    return {"description": answer.said, "content": {answer.media: {"schema": schema}}}


def _problem(said: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": said, "content": {PROBLEM_TYPE: {"schema": schema}}}


def _key(shape: Any) -> Any:  # noqa: ANN401  # any type
    return shape if isinstance(shape, type) else str(shape)


def _id(operation: Operation) -> str:
    words = re.findall(r"[a-z0-9]+", operation.path.removeprefix("/api/v1"))
    return "_".join([operation.method.lower(), *words])


def _tag(path: str) -> str:
    parts = path.removeprefix("/api/v1/").strip("/").split("/")
    return parts[0] if path.startswith("/api/v1/") else "director"


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* without null, which a query cannot say: what is left out is left out."""
    some = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if len(some) != 1:
        return {key: value for key, value in schema.items() if key != "title"}
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "title", "default"}}
    return {**kept, **some[0]}


def _demand_all(schemas: Mapping[str, Any], name: str) -> None:
    schema = schemas[name]
    if "properties" in schema:
        schema["required"] = list(schema["properties"])
        for member in schema["properties"].values():
            member.pop("default", None)


def _plain(schema: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return *schema* without titles that say the name again; descriptions to their first line."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        if key == "description" and isinstance(value, str):
            found[key] = value.partition("\n\n")[0].replace("\n", " ")
        else:
            found[key] = _plain(value)
    return found
