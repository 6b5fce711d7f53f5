"""The shape of a notifications file: every key, what it takes and what it is for."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from director.loading import terms
from director.loading.document import API_VERSION, Document, Name, Term, spelled, whole, word
from director.loading.secrets_document import Variable
from director.loading.signers_document import FilePath
from director.loading.words import meant, shown
from director.model.receiver import TELLABLE, TOLD
from director.model.secret import holds_secret

LONGEST_URL = 2_000
PATTERN_PATTERN = r"[A-Za-z0-9._*?\[\]!-]{1,255}"
MOST_SECRETS = 2


def fault_of_url(value: str) -> str:
    """Return what keeps *value* from being where deliveries go, without showing it; or nothing."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return "must be a URL such as https://hooks.example.com/director"
    if parts.scheme not in ("https", "http") or not parts.hostname or len(value) > LONGEST_URL:
        return "must be a URL such as https://hooks.example.com/director"
    if parts.username is not None or parts.fragment or not re.fullmatch(r"[\x21-\x7e]+", value):
        return "must be a URL of printable ASCII without user, password and fragment"
    return ""


def _url(value: object) -> str:
    """Read a URL that has no secret in it."""
    if isinstance(value, str) and holds_secret(value):
        raise ValueError("must not hold a secret: give it with url_from")
    if problem := fault_of_url(value if isinstance(value, str) else ""):
        raise ValueError(problem)
    value = str(value)
    if "?" in value:
        raise ValueError("must have no query, which may hold a secret: give it with url_from")
    return value


def _event(value: object) -> str:
    """Read the name of an event that can be told."""
    if isinstance(value, str) and value in TELLABLE:
        return value
    close = meant(value, TELLABLE) if isinstance(value, str) else ""
    hint = close or f", known are {', '.join(TELLABLE)}"
    raise ValueError(f"must be the name of an event, got {shown(value)}{hint}")


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(PATTERN_PATTERN, value):
        raise ValueError(f"must be a name or a pattern such as pay-*, got {shown(value)}")
    return value


def _some(value: list[SecretSourceDocument]) -> list[SecretSourceDocument]:
    if not 1 <= len(value) <= MOST_SECRETS:
        raise ValueError(f"must be one secret, or two while one replaces the other: {len(value)}")
    return value


def _source(value: object) -> object:
    """Refuse a secret that stands in the file itself, without showing it."""
    texts = list(value.values()) if isinstance(value, dict) else [value]
    literal = any(isinstance(text, str) and text.startswith("whsec_") for text in texts)
    if literal or not isinstance(value, dict):
        raise ValueError("must say where the secret is: {env: VARIABLE} or {file: FILE}")
    return value


Url = Annotated[str, Term(_url, {"type": "string", "pattern": "^https?://[^?#@]+$"})]
EventName = Annotated[str, Term(_event, {"type": "string", "enum": list(TELLABLE)})]
Pattern = Annotated[str, Term(_pattern, spelled(PATTERN_PATTERN))]
Tier = Annotated[int, whole(terms.tier, 0, 4)]


class SecretSourceDocument(Document):
    """Where a secret is; it never stands in this file."""

    env: Variable | None = Field(
        default=None,
        description="The environment variable that holds it.",
        examples=["DIRECTOR_WEBHOOK_SECRET"],
    )
    file: FilePath | None = Field(
        default=None,
        description="The file that holds it; a path from the folder of this file.",
        examples=["webhook.secret"],
    )


Source = Annotated[SecretSourceDocument, BeforeValidator(_source)]
Sources = Annotated[list[Source], AfterValidator(_some)]


class ReceiverDocument(Document):
    """One endpoint, and what it is told."""

    url: Url | None = Field(
        default=None,
        description="Where deliveries go.",
        examples=["https://hooks.example.com/director"],
    )
    url_from: Source | None = Field(
        default=None,
        description="Where the URL is, if it is a secret itself.",
        examples=[{"env": "HOOK_URL"}],
    )
    secrets: Sources = Field(
        description="What deliveries are signed with: whsec_ and base64 of 24 to 64 bytes. Two"
        " while one replaces the other: then each delivery has two signatures.",
        examples=[[{"env": "DIRECTOR_WEBHOOK_SECRET"}]],
        json_schema_extra={"minItems": 1, "maxItems": MOST_SECRETS},
    )
    plaintext: bool = Field(
        default=False, description="Whether the URL may be http, which anybody can read."
    )
    events: list[EventName] = Field(
        default_factory=lambda: list(TOLD),
        description="The events that it is told; by default those that say that something changed.",
        examples=[["director.decision.changed"]],
    )
    services: list[Pattern] = Field(
        default_factory=list,
        description="Of which services it is told; * stands for any text. All by default.",
        examples=[["payment-*"]],
    )
    environments: list[Pattern] = Field(
        default_factory=list,
        description="Of which environments it is told. All by default.",
        examples=[["production"]],
    )
    owners: list[Pattern] = Field(
        default_factory=list,
        description="Of whose services it is told. Everybody's by default.",
        examples=[["team-payments"]],
    )
    tiers: list[Tier] = Field(
        default_factory=list,
        description="Of which tiers it is told. All by default.",
        examples=[[0, 1]],
    )


class NotificationsSpecDocument(Document):
    """Who is told."""

    receivers: dict[Name, ReceiverDocument] = Field(
        description="Who is told, by name.",
        examples=[
            {
                "pager": {
                    "url": "https://hooks.example.com/director",
                    "secrets": [{"env": "DIRECTOR_WEBHOOK_SECRET"}],
                }
            }
        ],
    )


class NotificationsDocument(Document):
    """Who is told when something changes."""

    model_config = ConfigDict(title="Readiness notifications")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Notifications")] = Field(
        description="What this file is.", examples=["Notifications"]
    )
    spec: NotificationsSpecDocument = Field(
        description="Who is told.",
        examples=[
            {
                "receivers": {
                    "pager": {
                        "url": "https://hooks.example.com/director",
                        "secrets": [{"env": "DIRECTOR_WEBHOOK_SECRET"}],
                    }
                }
            }
        ],
    )
