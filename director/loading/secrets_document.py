"""The shape of a secrets file: every key, what it takes and what it is for."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from director.loading.document import API_VERSION, Document, Term, spelled, word
from director.loading.signers_document import FilePath
from director.loading.words import shown

NAME_PATTERN = r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?"
VARIABLE_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,254}"
HOST_PATTERN = (
    r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?(?::[0-9]{1,5})?"
    r"|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?"
)


def _name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(NAME_PATTERN, value):
        problem = "must be a name in lower case letters, digits, dots, dashes and underscores"
        raise ValueError(f"{problem}, got {shown(value)}")
    return value


def _variable(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(VARIABLE_PATTERN, value):
        raise ValueError(f"must be the name of an environment variable, got {shown(value)}")
    return value


def _host(value: object) -> str:
    """Read whom a secret may be sent to; everybody is nobody's wish."""
    if not isinstance(value, str) or not re.fullmatch(HOST_PATTERN, value):
        problem = "must be a host such as pay.example.com, *.example.com or pay.example.com:8443"
        raise ValueError(f"{problem}, got {shown(value)}")
    host, _, port = value.rpartition(":")
    if host and not value.endswith("]") and not 1 <= int(port) <= 65535:
        raise ValueError(f"must have a port from 1 to 65535, got {shown(value)}")
    if value.startswith("["):
        address, _, rest = value[1:].partition("]")
        try:
            return f"[{IPv6Address(address).compressed}]{rest}"
        except ValueError:
            raise ValueError(f"must have an IPv6 address in brackets, got {shown(value)}") from None
    return value.lower()


def _some(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("must name at least one host, got an empty list")
    return value


SecretName = Annotated[str, Term(_name, spelled(NAME_PATTERN))]
Variable = Annotated[str, Term(_variable, spelled(VARIABLE_PATTERN))]
Host = Annotated[str, Term(_host, spelled(HOST_PATTERN))]
Hosts = Annotated[list[Host], AfterValidator(_some)]


class SecretDocument(Document):
    """One secret: where its value is, and whom it may be sent to."""

    env: Variable | None = Field(
        default=None,
        description="The environment variable that holds the value.",
        examples=["PAYMENTS_TOKEN"],
    )
    file: FilePath | None = Field(
        default=None,
        description="The file that holds the value; a path from the folder of this file.",
        examples=["payments.token"],
    )
    hosts: Hosts = Field(
        description="The hosts it may be sent to, each perhaps with a port; *. before a name"
        " stands for all below it.",
        examples=[["pay.example.com", "*.pay.internal:8443"]],
        json_schema_extra={"minItems": 1},
    )
    plaintext: bool = Field(
        default=False, description="Whether it may be sent over http, which anybody can read."
    )


class SecretsSpecDocument(Document):
    """The secrets."""

    secrets: dict[SecretName, SecretDocument] = Field(
        description="The secrets that manifests may refer to, by name.",
        examples=[{"payments-token": {"env": "PAYMENTS_TOKEN", "hosts": ["pay.example.com"]}}],
    )


class SecretsDocument(Document):
    """Which secrets probes may send, and to whom."""

    model_config = ConfigDict(title="Readiness secrets")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Secrets")] = Field(
        description="What this file is.", examples=["Secrets"]
    )
    spec: SecretsSpecDocument = Field(
        description="The secrets.",
        examples=[
            {"secrets": {"payments-token": {"env": "PAYMENTS_TOKEN", "hosts": ["pay.example.com"]}}}
        ],
    )
