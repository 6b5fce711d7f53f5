"""The shape of a definitions file: what every definition has, whatever kind of check it makes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from director.loading.document import (
    API_VERSION,
    CheckId,
    Document,
    Name,
    Term,
    Text,
    choice,
    word,
)
from director.loading.words import shown
from director.model.check import Effort, Role

LONGEST_DEADLINE_S = 3600
MOST_DEFINITIONS = 1000


def _deadline_s(value: object) -> float:
    """Read the longest time a check may take, in seconds."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not 0 < value <= LONGEST_DEADLINE_S:  # type: ignore[operator]  # as asked
        problem = f"must be a number of seconds over 0 and at most {LONGEST_DEADLINE_S}"
        raise ValueError(f"{problem}, got {shown(value)}")
    return float(value)  # type: ignore[arg-type]  # as asked


_DEADLINE = {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_DEADLINE_S}


class DefinitionDocument(Document):
    """One check; beside these keys it has those of the plugin that its id begins with."""

    model_config = ConfigDict(extra="allow")

    title: Text = Field(
        description="The requirement as a short sentence that can be true or false.",
        examples=["Takes SSH connections"],
    )
    category: Name = Field(
        description="Where it belongs unless the profile says otherwise.", examples=["operations"]
    )
    why: Text = Field(
        description="What goes wrong in production without it.",
        examples=["Nobody can log in to repair the machine."],
    )
    remedy: Text = Field(
        description="What a team does to meet it.", examples=["Start sshd, and open port 22."]
    )
    effort: Annotated[Effort, choice(Effort)] = Field(
        default=Effort.MEDIUM, description="How much work the remedy is.", examples=["low"]
    )
    role: Annotated[Role, choice(Role)] = Field(
        default=Role.ADVISORY,
        description="What a failure means where no profile says otherwise.",
        examples=["required"],
    )
    deadline_s: Annotated[float, Term(_deadline_s, _DEADLINE)] = Field(
        default=10.0,
        description="Longest time the check may take, in seconds.",
        examples=[10],
    )

    @property
    def body(self) -> dict[str, Any]:
        """What the plugin's own keys say."""
        return dict(self.model_extra or {})


class DefinitionsDocument(Document):
    """Checks that an operator defines without writing Python."""

    model_config = ConfigDict(title="Readiness definitions")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Definitions")] = Field(
        description="What this file is.", examples=["Definitions"]
    )
    checks: dict[CheckId, DefinitionDocument] = Field(
        description="The checks, by id; the plugin that the id begins with makes the check.",
        max_length=MOST_DEFINITIONS,
        examples=[
            {
                "exec.ssh": {
                    "title": "Takes SSH connections",
                    "category": "operations",
                    "why": "Nobody can log in to repair the machine.",
                    "remedy": "Start sshd, and open port 22.",
                    "command": ["check_ssh", "-H", "$host$"],
                }
            }
        ],
    )
