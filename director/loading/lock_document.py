"""The shape of a lock file: every key, what it takes and what it is for."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from director.loading.document import API_VERSION, CheckId, Document, Term, Text, choice, word
from director.loading.words import shown
from director.model.check import Role


def _plain(value: object) -> str:
    """Read text that may be empty, just as it is."""
    if not isinstance(value, str):
        raise ValueError(f"must be text, got {shown(value)}")  # noqa: TRY004  # as Term has it
    return value


Plain = Annotated[str, Term(_plain, {"type": "string"})]


class LockedCheckDocument(Document):
    """One check that was planned."""

    check: CheckId = Field(description="Which check.", examples=["http.health"])
    plugin: Text = Field(
        description="The distribution that offered it.", examples=["director-http"]
    )
    version: Plain = Field(description="The version of that distribution.", examples=["0.1.0"])
    category: Text = Field(description="Where it counted.", examples=["reliability"])
    role: Annotated[Role, choice(Role)] = Field(
        description="What its failure meant.", examples=["required"]
    )


class PlanLockDocument(Document):
    """The plan of one target."""

    service: Text = Field(description="The name of the service.", examples=["payment-service"])
    environment: Plain = Field(
        default="", description="Which of its environments.", examples=["production"]
    )
    profile: Text = Field(description="The profile it was planned under.", examples=["standard"])
    checks: list[LockedCheckDocument] = Field(description="What was planned.")


class LockSpecDocument(Document):
    """The plans."""

    plans: list[PlanLockDocument] = Field(description="One plan for each target.")


class LockDocument(Document):
    """Which checks must answer, and from which plugins."""

    model_config = ConfigDict(title="Readiness plan lock")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("PlanLock")] = Field(
        description="What this file is.", examples=["PlanLock"]
    )
    spec: LockSpecDocument = Field(description="The plans.")
