"""The shape of a signers file: every key, what it takes and what it is for."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from director.loading.document import API_VERSION, Document, Name, Term, spelled, word
from director.loading.words import shown

LONGEST_PATH = 1_000

PRINCIPAL_PATTERN = r'[^\s,"\\*?!#-][^\s,"\\*?!]{0,254}'
"""What neither ssh-keygen's list of principals nor its patterns take for something else."""


def _path(value: object) -> str:
    """Read the path of a file; white space in it is kept."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be the path of a file, got {shown(value)}")
    if len(value) > LONGEST_PATH:
        raise ValueError(f"must be at most {LONGEST_PATH} characters, got {len(value)}")
    return value


def _principal(value: object) -> str:
    """Read a principal; a pattern would be a name for many."""
    if not isinstance(value, str) or not re.fullmatch(PRINCIPAL_PATTERN, value):
        problem = "must be one principal such as jane@example.com, without blanks, commas,"
        raise ValueError(f"{problem} quotes and the signs * ? !, got {shown(value)}")
    return value


def _some(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("must name at least one principal, got an empty list")
    return value


FilePath = Annotated[
    str,
    Term(_path, {"type": "string", "pattern": r"\S", "maxLength": LONGEST_PATH}),
]
Principal = Annotated[str, Term(_principal, spelled(PRINCIPAL_PATTERN))]
Principals = Annotated[list[Principal], AfterValidator(_some)]


class PersonDocument(Document):
    """Somebody whose agreement counts for something."""

    principals: Principals = Field(
        description="The names that this person's keys have in the file of allowed signers.",
        examples=[["jane@example.com"]],
        json_schema_extra={"minItems": 1},
    )
    roles: list[Name] = Field(
        default_factory=list,
        description="What this person may do, as profiles name it; nothing by default.",
        examples=[["vp"]],
    )


class SignersSpecDocument(Document):
    """Whose key is whose."""

    allowed_signers: FilePath = Field(
        description="The keys and their principals, in the format ALLOWED SIGNERS of"
        " ssh-keygen(1); a path from the folder of this file.",
        examples=["allowed_signers"],
    )
    revoked_keys: FilePath | None = Field(
        default=None,
        description="Keys that are accepted no more: a key revocation list of ssh-keygen, or"
        " public keys line by line; a path from the folder of this file.",
        examples=["revoked_keys"],
    )
    people: dict[Name, PersonDocument] = Field(
        description="Who it is that signs, by name.",
        examples=[{"jane": {"principals": ["jane@example.com"], "roles": ["vp"]}}],
    )


class SignersDocument(Document):
    """Who may agree to an override or a waiver, and how that is proven."""

    model_config = ConfigDict(title="Readiness signers")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Signers")] = Field(
        description="What this file is.", examples=["Signers"]
    )
    spec: SignersSpecDocument = Field(
        description="Whose key is whose.",
        examples=[
            {
                "allowed_signers": "allowed_signers",
                "people": {"jane": {"principals": ["jane@example.com"], "roles": ["vp"]}},
            }
        ],
    )
