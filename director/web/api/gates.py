"""Gates: may a launch go on? Whatever is not certain is closed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from director.errors import StoreError
from director.model.service import Gate, GateCode, GateState
from director.web.api.declare import (
    Answer,
    Asked,
    Environment,
    Name,
    Operation,
    reply,
)
from director.web.api.services import MATRIX
from director.web.documents import GateDocument
from director.web.front import FRONT

_RETRY_S = 30
"""When a gate that is uncertain should be asked again, in seconds."""

_PATIENCE_S = 8.0
"""How long the record may take, in seconds: who asks gives up soon, and must be told by then."""

_UNCERTAIN = frozenset(
    {
        GateCode.NEVER_EVALUATED,
        GateCode.NOT_ESTABLISHED,
        GateCode.SIGHT_LOST,
        GateCode.EXPIRED,
        GateCode.STALE,
    }
)
"""What may be otherwise soon, without anybody mending anything."""

UNAVAILABLE = "unavailable"
"""The code of a gate that is closed because the record cannot be read."""

AMBIGUOUS = "environment_missing"
"""The code of a gate that is closed because nobody said which environment is meant."""


class DecisionAsked(Asked):
    """Which gate."""

    environment: Environment | None = None
    fail_on: Literal["no_go", "conditional"] = "no_go"


Label = Annotated[str, StringConstraints(max_length=256)]


class Canary(BaseModel):
    """What Flagger sends to a webhook; what else it sends is passed over.

    https://docs.flagger.app/usage/webhooks
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    name: Name
    namespace: Label = ""
    phase: Label = ""
    metadata: dict[Label, Label] = Field(default_factory=dict, max_length=64)

    @property
    def service(self) -> str:
        """Which service: what ``metadata`` says, else the canary's own name."""
        return self.metadata.get("service") or self.name


async def decision(request: web.Request, asked: DecisionAsked) -> web.StreamResponse:
    """Answer with the gate's state, 200 whatever it is."""
    front, name = request.app[FRONT], request.match_info["service"]
    environment, gate, code = await _gate(request, name, asked.environment)
    gate = _held(gate, fail_on_conditional=asked.fail_on == "conditional")
    document = GateDocument(
        service=name,
        environment=environment,
        gate=gate.state,
        open=gate.state is not GateState.CLOSED,
        code=code or gate.code,
        text=gate.text,
        evaluation=gate.evaluation,
        override=gate.override,
        checked_at=front.clock.now(),
    )
    return reply(document)


async def flagger(request: web.Request, canary: Canary) -> web.StreamResponse:
    """Answer 200 if the gate is open, 409 if it is closed, 503 if that may change by itself."""
    front = request.app[FRONT]
    wanted = canary.metadata.get("environment")
    if wanted is None and front.daemon.target(canary.service, canary.namespace):
        wanted = canary.namespace
    _, gate, code = await _gate(request, canary.service, wanted)
    gate = _held(gate, fail_on_conditional=canary.metadata.get("fail_on") == "conditional")
    said = f"{gate.text}\n"
    if gate.state is not GateState.CLOSED:
        return web.Response(text=said)
    if gate.code in _UNCERTAIN and code != AMBIGUOUS:
        return web.Response(text=said, status=503, headers={"Retry-After": str(_RETRY_S)})
    return web.Response(text=said, status=409)


async def _gate(request: web.Request, service: str, wanted: str | None) -> tuple[str, Gate, str]:
    """Return the environment, its gate, and the code if the gate has none for it."""
    front, environment = request.app[FRONT], wanted
    if environment is None:
        found = request.app[MATRIX].environments(service)
        if len(found) > 1:
            names = ", ".join(name or "(none)" for name in found[:10])
            return "", _closed(f"say which environment is meant: {names}"), AMBIGUOUS
        environment = found[0] if found else ""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return environment, await front.daemon.gate(service, environment), ""
    except (StoreError, TimeoutError):
        return environment, _closed("the record cannot be read now"), UNAVAILABLE


def _closed(text: str) -> Gate:
    return Gate(state=GateState.CLOSED, code=GateCode.NOT_ESTABLISHED, text=text)


def _held(gate: Gate, *, fail_on_conditional: bool) -> Gate:
    """Return *gate* as it is for who lets no condition pass."""
    if gate.state is GateState.CONDITIONAL and fail_on_conditional:
        return replace(gate, state=GateState.CLOSED)
    return gate


_TEXT = "text/plain"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/services/{service}/decision",
        act=decision,
        said="May a launch go on? Always 200, with the state of the gate",
        query=DecisionAsked,
        answers={200: Answer("The gate's state; everything uncertain is closed", GateDocument)},
    ),
    Operation(
        route="POST /api/v1/gates/flagger",
        act=flagger,
        said="The same for a webhook of Flagger, said by the status code",
        body=Canary,
        answers={
            200: Answer("The gate is open", media=_TEXT),
            409: Answer(
                "The gate is closed: so it was decided, or nobody watches the service", media=_TEXT
            ),
            503: Answer("The gate is closed: nothing is certain; ask again", media=_TEXT),
        },
    ),
)
"""What this module offers."""
